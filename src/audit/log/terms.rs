//! What was valued, planned, voted and traded.

use super::super::Rule;
use super::super::names::Name;
use super::field::Field;
use super::measures::Measures;
use super::row::Facts;
use super::story::Story;
use crate::calendar::Period;
use crate::dongsha::Step;
use crate::flow::StepId;
use crate::policy::{AllDelegates, AllDirectors, AllMembers, Body, Eligible, Present, Tally, VoteResult};
use crate::value::{Bilingual, Money};

/// What the row that drafted the plan says, looked for once: many rules ask for it.
#[derive(Clone, Copy, Default)]
pub(super) struct Plan {
    name: Option<Name>,
    floor: Option<Money>,
    /// In months.
    term: Option<u32>,
    pub(super) negotiated: Option<bool>,
    /// What the whole deal is worth at the floor.
    pub(super) worth: Option<Money>,
}

impl Plan {
    pub(super) fn of(draft: Facts<'_>) -> Plan {
        let (floor, term) = (draft.floor(), draft.term());
        let worth = |(floor, months): (Money, u32)| floor.times(months.max(1).into()).unwrap_or(Money::MAX);
        Plan { name: draft.plan(), floor, term, negotiated: draft.negotiated(), worth: floor.zip(term).map(worth) }
    }
}

