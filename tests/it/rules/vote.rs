//! Steps 7 to 10.

use chrono::Days;
use sanzi::case::Code;
use sanzi::dongsha::DongshaCode::*;
use sanzi::dongsha::*;
use sanzi::policy::{AllDelegates, AllDirectors, Eligible, Present, Tally};
use sanzi::value::Digest;

use super::*;

/// The meeting was called three days after the review: its ten days end later than the step's own.
fn called_later(step: Step) -> Run {
    let mut run = ready(step);
    run.wait(3);
    run
}

/// A plan under the valuation, which says why.
fn below_valuation(step: Step) -> Run {
    let plan = PlanRecord { floor: yuan(1_500), below_valuation: Some(text("两次流标")), ..plan() };
    planned(Run::opened(), step, plan)
}

/// The board's treasurer is a teller's brother.
fn teller_is_kin(step: Step) -> Run {
    let mut office = office();
    office.register.declare_kin(person("resident"), person("chen")).unwrap();
    at_step(Run::with(office, day("2018-03-05")), step)
}

fn delegates(all: u32) -> Tally {
    Tally::new(AllDelegates(all), Present(all), all, 0, 0).unwrap()
}

pub(super) fn laws() -> Vec<Law> {
    let mut laws = call_laws();
    laws.extend(counting_laws());
    laws.extend(body_laws());
    laws.extend(notice_laws());
    laws
}

fn call_laws() -> Vec<Law> {
    vec![
        law("the plan voted is the frozen plan", Step::MemberVote).refused(|act| vote(act).plan = scan("other"), [want(PlanDiffers)]),
        law("ten days of notice, not nine", Step::MemberVote)
            .given(called_later)
            .allowed(|act| vote(act).called_on = act.run.today() - Days::new(10))
            .refused(|act| vote(act).called_on = act.run.today() - Days::new(9), [want(CalledTooLate)]),
        law("a meeting is not called after it was held", Step::MemberVote)
            .refused(|act| vote(act).called_on = act.run.today() + Days::new(1), [want(CalledTooLate)]),
        law("a meeting is called after the review", Step::MemberVote)
            .refused(|act| vote(act).called_on = vote(act).called_on - Days::new(1), [want(CalledTooEarly)]),
        law("the meeting was held on the day it is recorded for", Step::MemberVote)
            .given(called_later)
            .refused(|act| vote(act).held_on = act.run.today() - Days::new(1), [want(MeetingDate)]),
        law("the step waits its ten days too", Step::MemberVote).refused(
            |act| {
                act.run.now -= chrono::TimeDelta::days(1);
                vote(act).held_on = act.run.today();
            },
            [want(Code::TooEarly), want(CalledTooLate)],
        ),
    ]
}

fn counting_laws() -> Vec<Law> {
    vec![
        law("somebody counts", Step::MemberVote).refused(|act| vote(act).tellers.clear(), [want(NoTellers)]),
        law("the board does not count", Step::MemberVote)
            .allowed(|act| vote(act).tellers = vec![person("resident")])
            .refused(|act| vote(act).tellers.push(person("chen")), [want(TellerOfBoard).found("chen")]),
        law("nor does its chair", Step::MemberVote)
            .refused(|act| vote(act).tellers = vec![person("liang")], [want(TellerOfBoard).found("liang")]),
        law("nor do the board's kin", Step::MemberVote)
            .given(teller_is_kin)
            .refused(|act| vote(act).tellers.push(person("resident")), [want(TellerOfBoard).found("resident")]),
        law("tellers are in the register", Step::MemberVote)
            .refused(|act| vote(act).tellers.push(person("nobody")), [want(Code::UnknownPerson).found("nobody")]),
        law("five hundred tellers are enough", Step::MemberVote)
            .allowed(|act| vote(act).tellers = vec![person("zhong"); 500])
            .refused(|act| vote(act).tellers = vec![person("zhong"); 501], [want(TooManyEntries)]),
        law("the minutes of the vote exist", Step::MemberVote)
            .refused(|act| vote(act).minutes = Digest::NONE, [want(NoDocument).expected("minutes")]),
        law("a floor below the valuation is voted as such", Step::MemberVote)
            .given(below_valuation)
            .refused(|act| vote(act).below_valuation_voted = false, [want(BelowValuationNotVoted)]),
        law("a rejected plan cannot be slipped in", Step::MemberVote)
            .given(|step| {
                let mut run = rejected_run();
                let evidence = Evidence::PlanDraft(PlanRecord { floor: yuan(2_001), ..plan() });
                run.perform_with(evidence).publish().advance();
                at_step(run, step)
            })
            .refused(|act| vote(act).plan = plan().digest().unwrap(), [want(PlanDiffers), want(VotedBefore)]),
    ]
}

/// Back at the draft after the usual plan was rejected.
pub(super) fn rejected_run() -> Run {
    let mut run = ready(Step::MemberVote);
    let mut act = Act::of(run.clone());
    vote(&mut act).tally = Tally::new(tally().eligible(), Present(240), 119, 121, 0).unwrap();
    run.perform_with(act.evidence).publish().advance();
    run.withdraw();
    run
}

fn body_laws() -> Vec<Law> {
    vec![
        law("the board cannot vote for the members", Step::MemberVote).refused(
            |act| vote(act).tally = Tally::new(Eligible::Directors(AllDirectors(7)), Present(7), 7, 0, 0).unwrap(),
            [want(WrongBody).found("directors")],
        ),
        law("twenty-one delegates are an assembly from 2025", Step::MemberVote)
            .given(ready_2025)
            .allowed(|act| vote(act).tally = delegates(21))
            .refused(|act| vote(act).tally = delegates(20), [want(DelegatesTooFew).expected("21 people").found("20 people")]),
        law("before 2025 there was no least number of delegates", Step::MemberVote).allowed(|act| vote(act).tally = delegates(20)).refused(
            |act| {
                vote(act).tally = Tally::new(AllDirectors(20), Present(20), 20, 0, 0).unwrap();
                vote(act).tellers.clear();
            },
            [want(NoTellers), want(WrongBody)],
        ),
    ]
}

fn notice_laws() -> Vec<Law> {
    vec![
        law("the plan published is the plan voted", Step::PlanNotice).refused(|act| notice(act).plan = scan("other"), [want(PlanDiffers)]),
        law("the tally published is the tally counted", Step::PlanNotice)
            .refused(|act| notice(act).tally = Tally::new(tally().eligible(), Present(240), 221, 11, 8).unwrap(), [want(TallyDiffers)]),
        law("the plan filed is the plan voted", Step::ProjectFiling).refused(|act| filing(act).plan = scan("other"), [want(PlanDiffers)]),
        law("the plan reviewed by the street is the plan voted", Step::StreetReview)
            .refused(|act| street(act).plan = scan("other"), [want(PlanDiffers)]),
        law("the street answers within five working days", Step::StreetReview)
            .allowed(|act| act.run.now = at(day(STREET_LAST)))
            .warned(|act| act.run.now = at(day(STREET_LAST)) + chrono::TimeDelta::days(1), [want(Code::Late)]),
    ]
}

/// Five working days after the usual case comes to the street on April 1: Qingming is off, Sunday the 8th is worked.
const STREET_LAST: &str = "2018-04-09";
