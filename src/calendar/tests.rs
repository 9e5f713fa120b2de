#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const JSON: &str = include_str!("cn_workdays_2018_2026.json");

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn json() -> Value {
    serde_json::from_str(JSON).unwrap()
}

/// The naive reading: an exception says, else Monday to Friday; `None` outside 2018 to 2026.
fn naive() -> BTreeMap<NaiveDate, bool> {
    let json = json();
    let listed = json["exceptions"].as_object().unwrap();
    assert_eq!(listed.len(), 315);
    let mut days = BTreeMap::new();
    for date in day("2018-01-01").iter_days().take_while(|date| date.year() < 2027) {
        let weekday = date.weekday().number_from_monday() < 6;
        days.insert(date, listed.get(&date.to_string()).map_or(weekday, |entry| !entry["off"].as_bool().unwrap()));
    }
    days
}

#[test]
fn every_day_is_as_the_notices_say() {
    let calendar = Calendar::china();
    let naive = naive();
    assert_eq!(naive.len(), 3287);
    for (date, working) in naive {
        assert_eq!(calendar.day(date), if working { Day::Working } else { Day::Off }, "{date}");
        assert_eq!(calendar.is_working(date), Ok(working), "{date}");
    }
}

#[test]
fn each_year_has_its_working_days() {
    for (year, count) in json()["workdays_per_year"].as_object().unwrap() {
        let year: i32 = year.parse().unwrap();
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let last = NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
        let first_day = u32::from(Calendar::china().is_working(first).unwrap());
        assert_eq!(u64::from(Calendar::china().working_days_between(first, last).unwrap() + first_day), count.as_u64().unwrap());
    }
}

#[test]
fn the_seventeen_vectors_hold() {
    let vectors = json()["test_vectors"].as_array().unwrap().clone();
    assert_eq!(vectors.len(), 17);
    for vector in vectors {
        let field = |name: &str| day(vector[name].as_str().unwrap());
        let days = u32::try_from(vector["working_days"].as_u64().unwrap()).unwrap();
        let (start, end) = (field("event_day_excluded"), field("last_day"));
        assert_eq!(Calendar::china().last_day(start, Period::working(days), &[]), Ok(end), "{vector}");
        assert_eq!(Calendar::china().end_of(start, Period::working(days), &[]), Ok(Due::Announced(end)), "{vector}");
        assert_eq!(Calendar::china().working_days_between(start, end), Ok(days), "{vector}");
    }
}

#[test]
fn calendar_days_that_end_on_an_off_day_end_on_the_next_working_day() {
    let last = |start, days| Calendar::china().last_day(day(start), Period::calendar(days), &[]).unwrap().to_string();
    assert_eq!(last("2018-03-01", 10), "2018-03-12", "the tenth day is a Sunday");
    assert_eq!(last("2018-03-02", 10), "2018-03-12", "the tenth day is that Monday");
    assert_eq!(last("2018-02-05", 10), "2018-02-22", "the tenth day is in the Spring Festival");
    assert_eq!(last("2018-02-01", 10), "2018-02-11", "the tenth day is a Sunday that is worked");
    let both = Calendar::china().last_day(day("2018-02-05"), Period::both(10, 10), &[]);
    assert_eq!(both, Ok(day("2018-02-23")), "the later end wins");
    for start in ["2018-03-03", "2018-03-05", "2031-01-01"] {
        assert_eq!(Calendar::china().last_day(day(start), Period::NONE, &[]), Ok(day(start)), "no time at all");
    }
}

