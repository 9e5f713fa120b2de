//! The rows of cases, column by column: where millions are judged, fetching them takes the time, and most rules ask for one
//! column.

use std::ops::Range;

use super::super::deals::{Bid, Bidder};
use super::super::names::Name;
use super::moment::Moment;
use super::row::{CaseRows, Entered, Fact, Gist, Kind, ReadRow, Row, Span};

/// Cases, one behind the other.
#[derive(Default)]
pub(super) struct Columns {
    rows: Vec<Row>,
    times: Vec<Option<Moment>>,
    people: Vec<Option<Name>>,
    entered: Vec<Entered>,
    kinds: Vec<Kind>,
    facts: Vec<Fact>,
    /// Of the rows that say who registered, and who bids what.
    bidders: Vec<Bidder>,
    bids: Vec<Bid>,
}

/// Where a case stands.
pub(super) struct Extent {
    rows: Range<usize>,
    facts: Range<usize>,
    bidders: Range<usize>,
    bids: Range<usize>,
}

impl Columns {
    pub(super) fn clear(&mut self) {
        self.facts.clear();
        drop(self.take_rows());
    }

    /// How many rows there are.
    pub(super) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Facts of a row that is still to come.
    pub(super) fn say(&mut self, facts: &[Fact]) -> Span {
        let before = self.facts.len();
        self.facts.extend_from_slice(facts);
        Span::between(before, self.facts.len())
    }

    /// A row behind all others, whose facts are there.
    pub(super) fn push(&mut self, read: ReadRow, gist: &mut Gist) {
        let ReadRow { row, at, person, entered } = read;
        let facts = row.facts.of(&self.facts);
        gist.add(at, entered, facts);
        self.bidders.extend(facts.registered(row.act));
        self.bids.extend(facts.bid(row.act));
        self.kinds.push(row.kind());
        self.rows.push(row);
        self.times.push(at);
        self.people.push(person);
        self.entered.push(entered);
    }

    /// All rows; only their facts stay.
    pub(super) fn take_rows(&mut self) -> impl Iterator<Item = ReadRow> {
        self.kinds.clear();
        self.bidders.clear();
        self.bids.clear();
        let both = self.rows.drain(..).zip(self.times.drain(..));
        let read = both.zip(self.people.drain(..)).zip(self.entered.drain(..));
        read.map(|(((row, at), person), entered)| ReadRow { row, at, person, entered })
    }

    /// Another case behind all others.
    pub(super) fn append(&mut self, case: CaseRows<'_>) -> Extent {
        self.times.extend_from_slice(case.times);
        self.people.extend_from_slice(case.people);
        self.entered.extend_from_slice(case.entered);
        self.kinds.extend_from_slice(case.kinds);
        Extent {
            rows: append(&mut self.rows, case.rows),
            facts: append(&mut self.facts, case.facts),
            bidders: append(&mut self.bidders, case.bidders),
            bids: append(&mut self.bids, case.bids),
        }
    }

    /// Where all of them stand.
    pub(super) const fn all(&self) -> Extent {
        Extent { rows: 0..self.rows.len(), facts: 0..self.facts.len(), bidders: 0..self.bidders.len(), bids: 0..self.bids.len() }
    }

    pub(super) fn case<'c>(&'c self, extent: &Extent, name: Option<Name>, gist: &'c Gist) -> CaseRows<'c> {
        CaseRows {
            name,
            gist,
            rows: of(&self.rows, &extent.rows),
            times: of(&self.times, &extent.rows),
            people: of(&self.people, &extent.rows),
            entered: of(&self.entered, &extent.rows),
            kinds: of(&self.kinds, &extent.rows),
            facts: of(&self.facts, &extent.facts),
            bidders: of(&self.bidders, &extent.bidders),
            bids: of(&self.bids, &extent.bids),
        }
    }

    /// How many registered, and how many bids there are.
    pub(super) const fn bidders_and_bids(&self) -> (usize, usize) {
        (self.bidders.len(), self.bids.len())
    }

    /// All names in them.
    pub(super) fn names(&mut self) -> impl Iterator<Item = &mut Name> {
        let people = self.people.iter_mut().flatten().chain(self.facts.iter_mut().filter_map(Fact::name));
        let bidders = self.bidders.iter_mut().flat_map(Bidder::names);
        people.chain(bidders).chain(self.bids.iter_mut().map(|bid| &mut bid.who))
    }
}

fn of<'c, T>(column: &'c [T], range: &Range<usize>) -> &'c [T] {
    column.get(range.clone()).unwrap_or_default()
}

/// Where they are then.
fn append<T: Copy>(column: &mut Vec<T>, more: &[T]) -> Range<usize> {
    let from = column.len();
    column.extend_from_slice(more);
    from..column.len()
}
