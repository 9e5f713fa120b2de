//! The engine over every store: loads, decides, appends; a lost race, a repeated command and a taken asset.

use std::sync::Arc;

use sanzi::case::{Command, Opening, Subject};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::store::{Answer, MemoryStore, Refusal, SqliteStore, Store};
use sanzi::value::{AssetId, CaseId, OrgId, PersonId};
use sanzi::{Engine, Error, ErrorKind};
use uuid::Uuid;

use super::{advance, perform};
use crate::village::{at, day, office, opening, person, receipts, record, responsible};

type Shared = Arc<dyn Store>;
type Village = Engine<Dongsha, Shared>;

/// Runs the test over each store, opened twice: two engines on one ledger.
fn each(test: impl Fn(Village, Village)) {
    let org = office().org;
    let memory: Shared = Arc::new(MemoryStore::new(org));
    test(Engine::new(office(), memory.clone()).unwrap(), Engine::new(office(), memory).unwrap());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let one: Shared = Arc::new(SqliteStore::create(&path, org).unwrap());
    let two: Shared = Arc::new(SqliteStore::open(&path, org).unwrap());
    test(Engine::new(office(), one).unwrap(), Engine::new(office(), two).unwrap());
}

fn now() -> chrono::DateTime<chrono::Utc> {
    at(day("2018-03-05"))
}

fn open(engine: &Village, asset: &str) -> CaseId {
    let opening = Opening { asset: AssetId::new(asset).unwrap(), ..opening() };
    engine.open(&engine.acting(person("chen"), now()), opening).unwrap().case.id()
}

/// Drives a case to the end through the engine's own verbs.
fn close(engine: &Village, id: CaseId) {
    let mut clock = now();
    while let Some(place) = engine.load(id).unwrap().place() {
        let who: PersonId = responsible(place.step);
        let first = engine.plan(id, clock).unwrap()[0].perform.date().unwrap();
        clock = clock.max(at(first));
        let evidence = record(&engine.load(id).unwrap(), place.step, sanzi::calendar::china_date(clock));
        engine.check(id, place.step, &engine.acting(who, clock)).unwrap().unwrap();
        let performed = engine.perform(id, &engine.acting(who, clock), evidence).unwrap();
        let receipts = receipts(&performed.case, Subject::Step, clock);
        engine.publish(id, &engine.acting(who, clock), Subject::Step, receipts).unwrap();
        clock = clock.max(at(engine.plan(id, clock).unwrap()[0].leave.date().unwrap()));
        engine.advance(id, &engine.acting(who, clock), place.step).unwrap();
    }
}

#[test]
fn a_case_is_driven_to_its_end_and_loads_the_same_from_another_engine() {
    each(|one, two| {
        let id = open(&one, "DT-001");
        close(&one, id);
        assert_eq!(one.load(id).unwrap(), two.load(id).unwrap());
        assert_eq!(two.load(id).unwrap().status(), sanzi::case::CaseStatus::Closed);
        assert_eq!(two.history(id).unwrap().len(), 49);
        assert_eq!(sanzi::store::verify(two.store()).unwrap().records, 49);
        assert!(two.owed(at(day("2018-12-03"))).unwrap().is_empty());
        open(&two, "DT-001");
    });
}

#[test]
fn of_two_who_decide_on_the_same_state_one_wins_and_the_other_is_told() {
    each(|one, two| {
        let id = open(&one, "DT-001");
        let ask = |engine: &Village| {
            let command = perform(record(&engine.load(id).unwrap(), Step::AssetCheck, day("2018-03-05")));
            engine.prepare(Uuid::new_v4(), id, &engine.acting(person("chen"), now()), &command).unwrap()
        };
        let (first, second) = (ask(&one), ask(&two));
        assert!(matches!(one.store().append(&first.append).unwrap(), Answer::Appended(_)));
        assert_eq!(two.store().append(&second.append).unwrap(), Answer::Conflict { actual: 2 });
        assert_eq!(two.load(id).unwrap(), first.case);
    });
}

