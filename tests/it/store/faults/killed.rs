//! Processes that are killed, that race, and that run out of space.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::Arc;

use sanzi::store::{Answer, Append, Position, SqliteStore, Store, verify};
use sanzi::value::Digest;
use uuid::Uuid;

use super::super::{append, batch, case, key, org, tip};
use super::child::{Line, size, spawn};
use super::{Random, fresh};

/// Reads what a child says, until it ends or `most` lines have come.
fn listen(child: &mut Child, out: &mut impl BufRead, most: usize) -> Vec<Line> {
    let mut heard = Vec::new();
    let mut line = String::new();
    while heard.len() < most {
        line.clear();
        if out.read_line(&mut line).unwrap() == 0 {
            child.wait().unwrap();
            break;
        }
        heard.extend(Line::parse(line.trim_end_matches('\n')));
    }
    heard
}

/// How many records each key has in the ledger.
fn counts(store: &SqliteStore) -> HashMap<Uuid, u64> {
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

/// Every acknowledged append is there, whole and in its place.
fn all_there(store: &SqliteStore, acks: &[Line]) -> HashMap<Uuid, u64> {
    verify(store).unwrap();
    let counts = counts(store);
    for ack in acks {
        let Line::Ack(k, version, position) = *ack else { continue };
        let receipt = store.recall(key(k)).unwrap().unwrap_or_else(|| panic!("{ack:?} was lost"));
        assert_eq!((receipt.version, receipt.position.number(), receipt.repeated), (version, position, true));
        assert!(counts.contains_key(&key(k)));
    }
    counts
}

/// Invariant 9: acknowledged means durable, and the same key means the same answer, whenever the writer dies.
///
/// `SANZI_FAULT_ROUNDS` sets how often it does; 25 unless told.
#[test]
fn invariant_9_a_killed_writer_loses_nothing_acknowledged() {
    let rounds: u64 = std::env::var("SANZI_FAULT_ROUNDS").map_or(25, |rounds| rounds.parse().unwrap());
    let mut random = Random(16);
    let (mut heard, mut unheard) = (0, 0);
    let (mut ledger, mut acks) = (fresh(), Vec::new());
    for round in 0..rounds {
        if round % 10 == 0 {
            (ledger, acks) = (fresh(), Vec::new());
        }
        let mut child = spawn("many", &ledger.1, round, None);
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = listen(&mut child, &mut out, random.below(120) as usize);
        child.kill().unwrap();
        lines.extend(listen(&mut child, &mut out, usize::MAX));
        child.wait().unwrap();
        heard += lines.len();
        acks.extend(lines);

        let store = SqliteStore::open(&ledger.1, org()).unwrap();
        let counts = all_there(&store, &acks);
        for (by, count) in &counts {
            let k = u64::try_from(by.as_u128() & u128::from(u64::MAX)).unwrap();
            assert_eq!(*count, size(k), "a batch is whole");
            unheard += usize::from(!acks.iter().any(|ack| matches!(ack, Line::Ack(acked, ..) if *acked == k)));
            assert!(store.recall(*by).unwrap().is_some(), "what is there has its receipt");
        }
        for ack in acks.iter().rev().take(8) {
            let Line::Ack(k, version, position) = *ack else { panic!("{ack:?}") };
            let id = case(k >> 24 & 0xff);
            match store.append(&batch(id, tip(&store, id), key(k), size(k))).unwrap() {
                Answer::Appended(again) => assert_eq!((again.version, again.position.number(), again.repeated), (version, position, true)),
                other => panic!("{other:?}"),
            }
        }
        verify(&store).unwrap();
    }
    println!("{rounds} kills: {heard} acknowledged appends, none lost; {unheard} sightings of appends whose answer was cut off");
}

#[test]
fn two_processes_share_the_versions() {
    let (_folder, path, store) = fresh();
    let mut children: Vec<Child> = (1..=2).map(|racer| spawn("race", &path, racer, None)).collect();
    let mut lines = Vec::new();
    for child in &mut children {
        let mut out = BufReader::new(child.stdout.take().unwrap());
        lines.extend(listen(child, &mut out, usize::MAX));
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(lines.len(), 120);
    let counts = all_there(&store, &lines);
    assert_eq!(counts.len(), 120, "exactly one winner for each version");
    let total: u64 = counts.values().sum();
    assert_eq!(tip(&store, case(0)).version, total);
}

/// A limit on the size of files stands for the full disk: nobody needs rights or preparation to set it.
#[cfg(unix)]
#[test]
fn a_full_disk_loses_nothing_acknowledged() {
    let (mut gone, mut unknown, mut failed) = (0, 0, 0);
    for (round, blocks) in [(1, 400), (2, 401), (3, 700), (4, 1_003), (5, 1_500)] {
        let (_folder, path, store) = fresh();
        append(&store, case(round), key(round), 1, sanzi::store::Claim::None);
        drop(store);
        let mut child = spawn("fill", &path, round, Some(&format!("trap '' XFSZ; ulimit -f {blocks}")));
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let lines = listen(&mut child, &mut out, usize::MAX);
        assert!(lines.iter().any(|line| !matches!(line, Line::Ack(..))), "it was full");
        let store = SqliteStore::open(&path, org()).unwrap();
        let counts = all_there(&store, &lines);
        for line in &lines {
            match *line {
                Line::Ack(..) => {}
                Line::Gone(k) => (gone, _) = (gone + 1, assert!(!counts.contains_key(&key(k)), "recalled as not appended")),
                Line::Failed(k) => (failed, _) = (failed + 1, assert!(!counts.contains_key(&key(k)), "failed, so nothing was appended")),
                Line::Unknown(k) => {
                    unknown += 1;
                    let there = store.recall(key(k)).unwrap();
                    assert_eq!(there.is_some(), counts.contains_key(&key(k)), "it can be found out later");
                }
            }
        }
        append(&store, case(round), key(99), 3, sanzi::store::Claim::None);
        verify(&store).unwrap();
    }
    println!("full disk: {gone} recalled as gone, {unknown} unknown until later, {failed} failed at once");
    assert!(gone + unknown > 0, "a commit has failed");
}

/// While another program holds the file, the answer is "busy", and nothing is lost by trying again.
#[test]
fn busy_is_told_apart() {
    use sanzi::store::{StoreError, Unavailable, sqlite::rusqlite};
    let (_folder, path, store) = fresh();
    let store = store.waiting(std::time::Duration::ZERO);
    let sent = batch(case(1), sanzi::ledger::Tip::START, key(1), 1);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(store.append(&sent), Err(StoreError::Unavailable(Unavailable::Busy)));
    assert_eq!(store.read(case(1)).unwrap(), [], "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(matches!(store.append(&sent).unwrap(), Answer::Appended(_)));
}

/// The store can be given to threads, and one that stopped half way leaves it usable.
#[test]
fn a_thread_that_stops_does_no_harm() {
    let (_folder, _path, store) = fresh();
    let store: Arc<SqliteStore> = Arc::new(store);
    let other = Arc::clone(&store);
    let stopped = std::thread::spawn(move || {
        append(&*other, case(1), key(1), 1, sanzi::store::Claim::None);
        panic!("stopped on purpose");
    });
    assert!(stopped.join().is_err());
    let request = Append { request: Digest::of_bytes(b"other"), ..batch(case(2), sanzi::ledger::Tip::START, key(2), 1) };
    assert!(matches!(store.append(&request).unwrap(), Answer::Appended(_)));
}
