//! Many callers, one commit: whoever comes first leads, and takes along all who wait meanwhile.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::store::{Answer, Append, StoreError};

type Outcome = Result<Answer, StoreError>;

/// The most batches in one commit.
const MOST: usize = 256;

/// Lets one caller at a time commit, and gathers the others. A caller who is alone hands nothing to another thread.
#[derive(Debug, Default)]
pub(super) struct Group {
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Somebody leads.
    led: bool,
    waiting: VecDeque<Arc<Waiter>>,
}

#[derive(Debug)]
struct Waiter {
    batch: Append,
    turn: Mutex<Turn>,
    called: Condvar,
}

#[derive(Debug)]
enum Turn {
    Wait,
    Lead,
    Done(Outcome),
}

/// Nothing in this file leaves a lock's content half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Waiter {
    fn call(&self, turn: Turn) {
        *lock(&self.turn) = turn;
        self.called.notify_one();
    }

    /// Waits for its answer, or for its turn to lead: then `None`.
    fn wait(&self) -> Option<Outcome> {
        let mut turn = lock(&self.turn);
        loop {
            match std::mem::replace(&mut *turn, Turn::Wait) {
                Turn::Wait => turn = self.called.wait(turn).unwrap_or_else(PoisonError::into_inner),
                Turn::Lead => return None,
                Turn::Done(outcome) => return Some(outcome),
            }
        }
    }
}

impl Group {
    /// Has `batch` committed, by this caller or by another one. `commit` answers each batch it is given, in order.
    pub(super) fn submit(&self, batch: &Append, commit: impl FnOnce(&[&Append]) -> Vec<Outcome>) -> Outcome {
        let mut queue = lock(&self.queue);
        if queue.led {
            let waiter = Arc::new(Waiter { batch: batch.clone(), turn: Mutex::new(Turn::Wait), called: Condvar::new() });
            queue.waiting.push_back(Arc::clone(&waiter));
            drop(queue);
            if let Some(outcome) = waiter.wait() {
                return outcome;
            }
        } else {
            queue.led = true;
            drop(queue);
        }
        self.lead(batch, commit)
    }

    fn lead(&self, batch: &Append, commit: impl FnOnce(&[&Append]) -> Vec<Outcome>) -> Outcome {
        // Declared first, so dropped last: the next one leads only after everyone here has an answer.
        let _baton = Baton(self);
        let mut queue = lock(&self.queue);
        let most = queue.waiting.len().min(MOST);
        let mut followers = Followers(queue.waiting.drain(..most).collect());
        drop(queue);
        let batches: Vec<&Append> = std::iter::once(batch).chain(followers.0.iter().map(|follower| &follower.batch)).collect();
        let mut outcomes = commit(&batches).into_iter();
        drop(batches);
        let own = outcomes.next();
        for outcome in outcomes {
            if let Some(follower) = followers.0.pop_front() {
                follower.call(Turn::Done(outcome));
            }
        }
        own.unwrap_or(Ok(Answer::Indeterminate { key: batch.key }))
    }
}

/// Passes the lead on, however the leader ends.
struct Baton<'a>(&'a Group);

impl Drop for Baton<'_> {
    fn drop(&mut self) {
        let mut queue = lock(&self.0.queue);
        match queue.waiting.pop_front() {
            Some(next) => next.call(Turn::Lead),
            None => queue.led = false,
        }
    }
}

/// Those who wait for this leader. If the leader stops half way, nobody knows what became of them.
struct Followers(VecDeque<Arc<Waiter>>);

impl Drop for Followers {
    fn drop(&mut self) {
        for follower in self.0.drain(..) {
            follower.call(Turn::Done(Ok(Answer::Indeterminate { key: follower.batch.key })));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{CaseId, Digest};
    use uuid::Uuid;

    fn batch(n: u128) -> Append {
        Append::new(CaseId::new(Uuid::from_u128(n)), 0, Uuid::from_u128(n), Digest::NONE, Vec::new())
    }

    fn answer(batches: &[&Append]) -> Vec<Outcome> {
        batches.iter().map(|batch| Ok(Answer::Indeterminate { key: batch.key })).collect()
    }

    #[test]
    fn whoever_waits_shares_the_next_commit() {
        let (group, sizes) = (&Group::default(), &Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            let led = group.submit(&batch(1), |first| {
                for n in 2..=9 {
                    scope.spawn(move || {
                        let answered = group.submit(&batch(n), |batches| {
                            lock(sizes).push(batches.len());
                            answer(batches)
                        });
                        assert_eq!(answered, Ok(Answer::Indeterminate { key: Uuid::from_u128(n) }), "its own answer");
                    });
                }
                while lock(&group.queue).waiting.len() < 8 {
                    std::thread::yield_now();
                }
                answer(first)
            });
            assert_eq!(led, Ok(Answer::Indeterminate { key: Uuid::from_u128(1) }));
            while lock(&group.queue).led {
                std::thread::yield_now();
            }
            assert_eq!(*lock(sizes), [8], "one of the eight led all of them");
        });
    }

    #[test]
    fn a_leader_who_stops_leaves_nobody_waiting() {
        let group = Group::default();
        std::thread::scope(|scope| {
            let group = &group;
            let stopped = scope.spawn(move || {
                group.submit(&batch(1), |_| {
                    scope.spawn(move || assert!(group.submit(&batch(2), answer).is_ok()));
                    while lock(&group.queue).waiting.is_empty() {
                        std::thread::yield_now();
                    }
                    panic!("stopped on purpose")
                })
            });
            assert!(stopped.join().is_err());
        });
        assert!(group.submit(&batch(3), answer).is_ok());
    }
}
