//! The store in one SQLite file beside `rusqlite` used by hand: the same file system, pragmas, version check and bytes.
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

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{Contender, compare, sized};
use sanzi::Engine;
use sanzi::case::{Case, Entry};
use sanzi::dongsha::Dongsha;
use sanzi::ledger::Record;
use sanzi::store::sqlite::rusqlite::{Connection, TransactionBehavior};
use sanzi::store::{Answer, Append, SqliteStore, Store};
use sanzi::value::{CaseId, Digest, OrgId};
use serde::Deserialize;
use uuid::Uuid;
use village::Run;

const THREADS: usize = 32;

fn main() {
    let mut run = Run::opened();
    run.finish();
    let folder = tempfile::tempdir().unwrap();
    println!("a case has {} records, {} bytes on average", run.entries.len(), mean_bytes(&run.entries));
    one_by_one(folder.path(), &run.entries);
    together(folder.path(), &run.entries);
    batches(folder.path(), &run.entries);
    load(folder.path(), &run);
}

fn org() -> OrgId {
    OrgId::new("dongtang").unwrap()
}

fn mean_bytes(entries: &[Entry<Dongsha>]) -> usize {
    sealed(entries, entries.len()).iter().map(|record| record.bytes().len()).sum::<usize>() / entries.len()
}

/// The first `count` records of a new case; after the last entry the first comes again.
fn sealed(entries: &[Entry<Dongsha>], count: usize) -> Vec<Record> {
    let (case, mut records) = (CaseId::random(), Vec::<Record>::new());
    for entry in entries.iter().cycle().take(count) {
        let record = match records.last() {
            Some(last) => last.next(entry),
            None => Record::seal(org(), case, 1, Digest::NONE, entry),
        };
        records.push(record.unwrap());
    }
    records
}

fn append_of(records: Vec<Record>) -> Append {
    let first = &records[0];
    Append::new(first.case(), first.version() - 1, Uuid::new_v4(), first.hash(), records)
}

/// One append for each record of some new cases, case after case.
fn singles(entries: &[Entry<Dongsha>], cases: usize) -> Vec<Append> {
    let records = (0..cases).flat_map(|_| sealed(entries, entries.len()));
    records.map(|record| append_of(vec![record])).collect()
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn must(store: &SqliteStore, append: &Append) {
    assert!(matches!(store.append(append), Ok(Answer::Appended(_))));
}

/// A store by hand: one table for records; with receipts also one for idempotency keys, as ours.
struct Raw {
    conn: Connection,
    receipts: bool,
}

impl Raw {
    fn create(path: &Path, receipts: bool) -> Raw {
        let conn = Connection::open(path).unwrap();
        conn.pragma_update(None, "journal_mode", "WAL").unwrap();
        conn.pragma_update(None, "synchronous", "FULL").unwrap();
        conn.execute_batch(
            "CREATE TABLE record (position INTEGER PRIMARY KEY, case_id TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL,
               json TEXT NOT NULL, UNIQUE (case_id, version)) STRICT;
             CREATE TABLE receipt (case_id TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, key BLOB NOT NULL UNIQUE,
               request BLOB NOT NULL, PRIMARY KEY (case_id, version)) STRICT, WITHOUT ROWID;",
        )
        .unwrap();
        Raw { conn, receipts }
    }

    /// One transaction: the expected version is checked, then the records are inserted.
    fn append(&mut self, append: &Append) {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let case = append.case.to_string();
        let sql = "SELECT coalesce(max(version), 0) FROM record WHERE case_id = ?1";
        let found: i64 = tx.prepare_cached(sql).unwrap().query_row([&case], |row| row.get(0)).unwrap();
        assert_eq!(found, append.expected as i64);
        {
            let mut insert = tx.prepare_cached("INSERT INTO record (case_id, version, hash, json) VALUES (?1, ?2, ?3, ?4)").unwrap();
            for record in &append.records {
                insert.execute((&case, record.version() as i64, record.hash().as_bytes(), record.as_str())).unwrap();
            }
        }
        if self.receipts {
            let version = append.expected as i64 + append.records.len() as i64;
            let position = tx.last_insert_rowid();
            let sql = "INSERT INTO receipt (case_id, version, position, key, request) VALUES (?1, ?2, ?3, ?4, ?5)";
            let row = (&case, version, position, append.key.as_bytes(), append.request.as_bytes());
            tx.prepare_cached(sql).unwrap().execute(row).unwrap();
        }
        tx.commit().unwrap();
    }
}

