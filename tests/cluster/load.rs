//! Writers, and their log outside of the cluster of what was acknowledged.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sanzi::ledger::{KeyName, Record, Scheme, SecretKey, Signer, Tip};
use sanzi::store::postgres::Settings;
use sanzi::store::{Answer, Append, BatchFlaw, InvalidStore, Log, LogError, PostgresStore, Receipt, Refusal, Store, StoreError};
use sanzi::value::{CaseId, Digest, OrgId};
use uuid::Uuid;

use super::cluster::{Cluster, until};

pub(crate) fn orgs() -> [OrgId; 2] {
    ["dongtang", "nanjiao"].map(|org| OrgId::new(org).unwrap())
}

/// `count` records after `tip`, their bodies naming the key and how many they are.
pub(crate) fn batch(org: OrgId, case: CaseId, tip: Tip, key: Uuid, count: usize) -> Append {
    let mut records: Vec<Record> = Vec::new();
    for _ in 0..count {
        let body = serde_json::json!({"by": key, "of": count});
        let record = match records.last() {
            Some(last) => last.next(&body),
            None => Record::seal(org, case, tip.version + 1, tip.hash, &body),
        };
        records.push(record.unwrap());
    }
    Append::new(case, tip.version, key, Digest::of_bytes(key.as_bytes()), records)
}

pub(crate) fn tip(store: &dyn Store, case: CaseId) -> Result<Tip, StoreError> {
    Ok(store.read(case)?.last().map_or(Tip::START, Tip::of))
}

/// One acknowledged append.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ack {
    pub org: OrgId,
    pub key: Uuid,
    pub receipt: Receipt,
    pub at: Instant,
    /// It was told by `recall`, not by the append itself.
    pub recalled: bool,
}

#[derive(Default)]
pub(crate) struct Journal {
    pub acks: Vec<Ack>,
    /// Keys of which the store said that nothing was appended.
    pub absent: Vec<(OrgId, Uuid)>,
    pub tried: u64,
    conflicts: u64,
    unavailable: u64,
    stale: u64,
    indeterminate: u64,
    seals: u64,
    pub broken_seals: u64,
}

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recalled = self.acks.iter().filter(|ack| ack.recalled).count();
        let Journal { acks, tried, conflicts, unavailable, stale, indeterminate, seals, .. } = self;
        let acks = acks.len();
        write!(
            f,
            "{tried} appends tried: {acks} acknowledged, {conflicts} conflicts, {unavailable} not available, {stale} after what only a former leader had; {indeterminate} indeterminate, of \
             which {recalled} had been committed; {seals} checkpoints"
        )
    }
}

struct Shared {
    stores: Vec<PostgresStore>,
    journal: Mutex<Journal>,
    acknowledged: AtomicU64,
    stop: AtomicBool,
}

pub(crate) struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// Three for each organisation: one on cases of its own, two that meet in the same ones.
const WRITERS: u64 = 6;

/// Then the next case: nobody reads long ones here.
const LONG: u64 = 40;

impl Load {
    pub(crate) fn start(cluster: &Cluster) -> Load {
        let settings = Settings { connections: 4, deadline: Duration::from_secs(3) };
        let stores = orgs().map(|org| PostgresStore::with(&cluster.dsn("app"), org, settings).unwrap());
        let shared = Arc::new(Shared {
            stores: stores.into(),
            journal: Mutex::default(),
            acknowledged: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        let writers = (0..WRITERS).map(|writer| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.write(writer))
        });
        let sealers = (0..2).map(|place| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.seal(place))
        });
        let threads = writers.chain(sealers).collect();
        Load { shared, threads }
    }

    pub(crate) fn store(&self, place: usize) -> &PostgresStore {
        &self.shared.stores[place]
    }

    pub(crate) fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::Acquire)
    }

    /// Waits until every writer could have been acknowledged several times more.
    pub(crate) fn goes_on(&self) {
        let due = self.acknowledged() + 10 * WRITERS;
        until("writes go on", || self.acknowledged() >= due);
    }

    /// How long ago the last acknowledgement was.
    pub(crate) fn pause_now(&self) -> Duration {
        self.shared.journal.lock().unwrap().acks.iter().map(|ack| ack.at).max().map_or(Duration::ZERO, |at| at.elapsed())
    }

    /// The longest time without an acknowledgement in a span.
    pub(crate) fn pause(&self, from: Instant, to: Instant) -> Duration {
        let mut times: Vec<Instant> = self.shared.journal.lock().unwrap().acks.iter().map(|ack| ack.at).collect();
        times.retain(|at| (from..to).contains(at));
        times.extend([from, to]);
        times.sort();
        times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// Lets every writer find out about its last append, and ends.
    pub(crate) fn stop(self) -> Journal {
        self.shared.stop.store(true, Ordering::Release);
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
        std::mem::take(&mut *self.shared.journal.lock().unwrap())
    }
}

