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

/// The best price of each who bids, by the number of their name.
pub(super) type Best = Vec<(Name, Money)>;

impl Turnout {
    /// `best` is memory for the best prices.
    pub(super) fn of(bidders: &[Bidder], bids: &[Bid], best: &mut Best) -> Turnout {
        let count = |is: &dyn Fn(&Bidder) -> bool| number(bidders.iter().filter(|bidder| is(bidder)).count());
        best_prices(bids, best);
        let silent = if best.is_empty() { 0 } else { count(&|bidder| is_silent(bidder, best)) };
        Turnout {
            examined: count(&|bidder| bidder.qualified.is_some()),
            out: count(&|bidder| bidder.qualified == Some(false)),
            qualified: count(&Bidder::is_qualified),
            bidding: number(best.len()),
            silent,
            has_account: bidders.iter().any(|bidder| bidder.account.is_some()),
            is_regular: one_gap(best).is_some(),
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
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