#[test]
fn a_deadline_passes_with_the_earlier_end() {
    let calendar = Calendar::china();
    let start = day("2018-02-09");
    assert_eq!(calendar.deadline_day(start, Deadline::working(5), &[]), Ok(day("2018-02-22")));
    assert_eq!(calendar.deadline_day(start, Deadline::both(5, 3), &[]), Ok(day("2018-02-12")));
    assert_eq!(calendar.deadline_day(start, Deadline::both(1, 3), &[]), Ok(day("2018-02-11")));
    // One component ends before the horizon, the other past it: the announced end is certain.
    let start = day("2026-12-28");
    assert_eq!(calendar.deadline_of(start, Deadline::both(2, 30), &[]), Ok(Due::Announced(day("2026-12-30"))));
    assert_eq!(calendar.deadline_of(start, Deadline::both(5, 6), &[]), Ok(Due::Provisional(day("2027-01-04"))));
    assert_eq!(calendar.deadline_of(day("2026-12-31"), Deadline::both(1, 9), &[]), Ok(Due::Provisional(day("2027-01-01"))));
    let unannounced = calendar.deadline_day(day("2026-12-31"), Deadline::working(1), &[]);
    assert!(matches!(unannounced, Err(CalendarError::Unannounced { date, .. }) if date == day("2027-01-01")));
    // An open pause holds up one component only.
    let pause = [Pause::open(day("2018-03-08"))];
    assert_eq!(calendar.deadline_day(day("2018-03-01"), Deadline::both(2, 30), &pause), Ok(day("2018-03-05")));
    assert_eq!(calendar.deadline_of(day("2018-03-01"), Deadline::both(20, 30), &pause), Ok(Due::Paused { since: day("2018-03-08") }));
}

#[test]
fn past_the_horizon_nothing_is_certain() {
    let calendar = Calendar::china();
    assert_eq!((calendar.first_announced(), calendar.last_announced()), (day("2018-01-01"), day("2026-12-31")));
    for date in ["2017-12-31", "2027-01-01", "2027-01-04", "1949-10-01"].map(day).into_iter().chain([NaiveDate::MIN, NaiveDate::MAX]) {
        assert_eq!(calendar.day(date), Day::Unannounced, "{date}");
        assert!(matches!(calendar.is_working(date), Err(CalendarError::Unannounced { date: found, .. }) if found == date));
    }
    assert_eq!(calendar.last_day(day("2026-12-30"), Period::working(1), &[]), Ok(day("2026-12-31")));
    assert_eq!(calendar.end_of(day("2026-12-30"), Period::working(2), &[]), Ok(Due::Provisional(day("2027-01-01"))));
    let refused = calendar.last_day(day("2026-12-30"), Period::both(2, 1), &[]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "2027-01-01 is outside the announced calendar (2018-01-01 to 2026-12-31): announce that year's notice first"
    );
    assert!(calendar.end_of(day("2010-01-01"), Period::calendar(9), &[]).unwrap().is_provisional());
    assert!(calendar.working_days_between(day("2026-12-30"), day("2027-01-01")).is_err());
    assert!(calendar.working_days_between(NaiveDate::MIN, NaiveDate::MAX).is_err());
    assert!(calendar.working_days_between(day("2018-03-02"), day("2018-03-01")).is_err());
}

#[test]
fn extremes_are_refused_at_once() {
    let calendar = Calendar::china();
    let begun = Instant::now();
    for start in [NaiveDate::MIN, day("2018-01-01"), day("2026-12-31"), NaiveDate::MAX] {
        for period in [Period::working(u32::MAX), Period::calendar(u32::MAX), Period::both(1, MAX_DAYS + 1)] {
            assert!(matches!(calendar.end_of(start, period, &[]), Err(CalendarError::TooLong { .. })), "{start} {period}");
        }
        assert!(calendar.deadline_of(start, Deadline::working(u32::MAX), &[]).is_err());
    }
    assert_eq!(calendar.end_of(NaiveDate::MAX, Period::working(1), &[]), Err(CalendarError::OutOfRange));
    assert_eq!(calendar.end_of(NaiveDate::MAX, Period::calendar(1), &[]), Err(CalendarError::OutOfRange));
    let forever = Pause::between(NaiveDate::MIN, NaiveDate::MAX);
    assert_eq!(calendar.end_of(day("2018-01-01"), Period::working(1), &[forever]), Err(CalendarError::OutOfRange));
    let pauses = vec![Pause::between(NaiveDate::MIN, day("9999-12-31")); 10_000];
    assert!(calendar.end_of(NaiveDate::MIN, Period::both(MAX_DAYS, MAX_DAYS), &pauses).unwrap().is_provisional());
    assert!(begun.elapsed().as_secs() < 2);
}

