//! The store in PostgreSQL beside the same driver used by hand: the same server, settings, version check and bytes.
//!
//! Starts a server of its own with `tests/postgres/start.sh`.
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
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Contender, compare, pages, sized};
use sanzi::Engine;
use sanzi::case::Entry;
use sanzi::dongsha::{Dongsha, Step};
use sanzi::flow::{Flow, Graph, StepId};
use sanzi::ledger::Record;
use sanzi::store::postgres::postgres::{Client, NoTls, Statement};
use sanzi::store::postgres::{Moves, Order, Settings, create_ledger, install};
use sanzi::store::{Answer, Append, PostgresStore, Store, verify};
use sanzi::value::{CaseId, Digest, OrgId};
use serde::Deserialize;
use uuid::Uuid;
use village::Run;

fn main() {
    let server = Server::start();
    let mut run = Run::opened();
    run.finish();
    println!("a case has {} records", run.entries.len());
    for connections in [1, 8, 32] {
        appends(&server, &run.entries, connections);
    }
    load(&server, &run);
}

/// A server that ends with this program.
struct Server {
    folder: tempfile::TempDir,
    running: Child,
}

impl Server {
    fn start() -> Server {
        let folder = tempfile::Builder::new().prefix("sanzi-pg").tempdir().unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres/start.sh");
        let mut running = Command::new(script).arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.starts_with("ready"), "the server could not be started; the script says above what to do");
        let server = Server { folder, running };
        let edges = Graph::of::<Dongsha>().edges();
        let moves: Vec<(&str, Option<&str>)> = edges.iter().map(|(from, _, to)| (*from, Some(*to).filter(|to| *to != "End"))).collect();
        install(&server.dsn(), &[Moves { procedure: Dongsha::digest().unwrap(), first: Step::ALL[0].id(), moves: &moves }]).unwrap();
        server.client().batch_execute(RAW).unwrap();
        server
    }

    fn dsn(&self) -> String {
        format!("host={} user=postgres dbname=postgres", self.folder.path().display())
    }

    fn client(&self) -> Client {
        Client::connect(&self.dsn(), NoTls).unwrap()
    }

    fn store(&self, org: OrgId, connections: usize) -> PostgresStore {
        create_ledger(&self.dsn(), org, Order::Checked).unwrap();
        PostgresStore::with(&self.dsn(), org, Settings { connections, deadline: Duration::from_secs(60) }).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.running.stdin.take());
        let _ = self.running.wait();
    }
}

const RAW: &str = "CREATE TABLE record (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, case_id uuid NOT NULL, version bigint NOT NULL,
     hash bytea NOT NULL, json text NOT NULL, UNIQUE (case_id, version));
   CREATE TABLE receipt (key uuid PRIMARY KEY, request bytea NOT NULL, case_id uuid NOT NULL, version bigint NOT NULL, position bigint NOT NULL,
     UNIQUE (case_id, version));";
const CHECKED: &str = "INSERT INTO record (case_id, version, hash, json) SELECT $1, $2::bigint, $3, $4
   WHERE (SELECT coalesce(max(version), 0) FROM record WHERE case_id = $1) = $2::bigint - 1";
const KEYED: &str = "WITH stored AS (INSERT INTO record (case_id, version, hash, json) SELECT $1, $2::bigint, $3, $4
     WHERE (SELECT coalesce(max(version), 0) FROM record WHERE case_id = $1) = $2::bigint - 1 RETURNING position)
   INSERT INTO receipt (key, request, case_id, version, position) SELECT $5, $6, $1, $2::bigint, position FROM stored";

/// A store by hand: one statement, one round trip, one commit.
struct Raw {
    client: Client,
    checked: Statement,
    keyed: Statement,
}

impl Raw {
    fn connect(server: &Server) -> Raw {
        let mut client = server.client();
        let (checked, keyed) = (client.prepare(CHECKED).unwrap(), client.prepare(KEYED).unwrap());
        Raw { client, checked, keyed }
    }

    fn append(&mut self, append: &Append, keyed: bool) {
        for record in &append.records {
            let (case, version, hash) = (record.case().uuid(), record.version() as i64, record.hash());
            let (hash, text) = (hash.as_bytes().as_slice(), record.as_str());
            let done = if keyed {
                let request = append.request;
                self.client.execute(&self.keyed, &[&case, &version, &hash, &text, &append.key, &request.as_bytes().as_slice()])
            } else {
                self.client.execute(&self.checked, &[&case, &version, &hash, &text])
            };
            assert_eq!(done.unwrap(), 1);
        }
    }
}

fn org(n: usize) -> OrgId {
    OrgId::new(&format!("org-{n}")).unwrap()
}

/// All records of a new case, sealed for one organisation.
fn sealed(org: OrgId, entries: &[Entry<Dongsha>]) -> Vec<Record> {
    let (case, mut records) = (CaseId::random(), Vec::<Record>::new());
    for entry in entries {
        let record = match records.last() {
            Some(last) => last.next(entry),
            None => Record::seal(org, case, 1, Digest::NONE, entry),
        };
        records.push(record.unwrap());
    }
    records
}

fn append_of(records: Vec<Record>) -> Append {
    let first = &records[0];
    Append::new(first.case(), first.version() - 1, Uuid::new_v4(), first.hash(), records)
}

