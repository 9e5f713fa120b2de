//! Rows of one case after the other, each case judged as a whole when it is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use foldhash::{HashMap, quality::RandomState};

use super::super::crew::Judge;
use super::super::deal::Names;
use super::super::part::{Answer, Part};
use super::super::{Finding, Rule};
use super::field::Field;
use super::mapping::Mapping;
use super::names::Act;
use super::row::{Reading, Rows, Seen};
use super::story::Story;
use crate::calendar::china_date;
use crate::case::Office;
use crate::dongsha::{Dongsha, Step};
use crate::policy::Policy;

/// A case with more rows is none: the rest is counted as unreadable.
const MOST_ROWS: usize = 20_000;
/// Rows are compared with so many before them in their case.
const LOOK_BACK: usize = 64;

pub(super) struct LogJudge<'a> {
    pub(super) office: &'a Office<Dongsha>,
    pub(super) mapping: &'a Mapping,
    pub(super) part: Part,
    names: Names,
    /// Tells rows apart.
    hash: RandomState,
    cases: HashMap<Box<str>, Vec<Seen>>,
    /// Cases that were judged, and whether they were over.
    ended: HashMap<Box<str>, bool>,
    /// The case whose rows came last, where the rows of a case stand together.
    last: Option<Box<str>>,
    policies: BTreeMap<NaiveDate, Option<Arc<Policy>>>,
}

impl Judge for LogJudge<'_> {
    type Batch = Rows;

    fn take(&mut self, batch: &Rows) {
        batch.each(|line, cells| self.row(line, cells.iter().copied()));
    }

    fn finish(mut self) -> Part {
        for (name, rows) in std::mem::take(&mut self.cases) {
            let over = self.judge(&name, rows);
            self.part.open = self.part.open.saturating_add(u64::from(!over));
        }
        self.part
    }
}

impl<'a> LogJudge<'a> {
    pub(super) fn new(office: &'a Office<Dongsha>, mapping: &'a Mapping) -> LogJudge<'a> {
        LogJudge {
            office,
            mapping,
            part: Part::default(),
            names: Names::default(),
            hash: RandomState::default(),
            cases: HashMap::default(),
            ended: HashMap::default(),
            last: None,
            policies: BTreeMap::new(),
        }
    }

    pub(super) fn row<'c>(&mut self, line: u64, cells: impl Iterator<Item = (Field, &'c str)> + Clone) {
        let case = cells.clone().find(|(field, _)| *field == Field::Case).map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
        let Some(case) = case else { return self.part.unreadable.add(line, "the row names no case") };
        self.part.events = self.part.events.saturating_add(1);
        if self.mapping.grouped() {
            self.turn_to(case);
        }
        let mut reading = Reading { mapping: self.mapping, names: &mut self.names, hash: &self.hash, part: &mut self.part, line };
        let Some(seen) = reading.row(cells) else { return };
        if !self.cases.contains_key(case) {
            match self.ended.get(case) {
                None => drop(self.cases.insert(case.into(), Vec::new())),
                Some(true) => {
                    self.part.find(Finding::new(Rule::Ended, case.into(), line).at(seen.step));
                    return self.part.count_one(Rule::Ended, Answer::Broken);
                }
                Some(false) => {
                    return self.part.unreadable.add(line, "the rows of the case do not stand together, as the mapping says they do");
                }
            }
        }
        let Some(rows) = self.cases.get_mut(case) else { return };
        if rows.iter().rev().take(LOOK_BACK).any(|before| before.hash == seen.hash) {
            self.part.duplicates = self.part.duplicates.saturating_add(1);
            return;
        }
        if rows.len() >= MOST_ROWS {
            return self.part.unreadable.add(line, "the case has too many rows");
        }
        let over = seen.act == Act::Terminated || seen.act == Act::Left && seen.step == Step::FilingAndArchive;
        rows.push(seen);
        if over && !self.mapping.by_time() && !self.mapping.grouped() {
            let rows = self.cases.remove(case).unwrap_or_default();
            let over = self.judge(case, rows);
            self.ended.insert(case.into(), over || self.mapping.complete());
        }
    }

    /// The rows of a case stand together: when another begins, the one before is over.
    fn turn_to(&mut self, case: &str) {
        if self.last.as_deref() == Some(case) {
            return;
        }
        if let Some(last) = self.last.replace(case.into())
            && let Some(rows) = self.cases.remove(&last)
        {
            let over = self.judge(&last, rows);
            self.part.open = self.part.open.saturating_add(u64::from(!over));
            self.ended.insert(last, over);
        }
    }

    /// Says whether the case was over.
    fn judge(&mut self, name: &str, mut rows: Vec<Seen>) -> bool {
        self.part.cases = self.part.cases.saturating_add(1);
        if self.mapping.by_time() {
            rows.sort_by_key(|row| row.at);
        }
        let day = rows.iter().find_map(|row| row.at).map(china_date);
        let policy = day.and_then(|day| self.policy_on(day));
        let story = Story::new(name.into(), &rows, policy, self.mapping, self.office, &mut self.part);
        story.judge()
    }

    /// The stricter of all policies that are valid on a day, as a case that opens on it has it.
    fn policy_on(&mut self, day: NaiveDate) -> Option<Arc<Policy>> {
        let policies = &self.office.policies;
        let found = self.policies.entry(day).or_insert_with(|| {
            let valid: Vec<Policy> = policies.iter().filter(|policy| policy.is_valid_on(day)).cloned().collect();
            Policy::stricter(&valid).ok().map(Arc::new)
        });
        found.clone()
    }
}
