//! Patterns of one person, or one account, over many cases.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::super::Rule;
use super::super::chance::{at_least, count, float, succession};
use super::super::deals::{Bidder, Deal, Deals};
use super::super::names::{ByName, Name};
use super::super::turnout::{Best, best_prices, is_silent};
use super::{Found, SUSPICIOUS, sieve};
use crate::value::{AccountNumber, Bilingual};

/// A pattern needs so many cases.
const FEWEST: usize = 4;

fn qualified<'d>(deals: &'d Deals, deal: &Deal) -> impl Iterator<Item = Name> + use<'d> {
    deals.bidders(deal).iter().filter(|bidder| Bidder::is_qualified(bidder)).map(|bidder| bidder.who)
}

/// What somebody tried, and won.
#[derive(Default)]
struct Tries {
    /// How often in a field of so many.
    fields: Vec<(usize, u64)>,
    won: Vec<usize>,
}

impl Tries {
    fn add(&mut self, field: usize) {
        match self.fields.iter_mut().find(|(size, _)| *size == field) {
            Some((_, times)) => *times = times.saturating_add(1),
            None => self.fields.push((field, 1)),
        }
    }

    fn len(&self) -> u64 {
        self.fields.iter().map(|(_, times)| times).sum()
    }
}

/// 屡屡中标: wins more often than by their share of the field, counted over everybody who was looked at.
pub(super) fn repeat_winner(deals: &Deals, found: &mut Vec<Found>) {
    let mut by_person = ByName::<Tries>::new();
    let mut field: Vec<Name> = Vec::new();
    for (place, deal) in deals.iter().enumerate().filter(|(_, deal)| deal.winner.is_some()) {
        field.clear();
        field.extend(qualified(deals, deal));
        field.sort_unstable();
        field.dedup();
        if field.len() >= 2 {
            for who in &field {
                by_person.of(*who, |tries| {
                    tries.add(field.len());
                    tries.won.extend(Some(place).filter(|_| deal.winner == Some(*who)));
                });
            }
        }
    }
    let often = |tries: &Tries| tries.len() >= count(FEWEST);
    let looked_at = count(by_person.iter().filter(|(_, tries)| often(tries)).count());
    let mut candidates = Vec::new();
    for (who, mut tries) in by_person.into_iter().filter(|(_, tries)| often(tries)) {
        let (all, wins) = (tries.len(), tries.won.len());
        let Some(first) = tries.won.first().copied().filter(|_| wins >= FEWEST) else { continue };
        tries.fields.sort_unstable();
        let shares: Vec<(f64, u64)> = tries.fields.iter().map(|(size, times)| (1.0 / float(count(*size)), *times)).collect();
        let chance = at_least(&shares, count(wins));
        if chance >= SUSPICIOUS {
            continue;
        }
        let model = Bilingual::of(
            format!("若每次各合格竞投人机会均等：参与 {all} 次至少中 {wins} 次的概率"),
            format!("were all who qualified equally likely to win: the chance of {wins} or more wins in {all}"),
        );
        let mut repeat = Found::new(Rule::RepeatWinner, deals, first, tries.won).suspicion(chance, model);
        let who = deals.text(who);
        repeat.finding.found =
            Some(Bilingual::of(format!("{who}：参与 {all} 次，中标 {wins} 次"), format!("{who}: {wins} wins in {all} cases")));
        repeat.finding.person = Some(who);
        candidates.push(repeat);
    }
    sieve(candidates, looked_at, found);
}

/// 屡次报名而不出价: qualifies again and again and never bids.
pub(super) fn silent(deals: &Deals, found: &mut Vec<Found>) {
    let all = deals.turnouts();
    let mut tries = ByName::<(u64, Vec<usize>)>::new();
    let mut best = Best::new();
    for (place, deal) in deals.iter().enumerate().filter(|(_, deal)| deal.has_bids()) {
        qualified(deals, deal).for_each(|who| tries.of(who, |(tried, _)| *tried = tried.saturating_add(1)));
        if deal.turnout.silent > 0 {
            best_prices(deals.bids(deal), &mut best);
            let silent = deals.bidders(deal).iter().filter(|bidder| is_silent(bidder, &best));
            silent.for_each(|bidder| tries.of(bidder.who, |(_, without)| without.push(place)));
        }
    }
    let looked_at = count(tries.iter().count());
    let mut candidates = Vec::new();
    for (who, (tried, without)) in tries.into_iter() {
        let here = count(without.len());
        let Some(first) = without.first().copied().filter(|_| without.len() >= FEWEST && here == tried) else { continue };
        let rate = succession(all.silent.saturating_sub(here), all.qualified.saturating_sub(tried));
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
        let mut never = Found::new(Rule::SilentBidder, deals, first, without).suspicion(chance, model);
        let who = deals.text(who);
        never.finding.found = Some(Bilingual::of(format!("{who}：{here} 次"), format!("{who}: {here} times")));
        never.finding.person = Some(who);
        candidates.push(never);
    }
    sieve(candidates, looked_at, found);
}

/// 同一账户: deposits of different bidders from one account, in one case or in several.
pub(super) fn shared_account(deals: &Deals, found: &mut Vec<Found>) {
    // Who came first with each account; a second one makes it shared.
    let mut accounts = ByName::<Option<Name>>::new();
    let mut shared: HashMap<Name, (Vec<Name>, Vec<usize>)> = HashMap::new();
    for bidder in deals.all_bidders() {
        let Some(account) = bidder.account else { continue };
        accounts.of(account, |first| {
            if *first.get_or_insert(bidder.who) != bidder.who {
                shared.entry(account).or_default();
            }
        });
    }
    if shared.is_empty() {
        return;
    }
    for (place, deal) in deals.iter().enumerate().filter(|(_, deal)| deal.turnout.has_account) {
        for bidder in deals.bidders(deal) {
            let Some((people, cases)) = bidder.account.and_then(|account| shared.get_mut(&account)) else { continue };
            people.push(bidder.who);
            if cases.last() != Some(&place) {
                cases.push(place);
            }
        }
    }
    let all = count(accounts.iter().count());
    let rate = succession(count(shared.len()).saturating_sub(1), all.saturating_sub(1));
    for (account, (mut people, cases)) in shared {
        people.sort_unstable();
        people.dedup();
        let Some(first) = cases.first().copied() else { continue };
        let others = all.saturating_sub(1);
        let model = Bilingual::of(
            format!("本日志其余 {others} 个账户中，多人共用的比率（加一平滑）：无串通而共用账户至多如此常见"),
            format!(
                "the rate of shared accounts among the other {others} of this log, with one added: innocent sharing is at most as common"
            ),
        );
        let mut names: Vec<Arc<str>> = people.iter().map(|who| deals.text(*who)).collect();
        names.sort();
        let (names, account) = (names.join(", "), deals.text(account));
        let masked = AccountNumber::new(&account).map_or_else(|_| "****".to_owned(), |account| account.masked().to_string());
        let mut one = Found::new(Rule::SharedAccount, deals, first, cases).suspicion(rate, model);
        one.finding.found = Some(Bilingual::of(format!("{masked}：{names}"), format!("{masked}: {names}")));
        found.push(one);
    }
}