fn must(store: &PostgresStore, append: &Append) {
    let answer = store.append(append);
    assert!(matches!(answer, Ok(Answer::Appended(_))), "{answer:?}");
}

/// Each worker does its own work; the whole is measured.
fn together<W: Send>(workers: &mut [W], work: &[Vec<Append>], each: impl Fn(&mut W, &Append) + Sync) -> Duration {
    let start = Instant::now();
    std::thread::scope(|scope| {
        for (worker, own) in workers.iter_mut().zip(work) {
            let each = &each;
            scope.spawn(move || own.iter().for_each(|append| each(worker, append)));
        }
    });
    start.elapsed()
}

fn appends(server: &Server, entries: &[Entry<Dongsha>], connections: usize) {
    let entries = &entries[..sized(entries.len(), 3)];
    let count = connections * entries.len();
    let mut raw: Vec<Raw> = (0..connections).map(|_| Raw::connect(server)).collect();
    let mut keyed: Vec<Raw> = (0..connections).map(|_| Raw::connect(server)).collect();
    let base = connections * 100;
    let first = server.store(org(base), connections);
    let mut apart: Vec<PostgresStore> = (0..connections)
        .map(|n| {
            create_ledger(&server.dsn(), org(base + n), Order::Checked).unwrap();
            first.ledger_of(org(base + n)).unwrap()
        })
        .collect();
    let one = server.store(org(connections * 100 + 99), connections);
    let mut same: Vec<PostgresStore> = (0..connections).map(|_| one.clone()).collect();
    let work = |of: &dyn Fn(usize) -> OrgId| -> Vec<Vec<Append>> {
        let singles = |org| sealed(org, entries).into_iter().map(|record| append_of(vec![record])).collect();
        (0..connections).map(|n| singles(of(n))).collect()
    };
    compare(
        &format!("append of one record, {connections} connections"),
        sized(15, 1),
        vec![
            Contender::timed("driver: version check, insert", count, || {
                let work = work(&|n| org(base + n));
                together(&mut raw, &work, |raw, append| raw.append(append, false))
            }),
            Contender::timed("driver: the same with an idempotency key", count, || {
                let work = work(&|n| org(base + n));
                together(&mut keyed, &work, |raw, append| raw.append(append, true))
            }),
            Contender::timed("PostgresStore::append, an organisation each", count, || {
                let work = work(&|n| org(base + n));
                together(&mut apart, &work, |store, append| must(store, append))
            }),
            Contender::timed("PostgresStore::append, one organisation", count, || {
                let work = work(&|_| org(connections * 100 + 99));
                together(&mut same, &work, |store, append| must(store, append))
            }),
        ],
    );
}

/// The frame of a record as someone reads it who only wants the entry.
#[derive(Deserialize)]
struct Frame {
    body: Entry<Dongsha>,
}

fn load(server: &Server, run: &Run) {
    let cases = sized(64, 2);
    let mut raw = Raw::connect(server);
    let store = server.store(run.office.org, 1);
    let mut ids = Vec::new();
    for _ in 0..cases {
        let append = append_of(sealed(run.office.org, &run.entries));
        ids.push(append.case);
        raw.append(&append, false);
        must(&store, &append);
    }
    for table in ["record", "sanzi.record", "sanzi.receipt"] {
        raw.client.batch_execute(&format!("VACUUM ANALYZE {table}")).unwrap();
    }
    let engine = Engine::<Dongsha, _>::new(run.office.clone(), &store).unwrap();
    let select = raw.client.prepare("SELECT json FROM record WHERE case_id = $1 ORDER BY version").unwrap();
    let decoded = |client: &mut Client, case: CaseId| -> Vec<Entry<Dongsha>> {
        let rows = client.query(&select, &[&case.uuid()]).unwrap();
        rows.iter().map(|row| serde_json::from_str::<Frame>(row.get(0)).unwrap().body).collect()
    };
    assert_eq!(decoded(&mut raw.client, ids[0]), engine.history(ids[0]).unwrap());
    compare(
        "load of a whole case",
        31,
        vec![
            Contender::new("driver: select, serde_json to entries", cases, || {
                ids.iter().for_each(|case| drop(black_box(decoded(&mut raw.client, *case))));
            }),
            Contender::new("PostgresStore::read (hash, form and chain checked)", cases, || {
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
    let count = cases * run.entries.len();
    let page = raw.client.prepare("SELECT position, json FROM record WHERE position > $1 ORDER BY position LIMIT 1000").unwrap();
    compare(
        "all records of a ledger",
        15,
        vec![
            Contender::new("driver: select, a thousand at a time", count, || {
                let (mut after, mut left) = (i64::MIN, count);
                while left > 0 {
                    let rows = raw.client.query(&page, &[&after]).unwrap();
                    let Some(last) = rows.last() else { break };
                    after = last.get(0);
                    left = left.saturating_sub(rows.len());
                    rows.iter().for_each(|row| {
                        let _ = black_box(row.get::<_, &str>(1).len());
                    });
                }
            }),
            Contender::new("PostgresStore::scan (hash and form checked)", count, || {
                pages(&store, |record| {
                    let _ = black_box(record.hash());
                });
            }),
            Contender::new("verify(PostgresStore): chains, tree, keys", count, || {
                let _ = black_box(verify(&store).unwrap());
            }),
        ],
    );
}