impl Shared {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn journal(&self, write: impl FnOnce(&mut Journal)) {
        write(&mut self.journal.lock().unwrap());
    }

    fn write(&self, writer: u64) {
        let store = &self.stores[usize::try_from(writer % 2).unwrap()];
        let (mut part, mut n) = (0_u64, 0_usize);
        while !self.stopped() {
            // Writers 2 to 5 meet, two by two, in the cases of number 2 and 3.
            let case = CaseId::new(Uuid::from_u128(u128::from(writer.min(2 + writer % 2)) << 64 | u128::from(part)));
            let Ok(end) = tip(store, case) else {
                pause();
                continue;
            };
            if end.version >= LONG {
                part += 1;
                continue;
            }
            n += 1;
            self.append(store, &batch(store.org(), case, end, Uuid::new_v4(), 1 + n % 3));
            pause();
        }
    }

    fn append(&self, store: &PostgresStore, sent: &Append) {
        let (org, key) = (store.org(), sent.key);
        self.journal(|journal| journal.tried += 1);
        let (found, recalled) = match store.append(sent) {
            Ok(Answer::Appended(receipt)) => (Some(receipt), false),
            Ok(Answer::Indeterminate { .. }) => {
                self.journal(|journal| journal.indeterminate += 1);
                (resolved(store, key), true)
            }
            Ok(Answer::Conflict { .. }) => {
                self.journal(|journal| journal.conflicts += 1);
                (None, false)
            }
            Err(StoreError::Unavailable(_)) => {
                self.journal(|journal| journal.unavailable += 1);
                (None, false)
            }
            // It follows a record that a former leader has shown, and nobody else has.
            Ok(Answer::Refused(Refusal::Malformed(BatchFlaw::Chain(_)))) => {
                self.journal(|journal| journal.stale += 1);
                (None, false)
            }
            other => panic!("{other:?}"),
        };
        self.journal(|journal| match found {
            Some(receipt) => journal.acks.push(Ack { org, key, receipt, at: Instant::now(), recalled }),
            None => journal.absent.push((org, key)),
        });
        self.acknowledged.fetch_add(u64::from(found.is_some()), Ordering::AcqRel);
    }

    /// Signs a checkpoint again and again, each over the last one.
    fn seal(&self, place: usize) {
        let store = &self.stores[place];
        let signer = SecretKey::generate(KeyName::new("example.org/sanzi").unwrap(), Scheme::Ed25519).unwrap();
        let log = Log::new(store, signer.public().name().clone());
        let mut last = None;
        let mut done = false;
        // One more at the end, when everything stands still.
        while !done {
            let stopped = self.stopped();
            match log.seal(&signer, last.as_ref()) {
                Ok(note) => {
                    self.journal(|journal| journal.seals += 1);
                    last = Some(note);
                    done = stopped;
                }
                Err(LogError::Store(StoreError::Unavailable(_))) => {}
                // A former leader that does not know it yet has other records than the one where the checkpoint is to be kept, or
                // than the last one had. It stays so only where records were lost.
                Err(LogError::CutOff { .. } | LogError::Store(StoreError::Invalid(InvalidStore::Guarded { .. }))) if !stopped => {}
                Err(LogError::CutOff { .. } | LogError::Rewritten { .. }) => {
                    self.journal(|journal| journal.broken_seals += 1);
                    done = true;
                }
                Err(other) => panic!("{other}"),
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

/// What became of it, as soon as somebody can tell.
fn resolved(store: &PostgresStore, key: Uuid) -> Option<Receipt> {
    loop {
        match store.recall(key) {
            Ok(found) => return found,
            Err(StoreError::Unavailable(_)) => pause(),
            Err(other) => panic!("{other}"),
        }
    }
}

/// So that the load leaves something of a small machine to the cluster.
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
