//! An objection that nobody answers rises by itself, one level for each period, and only the level where it lies decides.

use chrono::{Days, NaiveDate, TimeDelta};
use sanzi::Engine;
use sanzi::calendar::{CalendarError, Due};
use sanzi::case::{Case, DutyKind, Event, Subject, Verdict};
use sanzi::disclosure::{Remark, Ruling};
use sanzi::dongsha::{Role, Step};
use sanzi::store::MemoryStore;
use sanzi::value::Lang;

use super::{advance, answer, nobody, object, public_at, raise, set_clock, store_raw};
use crate::reference::days::last_day;
use crate::reference::table::ANSWER;
use crate::village::{Run, at, day, person};

/// Who answers for each level of an objection to a village's notice, in their order.
const LADDER: [(&str, Role); 6] = [
    ("mai", Role::Supervisors),
    ("wu", Role::Witness),
    ("zhan", Role::IntegrityStation),
    ("dang", Role::CommunityParty),
    ("ji", Role::StreetDiscipline),
    ("qu", Role::DistrictDiscipline),
];

fn dismiss() -> sanzi::case::Command<sanzi::dongsha::Dongsha> {
    answer(1, Ruling::Dismissed)
}

/// Objected to at a step, on the run's day.
fn objected(step: Step) -> Run {
    let mut run = public_at(step);
    run.must(nobody(), object(Remark::Objection, None));
    run
}

fn next_last(day: NaiveDate) -> NaiveDate {
    last_day(day, ANSWER, &[]).unwrap()
}

/// The reasons, and from when on it would be allowed.
fn refused(run: &Run, command: &sanzi::case::Command<sanzi::dongsha::Dongsha>) -> (Vec<String>, Option<NaiveDate>) {
    let verdict = run.ask(nobody(), command);
    let Some(refusal) = verdict.refusal() else { return (Vec::new(), None) };
    (refusal.codes().iter().map(ToString::to_string).collect(), refusal.earliest().map(sanzi::calendar::china_date))
}

#[test]
fn level_after_level_only_the_one_where_it_lies_decides_and_only_until_its_day() {
    for step in [Step::IntentNotice, Step::PlanNotice] {
        let mut run = objected(step);
        let mut last = next_last(run.today());
        for (level, (who, role)) in LADDER.into_iter().enumerate() {
            assert_eq!(run.case.objections_here()[0].rises.len(), level);
            for moment in [run.now, at(last)] {
                run.now = moment;
                for (other, (someone, _)) in LADDER.into_iter().enumerate() {
                    let codes = run.codes(person(someone), &dismiss());
                    assert_eq!(codes.is_empty(), other == level, "{step} {role:?}: {someone} {codes:?}");
                }
            }
            let Some((above, to)) = LADDER.get(level + 1) else { continue };
            assert_eq!(refused(&run, &raise(1)), (vec!["answer-due".to_owned()], Some(last + Days::new(1))), "still {who}'s day");
            run.now = at(last + Days::new(1)) - TimeDelta::hours(9);
            assert_eq!(run.codes(person(who), &dismiss()), ["has-risen", "not-authority"], "{who} is too late by a minute");
            assert_eq!(run.codes(person(above), &dismiss()), ["has-risen"], "the rise is recorded first");
            run.must(nobody(), raise(1));
            assert!(matches!(&run.entries.last().unwrap().event, Event::Risen { number: 1, to: found } if found == to));
            assert_eq!(run.codes(person(who), &dismiss()), ["not-authority"]);
            last = next_last(last);
        }
        run.wait(60);
        assert_eq!(run.codes(nobody(), &raise(1)), ["no-higher-level"], "nobody is above the district");
        assert_eq!(run.codes(person("chen"), &advance(step)), ["objection-open"], "and unanswered it holds the case");
        run.must(person("qu"), dismiss());
        assert_eq!(Case::replay(run.case.id(), &run.entries).unwrap(), run.case);
        run.wait_to_leave().advance();
    }
}

#[test]
fn what_the_street_leaves_unanswered_goes_above_the_street() {
    let mut run = objected(Step::ResultNotice);
    for (who, above) in [("fang", "ji"), ("ji", "qu")] {
        assert!(run.codes(person(who), &dismiss()).is_empty());
        run.wait(10).must(nobody(), raise(1));
        assert_eq!(run.codes(person(who), &dismiss()), ["not-authority"]);
        assert!(run.codes(person(above), &dismiss()).is_empty());
    }
    assert_eq!(run.wait(30).codes(nobody(), &raise(1)), ["no-higher-level"]);
    run.must(person("qu"), answer(1, Ruling::Upheld)).must(person("song"), advance(Step::ResultNotice));
    assert_eq!(run.step(), Step::TradingNotice);
}

