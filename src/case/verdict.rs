//! The answer: allowed, with what will be recorded, or refused, with every reason at once.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Entry, Procedure, ReasonCode};
use crate::flow::{RoleId, StepId};
use crate::value::{Bilingual, Lang};

/// One unmet condition, as data and as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code, such as `period-running`.
    pub code: Cow<'static, str>,
    /// What is wrong.
    pub message: Bilingual,
    /// The rule that asks for it.
    pub rule: Bilingual,
    /// The step it is about, by identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Party>,
    /// Who must act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Party>,
    /// What was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Bilingual>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Bilingual>,
    /// The earliest moment at which this condition can be met, where time alone can meet it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<DateTime<Utc>>,
}

/// A step or a role: its identifier and its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The identifier in the table.
    pub id: Cow<'static, str>,
    /// The name in both languages.
    pub name: Bilingual,
}

impl Party {
    /// A step, with its number before its name.
    pub(crate) fn step(step: impl StepId) -> Party {
        let (number, name) = (step.number().to_string(), step.name());
        let numbered = |name: &str| [&number, ". ", name].concat();
        Party { id: Cow::Borrowed(step.id()), name: Bilingual::of(numbered(&name.zh), numbered(&name.en)) }
    }

    pub(crate) fn role(role: impl RoleId) -> Party {
        Party { id: Cow::Borrowed(role.id()), name: role.name() }
    }
}

impl Reason {
    /// A reason of some code.
    pub fn new(code: impl ReasonCode) -> Reason {
        Reason {
            code: Cow::Borrowed(code.code()),
            message: code.message(),
            rule: code.rule(),
            step: None,
            party: None,
            expected: None,
            found: None,
            earliest: None,
        }
    }

    /// About a step.
    #[must_use]
    pub fn at(mut self, step: impl StepId) -> Reason {
        self.step = Some(Party::step(step));
        self
    }

    /// Who must act.
    #[must_use]
    pub fn by(mut self, role: impl RoleId) -> Reason {
        self.party = Some(Party::role(role));
        self
    }

    /// What was expected.
    #[must_use]
    pub fn expected(mut self, expected: Bilingual) -> Reason {
        self.expected = Some(expected);
        self
    }

    /// What was found.
    #[must_use]
    pub fn found(mut self, found: Bilingual) -> Reason {
        self.found = Some(found);
        self
    }

    /// When time will have met it.
    #[must_use]
    pub fn earliest(mut self, moment: Option<DateTime<Utc>>) -> Reason {
        self.earliest = moment;
        self
    }

    /// The reason as one line a person can read.
    pub fn text(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        let mut out = String::new();
        let mut put = |before: &str, text: &str, after: &str| {
            out.push_str(before);
            out.push_str(text);
            out.push_str(after);
        };
        if let Some(step) = &self.step {
            put(if zh { "【" } else { "[" }, step.name.in_lang(lang), if zh { "】" } else { "] " });
        }
        put("", self.message.in_lang(lang), "");
        let parts = [
            (if zh { "，应为：" } else { "; expected: " }, self.expected.as_ref()),
            (if zh { "，实为：" } else { "; found: " }, self.found.as_ref()),
            (if zh { "，责任人：" } else { "; who must act: " }, self.party.as_ref().map(|party| &party.name)),
        ];
        for (before, part) in parts {
            if let Some(part) = part {
                put(before, part.in_lang(lang), "");
            }
        }
        if let Some(moment) = self.earliest {
            let day = crate::calendar::china_date(moment).to_string();
            put(if zh { "，最早：" } else { "; earliest: " }, &day, "");
        }
        put(if zh { "（依据：" } else { " (rule: " }, self.rule.in_lang(lang), if zh { "）" } else { ")" });
        out
    }
}

/// Chinese, then English.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.text(Lang::Zh), self.text(Lang::En))
    }
}

/// Every reason why a command was refused, never an empty list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Reasons")]
pub struct Refusal {
    reasons: Vec<Reason>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    reasons: Vec<Reason>,
}

impl TryFrom<Reasons> for Refusal {
    type Error = &'static str;

    fn try_from(Reasons { reasons }: Reasons) -> Result<Refusal, &'static str> {
        if reasons.is_empty() { Err("a refusal has at least one reason") } else { Ok(Refusal { reasons }) }
    }
}

impl Refusal {
    /// All the reasons, in a stable order.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The codes alone.
    pub fn codes(&self) -> Vec<&str> {
        self.reasons.iter().map(|reason| reason.code.as_ref()).collect()
    }

    /// The earliest moment at which the command could be allowed: the latest of the reasons' moments, where waiting
    /// alone meets every one of them. `None` where someone has to do something.
    pub fn earliest(&self) -> Option<DateTime<Utc>> {
        self.reasons.iter().map(|reason| reason.earliest).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// All reasons in one language, one on each line.
    ///
    /// ```
    /// # use sanzi::{case::{Code, Faults, Reason}, value::Lang};
    /// # let mut faults = Faults::new();
    /// # faults.refuse(Reason::new(Code::NotPerformed));
    /// # let refusal = faults.into_result().unwrap_err();
    /// assert_eq!(refusal.text(Lang::Zh), "该环节尚未执行（依据：先执行、再公开、后进入下一环节 [I]）");
    /// ```
    pub fn text(&self, lang: Lang) -> String {
        lines(&self.reasons, lang)
    }
}

fn lines(reasons: &[Reason], lang: Lang) -> String {
    reasons.iter().map(|reason| reason.text(lang)).collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused for {} reason(s):", self.reasons.len())?;
        self.reasons.iter().try_for_each(|reason| write!(f, "\n- {reason}"))
    }
}

