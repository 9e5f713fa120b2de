//! The ledger by itself: hashing beside bare `sha2`, reading and verifying everything, and how cost grows with the ledger.
//!
//! `SANZI_GROWTH=10000000 cargo bench --bench ledger -- growth` goes on to ten million records; without it, to 100,000.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops"
)]

#[path = "common/mod.rs"]
mod common;
#[path = "../tests/it/village.rs"]
#[allow(dead_code, unreachable_pub, clippy::wrong_self_convention)]
mod village;

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::{Contender, Random, compare, pages, quick, sized};
use sanzi::ledger::tree::{Frontier, leaf};
use sanzi::ledger::{KeyName, Record, Scheme, SecretKey, Signer};
use sanzi::store::sqlite::rusqlite::Connection;
use sanzi::store::{Answer, Append, Log, MemoryStore, Position, SqliteStore, Store, verify};
use sanzi::value::{Algorithm, CaseId, Digest, OrgId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use village::Run;

fn main() {
    let wanted = |part: &str| {
        let parts = ["hashing", "memory", "reading", "growth"];
        let args: Vec<String> = std::env::args().collect();
        !args.iter().any(|arg| parts.contains(&arg.as_str())) || args.iter().any(|arg| arg == part)
    };
    let mut run = Run::opened();
    run.finish();
    let cases = Cases { entries: run.entries.iter().map(|entry| serde_json::to_value(entry).unwrap()).collect() };
    let folder = tempfile::tempdir().unwrap();
    if wanted("hashing") {
        hashing(&cases);
    }
    if wanted("memory") {
        memory(&cases);
    }
    if wanted("reading") {
        reading(&cases, folder.path());
    }
    if wanted("growth") {
        growth(&cases, folder.path());
    }
}

fn org() -> OrgId {
    OrgId::new("dongtang").unwrap()
}

fn key() -> SecretKey {
    SecretKey::from_seed(KeyName::new("dongtang.example/sanzi").unwrap(), Scheme::Ed25519, [7; 32]).unwrap()
}

/// The entries of one whole transaction.
struct Cases {
    entries: Vec<serde_json::Value>,
}

impl Cases {
    /// The first `count` records of a new case.
    fn records(&self, count: usize) -> Vec<Record> {
        let (case, mut records) = (CaseId::random(), Vec::<Record>::with_capacity(count));
        for entry in self.entries.iter().take(count) {
            let record = match records.last() {
                Some(last) => last.next(entry),
                None => Record::seal(org(), case, 1, Digest::NONE, entry),
            };
            records.push(record.unwrap());
        }
        records
    }

    /// One append of a whole new case, or of its first `count` records.
    fn append(&self, count: usize) -> Append {
        let records = self.records(count);
        let first = &records[0];
        Append::new(first.case(), 0, Uuid::new_v4(), first.hash(), records)
    }

    /// Appends whole cases by several callers until the store has `size` records.
    fn fill(&self, store: &impl Store, size: u64) {
        const CALLERS: u64 = 4;
        let missing = size - store.last().unwrap().number();
        let whole = self.entries.len() as u64;
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                scope.spawn(move || {
                    (0..missing / whole).filter(|n| n % CALLERS == caller).for_each(|_| must(store, &self.append(self.entries.len())));
                });
            }
        });
        let rest = usize::try_from(missing % whole).unwrap();
        if rest > 0 {
            must(store, &self.append(rest));
        }
        assert_eq!(store.last().unwrap().number(), size);
    }
}

fn must(store: &(impl Store + ?Sized), append: &Append) {
    assert!(matches!(store.append(append), Ok(Answer::Appended(_))));
}

