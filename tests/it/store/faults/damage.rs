//! Damaged files: a read gives the original bytes, or names the damage.

use std::collections::HashMap;
use std::path::Path;

use sanzi::ledger::Record;
use sanzi::store::{Cases, Claim, Position, SqliteStore, Store, StoreError, verify};
use sanzi::value::CaseId;

use super::super::{append, asset, case, key, org};
use super::{Random, fresh, wal};

struct Original {
    bytes: Vec<u8>,
    wal: Vec<u8>,
    cases: HashMap<CaseId, Vec<Record>>,
    order: Vec<CaseId>,
    log: Vec<(Position, Record)>,
}

const KEYS: u64 = 90;

/// A ledger of some twenty pages. With `live`, as it is while it is written to: half of it in the write-ahead log.
fn original(live: bool) -> Original {
    let (_folder, path, mut store) = fresh();
    for n in 0..KEYS {
        if live && n == KEYS / 2 {
            drop(store);
            store = SqliteStore::open(&path, org()).unwrap();
        }
        let claim = if n % 7 == 0 { Claim::Release } else { Claim::Take(asset(n % 11)) };
        append(&store, case(n % 11), key(n), 1 + n % 3, claim);
    }
    let order = store.cases(Cases::All).unwrap();
    let cases = order.iter().map(|id| (*id, store.read(*id).unwrap())).collect();
    let log = store.scan(Position::START, usize::MAX).unwrap();
    let read = |path: &Path| std::fs::read(path).unwrap_or_default();
    let (mut bytes, log_bytes) = (read(&path), read(&wal(&path)));
    drop(store);
    if !live {
        bytes = read(&path);
    }
    Original { bytes, wal: if live { log_bytes } else { Vec::new() }, cases, order, log }
}

#[derive(Debug, Default)]
struct Seen {
    whole: u32,
    refused: u32,
    named: u32,
    by_check: u32,
}

impl Original {
    /// Opens what was damaged, and reads everything. `cut` accepts a ledger whose end is missing.
    fn examine(&self, bytes: &[u8], log: &[u8], cut: bool, seen: &mut Seen, what: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        std::fs::write(&path, bytes).unwrap();
        if !log.is_empty() {
            std::fs::write(wal(&path), log).unwrap();
        }
        let store = match SqliteStore::open(&path, org()) {
            Ok(store) => store,
            Err(error) => {
                assert!(matches!(error, StoreError::Corrupt(_) | StoreError::Invalid(_)), "{what}: {error}");
                seen.refused += 1;
                return;
            }
        };
        let same = |found: &[Record], due: &[Record]| found == due || cut && due.starts_with(found);
        let mut damage = 0;
        let mut named = |error: StoreError| {
            assert!(matches!(error, StoreError::Corrupt(_)), "{what}: {error}");
            damage += 1;
        };
        for (id, due) in &self.cases {
            match store.read(*id) {
                Ok(found) => assert!(same(&found, due), "{what}: case {id} was read as {found:?}"),
                Err(error) => named(error),
            }
        }
        let mut short = false;
        match store.scan(Position::START, usize::MAX) {
            Ok(found) => {
                assert!(self.log.starts_with(&found), "{what}: the ledger was read as {found:?}");
                short |= found.len() < self.log.len();
            }
            Err(error) => named(error),
        }
        match store.cases(Cases::All) {
            Ok(found) => short |= found != self.order,
            Err(error) => named(error),
        }
        for n in 0..KEYS {
            match store.recall(key(n)) {
                Ok(Some(receipt)) => {
                    let (_, record) = &self.log[receipt.position.number() as usize - 1];
                    assert_eq!((record.case(), record.version()), (receipt.case, receipt.version), "{what}");
                    assert!(record.body_json().contains(&key(n).to_string()), "{what}: another append's receipt");
                }
                Ok(None) => short = true,
                Err(error) => named(error),
            }
        }
        match verify(&store) {
            Ok(verified) => {
                assert_eq!(damage, 0, "{what}: what a read names, verify names");
                assert!(cut || !short, "{what}: the lists were short, and verify saw nothing");
                assert!(cut || verified.records == self.log.len() as u64, "{what}");
                seen.whole += 1;
            }
            Err(error) => {
                assert!(matches!(error, StoreError::Corrupt(_)), "{what}: {error}");
                if damage > 0 { seen.named += 1 } else { seen.by_check += 1 }
            }
        }
    }
}

#[test]
fn any_flipped_bit_is_harmless_or_named() {
    let (original, mut seen, mut random) = (original(false), Seen::default(), Random(1));
    let flips: u64 = std::env::var("SANZI_FAULT_FLIPS").map_or(500, |flips| flips.parse().unwrap());
    for n in 0..flips {
        let mut bytes = original.bytes.clone();
        // A quarter of them in the heads of pages, where a bit does the most.
        let at = match n % 4 {
            0 => random.below(bytes.len() as u64 / 4096) * 4096 + random.below(120),
            _ => random.below(bytes.len() as u64),
        };
        bytes[at as usize] ^= 1 << random.below(8);
        original.examine(&bytes, &[], false, &mut seen, &format!("flip {n} at byte {at}"));
    }
    println!("{flips} flipped bits in {} bytes: {seen:?}", original.bytes.len());
    assert!(seen.whole > 0 && seen.refused > 0 && seen.named > 0);
}

#[test]
fn a_truncated_file_is_named() {
    let (original, mut seen) = (original(false), Seen::default());
    let lengths = (0..original.bytes.len()).step_by(1_021).chain([1, 15, 16, 99, 100, 511, 512, 4_096, 8_192, original.bytes.len() - 1]);
    for length in lengths {
        original.examine(&original.bytes[..length], &[], false, &mut seen, &format!("cut to {length}"));
    }
    assert_eq!(seen.whole, 0, "{seen:?}");
}

/// The log's end can be cut without a trace, as this crate's documentation says; what is read is still the original.
#[test]
fn a_damaged_log_gives_the_original_up_to_a_point() {
    let (original, mut seen, mut random) = (original(true), Seen::default(), Random(2));
    assert!(original.wal.len() > 50_000);
    original.examine(&original.bytes, &original.wal, false, &mut seen, "not damaged");
    assert_eq!(seen.whole, 1);
    for n in 0..60 {
        let mut log = original.wal.clone();
        let at = random.below(log.len() as u64) as usize;
        if n % 2 == 0 {
            log[at] ^= 1 << random.below(8)
        } else {
            log.truncate(at)
        }
        original.examine(&original.bytes, &log, true, &mut seen, &format!("log damaged at {at}"));
    }
}
