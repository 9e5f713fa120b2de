//! Where a rule just holds and just does not: found by changing the code in one place and seeing nothing notice.

use chrono::TimeDelta;
use sanzi::case::{Command, Subject};
use sanzi::disclosure::{Receipt, Remark, Ruling, Status};
use sanzi::dongsha::{Evidence, Role, Step};
use sanzi::register::{Register, Term};
use sanzi::value::{Digest, PersonName};

use super::{perform, public_at};
use crate::village::{PEOPLE, Run, day, person, receipts, record};

fn note(receipts: Vec<Receipt>) -> Command<sanzi::dongsha::Dongsha> {
    Command::Note { of: Subject::Step, receipts }
}

#[test]
fn a_clock_may_be_five_minutes_behind_and_not_a_moment_more() {
    let mut run = public_at(Step::IntentNotice);
    run.must(person("resident"), super::object(Remark::Comment, None));
    run.must(person("chen"), super::answer(1, Ruling::Dismissed));
    let last = run.now;
    let five = TimeDelta::minutes(5);
    for (behind, codes) in [(five, ["period-running"]), (five + TimeDelta::milliseconds(1), ["clock-skew"])] {
        run.now = last - behind;
        assert_eq!(run.codes(person("chen"), &super::advance(Step::IntentNotice)), codes, "{behind}");
    }
}

/// Anyone with a role reports that a notice is gone; only the responsible party says that it is up.
#[test]
fn a_loss_is_reported_by_anyone_appointed_and_a_posting_by_the_responsible_party() {
    let run = public_at(Step::IntentNotice);
    let mut fresh = Run::opened();
    fresh.to(Step::IntentNotice).perform();
    let up = receipts(&fresh.case, Subject::Step, fresh.now);
    let (wu, chen, resident) = (person("wu"), person("chen"), person("resident"));
    assert_eq!(fresh.codes(wu, &note(up.clone())), ["not-responsible"]);
    assert_eq!(fresh.codes(chen, &note(up.clone())), Vec::<String>::new());
    assert_eq!(fresh.codes(wu, &Command::Publish { of: Subject::Step, receipts: up.clone() }), ["not-responsible"]);

    let posting = run.case.posting(Subject::Step).unwrap();
    let digest: Digest = run.case.notice(Subject::Step).unwrap().digest().unwrap();
    let gone = |status| {
        let mut receipt = up[0].clone();
        (receipt.notice, receipt.status, receipt.at) = (digest, status, run.now);
        receipt.verified_by = None;
        receipt
    };
    assert!(!posting.required().is_empty());
    for status in [Status::Removed, Status::Altered] {
        assert_eq!(run.codes(wu, &note(vec![gone(status)])), Vec::<String>::new(), "{status:?}");
        assert_eq!(run.codes(resident, &note(vec![gone(status)])), ["not-appointed"], "{status:?}");
    }
    let mixed = vec![gone(Status::Removed), up[1].clone()];
    assert!(run.codes(wu, &note(mixed)).contains(&"not-responsible".to_owned()), "a loss beside a posting is a posting");
    assert!(run.codes(wu, &note(Vec::new())).contains(&"not-responsible".to_owned()), "nothing at all is no loss");
    let whole = Command::Publish { of: Subject::Step, receipts: vec![gone(Status::Removed)] };
    assert!(run.codes(wu, &whole).contains(&"not-responsible".to_owned()), "and nobody publishes by a loss");
}

/// What was done on an earlier day was done by whoever held the role on that day.
#[test]
fn who_acts_is_looked_up_on_the_day_of_the_act() {
    let mut run = Run::opened();
    run.wait(3);
    let yesterday = run.now - TimeDelta::days(1);
    let done =
        Command::Perform { evidence: record(&run.case, Step::AssetCheck, sanzi::calendar::china_date(yesterday)), done: Some(yesterday) };
    let today = run.today();
    let until = today.pred_opt().unwrap();
    run.office.register.appoint(person("tan"), Role::Board, Term { from: day("2018-01-01"), to: Some(until) }).unwrap();
    run.office.register.appoint(person("wu"), Role::Board, Term { from: today, to: None }).unwrap();
    assert_eq!(run.codes(person("tan"), &done), Vec::<String>::new(), "their term ended yesterday");
    assert_eq!(run.codes(person("tan"), &perform(run.good())), ["not-responsible"], "so today they may not");
    assert_eq!(run.codes(person("wu"), &done), ["not-responsible"], "their term begins today");
    assert_eq!(run.codes(person("wu"), &perform(run.good())), Vec::<String>::new());
}

