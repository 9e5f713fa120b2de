//! Time: nothing ahead, nothing back-dated, and a wrong clock neither stops the office nor moves a period.

use chrono::{Days, TimeDelta};
use sanzi::case::{Command, Stage, Subject};
use sanzi::disclosure::{Remark, Ruling};
use sanzi::dongsha::Step;

use super::{advance, answer, nobody, object, perform, public_at, publish, set_clock};
use crate::village::{Run, at, day, person, record, responsible};

const NONE: [&str; 0] = [];

#[test]
fn an_act_is_dated_from_the_day_the_step_began_to_now_and_at_most_three_days_back() {
    let mut run = Run::opened();
    run.wait(5);
    let dated = |run: &Run, moment| {
        let evidence = record(&run.case, Step::AssetCheck, run.today());
        run.codes(person("chen"), &Command::Perform { evidence, done: Some(moment) })
    };
    assert_eq!(dated(&run, run.now), NONE);
    assert_eq!(dated(&run, run.now + TimeDelta::milliseconds(1)), ["dated-ahead"]);
    assert_eq!(dated(&run, at(run.today() - Days::new(3))), NONE, "exactly the tolerance");
    assert_eq!(dated(&run, at(run.today() - Days::new(4))), ["back-dated"]);
    let began = run.case.began(Step::AssetCheck).unwrap();
    assert_eq!(dated(&run, began), ["back-dated"]);
    assert_eq!(dated(&run, began - TimeDelta::milliseconds(1)), ["out-of-order", "back-dated"]);
    let fresh = Run::opened();
    assert_eq!(dated(&fresh, fresh.now), NONE);
    assert_eq!(dated(&fresh, fresh.now - TimeDelta::milliseconds(1)), ["out-of-order"]);
}

#[test]
fn a_clock_set_back_stops_only_what_depends_on_time() {
    let mut run = public_at(Step::IntentNotice);
    run.wait(30);
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), NONE);
    let last = run.case.last().unwrap();
    run.now = last - TimeDelta::minutes(5);
    assert_eq!(run.codes(nobody(), &object(Remark::Objection, None)), NONE, "clocks of several machines differ a little");
    run.now = last - TimeDelta::minutes(5) - TimeDelta::milliseconds(1);
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["clock-skew"]);
    run.must(nobody(), object(Remark::Objection, None)).must(person("mai"), answer(1, Ruling::Dismissed));
    assert_eq!(run.case.last(), Some(last), "recorded time stands, it never runs back");
    assert!(run.entries.iter().rev().take(2).all(|entry| entry.clock == run.now), "the clock is kept as it was read");

    let mut run = Run::opened();
    run.now -= TimeDelta::days(40);
    for step in [Step::AssetCheck, Step::PartyStudy] {
        run.must(responsible(step), perform(record(&run.case, step, day("2018-03-05"))));
        let receipts = crate::village::receipts(&run.case, Subject::Step, at(day("2018-03-05")));
        let command = Command::Publish { of: Subject::Step, receipts };
        run.must(responsible(step), command).must(responsible(step), advance(step));
    }
    assert_eq!(run.case.last(), Some(at(day("2018-03-05"))), "steps without a period go on");
    run.perform();
    assert_eq!(run.codes(person("chen"), &publish(&run, Subject::Step))[..1], ["clock-skew"], "a period is not begun by a doubtful clock");
}

#[test]
fn a_clock_far_ahead_does_not_poison_the_case() {
    let mut run = public_at(Step::IntentNotice);
    let last = run.case.last().unwrap();
    run.now = last + TimeDelta::days(180);
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), NONE, "half a year is believed");
    run.now += TimeDelta::milliseconds(1);
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["clock-skew"]);
    run.must(nobody(), object(Remark::Comment, None));
    assert_eq!(run.case.last(), Some(last), "and the future is not recorded");
}

#[test]
fn the_clock_is_set_by_an_authority_and_only_while_it_is_in_doubt() {
    let mut run = public_at(Step::IntentNotice);
    assert_eq!(run.codes(person("fang"), &set_clock()), ["clock-not-in-doubt"]);
    run.now += TimeDelta::days(200);
    assert_eq!(run.codes(person("chen"), &set_clock()), ["not-authority"]);
    assert_eq!(run.codes(person("fang"), &advance(Step::IntentNotice)), ["clock-skew"]);
    run.must(person("fang"), set_clock());
    assert_eq!(run.case.last(), Some(run.now));
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), NONE, "and the office works on");
    let mut closed = Run::opened();
    closed.finish().wait(400);
    assert_eq!(closed.codes(person("fang"), &set_clock()), ["case-ended"]);
    let mut beyond = public_at(Step::IntentNotice);
    beyond.now = at(day("2027-03-01"));
    assert_eq!(beyond.codes(person("fang"), &set_clock()), ["calendar-unannounced"]);
}

