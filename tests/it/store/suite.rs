//! What every store has to do. Mounted once for each store, at the end of the file.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Barrier};

use proptest::prelude::*;
use sanzi::ledger::tree::{Frontier, leaf};
use sanzi::ledger::{
    ChainFault, Checkpoint, Growth, Head, KeyName, Note, ProofError, Record, Scheme, SecretKey, Signer, TileId, Tip, Trust, Witness,
};
use sanzi::store::{Answer, Append, BatchFlaw, Cases, Claim, Log, LogError, MemoryStore, Position, Receipt, Refusal, Store, verify};
use sanzi::value::{Algorithm, CaseId, Digest, OrgId};

use super::{append, asset, batch, case, key, org, tip};

type Shared = Arc<dyn Store>;

/// How many cases and records there are, everything verified.
fn counted(store: &Shared) -> (u64, u64) {
    let verified = verify(store).unwrap();
    (verified.cases, verified.records)
}

fn knows_nothing_at_first(store: Shared) {
    assert_eq!(store.org(), org());
    assert_eq!(store.read(case(1)).unwrap(), []);
    assert_eq!(store.recall(key(1)).unwrap(), None);
    assert_eq!(store.scan(Position::START, 10).unwrap(), []);
    assert_eq!(store.cases(Cases::All).unwrap(), []);
    assert_eq!(counted(&store), (0, 0));
}

