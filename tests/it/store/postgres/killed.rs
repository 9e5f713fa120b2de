//! Clients and server processes that are killed at any moment, with concurrent writers.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sanzi::ledger::Tip;
use sanzi::store::postgres::{Order, Settings};
use sanzi::store::{Answer, Claim, Position, PostgresStore, Receipt, Store, StoreError, verify};
use uuid::Uuid;

use super::super::{asset, batch, case, key, org, tip};
use super::deadlines::until;
use super::server::Server;
use crate::store::postgres::Place;

const TASK: &str = "SANZI_TEST_POSTGRES";

/// What a child was told: the key's number, the version and the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ack(u64, u64, u64);

impl Ack {
    fn say(self) {
        let Ack(key, version, position) = self;
        let mut out = std::io::stdout().lock();
        // A pipe that nobody reads any more: the parent has seen enough.
        let _ = out.write_all(format!("\n= {key} {version} {position} .\n").as_bytes()).and_then(|()| out.flush());
    }

    /// A whole line, or nothing: the last one can be cut.
    fn parse(line: &str) -> Option<Ack> {
        let words: Vec<&str> = line.trim_end_matches('\n').split(' ').collect();
        let ["=", key, version, position, "."] = words[..] else { return None };
        let [key, version, position] = [key, version, position].map(|word| word.parse::<u64>().unwrap());
        Some(Ack(key, version, position))
    }
}

fn size(key: u64) -> u64 {
    1 + key % 3
}

fn spawn(task: &str, place: &Place, round: u64) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "store::postgres::killed::works_as_told", "--nocapture", "--test-threads=1"]);
    command.env(TASK, format!("{task} {round} {}", place.dsn("app")));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Nothing to do in the parent; in a child, the task.
#[test]
fn works_as_told() {
    let Ok(task) = std::env::var(TASK) else { return };
    let [what, round, dsn] = task.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{task}") };
    let settings = Settings { connections: 4, deadline: Duration::from_secs(5) };
    let (round, store) = (round.parse().unwrap(), PostgresStore::with(dsn, org(), settings).unwrap());
    match what {
        "many" => many(&store, round),
        "race" => race(&store, round),
        other => panic!("{other}"),
    }
}

/// What the ledger says once the server can be asked.
fn asked<T>(mut ask: impl FnMut() -> Result<T, StoreError>) -> T {
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(StoreError::Unavailable(_)) => std::thread::sleep(Duration::from_millis(20)),
            Err(other) => panic!("{other}"),
        }
    }
}

/// Four threads, two on cases of their own and two on one, until killed.
fn many(store: &PostgresStore, round: u64) {
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            scope.spawn(move || {
                let id = case(thread.min(2));
                for n in 0_u64.. {
                    let k = round << 32 | thread << 24 | n;
                    let claim = if n % 2 == 0 { Claim::Take(asset(thread.min(2))) } else { Claim::Release };
                    let end = asked(|| Ok(store.read(id)?.last().map_or(Tip::START, Tip::of)));
                    let sent = batch(id, end, key(k), size(k)).with(claim);
                    let receipt = match asked(|| store.append(&sent)) {
                        Answer::Appended(receipt) => Some(receipt),
                        Answer::Indeterminate { key } => asked(|| store.recall(key)),
                        Answer::Conflict { .. } => None,
                        other => panic!("{other:?}"),
                    };
                    if let Some(Receipt { version, position, .. }) = receipt {
                        Ack(k, version, position.number()).say();
                    }
                }
            });
        }
    });
}

/// One of several processes that append to the same case, 30 times each.
fn race(store: &PostgresStore, racer: u64) {
    let mut won = 0;
    for n in 0_u64.. {
        let k = racer << 32 | n;
        match store.append(&batch(case(0), tip(store, case(0)), key(k), size(k))).unwrap() {
            Answer::Appended(receipt) => Ack(k, receipt.version, receipt.position.number()).say(),
            Answer::Conflict { .. } => continue,
            other => panic!("{other:?}"),
        }
        won += 1;
        if won == 30 {
            return;
        }
    }
}

/// Reads what a child says, until it ends or `most` have come.
fn listen(out: &mut impl BufRead, most: usize) -> Vec<Ack> {
    let (mut heard, mut line) = (Vec::new(), String::new());
    while heard.len() < most {
        line.clear();
        match out.read_line(&mut line) {
            Ok(1..) => heard.extend(Ack::parse(&line)),
            _ => break,
        }
    }
    heard
}

/// How many records each key has in the ledger.
fn counts(store: &PostgresStore) -> HashMap<Uuid, u64> {
    #[derive(serde::Deserialize)]
    struct Body {
        by: Uuid,
    }
    let mut counts = HashMap::new();
    for (_, record) in store.scan(Position::START, usize::MAX).unwrap() {
        *counts.entry(record.body::<Body>().unwrap().by).or_default() += 1;
    }
    counts
}