fn hashing(cases: &Cases) {
    let records: Vec<Record> = (0..sized(200, 2)).flat_map(|_| cases.records(cases.entries.len())).collect();
    let texts: Vec<&[u8]> = records.iter().map(Record::bytes).collect();
    let count = texts.len();
    println!("a record has {} bytes on average", texts.iter().map(|text| text.len()).sum::<usize>() / count);
    compare(
        "hashing of records",
        31,
        vec![
            Contender::new("sha2: SHA-256 of the bytes", count, || {
                texts.iter().for_each(|text| {
                    let _ = black_box(Sha256::digest(text));
                });
            }),
            Contender::new("tree::leaf", count, || {
                texts.iter().for_each(|text| {
                    let _ = black_box(leaf(Algorithm::Sha256, text));
                });
            }),
            Contender::new("Frontier::push: leaf and tree", count, || {
                let mut tree = Frontier::new(Algorithm::Sha256);
                texts.iter().for_each(|text| {
                    let _ = black_box(tree.push(leaf(Algorithm::Sha256, text).unwrap()));
                });
            }),
            Contender::new("Record::from_bytes: hash and canonical form", count, || {
                texts.iter().for_each(|text| drop(black_box(Record::from_bytes(text))));
            }),
            Contender::new("serde_json: to a value, no hash", count, || {
                texts.iter().for_each(|text| drop(black_box(serde_json::from_slice::<serde_json::Value>(text))));
            }),
        ],
    );
}

/// The least that a store in memory can be: each case's texts, one lock around all.
type Bare = Mutex<HashMap<CaseId, Vec<Box<[u8]>>>>;

fn bare_append(bare: &Bare, append: &Append) {
    let mut cases = bare.lock().unwrap();
    let case = cases.entry(append.case).or_default();
    assert_eq!(case.len() as u64, append.expected);
    case.extend(append.records.iter().map(|record| Box::from(record.bytes())));
}

/// `MemoryStore` beside a locked map, by one caller and by 32.
fn memory(cases: &Cases) {
    let count = sized(64, 32);
    let operations = count * cases.entries.len();
    let singles = || -> Vec<Vec<Append>> {
        let one = |record: Record| Append::new(record.case(), record.version() - 1, Uuid::new_v4(), record.hash(), vec![record]);
        (0..count).map(|_| cases.records(cases.entries.len()).into_iter().map(one).collect()).collect()
    };
    let alone = |append: &dyn Fn(&Append)| {
        let work = singles();
        timed(|| work.iter().flatten().for_each(append))
    };
    let together = |append: &(dyn Fn(&Append) + Sync)| {
        let work = singles();
        timed(|| {
            std::thread::scope(|scope| {
                for own in work.chunks(count.div_ceil(32)) {
                    scope.spawn(move || own.iter().flatten().for_each(append));
                }
            });
        })
    };
    // A new store each time: what is measured does not grow.
    let bare = Bare::default;
    let ours = || MemoryStore::new(org());
    compare(
        "append of one record in memory, one caller",
        15,
        vec![
            Contender::timed("a map behind a lock: version check, push", operations, || {
                let bare = bare();
                alone(&|append| bare_append(&bare, append))
            }),
            Contender::timed("MemoryStore::append (chain, key and claim checked)", operations, || {
                let store = ours();
                alone(&|append| must(&store, append))
            }),
        ],
    );
    compare(
        "append of one record in memory, 32 callers",
        15,
        vec![
            Contender::timed("a map behind a lock: version check, push", operations, || {
                let bare = bare();
                together(&|append| bare_append(&bare, append))
            }),
            Contender::timed("MemoryStore::append", operations, || {
                let store = ours();
                together(&|append| must(&store, append))
            }),
        ],
    );
    let (map, store) = (bare(), ours());
    let whole: Vec<Append> = (0..count).map(|_| cases.append(cases.entries.len())).collect();
    whole.iter().for_each(|append| {
        bare_append(&map, append);
        must(&store, append);
    });
    compare(
        "load of a case from memory",
        31,
        vec![
            Contender::new("a map behind a lock: copy, Record::from_bytes", count, || {
                whole.iter().for_each(|append| {
                    let texts = map.lock().unwrap().get(&append.case).cloned().unwrap_or_default();
                    texts.iter().for_each(|text| drop(black_box(Record::from_bytes(text))));
                });
            }),
            Contender::new("MemoryStore::read (chain checked)", count, || {
                whole.iter().for_each(|append| {
                    let _ = black_box(store.read(append.case));
                });
            }),
        ],
    );
}