fn reads_what_was_appended(store: Shared) {
    let receipt = append(&store, case(1), key(1), 3, Claim::None);
    assert_eq!(receipt, Receipt { case: case(1), version: 3, position: Position::new(3), request: receipt.request, repeated: false });
    append(&store, case(2), key(2), 1, Claim::None);
    append(&store, case(1), key(3), 2, Claim::None);
    let (first, second) = (batch(case(1), Tip::START, key(1), 3), batch(case(2), Tip::START, key(2), 1));
    let read = store.read(case(1)).unwrap();
    assert_eq!(read[..3], first.records);
    assert_eq!(read.iter().map(Record::version).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(store.read(case(2)).unwrap(), second.records);
    assert_eq!(counted(&store), (2, 6));
}

fn scans_in_order_of_position(store: Shared) {
    for n in 0..20 {
        append(&store, case(n % 3), key(n), 1 + n % 2, Claim::None);
    }
    let all = store.scan(Position::START, usize::MAX).unwrap();
    assert_eq!(all.len(), 30);
    assert!(all.iter().zip(1..).all(|((position, _), n)| position.number() == n), "no number is left out");
    for (after, limit) in [(0, 0), (0, 1), (5, 7), (29, 9), (30, 9), (99, 9), (u64::MAX, 9)] {
        let expected: Vec<_> = all.iter().filter(|(position, _)| position.number() > after).take(limit).cloned().collect();
        assert_eq!(store.scan(Position::new(after), limit).unwrap(), expected, "{limit} after {after}");
    }
}

fn another_version_is_a_conflict(store: Shared) {
    append(&store, case(1), key(1), 2, Claim::None);
    for expected in [0, 1, 3, 1 << 40] {
        let stale = batch(case(1), Tip { version: expected, hash: Digest::NONE }, key(9), 1);
        assert_eq!(store.append(&stale).unwrap(), Answer::Conflict { actual: 2 });
    }
    let early = batch(case(2), Tip { version: 4, hash: Digest::NONE }, key(9), 1);
    assert_eq!(store.append(&early).unwrap(), Answer::Conflict { actual: 0 });
    assert_eq!(store.recall(key(9)).unwrap(), None, "a conflict uses no key");
    assert_eq!(verify(&store).unwrap().records, 2);
}

fn the_same_again_is_answered_the_same(store: Shared) {
    let sent = batch(case(1), Tip::START, key(1), 2);
    let Answer::Appended(receipt) = store.append(&sent).unwrap() else { panic!("a new case") };
    let repeated = Answer::Appended(Receipt { repeated: true, ..receipt });
    assert_eq!(store.append(&sent).unwrap(), repeated);
    append(&store, case(1), key(2), 1, Claim::None);
    append(&store, case(2), key(3), 1, Claim::None);
    assert_eq!(store.append(&sent).unwrap(), repeated, "after later appends");
    let decided_again = Append { request: sent.request, ..batch(case(1), tip(&store, case(1)), key(1), 5) };
    assert_eq!(store.append(&decided_again).unwrap(), repeated, "with other records for the same request");
    assert_eq!(store.recall(key(1)).unwrap(), Some(Receipt { repeated: true, ..receipt }));
    assert_eq!(verify(&store).unwrap().records, 4, "nothing was appended twice");
}

fn a_key_is_for_one_request(store: Shared) {
    append(&store, case(1), key(1), 2, Claim::None);
    let reused = Answer::Refused(Refusal::KeyReused { case: case(1), version: 2 });
    let other = Append { request: Digest::of_bytes(b"another"), ..batch(case(1), tip(&store, case(1)), key(1), 1) };
    assert_eq!(store.append(&other).unwrap(), reused);
    let elsewhere = batch(case(2), Tip::START, key(1), 1);
    assert_eq!(store.append(&elsewhere).unwrap(), reused, "another case");
    assert_eq!(counted(&store), (1, 2));
}

fn a_batch_continues_the_chain(store: Shared) {
    append(&store, case(1), key(1), 2, Claim::None);
    let end = tip(&store, case(1));
    let refused = |append: &Append| match store.append(append).unwrap() {
        Answer::Refused(Refusal::Malformed(flaw)) => flaw,
        other => panic!("{other:?}"),
    };
    let fault = |append: &Append| match refused(append) {
        BatchFlaw::Chain(error) => (error.version, error.fault),
        other => panic!("{other:?}"),
    };
    let good = batch(case(1), end, key(2), 3);
    assert_eq!(refused(&Append { records: Vec::new(), ..good.clone() }), BatchFlaw::Empty);
    let wrong = Tip { hash: Digest::of_bytes(b"elsewhere"), ..end };
    assert_eq!(fault(&batch(case(1), wrong, key(2), 1)), (3, ChainFault::Prev { due: end.hash, found: wrong.hash }));
    assert_eq!(fault(&Append { case: case(2), ..good.clone() }), (3, ChainFault::Case(case(1))));
    assert_eq!(fault(&Append { expected: 3, ..good.clone() }), (4, ChainFault::Version(3)));
    let gap = vec![good.records[0].clone(), good.records[2].clone()];
    assert_eq!(fault(&Append { records: gap, ..good.clone() }), (4, ChainFault::Version(5)));
    let theirs = OrgId::new("other").unwrap();
    let record = Record::seal(theirs, case(1), 3, end.hash, &1).unwrap();
    assert_eq!(fault(&Append { records: vec![record], ..good.clone() }), (3, ChainFault::Org(theirs)));
    let many = batch(case(1), end, key(2), Append::MAX_RECORDS as u64 + 1);
    assert_eq!(refused(&many), BatchFlaw::TooLarge { found: Append::MAX_RECORDS + 1 });
    assert_eq!(verify(&store).unwrap().records, 2);
    assert!(matches!(store.append(&good).unwrap(), Answer::Appended(_)), "its key is still free");
}

fn an_asset_is_in_one_live_transaction(store: Shared) {
    append(&store, case(1), key(1), 1, Claim::Take(asset(1)));
    let second = batch(case(2), Tip::START, key(2), 1).with(Claim::Take(asset(1)));
    let taken = Answer::Refused(Refusal::AssetTaken { asset: asset(1), by: case(1) });
    assert_eq!(store.append(&second).unwrap(), taken);
    assert_eq!(store.cases(Cases::All).unwrap(), [case(1)], "nothing of it was appended");
    append(&store, case(1), key(3), 1, Claim::Take(asset(1)));
    append(&store, case(3), key(4), 1, Claim::Take(asset(3)));
    append(&store, case(1), key(5), 1, Claim::Take(asset(2)));
    assert_eq!(store.cases(Cases::Live).unwrap(), [case(1), case(3)]);
    append(&store, case(1), key(6), 1, Claim::Release);
    append(&store, case(1), key(7), 1, Claim::Release);
    assert_eq!(store.cases(Cases::Live).unwrap(), [case(3)]);
    assert!(matches!(store.append(&second).unwrap(), Answer::Appended(_)), "free again, both of them");
    append(&store, case(2), key(8), 1, Claim::Take(asset(2)));
    assert_eq!(store.cases(Cases::OnAsset(asset(1))).unwrap(), [case(1), case(2)]);
    assert_eq!(store.cases(Cases::OnAsset(asset(3))).unwrap(), [case(3)]);
    assert_eq!(store.cases(Cases::OnAsset(asset(9))).unwrap(), []);
    assert_eq!(store.cases(Cases::Live).unwrap(), [case(3), case(2)], "in the order of opening");
    verify(&store).unwrap();
}

fn cases_are_listed_in_order_of_opening(store: Shared) {
    for (n, id) in [5, 1, 3, 1, 5, 2].into_iter().enumerate() {
        append(&store, case(id), key(n as u64), 1, Claim::None);
    }
    assert_eq!(store.cases(Cases::All).unwrap(), [case(5), case(1), case(3), case(2)]);
}

/// Eight threads want the same versions; each version gets exactly one of them.
fn racing_for_a_version_has_one_winner(store: Shared) {
    const ROUNDS: u64 = 20;
    let start = Barrier::new(8);
    let wins: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|racer| {
                let (store, start) = (&store, &start);
                scope.spawn(move || {
                    let mut won = Vec::new();
                    for round in 0..ROUNDS {
                        start.wait();
                        let end = tip(store, case(1));
                        start.wait();
                        match store.append(&batch(case(1), end, key(racer << 32 | round), 1)).unwrap() {
                            Answer::Appended(receipt) => won.push(receipt.version),
                            Answer::Conflict { actual } => assert_eq!(actual, round + 1),
                            other => panic!("{other:?}"),
                        }
                    }
                    won
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    let mut versions: Vec<u64> = wins.concat();
    versions.sort_unstable();
    assert_eq!(versions, (1..=ROUNDS).collect::<Vec<_>>());
    assert_eq!(verify(&store).unwrap().records, ROUNDS);
}

/// Callers who share a commit keep their own answers: one's conflict or refusal is not another's.
fn together_each_gets_its_own_answer(store: Shared) {
    append(&store, case(99), key(999), 1, Claim::Take(asset(1)));
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let store = &store;
            scope.spawn(move || {
                let id = case(thread);
                for n in 0..12 {
                    let end = tip(store, id);
                    let k = key(thread << 32 | n);
                    match (thread + n) % 4 {
                        0 => {
                            let stale = batch(id, Tip { version: 77, hash: Digest::NONE }, k, 1);
                            assert_eq!(store.append(&stale).unwrap(), Answer::Conflict { actual: end.version });
                        }
                        1 => {
                            let taking = batch(id, end, k, 2).with(Claim::Take(asset(1)));
                            let taken = Refusal::AssetTaken { asset: asset(1), by: case(99) };
                            assert_eq!(store.append(&taking).unwrap(), Answer::Refused(taken));
                        }
                        _ => {
                            let sent = batch(id, end, k, 2);
                            let Answer::Appended(receipt) = store.append(&sent).unwrap() else { panic!("its own case") };
                            assert_eq!((receipt.case, receipt.version, receipt.repeated), (id, end.version + 2, false));
                            let (_, last) = store.scan(Position::new(receipt.position.number() - 1), 1).unwrap().remove(0);
                            assert_eq!(Some(&last), sent.records.last(), "the receipt names the record's place");
                        }
                    }
                }
                assert_eq!(store.read(id).unwrap().len(), 12);
            });
        }
    });
    assert_eq!(counted(&store), (17, 193));
}

/// One key sent by eight threads at once is appended once.
fn one_key_from_many_threads_is_appended_once(store: Shared) {
    for round in 0..10 {
        let sent = batch(case(round), Tip::START, key(round), 3).with(Claim::Take(asset(round)));
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| store.append(&sent).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let fresh = |answer: &&Answer| matches!(answer, Answer::Appended(receipt) if !receipt.repeated);
        assert_eq!(answers.iter().filter(fresh).count(), 1);
        assert!(answers.iter().all(|answer| matches!(answer, Answer::Appended(receipt) if receipt.version == 3)));
    }
    assert_eq!(verify(&store).unwrap().records, 30);
}

fn log_key() -> SecretKey {
    SecretKey::from_seed(KeyName::new("dongtang.example/sanzi").unwrap(), Scheme::Ed25519, [5; 32]).unwrap()
}

fn log_of(store: &Shared) -> Log<'_, dyn Store> {
    Log::new(&**store, log_key().public().name().clone())
}

