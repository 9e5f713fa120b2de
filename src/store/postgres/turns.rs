//! Who appends to which ledger now, and who waits for it: the first one sends, and takes along those that came meanwhile.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::pool::{Outcome, lock};
use super::session::Backend;
use crate::store::Append;
use crate::value::OrgId;

/// The most batches in one transaction, and about how many bytes after which no more are taken along.
const MOST: usize = 64;
const ENOUGH: usize = 4 << 20;

/// The ledgers that are appended to now, each with those that wait for it.
#[derive(Default)]
pub(super) struct Turns {
    waiting: Mutex<HashMap<OrgId, VecDeque<Arc<Waiter>>>>,
}

/// The turn to append to one ledger. Ends with the turn given to the next one.
pub(super) struct Turn<'t> {
    turns: &'t Turns,
    org: OrgId,
}

/// An append that waits, and the place for its outcome.
pub(super) struct Waiter {
    batch: Append,
    place: Mutex<Place>,
    told: Condvar,
}

enum Place {
    Waiting,
    Sent(Backend),
    Done(Outcome),
    Leads,
    GivenUp,
}

/// What came of waiting.
pub(super) enum Waited<'t> {
    /// It is this caller's turn to send.
    Lead(Turn<'t>),
    Done(Outcome),
    /// It was never sent.
    NotSent,
    /// It was sent on this connection, and there is no answer.
    Lost(Backend),
}

impl Turns {
    /// Waits for the turn, or for another caller to send this batch along.
    pub(super) fn take(&self, org: OrgId, batch: &Append, until: Instant) -> Waited<'_> {
        let mut waiting = lock(&self.waiting);
        let Some(queue) = waiting.get_mut(&org) else {
            waiting.insert(org, VecDeque::new());
            return Waited::Lead(Turn { turns: self, org });
        };
        let waiter = Arc::new(Waiter { batch: batch.clone(), place: Mutex::new(Place::Waiting), told: Condvar::new() });
        queue.push_back(Arc::clone(&waiter));
        drop(waiting);
        match waiter.wait(until) {
            Place::Done(outcome) => Waited::Done(outcome),
            Place::Leads => Waited::Lead(Turn { turns: self, org }),
            Place::Sent(backend) => Waited::Lost(backend),
            Place::Waiting | Place::GivenUp => Waited::NotSent,
        }
    }
}

impl Turn<'_> {
    pub(super) fn org(&self) -> OrgId {
        self.org
    }

    /// Those that wait for this turn, beside `first`: from now on they count as sent, on this connection.
    pub(super) fn companions(&self, first: &Append, backend: &Backend) -> Vec<Arc<Waiter>> {
        let mut group = Vec::new();
        let mut size = bytes(first);
        let mut waiting = lock(&self.turns.waiting);
        let Some(queue) = waiting.get_mut(&self.org) else { return group };
        while group.len().saturating_add(1) < MOST && size < ENOUGH {
            let Some(waiter) = queue.pop_front() else { break };
            if waiter.put(Place::Sent(backend.clone())) {
                size = size.saturating_add(bytes(&waiter.batch));
                group.push(waiter);
            }
        }
        group
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut waiting = lock(&self.turns.waiting);
        let Some(queue) = waiting.get_mut(&self.org) else { return };
        while let Some(next) = queue.pop_front() {
            if next.put(Place::Leads) {
                return;
            }
        }
        waiting.remove(&self.org);
    }
}

fn bytes(batch: &Append) -> usize {
    batch.records.iter().fold(0, |sum, record| sum.saturating_add(record.bytes().len()))
}

impl Waiter {
    pub(super) fn batch(&self) -> &Append {
        &self.batch
    }

    /// Whether the caller was still there.
    pub(super) fn tell(&self, outcome: Outcome) -> bool {
        self.put(Place::Done(outcome))
    }

    fn put(&self, news: Place) -> bool {
        let mut place = lock(&self.place);
        if matches!(*place, Place::GivenUp) {
            return false;
        }
        let told = matches!(news, Place::Done(_) | Place::Leads);
        *place = news;
        drop(place);
        if told {
            self.told.notify_one();
        }
        true
    }

    /// Waits for an outcome or the turn; at the end of the time, as it stands then.
    fn wait(&self, until: Instant) -> Place {
        let mut place = lock(&self.place);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if matches!(*place, Place::Done(_) | Place::Leads) || left.is_zero() {
                return std::mem::replace(&mut *place, Place::GivenUp);
            }
            place = self.told.wait_timeout(place, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
