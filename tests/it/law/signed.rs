//! Commands with a signature, permits for other systems, and cases that witnesses have concluded.

use sanzi::case::{Command, Opening, Subject};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::ledger::{
    KeyName, Note, OrderError, Permit, PermitError, Proof, Scheme, SecretKey, Signatories, Signer, StatementError, Trust, Use, Witness,
    sign,
};
use sanzi::store::{Log, MemoryStore, Position, Store};
use sanzi::value::{CaseId, Digest, PersonId};
use sanzi::{Conclusion, Engine, Error, SignedCommand};
use uuid::Uuid;

use super::{advance, object, perform, publish, terminate};
use crate::village::{Run, at, day, office, opening, person, record, responsible, text};

type Village = Engine<Dongsha, MemoryStore>;

fn key(person: PersonId) -> SecretKey {
    let seed = *Digest::of_bytes(person.as_str().as_bytes()).as_bytes();
    SecretKey::from_seed(KeyName::new(person.as_str()).unwrap(), Scheme::Ed25519, seed).unwrap()
}

fn seals(people: &[&str]) -> Signatories {
    let mut seals = Signatories::new();
    for id in people {
        seals.register(person(id), key(person(id)).public().clone()).unwrap();
    }
    seals
}

fn engine() -> Village {
    Engine::new(office(), MemoryStore::new(office().org)).unwrap().signed_by(seals(&["chen", "liang"]))
}

fn now() -> chrono::DateTime<chrono::Utc> {
    at(day("2018-03-05"))
}

fn case(n: u128) -> CaseId {
    CaseId::new(Uuid::from_u128(n))
}

fn signed(id: CaseId, after: u64, command: Command<Dongsha>) -> SignedCommand<Dongsha> {
    SignedCommand::sign(office().org, id, after, command, &key(person("chen"))).unwrap()
}

fn opened(engine: &Village, id: CaseId) {
    engine.act_signed(Uuid::new_v4(), now(), &signed(id, 0, Command::Open(opening()))).unwrap();
}

#[test]
fn what_is_signed_is_recorded_with_its_signature_and_verifies_later() {
    let engine = engine();
    opened(&engine, case(1));
    let mut command = perform(record(&engine.load(case(1)).unwrap(), Step::AssetCheck, day("2018-03-05")));
    if let Command::Perform { done, .. } = &mut command {
        *done = Some(now());
    }
    let sent = signed(case(1), 1, command);
    let wire = serde_json::to_string(&sent).unwrap();
    let received: SignedCommand<Dongsha> = serde_json::from_str(&wire).unwrap();
    let key_ = Uuid::new_v4();
    let acted = engine.act_signed(key_, now(), &received).unwrap();
    let again = engine.act_signed(key_, now(), &received).unwrap();
    assert_eq!((acted.case.version(), again.receipt.repeated), (2, true));
    let found = engine.signatures(case(1), &seals(&["chen"])).unwrap();
    assert_eq!(found, [(1, Ok(())), (2, Ok(()))]);
    let without = engine.signatures(case(1), &seals(&["liang"])).unwrap();
    assert!(without.iter().all(|(_, verdict)| *verdict == Err(OrderError::NoKey(person("chen")))));
    let mut other = Signatories::new();
    other
        .register(person("chen"), SecretKey::from_seed(KeyName::new("chen").unwrap(), Scheme::Ed25519, [9; 32]).unwrap().public().clone())
        .unwrap();
    let wrong = engine.signatures(case(1), &other).unwrap();
    assert!(wrong.iter().all(|(_, verdict)| matches!(verdict, Err(OrderError::Wrong { .. }))), "another key of that name");
}

#[test]
fn without_a_signature_nothing_goes() {
    let engine = engine();
    let chen = engine.acting(person("chen"), now());
    assert!(matches!(engine.open(&chen, opening()), Err(Error::Order(OrderError::Unsigned(who))) if who == person("chen")));
    opened(&engine, case(1));
    let refused = engine.terminate(
        case(1),
        &chen,
        match terminate() {
            Command::Terminate(termination) => termination,
            _ => unreachable!(),
        },
    );
    assert!(matches!(refused, Err(Error::Order(OrderError::Unsigned(_)))));
    assert!(matches!(engine.prepare(Uuid::new_v4(), case(1), &chen, &advance(Step::AssetCheck)), Err(Error::Order(_))));
    let home = office();
    let mut typed = sanzi::Transaction::<sanzi::dongsha::AssetCheck>::open(
        &home.acting(person("chen"), now()),
        case(2),
        Opening { asset: sanzi::value::AssetId::new("DT-9").unwrap(), ..opening() },
    )
    .unwrap();
    assert!(matches!(engine.save(&mut typed), Err(Error::Order(OrderError::Unsigned(_)))));
    assert_eq!(engine.store().last().unwrap(), Position::new(1), "nothing of it was recorded");
    // The twin: an engine that asks for no signatures.
    let free = Engine::<Dongsha, _>::new(office(), MemoryStore::new(office().org)).unwrap();
    free.open(&free.acting(person("chen"), now()), opening()).unwrap();
}