/// Sealed again and again while it grows over three tiles: every root is the one that is computed from all records, and every
/// record can be proven.
fn the_tree_is_over_all_records(store: Shared) {
    let (key_, log) = (log_key(), log_of(&store));
    let empty = log.seal(&key_, None).unwrap();
    assert!(empty.text().contains("\n0\n"));
    let trust = Trust::log_only(key_.public().clone());
    let now = chrono::DateTime::UNIX_EPOCH;
    let mut frontier = Frontier::new(Algorithm::Sha256);
    let mut notes = vec![empty];
    for (n, count) in [1_u64, 1, 253, 1, 1, 200, 312, 5].into_iter().enumerate() {
        append(&store, case(n as u64 % 2), key(n as u64), count, Claim::None);
        for (_, record) in store.scan(Position::new(frontier.size()), usize::MAX).unwrap() {
            frontier.push(leaf(Algorithm::Sha256, record.bytes()).unwrap()).unwrap();
        }
        assert_eq!(log.head().unwrap(), frontier.head().unwrap());
        let note = log.seal(&key_, notes.last()).unwrap();
        assert_eq!(log.seal(&key_, None).unwrap(), note, "nothing new: the same again");
        assert_eq!(log.latest().unwrap().as_ref(), Some(&note));
        notes.push(note);
    }
    let heads: Vec<Head> = notes.iter().map(|note| trust.examine(note, now).unwrap().checkpoint.head).collect();
    let records = store.scan(Position::START, usize::MAX).unwrap();
    assert_eq!((records.len(), verify(&store).unwrap().root), (774, heads[8].root));
    for (position, record) in records.iter().step_by(7) {
        for (note, head) in notes.iter().zip(&heads).filter(|(_, head)| head.size >= position.number()) {
            let proof = log.prove(*position, note).unwrap();
            assert_eq!(proof.verify(record, &trust, now).unwrap().checkpoint.head, *head);
        }
    }
    for old in &heads {
        for new in heads.iter().filter(|new| new.size >= old.size) {
            log.growth(old.size, new.size).unwrap().verify(*old, *new).unwrap();
        }
    }
    let tiles: Vec<u64> = (0..5).filter(|&index| store.tile(TileId { level: 0, index }).unwrap().is_some()).collect();
    assert_eq!(tiles, [0, 1, 2], "the full ones are kept");
}

