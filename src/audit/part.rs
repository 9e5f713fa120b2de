//! What one judge has found so far; parts are joined into a report.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use foldhash::HashMap;

use super::deals::Deals;
use super::periods::Periods;
use super::report::{Missing, Proof, Report, Standing, Timeline, Unreadable};
use super::{Finding, Rule};

/// Findings over this are counted and left out of the list: a report must fit into memory too.
const MOST_FINDINGS: usize = 1_000_000;
/// Names that a mapping does not know: kept up to here.
#[cfg(feature = "audit")]
const MOST_NAMES: usize = 10_000;

/// How a rule came out in one case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing to ask: the case had not come so far.
    #[default]
    NotAsked,
    /// Kept.
    Kept,
    /// Not to be judged for want of a field.
    Unjudged(&'static str),
    /// Broken.
    Broken,
}

const RULES: usize = Rule::ALL.len();
/// So many different sheets wait to be counted.
const MOST_ANSWERS: usize = 16;

/// The answers of one case, rule by rule. A breach stays one; what could not be judged is not made good by what could.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sheet {
    /// A bit for each rule.
    kept: u64,
    broken: u64,
    unjudged: u64,
    /// In what could not be judged, the field that was missing first.
    missing: Vec<(Rule, &'static str)>,
}

const _: () = assert!(RULES <= 64, "a rule has a bit of its own");

const fn bit(rule: Rule) -> u64 {
    1 << rule.index()
}

impl Sheet {
    pub(super) fn mark(&mut self, rule: Rule, answer: Answer) {
        match answer {
            Answer::NotAsked => {}
            Answer::Kept => self.kept |= bit(rule),
            Answer::Broken => self.broken |= bit(rule),
            Answer::Unjudged(field) => {
                if self.unjudged & bit(rule) == 0 {
                    self.unjudged |= bit(rule);
                    self.missing.push((rule, field));
                }
            }
        }
    }

    /// Nothing is answered any more.
    pub(super) fn clear(&mut self) {
        self.missing.clear();
        (self.kept, self.broken, self.unjudged) = (0, 0, 0);
    }

    pub(super) const fn is_broken(&self) -> bool {
        self.broken != 0
    }

    pub(super) fn keep(&mut self, rule: Rule) {
        self.mark(rule, Answer::Kept);
    }

    pub(super) fn lacks(&mut self, rule: Rule, field: &'static str) {
        self.mark(rule, Answer::Unjudged(field));
    }
}

#[derive(Clone, Debug, Default)]
struct Count {
    kept: u64,
    broken: u64,
    unjudged: u64,
    missing: BTreeMap<&'static str, u64>,
}

/// What one judge has found.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) partial: bool,
    pub(super) events: u64,
    pub(super) cases: u64,
    pub(super) open: u64,
    pub(super) duplicates: u64,
    pub(super) unreadable: Unreadable,
    pub(super) findings: Vec<Finding>,
    pub(super) left_out: u64,
    /// Of each judge.
    pub(super) deals: Vec<Deals>,
    pub(super) periods: Periods,
    pub(super) names: HashMap<String, u64>,
    pub(super) timelines: BTreeMap<u64, Timeline>,
    counts: Vec<Count>,
    /// Answers that came, and how often, still to be counted rule by rule: most cases have the same ones.
    answers: Vec<(Sheet, u64)>,
}