#[test]
fn after_a_clock_that_ran_ahead_the_office_works_on_from_the_day_it_was_set_right() {
    let mut run = Run::opened();
    let right = run.now + TimeDelta::days(1);
    run.wait(100).perform().publish().advance().perform().publish().advance().perform().publish();
    run.now = right;
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["clock-skew"]);
    run.must(person("guan"), set_clock());
    assert_eq!(run.case.last(), Some(right));
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["period-running"], "the period counts from now, no day less");
    run.advance();
    assert_eq!(run.today(), day("2018-03-14"), "posted on the 6th, five working days, left on the day after");
    run.perform();
    assert_eq!(run.case.place().map(|place| (place.step, place.stage)), Some((Step::Valuation, Stage::Performed)));
    let replayed = sanzi::case::Case::replay(run.case.id(), &run.entries).unwrap();
    assert_eq!(replayed, run.case);
}

#[test]
fn a_period_ends_with_its_last_day_and_weekends_and_holidays_do_not_count() {
    // Qingming 2018: the 5th to the 7th of April are free, the 8th (a Sunday) is worked.
    for (posted, last) in [("2018-03-12", "2018-03-19"), ("2018-03-30", "2018-04-09"), ("2018-04-28", "2018-05-08")] {
        let mut run = Run::opened_on(day(posted));
        run.to(Step::IntentNotice).perform().publish();
        run.now = at(day(last));
        assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["period-running"], "posted {posted}");
        let refusal = run.ask(person("chen"), &advance(Step::IntentNotice)).refusal().unwrap().clone();
        assert_eq!(refusal.earliest(), Some(sanzi::calendar::china_midnight(day(last) + Days::new(1))));
        run.now = refusal.earliest().unwrap();
        assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), NONE, "posted {posted}");
        run.now -= TimeDelta::milliseconds(1);
        assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["period-running"]);
    }
}

/// The first day on which the intent notice, up since Monday the 12th of March 2018, can be left.
fn leaves(objections: &[(&str, &str)]) -> String {
    let mut run = Run::opened_on(day("2018-03-12"));
    run.to(Step::IntentNotice).perform().publish();
    let mut acts: Vec<(&str, Option<u32>)> = objections.iter().map(|(from, _)| (*from, None)).collect();
    acts.sort_unstable();
    acts.extend(objections.iter().zip(1..).map(|((_, to), number)| (*to, Some(number))));
    acts.sort_by_key(|(day, _)| *day);
    for (date, number) in acts {
        run.now = at(day(date));
        match number {
            None => run.must(nobody(), object(Remark::Objection, None)),
            Some(number) => run.must(person("mai"), answer(number, Ruling::Dismissed)),
        };
    }
    run.wait_to_leave().advance();
    run.today().to_string()
}

#[test]
fn days_on_which_an_objection_stood_open_do_not_count_and_overlapping_ones_count_once() {
    assert_eq!(leaves(&[]), "2018-03-20");
    let one = leaves(&[("2018-03-13", "2018-03-15")]);
    assert!(one.as_str() > "2018-03-20", "{one}");
    assert_eq!(leaves(&[("2018-03-13", "2018-03-14"), ("2018-03-14", "2018-03-15")]), one, "two that meet");
    assert_eq!(leaves(&[("2018-03-13", "2018-03-15"), ("2018-03-14", "2018-03-15")]), one, "one inside the other");
    let wide = leaves(&[("2018-03-13", "2018-03-16")]);
    assert_eq!(leaves(&[("2018-03-13", "2018-03-15"), ("2018-03-14", "2018-03-16")]), wide, "two that overlap");
    assert_eq!(wide, "2018-03-24", "Tuesday to Friday are lost, the day of the ruling too; five days from Monday on");
}

#[test]
fn invariant_8_a_period_that_needs_a_year_nobody_announced_is_refused_and_planned_as_provisional() {
    let mut run = Run::opened_on(day("2026-12-25"));
    run.to(Step::IntentNotice).perform().publish();
    run.now = at(day("2026-12-31"));
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["calendar-unannounced"]);
    run.now = at(day("2027-01-11"));
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["calendar-unannounced"]);
    let plan = run.case.plan(&run.office.calendar, at(day("2026-12-31"))).unwrap();
    assert!(plan.iter().all(|planned| planned.leave.is_provisional()), "{plan:?}");
    let unopened = sanzi::case::Case::unopened(run.case.id());
    let verdict = sanzi::case::decide(&unopened, &run.office.acting(person("chen"), run.now), &Command::Open(crate::village::opening()));
    assert_eq!(verdict.refusal().unwrap().codes(), ["calendar-unannounced"]);
    let mut in_time = Run::opened_on(day("2026-12-24"));
    in_time.to(Step::IntentNotice).perform().publish();
    in_time.now = at(day("2027-01-01"));
    assert_eq!(in_time.codes(person("chen"), &advance(Step::IntentNotice)), NONE, "over with the last announced day");
}
