//! A typed transaction is saved by the engine whose ledger it enters, and decided by it.

use sanzi::case::{Concluded, Opening, Pending, Subject, Termination, Transaction};
use sanzi::dongsha::{AssetCheck, Dongsha, Evidence, Role, Step};
use sanzi::register::Term;
use sanzi::store::{MemoryStore, Store};
use sanzi::value::CaseId;
use sanzi::{Engine, Error};

use crate::village::{self, at, day, person};

fn engine() -> Engine<Dongsha, MemoryStore> {
    let office = village::office();
    let store = MemoryStore::new(office.org);
    Engine::new(office, store).unwrap()
}

fn codes(error: Error) -> Vec<String> {
    let Error::Refused(refusal) = error else { panic!("{error}") };
    refusal.codes().iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_engine_would_decide_too_is_saved_once() {
    let engine = engine();
    let chen = engine.acting(person("chen"), at(day("2018-03-05")));
    let mut case: Transaction<AssetCheck> = Transaction::open(&chen, CaseId::random(), village::opening()).unwrap();
    let mut receipt = engine.save(&mut case).unwrap().unwrap();
    assert_eq!((receipt.version, receipt.repeated), (1, false));
    assert_eq!(engine.save(&mut case).unwrap(), None, "nothing is left to save");

    let Evidence::AssetCheck(record) = village::record(case.case(), Step::AssetCheck, day("2018-03-05")) else { panic!() };
    let mut performed = case.perform(&chen, record).unwrap();
    receipt = engine.save(&mut performed).unwrap().unwrap();
    assert_eq!(receipt.version, 2);
    assert_eq!(engine.load(performed.case().id()).unwrap(), *performed.case());
}

/// The resident appoints herself in a register of her own, decides there, and brings the result.
#[test]
fn what_another_office_decided_is_decided_again() {
    let engine = engine();
    let mut lax = village::office();
    lax.register.appoint(person("resident"), Role::Board, Term::since(day("2018-01-01"))).unwrap();
    let resident = lax.acting(person("resident"), at(day("2018-03-05")));
    let mut case: Transaction<AssetCheck, Pending> = Transaction::open(&resident, CaseId::random(), village::opening()).unwrap();
    assert_eq!(codes(engine.save(&mut case).unwrap_err()), ["not-responsible"]);
    assert_eq!(engine.store().cases(sanzi::store::Cases::All).unwrap(), [], "nothing is written");
    assert_eq!(case.unsaved().len(), 1, "and the draft is as it was");
}

#[test]
fn what_was_opened_under_other_numbers_is_not_saved() {
    let engine = engine();
    let mut lax = village::office();
    lax.policies = vec![sanzi::policy::Policy::builtin_on(day("2026-01-05")).unwrap()];
    let source = village::text("own");
    let numbers = lax.policies.remove(0);
    let json = serde_json::to_string(&numbers).unwrap().replace("2025-05-01", "2018-01-01");
    let numbers: sanzi::policy::Policy = serde_json::from_str(&json).unwrap();
    lax.policies = vec![numbers.with_at_most("back-dating-days", sanzi::policy::Number::unverified(source, 900)).unwrap()];
    let chen = lax.acting(person("chen"), at(day("2018-03-05")));
    let mut case: Transaction<AssetCheck> = Transaction::open(&chen, CaseId::random(), village::opening()).unwrap();
    let error = engine.save(&mut case).unwrap_err();
    assert!(error.to_string().contains("this engine's office decides it otherwise"), "{error}");
}

/// Only the ledger knows the other deals on the asset.
#[test]
fn a_typed_transaction_is_decided_with_the_other_cases_in_view() {
    let engine = engine();
    let chen = engine.acting(person("chen"), at(day("2018-03-05")));
    engine.open(&chen, village::opening()).unwrap();
    let mut second: Transaction<AssetCheck> = Transaction::open(&chen, CaseId::random(), village::opening()).unwrap();
    assert_eq!(codes(engine.save(&mut second).unwrap_err()), ["asset-busy"]);
    let elsewhere = Opening { asset: sanzi::value::AssetId::new("DT-002").unwrap(), ..village::opening() };
    let mut third: Transaction<AssetCheck> = Transaction::open(&chen, CaseId::random(), elsewhere).unwrap();
    assert!(engine.save(&mut third).is_ok());
}

/// The notice that goes up, what a refusal says of itself, and a transaction that ends before its time.
#[test]
fn what_has_ended_is_saved_once_and_says_how_it_ended() {
    let engine = engine();
    let chen = engine.acting(person("chen"), at(day("2018-03-05")));
    let case: Transaction<AssetCheck> = Transaction::open(&chen, CaseId::random(), village::opening()).unwrap();
    let Evidence::AssetCheck(record) = village::record(case.case(), Step::AssetCheck, day("2018-03-05")) else { panic!() };
    let resident = engine.acting(person("resident"), at(day("2018-03-05")));
    let held = case.perform(&resident, record.clone()).unwrap_err();
    assert_eq!(held.to_string(), held.refusal().to_string());
    assert!(held.to_string().starts_with("refused for 1 reason"), "{held}");
    assert!(format!("{held:?}").contains("refusal"), "{held:?}");
    let performed = held.into_case().perform(&chen, record).unwrap();
    assert!(performed.notice().is_some());
    assert_eq!(performed.notice(), performed.case().notice(Subject::Step));

    let termination = Termination { decision: village::scan("decision"), reason: village::text("资产另有安排") };
    let mut ended = performed.terminate(&chen, termination).unwrap();
    assert!(!ended.is_closed(), "it was ended, it is not complete");
    assert_eq!(ended.unsaved().len(), 3, "opened, performed, terminated");
    assert_eq!(engine.save(&mut ended).unwrap().unwrap().version, 3);
    assert_eq!(ended.unsaved(), []);
    assert_eq!(engine.save(&mut ended).unwrap(), None, "nothing is left to save");
    assert_eq!(engine.load(ended.case().id()).unwrap(), *ended.case());

    let mut whole = village::Run::opened();
    whole.to(Step::Bidding).finish();
    assert!(Concluded::of(whole.case).unwrap().is_closed());
}
