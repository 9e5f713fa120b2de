//! Patterns within one case's bids, measured against all the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::chance::{count, one_composition, succession};
use super::super::{Bidder, Deal, Finding, Rule};
use super::{SUSPICIOUS, sieve, suspicion};
use crate::value::{Bilingual, Money};

/// The best price of each bidder, the lowest first.
fn best_prices(deal: &Deal) -> Vec<u64> {
    let mut best: BTreeMap<&str, Money> = BTreeMap::new();
    for bid in &deal.bids {
        let place = best.entry(&bid.who).or_insert(bid.price);
        *place = (*place).max(bid.price);
    }
    let mut prices: Vec<u64> = best.into_values().map(Money::fen).collect();
    prices.sort_unstable();
    prices
}

/// The coarsest of 1 fen, 1 yuan, 10, 100 … at which at least half of all bids stand: how finely people bid here.
fn grain(deals: &[Deal]) -> u64 {
    let bids = || deals.iter().flat_map(|deal| &deal.bids).map(|bid| bid.price.fen());
    let all = bids().count();
    let mut grain = 1;
    for next in [100, 1_000, 10_000, 100_000, 1_000_000_u64] {
        if bids().filter(|fen| fen.is_multiple_of(next)).count().saturating_mul(2) < all {
            break;
        }
        grain = next;
    }
    grain
}

/// 规律性递进: three or more bidders at equal distances.
pub(super) fn regular(deals: &[Deal], found: &mut Vec<Finding>) {
    let grain = grain(deals);
    let looked_at = count(deals.iter().filter(|deal| deal.bids.len() >= 3).count());
    let mut candidates = Vec::new();
    for deal in deals {
        let prices = best_prices(deal);
        let gaps: BTreeSet<u64> = prices.windows(2).filter_map(|pair| pair.last()?.checked_sub(*pair.first()?)).collect();
        let (Some(gap), Some(first), Some(last)) = (gaps.first(), prices.first(), prices.last()) else { continue };
        if prices.len() < 3 || gaps.len() != 1 || *gap == 0 {
            continue;
        }
        let grain = if gap.is_multiple_of(grain) { grain } else { 1 };
        let units = last.saturating_sub(*first).checked_div(grain).unwrap_or(0);
        let chance = one_composition(units, count(prices.len()).saturating_sub(1));
        if chance >= SUSPICIOUS {
            continue;
        }
        let step = Money::from_fen(*gap).unwrap_or(Money::ZERO);
        let fine = Money::from_fen(grain).unwrap_or(Money::ZERO);
        let model = Bilingual::of(
            format!("若最低价与最高价之间的报价可落在任一 {fine} 元的刻度上：间距全部相等的概率"),
            format!(
                "were the bids between the lowest and the highest to stand at any multiple of {fine} yuan: the chance of equal distances"
            ),
        );
        let mut finding = suspicion(Rule::RegularSteps, deal, chance, model, vec![deal.case.clone()]);
        finding.found =
            Some(Bilingual::of(format!("{} 人，间距 {step} 元", prices.len()), format!("{} bidders, {step} yuan apart", prices.len())));
        candidates.push(finding);
    }
    sieve(candidates, looked_at, found);
}

/// 除中标人外全部不合格. The rate of disqualification is that of all the other cases.
pub(super) fn others_out(deals: &[Deal], found: &mut Vec<Finding>) {
    let out = |deal: &Deal| count(deal.bidders.iter().filter(|bidder| bidder.qualified == Some(false)).count());
    let of = |deal: &Deal| count(deal.bidders.iter().filter(|bidder| bidder.qualified.is_some()).count());
    let (all_out, all) = deals.iter().fold((0_u64, 0_u64), |(o, a), deal| (o.saturating_add(out(deal)), a.saturating_add(of(deal))));
    let looked_at = count(deals.iter().filter(|deal| of(deal) >= 2).count());
    let mut candidates = Vec::new();
    for deal in deals {
        let (here, registered) = (out(deal), of(deal));
        let Some(winner) = deal.winner.as_ref().filter(|_| here >= 1 && registered == here.saturating_add(1)) else { continue };
        let won = |bidder: &Bidder| bidder.qualified == Some(true) && bidder.who == *winner;
        if !deal.bidders.iter().any(won) {
            continue;
        }
        let rate = succession(all_out.saturating_sub(here), all.saturating_sub(registered));
        let chance = rate.powi(i32::try_from(here).unwrap_or(i32::MAX));
        if chance >= SUSPICIOUS {
            continue;
        }
        let percent = rate * 100.0;
        let model = Bilingual::of(
            format!("其他交易中报名人不合格的比率约为 {percent:.1}%：若各自独立，其余 {here} 人全部不合格的概率"),
            format!(
                "{percent:.1} % of those who registered elsewhere were disqualified: independently of each other, the chance that all {here} others are"
            ),
        );
        let mut finding = suspicion(Rule::OthersOut, deal, chance, model, vec![deal.case.clone()]);
        finding.person = Some(winner.clone());
        finding.found =
            Some(Bilingual::of(format!("{registered} 人报名，{here} 人不合格"), format!("{registered} registered, {here} disqualified")));
        candidates.push(finding);
    }
    sieve(candidates, looked_at, found);
}

/// Those who qualified and did not bid, and how many qualified.
pub(super) fn silent_in(deal: &Deal) -> (Vec<Arc<str>>, usize) {
    let bid: BTreeSet<&str> = deal.bids.iter().map(|bid| bid.who.as_ref()).collect();
    let qualified = || deal.bidders.iter().filter(|bidder| bidder.qualified != Some(false));
    let silent = qualified().filter(|bidder| !bid.contains(bidder.who.as_ref())).map(|bidder| bidder.who.clone()).collect();
    (silent, qualified().count())
}

/// 陪标: of several who qualified only the winner bid.
pub(super) fn silent(deals: &[Deal], found: &mut Vec<Finding>) {
    let (mut all_silent, mut all) = (0_u64, 0_u64);
    for deal in deals.iter().filter(|deal| !deal.bids.is_empty()) {
        let (silent, qualified) = silent_in(deal);
        (all_silent, all) = (all_silent.saturating_add(count(silent.len())), all.saturating_add(count(qualified)));
    }
    let looked_at = count(deals.iter().filter(|deal| !deal.bids.is_empty()).count());
    let mut candidates = Vec::new();
    for deal in deals.iter().filter(|deal| !deal.bids.is_empty()) {
        let (silent, qualified) = silent_in(deal);
        let bidders: BTreeSet<&str> = deal.bids.iter().map(|bid| bid.who.as_ref()).collect();
        if silent.len() < 2 || bidders.len() != 1 {
            continue;
        }
        let here = count(silent.len());
        let rate = succession(all_silent.saturating_sub(here), all.saturating_sub(count(qualified)));
        let chance = rate.powi(i32::try_from(here).unwrap_or(i32::MAX));
        if chance >= SUSPICIOUS {
            continue;
        }
        let percent = rate * 100.0;
        let model = Bilingual::of(
            format!("其他交易中合格而不出价的比率约为 {percent:.1}%：若各自独立，{here} 人都不出价的概率"),
            format!(
                "{percent:.1} % of those who qualified elsewhere did not bid: independently of each other, the chance that {here} do not"
            ),
        );
        let mut finding = suspicion(Rule::SilentBidder, deal, chance, model, vec![deal.case.clone()]);
        let names = silent.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
        finding.found = Some(Bilingual::same(names));
        candidates.push(finding);
    }
    sieve(candidates, looked_at, found);
}
