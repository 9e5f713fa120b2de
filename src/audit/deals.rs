//! What ended cases leave behind, for patterns across cases.

use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;

use super::names::{Name, Names};
use crate::value::Money;

/// A transaction in short: what patterns across cases are looked for in. What the log does not say is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Deal {
    /// The case, as the log names it.
    pub(super) case: Arc<str>,
    /// The line of its first record.
    pub(super) line: u64,
    pub(super) asset: Option<Name>,
    /// The day it was opened.
    pub(super) opened: Option<NaiveDate>,
    /// The day its plan was made: what splitting is measured at.
    pub(super) planned: Option<NaiveDate>,
    /// The day of its last record.
    pub(super) last: Option<NaiveDate>,
    /// Whether it is over.
    pub(super) ended: bool,
    /// Whether it was ended by a decision: then it is no deal.
    pub(super) terminated: bool,
    /// What the whole deal is worth at the floor.
    pub(super) worth: Option<Money>,
    /// The smallest amount from which it must be traded publicly, by its own policy.
    pub(super) threshold: Option<Money>,
    /// The policy's window for splitting, in days.
    pub(super) window: Option<u32>,
    /// Whether it was negotiated with one party.
    pub(super) negotiated: Option<bool>,
    pub(super) winner: Option<Name>,
    /// Set by [`Deals::add`].
    pub(super) bidders: Range<usize>,
    pub(super) bids: Range<usize>,
}

/// One who registered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bidder {
    pub(super) who: Name,
    /// The account that the deposit came from. Private: never written into a report.
    pub(super) account: Option<Name>,
    pub(super) qualified: Option<bool>,
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
    list: Vec<Deal>,
    bidders: Vec<Bidder>,
    bids: Vec<Bid>,
}

impl Deals {
    /// A deal with everyone who registered, and all bids in the order they were made.
    pub(super) fn add(&mut self, deal: Deal, bidders: impl IntoIterator<Item = Bidder>, bids: impl IntoIterator<Item = Bid>) {
        let (first_bidder, first_bid) = (self.bidders.len(), self.bids.len());
        self.bidders.extend(bidders);
        self.bids.extend(bids);
        self.list.push(Deal { bidders: first_bidder..self.bidders.len(), bids: first_bid..self.bids.len(), ..deal });
    }

    /// With room for so many deals.
    pub(super) fn with_room(deals: usize) -> Deals {
        Deals { list: Vec::with_capacity(deals), ..Deals::default() }
    }

    /// With the names in them.
    pub(super) fn named(self, names: Arc<Names>) -> Deals {
        Deals { names, ..self }
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
        self.bidders.get(deal.bidders.clone()).unwrap_or_default()
    }

    pub(super) fn bids(&self, deal: &Deal) -> &[Bid] {
        self.bids.get(deal.bids.clone()).unwrap_or_default()
    }

    pub(super) fn all_bids(&self) -> &[Bid] {
        &self.bids
    }

    pub(super) fn text(&self, name: Name) -> Arc<str> {
        self.names.text(name)
    }

    /// All deals of several judges, in the order of the file.
    pub(super) fn join(mut parts: Vec<Deals>) -> Deals {
        let mut all = if parts.len() == 1 { parts.pop().unwrap_or_default() } else { Deals::renamed(parts) };
        if !all.list.is_sorted_by_key(|deal| deal.line) {
            // Places are moved sooner than deals.
            let mut order: Vec<(u64, usize)> = all.list.iter().map(|deal| deal.line).zip(0..).collect();
            order.sort_unstable();
            all.list = order.into_iter().filter_map(|(_, place)| all.list.get_mut(place).map(std::mem::take)).collect();
        }
        all
    }

    /// Each judge has numbers of its own for the names.
    fn renamed(parts: Vec<Deals>) -> Deals {
        let (mut names, mut all) = (Names::default(), Deals::with_room(parts.iter().map(Deals::len).sum()));
        for part in parts {
            let mut known: Vec<Option<Name>> = vec![None; part.names.len()];
            let mut rename = |name: Name| {
                let place = known.get_mut(name.place())?;
                *place = place.or_else(|| names.number(&part.names.text(name)));
                *place
            };
            let (bidders, bids) = (all.bidders.len(), all.bids.len());
            for bidder in &part.bidders {
                let account = bidder.account.and_then(&mut rename);
                all.bidders.push(Bidder { who: rename(bidder.who).unwrap_or(bidder.who), account, ..*bidder });
            }
            all.bids.extend(part.bids.iter().map(|bid| Bid { who: rename(bid.who).unwrap_or(bid.who), ..*bid }));
            let behind = |range: &Range<usize>, by: usize| range.start.saturating_add(by)..range.end.saturating_add(by);
            for deal in part.list {
                let (asset, winner) = (deal.asset.and_then(&mut rename), deal.winner.and_then(&mut rename));
                let (bidders, bids) = (behind(&deal.bidders, bidders), behind(&deal.bids, bids));
                all.list.push(Deal { asset, winner, bidders, bids, ..deal });
            }
        }
        all.names = Arc::new(names);
        all
    }
}