/// A signature is for one organisation, case, version, person and command.
#[test]
fn a_signature_fits_nowhere_else() {
    let engine = engine();
    opened(&engine, case(1));
    let mut second = Opening { asset: sanzi::value::AssetId::new("DT-2").unwrap(), ..opening() };
    engine.act_signed(Uuid::new_v4(), now(), &signed(case(2), 0, Command::Open(second.clone()))).unwrap();
    let good = signed(case(1), 1, object(sanzi::disclosure::Remark::Comment, None));
    let refused = |changed: SignedCommand<Dongsha>| match engine.act_signed(Uuid::new_v4(), now(), &changed) {
        Err(Error::Order(error)) => error,
        other => panic!("{other:?}"),
    };
    second.title = text("另一件");
    assert!(matches!(refused(SignedCommand { case: case(2), ..good.clone() }), OrderError::Wrong { .. }));
    assert!(matches!(refused(SignedCommand { after: 2, ..good.clone() }), OrderError::Wrong { .. }));
    assert!(matches!(refused(SignedCommand { by: person("liang"), ..good.clone() }), OrderError::Wrong { .. }));
    assert!(matches!(refused(SignedCommand { command: Command::Open(second), ..good.clone() }), OrderError::Wrong { .. }));
    assert_eq!(refused(SignedCommand { by: person("wu"), ..good.clone() }), OrderError::NoKey(person("wu")));
    assert!(matches!(refused(SignedCommand { signature: "x".to_owned(), ..good.clone() }), OrderError::Key(_)));
    let elsewhere = SignedCommand { org: sanzi::value::OrgId::new("nanjiao").unwrap(), ..good.clone() };
    assert!(matches!(engine.act_signed(Uuid::new_v4(), now(), &elsewhere), Err(Error::OtherOrg { .. })));
    // Sent a second time with a new key, after the case has moved on: a conflict, not a second deed.
    let note = publish_of_step_one(&engine);
    let sent_late = engine.act_signed(Uuid::new_v4(), now(), &note);
    assert!(matches!(sent_late, Err(Error::Conflict { expected: 1, actual: 2, .. })), "{sent_late:?}");
    let undated = SignedCommand::<Dongsha>::sign(
        office().org,
        case(1),
        2,
        perform(record(&engine.load(case(1)).unwrap(), Step::AssetCheck, day("2018-03-05"))),
        &key(person("chen")),
    );
    assert!(matches!(undated, Err(Error::Order(OrderError::Undated))));
    let stranger = seals(&[]).register(person("chen"), key(person("wu")).public().clone());
    assert!(matches!(stranger, Err(OrderError::OtherName { .. })));
}

/// Performs the first step with a signature, and gives back that command.
fn publish_of_step_one(engine: &Village) -> SignedCommand<Dongsha> {
    let mut command = perform(record(&engine.load(case(1)).unwrap(), Step::AssetCheck, day("2018-03-05")));
    if let Command::Perform { done, .. } = &mut command {
        *done = Some(now());
    }
    let sent = signed(case(1), 1, command);
    engine.act_signed(Uuid::new_v4(), now(), &sent).unwrap();
    sent
}

