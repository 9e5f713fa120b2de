//! Who qualified, and did not bid.

use std::ops::Range;

use super::super::deals::{Bidder, Deal, Deals};
use super::super::names::Name;

/// Of one deal that has bids.
pub(super) struct Turnout {
    /// The deal's place.
    pub(super) deal: usize,
    pub(super) qualified: usize,
    /// How many different people bid.
    pub(super) bidding: usize,
    silent: Range<usize>,
}

/// Of all deals that have bids.
pub(super) struct Turnouts {
    pub(super) list: Vec<Turnout>,
    silent: Vec<Name>,
}

/// Whoever is not known to be disqualified.
pub(super) fn qualified<'d>(deals: &'d Deals, deal: &Deal) -> impl Iterator<Item = &'d Bidder> {
    deals.bidders(deal).iter().filter(|bidder| bidder.qualified != Some(false))
}

impl Turnouts {
    pub(super) fn of(deals: &Deals) -> Turnouts {
        let mut all = Turnouts { list: Vec::new(), silent: Vec::new() };
        let mut bidding: Vec<Name> = Vec::new();
        for (place, deal) in deals.iter().enumerate() {
            bidding.clear();
            bidding.extend(deals.bids(deal).iter().map(|bid| bid.who));
            if bidding.is_empty() {
                continue;
            }
            bidding.sort_unstable();
            bidding.dedup();
            let first = all.silent.len();
            all.silent.extend(qualified(deals, deal).map(|bidder| bidder.who).filter(|who| bidding.binary_search(who).is_err()));
            let turnout =
                Turnout { deal: place, qualified: qualified(deals, deal).count(), bidding: bidding.len(), silent: first..all.silent.len() };
            all.list.push(turnout);
        }
        all
    }

    /// Those of a deal who qualified and did not bid.
    pub(super) fn silent(&self, turnout: &Turnout) -> &[Name] {
        self.silent.get(turnout.silent.clone()).unwrap_or_default()
    }

    pub(super) fn all_silent(&self) -> usize {
        self.silent.len()
    }

    pub(super) fn all_qualified(&self) -> usize {
        self.list.iter().map(|turnout| turnout.qualified).sum()
    }
}