impl Part {
    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS { self.findings.push(finding) } else { self.left_out = self.left_out.saturating_add(1) }
    }

    /// Something stops here, and what would have come after it is not in the report.
    pub(super) fn break_off(&mut self, line: u64, why: impl std::fmt::Display) {
        self.unreadable.add(line, why);
        self.partial = true;
    }

    /// Counts one case's answers.
    pub(super) fn count(&mut self, sheet: &Sheet) {
        match self.answers.iter_mut().find(|(known, _)| known == sheet) {
            Some((_, times)) => *times = times.saturating_add(1),
            None => {
                if self.answers.len() >= MOST_ANSWERS {
                    self.count_answers();
                }
                self.answers.push((sheet.clone(), 1));
            }
        }
    }

    fn count_answers(&mut self) {
        self.counts.resize_with(RULES, Count::default);
        for (sheet, times) in self.answers.drain(..) {
            let kept = sheet.kept & !sheet.broken & !sheet.unjudged;
            for (count, rule) in self.counts.iter_mut().zip(0_u32..) {
                count.kept = count.kept.saturating_add((kept >> rule & 1).saturating_mul(times));
                count.broken = count.broken.saturating_add((sheet.broken >> rule & 1).saturating_mul(times));
            }
            for (rule, field) in sheet.missing.iter().filter(|(rule, _)| sheet.broken & bit(*rule) == 0) {
                let Some(count) = self.counts.get_mut(rule.index()) else { continue };
                count.unjudged = count.unjudged.saturating_add(times);
                let of_field = count.missing.entry(field).or_default();
                *of_field = of_field.saturating_add(times);
            }
        }
    }

    /// Whether a case that begins at this line is among the first that broke something, whoever judged them.
    pub(super) fn remembers(&self, sheet: &Sheet, line: u64) -> bool {
        let late = || self.timelines.last_key_value().is_some_and(|(last, _)| *last < line);
        sheet.is_broken() && !(self.timelines.len() >= Timeline::KEPT && late())
    }

    pub(super) fn remember(&mut self, timeline: Timeline) {
        self.timelines.insert(timeline.line, timeline);
        if self.timelines.len() > Timeline::KEPT {
            self.timelines.pop_last();
        }
    }

    /// Counts one answer of a rule across cases.
    pub(super) fn count_one(&mut self, rule: Rule, answer: Answer) {
        let mut sheet = Sheet::default();
        sheet.mark(rule, answer);
        self.count(&sheet);
    }

    #[cfg(feature = "audit")]
    pub(super) fn unknown(&mut self, name: &str) {
        if let Some(count) = self.names.get_mut(name) {
            *count = count.saturating_add(1);
        } else if self.names.len() < MOST_NAMES {
            self.names.insert(name.to_owned(), 1);
        }
    }

    pub(super) fn join(&mut self, mut other: Part) {
        other.count_answers();
        self.partial |= other.partial;
        for (mine, theirs) in [
            (&mut self.events, other.events),
            (&mut self.cases, other.cases),
            (&mut self.open, other.open),
            (&mut self.duplicates, other.duplicates),
            (&mut self.left_out, other.left_out),
        ] {
            *mine = mine.saturating_add(theirs);
        }
        self.unreadable.join(other.unreadable);
        if self.findings.is_empty() {
            self.findings = other.findings;
        } else {
            other.findings.into_iter().for_each(|finding| self.find(finding));
        }
        self.deals.extend(other.deals);
        self.periods.join(other.periods);
        self.timelines.extend(other.timelines);
        while self.timelines.len() > Timeline::KEPT {
            self.timelines.pop_last();
        }
        for (name, count) in other.names {
            let mine = self.names.entry(name).or_default();
            *mine = mine.saturating_add(count);
        }
        self.counts.resize_with(RULES, Count::default);
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            mine.kept = mine.kept.saturating_add(theirs.kept);
            mine.broken = mine.broken.saturating_add(theirs.broken);
            mine.unjudged = mine.unjudged.saturating_add(theirs.unjudged);
            for (field, count) in theirs.missing {
                let of_field = mine.missing.entry(field).or_default();
                *of_field = of_field.saturating_add(count);
            }
        }
    }

    /// The report: in a stable order, whoever judged what.
    pub(super) fn into_report(mut self) -> Report {
        self.count_answers();
        sort(&mut self.findings);
        let mut rules = Vec::new();
        let mut proof = Proof::default();
        for (rule, count) in Rule::ALL.iter().zip(self.counts) {
            let answered = count.kept.saturating_add(count.broken);
            let asked = answered.saturating_add(count.unjudged);
            proof.questions = proof.questions.saturating_add(asked);
            proof.answered = proof.answered.saturating_add(answered);
            proof.rules_asked = proof.rules_asked.saturating_add(u64::from(asked > 0));
            proof.rules_judged = proof.rules_judged.saturating_add(u64::from(answered > 0));
            if asked > 0 {
                let missing = count.missing.into_iter().map(|(field, cases)| Missing { field, cases }).collect();
                let Count { kept, broken, unjudged, .. } = Count { missing: BTreeMap::new(), ..count };
                rules.push(Standing { kept, broken, unjudged, missing, ..Standing::new(*rule) });
            }
        }
        let mut unknown_names: Vec<(String, u64)> = self.names.into_iter().collect();
        unknown_names.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Report {
            partial: self.partial,
            events: self.events,
            cases: self.cases,
            open: self.open,
            duplicates: self.duplicates,
            unreadable: self.unreadable,
            findings: self.findings,
            findings_left_out: self.left_out,
            rules,
            proof,
            periods: self.periods.all().collect(),
            timelines: self.timelines.into_values().collect(),
            unknown_names,
        }
    }
}

/// In the order of a report. Places are moved sooner than findings, each of which then goes to its own at once.
fn sort(findings: &mut [Finding]) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    let found = |place: &usize| findings.get(*place);
    order.sort_by(|one, other| found(one).zip(found(other)).map_or(Ordering::Equal, |(one, other)| one.order(other)));
    for start in 0..order.len() {
        let mut place = start;
        // Where the one comes from that belongs here; what stands here goes on from there.
        while let Some(from) = order.get_mut(place).map(|from| std::mem::replace(from, place)).filter(|from| *from != start) {
            findings.swap(place, from);
            place = from;
        }
    }
}
