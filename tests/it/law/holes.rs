//! Ways round the decision, each tried in earnest: no public function closes a case without some step.

use sanzi::case::{AtStep, Case, Command, Concluded, Entry, Event, Next, Opening, Stage, Transaction};
use sanzi::dongsha::{AssetCheck, Bidding, Current, Dongsha, Evidence, PlanRecord, Role, Step, TradingMethod};
use sanzi::flow::{Flow, StepId, Target};
use sanzi::register::Term;
use sanzi::store::{MemoryStore, Store};
use sanzi::value::{CaseId, OrgId};
use sanzi::{Engine, Error, ErrorKind};

use super::{another, store_raw};
use crate::village::{Run, day, office, opening, person, plan, text, yuan};

type Village = Engine<Dongsha, MemoryStore>;

fn village(runs: &[&Run]) -> Village {
    let office = office();
    let store = MemoryStore::new(office.org);
    runs.iter().for_each(|run| store_raw(&store, run.case.id(), &run.entries));
    Engine::new(office, store).unwrap()
}

fn codes<T: std::fmt::Debug>(error: Result<T, Error>) -> Vec<String> {
    match error.unwrap_err() {
        Error::Refused(refusal) => refusal.codes().iter().map(ToString::to_string).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn whoever_was_made_in_another_office_acts_under_the_rules_of_this_one() {
    let run = Run::opened();
    let engine = village(&[&run]);
    let mut elsewhere = office();
    elsewhere.register.appoint(person("resident"), Role::Board, Term::since(day("2018-01-01"))).unwrap();
    elsewhere.policies = Vec::new();
    let foreign = elsewhere.acting(person("resident"), run.now);
    let id = run.case.id();
    assert_eq!(codes(engine.perform(id, &foreign, run.good())), ["not-responsible"]);
    assert_eq!(engine.check(id, Step::AssetCheck, &foreign).unwrap().unwrap_err().codes(), ["not-responsible"]);
    let chen = elsewhere.acting(person("chen"), run.now);
    assert!(engine.check(id, Step::AssetCheck, &chen).unwrap().is_ok(), "and whoever is of this office too may act");
    assert!(engine.perform(id, &chen, run.good()).is_ok());
}

#[test]
fn a_case_of_another_organisation_in_this_ledger_is_named() {
    let mut run = Run::opened();
    let engine = village(&[]);
    let Event::Opened { org, .. } = &mut run.entries[0].event else { unreachable!() };
    *org = OrgId::new("elsewhere").unwrap();
    let id = CaseId::random();
    store_raw(engine.store(), id, &run.entries);
    assert!(matches!(engine.load(id), Err(Error::OtherOrg { .. })));
}

#[test]
fn a_refusal_without_a_reason_cannot_be_read() {
    assert!(serde_json::from_str::<sanzi::Refusal>(r#"{"reasons":[]}"#).is_err());
}

#[test]
fn a_draft_that_was_decided_in_another_office_is_refused_in_this_one() {
    let run = Run::opened();
    let engine = village(&[&run]);
    let mut elsewhere = office();
    elsewhere.register.appoint(person("resident"), Role::Board, Term::since(day("2018-01-01"))).unwrap();
    let Current::AssetCheck(AtStep::Pending(case)) = Current::from(run.case.clone()) else { unreachable!() };
    let Evidence::AssetCheck(record) = run.good() else { unreachable!() };
    let mut case = case.perform(&elsewhere.acting(person("resident"), run.now), record).unwrap();
    assert_eq!(codes(engine.save(&mut case)), ["not-responsible"]);
}

#[test]
fn a_draft_on_a_case_that_is_not_the_stored_one_is_refused() {
    let run = Run::opened();
    let engine = village(&[&run]);
    let mut fiction = Run { case: Case::unopened(run.case.id()), entries: Vec::new(), ..run.clone() };
    fiction.must(person("chen"), Command::Open(Opening { title: text("另一项目"), ..opening() }));
    let Current::AssetCheck(AtStep::Pending(case)) = Current::from(fiction.case.clone()) else { unreachable!() };
    let Evidence::AssetCheck(record) = run.good() else { unreachable!() };
    let mut case = case.perform(&engine.acting(person("chen"), run.now), record).unwrap();
    let error = engine.save(&mut case).unwrap_err();
    assert!(matches!(error, Error::Replay(_)), "{error}");
    assert_eq!(engine.load(run.case.id()).unwrap(), run.case);
}

#[test]
fn an_outcome_against_the_record_is_refused_wherever_it_comes_in() {
    let mut run = Run::opened();
    run.to(Step::PlanReview);
    let Evidence::PlanReview(mut review) = run.good() else { unreachable!() };
    review.approved = false;
    run.perform_with(Evidence::PlanReview(review)).publish();
    let lawful = run.ask(person("guan"), &super::advance(Step::PlanReview)).into_result().unwrap().remove(0);
    let event = Event::Advanced { from: Step::PlanReview, outcome: "Approved".into(), to: Next::Step(Step::MemberVote), withdrawal: None };
    let forged = Entry { event, ..lawful };
    assert!(run.case.clone().evolve(&forged).is_err(), "evolve");
    let engine = village(&[&run]);
    store_raw(engine.store(), run.case.id(), &[forged]);
    let error = engine.load(run.case.id()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "load: {error}");
}

#[test]
fn a_jump_written_into_the_store_is_named_when_the_case_is_loaded() {
    let mut run = Run::opened();
    run.to(Step::MemberVote);
    let engine = village(&[&run]);
    let version = run.case.version() + 1;
    let mut ahead = run.clone();
    ahead.to(Step::Bidding).perform();
    store_raw(engine.store(), run.case.id(), &ahead.entries[ahead.entries.len() - 1..]);
    let error = engine.load(run.case.id()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains(&format!("entry {version}")), "{error}");
    let acting = engine.acting(person("chen"), run.now);
    assert!(engine.advance(run.case.id(), &acting, Step::MemberVote).is_err(), "and nothing goes on");
}

#[test]
fn no_row_leads_over_a_step_and_no_evolve_leaves_a_step_that_is_not_public() {
    let mut run = Run::opened();
    run.to(Step::MemberVote);
    for stage in [Stage::Pending, Stage::Performed] {
        assert_eq!(run.case.place().unwrap().stage, stage);
        for way in Dongsha::row(Step::MemberVote).outcomes {
            let event = Event::Advanced { from: Step::MemberVote, outcome: way.id.into(), to: way.to.into(), withdrawal: None };
            assert!(run.case.clone().evolve(&Entry { at: run.now, clock: run.now, by: person("chen"), event, signed: None }).is_err());
        }
        if stage == Stage::Pending {
            run.perform();
        }
    }
    for row in Dongsha::ROWS {
        let ahead = |way: &&sanzi::flow::Outcome<Step>| matches!(way.to, Target::Step(to) if to.index() > row.step.index() + 1);
        assert_eq!(row.outcomes.iter().filter(ahead).count(), 0);
    }
}

#[test]
fn a_transaction_that_claims_another_step_than_its_case_gets_nowhere() {
    let mut run = Run::opened();
    assert!(AtStep::<Bidding>::of(run.case.clone()).is_err(), "the case stands elsewhere, and comes back");
    assert!(Concluded::of(run.case.clone()).is_err(), "it has not ended");
    run.perform().publish();
    assert!(AtStep::<Bidding>::of(run.case.clone()).is_err());
    assert!(matches!(AtStep::<AssetCheck>::of(run.case.clone()), Ok(AtStep::Public(_))));
    let refusal = Transaction::<Bidding>::open(&run.office.acting(person("song"), run.now), run.case.id(), opening()).unwrap_err();
    assert_eq!(refusal.codes(), ["step-missing"; 12]);
    assert!(Transaction::<AssetCheck>::open(&run.office.acting(person("chen"), run.now), run.case.id(), opening()).is_ok());
}

/// A deal split in two (化整为零) is seen by the engine, and by a typed transaction at the latest when it is saved.
#[test]
fn splitting_is_seen_whichever_way_the_second_deal_comes_in() {
    let small = PlanRecord { method: TradingMethod::Negotiation, floor: yuan(2_000), term_months: 3, ..plan() };
    let mut first = Run::opened();
    first.to(Step::PlanDraft).perform_with(Evidence::PlanDraft(small.clone())).publish().advance().finish();
    let mut second = another(office(), 2, "DT-001", first.now);
    second.to(Step::PlanDraft);
    let engine = village(&[&first, &second]);
    let acting = engine.acting(person("chen"), second.now);
    let record = Evidence::PlanDraft(small.clone());
    assert_eq!(codes(engine.perform(second.case.id(), &acting, record)), ["splitting"]);
    let Current::PlanDraft(AtStep::Pending(case)) = Current::from(engine.load(second.case.id()).unwrap()) else { unreachable!() };
    let mut case = case.perform(&acting, small).expect("alone it is under the threshold");
    assert_eq!(codes(engine.save(&mut case)), ["splitting"]);
    assert_eq!(engine.store().read(second.case.id()).unwrap().len(), second.entries.len());
}
