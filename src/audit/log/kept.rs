//! A log that was read and is kept, to be judged more than once.

use std::io::BufRead;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::auditor::Audit;
use super::super::deals::Deals;
use super::super::names::{Name, Names};
use super::super::part::Part;
use super::super::{Report, across};
use super::case_judge::CaseJudge;
use super::columns::{Columns, Extent};
use super::judge::{Shard, Then};
use super::mapping::Mapping;
use super::roll::Roll;
use super::row::{CaseRows, Gist};
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
    names: Arc<Names>,
    roll: Roll,
    shards: Vec<Kept>,
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
        self.shards.iter().map(Kept::len).sum()
    }
}

/// Cases in one run of memory, one behind the other.
#[derive(Default)]
pub(super) struct Kept {
    cases: Vec<KeptCase>,
    columns: Columns,
}

struct KeptCase {
    name: Option<Name>,
    gist: Gist,
    extent: Extent,
}

impl Kept {
    pub(super) fn add(&mut self, case: CaseRows<'_>) {
        let extent = self.columns.append(case);
        self.cases.push(KeptCase { name: case.name, gist: *case.gist, extent });
    }

    /// In the order in which they begin in the file, as the report wants what they leave.
    pub(super) fn sort(&mut self) {
        self.cases.sort_by_key(|case| case.gist.line);
    }

    fn iter(&self) -> impl Iterator<Item = CaseRows<'_>> {
        self.cases.iter().map(|case| self.columns.case(&case.extent, case.name, &case.gist))
    }

    const fn len(&self) -> usize {
        self.cases.len()
    }

    /// For what they leave.
    fn room(&self) -> Deals {
        let (bidders, bids) = self.columns.bidders_and_bids();
        Deals::with_room(self.len(), bidders, bids)
    }

    /// With other numbers for its names, of which `known` are those of `names`.
    fn rename(&mut self, known: &Names, names: &mut Names) {
        for case in &mut self.cases {
            case.name = case.name.and_then(|name| names.add(known.text(name)));
        }
        let mut rename = names.renaming(known);
        self.cases.iter_mut().filter_map(|case| case.gist.asset.as_mut()).for_each(&mut rename);
        self.columns.names().for_each(&mut rename);
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
        let read = self.follow(reader, mapping, || Then::Keep(Box::default(), &shards));
        // Each judge has numbers of its own for the names: what is judged together has the same ones.
        let mut names = Names::default();
        let roll = Roll::number(mapping, &mut names);
        let shards = shards.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().map(|Shard { mut cases, names: known }| {
            cases.rename(&known, &mut names);
            cases
        });
        let shards = shards.collect();
        Log { mapping: mapping.clone(), names: Arc::new(names), roll, shards, read }
    }

    /// Judges a log that was read: the report is that of [`Audit::log`].
    pub fn judge(&self, log: &Log) -> Report {
        let mut part = log.read.clone();
        let judged = |shard: &Kept| {
            let (mut judge, mut part) = (CaseJudge::new(self.office, &log.mapping), Part::default());
            judge.deals = shard.room();
            shard.iter().for_each(|case| judge.judge(case, &log.names, &log.roll, &mut part));
            part.deals.push(judge.deals.named(log.names.clone()));
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
        across::judge(part, false, self.threads)
    }
}