#[test]
fn nobody_need_record_it_for_a_level_to_lose_its_say_and_late_records_rise_one_by_one() {
    let mut run = objected(Step::IntentNotice);
    let days = [1, 2, 3].map(|levels| (0..levels).fold(run.today(), |day, _| next_last(day)));
    run.now = at(days[2]);
    for (who, codes) in [("mai", &["has-risen", "not-authority"][..]), ("wu", &["has-risen", "not-authority"]), ("zhan", &["has-risen"])] {
        assert_eq!(run.codes(person(who), &dismiss()), codes, "{who}");
    }
    run.must(nobody(), raise(1)).must(nobody(), raise(1));
    assert_eq!(run.codes(nobody(), &raise(1)), ["answer-due"], "its period began when the one before ended, not when it was recorded");
    assert_eq!(run.case.objections_here()[0].rises, [run.now, run.now]);
    run.must(person("zhan"), dismiss());
}

#[test]
fn a_comment_does_not_rise_nor_what_is_answered_or_unknown() {
    let mut run = public_at(Step::IntentNotice);
    run.must(nobody(), object(Remark::Comment, None)).wait(30);
    assert_eq!(run.codes(nobody(), &raise(1)), ["no-higher-level"]);
    assert_eq!(run.codes(nobody(), &raise(2)), ["no-such-objection"]);
    run.must(person("chen"), dismiss());
    assert!(run.codes(nobody(), &raise(1)).contains(&"objection-closed".to_owned()));
    assert_eq!(Run::opened().codes(nobody(), &raise(1)), ["no-such-objection"]);
    let mut answered = objected(Step::IntentNotice);
    answered.must(person("mai"), dismiss()).wait(30);
    assert_eq!(answered.codes(nobody(), &raise(1))[0], "objection-closed");
}

#[test]
fn nobody_is_asked_for_what_is_answered_or_of_an_earlier_step() {
    let mut run = objected(Step::IntentNotice);
    run.must(nobody(), object(Remark::Objection, None)).must(person("mai"), dismiss());
    let asked = |run: &Run, number: usize| {
        let asked = run.case.asked(&run.case.objections()[number - 1], &run.office.calendar, run.today()).unwrap();
        asked.map(|asked| (asked.by, asked.level))
    };
    assert_eq!((asked(&run, 1), asked(&run, 2)), (None, Some((Role::Supervisors, 0))));
    run.must(person("mai"), answer(2, Ruling::Upheld)).advance();
    assert_eq!((asked(&run, 1), asked(&run, 2)), (None, None));
}

#[test]
fn whoever_has_a_part_in_it_decides_at_no_level() {
    let mut run = public_at(Step::IntentNotice);
    run.office.register.declare_kin(person("wu"), person("chen")).unwrap();
    run.must(nobody(), object(Remark::Objection, Some("resident"))).wait(10).must(nobody(), raise(1));
    assert_eq!(run.codes(person("wu"), &dismiss()), ["must-differ"], "kin of the performer");
    assert!(run.codes(person("zheng"), &dismiss()).is_empty());
}

#[test]
fn a_doubtful_clock_raises_nothing_and_stops_no_answer() {
    let mut run = objected(Step::IntentNotice);
    let filed = run.now;
    run.now = filed + TimeDelta::days(200);
    assert_eq!(run.codes(nobody(), &raise(1)), ["clock-skew"]);
    assert!(run.codes(person("mai"), &dismiss()).is_empty(), "where it is recorded to lie");
    assert_eq!(run.codes(person("wu"), &dismiss()), ["not-authority"]);

    let mut back = objected(Step::IntentNotice);
    back.wait(10).must(nobody(), object(Remark::Comment, None));
    assert_eq!(back.codes(person("mai"), &dismiss()), ["has-risen", "not-authority"]);
    back.now -= TimeDelta::days(5);
    assert!(back.codes(person("mai"), &dismiss()).is_empty(), "the clock is behind the case: who knows what day it is");
}

#[test]
fn a_rise_by_a_clock_that_ran_ahead_has_not_happened() {
    let mut run = objected(Step::IntentNotice);
    let filed = run.now;
    run.wait(10).must(nobody(), raise(1));
    run.now = filed + TimeDelta::hours(1);
    run.must(person("fang"), set_clock());
    assert!(run.case.objections_here()[0].rises.is_empty());
    assert!(run.codes(person("mai"), &dismiss()).is_empty());
    assert_eq!(run.codes(nobody(), &raise(1)), ["answer-due"]);
    assert_eq!(Case::replay(run.case.id(), &run.entries).unwrap(), run.case);
    run.wait(10).must(nobody(), raise(1)).must(person("wu"), dismiss());
}

