//! What ended cases leave behind, for patterns across cases.

use std::ops::Range;
use std::sync::Arc;

use super::names::{Name, Names};
use super::turnout::{Best, Turnout, Turnouts};
use crate::calendar::DayNumber;
use crate::value::Money;

/// A transaction in short: what patterns across cases are looked for in. What the log does not say is empty.
///
/// All of them are gone through again and again, so what few have is kept apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Deal {
    /// The case, as the log names it.
    pub(super) case: Option<Name>,
    /// The line of its first record.
    pub(super) line: u64,
    pub(super) asset: Option<Name>,
    /// The day it was opened.
    pub(super) opened: Option<DayNumber>,
    /// The day its plan was made: what splitting is measured at.
    pub(super) planned: Option<DayNumber>,
    /// The day of its last record.
    pub(super) last: Option<DayNumber>,
    /// Whether it is over.
    pub(super) ended: bool,
    /// Whether it was ended by a decision: then it is no deal.
    pub(super) terminated: bool,
    /// Whether it is known what the whole deal is worth at the floor.
    pub(super) is_valued: bool,
    /// Whether it was negotiated with one party.
    pub(super) negotiated: Option<bool>,
    pub(super) winner: Option<Name>,
    /// Where it is too small to be traded publicly.
    pub(super) small: Option<Box<Small>>,
    /// The rest is set by [`Deals::add`]. Whose names it has.
    pub(super) judge: u32,
    pub(super) turnout: Turnout,
    pub(super) bidders: Run,
    pub(super) bids: Run,
}

/// A deal under the threshold by its own policy, that is not known to have been traded publicly.
#[derive(Clone, Debug)]
pub(super) struct Small {
    pub(super) worth: Money,
    /// The smallest amount from which it must be traded publicly.
    pub(super) threshold: Money,
    /// The policy's window for splitting, in days.
    pub(super) window: Option<u32>,
}

impl Deal {
    /// What it is worth at the floor, and the threshold and the window of its policy.
    pub(super) fn sized(self, worth: Option<Money>, threshold: Option<Money>, window: Option<u32>) -> Deal {
        let may_be_small = !self.terminated && self.negotiated != Some(false) && self.planned.is_some();
        let both = worth.zip(threshold).filter(|(worth, threshold)| may_be_small && worth < threshold);
        let small = both.map(|(worth, threshold)| Box::new(Small { worth, threshold, window }));
        Deal { is_valued: worth.is_some(), small, ..self }
    }

    pub(super) const fn has_bidders(&self) -> bool {
        self.bidders.len > 0
    }

    pub(super) const fn has_bids(&self) -> bool {
        self.bids.len > 0
    }
}

/// One behind the other, in a list of millions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    from: u32,
    len: u32,
}

impl Run {
    fn between(from: usize, to: usize) -> Run {
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Run { from: number(from), len: number(to.saturating_sub(from)) }
    }

    fn range(self) -> Range<usize> {
        let place = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        place(self.from)..place(self.from.saturating_add(self.len))
    }

    fn behind(self, by: usize) -> Run {
        Run { from: self.from.saturating_add(u32::try_from(by).unwrap_or(u32::MAX)), ..self }
    }
}

/// One who registered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bidder {
    pub(super) who: Name,
    /// The account that the deposit came from. Private: never written into a report.
    pub(super) account: Option<Name>,
    pub(super) qualified: Option<bool>,
}

impl Bidder {
    pub(super) fn names(&mut self) -> impl Iterator<Item = &mut Name> {
        std::iter::once(&mut self.who).chain(&mut self.account)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Bid {
    pub(super) who: Name,
    pub(super) price: Money,
}

/// The deals of one judge, and the names in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Deals {
    names: Arc<Names>,
    /// Of each judge: the names of its cases.
    cases: Vec<Arc<Names>>,
    list: Vec<Deal>,
    bidders: Vec<Bidder>,
    bids: Vec<Bid>,
    turnouts: Turnouts,
    /// Memory for the next that is added.
    best: Best,
}

impl Deals {
    /// A deal with everyone who registered, and all bids in the order they were made.
    pub(super) fn add(&mut self, deal: Deal, bidders: &[Bidder], bids: &[Bid]) {
        let (first_bidder, first_bid) = (self.bidders.len(), self.bids.len());
        self.bidders.extend_from_slice(bidders);
        self.bids.extend_from_slice(bids);
        let turnout = Turnout::of(bidders, bids, &mut self.best);
        self.turnouts.add(turnout, bids.len());
        let (bidders, bids) = (Run::between(first_bidder, self.bidders.len()), Run::between(first_bid, self.bids.len()));
        self.list.push(Deal { turnout, bidders, bids, ..deal });
    }

