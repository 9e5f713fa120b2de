//! Connections, each owned by a thread of its own, so that a caller comes back at its deadline whatever the server does.
//!
//! A caller puts an errand into the queue and waits. Which of the two it finds at its deadline decides what it may say: not yet
//! sent, so nothing has happened; or sent, and nobody knows. Then the thread is given up together with its connection, and
//! another takes its place. Appends to one ledger that wait together go together, in one transaction.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::append::together;
use super::session::{Backend, Connect, Session};
use crate::store::{Answer, Append, StoreError, Unavailable};
use crate::value::OrgId;

pub(super) type Outcome = Result<Answer, StoreError>;

/// The most batches in one transaction, and about how many bytes after which no more are taken along.
const MOST: usize = 64;
const ENOUGH: usize = 4 << 20;

/// Nothing in this file leaves a lock's content half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Threads with connections, and what waits for them.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({} connections)", self.shared.count)
    }
}

struct Shared {
    queue: Mutex<Queue>,
    called: Condvar,
    connect: Connect,
    count: usize,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Errand>,
    /// Ledgers that some thread appends to now: what else comes for them waits, and then goes together.
    writing: Vec<OrgId>,
    closed: bool,
}

enum Errand {
    Append(Arc<Sent>),
    Other(Box<dyn Task>),
}

/// An append and the place for its outcome.
struct Sent {
    org: OrgId,
    batch: Append,
    slot: Slot<Outcome>,
}

/// Something that is not an append, with a result of its own type.
trait Task: Send {
    fn fail(&self, error: StoreError);
    /// Runs it, unless its caller has gone. With `last` false it may be handed back to be run again on another connection.
    fn run(&self, session: &mut Session, run: &Arc<Run>, last: bool) -> Ran;
}

/// What became of a task on a connection.
enum Ran {
    /// The thread goes on.
    Done,
    /// Its caller has given it up, together with the thread.
    GivenUp,
    /// The connection had died since its last use: the task can be run again on a fresh one.
    Again,
}

impl Ran {
    const fn told(there: bool) -> Ran {
        if there { Ran::Done } else { Ran::GivenUp }
    }
}

/// One use of a connection. Whoever gives it up first has it replaced.
struct Run {
    lost: AtomicBool,
    backend: Backend,
}

impl Run {
    fn of(session: &Session) -> Arc<Run> {
        Arc::new(Run { lost: AtomicBool::new(false), backend: session.backend() })
    }
}

enum Turn<T> {
    Waiting,
    Sent(Arc<Run>),
    Done(T),
    GivenUp,
}

struct Slot<T> {
    turn: Mutex<Turn<T>>,
    told: Condvar,
}

enum Waited<T> {
    Done(T),
    /// It was never sent.
    NotSent,
    /// It was sent, and there is no answer.
    Lost(Arc<Run>),
}

impl<T> Slot<T> {
    fn new() -> Slot<T> {
        Slot { turn: Mutex::new(Turn::Waiting), told: Condvar::new() }
    }

    /// Whether the caller still waits; from now on it counts as sent, on the connection of this run.
    fn begin(&self, run: &Arc<Run>) -> bool {
        let mut turn = lock(&self.turn);
        let waits = matches!(*turn, Turn::Waiting | Turn::Sent(_));
        if waits {
            *turn = Turn::Sent(Arc::clone(run));
        }
        waits
    }

    /// Whether the caller was still there.
    fn done(&self, value: T) -> bool {
        let mut turn = lock(&self.turn);
        if matches!(*turn, Turn::GivenUp) {
            return false;
        }
        *turn = Turn::Done(value);
        drop(turn);
        self.told.notify_one();
        true
    }

