//! Writers that are killed with SIGKILL: at named points of an append, and at random moments, while others write.
//!
//! At a named point the child says where it is and waits; the parent kills it there. The points inside SQLite are its own hooks, on a
//! connection of the child's that appends by `append_in`: nothing of this is in the crate.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};

use sanzi::ledger::Tip;
use sanzi::store::sqlite::append_in;
use sanzi::store::sqlite::rusqlite::{Connection, TransactionBehavior};
use sanzi::store::{Answer, Receipt, SqliteStore, Store};

use super::child::{Started, say, spawn, wait_for_word};
use super::ledger::{Random, batch, case, fresh, key, open, org, tip, told, whole};

/// Where an append can be killed, in its order.
const POINTS: [&str; 8] = [
    "before begin",
    "after begin",
    "after the first row",
    "after the last row",
    "in commit, before it writes",
    "in commit, after it is on the disk",
    "after commit, before the reply",
    "after the reply",
];
/// From this point on the append is in the ledger.
const DURABLE: usize = 5;
const SLOTS: u64 = 3;
/// Kills on one ledger.
const EACH: u64 = 18;

/// Says where it is, and waits to be killed.
fn stop(point: usize, k: u64, expected: u64) {
    say("at", &[point as u64, k, expected]);
    wait_for_word();
    panic!("nobody has killed it");
}

/// A child that stops at a point of its append number `count`, after finishing those before.
pub fn stopping(path: &str, point: usize, incarnation: u64, count: u64) {
    let slot = case(100 + incarnation % SLOTS);
    let mut end = tip(&open(Path::new(path)), slot);
    let mut conn = Connection::open(path).unwrap();
    conn.busy_timeout(Duration::from_secs(60)).unwrap();
    conn.execute_batch("PRAGMA synchronous = FULL").unwrap();
    for n in 0..=count {
        let k = incarnation << 32 | n;
        let sent = batch(slot, end, k);
        let (expected, last) = (sent.expected, n == count);
        let here = |at: usize| {
            if last && at == point {
                stop(at, k, expected);
            }
        };
        if last && point == 2 {
            let first = move |_, _: &str, table: &str, _| {
                if table == "sanzi_record" {
                    stop(2, k, expected)
                }
            };
            conn.update_hook(Some(first)).unwrap();
        }
        if last && point == 4 {
            let writes = move || {
                stop(4, k, expected);
                false
            };
            conn.commit_hook(Some(writes)).unwrap();
        }
        if last && point == 5 {
            let written = move |_: &mut _, _| {
                stop(5, k, expected);
                Ok(())
            };
            conn.wal_hook(Some(written)).unwrap();
        }
        here(0);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        here(1);
        let Answer::Appended(Receipt { version, position, .. }) = append_in(&tx, org(), &sent).unwrap() else { panic!() };
        here(3);
        tx.commit().unwrap();
        here(6);
        say("ack", &[k, version, position.number()]);
        here(7);
        end = Tip::of(sent.records.last().unwrap());
    }
}