#[test]
fn a_pause_counts_for_nothing() {
    let calendar = Calendar::china();
    let start = day("2018-03-01"); // a Thursday
    let end = |period, pauses: &[Pause]| calendar.end_of(start, period, pauses).unwrap();
    let five = Period::working(5);
    assert_eq!(end(five, &[]), Due::Announced(day("2018-03-08")));
    assert_eq!(end(five, &[Pause::between(day("2018-03-08"), day("2018-03-08"))]), Due::Announced(day("2018-03-09")), "on the last day");
    assert_eq!(end(five, &[Pause::between(day("2018-03-09"), day("2018-03-20"))]), Due::Announced(day("2018-03-08")), "after the end");
    assert_eq!(end(five, &[Pause::between(day("2018-02-01"), day("2018-03-01"))]), Due::Announced(day("2018-03-08")), "before the start");
    assert_eq!(end(five, &[Pause::between(day("2018-03-03"), day("2018-03-04"))]), Due::Announced(day("2018-03-08")), "a weekend");
    let overlapping = [Pause::between(day("2018-03-06"), day("2018-03-07")), Pause::between(day("2018-03-02"), day("2018-03-09"))];
    assert_eq!(end(five, &overlapping), Due::Announced(day("2018-03-16")));
    assert_eq!(end(Period::calendar(4), &[Pause::between(day("2018-03-02"), day("2018-03-03"))]), Due::Announced(day("2018-03-07")));
    // Calendar days that would roll onto a paused working day roll on past it.
    assert_eq!(end(Period::calendar(2), &[Pause::between(day("2018-03-05"), day("2018-03-05"))]), Due::Announced(day("2018-03-06")));
    assert_eq!(end(five, &[Pause::open(day("2018-03-08"))]), Due::Paused { since: day("2018-03-08") });
    assert_eq!(end(five, &[Pause::open(day("2018-03-09"))]), Due::Announced(day("2018-03-08")));
    assert_eq!(calendar.last_day(start, five, &[Pause::open(day("2018-03-02"))]), Err(CalendarError::Paused { since: day("2018-03-02") }));
    let backwards = Pause::between(day("2018-03-03"), day("2018-03-02"));
    assert!(matches!(calendar.end_of(start, five, &[backwards]), Err(CalendarError::Backwards { .. })));
}

#[test]
fn an_override_wins_and_is_kept_once() {
    let reason = || Text::new("台风“山竹”，停工").unwrap();
    let typhoon = Calendar::china().with_override(day("2018-09-17"), false, reason()).unwrap();
    assert_eq!(typhoon.day(day("2018-09-17")), Day::Off);
    assert_eq!(Calendar::china().day(day("2018-09-17")), Day::Working, "the calendar it was made from is unchanged");
    assert_eq!(typhoon.last_day(day("2018-09-14"), Period::working(1), &[]), Ok(day("2018-09-18")));
    assert_eq!(typhoon.with_override(day("2018-09-17"), true, reason()), Err(CalendarError::Duplicate { date: day("2018-09-17") }));
    assert_eq!(typhoon.overrides().map(|(date, _)| date).collect::<Vec<_>>(), [day("2018-09-17")]);
    // A local decision makes no other day certain.
    let local = Calendar::china().with_override(day("2027-01-04"), true, reason()).unwrap();
    assert_eq!(local.day(day("2027-01-04")), Day::Working);
    assert!(local.end_of(day("2026-12-31"), Period::working(2), &[]).unwrap().is_provisional());
}