#[test]
fn a_typed_transaction_that_was_overtaken_conflicts_and_saving_twice_changes_nothing() {
    use sanzi::case::{AtStep, Transaction};
    use sanzi::dongsha::{AssetCheck, Current, Evidence};
    each(|one, two| {
        let acting = one.acting(person("chen"), now());
        let mut opened = Transaction::<AssetCheck>::open(&acting, CaseId::random(), opening()).unwrap();
        let id = opened.case().id();
        assert!(!one.save(&mut opened).unwrap().unwrap().repeated);
        assert!(one.save(&mut opened).unwrap().is_none(), "nothing is left to save");
        let Evidence::AssetCheck(check) = record(opened.case(), Step::AssetCheck, day("2018-03-05")) else { unreachable!() };
        let typed = |engine: &Village| match Current::from(engine.load(id).unwrap()) {
            Current::AssetCheck(AtStep::Pending(case)) => case.perform(&acting, check.clone()).unwrap(),
            other => panic!("{other:?}"),
        };
        let (mut first, mut again, mut late) = (typed(&one), typed(&two), typed(&two));
        one.save(&mut first).unwrap();
        assert!(two.save(&mut again).unwrap().unwrap().repeated, "the same decision again");
        late = late.note(&acting, receipts(first.case(), Subject::Step, now())).unwrap();
        assert_eq!(two.save(&mut late).unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(one.load(id).unwrap().version(), 2);
    });
}

#[test]
fn invariant_9_the_same_key_gives_the_same_answer_however_far_the_case_has_moved() {
    each(|one, two| {
        let (id, key) = (open(&one, "DT-001"), Uuid::new_v4());
        let chen = one.acting(person("chen"), now());
        let command = perform(record(&one.load(id).unwrap(), Step::AssetCheck, day("2018-03-05")));
        assert!(one.resolve(key).unwrap().is_none());
        let first = one.act(key, id, &chen, &command).unwrap();
        let posted = receipts(&first.case, Subject::Step, now());
        one.publish(id, &chen, Subject::Step, posted).unwrap();
        one.advance(id, &chen, Step::AssetCheck).unwrap();
        let again = two.act(key, id, &chen, &command).unwrap();
        assert!(again.receipt.repeated);
        assert_eq!((again.receipt.version, again.receipt.position), (first.receipt.version, first.receipt.position));
        assert_eq!(two.resolve(key).unwrap().map(|receipt| receipt.version), Some(2));
        for (who, other) in [("chen", advance(Step::AssetCheck)), ("li", command)] {
            let error = two.act(key, id, &two.acting(person(who), now()), &other).unwrap_err();
            assert!(matches!(error, Error::NotAppended(Refusal::KeyReused { version: 2, .. })), "{error}");
        }
        assert_eq!(one.load(id).unwrap().version(), 4, "nothing was written twice");
    });
}

#[test]
fn an_asset_is_in_one_live_transaction_even_when_two_engines_race() {
    each(|one, two| {
        let ask = |engine: &Village| {
            let (key, command) = (Uuid::new_v4(), Command::Open(opening()));
            engine.prepare(key, CaseId::random(), &engine.acting(person("chen"), now()), &command).unwrap()
        };
        let (first, second) = (ask(&one), ask(&two));
        assert!(matches!(one.store().append(&first.append).unwrap(), Answer::Appended(_)));
        let by = first.case.id();
        assert_eq!(two.store().append(&second.append).unwrap(), Answer::Refused(Refusal::AssetTaken { asset: opening().asset, by }));
        let error = two.open(&two.acting(person("chen"), now()), opening()).unwrap_err();
        assert!(matches!(&error, Error::Refused(refusal) if refusal.codes() == ["asset-busy"]), "{error}");
    });
}

#[test]
fn another_organisations_store_and_an_unknown_case_are_named() {
    let other = MemoryStore::new(OrgId::new("elsewhere").unwrap());
    let error = Engine::new(office(), other).unwrap_err();
    assert!(matches!(error, Error::OtherOrg { .. }) && error.kind() == ErrorKind::Invalid, "{error}");
    each(|one, _| {
        let id = CaseId::random();
        let chen = one.acting(person("chen"), now());
        assert!(matches!(one.load(id), Err(Error::UnknownCase(unknown)) if unknown == id));
        assert!(matches!(one.advance(id, &chen, Step::AssetCheck), Err(Error::UnknownCase(_))));
        assert!(matches!(one.check(id, Step::AssetCheck, &chen), Err(Error::UnknownCase(_))));
        assert!(matches!(one.plan(id, now()), Err(Error::UnknownCase(_))));
        assert!(matches!(one.history(id), Err(Error::UnknownCase(_))));
    });
}

#[test]
fn what_is_owed_over_all_cases_comes_overdue_first_and_names_who() {
    use sanzi::case::DutyKind;
    each(|one, two| {
        let (first, second) = (open(&one, "DT-001"), open(&two, "DT-002"));
        let chen = one.acting(person("chen"), now());
        one.perform(second, &chen, record(&one.load(second).unwrap(), Step::AssetCheck, day("2018-03-05"))).unwrap();
        let owed = two.owed(now()).unwrap();
        let kinds: Vec<_> = owed.iter().map(|duty| (duty.case, duty.by, duty.kind.clone())).collect();
        assert!(kinds.contains(&(first, sanzi::dongsha::Role::Board, DutyKind::Perform)), "{kinds:?}");
        assert!(kinds.iter().any(|(case, _, kind)| *case == second && matches!(kind, DutyKind::Publish(_))), "{kinds:?}");
        assert_eq!(owed.len(), 2);
        let key = |duty: &sanzi::case::Duty<Dongsha>| (!duty.overdue, duty.due.and_then(|due| due.date()), duty.from.date(), duty.case);
        assert!(owed.windows(2).all(|pair| key(&pair[0]) <= key(&pair[1])));
        assert_eq!(one.plan(first, now()).unwrap().len(), 16);
    });
}