/// A child that appends until it is killed, by two threads: one on a case of all, one on a case that it may share.
pub fn writing(path: &str, incarnation: u64) {
    let store = &open(Path::new(path)).waiting(Duration::from_secs(60));
    std::thread::scope(|scope| {
        for thread in 0..2 {
            scope.spawn(move || {
                let on = if thread == 0 { case(0) } else { case(200 + incarnation % SLOTS) };
                for n in 0_u64.. {
                    let k = incarnation << 32 | thread << 24 | n;
                    match store.append(&batch(on, tip(store, on), k)).unwrap() {
                        Answer::Appended(receipt) => say("ack", &[k, receipt.version, receipt.position.number()]),
                        Answer::Conflict { .. } => {}
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
    });
}

/// What was seen.
#[derive(Default)]
struct Figures {
    kills: BTreeMap<&'static str, u64>,
    acknowledged: u64,
    /// Appends that were stopped at a named point, and are in the ledger, or are not.
    kept: u64,
    gone: u64,
    recoveries: u64,
    unheard: usize,
    records: u64,
}

impl Figures {
    fn all(&self) -> u64 {
        self.kills.values().sum()
    }
}

struct Run {
    random: Random,
    figures: Figures,
    incarnation: u64,
    rounds: u64,
    /// The acknowledged appends of the present ledger: number, version, position.
    acks: Vec<[u64; 3]>,
    acked: HashSet<u64>,
}

impl Run {
    fn start(&mut self, path: &Path, slot: u64) -> Started {
        self.incarnation += 1;
        let number = (self.incarnation * SLOTS + slot).to_string();
        spawn(&[], &["writing", path.to_str().unwrap(), &number])
    }

    /// Starts a child that stops, and waits until it is there.
    fn start_stopping(&mut self, path: &Path, point: usize) -> Started {
        self.incarnation += 1;
        let number = (self.incarnation * SLOTS).to_string();
        let count = self.random.below(6).to_string();
        let mut child = spawn(&[], &["stopping", path.to_str().unwrap(), &point.to_string(), &number, &count]);
        while child.next().unwrap_or_else(|| panic!("it has failed; SANZI_FAULTS_STDERR=1 shows why")).what != "at" {}
        child
    }

    /// Kills a child, and gives what it was doing if it was at a named point: point, number, and version expected.
    fn kill(&mut self, mut child: Started) -> Option<[u64; 3]> {
        assert!(child.process.try_wait().unwrap().is_none(), "it has ended by itself");
        let mut at: Option<[u64; 3]> = None;
        for line in child.kill() {
            match line.what.as_str() {
                "ack" => {
                    self.acks.push(line.number());
                    self.acked.insert(line.number::<3>()[0]);
                    self.figures.acknowledged += 1;
                }
                "at" => at = Some(line.number()),
                _ => panic!("{line:?}"),
            }
        }
        let name = at.map_or("at a random moment", |[point, ..]| POINTS[usize::try_from(point).unwrap()]);
        *self.figures.kills.entry(name).or_default() += 1;
        at
    }

    /// Lets some time pass, at most three milliseconds, so that the next kill comes at any moment.
    fn spin(&mut self) {
        let (begun, spin) = (Instant::now(), Duration::from_micros(self.random.below(3_000)));
        while begun.elapsed() < spin {
            std::hint::spin_loop();
        }
    }

    /// What has to hold after a kill.
    fn examine(&mut self, path: &Path, at: [u64; 3]) {
        let store = open(path).waiting(Duration::from_secs(60));
        let (_, counts) = whole(&store);
        for [k, version, position] in &self.acks {
            let receipt = store.recall(key(*k)).unwrap().unwrap_or_else(|| panic!("acknowledged append {k:x} was lost"));
            assert_eq!((receipt.version, receipt.position.number()), (*version, *position));
            assert!(counts.contains_key(k));
        }
        let [point, k, expected] = at;
        self.examine_point(&store, usize::try_from(point).unwrap(), k, expected);
        for at in 0..self.acks.len().min(3) {
            let [k, version, position] = self.acks[self.acks.len() - 1 - at];
            let on = store.recall(key(k)).unwrap().unwrap().case;
            let Answer::Appended(again) = store.append(&batch(on, tip(&store, on), k)).unwrap() else { panic!() };
            assert_eq!((again.version, again.position.number(), again.repeated), (version, position, true), "the same answer again");
        }
    }

    /// Whether the append in which it was killed is there, as its point says; and the same append again gives one answer for good.
    fn examine_point(&mut self, store: &SqliteStore, point: usize, k: u64, expected: u64) {
        let slot = case(100 + (k >> 32) % SLOTS);
        let found = store.recall(key(k)).unwrap();
        assert_eq!(found.is_some(), point >= DURABLE, "killed {}", POINTS[point]);
        assert_eq!(point == 7, self.acked.contains(&k));
        let records = store.read(slot).unwrap();
        let before = usize::try_from(expected).unwrap().checked_sub(1).map_or(Tip::START, |last| Tip::of(&records[last]));
        let sent = batch(slot, before, k);
        let Answer::Appended(first) = store.append(&sent).unwrap() else { panic!("killed {}", POINTS[point]) };
        let Answer::Appended(second) = store.append(&sent).unwrap() else { panic!("killed {}", POINTS[point]) };
        assert_eq!(first.repeated, point >= DURABLE);
        assert_eq!((first.version, first.position), (second.version, second.position));
        assert!(second.repeated && first.version == sent.records.last().unwrap().version());
        self.acks.push([k, first.version, first.position.number()]);
        self.acked.insert(k);
        if point >= DURABLE { self.figures.kept += 1 } else { self.figures.gone += 1 }
    }

    /// One ledger: two children that write all the time, and beside them one after the other that stops and is killed; now and then a
    /// writer too, or everyone at once.
    fn ledger(&mut self, kills: u64) {
        let (_folder, path) = fresh();
        (self.acks, self.acked) = (Vec::new(), HashSet::new());
        let mut writers: Vec<Started> = (1..SLOTS).map(|slot| self.start(&path, slot)).collect();
        let before = self.figures.all();
        while self.figures.all() - before < kills {
            let point = usize::try_from(self.rounds % POINTS.len() as u64).unwrap();
            self.rounds += 1;
            let child = self.start_stopping(&path, point);
            let at = self.kill(child).unwrap();
            let fate = self.random.below(5);
            if fate < 3 {
                self.spin();
                let unlucky = usize::try_from(self.random.below(SLOTS - 1)).unwrap();
                let writer = writers.remove(unlucky);
                self.kill(writer);
                if fate == 0 {
                    // Nobody is left who has the file open: whoever opens it next brings its log in order.
                    let other = writers.remove(0);
                    self.kill(other);
                    self.figures.recoveries += 1;
                }
            }
            self.examine(&path, at);
            while writers.len() as u64 + 1 < SLOTS {
                let slot = self.random.below(SLOTS - 1) + 1;
                writers.push(self.start(&path, slot));
            }
        }
        writers.into_iter().for_each(|writer| self.acked.extend(writer.kill().iter().map(|line| line.number::<3>()[0])));
        let (_, counts) = whole(&open(&path));
        assert!(self.acked.iter().all(|k| counts.contains_key(k)));
        self.figures.unheard += counts.keys().filter(|k| !self.acked.contains(k)).count();
        self.figures.records += counts.values().sum::<u64>();
    }
}

/// Invariant 9, with the killing where it hurts. `SANZI_FAULTS` says how many kills; 40 unless told.
#[test]
fn invariant_9_killed_at_every_point_and_at_random_moments_nothing_acknowledged_is_lost() {
    let kills = told("SANZI_FAULTS", 40);
    let mut run =
        Run { random: Random(3), figures: Figures::default(), incarnation: 0, rounds: 0, acks: Vec::new(), acked: HashSet::new() };
    while run.figures.all() < kills {
        run.ledger(EACH.min(kills - run.figures.all()));
    }
    let Figures { kills, acknowledged, kept, gone, recoveries, unheard, records } = &run.figures;
    println!("{} kills, {recoveries} times of every process at once: {kills:#?}", run.figures.all());
    println!("{records} records, {acknowledged} acknowledged appends, 0 lost; {unheard} in the ledger whose answer nobody has heard");
    println!("in hand when killed at a named point: {kept} kept, {gone} gone, each as its point says");
    assert!(POINTS.iter().all(|point| kills.contains_key(point)), "every point was met: {kills:?}");
}
