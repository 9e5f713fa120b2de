//! A day by its number: where there are millions of them, two are compared and set apart sooner than two dates.

use std::fmt;

use chrono::NaiveDate;

/// Days since 1 January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DayNumber(i32);

impl DayNumber {
    /// Behind every date.
    pub(crate) const MAX: DayNumber = DayNumber(i32::MAX);

    pub(crate) const fn of(date: NaiveDate) -> DayNumber {
        DayNumber(date.to_epoch_days())
    }

    #[cfg(feature = "audit")]
    pub(crate) fn new(days: i64) -> DayNumber {
        DayNumber(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    pub(crate) fn date(self) -> NaiveDate {
        NaiveDate::from_epoch_days(self.0).unwrap_or(if self.0 < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
    }

    /// How many days after the other; negative where it is before it.
    pub(crate) fn since(self, other: DayNumber) -> i64 {
        i64::from(self.0).saturating_sub(other.0.into())
    }

    #[cfg(feature = "audit")]
    pub(crate) const fn before(self) -> DayNumber {
        DayNumber(self.0.saturating_sub(1))
    }

    pub(crate) const fn plus(self, days: u32) -> DayNumber {
        DayNumber(self.0.saturating_add_unsigned(days))
    }
}

impl fmt::Display for DayNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}