fn a_checkpoint_is_of_this_ledger(store: Shared) {
    let (key_, log) = (log_key(), log_of(&store));
    append(&store, case(1), key(1), 3, Claim::None);
    let note = log.seal(&key_, None).unwrap();
    let other = MemoryStore::new(org());
    append(&other, case(2), key(1), 9, Claim::None);
    let theirs = Log::new(&other, key_.public().name().clone());
    let (longer, shorter) = (theirs.seal(&key_, None).unwrap(), theirs.head_at(3).unwrap());
    let rewritten = Checkpoint { origin: key_.public().name().clone(), head: shorter }.sign(&key_).unwrap();
    let of = |size| log.head_at(size).unwrap().root;
    let cut_off = LogError::CutOff { due: 9, found: 3 };
    let changed = LogError::Rewritten { size: 3, due: shorter.root, found: of(3) };
    append(&store, case(1), key(2), 1, Claim::None);
    let cut_off_later = LogError::CutOff { due: 9, found: 4 };
    assert_eq!(log.keep(&longer), Err(cut_off_later.clone()));
    assert_eq!(log.seal(&key_, Some(&longer)), Err(cut_off_later.clone()), "an old copy does not sign");
    assert_eq!(log.prove(Position::new(1), &longer), Err(cut_off_later));
    assert_eq!(log.keep(&rewritten), Err(changed.clone()));
    assert_eq!(log.seal(&key_, Some(&rewritten)), Err(changed.clone()));
    assert_eq!(log.prove(Position::new(1), &rewritten), Err(changed));
    let stranger = SecretKey::from_seed(KeyName::new("other.example").unwrap(), Scheme::Ed25519, [6; 32]).unwrap();
    assert!(matches!(log.seal(&stranger, None), Err(LogError::OtherLog { .. })));
    assert_eq!(log.latest().unwrap(), Some(note.clone()), "nothing of it was kept");
    let outside = ProofError::Outside { index: 3, size: 3 };
    assert_eq!(log.prove(Position::new(4), &note), Err(LogError::Proof(outside)), "the record came later");
    assert!(log.prove(Position::START, &note).is_err());
    assert!(log.seal(&key_, Some(&note)).is_ok());
    let _ = cut_off;
}

