//! Law runs on China time, UTC+8 all year.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

const AHEAD: TimeDelta = TimeDelta::hours(8);

/// The date in China at a moment.
///
/// ```
/// # use sanzi::calendar::{china_date, china_midnight};
/// let moment = "2018-03-01T16:00:00Z".parse()?;
/// assert_eq!(china_date(moment).to_string(), "2018-03-02");
/// assert_eq!(china_midnight(china_date(moment)), moment);
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub fn china_date(at: DateTime<Utc>) -> NaiveDate {
    at.naive_utc().checked_add_signed(AHEAD).map_or(NaiveDate::MAX, |local| local.date())
}

/// The moment at which a date begins in China: 00:00 at UTC+8. A day ends where the next begins.
pub fn china_midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).checked_sub_signed(AHEAD).map_or(DateTime::<Utc>::MIN_UTC, |utc| utc.and_utc())
}
