//! How long: periods that must have run, and deadlines that must not have passed.

use serde::{Deserialize, Serialize};

use super::CalendarError;

/// The longest period or deadline, in days: about ten years. Longer ones are slips of the pen.
pub const MAX_DAYS: u32 = 3_660;

fn within(days: u32) -> Result<(), CalendarError> {
    if days > MAX_DAYS { Err(CalendarError::TooLong { days }) } else { Ok(()) }
}

/// How long at least: a notice period or a lead time. Both components must have run; the later end wins.
///
/// The day of the event does not count, and a calendar-day period that ends on an off day ends on the next working day
/// (民法典 201, 203).
///
/// ```
/// use sanzi::calendar::Period;
/// assert_eq!(Period::working(5).to_string(), "5 working days");
/// assert_eq!(serde_json::to_string(&Period::calendar(10)).unwrap(), r#"{"calendar":10}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Days", into = "Days")]
pub struct Period {
    working: u32,
    calendar: u32,
}

impl Period {
    /// No time at all: it ends on the start day itself.
    pub const NONE: Period = Period::both(0, 0);

    /// So many working days (工作日).
    pub const fn working(days: u32) -> Period {
        Period::both(days, 0)
    }

    /// So many calendar days (日).
    pub const fn calendar(days: u32) -> Period {
        Period::both(0, days)
    }

    /// Working days and calendar days, both of which must have run. Over [`MAX_DAYS`] no calendar gives it an end.
    pub const fn both(working: u32, calendar: u32) -> Period {
        Period { working, calendar }
    }

    /// The working days that must have run.
    pub const fn working_days(self) -> u32 {
        self.working
    }

    /// The calendar days that must have run.
    pub const fn calendar_days(self) -> u32 {
        self.calendar
    }

    /// The stricter of two minimums: each component the longer.
    #[must_use]
    pub fn longer(self, other: Period) -> Period {
        Period::both(self.working.max(other.working), self.calendar.max(other.calendar))
    }

    pub(crate) fn checked(self) -> Result<Period, CalendarError> {
        within(self.working)?;
        within(self.calendar)?;
        Ok(self)
    }
}

/// How long at most: a duty to act. Where both components are given, the earlier end wins.
///
/// A deadline has at least one component, so it always ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Days", into = "Days")]
pub struct Deadline {
    working: Option<u32>,
    calendar: Option<u32>,
}

impl Deadline {
    /// Within so many working days (工作日).
    pub const fn working(days: u32) -> Deadline {
        Deadline { working: Some(days), calendar: None }
    }

    /// Within so many calendar days (日).
    pub const fn calendar(days: u32) -> Deadline {
        Deadline { working: None, calendar: Some(days) }
    }

    /// Within so many working days and within so many calendar days.
    pub const fn both(working: u32, calendar: u32) -> Deadline {
        Deadline { working: Some(working), calendar: Some(calendar) }
    }

    /// The working days within which to act, if it counts working days.
    pub const fn working_days(self) -> Option<u32> {
        self.working
    }

    /// The calendar days within which to act, if it counts calendar days.
    pub const fn calendar_days(self) -> Option<u32> {
        self.calendar
    }

    /// The stricter of two maximums: each component the shorter.
    #[must_use]
    pub fn shorter(self, other: Deadline) -> Deadline {
        let least = |a: Option<u32>, b: Option<u32>| a.into_iter().chain(b).min();
        Deadline { working: least(self.working, other.working), calendar: least(self.calendar, other.calendar) }
    }

    pub(crate) fn checked(self) -> Result<Deadline, CalendarError> {
        if self.working.or(self.calendar).is_none() {
            return Err(CalendarError::NoDays);
        }
        within(self.working.unwrap_or(0))?;
        within(self.calendar.unwrap_or(0))?;
        Ok(self)
    }
}

/// How periods and deadlines are written: `{"working": 5}`, `{"calendar": 10}`, or both.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "days such as { working = 5 }, { calendar = 10 }, or both")]
struct Days {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calendar: Option<u32>,
}

impl TryFrom<Days> for Period {
    type Error = CalendarError;

    fn try_from(days: Days) -> Result<Period, CalendarError> {
        if days.working.or(days.calendar).is_none() {
            return Err(CalendarError::NoDays);
        }
        Period::both(days.working.unwrap_or(0), days.calendar.unwrap_or(0)).checked()
    }
}

impl From<Period> for Days {
    fn from(period: Period) -> Days {
        let some = |days: u32| (days > 0).then_some(days);
        let calendar = some(period.calendar);
        Days { working: some(period.working).or_else(|| calendar.is_none().then_some(0)), calendar }
    }
}

impl TryFrom<Days> for Deadline {
    type Error = CalendarError;

    fn try_from(days: Days) -> Result<Deadline, CalendarError> {
        Deadline { working: days.working, calendar: days.calendar }.checked()
    }
}

impl From<Deadline> for Days {
    fn from(deadline: Deadline) -> Days {
        Days { working: deadline.working, calendar: deadline.calendar }
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.working, self.calendar) {
            (working, 0) => write!(f, "{working} working days"),
            (0, calendar) => write!(f, "{calendar} calendar days"),
            (working, calendar) => write!(f, "{working} working days and {calendar} calendar days"),
        }
    }
}

impl std::fmt::Display for Deadline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.working, self.calendar) {
            (Some(working), Some(calendar)) => write!(f, "{working} working days, at most {calendar} calendar days"),
            (Some(working), None) => write!(f, "{working} working days"),
            (None, calendar) => write!(f, "{} calendar days", calendar.unwrap_or(0)),
        }
    }
}
