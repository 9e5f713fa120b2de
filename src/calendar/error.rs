//! Why the calendar gave no date.

use chrono::NaiveDate;

/// Why the calendar gave no answer. [`CalendarError::Unannounced`] and [`CalendarError::Paused`] are states of the world and
/// pass with time; the others are faults of the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// The answer needs a day that no notice of the State Council has announced yet.
    #[error("{date} is outside the announced calendar ({first_announced} to {last_announced}): announce that year's notice first")]
    Unannounced {
        /// The first day needed and not announced.
        date: NaiveDate,
        /// The first announced day.
        first_announced: NaiveDate,
        /// The last announced day: the horizon.
        last_announced: NaiveDate,
    },
    /// An objection or another pause that has not ended keeps the period from ending.
    #[error("the period is paused since {since} and has no end until the pause ends: close the pause first")]
    Paused {
        /// The first day of the open pause.
        since: NaiveDate,
    },
    /// A period or a deadline longer than [`super::MAX_DAYS`].
    #[error("{days} days are over the longest period that is accepted, {} days: use fewer", super::MAX_DAYS)]
    TooLong {
        /// The days asked for.
        days: u32,
    },
    /// A deadline that names neither working nor calendar days.
    #[error("the deadline names no days: give working days, calendar days, or both")]
    NoDays,
    /// The last day is before the first.
    #[error("{last} is before {first}: give the earlier day first")]
    Backwards {
        /// The day given first.
        first: NaiveDate,
        /// The day given last.
        last: NaiveDate,
    },
    /// The end is past the last day that a date can hold.
    #[error("the end is past the last date that can be written: use an earlier start")]
    OutOfRange,
    /// The day was overridden before, or a notice names it twice.
    #[error("{date} is there twice: keep one entry")]
    Duplicate {
        /// The day.
        date: NaiveDate,
    },
    /// The year is announced already, or is not next to the announced years.
    #[error(
        "{year} cannot be announced: announce {next}, without leaving a year out, and change single days of an announced year by overrides"
    )]
    NotNext {
        /// The year given.
        year: i32,
        /// The first year without a notice.
        next: i32,
    },
    /// A notice that is not in the expected form.
    #[error("the notice of {year} was not understood: {reason}")]
    BadNotice {
        /// The year being announced.
        year: i32,
        /// What is wrong and where.
        reason: String,
    },
}
