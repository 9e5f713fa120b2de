//! Patterns across cases: suspicions, each with its evidence and the chance that it is innocent.
//!
//! | rule | what it is | Cardinal (open contracting) |
//! |---|---|---|
//! | [`Rule::AssetBusy`] | two live transactions on one asset | – |
//! | [`Rule::Splitting`] | deals on one asset, each under the threshold, over it together within the window | – |
//! | [`Rule::RepeatWinner`] | one bidder wins far more often than their share of the field | the other side of R025, excessive unsuccessful bids |
//! | [`Rule::RegularSteps`] | bids at equal distances | – (R028, identical prices, is distance 0, which is not looked for here) |
//! | [`Rule::SharedAccount`] | deposits of several bidders from one account | – (R044, business similarities, is planned there) |
//! | [`Rule::OthersOut`] | all but the winner disqualified | R035, all except winning bid disqualified |
//! | [`Rule::SilentBidder`] | qualified and does not bid | R018, single bid received, counts the case itself |

mod asset;
mod bids;
mod people;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chance::{count, float};
use super::part::{Answer, Part};
use super::{Deal, Finding, Report, Rule};
use crate::value::Bilingual;

/// What is likelier than this is not worth a second look.
const SUSPICIOUS: f64 = 0.01;

/// Looks for patterns, and makes the report. `complete`: the log holds all that happened, in its order.
pub(super) fn judge(mut part: Part, complete: bool) -> Report {
    let mut deals = std::mem::take(&mut part.deals);
    deals.sort_by(|one, other| one.line.cmp(&other.line).then_with(|| one.case.cmp(&other.case)));
    let mut found = Vec::new();
    asset::busy(&deals, complete, &mut found);
    asset::splitting(&deals, &mut found);
    bids::regular(&deals, &mut found);
    bids::others_out(&deals, &mut found);
    bids::silent(&deals, &mut found);
    people::repeat_winner(&deals, &mut found);
    people::silent(&deals, &mut found);
    people::shared_account(&deals, &mut found);
    answer(&deals, &found, &mut part);
    found.into_iter().for_each(|finding| part.find(finding));
    part.into_report()
}

/// For each case and each rule: is it in the evidence, was there anything to look at, or did a field lack?
fn answer(deals: &[Deal], found: &[Finding], part: &mut Part) {
    let mut involved: BTreeMap<(Rule, &str), ()> = BTreeMap::new();
    for finding in found {
        let cases = finding.evidence.iter().chain([&finding.case]);
        involved.extend(cases.map(|case| ((finding.rule, case.as_ref()), ())));
    }
    for deal in deals {
        for rule in Rule::ALL.iter().filter(|rule| rule.is_across()) {
            let answer = if involved.contains_key(&(*rule, deal.case.as_ref())) { Answer::Broken } else { judged(*rule, deal) };
            part.count_one(*rule, answer);
        }
    }
}

fn judged(rule: Rule, deal: &Deal) -> Answer {
    let needs = |there: bool, field| if there { Answer::Kept } else { Answer::Unjudged(field) };
    match rule {
        Rule::AssetBusy => needs(deal.asset.is_some(), "asset"),
        Rule::Splitting if deal.planned.is_none() => Answer::NotAsked,
        Rule::Splitting => needs(deal.asset.is_some() && deal.worth.is_some(), if deal.asset.is_none() { "asset" } else { "floor" }),
        _ if deal.winner.is_none() => Answer::NotAsked,
        Rule::RegularSteps => needs(!deal.bids.is_empty(), "bid"),
        Rule::SharedAccount => needs(deal.bidders.iter().any(|bidder| bidder.account.is_some()), "account"),
        Rule::OthersOut => needs(deal.bidders.iter().any(|bidder| bidder.qualified.is_some()), "qualified"),
        Rule::SilentBidder => needs(!deal.bidders.is_empty() && !deal.bids.is_empty(), if deal.bids.is_empty() { "bid" } else { "bidder" }),
        _ => needs(!deal.bidders.is_empty(), "bidder"),
    }
}

/// Keeps what stands out among all that was looked at, and says how likely each is innocent: of those that are at least as
/// unlikely by chance, the share that chance alone would have made (Benjamini and Hochberg 1995).
fn sieve(mut candidates: Vec<Finding>, looked_at: u64, found: &mut Vec<Finding>) {
    let chance = |finding: &Finding| finding.innocent.unwrap_or(1.0);
    candidates.sort_by(|one, other| chance(one).total_cmp(&chance(other)));
    let mut least = 1.0_f64;
    for (place, mut finding) in candidates.into_iter().enumerate().rev() {
        let as_unlikely = float(count(place).saturating_add(1));
        least = least.min(chance(&finding) * float(looked_at) / as_unlikely);
        if least < SUSPICIOUS {
            let of = |zh: &str, en: &str| {
                Bilingual::of(
                    format!("{zh}；按所查 {looked_at} 项折算（BH 法）"),
                    format!("{en}; set against all {looked_at} that were looked at (Benjamini-Hochberg)"),
                )
            };
            finding.model = finding.model.map(|model| of(&model.zh, &model.en));
            finding.innocent = Some(least);
            found.push(finding);
        }
    }
}

/// A suspicion, with the chance that it is innocent and how that was found.
fn suspicion(rule: Rule, deal: &Deal, innocent: f64, model: Bilingual, evidence: Vec<Arc<str>>) -> Finding {
    let mut finding = Finding::new(rule, deal.case.clone(), deal.line);
    (finding.innocent, finding.model, finding.evidence) = (Some(innocent.clamp(0.0, 1.0)), Some(model), evidence);
    finding
}
