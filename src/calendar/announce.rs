//! A newly announced year, read from the same JSON as the built-in ones.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::data::{Year, place};
use super::{Calendar, CalendarError, Inner};
use crate::value::Text;

/// The largest notice that is read, in bytes. Real ones have about 3,000.
const MAX_BYTES: usize = 65_536;

impl Calendar {
    /// With the year after the horizon, from the exceptions that its notice names: weekdays off and weekend days worked.
    ///
    /// The text is a JSON object by date, `{"2027-01-01": {"off": true, "name": "元旦", "paper_year": 2027}, …}`, the form
    /// of NateScarlet/holiday-cn. `name` and `paper_year` may be left out. A notice may also name days of the December
    /// before, and then wins over the earlier one; local overrides win over both.
    ///
    /// # Errors
    /// [`CalendarError::NotNext`] for any year but the one after the horizon, [`CalendarError::Duplicate`] for a day named
    /// twice, [`CalendarError::BadNotice`] for anything else that is wrong, with its line and column where it has one.
    pub fn announce(&self, year: i32, exceptions: &str) -> Result<Calendar, CalendarError> {
        let next = self.0.next_year();
        if year != next {
            return Err(CalendarError::NotNext { year, next });
        }
        let bad = |reason: String| CalendarError::BadNotice { year, reason };
        if exceptions.len() > MAX_BYTES {
            return Err(bad(format!("it has over {MAX_BYTES} bytes: give one year's exceptions only")));
        }
        let days: Exceptions = serde_json::from_str(exceptions).map_err(|error| bad(error.to_string()))?;
        if let Some(date) = days.twice {
            return Err(CalendarError::Duplicate { date });
        }
        check(year, &days.by_date).map_err(bad)?;

        let mut inner = Inner::clone(&self.0);
        inner.years.push(monday_to_friday(year));
        for (date, exception) in &days.by_date {
            inner.set(*date, !exception.off);
        }
        Ok(inner.counted())
    }
}

impl Inner {
    fn set(&mut self, date: NaiveDate, working: bool) {
        let row = date.year().checked_sub(self.first_year).and_then(|row| usize::try_from(row).ok());
        let (word, bit) = place(date);
        if let Some(word) = row.and_then(|row| self.years.get_mut(row)).and_then(|year| year.get_mut(word)) {
            *word = if working { *word | bit } else { *word & !bit };
        }
    }
}

fn monday_to_friday(year: i32) -> Year {
    let mut bits = Year::default();
    let first = NaiveDate::from_yo_opt(year, 1);
    for date in first.into_iter().flat_map(|first| first.iter_days()).take_while(|date| date.year() == year) {
        let (word, bit) = place(date);
        if let Some(word) = bits.get_mut(word).filter(|_| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)) {
            *word |= bit;
        }
    }
    bits
}

/// A notice names days of its own year, or of the December before; one that gives its year no day off is no notice.
fn check(year: i32, days: &BTreeMap<NaiveDate, Exception>) -> Result<(), String> {
    for (date, exception) in days {
        let december = date.year().checked_add(1) == Some(year) && date.month() == 12;
        if date.year() != year && !december {
            return Err(format!("{date} is neither in {year} nor in the December before: leave it out"));
        }
        if let Some(other) = exception.paper_year.filter(|paper| *paper != year) {
            return Err(format!("{date} is from the notice of {other}: give the notice of {year} alone"));
        }
    }
    if !days.iter().any(|(date, exception)| date.year() == year && exception.off) {
        return Err("it gives the year no day off: give the notice's exceptions, they are never empty".to_owned());
    }
    Ok(())
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    off: bool,
    #[serde(default, rename = "name")]
    _name: Option<Text>,
    #[serde(default)]
    paper_year: Option<i32>,
}

/// A map that notices when a date is there twice; serde's own would keep the last.
struct Exceptions {
    by_date: BTreeMap<NaiveDate, Exception>,
    twice: Option<NaiveDate>,
}

impl<'de> Deserialize<'de> for Exceptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Exceptions, D::Error> {
        deserializer.deserialize_map(ByDate)
    }
}

struct ByDate;

impl<'de> Visitor<'de> for ByDate {
    type Value = Exceptions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object by date, such as {\"2027-01-01\": {\"off\": true}}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Exceptions, A::Error> {
        let mut days = Exceptions { by_date: BTreeMap::new(), twice: None };
        while let Some(key) = map.next_key::<String>()? {
            let date: Option<NaiveDate> = key.parse().ok().filter(|date: &NaiveDate| date.to_string() == key);
            let date = date.ok_or_else(|| A::Error::custom(format_args!("{key:?} is not a date: write it as 2027-01-01")))?;
            if days.by_date.insert(date, map.next_value()?).is_some() {
                days.twice = days.twice.or(Some(date));
            }
        }
        Ok(days)
    }
}
