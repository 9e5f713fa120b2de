//! Legal working days of mainland China, and when a period ends.
//!
//! The calendar knows what the State Council announced, year by year, and says so where it does not know: a date past the
//! announced years is [`Day::Unannounced`], never Monday-to-Friday. Time comes in as an argument; nothing here reads a clock.

mod announce;
mod clock;
mod counts;
mod data;
mod day_number;
mod due;
mod error;
mod reckon;
mod span;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use chrono::{Datelike, NaiveDate};

pub use clock::{china_date, china_midnight};
pub use due::{Due, Pause};
pub use error::CalendarError;
pub use span::{Deadline, MAX_DAYS, Period};

use crate::value::Text;
use counts::Counts;
use data::Year;
pub(crate) use day_number::DayNumber;

/// What a day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Day {
    /// A working day (工作日).
    Working,
    /// A day of rest or a public holiday (休息日、法定节假日).
    Off,
    /// No notice says.
    Unannounced,
}

/// The announced working days, with local overrides. Cheap to clone.
///
/// ```
/// use chrono::NaiveDate;
/// use sanzi::calendar::{Calendar, Day, Due, Period};
///
/// let calendar = Calendar::china();
/// let day = |text: &str| text.parse::<NaiveDate>().unwrap();
///
/// assert_eq!(calendar.day(day("2018-02-11")), Day::Working, "a Sunday worked before the Spring Festival");
/// assert_eq!(calendar.last_day(day("2018-02-09"), Period::working(5), &[])?, day("2018-02-22"));
///
/// // 2027 is not announced: a plan gets a provisional date, a decision gets an error.
/// assert!(matches!(calendar.end_of(day("2026-12-30"), Period::working(5), &[])?, Due::Provisional(_)));
/// assert!(calendar.last_day(day("2026-12-30"), Period::working(5), &[]).is_err());
/// # Ok::<(), sanzi::calendar::CalendarError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Calendar(Arc<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    first_year: i32,
    years: Vec<Year>,
    overrides: BTreeMap<NaiveDate, Override>,
    /// Made of all the above.
    counts: Counts,
}

/// A day that an organisation's own decision makes a working day or a day off: a typhoon, a local festival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Whether the day is worked.
    pub working: bool,
    /// By whose decision and why.
    pub reason: Text,
}

static CHINA: LazyLock<Calendar> = LazyLock::new(|| {
    let (first_year, years) = (data::FIRST_YEAR, data::YEARS.to_vec());
    Inner { first_year, years, overrides: BTreeMap::new(), counts: Counts::NONE }.counted()
});

impl Calendar {
    /// What the State Council announced for 2018 to 2026, with the changes of 2019 and 2020.
    ///
    /// A year's notice can still change the last days of the year before, as that of 2019 did.
    pub fn china() -> Calendar {
        CHINA.clone()
    }

    /// What a day is.
    pub fn day(&self, date: NaiveDate) -> Day {
        match self.0.is_worked(date) {
            Some(true) => Day::Working,
            Some(false) => Day::Off,
            None => Day::Unannounced,
        }
    }

    /// Whether a day is worked.
    ///
    /// # Errors
    /// [`CalendarError::Unannounced`] where no notice says.
    pub fn is_working(&self, date: NaiveDate) -> Result<bool, CalendarError> {
        match self.day(date) {
            Day::Working => Ok(true),
            Day::Off => Ok(false),
            Day::Unannounced => Err(self.unannounced(date)),
        }
    }

    /// The first announced day.
    pub fn first_announced(&self) -> NaiveDate {
        self.0.first_day()
    }

    /// The last announced day: the horizon.
    pub fn last_announced(&self) -> NaiveDate {
        let next = self.0.next_year();
        NaiveDate::from_ymd_opt(next, 1, 1).and_then(|date| date.pred_opt()).unwrap_or(NaiveDate::MAX)
    }

    /// With a day made a working day or a day off by a local decision. It wins over every notice.
    ///
    /// # Errors
    /// [`CalendarError::Duplicate`] where the day is overridden already.
    pub fn with_override(&self, date: NaiveDate, working: bool, reason: Text) -> Result<Calendar, CalendarError> {
        let mut inner = Inner::clone(&self.0);
        match inner.overrides.insert(date, Override { working, reason }) {
            Some(_) => Err(CalendarError::Duplicate { date }),
            None => Ok(inner.counted()),
        }
    }

    /// The local decisions, by date.
    pub fn overrides(&self) -> impl Iterator<Item = (NaiveDate, &Override)> {
        self.0.overrides.iter().map(|(date, decision)| (*date, decision))
    }

    fn unannounced(&self, date: NaiveDate) -> CalendarError {
        CalendarError::Unannounced { date, first_announced: self.first_announced(), last_announced: self.last_announced() }
    }
}

impl Inner {
    fn counted(mut self) -> Calendar {
        self.counts = Counts::new(self.first_day(), |date| self.is_worked(date));
        Calendar(Arc::new(self))
    }

    fn first_day(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.first_year, 1, 1).unwrap_or(NaiveDate::MIN)
    }

    /// By local decision, else by notice; `None` where neither says.
    fn is_worked(&self, date: NaiveDate) -> Option<bool> {
        self.overrides.get(&date).map(|decision| decision.working).or_else(|| self.announced(date))
    }

    /// The first year after the announced ones.
    fn next_year(&self) -> i32 {
        i32::try_from(self.years.len()).ok().and_then(|count| self.first_year.checked_add(count)).unwrap_or(i32::MAX)
    }

    fn announced(&self, date: NaiveDate) -> Option<bool> {
        let row = usize::try_from(date.year().checked_sub(self.first_year)?).ok()?;
        let (word, bit) = data::place(date);
        self.years.get(row)?.get(word).map(|word| word & bit != 0)
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calendar({} to {}, {} overrides)", self.first_announced(), self.last_announced(), self.0.overrides.len())
    }
}