#[test]
fn beyond_the_announced_days_nothing_rises_by_a_guess() {
    let mut run = objected(Step::IntentNotice);
    let shift = at(day("2026-12-28")) - run.now;
    // The same case, eight years later, under a clock that nobody doubts: the days of 2027 are not announced.
    let mut late = Run::opened();
    late.now = run.now;
    let mut case = Case::unopened(run.case.id());
    for entry in &run.entries {
        let mut entry = entry.clone();
        entry.at += shift;
        entry.clock += shift;
        match &mut entry.event {
            Event::Performed { done, .. } => *done += shift,
            Event::Published { receipts, .. } => receipts.iter_mut().for_each(|receipt| receipt.at += shift),
            _ => {}
        }
        case.evolve(&entry).unwrap();
    }
    run.case = case;
    run.now = at(day("2026-12-31"));
    assert!(run.codes(person("mai"), &dismiss()).is_empty(), "it cannot have ended within the days that are announced");
    assert_eq!(run.codes(nobody(), &raise(1)), ["answer-due"]);
    run.now = at(day("2027-01-15"));
    assert_eq!(run.codes(nobody(), &raise(1)), ["calendar-unannounced"]);
    assert_eq!(run.codes(person("mai"), &dismiss()), ["calendar-unannounced"]);
    let asked = run.case.asked(&run.case.objections_here()[0].clone(), &run.office.calendar, run.today());
    assert!(matches!(asked, Err(CalendarError::Unannounced { .. })), "{asked:?}");
}

#[test]
fn what_is_owed_names_the_rise_that_is_to_be_recorded_and_who_answers_now() {
    let mut run = objected(Step::IntentNotice);
    let first = next_last(run.today());
    let second = next_last(first);
    let owed = |run: &Run, on| -> Vec<_> {
        let duties = run.case.owed(&run.office.calendar, at(on)).unwrap();
        duties.into_iter().filter(|duty| duty.kind != DutyKind::Advance).map(|duty| (duty.kind, duty.by, duty.due, duty.overdue)).collect()
    };
    let answer = |by, due, overdue| (DutyKind::Answer(1), by, Some(Due::Announced(due)), overdue);
    assert_eq!(owed(&run, first), [answer(Role::Supervisors, first, false)]);
    let risen = (DutyKind::Raise(1), Role::Witness, None, false);
    assert_eq!(owed(&run, first + Days::new(1)), [risen, answer(Role::Witness, second, false)]);
    run.now = at(first + Days::new(1));
    run.must(nobody(), raise(1));
    assert_eq!(owed(&run, run.today()), [answer(Role::Witness, second, false)]);
    assert_eq!(DutyKind::Raise(1).text(Lang::Zh), "登记第 1 号逾期上升一级");
    assert_eq!(DutyKind::Raise(1).text(Lang::En), "record that no. 1 has risen a level");
    let top = (0..6).fold(day("2018-03-08"), |day, _| next_last(day));
    for _ in 1..5 {
        run.wait(12).must(nobody(), raise(1));
    }
    let last = owed(&run, top + Days::new(90)).pop().unwrap();
    assert_eq!((last.1, last.3), (Role::DistrictDiscipline, true), "the highest level is overdue, as nobody is above it");
}

#[test]
fn through_the_engine_what_is_owed_can_be_swept_by_a_clock() {
    let run = objected(Step::IntentNotice);
    let store = MemoryStore::new(run.office.org);
    store_raw(&store, run.case.id(), &run.entries);
    let engine = Engine::new(run.office.clone(), store).unwrap();
    let now = run.now + TimeDelta::days(20);
    let mut rises = 0;
    while let Some(duty) = engine.owed(now).unwrap().into_iter().find(|duty| matches!(duty.kind, DutyKind::Raise(_))) {
        let DutyKind::Raise(number) = duty.kind else { unreachable!() };
        engine.raise(duty.case, &engine.acting(nobody(), now), number).unwrap();
        rises += 1;
    }
    assert_eq!(rises, 2, "two periods of five working days have passed");
    assert_eq!(engine.load(run.case.id()).unwrap().objections_here()[0].rises, [now, now]);
}

#[test]
fn the_notice_says_to_whom_it_rises() {
    let run = objected(Step::IntentNotice);
    let notice = run.case.notice(Subject::Step).unwrap();
    let line = notice.lines.iter().find(|line| line.label.en == "unanswered, they rise to").unwrap();
    let names = LADDER[1..].iter().map(|(_, role)| sanzi::flow::RoleId::name(*role).zh).collect::<Vec<_>>();
    assert_eq!(line.value.text().zh, names.join("、"));
    assert!(matches!(run.ask(person("mai"), &dismiss()), Verdict::Allowed { .. }));
}
