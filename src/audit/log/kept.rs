//! A log that was read and is kept, to be judged more than once.

use std::io::BufRead;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::auditor::Audit;
use super::super::deals::Deals;
use super::super::part::Part;
use super::super::{Report, across};
use super::case_judge::CaseJudge;
use super::judge::{Shard, Then};
use super::mapping::Mapping;
use super::row::{CaseRows, Fact, Row};
use crate::dongsha::Dongsha;

/// Another platform's log in memory: read once, and judged as often as one likes, by other policies or another calendar.
///
/// It takes some 40 bytes a row and what the rows say of plans, votes and bids. A file that need not be judged twice is better
/// given to [`Audit::log`], which keeps only what is open.
///
/// ```
/// use sanzi::audit::{Audit, Mapping, Rule};
/// use sanzi::{case::Office, dongsha::Dongsha, policy::Policy, register::Register, value::OrgId};
///
/// let mapping: Mapping = "[columns]\ncase = \"编号\"\nstep = \"环节\"\ntime = \"时间\"".parse()?;
/// let file = "编号,环节,时间\n7,资产核查与交易动议,2018-03-05\n7,评估询价,2018-03-06\n";
/// let mut office = Office::<Dongsha>::new(OrgId::new("dongtang")?, Register::new())?;
/// let log = Audit::new(&office).read(file.as_bytes(), &mapping);
/// assert_eq!((log.events(), log.cases()), (2, 1));
/// let as_it_is = Audit::new(&office).judge(&log);
/// assert_eq!(as_it_is.of(Rule::Skipped).count(), 2);
/// office.policies = vec![Policy::builtin_on("2025-06-01".parse()?)?];
/// let by_later_law = Audit::new(&office).judge(&log);
/// # assert_eq!(by_later_law.of(Rule::Skipped).count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Log {
    mapping: Mapping,
    shards: Vec<Shard>,
    /// What was found in reading.
    read: Part,
}

impl Log {
    /// How many rows name a case.
    pub fn events(&self) -> u64 {
        self.read.events
    }

    /// How many transactions.
    pub fn cases(&self) -> usize {
        self.shards.iter().map(|shard| shard.cases.len()).sum()
    }
}

/// Cases in one run of memory, one behind the other.
#[derive(Default)]
pub(super) struct Kept {
    cases: Vec<(Arc<str>, Range<usize>, Range<usize>)>,
    rows: Vec<Row>,
    facts: Vec<Fact>,
}

impl Kept {
    pub(super) fn add(&mut self, case: CaseRows<'_>) {
        let (rows, facts) = (self.rows.len(), self.facts.len());
        self.rows.extend_from_slice(case.rows);
        self.facts.extend_from_slice(case.facts);
        self.cases.push((case.name.clone(), rows..self.rows.len(), facts..self.facts.len()));
    }

    fn iter(&self) -> impl Iterator<Item = CaseRows<'_>> {
        self.cases.iter().map(|(name, rows, facts)| CaseRows {
            name,
            rows: self.rows.get(rows.clone()).unwrap_or_default(),
            facts: self.facts.get(facts.clone()).unwrap_or_default(),
        })
    }

    const fn len(&self) -> usize {
        self.cases.len()
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("events", &self.events()).field("cases", &self.cases()).finish_non_exhaustive()
    }
}

impl Audit<'_, Dongsha> {
    /// Reads a log to judge it later: see [`Log`]. One that was read on one thread is judged on one.
    pub fn read(&self, reader: impl BufRead, mapping: &Mapping) -> Log {
        let shards = Mutex::new(Vec::new());
        let read = self.follow(reader, mapping, || Then::Keep(Kept::default(), &shards));
        Log { mapping: mapping.clone(), shards: shards.into_inner().unwrap_or_else(PoisonError::into_inner), read }
    }

    /// Judges a log that was read: the report is that of [`Audit::log`].
    pub fn judge(&self, log: &Log) -> Report {
        let mut part = log.read.clone();
        let judged = |shard: &Shard| {
            let (mut judge, mut part) = (CaseJudge::new(self.office), Part::default());
            judge.deals = Deals::with_room(shard.cases.len());
            shard.cases.iter().for_each(|case| judge.judge(case, &log.mapping, &shard.names, &shard.roll, &mut part));
            part.deals.push(judge.deals.named(shard.names.clone()));
            part
        };
        let next = AtomicUsize::new(0);
        let work = || {
            let shards = std::iter::repeat_with(|| log.shards.get(next.fetch_add(1, Ordering::Relaxed)));
            shards.map_while(|shard| shard.map(judged)).collect::<Vec<Part>>()
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads.min(log.shards.len())).map(|_| scope.spawn(work)).collect();
            work().into_iter().for_each(|judged| part.join(judged));
            for other in others {
                match other.join() {
                    Ok(judged) => judged.into_iter().for_each(|judged| part.join(judged)),
                    Err(_) => part.partial = true,
                }
            }
        });
        across::judge(part, false)
    }
}