fn reading(cases: &Cases, folder: &Path) {
    let count = sized(20_000, 200);
    let path = folder.join("reading.sqlite");
    let (memory, sqlite) = (MemoryStore::new(org()), SqliteStore::create(&path, org()).unwrap());
    cases.fill(&memory, count);
    cases.fill(&sqlite, count);
    let _ = Log::new(&sqlite, key().public().name().clone()).seal(&key(), None).unwrap();
    let conn = Connection::open(&path).unwrap();
    let select = |each: &mut dyn FnMut(&str)| {
        let mut statement = conn.prepare_cached("SELECT json FROM sanzi_record ORDER BY position").unwrap();
        let mut rows = statement.query(()).unwrap();
        while let Some(row) = rows.next().unwrap() {
            each(row.get_ref(0).unwrap().as_str().unwrap());
        }
    };
    let operations = usize::try_from(count).unwrap();
    compare(
        "all records of a ledger",
        15,
        vec![
            Contender::new("rusqlite: select", operations, || {
                select(&mut |text| {
                    let _ = black_box(text.len());
                });
            }),
            Contender::new("rusqlite: select, SHA-256", operations, || {
                select(&mut |text| {
                    let _ = black_box(Sha256::digest(text));
                });
            }),
            Contender::new("SqliteStore::scan (hash and form checked)", operations, || {
                pages(&sqlite, |record| {
                    let _ = black_box(record.hash());
                });
            }),
            Contender::new("verify(SqliteStore): chains, tree, tiles, checkpoints", operations, || {
                let _ = black_box(verify(&sqlite).unwrap());
            }),
            Contender::new("MemoryStore::scan", operations, || {
                pages(&memory, |record| {
                    let _ = black_box(record.hash());
                });
            }),
            Contender::new("verify(MemoryStore)", operations, || {
                let _ = black_box(verify(&memory).unwrap());
            }),
        ],
    );
}

/// The middle of some times.
fn median(times: usize, mut work: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<Duration> = (0..sized(times, 1)).map(|_| work()).collect();
    all.sort();
    all[all.len() / 2]
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let kept = work();
    let elapsed = start.elapsed();
    drop(kept);
    elapsed
}

fn growth(cases: &Cases, folder: &Path) {
    let largest: u64 = std::env::var("SANZI_GROWTH").ok().map_or(sized(100_000, 1_000), |text| text.parse().unwrap());
    let path = folder.join("growth.sqlite");
    let store = SqliteStore::create(&path, org()).unwrap();
    let key = key();
    let mut random = Random(1);
    println!("\nhow cost grows with the ledger, one SQLite file (medians; a checkpoint is sealed over 49 new records)");
    println!(
        "{:>12} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}",
        "records", "open", "append 1", "load a case", "checkpoint", "proof", "file"
    );
    let mut size = 1_000;
    while size <= largest {
        // What is measured also appends: a few records more than the round number at the next size.
        if store.last().unwrap().number() < size {
            cases.fill(&store, size);
        }
        let log = Log::new(&store, key.public().name().clone());
        let mut note = log.seal(&key, None).unwrap();
        let open = median(5, || timed(|| SqliteStore::open(&path, org()).unwrap()));
        let append = median(101, || {
            let append = cases.append(1);
            timed(|| must(&store, &append))
        });
        let load = median(101, || {
            let position = Position::new(1 + random.below(usize::try_from(size).unwrap()) as u64);
            let case = store.scan(Position::new(position.number() - 1), 1).unwrap()[0].1.case();
            timed(|| store.read(case).unwrap())
        });
        let seal = median(21, || {
            must(&store, &cases.append(cases.entries.len()));
            timed(|| note = log.seal(&key, None).unwrap())
        });
        let proof = median(101, || {
            let position = Position::new(1 + random.below(usize::try_from(size).unwrap()) as u64);
            timed(|| log.prove(position, &note).unwrap())
        });
        let bytes = std::fs::metadata(&path).unwrap().len();
        let told: Vec<String> =
            [open, append, load, seal, proof].iter().map(|time| format!("{:.3} ms", time.as_secs_f64() * 1e3)).collect();
        println!("{size:>12} {:>12} {:>12} {:>12} {:>12} {:>12} {:>9} MB", told[0], told[1], told[2], told[3], told[4], bytes / 1_000_000);
        size *= 10;
    }
    assert!(quick() || verify(&store).unwrap().records >= largest.min(100_000));
}
