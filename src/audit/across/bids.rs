//! Patterns within one case's bids, measured against all the others.

use super::super::Rule;
use super::super::chance::{count, one_composition, succession};
use super::super::deals::{Bidder, Deals};
use super::super::turnout::{Best, best_prices, is_silent, one_gap};
use super::{Found, SUSPICIOUS, sieve};
use crate::value::{Bilingual, Money};

/// 1 fen, 1 yuan, 10, 100 …
const GRAINS: [u64; 6] = [1, 100, 1_000, 10_000, 100_000, 1_000_000];

/// The coarsest of [`GRAINS`] at which at least half of all bids stand: how finely people bid here.
fn grain(deals: &Deals) -> u64 {
    let mut stand_at = [0_usize; GRAINS.len()];
    for bid in deals.all_bids() {
        let fits = |(grain, _): &(&u64, &mut usize)| bid.price.fen().is_multiple_of(**grain);
        GRAINS.iter().zip(&mut stand_at).take_while(fits).for_each(|(_, count)| *count = count.saturating_add(1));
    }
    let most = GRAINS.iter().zip(stand_at).take_while(|(_, count)| count.saturating_mul(2) >= deals.all_bids().len());
    most.last().map_or(1, |(grain, _)| *grain)
}

/// 规律性递进: three or more bidders at equal distances.
pub(super) fn regular(deals: &Deals, found: &mut Vec<Found>) {
    let grain = grain(deals);
    let (mut candidates, mut best) = (Vec::new(), Best::new());
    for (place, deal) in deals.iter().enumerate().filter(|(_, deal)| deal.turnout.is_regular) {
        best_prices(deals.bids(deal), &mut best);
        let Some(gap) = one_gap(&mut best) else { continue };
        let grain = if gap.is_multiple_of(grain) { grain } else { 1 };
        let gaps = count(best.len()).saturating_sub(1);
        let chance = one_composition(gap.saturating_mul(gaps).checked_div(grain).unwrap_or(0), gaps);
        if chance >= SUSPICIOUS {
            continue;
        }
        let step = Money::from_fen(gap).unwrap_or(Money::ZERO);
        let fine = Money::from_fen(grain).unwrap_or(Money::ZERO);
        let model = Bilingual::of(
            format!("若最低价与最高价之间的报价可落在任一 {fine} 元的刻度上：间距全部相等的概率"),
            format!(
                "were the bids between the lowest and the highest to stand at any multiple of {fine} yuan: the chance of equal distances"
            ),
        );
        let mut steps = Found::new(Rule::RegularSteps, deals, place, vec![place]).suspicion(chance, model);
        steps.finding.found =
            Some(Bilingual::of(format!("{} 人，间距 {step} 元", best.len()), format!("{} bidders, {step} yuan apart", best.len())));
        candidates.push(steps);
    }
    sieve(candidates, deals.turnouts().of_three_bids, found);
}

/// 除中标人外全部不合格. The rate of disqualification is that of all the other cases.
pub(super) fn others_out(deals: &Deals, found: &mut Vec<Found>) {
    let all = deals.turnouts();
    let mut candidates = Vec::new();
    for (place, deal) in deals.iter().enumerate() {
        let (here, registered) = (u64::from(deal.turnout.out), u64::from(deal.turnout.examined));
        let Some(winner) = deal.winner.filter(|_| here >= 1 && registered == here.saturating_add(1)) else { continue };
        let won = |bidder: &Bidder| bidder.qualified == Some(true) && bidder.who == winner;
        if !deals.bidders(deal).iter().any(won) {
            continue;
        }
        let rate = succession(all.out.saturating_sub(here), all.examined.saturating_sub(registered));
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
        let mut others = Found::new(Rule::OthersOut, deals, place, vec![place]).suspicion(chance, model);
        others.finding.person = Some(deals.text(winner));
        others.finding.found =
            Some(Bilingual::of(format!("{registered} 人报名，{here} 人不合格"), format!("{registered} registered, {here} disqualified")));
        candidates.push(others);
    }
    sieve(candidates, all.of_two_examined, found);
}

/// 陪标: of several who qualified only the winner bid.
pub(super) fn silent(deals: &Deals, found: &mut Vec<Found>) {
    let all = deals.turnouts();
    let (mut candidates, mut best) = (Vec::new(), Best::new());
    for (place, deal) in deals.iter().enumerate().filter(|(_, deal)| deal.turnout.silent >= 2 && deal.turnout.bidding == 1) {
        let here = u64::from(deal.turnout.silent);
        let rate = succession(all.silent.saturating_sub(here), all.qualified.saturating_sub(deal.turnout.qualified.into()));
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
        let mut alone = Found::new(Rule::SilentBidder, deals, place, vec![place]).suspicion(chance, model);
        best_prices(deals.bids(deal), &mut best);
        let silent = deals.bidders(deal).iter().filter(|bidder| is_silent(bidder, &best));
        let names: Vec<_> = silent.map(|bidder| deals.text(bidder.who)).collect();
        alone.finding.found = Some(Bilingual::same(names.join(", ")));
        candidates.push(alone);
    }
    sieve(candidates, all.with_bids, found);
}