fn cosignatures_are_kept_together(store: Shared) {
    let (key_, log) = (log_key(), log_of(&store));
    append(&store, case(1), key(1), 3, Claim::None);
    let note = log.seal(&key_, None).unwrap();
    let trust = Trust::log_only(key_.public().clone());
    let cosigned = |name: &str| {
        let mut copy = note.clone();
        let signer = SecretKey::from_seed(KeyName::new(name).unwrap(), Scheme::Ed25519, *Digest::of_bytes(name.as_bytes()).as_bytes());
        let nothing = Growth { path: Vec::new() };
        Witness::new(trust.clone()).cosign(&signer.unwrap(), &mut copy, &nothing, chrono::DateTime::UNIX_EPOCH).unwrap();
        copy
    };
    log.keep(&cosigned("street")).unwrap();
    log.keep(&cosigned("district")).unwrap();
    assert_eq!(log.latest().unwrap().unwrap().signatures().len(), 3);
    append(&store, case(1), key(2), 1, Claim::None);
    let newer = log.seal(&key_, None).unwrap();
    let enough = |note: &Note| note.signatures().len() >= 3;
    assert_eq!(log.covering(Position::new(2), enough).unwrap().unwrap().text(), note.text());
    assert_eq!(log.covering(Position::new(2), |_| true).unwrap().unwrap().text(), note.text());
    assert_eq!(log.covering(Position::new(4), enough).unwrap(), None);
    assert_eq!(log.covering(Position::new(4), |_| true).unwrap(), Some(newer));
    verify(&store).unwrap();
}

#[derive(Clone, Debug)]
struct Act {
    case: u64,
    key: u64,
    request: u64,
    count: u64,
    behind: u64,
    claim: Claim,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let claim = prop_oneof![3 => Just(Claim::None), 2 => (0..3_u64).prop_map(|n| Claim::Take(asset(n))), 1 => Just(Claim::Release)];
    let act =
        (0..4_u64, 0..30_u64, prop_oneof![5 => Just(0_u64), 1 => Just(1)], 1..4_u64, prop_oneof![4 => Just(0_u64), 1 => 1..3_u64], claim)
            .prop_map(|(case, key, request, count, behind, claim)| Act { case, key, request, count, behind, claim });
    proptest::collection::vec(act, 0..40)
}

/// The rules again, as naively as possible.
#[derive(Default)]
struct Model {
    records: Vec<Record>,
    keys: HashMap<u64, (u64, Receipt)>,
    holders: HashMap<sanzi::value::AssetId, CaseId>,
}

impl Model {
    fn of(&self, id: CaseId) -> Vec<Record> {
        self.records.iter().filter(|record| record.case() == id).cloned().collect()
    }

