//! What was valued, planned, voted and traded.

use super::super::Rule;
use super::field::Field;
use super::names::Act;
use super::story::Story;
use crate::calendar::Period;
use crate::dongsha::Step;
use crate::flow::StepId;
use crate::policy::{AllDelegates, AllDirectors, AllMembers, Body, Eligible, Present, Tally, VoteResult};
use crate::value::{Bilingual, Money};

impl Story<'_> {
    /// What the whole deal is worth at the floor.
    pub(super) fn worth(&self) -> Option<Money> {
        let plan = self.values(Step::PlanDraft)?;
        Some(plan.floor?.times(u64::from(plan.term?.max(1))).unwrap_or(Money::MAX))
    }

    pub(super) fn plan(&mut self) {
        self.one_plan();
        let (Some(_), Some(line)) = (self.performed(Step::PlanDraft), self.performed(Step::PlanDraft).map(|row| row.line)) else { return };
        let plan = self.values(Step::PlanDraft);
        self.valuation(line);
        match (plan.and_then(|plan| plan.term), self.policy.as_ref().and_then(|policy| policy.at_most("lease-years"))) {
            (Some(term), Some(years)) => {
                let most = years.value().saturating_mul(12);
                if term > most {
                    self.breach(Rule::Term, Step::PlanDraft, line, Some(months(most)), Some(months(term)));
                } else {
                    self.sheet.keep(Rule::Term);
                }
            }
            (None, _) => self.sheet.lacks(Rule::Term, Field::Term.key()),
            (_, None) => self.sheet.lacks(Rule::Term, "policy"),
        }
        let threshold = self.policy.as_ref().and_then(|policy| policy.amount("public-trading-from")).map(|number| *number.value());
        match (self.worth(), plan.and_then(|plan| plan.negotiated), threshold) {
            (_, Some(false), _) => self.sheet.keep(Rule::Platform),
            (Some(worth), Some(true), Some(threshold)) if worth >= threshold => {
                self.breach(Rule::Platform, Step::PlanDraft, line, Some(threshold.text()), Some(worth.text()));
            }
            (Some(_), Some(true), Some(_)) => self.sheet.keep(Rule::Platform),
            (Some(worth), None, Some(threshold)) if worth < threshold => self.sheet.keep(Rule::Platform),
            (_, None, _) => self.sheet.lacks(Rule::Platform, Field::Method.key()),
            (None, ..) => self.sheet.lacks(Rule::Platform, Field::Floor.key()),
            (.., None) => self.sheet.lacks(Rule::Platform, "policy"),
        }
    }

    /// Still valid when the plan was drafted, and not over the floor unless that was voted.
    fn valuation(&mut self, line: u64) {
        let Some(valued) = self.performed(Step::Valuation) else { return };
        let value = valued.values.as_deref();
        match (value.and_then(|value| value.valid_until), self.day(Step::PlanDraft)) {
            (Some(until), Some(day)) if day > until => {
                self.breach(Rule::Valuation, Step::PlanDraft, line, Some(Bilingual::same(until)), Some(Bilingual::same(day)));
            }
            (Some(_), Some(_)) => self.sheet.keep(Rule::Valuation),
            (None, _) => self.sheet.lacks(Rule::Valuation, Field::ValidUntil.key()),
            (_, None) => self.sheet.lacks(Rule::Valuation, Field::Time.key()),
        }
        let floor = self.values(Step::PlanDraft).and_then(|plan| plan.floor);
        let voted = self.values(Step::MemberVote).and_then(|vote| vote.below_voted);
        match (value.and_then(|value| value.valuation), floor) {
            (Some(value), Some(floor)) if floor < value => match voted {
                Some(true) => self.sheet.keep(Rule::BelowValue),
                Some(false) => self.breach(Rule::BelowValue, Step::PlanDraft, line, Some(value.text()), Some(floor.text())),
                None => self.sheet.lacks(Rule::BelowValue, Field::BelowVoted.key()),
            },
            (Some(_), Some(_)) => self.sheet.keep(Rule::BelowValue),
            (None, _) => self.sheet.lacks(Rule::BelowValue, Field::Valuation.key()),
            (_, None) => self.sheet.lacks(Rule::BelowValue, Field::Floor.key()),
        }
    }

    /// What was drafted is what was reviewed, voted, published, filed, announced and signed.
    fn one_plan(&mut self) {
        let frozen = self.values(Step::PlanDraft).and_then(|plan| plan.plan.clone());
        for step in Step::ALL.iter().skip(Step::PlanReview.index()).take(10) {
            let Some(row) = self.performed(*step) else { continue };
            let named = row.values.as_ref().and_then(|values| values.plan.clone());
            match (&frozen, named) {
                (Some(frozen), Some(named)) if *frozen != named => {
                    self.breach(Rule::Plan, *step, row.line, Some(Bilingual::same(frozen)), Some(Bilingual::same(named)));
                }
                (Some(_), Some(_)) => self.sheet.keep(Rule::Plan),
                // Only some steps need name it; the vote must.
                (_, None) | (None, _) if *step == Step::MemberVote => self.sheet.lacks(Rule::Plan, Field::Plan.key()),
                _ => {}
            }
        }
    }

    fn tally(&self) -> Option<Result<Tally, String>> {
        let vote = self.values(Step::MemberVote)?;
        let (eligible, present, yes) = (vote.eligible?, vote.present?, vote.in_favour?);
        let eligible = match vote.body? {
            Body::Members => Eligible::Members(AllMembers(eligible)),
            Body::Delegates => Eligible::Delegates(AllDelegates(eligible)),
            Body::Directors => Eligible::Directors(AllDirectors(eligible)),
        };
        let Some(against) = present.checked_sub(yes) else { return Some(Err(format!("{yes} > {present}"))) };
        Some(Tally::new(eligible, Present(present), yes, against, 0).map_err(|error| error.to_string()))
    }

    fn result(&self) -> Option<Result<VoteResult, String>> {
        let tally = match self.tally()? {
            Ok(tally) => tally,
            Err(why) => return Some(Err(why)),
        };
        let name = match tally.eligible().body() {
            Body::Members => "assembly",
            Body::Delegates => "delegates",
            Body::Directors => return Some(Err(Body::Directors.name().to_string())),
        };
        let majority = self.policy.as_ref()?.majority(name)?;
        Some(majority.value().decide(&tally).map_err(|error| error.to_string()))
    }

    /// Whether the vote that stands has passed; `None` where the log does not say.
    pub(super) fn vote_passed(&self) -> Option<bool> {
        self.result()?.ok().map(|result| result == VoteResult::Passed)
    }

    pub(super) fn vote(&mut self) {
        let Some(row) = self.performed(Step::MemberVote) else { return };
        let line = row.line;
        self.call(line);
        // A vote that failed and was left there broke nothing.
        if self.performed(Step::PlanNotice).is_none() {
            return;
        }
        let said = self.values(Step::MemberVote);
        let counts = said.map(|vote| {
            let number = |n: Option<u32>| n.map_or_else(|| "?".to_owned(), |n| n.to_string());
            Bilingual::same(format!("{}/{}/{}", number(vote.in_favour), number(vote.present), number(vote.eligible)))
        });
        match self.result() {
            Some(Ok(VoteResult::Passed)) => [Rule::Quorum, Rule::Majority, Rule::Vote].into_iter().for_each(|rule| self.sheet.keep(rule)),
            Some(Ok(VoteResult::NoQuorum)) => self.breach(Rule::Quorum, Step::MemberVote, line, None, counts),
            Some(Ok(VoteResult::Rejected)) => {
                self.sheet.keep(Rule::Quorum);
                self.breach(Rule::Majority, Step::MemberVote, line, None, counts);
            }
            Some(Err(why)) => self.breach(Rule::Vote, Step::MemberVote, line, None, Some(Bilingual::same(why))),
            None => {
                let lacking = said.map_or(Field::InFavour, |vote| match vote {
                    vote if vote.body.is_none() => Field::Body,
                    vote if vote.eligible.is_none() => Field::Eligible,
                    vote if vote.present.is_none() => Field::Present,
                    _ => Field::InFavour,
                });
                [Rule::Quorum, Rule::Majority, Rule::Vote].into_iter().for_each(|rule| self.sheet.lacks(rule, lacking.key()));
            }
        }
    }

    /// Called the policy's days before.
    fn call(&mut self, line: u64) {
        let called = self.values(Step::MemberVote).and_then(|vote| vote.called_on);
        let (Some(called), Some(held)) = (called, self.day(Step::MemberVote)) else {
            return self.sheet.lacks(Rule::Call, Field::CalledOn.key());
        };
        let Some(lead) = self.policy.as_ref().and_then(|policy| policy.period("P2")).map(|number| *number.value()) else {
            return self.sheet.lacks(Rule::Call, "policy");
        };
        let working = self.office.calendar.last_day(called, Period::working(lead.working_days()), &[]);
        let plain = called.checked_add_days(chrono::Days::new(lead.calendar_days().into()));
        let (Ok(working), Some(plain)) = (working, plain) else { return self.sheet.lacks(Rule::Call, "calendar") };
        let first = working.max(plain);
        if held < first {
            let expected = Bilingual::of(format!("{first} 或之后"), format!("{first} or later"));
            self.breach(Rule::Call, Step::MemberVote, line, Some(expected), Some(Bilingual::same(held)));
        } else {
            self.sheet.keep(Rule::Call);
        }
    }

    pub(super) fn contract(&mut self) {
        self.price();
        let (Some(signed), Some(line)) = (self.values(Step::ContractSigning), self.performed(Step::ContractSigning).map(|row| row.line))
        else {
            if self.performed(Step::ContractSigning).is_some() {
                self.sheet.lacks(Rule::Contract, Field::Price.key());
                self.sheet.lacks(Rule::SignedLate, Field::SignedOn.key());
            }
            return;
        };
        let won = self.values(Step::ResultNotice).or_else(|| self.values(Step::Bidding));
        let plan = self.values(Step::PlanDraft);
        let mut pairs = Vec::new();
        pairs.extend(won.and_then(|won| Some((won.price?.text(), signed.price?.text()))));
        pairs.extend(won.and_then(|won| Some((Bilingual::same(won.winner.as_ref()?), Bilingual::same(signed.winner.as_ref()?)))));
        pairs.extend(plan.and_then(|plan| Some((months(plan.term?), months(signed.term?)))));
        if pairs.is_empty() {
            self.sheet.lacks(Rule::Contract, Field::Price.key());
        } else {
            self.sheet.keep(Rule::Contract);
        }
        for (expected, found) in pairs.into_iter().filter(|(expected, found)| expected != found) {
            self.breach(Rule::Contract, Step::ContractSigning, line, Some(expected), Some(found));
        }
    }

    /// No bid, and no result, under the floor.
    fn price(&mut self) {
        if self.performed(Step::Bidding).is_none() {
            return;
        }
        let Some(floor) = self.values(Step::PlanDraft).and_then(|plan| plan.floor) else {
            return self.sheet.lacks(Rule::Price, Field::Floor.key());
        };
        let bids = self.rows.iter().filter(|row| row.act == Act::Bid);
        let results = [Step::Bidding, Step::ResultNotice].into_iter().filter_map(|step| self.performed(step));
        let priced = bids.chain(results).filter_map(|row| Some((row.values.as_ref()?.price?, row.line)));
        let all: Vec<(Money, u64)> = priced.collect();
        if all.is_empty() {
            return self.sheet.lacks(Rule::Price, Field::Price.key());
        }
        match all.iter().find(|(price, _)| *price < floor) {
            Some((price, line)) => self.breach(Rule::Price, Step::Bidding, *line, Some(floor.text()), Some(price.text())),
            None => self.sheet.keep(Rule::Price),
        }
    }
}

fn months(months: u32) -> Bilingual {
    Bilingual::of(format!("{months} 个月"), format!("{months} months"))
}
