//! What residents answer: comments, which must be replied to, and objections, which stop the clock and rise if they are
//! left unanswered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::value::{PersonId, Text};

/// The kind of a resident's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Remark {
    /// A comment (意见): must be replied to before the step can close; the period runs on.
    Comment,
    /// An objection (异议): stops the period until the authority has decided.
    Objection,
}

/// How an answer was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// Replied to; nothing changes. For an objection: dismissed (不成立), and the period goes on.
    Dismissed,
    /// Upheld (成立): the step goes back as its row says.
    Upheld,
}

/// One comment or objection, with a number that the resident is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Objection {
    /// Counted from 1 within the case.
    pub number: u32,
    /// Comment or objection.
    pub kind: Remark,
    /// Who handed it in, where they gave an identifier.
    pub from: Option<PersonId>,
    /// Who entered it: they do not decide it either.
    pub entered_by: PersonId,
    /// Their words.
    pub text: Text,
    /// When it was handed in.
    pub filed: DateTime<Utc>,
    /// When it rose, left unanswered: once for each level above the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rises: Vec<DateTime<Utc>>,
    /// The ruling and its moment, once there is one.
    pub ruled: Option<(Ruling, DateTime<Utc>)>,
}

impl Objection {
    /// Whether it still waits for its answer.
    pub const fn is_open(&self) -> bool {
        self.ruled.is_none()
    }
}