#[test]
fn a_new_year_is_announced_once_and_in_turn() {
    let notice = r#"{"2027-01-01": {"off": true, "name": "元旦", "paper_year": 2027}, "2027-01-03": {"off": false, "name": "元旦"},
        "2026-12-31": {"off": true}}"#;
    let calendar = Calendar::china().announce(2027, notice).unwrap();
    assert_eq!(calendar.last_announced(), day("2027-12-31"));
    for (date, expected) in [
        ("2027-01-01", Day::Off),
        ("2027-01-03", Day::Working),
        ("2026-12-31", Day::Off),
        ("2027-01-04", Day::Working),
        ("2027-12-31", Day::Working),
    ] {
        assert_eq!(calendar.day(day(date)), expected, "{date}");
    }
    assert_eq!(calendar.day(day("2027-01-02")), Day::Off);
    assert_eq!(calendar.announce(2027, notice), Err(CalendarError::NotNext { year: 2027, next: 2028 }));
    assert_eq!(Calendar::china().announce(2028, notice), Err(CalendarError::NotNext { year: 2028, next: 2027 }));
    assert_eq!(Calendar::china().announce(2017, notice), Err(CalendarError::NotNext { year: 2017, next: 2027 }));
    let twice = r#"{"2027-01-01": {"off": true}, "2027-01-01": {"off": false}}"#;
    assert_eq!(Calendar::china().announce(2027, twice), Err(CalendarError::Duplicate { date: day("2027-01-01") }));
    for (bad, says) in [
        ("", "line 1 column 0"),
        ("[]", "an object by date"),
        ("{}", "no day off"),
        (r#"{"2027-01-03": {"off": false}}"#, "no day off"),
        (r#"{"2027-1-1": {"off": true}}"#, "is not a date"),
        (r#"{"2027-02-30": {"off": true}}"#, "is not a date"),
        (r#"{"2028-01-01": {"off": true}}"#, "neither in 2027"),
        (r#"{"2026-11-30": {"off": true}}"#, "neither in 2027"),
        (r#"{"2027-01-01": {"off": true, "paper_year": 2026}}"#, "notice of 2026"),
        (r#"{"2027-01-01": {"off": true, "offf": 1}}"#, "unknown field `offf`"),
        (r#"{"2027-01-01": {"name": "元旦"}}"#, "missing field `off`"),
        (r#"{"2027-01-01": {"off": true}} x"#, "trailing"),
        (&format!("{{{}}}", " ".repeat(70_000)), "bytes"),
    ] {
        let error = Calendar::china().announce(2027, bad).unwrap_err();
        assert!(matches!(error, CalendarError::BadNotice { .. }) && error.to_string().contains(says), "{bad:.60}: {error}");
    }
}

#[test]
fn spans_are_read_strictly() {
    for (text, period) in
        [(r#"{"working":5}"#, Period::working(5)), (r#"{"calendar":10}"#, Period::calendar(10)), (r#"{"working":0}"#, Period::NONE)]
    {
        assert_eq!(serde_json::from_str::<Period>(text).unwrap(), period);
        assert_eq!(serde_json::to_string(&period).unwrap(), text);
    }
    let deadline = Deadline::both(3, 0);
    assert_eq!(serde_json::from_str::<Deadline>(&serde_json::to_string(&deadline).unwrap()).unwrap(), deadline);
    for bad in ["{}", r#"{"working":3661}"#, r#"{"working":-1}"#, r#"{"working":1.5}"#, r#"{"days":1}"#, "5"] {
        assert!(serde_json::from_str::<Period>(bad).is_err(), "{bad}");
        assert!(serde_json::from_str::<Deadline>(bad).is_err(), "{bad}");
    }
}

#[test]
fn law_runs_on_china_time() {
    let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!(china_date(at("2018-06-30T15:59:59.999Z")), day("2018-06-30"));
    assert_eq!(china_date(at("2018-06-30T16:00:00Z")), day("2018-07-01"));
    assert_eq!(china_midnight(day("2018-07-01")), at("2018-06-30T16:00:00Z"));
    assert_eq!(china_date(chrono::DateTime::<chrono::Utc>::MAX_UTC), NaiveDate::MAX);
    assert_eq!(china_midnight(NaiveDate::MIN), chrono::DateTime::<chrono::Utc>::MIN_UTC);
    assert_eq!(china_date(china_midnight(NaiveDate::MAX)), NaiveDate::MAX);
}

/// Every rule again, as plainly as can be: one day after the other, asking each pause about each day.
fn naive_end(days: &BTreeMap<NaiveDate, bool>, start: NaiveDate, period: (u32, u32), pauses: &[Pause]) -> Due {
    let open = pauses.iter().filter(|pause| pause.to.is_none()).map(|pause| pause.from).min();
    let (mut working, mut calendar, mut rolled) = period_left(period);
    let mut provisional = false;
    let mut date = start;
    while working > 0 || calendar > 0 || !rolled {
        date = date.succ_opt().unwrap();
        if open.is_some_and(|from| from <= date) {
            return Due::Paused { since: open.unwrap() };
        }
        if pauses.iter().any(|pause| pause.from <= date && date <= pause.to.unwrap()) {
            continue;
        }
        let is_working = days.get(&date).copied().unwrap_or(date.weekday().number_from_monday() < 6);
        let asks = working > 0 || calendar <= 1;
        provisional |= asks && !days.contains_key(&date);
        working -= u32::from(working > 0 && is_working);
        calendar -= u32::from(calendar > 0);
        rolled |= calendar == 0 && is_working;
    }
    if provisional { Due::Provisional(date) } else { Due::Announced(date) }
}

fn period_left((working, calendar): (u32, u32)) -> (u32, u32, bool) {
    (working, calendar, calendar == 0)
}

proptest! {
    #[test]
    fn agrees_with_the_naive_reference(
        start in 0_u64..3400,
        working in 0_u32..40,
        calendar in 0_u32..60,
        pauses in prop::collection::vec((0_u64..80, prop::option::weighted(0.9, 0_u64..15)), 0..4),
    ) {
        let start = day("2017-11-15").checked_add_days(Days::new(start)).unwrap();
        let pauses: Vec<Pause> = pauses.iter().map(|(from, length)| {
            let from = start.checked_add_days(Days::new(*from)).unwrap().checked_sub_days(Days::new(10)).unwrap();
            Pause { from, to: length.map(|length| from.checked_add_days(Days::new(length)).unwrap()) }
        }).collect();
        thread_local!(static DAYS: BTreeMap<NaiveDate, bool> = naive());
        let expected = DAYS.with(|days| naive_end(days, start, (working, calendar), &pauses));
        let due = Calendar::china().end_of(start, Period::both(working, calendar), &pauses).unwrap();
        prop_assert_eq!(due, expected);
        match Calendar::china().last_day(start, Period::both(working, calendar), &pauses) {
            Ok(date) => prop_assert_eq!(due, Due::Announced(date)),
            Err(CalendarError::Unannounced { date, .. }) => {
                prop_assert!(due.is_provisional() && date <= due.date().unwrap());
            }
            Err(error) => {
                let paused = |since| error == CalendarError::Paused { since };
                let agrees = matches!(due, Due::Paused { since } if paused(since));
                prop_assert!(agrees);
            }
        }
    }

    #[test]
    fn a_longer_period_never_ends_sooner(start in 0_u64..3000, a in 0_u32..60, b in 0_u32..60, c in 0_u32..60, d in 0_u32..60) {
        let start = day("2018-01-01").checked_add_days(Days::new(start)).unwrap();
        let end = |period| Calendar::china().end_of(start, period, &[]).unwrap().date().unwrap();
        let (one, other) = (Period::both(a, b), Period::both(c, d));
        prop_assert_eq!(end(one.longer(other)), end(one).max(end(other)));
    }

    #[test]
    fn a_deadline_is_the_earlier_of_its_components(start in 0_u64..3000, working in 0_u32..60, calendar in 0_u32..60) {
        let start = day("2018-01-01").checked_add_days(Days::new(start)).unwrap();
        let end = |period| Calendar::china().end_of(start, period, &[]).unwrap().date().unwrap();
        let due = Calendar::china().deadline_of(start, Deadline::both(working, calendar), &[]).unwrap();
        prop_assert_eq!(due.date().unwrap(), end(Period::working(working)).min(end(Period::calendar(calendar))));
    }
}

#[cfg(feature = "audit")]
proptest! {
    /// Before the first announced day, behind the last, and between them.
    #[test]
    fn numbers_of_days_end_where_dates_end(
        start in 17_000_i64..21_000, length in 0..300_i64, working in 0..40_u32, days in 0..60_u32, paused in any::<bool>()
    ) {
        let calendar = Calendar::china();
        let (number, last) = (DayNumber::new(start), DayNumber::new(start + length));
        let date = number.date();
        let pauses = if paused { vec![Pause::between(date, date + Days::new(3))] } else { Vec::new() };
        for period in [Period::working(working), Period::calendar(days), Period::both(working, days)] {
            let end = calendar.last_day_number(number, period, &pauses);
            prop_assert_eq!(end.map(DayNumber::date), calendar.last_day(date, period, &pauses));
        }
        for deadline in [Deadline::working(working), Deadline::calendar(days), Deadline::both(working, days)] {
            let end = calendar.deadline_day_number(number, deadline);
            prop_assert_eq!(end.map(DayNumber::date), calendar.deadline_day(date, deadline, &[]));
        }
        prop_assert_eq!(calendar.working_days_between_numbers(number, last), calendar.working_days_between(date, last.date()));
        prop_assert_eq!(last.since(number), length);
        prop_assert_eq!((last.before(), last.plus(2).to_string()), (DayNumber::new(start + length - 1), (last.date() + Days::new(2)).to_string()));
    }
}