fn one_by_one(folder: &Path, entries: &[Entry<Dongsha>]) {
    let cases = sized(2, 1);
    let count = cases * entries.len();
    let mut raw = Raw::create(&folder.join("one-raw.sqlite"), false);
    let mut keyed = Raw::create(&folder.join("one-keyed.sqlite"), true);
    let store = SqliteStore::create(folder.join("one.sqlite"), org()).unwrap();
    let appends = || singles(entries, cases);
    compare(
        "append of one record, one caller",
        15,
        vec![
            Contender::timed("rusqlite: version check, insert", count, || {
                let appends = appends();
                timed(|| appends.iter().for_each(|append| raw.append(append)))
            }),
            Contender::timed("rusqlite: the same with an idempotency key", count, || {
                let appends = appends();
                timed(|| appends.iter().for_each(|append| keyed.append(append)))
            }),
            Contender::timed("SqliteStore::append", count, || {
                let appends = appends();
                timed(|| appends.iter().for_each(|append| must(&store, append)))
            }),
        ],
    );
}

fn together(folder: &Path, entries: &[Entry<Dongsha>]) {
    let cases = sized(THREADS, THREADS / 16);
    let count = cases * entries.len();
    let mut raw = Raw::create(&folder.join("many-raw.sqlite"), false);
    let store = SqliteStore::create(folder.join("many.sqlite"), org()).unwrap();
    compare(
        "append of one record, 32 callers",
        5,
        vec![
            Contender::timed("rusqlite: one commit for each record", count, || {
                let appends = singles(entries, cases);
                timed(|| appends.iter().for_each(|append| raw.append(append)))
            }),
            Contender::timed("SqliteStore::append, 32 threads", count, || {
                let appends = singles(entries, cases);
                let each = count.div_ceil(THREADS.min(cases));
                timed(|| {
                    std::thread::scope(|scope| {
                        for own in appends.chunks(each) {
                            scope.spawn(|| own.iter().for_each(|append| must(&store, append)));
                        }
                    });
                })
            }),
        ],
    );
}

fn batches(folder: &Path, entries: &[Entry<Dongsha>]) {
    let batches = sized(20, 1);
    let mut raw = Raw::create(&folder.join("batch-raw.sqlite"), false);
    let store = SqliteStore::create(folder.join("batch.sqlite"), org()).unwrap();
    let appends = || -> Vec<Append> { (0..batches).map(|_| append_of(sealed(entries, 100))).collect() };
    compare(
        "append of 100 records at once, one caller",
        15,
        vec![
            Contender::timed("rusqlite: version check, 100 inserts", batches * 100, || {
                let appends = appends();
                timed(|| appends.iter().for_each(|append| raw.append(append)))
            }),
            Contender::timed("SqliteStore::append", batches * 100, || {
                let appends = appends();
                timed(|| appends.iter().for_each(|append| must(&store, append)))
            }),
        ],
    );
}

/// The frame of a record as someone reads it who only wants the entry.
#[derive(Deserialize)]
struct Frame {
    body: Entry<Dongsha>,
}

fn load(folder: &Path, run: &Run) {
    let cases = sized(64, 2);
    let mut raw = Raw::create(&folder.join("load-raw.sqlite"), false);
    let store = SqliteStore::create(folder.join("load.sqlite"), org()).unwrap();
    let mut ids = Vec::new();
    for _ in 0..cases {
        let append = append_of(sealed(&run.entries, run.entries.len()));
        ids.push(append.case);
        raw.append(&append);
        must(&store, &append);
    }
    let engine = Engine::<Dongsha, _>::new(run.office.clone(), &store).unwrap();
    let texts = |case: CaseId, each: &mut dyn FnMut(&str)| {
        let sql = "SELECT json FROM record WHERE case_id = ?1 ORDER BY version";
        let mut statement = raw.conn.prepare_cached(sql).unwrap();
        let mut rows = statement.query([case.to_string()]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            each(row.get_ref(0).unwrap().as_str().unwrap());
        }
    };
    let decoded = |case: CaseId| {
        let mut entries = Vec::new();
        texts(case, &mut |text| entries.push(serde_json::from_str::<Frame>(text).unwrap().body));
        entries
    };
    assert_eq!(decoded(ids[0]), engine.history(ids[0]).unwrap());
    compare(
        "load of a whole case",
        31,
        vec![
            Contender::new("rusqlite: select, serde_json to entries", cases, || {
                ids.iter().for_each(|case| drop(black_box(decoded(*case))));
            }),
            Contender::new("rusqlite: the same, then Case::replay", cases, || {
                ids.iter().for_each(|case| {
                    let _ = black_box(Case::replay(*case, &decoded(*case)));
                });
            }),
            Contender::new("SqliteStore::read (hash, form and chain checked)", cases, || {
                ids.iter().for_each(|case| {
                    let _ = black_box(store.read(*case));
                });
            }),
            Contender::new("Engine::history (read, to entries)", cases, || {
                ids.iter().for_each(|case| drop(black_box(engine.history(*case))));
            }),
            Contender::new("Engine::load (read, to entries, evolve)", cases, || {
                ids.iter().for_each(|case| drop(black_box(engine.load(*case))));
            }),
        ],
    );
}
