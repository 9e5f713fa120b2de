//! Eight processes with two stores each on one ledger, appending to the same cases: one winner for each version, and a linearizable
//! history.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use sanzi::store::{Answer, Position, SqliteStore, Store};

use super::child::{Line, say, spawn, wait_for_word};
use super::history::{Call, Entry, Said, What, check};
use super::ledger::{Random, batch, case, fresh, key, number, org, size, tip, told, whole};

const PROCESSES: u64 = 8;
/// How many stores a process opens, each used by a thread of its own.
const STORES: u64 = 2;
const CASES: u64 = 3;

/// How a process opens the ledger that all share. Another store is another line here, and another test below.
fn store_at(place: &str) -> Box<dyn Store> {
    match place.split_once(':') {
        Some(("sqlite", path)) => Box::new(SqliteStore::open(path, org()).unwrap().waiting(Duration::from_secs(120))),
        #[cfg(feature = "postgres")]
        Some(("postgres", dsn)) => {
            use sanzi::store::{PostgresStore, postgres::Settings};
            let settings = Settings { connections: 2, deadline: Duration::from_secs(120) };
            Box::new(PostgresStore::with(dsn, org(), settings).unwrap())
        }
        _ => panic!("{place}"),
    }
}

/// Nanoseconds of a clock that runs evenly, and is the same for all processes.
fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap()
}

/// One of the processes: so many calls on each of its stores, each told to the parent with its answer.
pub fn work(place: &str, process: u64, calls: u64) {
    let stores: Vec<_> = (0..STORES).map(|_| store_at(place)).collect();
    say("ready", &[]);
    wait_for_word();
    std::thread::scope(|scope| {
        for (store, caller) in stores.iter().zip(process * STORES..) {
            scope.spawn(move || ask(&**store, caller, calls));
        }
    });
}

/// One of the callers, on a store of its own.
fn ask(store: &dyn Store, caller: u64, calls: u64) {
    let mut random = Random(caller);
    let mut tips = (0..CASES).map(|n| tip(store, case(n))).collect::<Vec<_>>();
    for n in 0..calls {
        let on = random.below(CASES);
        let at = usize::try_from(on).unwrap();
        let k = caller << 32 | n;
        // Half of the appends are made on what was known long ago.
        match random.below(10) {
            0..6 => {
                let sent = batch(case(on), tips[at], k);
                let called = now();
                let answer = store.append(&sent).unwrap();
                let returned = now();
                let said = match answer {
                    Answer::Appended(receipt) => {
                        assert!(!receipt.repeated);
                        tips[at] = sanzi::ledger::Tip::of(sent.records.last().unwrap());
                        [1, receipt.version, receipt.position.number()]
                    }
                    Answer::Conflict { actual } => [2, actual, 0],
                    other => panic!("{other:?}"),
                };
                say("append", &[called, returned, on, k, sent.expected, said[0], said[1], said[2]]);
            }
            6..8 => {
                let called = now();
                let end = tip(store, case(on));
                say("read", &[called, now(), on, end.version]);
                tips[at] = end;
            }
            8 => {
                let called = now();
                let last = store.last().unwrap();
                say("last", &[called, now(), last.number()]);
            }
            _ => {
                let k = random.below(PROCESSES * STORES) << 32 | n.saturating_sub(random.below(4));
                let called = now();
                let found = store.recall(key(k)).unwrap();
                let (there, version, position) = found.map_or((0, 0, 0), |found| (1, found.version, found.position.number()));
                say("recall", &[called, now(), k, there, version, position]);
            }
        }
    }
}

fn call(line: &Line) -> Option<Call> {
    let (called, returned, what) = match (line.what.as_str(), line.numbers.as_slice()) {
        ("append", [called, returned, case, k, expected, said, a, b]) => {
            let answer = if *said == 1 { Said::Appended { version: *a, position: *b } } else { Said::Conflict { actual: *a } };
            (called, returned, What::Append { case: *case, k: *k, expected: *expected, answer })
        }
        ("read", [called, returned, case, version]) => (called, returned, What::Read { case: *case, version: *version }),
        ("last", [called, returned, position]) => (called, returned, What::Last { position: *position }),
        ("recall", [called, returned, k, there, version, position]) => {
            (called, returned, What::Recall { k: *k, found: (*there == 1).then_some((*version, *position)) })
        }
        ("ready", []) => return None,
        _ => panic!("{line:?}"),
    };
    Some(Call { called: *called, returned: *returned, what })
}

/// The appends of a ledger, in order of position.
fn entries(store: &dyn Store) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let at_case = |id| (0..CASES).find(|n| case(*n) == id).unwrap();
    for (position, record) in store.scan(Position::START, usize::MAX).unwrap() {
        let body: serde_json::Value = record.body().unwrap();
        let k = number(body["by"].as_str().unwrap().parse().unwrap());
        let (version, position) = (record.version(), position.number());
        match entries.last_mut() {
            Some(entry) if entry.k == k => (entry.version, entry.position) = (version, position),
            _ => entries.push(Entry { k, case: at_case(record.case()), from: version - 1, version, position }),
        }
    }
    entries
}

/// Has the processes work on the ledger at this place, and checks what they were told.
fn share(place: &str, calls: u64) {
    let start = |process: u64| spawn(&[], &["share", place, &process.to_string(), &calls.to_string()]);
    let mut children: Vec<_> = (0..PROCESSES).map(start).collect();
    for child in &mut children {
        assert_eq!(child.next().map(|line| line.what), Some("ready".to_owned()));
    }
    children.iter_mut().for_each(|child| child.go());
    let mut history: Vec<Call> = Vec::new();
    for child in children {
        let (lines, well) = child.end();
        assert!(well, "a process has failed; SANZI_FAULTS_STDERR=1 shows why");
        history.extend(lines.iter().filter_map(call));
    }
    assert_eq!(history.len() as u64, PROCESSES * STORES * calls);
    let store = store_at(place);
    whole(&*store);
    let entries = entries(&*store);
    assert!(entries.iter().all(|entry| entry.version - entry.from == size(entry.k)), "no other append between a batch's records");
    check(&history, &entries).unwrap();

    let conflicts = history.iter().filter(|call| matches!(call.what, What::Append { answer: Said::Conflict { .. }, .. })).count();
    history.sort_by_key(|call| call.called);
    let together = history.windows(2).filter(|pair| pair[1].called < pair[0].returned).count();
    let (appended, all) = (entries.len(), history.len());
    println!(
        "{PROCESSES} processes, {STORES} stores each, {all} calls: {appended} appended, {conflicts} conflicts, {together} begun while another ran"
    );
    assert!(conflicts > 20 && appended > 20 && together > 20, "they have met");
    // The checker must see it if one answer is changed.
    let first = entries.first().unwrap();
    let late = history.last().unwrap().returned;
    history.push(Call { called: late + 1, returned: late + 2, what: What::Read { case: first.case, version: first.from } });
    assert!(check(&history, &entries).is_err(), "a stale read is seen");
}

#[test]
fn eight_processes_on_one_file_are_linearizable() {
    let (_folder, path) = fresh();
    share(&format!("sqlite:{}", path.display()), told("SANZI_FAULTS_CALLS", 30));
}

#[cfg(feature = "postgres")]
#[test]
fn eight_processes_on_one_database_are_linearizable() {
    let place = super::postgres::server::shared().place(sanzi::store::postgres::Order::Free);
    share(&format!("postgres:{}", place.dsn("app")), told("SANZI_FAULTS_CALLS", 30));
}
