//! The plan of earliest lawful days: what it says at any moment is what then comes true, where nobody waits.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sanzi::calendar::{CalendarError, Due};
use sanzi::case::{Case, Command, Planned, Stage};
use sanzi::disclosure::Remark;
use sanzi::dongsha::{Dongsha, Step};
use sanzi::flow::StepId;

use super::{advance, object, perform};
use crate::village::{Run, at, day, person, responsible};

fn plan(run: &Run) -> Vec<Planned<Step>> {
    run.case.plan(&run.office.calendar, run.now).unwrap()
}

/// The days on which each step was performed and left.
type Days = Vec<(Step, NaiveDate, NaiveDate)>;

fn days(plan: &[Planned<Step>]) -> Days {
    plan.iter().map(|planned| (planned.step, planned.perform.date().unwrap(), planned.leave.date().unwrap())).collect()
}

/// Lets a day pass until the command is allowed, and does it. The plan is not asked.
fn as_soon_as_allowed(run: &mut Run, command: impl Fn(&Run) -> Command<Dongsha>) -> NaiveDate {
    let who = responsible(run.step());
    for _ in 0..60 {
        let asked = command(run);
        if run.codes(who, &asked).is_empty() {
            let today = run.today();
            run.must(who, asked);
            return today;
        }
        run.now += TimeDelta::days(1);
    }
    panic!("never allowed: {:?}", run.codes(who, &command(run)));
}

#[test]
fn what_is_planned_at_any_moment_comes_true_where_nobody_waits() {
    let mut run = Run::opened();
    let mut plans: Vec<(Step, Stage, Days)> = Vec::new();
    let note = |run: &Run, plans: &mut Vec<_>| {
        let place = run.case.place().unwrap();
        plans.push((place.step, place.stage, days(&plan(run))));
    };
    let mut came: Days = Vec::new();
    while let Some(place) = run.case.place() {
        note(&run, &mut plans);
        let performed = as_soon_as_allowed(&mut run, |run| perform(run.good()));
        note(&run, &mut plans);
        run.publish();
        note(&run, &mut plans);
        let left = as_soon_as_allowed(&mut run, |_| advance(place.step));
        came.push((place.step, performed, left));
    }
    assert_eq!(plans.len(), 48, "before, between and after the three verbs of each step");
    assert!(came.first().unwrap().1 < came.last().unwrap().2);
    for (step, stage, planned) in plans {
        assert_eq!(planned, came[step.index()..], "planned at {step}, {stage:?}");
    }
    assert_eq!(plan(&run), [], "nothing is left to plan");
    assert_eq!(Case::<Dongsha>::unopened(run.case.id()).plan(&run.office.calendar, run.now), Ok(Vec::new()));
}

#[test]
fn whoever_waits_moves_everything_after() {
    let mut run = Run::opened();
    run.to(Step::IntentNotice).perform();
    let before = days(&plan(&run));
    run.wait(7);
    let later = days(&plan(&run));
    assert_eq!(later[0].1, before[0].1, "it was performed when it was");
    assert!(before.iter().zip(&later).skip(1).all(|(before, later)| later.1 > before.1 && later.2 > before.2), "{before:?}\n{later:?}");
    run.publish();
    let public = days(&plan(&run));
    run.wait(2);
    assert_eq!(days(&plan(&run)), public, "the period runs by itself");
    run.wait(60);
    assert!(days(&plan(&run)).iter().all(|(_, _, left)| *left >= run.today()), "nothing is left in the past");
}

#[test]
fn an_objection_ends_the_plan_at_its_step() {
    let mut run = Run::opened();
    run.to(Step::IntentNotice).perform().publish();
    assert_eq!(plan(&run).len(), 14);
    let from = run.now;
    run.must(person("liang"), object(Remark::Objection, None));
    let paused = plan(&run);
    assert_eq!(paused.len(), 1, "what comes after cannot be told");
    assert_eq!((paused[0].step, paused[0].perform), (Step::IntentNotice, Due::Announced(run.today())));
    assert!(matches!(paused[0].leave, Due::Paused { .. }), "{:?} since {from}", paused[0].leave);
}

fn opened_at(date: &str) -> Run {
    Run::opened_on(day(date))
}

#[test]
fn days_past_the_announced_calendar_are_provisional_from_there_on() {
    let run = opened_at("2026-12-01");
    let plan = plan(&run);
    let first = plan.iter().position(|planned| planned.leave.is_provisional()).unwrap();
    assert!(first > 0 && first < 15, "{first}");
    assert!(plan[..first].iter().all(|planned| !planned.perform.is_provisional() && !planned.leave.is_provisional()));
    assert!(plan[first + 1..].iter().all(|planned| planned.perform.is_provisional() && planned.leave.is_provisional()), "{plan:?}");
    assert!(plan[..first].iter().all(|planned| planned.leave.date().unwrap() < day("2027-01-01")));
}

#[test]
fn a_moment_that_no_date_can_hold_is_an_error_and_years_without_data_are_provisional() {
    let mut run = Run::opened();
    run.to(Step::IntentNotice);
    let plan_from = |moment: DateTime<Utc>| run.case.plan(&run.office.calendar, moment);
    assert!(matches!(plan_from(DateTime::<Utc>::MAX_UTC - TimeDelta::days(2)), Err(CalendarError::OutOfRange)));
    let early = plan_from(at(day("1999-01-01"))).unwrap();
    assert_eq!(early[0].perform, Due::Announced(day("1999-01-01")), "today is today");
    assert!(early.iter().all(|planned| planned.leave.is_provisional()), "{early:?}");
}
