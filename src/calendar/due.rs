//! When: pauses that hold a period up, and the day it ends.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Days that count for nothing: a period stands still from the day an objection comes in to the day it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// The first day touched.
    pub from: NaiveDate,
    /// The last day touched, or `None` while it is still open.
    pub to: Option<NaiveDate>,
}

impl Pause {
    /// From one day to another, both included.
    pub const fn between(from: NaiveDate, to: NaiveDate) -> Pause {
        Pause { from, to: Some(to) }
    }

    /// Still open.
    pub const fn open(from: NaiveDate) -> Pause {
        Pause { from, to: None }
    }
}

/// When a period or a deadline ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// At the end of this day, by announced working days only.
    Announced(NaiveDate),
    /// At the end of this day if every day that no notice has announced is Monday-to-Friday: for planning, never for a decision.
    Provisional(NaiveDate),
    /// Not as long as a pause is open.
    Paused {
        /// The first day of the open pause.
        since: NaiveDate,
    },
}

impl Due {
    /// The day, announced or provisional; `None` while paused.
    pub const fn date(self) -> Option<NaiveDate> {
        match self {
            Due::Announced(date) | Due::Provisional(date) => Some(date),
            Due::Paused { .. } => None,
        }
    }

    /// Whether the day depends on a year that is not announced.
    pub const fn is_provisional(self) -> bool {
        matches!(self, Due::Provisional(_))
    }
}
