//! What every fault test writes, and how it looks at a ledger afterwards.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sanzi::ledger::{KeyName, Record, Scheme, SecretKey, Tip};
use sanzi::store::{Append, Position, SqliteStore, Store, Verified, verify};
use sanzi::value::{CaseId, Digest, OrgId};
use uuid::Uuid;

pub fn org() -> OrgId {
    OrgId::new("dongtang").unwrap()
}

pub fn case(n: u64) -> CaseId {
    CaseId::new(Uuid::from_u128(u128::from(n) << 64 | 7))
}

/// The idempotency key of the append with this number.
pub fn key(k: u64) -> Uuid {
    Uuid::from_u128(u128::from(k) | 1 << 100)
}

/// The number of the append with this key.
pub fn number(key: Uuid) -> u64 {
    u64::try_from(key.as_u128() & u128::from(u64::MAX)).unwrap()
}

/// How many records the append with this number has.
pub fn size(k: u64) -> u64 {
    1 + k % 3
}

/// The append with this number, at this end of a case.
pub fn batch(case: CaseId, tip: Tip, k: u64) -> Append {
    let mut records: Vec<Record> = Vec::new();
    for n in 0..size(k) {
        let body = serde_json::json!({"n": n, "by": key(k), "text": "东塱经济联社"});
        let record = match records.last() {
            Some(last) => last.next(&body),
            None => Record::seal(org(), case, tip.version + 1, tip.hash, &body),
        };
        records.push(record.unwrap());
    }
    Append::new(case, tip.version, key(k), Digest::of_bytes(key(k).as_bytes()), records)
}

pub fn tip(store: &dyn Store, case: CaseId) -> Tip {
    store.read(case).unwrap().last().map_or(Tip::START, Tip::of)
}

/// The log's own key.
pub fn signer() -> SecretKey {
    SecretKey::from_seed(KeyName::new("dongtang.example/sanzi").unwrap(), Scheme::Ed25519, [5; 32]).unwrap()
}

/// A ledger in a folder of its own, which is removed with it.
pub fn fresh() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    drop(SqliteStore::create(&path, org()).unwrap());
    (folder, path)
}

pub fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, org()).unwrap()
}

/// How many records each append has in the ledger, by its number.
pub fn counts(store: &dyn Store) -> HashMap<u64, u64> {
    #[derive(serde::Deserialize)]
    struct Body {
        by: Uuid,
    }
    let mut counts = HashMap::new();
    for (_, record) in store.scan(Position::START, usize::MAX).unwrap() {
        *counts.entry(number(record.body::<Body>().unwrap().by)).or_default() += 1;
    }
    counts
}

/// Chain and tree verify, every batch that is there is whole and has its receipt.
pub fn whole(store: &dyn Store) -> (Verified, HashMap<u64, u64>) {
    let verified = verify(store).unwrap();
    let counts = counts(store);
    for (k, count) in &counts {
        assert_eq!(*count, size(*k), "append {k:x} is there in part");
        assert!(store.recall(key(*k)).unwrap().is_some(), "append {k:x} has no receipt");
    }
    (verified, counts)
}

/// A small generator, so that a failing run can be run again.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit.max(1)
    }
}

/// How many faults a longer run injects, as told by the environment.
pub fn told(variable: &str, unless: u64) -> u64 {
    std::env::var(variable).map_or(unless, |number| number.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}
