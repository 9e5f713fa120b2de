//! One reader, several judges. A case has one judge, and that judge sees its rows in the order of the file, whoever works for it.
//!
//! There are more judges than threads, and no thread is bound to one: whoever is free takes what waits for a judge that
//! nobody works for, of those for whom it worked before if it can. The reader is one of the threads, and works too where
//! enough is waiting.

use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use foldhash::quality::FixedState;

use super::part::Part;

/// Judges the cases of one shard.
pub(super) trait Judge: Send {
    type Batch: Send + Handed;
    fn take(&mut self, batch: &Self::Batch);
    fn finish(self) -> Part;
}

/// A batch is handed over when it holds this many bytes.
const FULL: usize = 1 << 17;
/// Batches that may wait, for each thread: memory is bounded by them.
const WAITING: usize = 4;
/// Judges for each thread, so that no thread is long without work; what they know should fit into its cache.
const JUDGES: usize = 2;

/// The reader among the workers.
const READER: usize = 0;

/// What is handed over at once.
pub(super) trait Handed {
    /// With room for so many bytes.
    fn with_room(bytes: usize) -> Self;
    /// So many it holds; none if nothing was added.
    fn bytes(&self) -> usize;
    /// Holds nothing any more, and has its room still.
    fn clear(&mut self);
}

/// The last thing that is added may come over the bound.
fn empty<B: Handed>() -> B {
    B::with_room(FULL.saturating_add(FULL / 4))
}

/// Where the reader puts what it has read.
pub(super) struct Desk<'h, J: Judge> {
    batches: Vec<J::Batch>,
    hall: &'h Hall<J>,
    /// Of the case that came last.
    last: u64,
}

/// Where something goes.
#[derive(Clone, Copy)]
pub(super) struct Way {
    shard: usize,
    /// What came before it is of another case: only a judge that has not seen that need be told.
    #[cfg_attr(not(feature = "audit"), expect(dead_code, reason = "a ledger's cases may lie in any mixture"))]
    pub(super) turns: bool,
}

impl Way {
    /// Of what names no case.
    pub(super) const OF_NONE: Way = Way { shard: 0, turns: false };
}

impl<J: Judge> Desk<'_, J> {
    /// To the judge that has this case; it is not asked for where there is one judge.
    pub(super) fn way<C: AsRef<[u8]>>(&mut self, case: impl FnOnce() -> C) -> Way {
        if self.batches.len() == 1 {
            return Way::OF_NONE;
        }
        let count = u64::try_from(self.batches.len()).unwrap_or(1);
        let hash = FixedState::default().hash_one(case().as_ref());
        let turns = std::mem::replace(&mut self.last, hash) != hash;
        Way { shard: usize::try_from(hash.checked_rem(count).unwrap_or(0)).unwrap_or(0), turns }
    }

    pub(super) fn push(&mut self, way: Way, add: impl FnOnce(&mut J::Batch)) {
        let Some(batch) = self.batches.get_mut(way.shard) else { return };
        add(batch);
        if batch.bytes() >= FULL {
            self.hall.hand_over(way.shard, batch);
        }
    }
}

/// Audits what the feed puts on the desk, on so many threads, of which this is one.
pub(super) fn run<J: Judge>(threads: usize, make: impl Fn() -> J, feed: impl FnOnce(&mut Desk<'_, J>, &mut Part)) -> Part {
    let judges = if threads > 1 { threads.saturating_mul(JUDGES) } else { 1 };
    let own = Hall::new(std::iter::repeat_with(make).take(judges), threads);
    let (hall, mut part) = (&own, Part::default());
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|worker| scope.spawn(move || hall.work(worker))).collect();
        let closing = Closing(hall);
        let mut desk = Desk { batches: std::iter::repeat_with(empty).take(judges).collect(), hall, last: 0 };
        feed(&mut desk, &mut part);
        for (shard, batch) in desk.batches.iter_mut().enumerate().filter(|(_, batch)| batch.bytes() > 0) {
            hall.hand_over(shard, batch);
        }
        drop(closing);
        hall.work(READER);
        // What a thread that broke down has not judged is seen below.
        others.into_iter().for_each(|other| drop(other.join()));
    });
    for list in own.lists.into_inner().unwrap_or_else(PoisonError::into_inner).judges {
        match list.part {
            Some(judged) => part.join(judged),
            None => part.partial = true,
        }
    }
    part
}

/// The judges, and what waits for them.
struct Hall<J: Judge> {
    lists: Mutex<Lists<J>>,
    changed: Condvar,
    most_waiting: usize,
}

struct Lists<J: Judge> {
    judges: Vec<List<J>>,
    /// To be filled again.
    spare: Vec<J::Batch>,
    no_more_comes: bool,
}