    fn answer(&mut self, act: &Act, sent: &Append) -> Answer {
        if let Some((request, receipt)) = self.keys.get(&act.key) {
            let same = *request == act.request && receipt.case == sent.case;
            return match same {
                true => Answer::Appended(Receipt { repeated: true, ..*receipt }),
                false => Answer::Refused(Refusal::KeyReused { case: receipt.case, version: receipt.version }),
            };
        }
        let actual = self.of(sent.case).len() as u64;
        if actual != sent.expected {
            return Answer::Conflict { actual };
        }
        if let Claim::Take(asset) = act.claim {
            let by = *self.holders.entry(asset).or_insert(sent.case);
            if by != sent.case {
                return Answer::Refused(Refusal::AssetTaken { asset, by });
            }
        }
        if act.claim == Claim::Release {
            self.holders.retain(|_, by| *by != sent.case);
        }
        self.records.extend_from_slice(&sent.records);
        let position = Position::new(self.records.len() as u64);
        let receipt =
            Receipt { case: sent.case, version: actual + sent.records.len() as u64, position, request: sent.request, repeated: false };
        self.keys.insert(act.key, (act.request, receipt));
        Answer::Appended(receipt)
    }
}

/// Random appends: every answer, and everything that is read afterwards, is the model's.
fn agrees_with_a_model(store: &dyn Store, acts: &[Act]) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    for act in acts {
        let records = model.of(case(act.case));
        let kept = records.len().saturating_sub(act.behind as usize);
        let end = records[..kept].last().map_or(Tip::START, Tip::of);
        let request = Digest::of_bytes(&act.request.to_be_bytes());
        let sent = Append { request, ..batch(case(act.case), end, key(act.key), act.count) }.with(act.claim);
        prop_assert_eq!(store.append(&sent).unwrap(), model.answer(act, &sent));
    }
    for n in 0..4 {
        prop_assert_eq!(store.read(case(n)).unwrap(), model.of(case(n)));
    }
    for n in 0..30 {
        let receipt = model.keys.get(&n).map(|(_, receipt)| Receipt { repeated: true, ..*receipt });
        prop_assert_eq!(store.recall(key(n)).unwrap(), receipt);
    }
    let scanned: Vec<Record> = store.scan(Position::START, usize::MAX).unwrap().into_iter().map(|(_, record)| record).collect();
    prop_assert_eq!(&scanned, &model.records);
    let live: HashSet<CaseId> = store.cases(Cases::Live).unwrap().into_iter().collect();
    prop_assert_eq!(live, model.holders.values().copied().collect::<HashSet<_>>());
    prop_assert_eq!(verify(store).unwrap().records, scanned.len() as u64);
    Ok(())
}

macro_rules! mount {
    ($store:ident, $cases:literal, $new:expr) => {
        mod $store {
            use super::*;

            mount! { @ $new; knows_nothing_at_first reads_what_was_appended scans_in_order_of_position another_version_is_a_conflict
            the_same_again_is_answered_the_same a_key_is_for_one_request a_batch_continues_the_chain
            an_asset_is_in_one_live_transaction cases_are_listed_in_order_of_opening racing_for_a_version_has_one_winner
            together_each_gets_its_own_answer one_key_from_many_threads_is_appended_once
            the_tree_is_over_all_records a_checkpoint_is_of_this_ledger cosignatures_are_kept_together }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases($cases))]
                #[test]
                fn agrees_with_a_model(acts in acts()) {
                    let (store, _folder) = $new;
                    super::agrees_with_a_model(&*store, &acts)?;
                }
            }
        }
    };
    (@ $new:expr; $($name:ident)*) => {$(
        #[test]
        fn $name() {
            let (store, _folder) = $new;
            super::$name(store);
        }
    )*};
}

mount!(memory, 200, (Arc::new(MemoryStore::new(org())) as Shared, ()));

#[cfg(feature = "sqlite")]
mount!(sqlite, 24, {
    let folder = tempfile::tempdir().unwrap();
    let store = sanzi::store::SqliteStore::create(folder.path().join("ledger.sqlite"), org()).unwrap();
    (Arc::new(store) as Shared, folder)
});

#[cfg(feature = "postgres")]
mount!(postgres, 16, {
    let place = crate::store::postgres::fresh();
    (Arc::new(place.store()) as Shared, place)
});