impl Story<'_> {
    pub(super) fn plan(&mut self) {
        self.one_plan();
        if self.performed(Step::PlanDraft).is_none() {
            return;
        }
        self.valuation();
        match (self.plan.term, self.scene.measures.and_then(|measures| measures.lease_months)) {
            (Some(term), Some(most)) if term > most => {
                self.breach(Rule::Term, Step::PlanDraft, Some(months(most)), Some(months(term)));
            }
            (Some(_), Some(_)) => self.sheet.keep(Rule::Term),
            (None, _) => self.sheet.lacks(Rule::Term, Field::Term.key()),
            (_, None) => self.sheet.lacks(Rule::Term, "policy"),
        }
        let threshold = self.scene.measures.and_then(|measures| measures.threshold);
        match (self.plan.worth, self.plan.negotiated, threshold) {
            (_, Some(false), _) => self.sheet.keep(Rule::Platform),
            (Some(worth), Some(true), Some(threshold)) if worth >= threshold => {
                self.breach(Rule::Platform, Step::PlanDraft, Some(threshold.text()), Some(worth.text()));
            }
            (Some(_), Some(true), Some(_)) => self.sheet.keep(Rule::Platform),
            (Some(worth), None, Some(threshold)) if worth < threshold => self.sheet.keep(Rule::Platform),
            (_, None, _) => self.sheet.lacks(Rule::Platform, Field::Method.key()),
            (None, ..) => self.sheet.lacks(Rule::Platform, Field::Floor.key()),
            (.., None) => self.sheet.lacks(Rule::Platform, "policy"),
        }
    }

    /// Still valid when the plan was drafted, and not over the floor unless that was voted.
    fn valuation(&mut self) {
        let Some(valued) = self.performed(Step::Valuation) else { return };
        let value = self.said(&valued);
        match (value.valid_until(), self.day(Step::PlanDraft)) {
            (Some(until), Some(day)) if day > until => {
                self.breach(Rule::Valuation, Step::PlanDraft, Some(Bilingual::same(until)), Some(Bilingual::same(day)));
            }
            (Some(_), Some(_)) => self.sheet.keep(Rule::Valuation),
            (None, _) => self.sheet.lacks(Rule::Valuation, Field::ValidUntil.key()),
            (_, None) => self.sheet.lacks(Rule::Valuation, Field::Time.key()),
        }
        match (value.valuation(), self.plan.floor) {
            (Some(value), Some(floor)) if floor < value => match self.facts(Step::MemberVote).below_voted() {
                Some(true) => self.sheet.keep(Rule::BelowValue),
                Some(false) => self.breach(Rule::BelowValue, Step::PlanDraft, Some(value.text()), Some(floor.text())),
                None => self.sheet.lacks(Rule::BelowValue, Field::BelowVoted.key()),
            },
            (Some(_), Some(_)) => self.sheet.keep(Rule::BelowValue),
            (None, _) => self.sheet.lacks(Rule::BelowValue, Field::Valuation.key()),
            (_, None) => self.sheet.lacks(Rule::BelowValue, Field::Floor.key()),
        }
    }

    /// What was drafted is what was reviewed, voted, published, filed, announced and signed.
    fn one_plan(&mut self) {
        let frozen = self.plan.name;
        let voted = || self.facts(Step::MemberVote).plan();
        if !self.case.gist.plans_differ && frozen.is_some() && voted().is_some() {
            return self.sheet.keep(Rule::Plan);
        }
        for step in Step::ALL.iter().skip(Step::PlanReview.index()).take(10) {
            let Some(row) = self.performed(*step) else { continue };
            match (frozen, self.said(&row).plan()) {
                (Some(frozen), Some(named)) if frozen != named => {
                    let (expected, found) = (self.named(frozen), self.named(named));
                    self.breach(Rule::Plan, *step, Some(expected), Some(found));
                }
                (Some(_), Some(_)) => self.sheet.keep(Rule::Plan),
                // Only some steps need name it; the vote must.
                (_, None) | (None, _) if *step == Step::MemberVote => self.sheet.lacks(Rule::Plan, Field::Plan.key()),
                _ => {}
            }
        }
    }

    pub(super) fn vote(&mut self) {
        if self.performed(Step::MemberVote).is_none() {
            return;
        }
        self.call();
        // A vote that failed and was left there broke nothing.
        if self.performed(Step::PlanNotice).is_none() {
            return;
        }
        let vote = self.facts(Step::MemberVote);
        let counts = || {
            let number = |n: Option<u32>| n.map_or_else(|| "?".to_owned(), |n| n.to_string());
            Some(Bilingual::same(format!("{}/{}/{}", number(vote.in_favour()), number(vote.present()), number(vote.eligible()))))
        };
        match result(vote, self.scene.measures) {
            Some(Ok(VoteResult::Passed)) => [Rule::Quorum, Rule::Majority, Rule::Vote].into_iter().for_each(|rule| self.sheet.keep(rule)),
            Some(Ok(VoteResult::NoQuorum)) => self.breach(Rule::Quorum, Step::MemberVote, None, counts()),
            Some(Ok(VoteResult::Rejected)) => {
                self.sheet.keep(Rule::Quorum);
                self.breach(Rule::Majority, Step::MemberVote, None, counts());
            }
            Some(Err(why)) => self.breach(Rule::Vote, Step::MemberVote, None, Some(Bilingual::same(why))),
            None => {
                let lacking = if vote.is_empty() {
                    Field::InFavour
                } else if vote.body().is_none() {
                    Field::Body
                } else if vote.eligible().is_none() {
                    Field::Eligible
                } else if vote.present().is_none() {
                    Field::Present
                } else {
                    Field::InFavour
                };
                [Rule::Quorum, Rule::Majority, Rule::Vote].into_iter().for_each(|rule| self.sheet.lacks(rule, lacking.key()));
            }
        }
    }

    /// Called the policy's days before.
    fn call(&mut self) {
        let called = self.facts(Step::MemberVote).called_on();
        let (Some(called), Some(held)) = (called, self.day(Step::MemberVote)) else {
            return self.sheet.lacks(Rule::Call, Field::CalledOn.key());
        };
        let Some(lead) = self.scene.measures.and_then(|measures| measures.lead) else {
            return self.sheet.lacks(Rule::Call, "policy");
        };
        let working = self.scene.office.calendar.last_day_number(called, Period::working(lead.working_days()), &[]);
        let Ok(working) = working else { return self.sheet.lacks(Rule::Call, "calendar") };
        let first = working.max(called.plus(lead.calendar_days()));
        if held < first {
            let expected = Bilingual::of(format!("{first} 或之后"), format!("{first} or later"));
            self.breach(Rule::Call, Step::MemberVote, Some(expected), Some(Bilingual::same(held)));
        } else {
            self.sheet.keep(Rule::Call);
        }
    }

    pub(super) fn contract(&mut self) {
        self.price();
        let Some(row) = self.performed(Step::ContractSigning) else { return };
        let signed = self.said(&row);
        let result = self.facts(Step::ResultNotice);
        let won = if result.is_empty() { self.facts(Step::Bidding) } else { result };
        let price = won.price().zip(signed.price());
        let winner = won.winner().zip(signed.winner());
        let term = self.plan.term.zip(signed.term());
        if price.is_none() && winner.is_none() && term.is_none() {
            return self.sheet.lacks(Rule::Contract, Field::Price.key());
        }
        self.sheet.keep(Rule::Contract);
        if let Some((due, found)) = price {
            self.signs(due, found, Money::text);
        }
        if let Some((due, found)) = winner {
            let names = self.scene.names;
            self.signs(due, found, |name| Bilingual::same(names.text(name)));
        }
        if let Some((due, found)) = term {
            self.signs(due, found, months);
        }
    }

    /// The contract says what is due.
    fn signs<T: Copy + PartialEq>(&mut self, due: T, found: T, text: impl Fn(T) -> Bilingual) {
        if due != found {
            self.breach(Rule::Contract, Step::ContractSigning, Some(text(due)), Some(text(found)));
        }
    }

    fn named(&self, name: Name) -> Bilingual {
        Bilingual::same(self.text(name))
    }

    /// No bid, and no result, under the floor.
    fn price(&mut self) {
        if self.performed(Step::Bidding).is_none() {
            return;
        }
        let Some(floor) = self.plan.floor else { return self.sheet.lacks(Rule::Price, Field::Floor.key()) };
        let results = [Step::Bidding, Step::ResultNotice].into_iter();
        let is_low = |price: Money| price < floor;
        let bids = &self.scene.variant.bids;
        let is_any_low = || {
            let mut prices = self.case.bids.iter().map(|bid| bid.price).chain(results.clone().filter_map(|step| self.facts(step).price()));
            self.case.bids.len() != bids.len() || prices.any(is_low)
        };
        if !bids.is_empty() && !is_any_low() {
            return self.sheet.keep(Rule::Price);
        }
        let bids = bids.iter().filter_map(|place| self.row(*place));
        let results = results.filter_map(|step| self.performed(step));
        let mut prices = bids.chain(results).filter_map(|row| Some((self.said(&row).price()?, row))).peekable();
        if prices.peek().is_none() {
            return self.sheet.lacks(Rule::Price, Field::Price.key());
        }
        match prices.find(|(price, _)| is_low(*price)) {
            Some((price, row)) => self.breach_at(row.line(), Rule::Price, Step::Bidding, Some(floor.text()), Some(price.text())),
            None => self.sheet.keep(Rule::Price),
        }
    }
}