#[test]
fn a_permit_is_given_for_what_is_allowed_now_and_openssl_verifies_it() {
    let engine = Engine::<Dongsha, _>::new(office(), MemoryStore::new(office().org)).unwrap();
    let id = engine.open(&engine.acting(person("chen"), now()), opening()).unwrap().case.id();
    let signer = SecretKey::from_seed(KeyName::new("dongtang.example/permits").unwrap(), Scheme::Ed25519, [4; 32]).unwrap();
    let quarter = chrono::TimeDelta::minutes(15);
    let chen = engine.acting(person("chen"), now());
    let refusal = engine.permit(id, Step::Bidding, &chen, quarter, &signer).unwrap().unwrap_err();
    assert!(refusal.codes().contains(&"step-missing"));
    let note = engine.permit(id, Step::AssetCheck, &chen, quarter, &signer).unwrap().unwrap();
    let read: Note = note.to_string().parse().unwrap();
    let permit = Permit::verify(&read, signer.public(), now()).unwrap();
    assert_eq!((permit.case, permit.version, permit.step.as_str(), permit.by), (id, 1, "AssetCheck", person("chen")));
    assert_eq!(permit.to_string(), note.text());
    let folder = tempfile::tempdir().unwrap();
    let openssl = |text: &str| crate::ledger::note::openssl(folder.path(), &signer.public().pem(), text, &note.signatures()[0].bytes);
    assert!(openssl(note.text()) && !openssl(&note.text().replace("version 1", "version 2")));
    // Its twins: too early, too late, another key, another text, too long.
    let at = |minutes| now() + chrono::TimeDelta::minutes(minutes);
    assert!(matches!(Permit::verify(&read, signer.public(), at(-1)), Err(PermitError::NotNow { .. })));
    assert!(Permit::verify(&read, signer.public(), at(15)).is_ok());
    assert!(matches!(Permit::verify(&read, signer.public(), at(16)), Err(PermitError::NotNow { .. })));
    assert!(matches!(Permit::verify(&read, key(person("chen")).public(), now()), Err(PermitError::Unsigned(_))));
    let forged = Note::new(note.text().replace("AssetCheck", "Bidding"), note.signatures()[0].clone()).unwrap();
    assert!(matches!(Permit::verify(&forged, signer.public(), now()), Err(PermitError::Key(_))));
    let too_long = engine.permit(id, Step::AssetCheck, &chen, chrono::TimeDelta::hours(25), &signer);
    assert!(matches!(too_long, Err(Error::Permit(PermitError::TooLong))));
    for (from, to, line) in [
        ("sanzi permit v1", "sanzi permit v2", 1),
        ("version 1", "version 01", 4),
        ("step AssetCheck", "step Asset Check", 5),
        ("Z\nuntil", "+00:00\nuntil", 7),
        ("by chen", "by", 6),
        ("until", "till", 8),
    ] {
        let text = note.text().replacen(from, to, 1);
        let other = Note::new(text.clone(), sign(&signer, &text).unwrap()).unwrap();
        match Permit::verify(&other, signer.public(), now()) {
            Err(PermitError::Statement(StatementError::Line { line: found, .. })) => assert_eq!(found, line),
            Err(PermitError::Statement(StatementError::Title { .. })) => assert_eq!(line, 1),
            other => panic!("{to}: {other:?}"),
        }
    }
    let more = format!("{}more\n", note.text());
    let other = Note::new(more.clone(), sign(&signer, &more).unwrap()).unwrap();
    assert!(matches!(Permit::verify(&other, signer.public(), now()), Err(PermitError::Statement(StatementError::More { line: 9 }))));
}

#[test]
fn a_case_is_concluded_when_a_quorum_has_signed_for_it() {
    let log_key = SecretKey::from_seed(KeyName::new("dongtang.example/sanzi").unwrap(), Scheme::Ed25519, [5; 32]).unwrap();
    let origin = log_key.public().name().clone();
    let street = key(person("street"));
    let trust: Trust =
        format!("log {}\nwitness street {}\nquorum street\n", log_key.public().vkey(Use::Sign), street.public().vkey(Use::Cosign))
            .parse()
            .unwrap();
    let engine = Engine::<Dongsha, _>::new(office(), MemoryStore::new(office().org)).unwrap();
    let mut run = Run::opened();
    let id = run.case.id();
    super::store_raw(engine.store(), id, &run.entries);
    let stands = |now| engine.conclusion(id, origin.clone(), &trust, now).unwrap();
    assert_eq!(stands(run.now), Conclusion::Open);
    run.must(responsible(Step::AssetCheck), terminate());
    let published = publish(&run, Subject::Termination);
    run.must(person("chen"), published);
    let whole = Engine::<Dongsha, _>::new(office(), MemoryStore::new(office().org)).unwrap();
    super::store_raw(whole.store(), id, &run.entries);
    let stands = |now| whole.conclusion(id, origin.clone(), &trust, now).unwrap();
    let last = whole.store().last().unwrap();
    assert_eq!(stands(run.now), Conclusion::Awaiting { position: last });
    let log = Log::new(whole.store(), origin.clone());
    let mut note = log.seal(&log_key, None).unwrap();
    assert_eq!(stands(run.now), Conclusion::Awaiting { position: last }, "the log's own signature is no quorum");
    Witness::new(trust.clone()).cosign(&street, &mut note, &log.growth(0, last.number()).unwrap(), run.now).unwrap();
    assert_eq!(stands(run.now), Conclusion::Awaiting { position: last }, "what nobody brought back is not known");
    log.keep(&note).unwrap();
    let Conclusion::Concluded(proof) = stands(run.now) else { panic!("{:?}", stands(run.now)) };
    let outside: Proof = proof.to_string().parse().unwrap();
    assert!(outside.verify_case(&whole.store().read(id).unwrap(), &trust, run.now).unwrap().quorum);
}