/// What waits for one judge, the first first.
struct List<J: Judge> {
    /// With whoever works for it, while somebody does.
    judge: Option<J>,
    batches: VecDeque<J::Batch>,
    /// Who worked for it last: what it knows is in that thread's cache, and its memory came from there.
    worker: usize,
    /// Nobody works for it any more.
    is_over: bool,
    part: Option<Part>,
}

/// Something to do: a batch to judge, or nothing more to come.
struct Task<J: Judge> {
    shard: usize,
    judge: J,
    batch: Option<J::Batch>,
}

impl<J: Judge> Lists<J> {
    /// The longest list first, of those that this worker worked for last if there is any; else of all.
    fn next(&mut self, worker: usize) -> Option<Task<J>> {
        let free = self.judges.iter_mut().enumerate().filter(|(_, list)| list.judge.is_some());
        let (shard, list) = free.max_by_key(|(_, list)| (!list.batches.is_empty() && list.worker == worker, list.batches.len()))?;
        let batch = list.batches.pop_front();
        if batch.is_none() && !self.no_more_comes {
            return None;
        }
        list.is_over = batch.is_none();
        list.worker = worker;
        list.judge.take().map(|judge| Task { shard, judge, batch })
    }

    fn waiting(&self) -> usize {
        self.judges.iter().map(|list| list.batches.len()).sum()
    }

    fn are_over(&self) -> bool {
        self.no_more_comes && self.judges.iter().all(|list| list.is_over)
    }
}

impl<J: Judge> Hall<J> {
    fn new(judges: impl Iterator<Item = J>, threads: usize) -> Hall<J> {
        let list = |judge| List { judge: Some(judge), batches: VecDeque::new(), worker: READER, is_over: false, part: None };
        let lists = Lists { judges: judges.map(list).collect(), spare: Vec::new(), no_more_comes: false };
        let most_waiting = if threads > 1 { threads.saturating_mul(WAITING) } else { 0 };
        Hall { lists: Mutex::new(lists), changed: Condvar::new(), most_waiting }
    }

    fn lists(&self) -> MutexGuard<'_, Lists<J>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves an empty batch. Where too many wait, the reader works until they are fewer.
    fn hand_over(&self, shard: usize, batch: &mut J::Batch) {
        let mut lists = self.lists();
        let full = std::mem::replace(batch, lists.spare.pop().unwrap_or_else(empty));
        if let Some(list) = lists.judges.get_mut(shard).filter(|list| !list.is_over) {
            list.batches.push_back(full);
        }
        self.changed.notify_one();
        while lists.waiting() > self.most_waiting {
            lists = self.work_or_wait(READER, lists);
        }
    }

    /// Works for one judge after the other, until nothing can come any more.
    fn work(&self, worker: usize) {
        let mut lists = self.lists();
        while !lists.are_over() {
            lists = self.work_or_wait(worker, lists);
        }
    }

    fn work_or_wait<'h>(&'h self, worker: usize, mut lists: MutexGuard<'h, Lists<J>>) -> MutexGuard<'h, Lists<J>> {
        let Some(Task { shard, mut judge, batch }) = lists.next(worker) else {
            return self.changed.wait(lists).unwrap_or_else(PoisonError::into_inner);
        };
        drop(lists);
        let turn = Turn { hall: self, shard };
        let (judge, mut batch, part) = match batch {
            Some(batch) => {
                judge.take(&batch);
                (Some(judge), Some(batch), None)
            }
            None => (None, None, Some(judge.finish())),
        };
        std::mem::forget(turn);
        batch.iter_mut().for_each(J::Batch::clear);
        let mut lists = self.lists();
        lists.spare.extend(batch);
        if let Some(list) = lists.judges.get_mut(shard) {
            (list.judge, list.part) = (judge, part);
        }
        self.changed.notify_all();
        lists
    }
}

/// Nothing comes any more once it is gone, however that came about.
struct Closing<'h, J: Judge>(&'h Hall<J>);

impl<J: Judge> Drop for Closing<'_, J> {
    fn drop(&mut self) {
        self.0.lists().no_more_comes = true;
        self.0.changed.notify_all();
    }
}

/// Dropped only where the work broke down: then nobody waits for that judge.
struct Turn<'h, J: Judge> {
    hall: &'h Hall<J>,
    shard: usize,
}

impl<J: Judge> Drop for Turn<'_, J> {
    fn drop(&mut self) {
        let mut lists = self.hall.lists();
        if let Some(list) = lists.judges.get_mut(self.shard) {
            list.is_over = true;
            list.batches.clear();
        }
        self.hall.changed.notify_all();
    }
}
