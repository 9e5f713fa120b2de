//! What proves that a notice is up, and what does not.

use chrono::TimeDelta;
use sanzi::case::{Command, Stage, Subject};
use sanzi::disclosure::{Proof, Receipt, Status};
use sanzi::dongsha::Step;

use crate::village::{Run, person, receipts, scan};

/// The intent notice, performed: four channels, verified by the supervisors.
fn intent() -> (Run, Vec<Receipt>) {
    let mut run = Run::opened();
    run.to(Step::IntentNotice).perform();
    let good = receipts(&run.case, Subject::Step, run.now);
    (run, good)
}

fn publish(run: &Run, receipts: Vec<Receipt>) -> Vec<String> {
    run.codes(person("chen"), &Command::Publish { of: Subject::Step, receipts })
}

fn with(good: &[Receipt], edit: impl FnOnce(&mut Receipt)) -> Vec<Receipt> {
    let mut receipts = good.to_vec();
    edit(&mut receipts[1]);
    receipts
}

#[test]
fn a_posting_is_verified_by_a_supervisor_who_is_not_the_poster_nor_their_kin() {
    let (mut run, good) = intent();
    assert!(publish(&run, good.clone()).is_empty());
    for wrong in ["chen", "li", "stranger"] {
        assert_eq!(publish(&run, with(&good, |r| r.verified_by = Some(person(wrong)))), ["not-verified"], "{wrong}");
    }
    run.office.register.declare_kin(person("guan"), person("chen")).unwrap();
    assert_eq!(publish(&run, good.clone()), ["not-verified"; 4], "kin of the poster, once for each channel");
    let by_mai = good.into_iter().map(|receipt| receipt.verified_by(person("mai"))).collect();
    assert!(publish(&run, by_mai).is_empty());
}

#[test]
fn a_photo_takes_two_people_of_the_register() {
    let (run, good) = intent();
    let photo = |taken_by, witness| {
        with(&good, |r| r.proof = Proof::Photo { digest: scan("photo"), taken_by: person(taken_by), witness: person(witness) })
    };
    assert!(publish(&run, photo("resident", "li")).is_empty());
    for (one, other) in [("li", "li"), ("li", "stranger"), ("stranger", "li")] {
        assert_eq!(publish(&run, photo(one, other)), ["photo-needs-two"], "{one} {other}");
    }
}

#[test]
fn a_receipt_is_dated_between_the_act_and_now() {
    let (run, good) = intent();
    assert_eq!(publish(&run, with(&good, |r| r.at += TimeDelta::seconds(1))), ["dated-ahead"]);
    assert_eq!(publish(&run, with(&good, |r| r.at -= TimeDelta::seconds(1))), ["out-of-order"]);
    let mut later = run.clone();
    later.wait(4);
    assert_eq!(publish(&later, good), ["back-dated"]);
}

#[test]
fn every_fault_of_every_receipt_is_told_at_once() {
    let (run, good) = intent();
    let mut bad = good[..3].to_vec();
    bad[0].notice = scan("another notice");
    bad[1].at += TimeDelta::days(1);
    bad[2].verified_by = None;
    assert_eq!(publish(&run, bad), ["receipt-of-other-notice", "dated-ahead", "not-verified", "channel-missing"]);
}

#[test]
fn channels_may_come_one_by_one_and_the_step_is_public_only_when_it_is_stated_with_all() {
    let (mut run, good) = intent();
    let chen = person("chen");
    for receipt in good {
        run.must(chen, Command::Note { of: Subject::Step, receipts: vec![receipt] });
        assert_eq!(run.case.place().unwrap().stage, Stage::Performed);
    }
    assert!(run.case.posting(Subject::Step).unwrap().missing().is_empty());
    run.must(chen, Command::Publish { of: Subject::Step, receipts: Vec::new() });
    assert_eq!(run.case.place().unwrap().stage, Stage::Public);
}

#[test]
fn a_loss_may_be_told_late_by_anyone_in_office_and_a_posting_may_not() {
    let (mut run, good) = intent();
    let posted = run.now;
    run.must(person("chen"), Command::Publish { of: Subject::Step, receipts: good.clone() }).wait(4);
    let lost = |status| vec![Receipt { at: posted, ..good[0].clone() }.with_status(status)];
    let note = |receipts| Command::Note { of: Subject::Step, receipts };
    assert_eq!(run.codes(person("chen"), &note(lost(Status::Confirmed))), ["back-dated"]);
    assert_eq!(run.codes(person("resident"), &note(lost(Status::Removed))), ["not-appointed"]);
    assert!(run.codes(person("wu"), &note(lost(Status::Altered))).is_empty(), "a witness holds a role");
    run.must(person("wu"), note(lost(Status::Removed)));
    assert_eq!(run.case.place().unwrap().stage, Stage::Performed, "and the notice is no longer public");
}

#[test]
fn a_pause_is_planned_from_the_day_of_the_objection() {
    let (mut run, good) = intent();
    run.must(person("chen"), Command::Publish { of: Subject::Step, receipts: good }).wait(1);
    let objection = super::object(sanzi::disclosure::Remark::Objection, None);
    run.must(super::nobody(), objection);
    let plan = run.case.plan(&run.office.calendar, run.now).unwrap();
    assert_eq!((plan.len(), plan[0].leave), (1, sanzi::calendar::Due::Paused { since: run.today() }));
}
