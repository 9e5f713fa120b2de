//! The rules of the sixteen steps as law: a good record broken in one place is refused for exactly that, and its twin at
//! the very edge is allowed.

mod before_plan;
mod completion;
mod paths;
mod plan;
mod profiles;
mod text;
mod trading;
mod vote;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sanzi::case::*;
use sanzi::dongsha::*;
use sanzi::flow::{Flow, RoleId, StepId};
use sanzi::value::PersonId;

use crate::village::*;

/// A record about to be performed, and everything around it that a law may bend.
#[derive(Clone)]
pub struct Act {
    pub run: Run,
    pub evidence: Evidence,
    /// Whoever performs it, if not the usual person.
    pub who: Option<PersonId>,
    pub nearby: Nearby,
    pub done: Option<DateTime<Utc>>,
}

impl Act {
    pub fn of(run: Run) -> Act {
        let evidence = run.good();
        Act { run, evidence, who: None, nearby: Nearby::default(), done: None }
    }

    pub fn ask(&self) -> Verdict<Dongsha> {
        let acting =
            self.run.office.acting(self.who.unwrap_or_else(|| responsible(self.run.step())), self.run.now).with_nearby(self.nearby.clone());
        decide(&self.run.case, &acting, &Command::Perform { evidence: self.evidence.clone(), done: self.done })
    }
}

macro_rules! records {
    ($($name:ident: $Step:ident = $Record:ty;)*) => {
        $(pub fn $name(act: &mut Act) -> &mut $Record {
            match &mut act.evidence {
                Evidence::$Step(record) => record,
                other => panic!("{other:?}"),
            }
        })*
    };
}

records! {
    asset: AssetCheck = AssetCheckRecord;
    study: PartyStudy = PartyStudyRecord;
    valuation: Valuation = ValuationRecord;
    draft: PlanDraft = PlanRecord;
    review: PlanReview = ReviewRecord;
    vote: MemberVote = VoteRecord;
    notice: PlanNotice = PlanNoticeRecord;
    filing: ProjectFiling = FilingRecord;
    street: StreetReview = StreetReviewRecord;
    trading: TradingNotice = TradingNoticeRecord;
    registration: BidderRegistration = RegistrationRecord;
    bidding: Bidding = BiddingRecord;
    result: ResultNotice = ResultRecord;
    archive: FilingAndArchive = ArchiveRecord;
}

pub fn contract(act: &mut Act) -> &mut SignedContract {
    match &mut act.evidence {
        Evidence::ContractSigning(ContractRecord::Signed(contract)) => contract,
        other => panic!("{other:?}"),
    }
}

/// A reason that must be given: its code and, where they matter, the English texts of expected and found.
#[derive(Clone, Copy, Debug)]
pub struct Want {
    code: &'static str,
    expected: Option<&'static str>,
    found: Option<&'static str>,
}

pub fn want(code: impl ReasonCode) -> Want {
    Want { code: code.code(), expected: None, found: None }
}

impl Want {
    pub fn expected(self, text: &'static str) -> Want {
        Want { expected: Some(text), ..self }
    }

    pub fn found(self, text: &'static str) -> Want {
        Want { found: Some(text), ..self }
    }

    fn check(&self, name: &str, step: Step, reason: &Reason) {
        let said = |text: &Option<sanzi::value::Bilingual>| text.as_ref().map(|text| text.en.clone().into_owned());
        if let Some(expected) = self.expected {
            assert_eq!(said(&reason.expected).as_deref(), Some(expected), "{name}: expected of {}", self.code);
        }
        if let Some(found) = self.found {
            assert_eq!(said(&reason.found).as_deref(), Some(found), "{name}: found of {}", self.code);
        }
        assert_eq!(reason.step.as_ref().map(|step| step.id.as_ref()), Some(step.id()), "{name}: the step");
        assert_eq!(reason.party.as_ref().map(|party| party.id.as_ref()), Some(Dongsha::row(step).by.id()), "{name}: who must act");
    }
}

type Change = fn(&mut Act);

/// One rule: at a step, at the edge allowed without a warning, one notch further refused (or warned of) for exactly this.
pub struct Law {
    name: &'static str,
    step: Step,
    given: fn(Step) -> Run,
    edge: Change,
    broken: Change,
    refused: Vec<Want>,
    warned: Vec<Want>,
}

