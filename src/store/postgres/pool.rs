//! Connections, lent to the threads that make the calls: nothing is handed over, and every wait has an end.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::append::together;
use super::error::Fault;
use super::session::{Connect, Session, inside_a_runtime};
use super::turns::{Turn, Turns, Waited};
use crate::store::{Answer, Append, StoreError, Unavailable};
use crate::value::OrgId;

pub(super) type Outcome = Result<Answer, StoreError>;

/// Nothing in the pool leaves a lock's content half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many connections, made when they are needed.
pub(super) struct Pool {
    connect: Connect,
    count: usize,
    shelf: Mutex<Shelf>,
    returned: Condvar,
    turns: Turns,
}

#[derive(Default)]
struct Shelf {
    idle: Vec<Session>,
    lent: usize,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({} connections)", self.count)
    }
}

/// The right to use one connection, and the connection. Ends with the place given to the next one.
struct Lease<'p> {
    pool: &'p Pool,
    session: Option<Session>,
    /// Whether the connection was used before: then it can have died since.
    used: bool,
}

impl Lease<'_> {
    /// The connection; one that works, as far as can be seen without asking the server.
    fn session(&mut self, until: Instant) -> Result<&mut Session, StoreError> {
        if !self.session.as_mut().is_some_and(|session| session.works(until)) {
            // Dropped first: a server may have no room for another one.
            self.session = None;
            self.used = false;
            self.session = Some(Session::open(&self.pool.connect, until)?);
        }
        self.session.as_mut().ok_or_else(too_late)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut shelf = lock(&self.pool.shelf);
        shelf.lent = shelf.lent.saturating_sub(1);
        let broken = match self.session.take() {
            Some(session) if session.sound() => {
                shelf.idle.push(session);
                None
            }
            other => other,
        };
        drop(shelf);
        self.pool.returned.notify_one();
        drop(broken);
    }
}

impl Pool {
    pub(super) fn new(connect: Connect, count: usize) -> Pool {
        Pool { connect, count: count.max(1), shelf: Mutex::default(), returned: Condvar::new(), turns: Turns::default() }
    }

    /// Waits for a connection that nobody uses.
    fn lend(&self, until: Instant) -> Result<Lease<'_>, StoreError> {
        let mut shelf = lock(&self.shelf);
        while shelf.lent >= self.count {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(too_late());
            }
            shelf = self.returned.wait_timeout(shelf, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        shelf.lent = shelf.lent.saturating_add(1);
        // The one used last: its caches are warm.
        let session = shelf.idle.pop();
        Ok(Lease { pool: self, used: session.is_some(), session })
    }

    /// Runs `work` on some connection. Comes back at the deadline. What `repeats` without harm is done once more on a fresh
    /// connection where an old one proves to be dead.
    pub(super) fn call<T: Send>(
        &self,
        deadline: Duration,
        repeats: bool,
        mut work: impl FnMut(&mut Session) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let until = later(deadline);
        outside(move || {
            let mut lease = self.lend(until)?;
            loop {
                let session = lease.session(until)?;
                match work(session) {
                    Err(error @ StoreError::Unavailable(Unavailable::System(_))) => {
                        session.distrust();
                        if !repeats || !lease.used || Instant::now() >= until {
                            return Err(error);
                        }
                    }
                    known => return known,
                }
            }
        })
    }

    /// Appends. Comes back at the deadline: indeterminate if it was sent, unavailable if not.
    ///
    /// Who comes first for a ledger sends; who comes for it meanwhile waits, and then one of them sends for all.
    pub(super) fn append(&self, org: OrgId, batch: &Append, deadline: Duration) -> Outcome {
        let until = later(deadline);
        outside(move || match self.turns.take(org, batch, until) {
            Waited::Lead(turn) => self.lead(&turn, batch, until),
            Waited::Done(outcome) => outcome,
            Waited::NotSent => Err(too_late()),
            Waited::Lost(backend) => {
                self.connect.lost().add(backend);
                Ok(Answer::Indeterminate { key: batch.key })
            }
        })
    }

    fn lead(&self, turn: &Turn<'_>, batch: &Append, until: Instant) -> Outcome {
        let mut lease = self.lend(until)?;
        let session = lease.session(until)?;
        let companions = turn.companions(batch, &session.backend());
        let mut batches = vec![batch];
        batches.extend(companions.iter().map(|companion| companion.batch()));
        let mut outcomes = together(session, turn.org(), &batches).into_iter();
        let own = outcomes.next().unwrap_or(Ok(Answer::Indeterminate { key: batch.key }));
        let there: Vec<bool> = companions.iter().zip(outcomes).map(|(companion, outcome)| companion.tell(outcome)).collect();
        if there.contains(&false) {
            // Who has gone has given this connection up too: it is ended by the next one who recalls.
            session.distrust();
        }
        // Before the turn: who leads next finds it free.
        drop(lease);
        own
    }
}

/// Does it here; or, where this thread belongs to an async runtime and may not wait for another one, in a thread of its own.
fn outside<T: Send>(work: impl FnOnce() -> Result<T, StoreError> + Send) -> Result<T, StoreError> {
    if !inside_a_runtime() {
        return work();
    }
    let failed = |why: &str| Err(Unavailable::System(why.to_owned()).into());
    std::thread::scope(|scope| match std::thread::Builder::new().name("sanzi-postgres".to_owned()).spawn_scoped(scope, work) {
        Ok(thread) => thread.join().unwrap_or_else(|_| failed("the thread of this call has ended")),
        Err(error) => failed(&error.to_string()),
    })
}

fn later(deadline: Duration) -> Instant {
    // A deadline beyond the clock's end is as good as a day.
    let now = Instant::now();
    now.checked_add(deadline).or_else(|| now.checked_add(Duration::from_secs(86_400))).unwrap_or(now)
}

fn too_late() -> StoreError {
    Fault::Late.into()
}
