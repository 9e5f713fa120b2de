//! Patterns across cases: suspicions, each with its evidence and the chance that it is innocent.
//!
//! | rule | what it is | Cardinal (open contracting) |
//! |---|---|---|
//! | [`Rule::AssetBusy`] | two live transactions on one asset | – |
//! | [`Rule::Splitting`] | deals on one asset, each under the threshold, over it together within the window | – |
//! | [`Rule::RepeatWinner`] | one bidder wins far more often than by their share of the field | the other side of R025, excessive unsuccessful bids |
//! | [`Rule::RegularSteps`] | bids at equal distances | – (R028, identical prices, is distance 0, which is not looked for here) |
//! | [`Rule::SharedAccount`] | deposits of several bidders from one account | – (R044, business similarities, is planned there) |
//! | [`Rule::OthersOut`] | all but the winner disqualified | R035, all except winning bid disqualified |
//! | [`Rule::SilentBidder`] | qualified and does not bid | R018, single bid received, counts the case itself |

mod asset;
mod bids;
mod people;

use super::chance::{count, float};
use super::deals::{Deal, Deals};
use super::part::{Answer, Part, Sheet};
use super::{Finding, Report, Rule};
use crate::value::Bilingual;

/// What is likelier than this is not worth a second look.
const SUSPICIOUS: f64 = 0.01;

/// What was found, and the places of the deals that it rests on.
struct Found {
    finding: Finding,
    rests_on: Vec<usize>,
}

impl Found {
    /// At the deal of this place; it rests on several.
    fn new(rule: Rule, deals: &Deals, place: usize, rests_on: Vec<usize>) -> Found {
        let (case, line) = deals.get(place).map_or_else(|| ("".into(), 0), |deal| (deals.case(deal), deal.line));
        let mut finding = Finding::new(rule, case, line);
        finding.evidence = rests_on.iter().filter_map(|place| deals.get(*place)).map(|deal| deals.case(deal)).collect();
        Found { finding, rests_on }
    }

    /// A suspicion, with the chance that it is innocent and how that was found.
    fn suspicion(mut self, innocent: f64, model: Bilingual) -> Found {
        (self.finding.innocent, self.finding.model) = (Some(innocent.clamp(0.0, 1.0)), Some(model));
        self
    }
}

/// Looks for patterns, on so many threads, and makes the report. `complete`: the log holds all that happened, in its order.
pub(super) fn judge(mut part: Part, complete: bool, threads: usize) -> Report {
    let deals = Deals::join(std::mem::take(&mut part.deals));
    let in_deals = || {
        let (mut found, assets) = (Vec::new(), asset::Assets::of(&deals));
        assets.busy(complete, &mut found);
        assets.splitting(&mut found);
        bids::regular(&deals, &mut found);
        bids::others_out(&deals, &mut found);
        bids::silent(&deals, &mut found);
        found
    };
    let of_people = || {
        let mut found = Vec::new();
        people::repeat_winner(&deals, &mut found);
        people::silent(&deals, &mut found);
        people::shared_account(&deals, &mut found);
        found
    };
    let (mut found, of_people) = std::thread::scope(|scope| {
        let other = (threads > 1).then(|| scope.spawn(of_people));
        (in_deals(), other.map_or_else(|| Ok(of_people()), |other| other.join()))
    });
    match of_people {
        Ok(of_people) => found.extend(of_people),
        Err(_) => part.partial = true,
    }
    answer(&deals, &found, &mut part);
    found.into_iter().for_each(|found| part.find(found.finding));
    part.into_report()
}

/// For each case and each rule: is it in the evidence, was there anything to look at, or did a field lack?
fn answer(deals: &Deals, found: &[Found], part: &mut Part) {
    let mut broken = vec![0_u64; deals.len()];
    for found in found {
        for place in &found.rests_on {
            if let Some(broken) = broken.get_mut(*place) {
                *broken |= 1 << found.finding.rule.index();
            }
        }
    }
    let mut sheet = Sheet::default();
    for (deal, broken) in deals.iter().zip(broken) {
        sheet.clear();
        for rule in Rule::ALL.iter().skip(Rule::AssetBusy.index()) {
            let is_broken = broken & (1 << rule.index()) != 0;
            sheet.mark(*rule, if is_broken { Answer::Broken } else { judged(*rule, deal) });
        }
        part.count(&sheet);
    }
}

fn judged(rule: Rule, deal: &Deal) -> Answer {
    let needs = |there: bool, field| if there { Answer::Kept } else { Answer::Unjudged(field) };
    let (has_bidders, has_bids) = (deal.has_bidders(), deal.has_bids());
    match rule {
        Rule::AssetBusy => needs(deal.asset.is_some(), "asset"),
        Rule::Splitting if deal.planned.is_none() => Answer::NotAsked,
        Rule::Splitting => needs(deal.asset.is_some() && deal.is_valued, if deal.asset.is_none() { "asset" } else { "floor" }),
        _ if deal.winner.is_none() => Answer::NotAsked,
        Rule::RegularSteps => needs(has_bids, "bid"),
        Rule::SharedAccount => needs(deal.turnout.has_account, "account"),
        Rule::OthersOut => needs(deal.turnout.examined > 0, "qualified"),
        Rule::SilentBidder => needs(has_bidders && has_bids, if has_bids { "bidder" } else { "bid" }),
        _ => needs(has_bidders, "bidder"),
    }
}

/// Keeps what stands out among all that was looked at, and says how likely each is innocent: of those that are at least as
/// unlikely by chance, the share that chance alone would have made (Benjamini and Hochberg 1995).
fn sieve(mut candidates: Vec<Found>, looked_at: u64, found: &mut Vec<Found>) {
    let chance = |candidate: &Found| candidate.finding.innocent.unwrap_or(1.0);
    candidates.sort_by(|one, other| chance(one).total_cmp(&chance(other)));
    let mut least = 1.0_f64;
    for (place, mut candidate) in candidates.into_iter().enumerate().rev() {
        let as_unlikely = float(count(place).saturating_add(1));
        least = least.min(chance(&candidate) * float(looked_at) / as_unlikely);
        if least < SUSPICIOUS {
            let of = |zh: &str, en: &str| {
                Bilingual::of(
                    format!("{zh}；按所查 {looked_at} 项折算（BH 法）"),
                    format!("{en}; set against all {looked_at} that were looked at (Benjamini-Hochberg)"),
                )
            };
            candidate.finding.model = candidate.finding.model.map(|model| of(&model.zh, &model.en));
            candidate.finding.innocent = Some(least);
            found.push(candidate);
        }
    }
}
