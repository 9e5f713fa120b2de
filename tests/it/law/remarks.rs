//! Comments and objections: who, when, their numbers, who decides, and what follows.

use sanzi::case::{Case, CaseStatus, Stage, Subject};
use sanzi::disclosure::{Remark, Ruling};
use sanzi::dongsha::Step;

use super::{advance, answer, nobody, object, public_at, publish};
use crate::village::{Run, day, person, responsible};

#[test]
fn anyone_may_object_while_the_notice_is_up_and_each_gets_a_number() {
    let mut run = public_at(Step::IntentNotice);
    for (number, who) in ["resident", "chen", "stranger"].into_iter().enumerate() {
        run.must(person(who), object(Remark::Objection, Some(who)));
        assert_eq!(run.case.objections()[number].number, u32::try_from(number).unwrap() + 1);
    }
    assert!(run.case.objections().iter().all(|objection| objection.is_open()));
    run.wait(30);
    assert!(run.codes(nobody(), &object(Remark::Objection, None)).is_empty(), "the clock stands, so the period is not over");
}

#[test]
fn what_nobody_can_have_read_cannot_be_objected_to_and_what_is_half_hidden_can() {
    use sanzi::disclosure::Status;
    let mut run = Run::opened();
    run.to(Step::IntentNotice).perform();
    let one = |run: &Run, status| {
        let receipts = crate::village::receipts(&run.case, Subject::Step, run.now).into_iter().take(1);
        sanzi::case::Command::Note { of: Subject::Step, receipts: receipts.map(|receipt| receipt.with_status(status)).collect() }
    };
    for kind in [Remark::Objection, Remark::Comment] {
        assert_eq!(run.codes(nobody(), &object(kind, None)), ["no-objections-here"], "nothing is up");
    }
    let request = one(&run, Status::Requested);
    run.must(person("chen"), request);
    assert_eq!(run.codes(nobody(), &object(Remark::Objection, None)), ["no-objections-here"], "accepted for publication is not up");
    for status in [Status::Confirmed, Status::Removed] {
        let mut seen = run.clone();
        seen.must(person("chen"), one(&run, status)).must(nobody(), object(Remark::Objection, None));
        assert_eq!(seen.case.place().unwrap().stage, Stage::Performed, "{status:?}: one channel of four, and gone again");
        seen.publish().wait(30);
        assert_eq!(seen.codes(person("chen"), &advance(Step::IntentNotice)), ["objection-open"]);
    }
}

#[test]
fn numbers_go_on_after_a_return_and_old_ones_cannot_be_answered_again() {
    let mut run = public_at(Step::IntentNotice);
    run.must(nobody(), object(Remark::Objection, None)).must(person("mai"), answer(1, Ruling::Upheld)).advance();
    run.to(Step::IntentNotice).perform().publish().must(nobody(), object(Remark::Comment, None));
    assert_eq!(run.case.objections_here().len(), 1);
    assert_eq!(run.case.objections_here()[0].number, 2);
    assert_eq!(run.codes(person("mai"), &answer(1, Ruling::Dismissed)), ["no-such-objection"]);
}

#[test]
fn an_objection_is_decided_by_its_authority_and_by_nobody_with_a_part_in_it() {
    let mut run = public_at(Step::IntentNotice);
    run.office.register.declare_kin(person("guan"), person("chen")).unwrap();
    run.must(nobody(), object(Remark::Objection, Some("resident")));
    let ruling = || answer(1, Ruling::Dismissed);
    assert_eq!(run.codes(person("chen"), &ruling()), ["not-authority", "must-differ"], "the performer");
    assert_eq!(run.codes(person("guan"), &ruling()), ["must-differ"], "kin of the performer");
    assert_eq!(run.codes(person("fang"), &ruling()), ["not-authority"], "the street decides others");
    assert!(run.codes(person("mai"), &ruling()).is_empty());
    let mut entered = public_at(Step::IntentNotice);
    entered.must(person("mai"), object(Remark::Objection, None));
    assert_eq!(entered.codes(person("mai"), &ruling()), ["must-differ"], "whoever entered it");
    assert!(entered.codes(person("guan"), &ruling()).is_empty());
    run.office.register.declare_kin(person("mai"), person("resident")).unwrap();
    assert_eq!(run.codes(person("mai"), &ruling()), ["must-differ"], "kin of whoever objects");
}