impl std::error::Error for Refusal {}

/// Collects reasons; costs nothing while there are none.
#[derive(Debug, Default)]
pub struct Faults {
    reasons: Vec<Reason>,
    warnings: Vec<Reason>,
}

impl Faults {
    /// None yet.
    pub const fn new() -> Faults {
        Faults { reasons: Vec::new(), warnings: Vec::new() }
    }

    /// Adds a reason to refuse.
    pub fn refuse(&mut self, reason: Reason) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Adds something that is allowed but wrong: late, or suspicious.
    pub fn warn(&mut self, reason: Reason) {
        if !self.warnings.contains(&reason) {
            self.warnings.push(reason);
        }
    }

    /// Adds a reason unless the condition holds.
    pub fn require(&mut self, holds: bool, reason: impl FnOnce() -> Reason) {
        if !holds {
            self.refuse(reason());
        }
    }

    /// Whether nothing speaks against it.
    pub const fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// The refusal, if there is a reason for one; else the warnings.
    ///
    /// # Errors
    /// The refusal with all reasons.
    pub fn into_result(self) -> Result<Vec<Reason>, Refusal> {
        if self.reasons.is_empty() { Ok(self.warnings) } else { Err(Refusal { reasons: self.reasons }) }
    }
}

/// What was decided. A refusal is a value, not an error.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a verdict that nobody reads decides nothing"]
pub enum Verdict<P: Procedure> {
    /// It may happen; this is what to record.
    Allowed {
        /// The entries to append, in order; [`Case::evolve`](super::Case::evolve) applies them.
        entries: Vec<Entry<P>>,
        /// What is allowed but wrong: late, or suspicious.
        warnings: Vec<Reason>,
    },
    /// It may not; every reason at once.
    Refused(Refusal),
}

impl<P: Procedure> Verdict<P> {
    /// Whether it may happen.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Verdict::Allowed { .. })
    }

    /// The refusal, if it is one.
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Verdict::Refused(refusal) => Some(refusal),
            Verdict::Allowed { .. } => None,
        }
    }

    /// The entries, or the refusal as an error.
    ///
    /// # Errors
    /// The refusal.
    pub fn into_result(self) -> Result<Vec<Entry<P>>, Refusal> {
        match self {
            Verdict::Allowed { entries, .. } => Ok(entries),
            Verdict::Refused(refusal) => Err(refusal),
        }
    }
}

/// An RFC 9457 problem document (`application/problem+json`, status 409) made of a refusal.
///
/// ```
/// # use sanzi::case::{Code, Faults, Problem, Reason};
/// # let mut faults = Faults::new();
/// # faults.refuse(Reason::new(Code::NotPerformed));
/// # let refusal = faults.into_result().unwrap_err();
/// let problem = Problem::of(&refusal, "/cases/01890a5d-ac96-774b-bcce-b302099a8057");
/// let json = serde_json::to_value(&problem)?;
/// assert_eq!(json["type"], "urn:sanzi:problem:refused");
/// assert_eq!(json["status"], 409);
/// assert_eq!(json["reasons"][0]["code"], "not-performed");
/// let english = problem.in_lang(sanzi::value::Lang::En);
/// assert_eq!(english.detail, "the step has not been performed (rule: perform, publish, advance [I])");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Always `urn:sanzi:problem:refused`.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// A summary that stays the same.
    pub title: Cow<'static, str>,
    /// The HTTP status: 409, the request conflicts with the state of the case.
    pub status: u16,
    /// All reasons as one text, Chinese and English.
    pub detail: String,
    /// The request's path or another identifier of this occurrence.
    pub instance: String,
    /// All reasons as data.
    pub reasons: Vec<Reason>,
    /// The earliest moment at which waiting alone would help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest: Option<DateTime<Utc>>,
}

impl Problem {
    /// The media type of the document.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// Of a refusal that met a request for `instance`.
    pub fn of(refusal: &Refusal, instance: impl Into<String>) -> Problem {
        Problem {
            kind: Cow::Borrowed("urn:sanzi:problem:refused"),
            title: Cow::Borrowed("环节不得跳过 / a step cannot be skipped"),
            status: 409,
            detail: refusal.to_string(),
            instance: instance.into(),
            reasons: refusal.reasons.clone(),
            earliest: refusal.earliest(),
        }
    }

    /// The same, its title and its detail in one language only. The reasons stay in both.
    #[must_use]
    pub fn in_lang(mut self, lang: Lang) -> Problem {
        self.title = Cow::Borrowed(match lang {
            Lang::Zh => "环节不得跳过",
            Lang::En => "a step cannot be skipped",
        });
        self.detail = self.text(lang);
        self
    }

    /// All reasons in one language, one on each line.
    pub fn text(&self, lang: Lang) -> String {
        lines(&self.reasons, lang)
    }
}
