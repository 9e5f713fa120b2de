//! Checked outside, with no store: one record, a case, a whole ledger.

use sanzi::ledger::{Audit, ChainFault, Proof, ProofError, Record, TrustError, VerifyError};
use sanzi::store::{Append, Log, MemoryStore, Position, Store};
use sanzi::value::{CaseId, Digest, OrgId};
use uuid::Uuid;

use super::{log_key, now, trust};

fn org() -> OrgId {
    OrgId::new("dongtang").unwrap()
}

fn case(n: u64) -> CaseId {
    CaseId::new(Uuid::from_u128(n.into()))
}

/// Three cases that grow in turn, `count` records in all.
fn store(count: u64) -> MemoryStore {
    let store = MemoryStore::new(org());
    for n in 0..count {
        let id = case(n % 3);
        let record = match store.read(id).unwrap().last() {
            Some(last) => last.next(&n).unwrap(),
            None => Record::seal(org(), id, 1, Digest::NONE, &n).unwrap(),
        };
        let batch = Append::new(id, record.version() - 1, Uuid::from_u128(n.into()), Digest::NONE, vec![record]);
        let _ = store.append(&batch).unwrap();
    }
    store
}

fn log(store: &MemoryStore) -> Log<'_, MemoryStore> {
    use sanzi::ledger::Signer;
    Log::new(store, log_key().public().name().clone())
}

#[test]
fn a_record_and_its_case_are_proven_by_a_text() {
    let store = store(20);
    let note = log(&store).seal(&log_key(), None).unwrap();
    let records: Vec<Record> = store.scan(Position::START, 99).unwrap().into_iter().map(|(_, record)| record).collect();
    for (position, record) in (1..).map(Position::new).zip(&records) {
        let text = log(&store).prove(position, &note).unwrap().to_string();
        let proof: Proof = text.parse().unwrap();
        assert_eq!(proof.to_string(), text);
        assert_eq!(proof.verify(record, &trust(), now()).unwrap().checkpoint.head.size, 20);
        for other in records.iter().filter(|other| other.hash() != record.hash()) {
            assert!(matches!(proof.verify(other, &trust(), now()), Err(VerifyError::Proof(ProofError::Root { .. }))));
        }
    }
    let whole = store.read(case(1)).unwrap();
    let last = records.iter().position(|record| Some(record) == whole.last()).unwrap() as u64 + 1;
    let proof = log(&store).prove(Position::new(last), &note).unwrap();
    proof.verify_case(&whole, &trust(), now()).unwrap();
    assert!(matches!(proof.verify_case(&whole[1..], &trust(), now()), Err(VerifyError::Chain(_))), "the first is missing");
    assert!(matches!(proof.verify_case(&whole[..5], &trust(), now()), Err(VerifyError::Proof(_))), "the last is missing");
    assert_eq!(proof.verify_case(&[], &trust(), now()), Err(VerifyError::Empty));
}

#[test]
fn a_text_that_is_no_proof_is_named() {
    let store = store(5);
    let note = log(&store).seal(&log_key(), None).unwrap();
    let good = log(&store).prove(Position::new(3), &note).unwrap().to_string();
    let line = |text: String| match text.parse::<Proof>() {
        Err(VerifyError::Malformed { line, .. }) => line,
        other => panic!("{other:?}"),
    };
    assert_eq!(line(String::new()), 1);
    assert_eq!(line(good.replacen("@v1", "@v2", 1)), 1);
    assert_eq!(line(good.replacen("index 2", "index 02", 1)), 2);
    assert_eq!(line(good.replacen("index 2\n", "", 1)), 2);
    assert_eq!(line(good.replacen("index 2\n", "index 2\nx\n", 1)), 3);
    assert!(good.replacen("index", "extra YQ==\nindex", 1).parse::<Proof>().is_ok(), "extra data is allowed, and ignored");
    assert_eq!(line(good.replacen("index", "extra Y\nindex", 1)), 2);
    let (_, unsigned) = good.split_at(good.find("\n\n").unwrap());
    assert!(matches!(good.replace(unsigned, "\n\nx\n").parse::<Proof>(), Err(VerifyError::Trust(TrustError::Checkpoint(_)))));
}

#[test]
fn a_whole_ledger_is_checked_record_by_record() {
    let store = store(20);
    let note = log(&store).seal(&log_key(), None).unwrap();
    let records: Vec<Record> = store.scan(Position::START, 99).unwrap().into_iter().map(|(_, record)| record).collect();
    let audit = |records: &[&Record]| {
        let mut audit = Audit::new(org());
        records.iter().try_for_each(|record| audit.push(record))?;
        audit.finish(&note, &trust(), now())
    };
    let all: Vec<&Record> = records.iter().collect();
    assert_eq!(audit(&all).unwrap().checkpoint.head, log(&store).head().unwrap());
    assert_eq!(audit(&all[..19]), Err(VerifyError::Size { due: 20, found: 19 }), "the end is cut off");
    let mut swapped = all.clone();
    swapped.swap(3, 4);
    assert!(matches!(audit(&swapped), Err(VerifyError::Proof(ProofError::Root { .. }))), "two cases' records exchanged");
    swapped.swap(3, 4);
    swapped.swap(3, 6);
    assert!(matches!(audit(&swapped), Err(VerifyError::Chain(error)) if error.fault == ChainFault::Version(3)), "one case's exchanged");
    let changed = Record::seal(org(), case(19 % 3), records[19].version(), records[19].prev(), &"other").unwrap();
    let mut forged = all.clone();
    forged[19] = &changed;
    assert!(matches!(audit(&forged), Err(VerifyError::Proof(ProofError::Root { .. }))), "the last record of a case, forged with its hash");
}
