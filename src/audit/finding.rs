//! One finding: what was expected, what was found, under which rule, and who was responsible.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use serde::Serialize;

use super::Rule;
use crate::case::{Party, Reason, ReasonCode};
use crate::flow::{RoleId, StepId};
use crate::value::{Bilingual, Lang};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Lawful, but worth a look: the guard lets it pass with a warning.
    Note,
    /// A pattern across cases that can have innocent causes.
    Suspicion,
    /// A breach that can be made good.
    Minor,
    /// A breach.
    Major,
    /// A breach that can make the transaction void, or hides what happened.
    Grave,
}

impl Severity {
    /// All, the gravest last.
    pub const ALL: [Severity; 5] = [Severity::Note, Severity::Suspicion, Severity::Minor, Severity::Major, Severity::Grave];

    /// Its name in both languages.
    pub const fn name(self) -> Bilingual {
        match self {
            Severity::Note => Bilingual::new("提示", "note"),
            Severity::Suspicion => Bilingual::new("疑点", "suspicion"),
            Severity::Minor => Bilingual::new("轻微", "minor"),
            Severity::Major => Bilingual::new("较重", "major"),
            Severity::Grave => Bilingual::new("严重", "grave"),
        }
    }
}

/// Something in a log that a rule forbids, or that should be looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The case, as the log names it. For a pattern across cases the first of them.
    pub case: Arc<str>,
    /// The line of the file, or the record's place in it, from 1.
    pub line: u64,
    /// The step it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Party>,
    /// The rule, by its stable code.
    pub rule: Rule,
    /// The guard's own stable code where it said so; else the rule's.
    pub code: Cow<'static, str>,
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: Bilingual,
    /// The law, or `[I]` our own construction.
    pub source: Bilingual,
    /// The party that the step belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<Party>,
    /// Who did it, as the log names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Arc<str>>,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Bilingual>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Bilingual>,
    /// For a suspicion: the chance that chance alone made it, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub innocent: Option<f64>,
    /// For a suspicion: how that chance was computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Bilingual>,
    /// For a suspicion: the cases it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Arc<str>>,
}

impl Finding {
    /// Of a rule, in a case, at a line of the file.
    pub(super) fn new(rule: Rule, case: Arc<str>, line: u64) -> Finding {
        Finding {
            case,
            line,
            step: None,
            rule,
            code: Cow::Borrowed(rule.code()),
            severity: rule.severity(),
            message: rule.message(),
            source: rule.rule(),
            responsible: None,
            person: None,
            expected: None,
            found: None,
            innocent: None,
            model: None,
            evidence: Vec::new(),
        }
    }

    /// What the guard says against an entry.
    pub(super) fn of_reason(reason: Reason, rule: Rule, case: Arc<str>, line: u64) -> Finding {
        let Reason { code, message, rule: source, step, party, expected, found, .. } = reason;
        let mut finding = Finding::new(rule, case, line);
        (finding.code, finding.message, finding.source) = (code, message, source);
        (finding.step, finding.responsible, finding.expected, finding.found) = (step, party, expected, found);
        finding
    }

    pub(super) fn at<S: StepId>(mut self, step: S) -> Finding {
        self.step = Some(Party::step(step));
        self
    }

    pub(super) fn by<R: RoleId>(mut self, role: R) -> Finding {
        self.responsible = Some(Party::role(role));
        self
    }

    pub(super) fn expected(mut self, expected: Bilingual) -> Finding {
        self.expected = Some(expected);
        self
    }

    pub(super) fn found(mut self, found: Bilingual) -> Finding {
        self.found = Some(found);
        self
    }

    /// A breach of the rules: neither a note nor a suspicion.
    pub fn is_breach(&self) -> bool {
        self.severity > Severity::Suspicion
    }

    /// As one line that a person can read.
    pub fn text(&self, lang: Lang) -> String {
        let mut reason = Reason::new(self.rule);
        (reason.message, reason.rule) = (self.message.clone(), self.source.clone());
        (reason.step, reason.party) = (self.step.clone(), self.responsible.clone());
        (reason.expected, reason.found) = (self.expected.clone(), self.found.clone());
        reason.text(lang)
    }

    /// The order of a report: by case, then by place, rule and step.
    pub(super) fn order(&self, other: &Finding) -> Ordering {
        let key = |finding: &Finding| (finding.line, finding.rule);
        let case = self.case.cmp(&other.case);
        case.then_with(|| key(self).cmp(&key(other)))
            .then_with(|| self.step_number().cmp(&other.step_number()))
            .then_with(|| self.code.cmp(&other.code))
            .then_with(|| self.found_text().cmp(other.found_text()))
    }

    /// As it stands before the step's name, 0 where there is none.
    fn step_number(&self) -> u32 {
        let name = self.step.as_ref().map_or("", |step| step.name.en.as_ref());
        name.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    fn found_text(&self) -> &str {
        self.found.as_ref().map_or("", |found| found.en.as_ref())
    }

    /// The step's identifier, empty where it is about no step.
    pub fn step_id(&self) -> &str {
        self.step.as_ref().map_or("", |step| step.id.as_ref())
    }
}
