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
        let mut all = if parts.len() == 1 { parts.pop().unwrap_or_default() } else { Deals::renamed(&parts) };
        let place = |deal: &Deal| deal.line;
        if !all.list.is_sorted_by_key(place) {
            all.list.sort_by(|one, other| place(one).cmp(&place(other)).then_with(|| one.case.cmp(&other.case)));
        }
        all
    }

    /// Each judge has numbers of its own for the names.
    fn renamed(parts: &[Deals]) -> Deals {
        let (mut names, mut all) = (Names::default(), Deals::default());
        for part in parts {
            let mut known: Vec<Option<Name>> = vec![None; part.names.len()];
            let mut rename = |name: Name| {
                let place = known.get_mut(name.place())?;
                *place = place.or_else(|| names.number(&part.names.text(name)));
                *place
            };
            for deal in &part.list {
                let (asset, winner) = (deal.asset.and_then(&mut rename), deal.winner.and_then(&mut rename));
                let deal = Deal { asset, winner, ..deal.clone() };
                let mut bidders = Vec::new();
                for bidder in part.bidders(&deal) {
                    let account = bidder.account.and_then(&mut rename);
                    bidders.extend(rename(bidder.who).map(|who| Bidder { who, account, ..*bidder }));
                }
                let mut bids = Vec::new();
                for bid in part.bids(&deal) {
                    bids.extend(rename(bid.who).map(|who| Bid { who, ..*bid }));
                }
                all.add(deal, bidders, bids);
            }
        }
        all.names = Arc::new(names);
        all
    }
}
