//! Patterns of one person, or one account, over many cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::chance::{at_least, count, float, succession};
use super::super::{Deal, Finding, Rule};
use super::bids::silent_in;
use super::{SUSPICIOUS, sieve, suspicion};
use crate::value::{AccountNumber, Bilingual};

/// A pattern needs so many cases.
const FEWEST: usize = 4;

/// 屡屡中标: wins more often than by their share of the field, counted over everybody who was looked at.
pub(super) fn repeat_winner(deals: &[Deal], found: &mut Vec<Finding>) {
    let mut fields: BTreeMap<&str, Vec<(&Deal, f64, bool)>> = BTreeMap::new();
    for deal in deals.iter().filter(|deal| deal.winner.is_some()) {
        let field: BTreeSet<&str> = deal.bidders.iter().filter(|one| one.qualified != Some(false)).map(|one| one.who.as_ref()).collect();
        if field.len() >= 2 {
            let share = 1.0 / float(count(field.len()));
            for who in field {
                fields.entry(who).or_default().push((deal, share, deal.winner.as_deref() == Some(who)));
            }
        }
    }
    let looked_at = count(fields.values().filter(|tries| tries.len() >= FEWEST).count());
    let mut candidates = Vec::new();
    for (who, tries) in fields.into_iter().filter(|(_, tries)| tries.len() >= FEWEST) {
        let wins: Vec<&Deal> = tries.iter().filter(|(_, _, won)| *won).map(|(deal, ..)| *deal).collect();
        let shares: Vec<f64> = tries.iter().map(|(_, share, _)| *share).collect();
        let chance = at_least(&shares, wins.len());
        let Some(first) = wins.first().filter(|_| wins.len() >= FEWEST && chance < SUSPICIOUS) else { continue };
        let model = Bilingual::of(
            format!("若每次各合格竞投人机会均等：参与 {} 次至少中 {} 次的概率", tries.len(), wins.len()),
            format!("were all who qualified equally likely to win: the chance of {} or more wins in {}", wins.len(), tries.len()),
        );
        let mut finding = suspicion(Rule::RepeatWinner, first, chance, model, wins.iter().map(|deal| deal.case.clone()).collect());
        finding.person = Some(who.into());
        finding.found = Some(Bilingual::of(
            format!("{who}：参与 {} 次，中标 {} 次", tries.len(), wins.len()),
            format!("{who}: {} wins in {} cases", wins.len(), tries.len()),
        ));
        candidates.push(finding);
    }
    sieve(candidates, looked_at, found);
}

/// 屡次报名而不出价: qualifies again and again and never bids.
pub(super) fn silent(deals: &[Deal], found: &mut Vec<Finding>) {
    let mut tries: BTreeMap<Arc<str>, (u64, Vec<&Deal>)> = BTreeMap::new();
    let (mut all_silent, mut all) = (0_u64, 0_u64);
    for deal in deals.iter().filter(|deal| !deal.bids.is_empty()) {
        let (silent, qualified) = silent_in(deal);
        (all_silent, all) = (all_silent.saturating_add(count(silent.len())), all.saturating_add(count(qualified)));
        for bidder in deal.bidders.iter().filter(|bidder| bidder.qualified != Some(false)) {
            let (tried, without) = tries.entry(bidder.who.clone()).or_default();
            *tried = tried.saturating_add(1);
            if silent.contains(&bidder.who) {
                without.push(deal);
            }
        }
    }
    let looked_at = count(tries.len());
    let mut candidates = Vec::new();
    for (who, (tried, without)) in tries {
        let here = count(without.len());
        let Some(first) = without.first().filter(|_| without.len() >= FEWEST && here == tried) else { continue };
        let rate = succession(all_silent.saturating_sub(here), all.saturating_sub(tried));
        let chance = rate.powi(i32::try_from(here).unwrap_or(i32::MAX));
        if chance >= SUSPICIOUS {
            continue;
        }
        let percent = rate * 100.0;
        let model = Bilingual::of(
            format!("其他合格人不出价的比率约为 {percent:.1}%：若各次独立，{here} 次都不出价的概率"),
            format!(
                "{percent:.1} % of the others who qualified did not bid: independently each time, the chance of {here} times out of {here}"
            ),
        );
        let mut finding = suspicion(Rule::SilentBidder, first, chance, model, without.iter().map(|deal| deal.case.clone()).collect());
        finding.person = Some(who.clone());
        finding.found = Some(Bilingual::of(format!("{who}：{here} 次"), format!("{who}: {here} times")));
        candidates.push(finding);
    }
    sieve(candidates, looked_at, found);
}

/// 同一账户: deposits of different bidders from one account, in one case or in several.
pub(super) fn shared_account(deals: &[Deal], found: &mut Vec<Finding>) {
    let mut accounts: BTreeMap<&str, (BTreeSet<&str>, Vec<&Deal>)> = BTreeMap::new();
    for deal in deals {
        for bidder in &deal.bidders {
            if let Some(account) = &bidder.account {
                let (who, cases) = accounts.entry(account).or_default();
                who.insert(&bidder.who);
                if cases.last().is_none_or(|last| last.case != deal.case) {
                    cases.push(deal);
                }
            }
        }
    }
    let shared = count(accounts.values().filter(|(who, _)| who.len() > 1).count());
    let all = count(accounts.len());
    for (account, (who, cases)) in accounts.into_iter().filter(|(_, (who, _))| who.len() > 1) {
        let Some(first) = cases.first() else { continue };
        let rate = succession(shared.saturating_sub(1), all.saturating_sub(1));
        let model = Bilingual::of(
            format!("本日志其余 {} 个账户中，多人共用的比率（加一平滑）：无串通而共用账户至多如此常见", all.saturating_sub(1)),
            format!(
                "the rate of shared accounts among the other {} of this log, with one added: innocent sharing is at most as common",
                all.saturating_sub(1)
            ),
        );
        let mut finding = suspicion(Rule::SharedAccount, first, rate, model, cases.iter().map(|deal| deal.case.clone()).collect());
        let names = who.into_iter().collect::<Vec<&str>>().join(", ");
        let masked = AccountNumber::new(account).map_or_else(|_| "****".to_owned(), |account| account.masked().to_string());
        finding.found = Some(Bilingual::of(format!("{masked}：{names}"), format!("{masked}: {names}")));
        found.push(finding);
    }
}
