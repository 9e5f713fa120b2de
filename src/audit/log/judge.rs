//! Puts the rows of each case together, whichever case comes after which; a case that is over is judged, or kept.

use std::sync::{Arc, Mutex, PoisonError};

use foldhash::{HashMap, quality::RandomState};

use super::super::desk::Judge;
use super::super::names::{Name, Names};
use super::super::part::{Answer, Part};
use super::super::{Finding, Rule};
use super::case_judge::CaseJudge;
use super::cells::Rows;
use super::columns::Columns;
use super::field::Field;
use super::kept::Kept;
use super::mapping::Mapping;
use super::reading::Reading;
use super::roll::Roll;
use super::row::{CaseRows, Fact, Gist, ReadRow, Row};
use super::words::Act;
use crate::dongsha::Step;

/// A case with more rows is none: the rest is counted as unreadable.
pub(super) const MOST_ROWS: usize = 20_000;
/// Rows are compared with so many before them in their case.
const LOOK_BACK: usize = 64;

/// What becomes of a case that is over.
pub(super) enum Then<'a> {
    Judge(Box<CaseJudge<'a>>),
    /// It is kept, to be judged as often as is wanted: [`super::Log`].
    Keep(Box<Kept>, &'a Mutex<Vec<Shard>>),
}

/// Cases that were kept, and the names in them.
pub(super) struct Shard {
    pub(super) cases: Kept,
    pub(super) names: Names,
}

/// What there is of a case.
enum Seat {
    Open(Box<Open>),
    /// Whether rows that still come are behind its end.
    Ended(bool),
}

#[derive(Default)]
struct Open {
    name: Option<Name>,
    columns: Columns,
    gist: Gist,
    /// Of all its rows, to tell those that stand twice.
    hashes: Vec<u64>,
    is_over: bool,
}

/// Reads rows, and puts those of each case together.
pub(super) struct LogJudge<'a> {
    mapping: &'a Mapping,
    pub(super) part: Part,
    names: Names,
    roll: Roll,
    /// Tells rows apart.
    hash: RandomState,
    cases: HashMap<Arc<str>, Seat>,
    /// The case whose rows came last, where the rows of a case stand together.
    last: Option<Arc<str>>,
    /// What the row says that is read; the memory of cases that are over.
    facts: Vec<Fact>,
    #[expect(clippy::vec_box, reason = "they go back into seats as they are")]
    spare: Vec<Box<Open>>,
    then: Then<'a>,
}

impl Judge for LogJudge<'_> {
    type Batch = Rows;

    fn take(&mut self, batch: &Rows) {
        batch.iter().for_each(|(line, turns, cells)| self.row(line, turns, cells));
    }

    fn finish(mut self) -> Part {
        for seat in std::mem::take(&mut self.cases).into_values() {
            if let Seat::Open(open) = seat {
                self.end(open);
            }
        }
        let names = self.names;
        match self.then {
            Then::Judge(judge) => self.part.deals.push(judge.deals.named(Arc::new(names))),
            Then::Keep(mut cases, shards) => {
                cases.sort();
                let shard = Shard { cases: *cases, names };
                shards.lock().unwrap_or_else(PoisonError::into_inner).push(shard);
            }
        }
        self.part
    }
}

