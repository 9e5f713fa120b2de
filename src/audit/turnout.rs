//! What became of those who registered for a deal: counted when it is added, so that most deals need not be looked into again.

use super::deals::{Bid, Bidder};
use super::names::Name;
use crate::value::Money;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turnout {
    /// Of whom it is known whether they qualified.
    pub(super) examined: u32,
    /// Known to be disqualified.
    pub(super) out: u32,
    /// Not known to be.
    pub(super) qualified: u32,
    /// Different people who bid.
    pub(super) bidding: u32,
    /// Of those who qualified, who did not bid though others did.
    pub(super) silent: u32,
    pub(super) has_account: bool,
    /// The best prices of three or more stand at equal distances: see [`one_gap`].
    pub(super) is_regular: bool,
}

/// All turnouts of a log.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turnouts {
    pub(super) examined: u64,
    pub(super) out: u64,
    /// Deals in which somebody bid; who qualified for them, and did not bid.
    pub(super) with_bids: u64,
    pub(super) qualified: u64,
    pub(super) silent: u64,
    /// Deals of three or more bids; of two or more who were examined.
    pub(super) of_three_bids: u64,
    pub(super) of_two_examined: u64,
}

impl Turnouts {
    /// That of a deal of so many bids.
    pub(super) fn add(&mut self, turnout: Turnout, bids: usize) {
        let with_bids = |count: u32| if bids > 0 { count } else { 0 };
        self.join(Turnouts {
            examined: turnout.examined.into(),
            out: turnout.out.into(),
            with_bids: with_bids(1).into(),
            qualified: with_bids(turnout.qualified).into(),
            silent: with_bids(turnout.silent).into(),
            of_three_bids: u64::from(bids >= 3),
            of_two_examined: u64::from(turnout.examined >= 2),
        });
    }

    pub(super) fn join(&mut self, other: Turnouts) {
        for (mine, theirs) in [
            (&mut self.examined, other.examined),
            (&mut self.out, other.out),
            (&mut self.with_bids, other.with_bids),
            (&mut self.qualified, other.qualified),
            (&mut self.silent, other.silent),
            (&mut self.of_three_bids, other.of_three_bids),
            (&mut self.of_two_examined, other.of_two_examined),
        ] {
            *mine = mine.saturating_add(theirs);
        }
    }
}

/// The best price of each who bids, by the number of their name.
pub(super) type Best = Vec<(Name, Money)>;

impl Turnout {
    /// `best` is memory for the best prices.
    pub(super) fn of(bidders: &[Bidder], bids: &[Bid], best: &mut Best) -> Turnout {
        best_prices(bids, best);
        let bidding = u32::try_from(best.len()).unwrap_or(u32::MAX);
        let mut turnout = Turnout { bidding, ..Turnout::default() };
        for bidder in bidders {
            for (count, is) in [
                (&mut turnout.examined, bidder.qualified.is_some()),
                (&mut turnout.out, !bidder.is_qualified()),
                (&mut turnout.qualified, bidder.is_qualified()),
                (&mut turnout.silent, bidding > 0 && is_silent(bidder, best)),
            ] {
                *count = count.saturating_add(u32::from(is));
            }
            turnout.has_account |= bidder.account.is_some();
        }
        // It puts the prices in another order.
        turnout.is_regular = one_gap(best).is_some();
        turnout
    }
}

impl Bidder {
    /// Not known to be disqualified.
    pub(super) fn is_qualified(&self) -> bool {
        self.qualified != Some(false)
    }
}

/// Qualified, and did not bid though others did.
pub(super) fn is_silent(bidder: &Bidder, best: &Best) -> bool {
    bidder.is_qualified() && best.binary_search_by_key(&bidder.who, |(who, _)| *who).is_err()
}

pub(super) fn best_prices(bids: &[Bid], best: &mut Best) {
    best.clear();
    best.extend(bids.iter().map(|bid| (bid.who, bid.price)));
    best.sort_unstable();
    best.dedup_by(|higher, kept| {
        let is_same = higher.0 == kept.0;
        *kept = if is_same { *higher } else { *kept };
        is_same
    });
}

/// The distance in fen between any two neighbours, where there are three or more prices and it is the same everywhere; it puts
/// them in the order of the prices, the lowest first.
pub(super) fn one_gap(best: &mut Best) -> Option<u64> {
    if best.len() < 3 {
        return None;
    }
    best.sort_unstable_by_key(|(_, price)| *price);
    let fen = |bid: Option<&(Name, Money)>| bid.map(|(_, price)| price.fen());
    let mut gaps = best.windows(2).filter_map(|pair| fen(pair.last())?.checked_sub(fen(pair.first())?));
    let first = gaps.next().filter(|gap| *gap > 0)?;
    gaps.all(|gap| gap == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::names::Names;
    use super::*;

    fn count<T>(items: &[T], is: impl Fn(&T) -> bool) -> u64 {
        items.iter().map(|item| u64::from(is(item))).sum()
    }

    proptest! {
        #[test]
        fn turnouts_are_what_is_counted_one_by_one(
            log in prop::collection::vec(
                (prop::collection::vec((0..5_u8, any::<Option<bool>>(), any::<bool>()), 0..5), prop::collection::vec((0..5_u8, 1..4_u64), 0..5)),
                0..6,
            )
        ) {
            let mut names = Names::default();
            let (mut best, mut all, mut due) = (Best::new(), Turnouts::default(), [0_u64; 7]);
            for (bidders, bids) in log {
                let mut name = |who: u8| names.number(&who.to_string()).unwrap();
                let bids: Vec<Bid> =
                    bids.into_iter().map(|(who, yuan)| Bid { who: name(who), price: Money::from_fen(yuan).unwrap() }).collect();
                let bidders: Vec<Bidder> = bidders
                    .into_iter()
                    .map(|(who, qualified, pays)| Bidder { who: name(who), account: Some(name(9)).filter(|_| pays), qualified })
                    .collect();
                let who_bid: BTreeSet<Name> = bids.iter().map(|bid| bid.who).collect();
                let turnout = Turnout::of(&bidders, &bids, &mut best);
                let examined = count(&bidders, |bidder| bidder.qualified.is_some());
                let out = count(&bidders, |bidder| bidder.qualified == Some(false));
                let qualified = count(&bidders, |bidder| bidder.qualified != Some(false));
                let silent = count(&bidders, |bidder| bidder.qualified != Some(false) && !who_bid.contains(&bidder.who));
                let silent = if bids.is_empty() { 0 } else { silent };
                let found = [turnout.examined, turnout.out, turnout.qualified, turnout.silent].map(u64::from);
                prop_assert_eq!(found, [examined, out, qualified, silent]);
                prop_assert_eq!(turnout.bidding, u32::try_from(who_bid.len()).unwrap());
                prop_assert_eq!(turnout.has_account, bidders.iter().any(|bidder| bidder.account.is_some()));
                all.add(turnout, bids.len());
                let some = u64::from(!bids.is_empty());
                let counts = [examined, out, some, qualified.saturating_mul(some), silent, u64::from(bids.len() > 2), u64::from(examined > 1)];
                due.iter_mut().zip(counts).for_each(|(due, count)| *due = due.saturating_add(count));
            }
            let found =
                [all.examined, all.out, all.with_bids, all.qualified, all.silent, all.of_three_bids, all.of_two_examined];
            prop_assert_eq!(found, due);
        }
    }
}
