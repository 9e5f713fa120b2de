//! Working days counted one by one from the State Council's list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

const JSON: &str = include_str!("../../../src/calendar/cn_workdays_2018_2026.json");

static LISTED: LazyLock<BTreeMap<NaiveDate, bool>> = LazyLock::new(|| {
    let json: serde_json::Value = serde_json::from_str(JSON).unwrap();
    let days = json["exceptions"].as_object().unwrap().iter();
    days.map(|(day, what)| (day.parse().unwrap(), !what["off"].as_bool().unwrap())).collect()
});

pub fn is_working(day: NaiveDate) -> bool {
    LISTED.get(&day).copied().unwrap_or(day.weekday().number_from_monday() < 6)
}

/// The last of so many working days after `start`; days inside a pause do not count, an open one never ends.
pub fn last_day(start: NaiveDate, working_days: u32, pauses: &[(NaiveDate, Option<NaiveDate>)]) -> Option<NaiveDate> {
    let mut left = working_days;
    let mut day = start;
    while left > 0 {
        day = day.succ_opt().unwrap();
        let held = pauses.iter().find(|(from, to)| *from <= day && to.is_none_or(|to| day <= to));
        match held {
            Some((_, None)) => return None,
            Some(_) => {}
            None => left -= u32::from(is_working(day)),
        }
    }
    Some(day)
}