impl<'a> LogJudge<'a> {
    pub(super) fn new(mapping: &'a Mapping, then: Then<'a>) -> LogJudge<'a> {
        let mut names = Names::default();
        LogJudge {
            mapping,
            part: Part::default(),
            roll: Roll::number(mapping, &mut names),
            names,
            hash: RandomState::default(),
            cases: HashMap::default(),
            last: None,
            facts: Vec::new(),
            spare: Vec::new(),
            then,
        }
    }

    /// `turns`: what came before it in the file is of another case, though perhaps of another judge.
    pub(super) fn row<'c>(&mut self, line: u64, turns: bool, cells: impl Iterator<Item = (Field, &'c str)> + Clone) {
        let Some((_, case)) = cells.clone().find(|(field, _)| *field == Field::Case) else {
            return self.part.unreadable.add(line, "the row names no case");
        };
        self.part.events = self.part.events.saturating_add(1);
        if self.mapping.grouped() {
            self.turn_to(case, turns);
        }
        self.facts.clear();
        let mut reading =
            Reading { mapping: self.mapping, known: &mut self.names, hash: &self.hash, facts: &mut self.facts, part: &mut self.part, line };
        let Some((read, hash)) = reading.row(cells) else { return };
        let row = read.row;
        let open = match self.cases.get_mut(case) {
            Some(Seat::Open(open)) => open,
            Some(Seat::Ended(true)) => {
                self.part.find(Finding::new(Rule::Ended, case.into(), line).at(row.step));
                return self.part.count_one(Rule::Ended, Answer::Broken);
            }
            Some(Seat::Ended(false)) => {
                return self.part.unreadable.add(line, "the rows of the case do not stand together, as the mapping says they do");
            }
            None => {
                let mut open = self.spare.pop().unwrap_or_default();
                let name: Arc<str> = case.into();
                open.begin(self.names.add(name.clone()));
                match self.cases.entry(name).or_insert(Seat::Open(open)) {
                    Seat::Open(open) => open,
                    Seat::Ended(_) => return,
                }
            }
        };
        if open.has(hash) {
            self.part.duplicates = self.part.duplicates.saturating_add(1);
            return;
        }
        if open.columns.len() >= MOST_ROWS {
            return self.part.unreadable.add(line, "the case has too many rows");
        }
        open.add(read, &self.facts, hash);
        let closes = row.act == Act::Terminated || row.act == Act::Left && row.step == Step::FilingAndArchive;
        if closes && open.is_over && !self.mapping.by_time() && !self.mapping.grouped() {
            self.close(case);
        }
    }

    /// The rows of a case stand together: when another begins, the one before is over.
    fn turn_to(&mut self, case: &str, turns: bool) {
        if self.last.as_deref() == Some(case) && !turns {
            return;
        }
        if let Some(last) = self.last.replace(case.into()) {
            self.close(&last);
        }
    }

    fn close(&mut self, case: &str) {
        let complete = self.mapping.complete();
        let Some(seat @ Seat::Open(_)) = self.cases.get_mut(case) else { return };
        if let Seat::Open(open) = std::mem::replace(seat, Seat::Ended(complete)) {
            *seat = Seat::Ended(open.is_over || complete);
            self.end(open);
        }
    }

    fn end(&mut self, mut open: Box<Open>) {
        if self.mapping.by_time() {
            open.sort();
        }
        match &mut self.then {
            Then::Judge(judge) => judge.judge(open.case(), &self.names, &self.roll, &mut self.part),
            Then::Keep(kept, _) => kept.add(open.case()),
        }
        self.spare.push(open);
    }
}

impl Open {
    fn case(&self) -> CaseRows<'_> {
        self.columns.case(&self.columns.all(), self.name, &self.gist)
    }

    fn begin(&mut self, name: Option<Name>) {
        self.name = name;
        self.columns.clear();
        self.gist = Gist::default();
        self.hashes.clear();
        self.is_over = false;
    }

    /// By time, and those of one time as they came.
    fn sort(&mut self) {
        let mut rows: Vec<ReadRow> = self.columns.take_rows().collect();
        rows.sort_by_key(|read| read.at);
        self.gist = Gist::default();
        rows.into_iter().for_each(|read| self.columns.push(read, &mut self.gist));
    }

    fn has(&self, hash: u64) -> bool {
        let behind = self.hashes.len().saturating_sub(LOOK_BACK);
        self.hashes.get(behind..).is_some_and(|last| last.contains(&hash))
    }

    fn add(&mut self, read: ReadRow, facts: &[Fact], hash: u64) {
        let row = Row { facts: self.columns.say(facts), ..read.row };
        self.columns.push(ReadRow { row, ..read }, &mut self.gist);
        self.hashes.push(hash);
        self.is_over = match row.act {
            Act::Terminated => true,
            Act::Returned => false,
            Act::Performed if row.step == Step::FilingAndArchive => true,
            _ => self.is_over,
        };
    }
}