pub fn law(name: &'static str, step: Step) -> Law {
    Law { name, step, given: ready, edge: |_| {}, broken: |_| {}, refused: Vec::new(), warned: Vec::new() }
}

impl Law {
    pub fn given(self, given: fn(Step) -> Run) -> Law {
        Law { given, ..self }
    }

    pub fn allowed(self, edge: Change) -> Law {
        Law { edge, ..self }
    }

    pub fn refused<const N: usize>(self, broken: Change, wants: [Want; N]) -> Law {
        Law { broken, refused: wants.to_vec(), ..self }
    }

    pub fn warned<const N: usize>(self, broken: Change, wants: [Want; N]) -> Law {
        Law { broken, warned: wants.to_vec(), ..self }
    }

    fn holds(&self) {
        let run = (self.given)(self.step);
        assert_eq!(run.step(), self.step, "{}: given", self.name);
        let mut good = Act::of(run);
        let mut bad = good.clone();
        (self.edge)(&mut good);
        match good.ask() {
            Verdict::Allowed { warnings, .. } => assert!(warnings.is_empty(), "{}: the twin is warned of: {warnings:?}", self.name),
            Verdict::Refused(refusal) => panic!("{}: the twin is {refusal}", self.name),
        }
        (self.broken)(&mut bad);
        match bad.ask() {
            Verdict::Refused(refusal) => self.compare(&self.refused, refusal.reasons()),
            Verdict::Allowed { warnings, .. } => {
                assert!(self.refused.is_empty(), "{}: allowed", self.name);
                assert!(!self.warned.is_empty(), "{}: says nothing", self.name);
                self.compare(&self.warned, &warnings);
            }
        }
    }

    fn compare(&self, wants: &[Want], reasons: &[Reason]) {
        let wanted: Vec<&str> = wants.iter().map(|want| want.code).collect();
        let given: Vec<&str> = reasons.iter().map(|reason| reason.code.as_ref()).collect();
        assert_eq!(given, wanted, "{}: {reasons:#?}", self.name);
        for (want, reason) in wants.iter().zip(reasons) {
            want.check(self.name, self.step, reason);
        }
    }
}

/// A good case at a step, on the first day on which it can be performed.
pub fn ready(step: Step) -> Run {
    at_step(Run::opened(), step)
}

pub fn at_step(mut run: Run, step: Step) -> Run {
    run.to(step).wait_to_perform();
    run
}

/// The same under the rules from 2025-05-01.
pub fn ready_2025(step: Step) -> Run {
    at_step(Run::opened_on(day("2025-05-06")), step)
}

/// A good case at a step, of another plan than the usual one.
pub fn planned(mut run: Run, step: Step, plan: PlanRecord) -> Run {
    run.to(Step::PlanDraft).wait_to_perform().perform_with(Evidence::PlanDraft(plan));
    run.publish().advance();
    at_step(run, step)
}

fn laws() -> Vec<Law> {
    [before_plan::laws(), plan::laws(), vote::laws(), trading::laws(), completion::laws()].into_iter().flatten().collect()
}

#[test]
fn every_law_holds_and_its_twin_at_the_edge_is_allowed() {
    let laws = laws();
    let fails = |law: &&Law| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| law.holds())).is_err();
    let broken: Vec<&str> = laws.iter().filter(fails).map(|law| law.name).collect();
    assert_eq!(broken, Vec::<&str>::new(), "see above for what each of them says");
}

#[test]
fn every_code_of_the_sixteen_steps_is_exercised_and_every_law_has_a_name_of_its_own() {
    let laws = laws();
    let exercised: BTreeSet<&str> = laws.iter().flat_map(|law| law.refused.iter().chain(&law.warned)).map(|want| want.code).collect();
    let missing: Vec<&str> = DongshaCode::ALL.iter().map(|code| code.code()).filter(|code| !exercised.contains(code)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "codes without a law");
    let names: BTreeSet<&str> = laws.iter().map(|law| law.name).collect();
    assert_eq!(names.len(), laws.len(), "two laws of one name");
    assert!(laws.iter().all(|law| law.refused.is_empty() != law.warned.is_empty()), "refused or warned of");
}

#[test]
fn every_step_has_a_law() {
    let tested: BTreeSet<Step> = laws().iter().map(|law| law.step).collect();
    let untested: Vec<&Step> = Step::ALL.iter().filter(|step| !tested.contains(step)).collect();
    assert_eq!(untested, [&Step::IntentNotice], "only the notice of intent has no rule but the frame's");
}