    /// With room for so many deals, bidders and bids.
    pub(super) fn with_room(deals: usize, bidders: usize, bids: usize) -> Deals {
        let (list, bidders, bids) = (Vec::with_capacity(deals), Vec::with_capacity(bidders), Vec::with_capacity(bids));
        Deals { list, bidders, bids, ..Deals::default() }
    }

    /// With the names in them.
    pub(super) fn named(self, names: Arc<Names>) -> Deals {
        Deals { cases: vec![names.clone()], names, ..self }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Deal> + Clone {
        self.list.iter()
    }

    pub(super) fn get(&self, place: usize) -> Option<&Deal> {
        self.list.get(place)
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn bidders(&self, deal: &Deal) -> &[Bidder] {
        self.bidders.get(deal.bidders.range()).unwrap_or_default()
    }

    pub(super) fn bids(&self, deal: &Deal) -> &[Bid] {
        self.bids.get(deal.bids.range()).unwrap_or_default()
    }

    pub(super) const fn turnouts(&self) -> Turnouts {
        self.turnouts
    }

    pub(super) fn all_bidders(&self) -> &[Bidder] {
        &self.bidders
    }

    pub(super) fn all_bids(&self) -> &[Bid] {
        &self.bids
    }

    pub(super) fn case(&self, deal: &Deal) -> Arc<str> {
        let names = usize::try_from(deal.judge).ok().and_then(|judge| self.cases.get(judge));
        names.zip(deal.case).map_or_else(|| "".into(), |(names, case)| names.text(case))
    }

    pub(super) fn text(&self, name: Name) -> Arc<str> {
        self.names.text(name)
    }

    /// All deals of several judges, in the order of the file.
    pub(super) fn join(mut parts: Vec<Deals>) -> Deals {
        let names = parts.first().map(|part| part.names.clone()).unwrap_or_default();
        let names = if parts.iter().all(|part| Arc::ptr_eq(&part.names, &names)) { names } else { Deals::rename(&mut parts) };
        match parts.pop() {
            Some(only) if parts.is_empty() && only.list.is_sorted_by_key(|deal| deal.line) => return only,
            last => parts.extend(last),
        }
        // Places are moved sooner than deals; those of each judge may be in order already.
        let lines = |(judge, part): (usize, &Deals)| part.list.iter().map(move |deal| (deal.line, judge)).zip(0..).collect::<Vec<_>>();
        let mut order: Vec<((u64, usize), usize)> = parts.iter().enumerate().flat_map(|(judge, part)| lines((judge, part))).collect();
        order.sort();
        let all = |count: fn(&Deals) -> usize| parts.iter().map(count).sum();
        let room = Deals::with_room(all(Deals::len), all(|part| part.bidders.len()), all(|part| part.bids.len()));
        let mut all = Deals { names, ..room };
        for (judge, part) in (0..).zip(&mut parts) {
            for deal in &mut part.list {
                (deal.judge, deal.bidders, deal.bids) = (judge, deal.bidders.behind(all.bidders.len()), deal.bids.behind(all.bids.len()));
            }
            all.bidders.append(&mut part.bidders);
            all.bids.append(&mut part.bids);
            all.cases.append(&mut part.cases);
            all.turnouts.join(part.turnouts);
        }
        all.list.extend(order.into_iter().filter_map(|((_, judge), place)| parts.get_mut(judge)?.list.get_mut(place).map(std::mem::take)));
        all
    }

    /// Each judge has numbers of its own for the names: now all have the same.
    fn rename(parts: &mut [Deals]) -> Arc<Names> {
        let mut names = Names::default();
        for part in parts {
            let known = part.names.clone();
            let mut rename = names.renaming(&known);
            part.list.iter_mut().flat_map(|deal| [deal.asset.as_mut(), deal.winner.as_mut()]).flatten().for_each(&mut rename);
            part.bidders.iter_mut().flat_map(Bidder::names).for_each(&mut rename);
            part.bids.iter_mut().for_each(|bid| rename(&mut bid.who));
        }
        Arc::new(names)
    }
}