#[test]
fn an_upheld_objection_leads_back_at_once_and_a_comment_never_does() {
    for (step, back) in
        [(Step::IntentNotice, Step::AssetCheck), (Step::PlanNotice, Step::PlanDraft), (Step::ResultNotice, Step::TradingNotice)]
    {
        let mut run = public_at(step);
        let judge = if step == Step::ResultNotice { person("fang") } else { person("mai") };
        run.must(nobody(), object(Remark::Comment, None)).must(nobody(), object(Remark::Objection, None));
        assert_eq!(run.codes(responsible(step), &answer(1, Ruling::Upheld)), ["not-authority"], "a comment is only replied to");
        run.must(judge, answer(2, Ruling::Upheld));
        assert_eq!(run.codes(responsible(step), &advance(step)), ["comment-open"]);
        run.must(responsible(step), answer(1, Ruling::Dismissed)).must(responsible(step), advance(step));
        assert_eq!(run.step(), back);
        assert!(run.case.withdrawal().is_some_and(|posting| posting.required().len() == 4));
    }
}

#[test]
fn invariant_7_a_removed_notice_restarts_its_period_and_a_request_never_begins_one() {
    use sanzi::disclosure::Status;
    let mut run = Run::opened();
    run.to(Step::IntentNotice).perform();
    let mut all = crate::village::receipts(&run.case, Subject::Step, run.now);
    all[3].status = Status::Requested;
    let chen = person("chen");
    assert_eq!(
        run.codes(chen, &sanzi::case::Command::Publish { of: Subject::Step, receipts: all.clone() }),
        ["channel-missing"],
        "accepted for publication is not public"
    );
    run.must(chen, sanzi::case::Command::Note { of: Subject::Step, receipts: all });
    run.wait(3);
    let rest = publish(&run, Subject::Step);
    run.must(chen, rest);
    let since = run.case.posting(Subject::Step).unwrap().since();
    assert_eq!(since, Some(run.now), "the last channel starts the period");
    run.wait(30);
    for status in [Status::Removed, Status::Altered] {
        let mut seen = run.clone();
        let mut gone = seen.entries.iter().rev().find_map(|entry| match &entry.event {
            sanzi::case::Event::Published { receipts, .. } => receipts.first().cloned(),
            _ => None,
        });
        let gone = gone.take().map(|receipt| sanzi::disclosure::Receipt { at: seen.now, ..receipt }.with_status(status)).unwrap();
        assert!(seen.codes(chen, &advance(Step::IntentNotice)).is_empty());
        seen.must(chen, sanzi::case::Command::Note { of: Subject::Step, receipts: vec![gone] });
        assert_eq!(seen.case.place().unwrap().stage, Stage::Performed);
        assert_eq!(seen.codes(chen, &advance(Step::IntentNotice)), ["not-public", "channel-missing"]);
        seen.publish();
        assert_eq!(seen.codes(chen, &advance(Step::IntentNotice)), ["period-running"]);
        assert_eq!(Case::replay(seen.case.id(), &seen.entries).unwrap(), seen.case);
    }
}

#[test]
fn an_objection_stops_the_clock_only_while_it_waits() {
    let mut run = Run::opened_on(day("2018-03-12"));
    run.to(Step::IntentNotice).perform().publish().must(nobody(), object(Remark::Objection, None));
    let plan = run.case.plan(&run.office.calendar, run.now).unwrap();
    assert_eq!(plan[0].leave.date(), None, "nobody can say when");
    assert_eq!(plan.len(), 1);
    run.wait(1).must(person("mai"), answer(1, Ruling::Dismissed));
    assert!(run.case.plan(&run.office.calendar, run.now).unwrap()[0].leave.date().is_some());
    run.advance().finish();
    assert_eq!(run.case.status(), CaseStatus::Closed);
}