/// Every acknowledged append is there, whole and in its place, and every batch is whole.
fn all_there(store: &PostgresStore, acks: &[Ack]) -> HashMap<Uuid, u64> {
    verify(store).unwrap();
    let counts = counts(store);
    for (by, count) in &counts {
        let k = u64::try_from(by.as_u128() & u128::from(u64::MAX)).unwrap();
        assert_eq!(*count, size(k), "a batch is whole");
    }
    for ack @ Ack(k, version, position) in acks {
        let receipt = store.recall(key(*k)).unwrap().unwrap_or_else(|| panic!("{ack:?} was lost"));
        assert_eq!((receipt.version, receipt.position.number(), receipt.repeated), (*version, *position, true));
        assert!(counts.contains_key(&key(*k)));
    }
    counts
}

/// Invariant 9: acknowledged means durable, and the same key means the same answer, whoever dies when.
///
/// `SANZI_FAULTS` sets how often somebody is killed; 12 times unless told. In turn: the client with `kill -9`, a process of
/// the server with `kill -9` (then the server ends all others and recovers), a process of the server asked to end.
#[test]
fn invariant_9_killed_clients_and_servers_lose_nothing_acknowledged() {
    let rounds: u64 = std::env::var("SANZI_FAULTS").map_or(12, |rounds| rounds.parse().unwrap());
    let server: &'static Server = Box::leak(Box::new(Server::start(&["restart_after_crash = on"]).prepared()));
    let mut random = Random(19);
    let (mut heard, mut unheard, mut kills, mut records) = (0, 0, [0; 3], 0);
    let (mut place, mut acks) = (server.place(Order::Free), Vec::new());
    for round in 0..rounds {
        if round % 10 == 0 && round > 0 {
            place = server.place(Order::Free);
            acks.clear();
        }
        let mut child = spawn("many", &place, round);
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = listen(&mut out, random.below(60) as usize);
        let kind = round as usize % 3;
        kills[kind] += 1;
        if kind > 0 {
            let mut watch = place.client("postgres");
            let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'app'";
            let mut processes: Vec<i32> = Vec::new();
            until("the child has connected", || {
                processes = watch.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
                !processes.is_empty()
            });
            let victim = processes[random.below(processes.len() as u64) as usize].to_string();
            Command::new("kill").args([if kind == 1 { "-9" } else { "-TERM" }, &victim]).status().unwrap();
            // A process killed with -9 takes all others of the server along; what is asked before that is asked too early.
            until("the server has noticed", || kind == 2 || watch.query(sql, &[]).is_err());
            // The child finds its way back, and goes on.
            lines.extend(listen(&mut out, 12));
        }
        child.kill().unwrap();
        lines.extend(listen(&mut out, usize::MAX));
        child.wait().unwrap();
        heard += lines.len();
        acks.extend(lines);

        let mut opened = None;
        until("the server can be asked again", || {
            opened = PostgresStore::open(&place.dsn("app"), org()).ok();
            opened.is_some()
        });
        let store = opened.unwrap();
        let counts = all_there(&store, &acks);
        records = counts.values().sum::<u64>();
        for by in counts.keys() {
            unheard += usize::from(!acks.iter().any(|Ack(k, ..)| key(*k) == *by));
            assert!(store.recall(*by).unwrap().is_some(), "what is there has its receipt");
        }
        for Ack(k, version, position) in acks.iter().rev().take(8) {
            let id = case((k >> 24 & 0xff).min(2));
            match store.append(&batch(id, tip(&store, id), key(*k), size(*k))).unwrap() {
                Answer::Appended(again) => {
                    assert_eq!((again.version, again.position.number(), again.repeated), (*version, *position, true))
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(verify(&store).unwrap().records, records, "sending again appended nothing");
    }
    let [clients, crashes, ended] = kills;
    println!(
        "{rounds} kills ({clients} clients, {crashes} server processes with -9, {ended} asked to end): {heard} acknowledged appends, none \
         lost; {unheard} sightings of appends whose answer was cut off; the last ledger has {records} records"
    );
    drop(place);
    server.stop();
}

#[test]
fn four_processes_share_the_versions() {
    let place = super::fresh();
    let mut children: Vec<Child> = (1..=4).map(|racer| spawn("race", &place, racer)).collect();
    let mut acks = Vec::new();
    for child in &mut children {
        acks.extend(listen(&mut BufReader::new(child.stdout.take().unwrap()), usize::MAX));
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(acks.len(), 120);
    let store = place.store();
    let counts = all_there(&store, &acks);
    assert_eq!(counts.len(), 120, "exactly one winner for each version");
    assert_eq!(tip(&store, case(0)).version, counts.values().sum::<u64>());
}

/// A small generator, so that a failing round can be run again by its number.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit.max(1)
    }
}