fn months(months: u32) -> Bilingual {
    Bilingual::of(format!("{months} 个月"), format!("{months} months"))
}

fn tally(vote: Facts<'_>) -> Option<Result<Tally, String>> {
    let (eligible, present, yes) = (vote.eligible()?, vote.present()?, vote.in_favour()?);
    let eligible = match vote.body()? {
        Body::Members => Eligible::Members(AllMembers(eligible)),
        Body::Delegates => Eligible::Delegates(AllDelegates(eligible)),
        Body::Directors => Eligible::Directors(AllDirectors(eligible)),
    };
    let Some(against) = present.checked_sub(yes) else { return Some(Err(format!("{yes} > {present}"))) };
    Some(Tally::new(eligible, Present(present), yes, against, 0).map_err(|error| error.to_string()))
}

fn result(vote: Facts<'_>, measures: Option<&Measures>) -> Option<Result<VoteResult, String>> {
    let tally = match tally(vote)? {
        Ok(tally) => tally,
        Err(why) => return Some(Err(why)),
    };
    let body = tally.eligible().body();
    if body == Body::Directors {
        return Some(Err(body.name().to_string()));
    }
    let majority = measures?.majority(body)?;
    Some(majority.decide(&tally).map_err(|error| error.to_string()))
}

/// Whether a vote has passed; `None` where the log does not say.
pub(super) fn vote_passed(vote: Facts<'_>, measures: Option<&Measures>) -> Option<bool> {
    result(vote, measures)?.ok().map(|result| result == VoteResult::Passed)
}