    fn wait(&self, until: Instant) -> Waited<T> {
        let mut turn = lock(&self.turn);
        loop {
            if matches!(*turn, Turn::Done(_))
                && let Turn::Done(value) = std::mem::replace(&mut *turn, Turn::GivenUp)
            {
                return Waited::Done(value);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return match std::mem::replace(&mut *turn, Turn::GivenUp) {
                    Turn::Sent(run) => Waited::Lost(run),
                    _ => Waited::NotSent,
                };
            }
            turn = self.told.wait_timeout(turn, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

struct Call<T, F> {
    work: Mutex<F>,
    /// Whether doing it twice is the same as doing it once.
    repeats: bool,
    slot: Arc<Slot<Result<T, StoreError>>>,
}

impl<T: Send, F: FnMut(&mut Session) -> Result<T, StoreError> + Send> Task for Call<T, F> {
    fn fail(&self, error: StoreError) {
        self.slot.done(Err(error));
    }

    fn run(&self, session: &mut Session, run: &Arc<Run>, last: bool) -> Ran {
        if !self.slot.begin(run) {
            return Ran::Done;
        }
        let result = (*lock(&self.work))(session);
        if matches!(result, Err(StoreError::Unavailable(Unavailable::System(_)))) {
            session.distrust();
            if self.repeats && !last {
                return Ran::Again;
            }
        }
        Ran::told(self.slot.done(result))
    }
}

impl Pool {
    pub(super) fn start(connect: Connect, count: usize) -> Pool {
        let count = count.max(1);
        let shared = Arc::new(Shared { queue: Mutex::default(), called: Condvar::new(), connect, count });
        (0..count).for_each(|_| spawn(&shared));
        Pool { shared }
    }

    /// Appends. Comes back at the deadline: indeterminate if it was sent, unavailable if not.
    pub(super) fn append(&self, org: OrgId, batch: &Append, deadline: Duration) -> Outcome {
        let until = later(deadline);
        let sent = Arc::new(Sent { org, batch: batch.clone(), slot: Slot::new() });
        self.put(Errand::Append(Arc::clone(&sent)));
        match sent.slot.wait(until) {
            Waited::Done(outcome) => outcome,
            Waited::NotSent => Err(too_late()),
            Waited::Lost(run) => {
                self.replace(&run);
                Ok(Answer::Indeterminate { key: batch.key })
            }
        }
    }

    /// Runs `work` on some connection. Comes back at the deadline. What `repeats` without harm is done once more on a fresh
    /// connection where an old one proves to be dead.
    pub(super) fn call<T, F>(&self, deadline: Duration, repeats: bool, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Session) -> Result<T, StoreError> + Send + 'static,
    {
        let until = later(deadline);
        let slot = Arc::new(Slot::new());
        self.put(Errand::Other(Box::new(Call { work: Mutex::new(work), repeats, slot: Arc::clone(&slot) })));
        match slot.wait(until) {
            Waited::Done(result) => result,
            Waited::NotSent => Err(too_late()),
            Waited::Lost(run) => {
                self.replace(&run);
                Err(too_late())
            }
        }
    }

    fn put(&self, errand: Errand) {
        lock(&self.shared.queue).waiting.push_back(errand);
        self.shared.called.notify_one();
    }

    fn replace(&self, run: &Run) {
        if !run.lost.swap(true, Ordering::AcqRel) {
            self.shared.connect.lost().add(run.backend.clone());
            spawn(&self.shared);
        }
    }
}

impl Drop for Pool {
    /// Threads end when they are free. One that waits for a frozen server ends when that answers or is gone.
    fn drop(&mut self) {
        lock(&self.shared.queue).closed = true;
        self.shared.called.notify_all();
    }
}

fn later(deadline: Duration) -> Instant {
    // A deadline beyond the clock's end is as good as a day.
    let now = Instant::now();
    now.checked_add(deadline).or_else(|| now.checked_add(Duration::from_secs(86_400))).unwrap_or(now)
}

fn too_late() -> StoreError {
    Unavailable::System("the server did not answer in time".to_owned()).into()
}

fn spawn(shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    // Where no thread can be had, callers come back at their deadline.
    let _ = std::thread::Builder::new().name("sanzi-postgres".to_owned()).spawn(move || shared.work());
}

impl Shared {
    fn work(&self) {
        let mut session = None;
        while let Some(errand) = self.next() {
            let used = session.is_some();
            let connected = match self.ready(&mut session) {
                Ok(connected) => connected,
                Err(error) => {
                    self.fail(errand, error);
                    continue;
                }
            };
            let mut run = Run::of(connected);
            let mut ran = match &errand {
                Errand::Append(first) => self.append(connected, Arc::clone(first), &run),
                Errand::Other(task) => task.run(connected, &run, !used),
            };
            if let (Ran::Again, Errand::Other(task)) = (&ran, &errand) {
                if run.lost.load(Ordering::Acquire) {
                    return;
                }
                match self.ready(&mut session) {
                    Ok(connected) => {
                        run = Run::of(connected);
                        ran = task.run(connected, &run, true);
                    }
                    Err(error) => {
                        task.fail(error);
                        continue;
                    }
                }
            }
            if matches!(ran, Ran::GivenUp) || run.lost.load(Ordering::Acquire) {
                return;
            }
        }
    }

    fn fail(&self, errand: Errand, error: StoreError) {
        match errand {
            Errand::Append(sent) => {
                sent.slot.done(Err(error));
                self.written(sent.org);
            }
            Errand::Other(task) => task.fail(error),
        }
    }

    /// The connection, made or made again where there is none that works.
    fn ready<'s>(&self, session: &'s mut Option<Session>) -> Result<&'s mut Session, StoreError> {
        if !session.as_mut().is_some_and(Session::works) {
            // Dropped first: a server may have no room for another one.
            *session = None;
            *session = Some(Session::open(&self.connect)?);
        }
        session.as_mut().ok_or_else(too_late)
    }

    /// Waits for something to do; `None` when the pool is closed.
    fn next(&self) -> Option<Errand> {
        let mut queue = lock(&self.queue);
        loop {
            if queue.closed {
                return None;
            }
            let free = |errand: &Errand, writing: &[OrgId]| match errand {
                Errand::Append(sent) => !writing.contains(&sent.org),
                Errand::Other(_) => true,
            };
            let place = queue.waiting.iter().position(|errand| free(errand, &queue.writing));
            if let Some(errand) = place.and_then(|place| queue.waiting.remove(place)) {
                if let Errand::Append(sent) = &errand {
                    queue.writing.push(sent.org);
                }
                return Some(errand);
            }
            queue = self.called.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Everything that waits to be appended to the same ledger, `first` first.
    fn companions(&self, first: Arc<Sent>) -> Vec<Arc<Sent>> {
        let org = first.org;
        let bytes = |sent: &Sent| sent.batch.records.iter().fold(0_usize, |sum, record| sum.saturating_add(record.bytes().len()));
        let mut size = bytes(&first);
        let mut group = vec![first];
        let mut queue = lock(&self.queue);
        let mut rest = VecDeque::with_capacity(queue.waiting.len());
        for errand in queue.waiting.drain(..) {
            match errand {
                Errand::Append(sent) if sent.org == org && group.len() < MOST && size < ENOUGH => {
                    size = size.saturating_add(bytes(&sent));
                    group.push(sent);
                }
                other => rest.push_back(other),
            }
        }
        queue.waiting = rest;
        group
    }

    fn written(&self, org: OrgId) {
        let mut queue = lock(&self.queue);
        if let Some(place) = queue.writing.iter().position(|held| *held == org) {
            queue.writing.swap_remove(place);
        }
        drop(queue);
        // Somebody may have passed over an append to this ledger.
        self.called.notify_all();
    }

    /// Appends a group.
    fn append(&self, session: &mut Session, first: Arc<Sent>, run: &Arc<Run>) -> Ran {
        let org = first.org;
        let mut group = self.companions(first);
        group.retain(|sent| sent.slot.begin(run));
        let batches: Vec<&Append> = group.iter().map(|sent| &sent.batch).collect();
        let outcomes = together(session, org, &batches);
        self.written(org);
        let told: Vec<bool> = group.iter().zip(outcomes).map(|(sent, outcome)| sent.slot.done(outcome)).collect();
        Ran::told(told.into_iter().all(|there| there))
    }
}