/// Two earlier steps done by one person do not cancel each other out.
#[test]
fn kin_of_who_did_two_steps_is_kept_apart() {
    let mut run = Run::opened();
    run.to(Step::PlanDraft).wait_to_perform();
    let mut register = Register::new();
    for (id, name, roles) in PEOPLE {
        register.add(person(id), PersonName::new(name).unwrap()).unwrap();
        for role in roles {
            let to = (id == "chen").then(|| run.today().pred_opt().unwrap());
            register.appoint(person(id), *role, Term { from: day("2018-01-01"), to }).unwrap();
        }
    }
    register.appoint(person("wu"), Role::Board, Term::since(run.today())).unwrap();
    run.office.register = register;
    assert_eq!(run.case.performer(Step::AssetCheck), run.case.performer(Step::IntentNotice));
    run.must(person("wu"), perform(run.good()));
    let up = receipts(&run.case, Subject::Step, run.now);
    run.must(person("wu"), Command::Publish { of: Subject::Step, receipts: up }).wait_to_leave();
    run.must(person("wu"), Command::Advance { from: Step::PlanDraft }).wait_to_perform();
    let asked = |run: &Run| run.codes(person("guan"), &perform(run.good()));
    assert_eq!(asked(&run), Vec::<String>::new());
    run.office.register.declare_kin(person("guan"), person("chen")).unwrap();
    assert_eq!(asked(&run), ["must-differ"; 2], "once for each step that their relative did");
}

/// Two bidders who share a mark (these two do) do not cancel each other out.
#[test]
fn kin_of_one_of_two_bidders_is_kept_apart() {
    let mut run = Run::opened();
    for id in ["bidder-h", "bidder-y"] {
        run.office.register.add(person(id), PersonName::new("丁公司").unwrap()).unwrap();
    }
    run.to(Step::BidderRegistration).wait_to_perform();
    let Evidence::BidderRegistration(mut registration) = run.good() else { panic!("the registration") };
    for (place, id) in ["bidder-h", "bidder-y"].into_iter().enumerate() {
        registration.registrants[place].bidder = person(id);
    }
    registration.registrants.truncate(2);
    run.perform_with(Evidence::BidderRegistration(registration)).publish().advance().wait_to_perform();
    assert_eq!(run.case.bidders(), [person("bidder-h"), person("bidder-y")]);
    let refused = |run: &Run| run.case.check(Step::Bidding, &run.office.acting(person("song"), run.now));
    assert!(refused(&run).is_ok());
    run.office.register.declare_kin(person("song"), person("bidder-y")).unwrap();
    assert_eq!(refused(&run).unwrap_err().codes(), ["must-differ"]);
}

/// A withdrawal has the number that it got when the case was returned, however many notices came since.
#[test]
fn a_withdrawal_keeps_its_number() {
    let mut run = public_at(Step::IntentNotice);
    run.must(person("resident"), super::object(Remark::Objection, None));
    run.must(person("guan"), super::answer(1, Ruling::Upheld)).wait_to_leave();
    run.must(person("chen"), Command::Advance { from: Step::IntentNotice });
    let withdrawal = run.case.notice(Subject::Withdrawal).unwrap();
    assert_eq!(withdrawal.number, 4, "after those of three steps");
    let recorded = run.entries.iter().rev().find_map(|entry| match &entry.event {
        sanzi::case::Event::Advanced { withdrawal, .. } => withdrawal.as_ref().map(|(_, digest)| *digest),
        _ => None,
    });
    assert_eq!(recorded, Some(withdrawal.digest().unwrap()));
    run.perform();
    assert_eq!(run.case.notice(Subject::Step).unwrap().number, 5);
    assert_eq!(run.case.notice(Subject::Withdrawal).unwrap(), withdrawal, "the same after the next notice");
    run.withdraw();
}
