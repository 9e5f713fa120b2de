//! What an audit says: findings, what could be judged, what could not be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Finding, Rule};
use crate::case::ReasonCode;
use crate::value::Bilingual;

/// The answer of an audit.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The run was stopped, or the file broke off: what stands here is of the part that was read.
    pub partial: bool,
    /// How many records or rows were judged.
    pub events: u64,
    /// How many transactions.
    pub cases: u64,
    /// How many of them had not ended at the end of the file.
    pub open: u64,
    /// Rows that are the same, byte for byte, as one before in their case: counted once.
    pub duplicates: u64,
    /// What could not be read.
    pub unreadable: Unreadable,
    /// Everything found: by case, by place, by rule.
    pub findings: Vec<Finding>,
    /// Findings over the most that a report keeps: counted, not listed.
    pub findings_left_out: u64,
    /// For each rule, in how many cases it was kept, broken, or could not be judged.
    pub rules: Vec<Standing>,
    /// How much of the law the log can prove.
    pub proof: Proof,
    /// How long notices stood, in working days, by step: `(step number, days) → how many`.
    #[serde(serialize_with = "periods")]
    pub periods: BTreeMap<(u8, u32), u64>,
    /// How some cases went: the first of those with a breach, by their place in the file.
    pub timelines: Vec<Timeline>,
    /// Names that the mapping does not know, and how often each was met: the most frequent first.
    pub unknown_names: Vec<(String, u64)>,
}

/// When the steps of a case were done and left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The case.
    pub case: Arc<str>,
    /// The line of its first record.
    pub line: u64,
    /// The number of each step that stands, the day it was done, and the day it was left.
    pub steps: Vec<(u8, NaiveDate, Option<NaiveDate>)>,
}

impl Timeline {
    /// So many are kept.
    pub const KEPT: usize = 20;
}

/// One rule over all cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The rule.
    pub rule: Rule,
    /// What it asks.
    pub message: Bilingual,
    /// Where it stands in law.
    pub source: Bilingual,
    /// Cases that kept it.
    pub kept: u64,
    /// Cases that broke it.
    pub broken: u64,
    /// Cases in which it could not be judged.
    pub unjudged: u64,
    /// For want of which fields, and in how many cases.
    pub missing: Vec<Missing>,
}

/// A field that a log does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The field.
    pub field: &'static str,
    /// In how many cases a rule could not be judged without it.
    pub cases: u64,
}

/// How much of the law a log can prove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Proof {
    /// Rule by case, how many questions there were.
    pub questions: u64,
    /// How many of them the log answers, either way.
    pub answered: u64,
    /// Rules that could be judged in at least one case.
    pub rules_judged: u64,
    /// Rules that were asked in any case.
    pub rules_asked: u64,
}

impl Proof {
    /// The share of questions that the log answers, from 0 to 1; 1 where there are none.
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    pub fn share(&self) -> f64 {
        if self.questions == 0 { 1.0 } else { self.answered as f64 / self.questions as f64 }
    }
}

/// What could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// How many lines or rows.
    pub count: u64,
    /// The first of them: the line, and why.
    pub first: Vec<(u64, String)>,
}

impl Unreadable {
    /// So many are shown; all are counted.
    pub const SHOWN: usize = 100;

    pub(super) fn add(&mut self, line: u64, why: impl std::fmt::Display) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < Unreadable::SHOWN {
            self.first.push((line, clip(&why.to_string())));
        }
    }

    pub(super) fn join(&mut self, other: Unreadable) {
        self.count = self.count.saturating_add(other.count);
        self.first.extend(other.first);
        self.first.sort();
        self.first.truncate(Unreadable::SHOWN);
    }
}

/// A cause is a line, not a page, and shows nothing that a terminal would obey.
pub(super) fn clip(text: &str) -> String {
    let shown = text.chars().take(200);
    shown.flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

impl Report {
    /// The breaches: neither notes nor suspicions.
    pub fn breaches(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_breach())
    }

    /// Findings of one rule.
    pub fn of(&self, rule: Rule) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.rule == rule)
    }
}

impl Standing {
    pub(super) fn new(rule: Rule) -> Standing {
        Standing { rule, message: rule.message(), source: rule.rule(), kept: 0, broken: 0, unjudged: 0, missing: Vec::new() }
    }
}

#[derive(Serialize)]
struct Length {
    step: u8,
    working_days: u32,
    notices: u64,
}

fn periods<S: serde::Serializer>(periods: &BTreeMap<(u8, u32), u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(periods.iter().map(|((step, working_days), notices)| Length {
        step: *step,
        working_days: *working_days,
        notices: *notices,
    }))
}
