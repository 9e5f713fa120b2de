//! Where in a case's rows what stands: looked for once, so that no rule reads all rows again.

use super::super::names::Name;
use super::judge::MOST_ROWS;
use super::moment::Moment;
use super::row::{Fact, Row};
use super::story::STEPS;
use super::words::Act;
use crate::dongsha::Step;
use crate::flow::StepId;

/// A place among the rows of a case, of which there are at most [`MOST_ROWS`].
pub(super) type Place = u16;

const _: () = assert!(MOST_ROWS < Place::MAX as usize, "every row has a place");

/// Made anew for each case, in the same memory.
#[derive(Default)]
pub(super) struct Index {
    /// The places of all rows, step by step; where each step begins.
    by_step: Vec<Place>,
    begins: [Place; STEPS + 1],
    pub(super) performed: Vec<Place>,
    /// What the order of the steps hangs on: performances, returns, and ends.
    pub(super) moves: Vec<Place>,
    pub(super) registered: Vec<Place>,
    pub(super) bids: Vec<Place>,
    pub(super) bidders: Vec<Name>,
    pub(super) asset: Option<Name>,
    pub(super) first: Option<Moment>,
    pub(super) last: Option<Moment>,
    pub(super) is_terminated: bool,
    /// A row says when it was entered, and one was not entered on the day it tells of.
    pub(super) is_dated: bool,
    pub(super) is_dated_otherwise: bool,
}

impl Index {
    pub(super) fn make(&mut self, rows: &[Row], facts: &[Fact]) {
        let Index { by_step, performed, moves, registered, bids, bidders, .. } = std::mem::take(self);
        *self = Index { by_step, performed, moves, registered, bids, bidders, ..Index::default() };
        for list in [&mut self.performed, &mut self.moves, &mut self.registered, &mut self.bids] {
            list.clear();
        }
        self.bidders.clear();
        let mut counts = [0_u16; STEPS];
        for (place, row) in (0_u16..).zip(rows) {
            if let Some(count) = counts.get_mut(row.step.index()) {
                *count = count.saturating_add(1);
            }
            self.note(place, row, facts);
        }
        let mut next = [0_u16; STEPS];
        let mut sum = 0_u16;
        for ((begin, next), count) in self.begins.iter_mut().zip(&mut next).zip(counts) {
            (*begin, *next) = (sum, sum);
            sum = sum.saturating_add(count);
        }
        self.begins[STEPS] = sum;
        self.by_step.resize(rows.len(), 0);
        for (place, row) in (0_u16..).zip(rows) {
            if let Some(next) = next.get_mut(row.step.index())
                && let Some(slot) = self.by_step.get_mut(usize::from(*next))
            {
                *slot = place;
                *next = next.saturating_add(1);
            }
        }
    }

    fn note(&mut self, place: Place, row: &Row, facts: &[Fact]) {
        match row.act {
            Act::Performed => {
                self.performed.push(place);
                self.moves.push(place);
            }
            Act::Registered => {
                self.registered.push(place);
                self.bidders.extend(row.facts.of(facts).bidder());
            }
            Act::Bid => self.bids.push(place),
            Act::Terminated => {
                self.is_terminated = true;
                self.moves.push(place);
            }
            Act::Returned => self.moves.push(place),
            Act::Left if row.step == Step::FilingAndArchive => self.moves.push(place),
            _ => {}
        }
        self.asset = self.asset.or_else(|| row.facts.of(facts).asset());
        if let (Some(at), Some(recorded)) = (row.at, row.recorded) {
            self.is_dated = true;
            self.is_dated_otherwise |= recorded.is_not_just_after(at);
        }
        if let Some(at) = row.at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = self.last.max(Some(at));
        }
    }

    /// The places of a step's rows, in their order.
    pub(super) fn of(&self, step: Step) -> &[Place] {
        let at = |place: usize| self.begins.get(place).copied().map(usize::from);
        let range = at(step.index()).zip(at(step.index().saturating_add(1)));
        range.and_then(|(from, to)| self.by_step.get(from..to)).unwrap_or_default()
    }
}
