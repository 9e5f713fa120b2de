//! A clock that ran ahead, by less than what is doubted, and is then set right: what it let pass too early is done again.

use chrono::{DateTime, TimeDelta, Utc};
use sanzi::case::{AtStep, Case, CaseStatus, Entry, Event, Place, Stage, Subject, TakenBack, Verdict};
use sanzi::disclosure::{Channel, Channels, Remark, Ruling};
use sanzi::dongsha::{AfterDefault, ContractRecord, Current, Dongsha, Evidence, Step, WinnerDefault};
use sanzi::policy::{AllMembers, Present, Tally};

use super::{advance, answer, nobody, object, perform, set_clock, terminate};
use crate::village::{Run, at, day, person, record, responsible, text, yuan};

/// The intent notice goes up on the 5th of March; the clock jumps, and within the hour the notice is left and the
/// valuation is public "on the 14th". On the 6th somebody looks at a watch.
pub fn rushed() -> (Run, DateTime<Utc>) {
    let mut run = Run::opened();
    run.to(Step::IntentNotice).perform().publish().wait(9).advance().perform().publish();
    assert_eq!(run.today(), day("2018-03-14"));
    run.now = at(day("2018-03-06"));
    (run, at(day("2018-03-14")))
}

/// The same clock setting, as a record.
fn taken_back(run: &Run) -> TakenBack<Step> {
    match &run.entries.last().unwrap().event {
        Event::ClockSet { back, .. } => *back,
        other => panic!("{other:?}"),
    }
}

fn warnings(run: &Run) -> Vec<String> {
    match run.ask(person("fang"), &set_clock()) {
        Verdict::Allowed { warnings, .. } => warnings.iter().map(|reason| reason.code.to_string()).collect(),
        Verdict::Refused(refusal) => panic!("{refusal}"),
    }
}

/// What became of it, with the clock set.
pub fn set_right() -> Vec<Entry<Dongsha>> {
    let (mut run, _) = rushed();
    run.must(person("fang"), set_clock()).finish();
    run.entries
}

fn stands_at(run: &Run, step: Step) {
    assert_eq!(run.case.place(), Some(Place { step, stage: Stage::Pending }));
    assert_eq!(Case::replay(run.case.id(), &run.entries).unwrap(), run.case);
}

#[test]
fn a_notice_that_was_left_by_a_fast_clock_is_done_again_with_all_after_it() {
    let (mut run, left) = rushed();
    let (check, study) = (run.case.done(Step::AssetCheck).cloned(), run.case.done(Step::PartyStudy).cloned());
    assert_eq!(run.case.done(Step::IntentNotice).unwrap().left, Some(left));
    assert_eq!(warnings(&run), ["clock-skew", "rushed"]);
    run.must(person("fang"), set_clock());
    stands_at(&run, Step::IntentNotice);
    assert_eq!((run.case.done(Step::IntentNotice), run.case.done(Step::Valuation)), (None, None));
    assert_eq!((run.case.performer(Step::IntentNotice), run.case.performer(Step::Valuation)), (None, None));
    assert_eq!(
        (run.case.done(Step::AssetCheck), run.case.done(Step::PartyStudy)),
        (check.as_ref(), study.as_ref()),
        "what waited for nothing"
    );
    assert_eq!(run.case.voided().len(), 2, "kept, for everyone to see");
    assert_eq!(run.case.withdrawal().unwrap().required(), Channel::ALL.into_iter().collect());
    let skip = perform(record(&run.case, Step::Valuation, run.today()));
    assert_eq!(run.codes(person("pan"), &skip), ["step-missing"]);
    run.perform().publish();
    assert_eq!(run.codes(person("chen"), &advance(Step::IntentNotice)), ["withdrawal-owed", "period-running"]);
    run.withdraw().advance();
    assert_eq!(run.today(), day("2018-03-14"), "posted on the 6th, five working days in full");
    run.finish();
    assert_eq!(Case::replay(run.case.id(), &run.entries).unwrap().status(), CaseStatus::Closed);
}

#[test]
fn what_was_left_by_the_moment_to_which_the_clock_is_set_stays_left() {
    let (run, left) = rushed();
    for (now, back) in [(left, true), (left - TimeDelta::milliseconds(1), false)] {
        let mut run = run.clone();
        run.now = left + TimeDelta::days(30);
        run.perform_on(Step::Valuation);
        run.now = now;
        assert_eq!(warnings(&run), if back { &["clock-skew"][..] } else { &["clock-skew", "rushed"] });
        run.must(person("guan"), set_clock());
        assert_eq!(taken_back(&run) == TakenBack::Nothing, back);
        assert_eq!(run.step(), if back { Step::PlanDraft } else { Step::IntentNotice });
    }
    let mut doubt = run.clone();
    doubt.now = left - TimeDelta::minutes(5);
    assert_eq!(doubt.codes(person("fang"), &set_clock()), ["clock-not-in-doubt"]);
    assert_eq!(run.codes(person("chen"), &set_clock()), ["not-authority"]);
}

impl Run {
    /// Leaves the step, which is public, and comes to the next by this moment.
    fn perform_on(&mut self, step: Step) -> &mut Run {
        self.must(responsible(step), advance(step))
    }
}

#[test]
fn a_meeting_that_a_fast_clock_let_be_held_too_early_is_held_again() {
    let mut run = Run::opened();
    run.to(Step::MemberVote);
    let called = run.now;
    run.wait(10).perform();
    let held = run.now;
    for (now, again) in [(held, false), (held - TimeDelta::milliseconds(1), true)] {
        let mut run = run.clone();
        // Something later, so that the clock is in doubt.
        run.now = held + TimeDelta::hours(1);
        run.publish();
        run.now = now;
        run.must(person("guan"), set_clock());
        assert_eq!(run.case.place().unwrap().stage == Stage::Pending, again);
        assert_eq!(run.case.withdrawal().map(|posting| posting.required()), again.then_some(Channels::P));
    }
    run.now = called + TimeDelta::days(1);
    run.must(person("guan"), set_clock());
    stands_at(&run, Step::MemberVote);
    assert!(run.case.withdrawal().is_none(), "nothing was up yet");
    let mut forged = run.entries.clone();
    let Event::ClockSet { back, .. } = &mut forged.last_mut().unwrap().event else { unreachable!() };
    *back = TakenBack::Nothing;
    assert!(Case::replay(run.case.id(), &forged).is_err(), "nor can a history keep it");
    assert_eq!(run.codes(person("yuan"), &perform(run.good())), ["too-early", "called-too-late"]);
    run.finish();
}

#[test]
fn whoever_goes_back_anyway_goes_back_at_least_as_far() {
    let mut run = Run::opened();
    run.to(Step::MemberVote).wait(10);
    let Evidence::MemberVote(mut vote) = run.good() else { unreachable!() };
    vote.tally = Tally::new(AllMembers(300), Present(240), 119, 121, 0).unwrap();
    run.perform_with(Evidence::MemberVote(vote)).publish();
    run.now -= TimeDelta::days(9);
    run.must(person("guan"), set_clock());
    stands_at(&run, Step::PlanDraft);

    let mut run = Run::opened();
    run.to(Step::PlanNotice)
        .perform()
        .publish()
        .must(nobody(), object(Remark::Objection, None))
        .must(person("mai"), answer(1, Ruling::Upheld));
    let mut late = run.clone();
    run.now = run.case.began(Step::PlanNotice).unwrap() - TimeDelta::days(5);
    run.must(person("guan"), set_clock());
    stands_at(&run, Step::PlanDraft);
    late.now -= TimeDelta::days(40);
    late.must(person("fang"), set_clock());
    stands_at(&late, Step::IntentNotice);
}

#[test]
fn what_is_asked_is_answered_before_the_case_goes_back() {
    let mut run = Run::opened();
    run.to(Step::PlanNotice).perform().publish();
    run.must(nobody(), object(Remark::Objection, None)).must(nobody(), object(Remark::Comment, None));
    run.now -= TimeDelta::days(40);
    assert_eq!(run.codes(person("fang"), &set_clock()), ["objection-open", "comment-open"]);
    let unanswered = run.clone();
    run.must(person("mai"), answer(1, Ruling::Dismissed)).must(person("chen"), answer(2, Ruling::Dismissed));
    run.must(person("fang"), set_clock());
    stands_at(&run, Step::IntentNotice);
    assert!(unanswered.case.clone().evolve(run.entries.last().unwrap()).is_err(), "nor can a history go back without an answer");
    let mut nothing = super::public_at(Step::IntentNotice);
    nothing.must(nobody(), object(Remark::Objection, None));
    nothing.now -= TimeDelta::days(40);
    nothing.must(person("fang"), set_clock());
    assert_eq!(taken_back(&nothing), TakenBack::Nothing, "nothing goes back, so nothing has to be answered first");
}

#[test]
fn what_was_still_to_be_withdrawn_is_withdrawn_with_the_rest() {
    // The winner defaults, the next in rank follows: the first result is still up on four channels, the trading on two.
    let mut run = Run::opened();
    run.to(Step::ContractSigning);
    let winner = person("bidder-a");
    let default = WinnerDefault { winner, forfeited: yuan(4_000), reason: text("弃标"), then: AfterDefault::NextRanked };
    run.perform_with(ContractRecord::Defaulted(default).into()).publish().advance();
    assert_eq!(run.step(), Step::ResultNotice);
    let early = run.case.began(Step::BidderRegistration).unwrap() - TimeDelta::days(1);
    for withdrawn in [false, true] {
        let mut run = run.clone();
        if withdrawn {
            run.withdraw();
        }
        run.now = early;
        run.must(person("guan"), set_clock());
        stands_at(&run, Step::TradingNotice);
        let channels = if withdrawn { Channels::P.and(Channels::O) } else { Channel::ALL.into_iter().collect() };
        assert_eq!(run.case.withdrawal().unwrap().required(), channels);
        assert_eq!(run.case.notice(Subject::Withdrawal).unwrap().digest(), Ok(run.case.withdrawal().unwrap().notice()));
        run.withdraw().finish();
    }
}

#[test]
fn a_case_that_was_ended_stays_ended() {
    let (mut run, left) = rushed();
    let now = run.now;
    run.now = left;
    run.must(person("chen"), terminate());
    run.now = now;
    run.must(person("fang"), set_clock());
    assert_eq!((run.case.status(), taken_back(&run)), (CaseStatus::Terminating, TakenBack::Nothing));
}

#[test]
fn a_typed_transaction_has_to_be_asked_where_it_stands_after_its_clock_was_set() {
    let (run, _) = rushed();
    let entries = run.ask(person("fang"), &set_clock()).into_result().unwrap();
    let Current::Valuation(AtStep::Public(case)) = Current::from(run.case.clone()) else { unreachable!() };
    let chen = run.office.acting(person("chen"), run.now);
    let case = case.set_clock(&chen, text("主机时钟有误")).unwrap_err();
    assert_eq!(case.refusal().codes(), ["not-authority"]);
    let found = case.into_case().set_clock(&run.office.acting(person("fang"), run.now), text("主机时钟有误")).unwrap();
    let Current::IntentNotice(AtStep::Pending(case)) = Current::from(found) else { panic!("it does not stand where it was") };
    assert_eq!(case.unsaved(), entries, "and is saved as the engine would have recorded it");
}

#[test]
fn what_a_clock_setting_takes_back_cannot_be_changed_and_an_older_record_takes_nothing_back() {
    let (mut run, _) = rushed();
    let mut plain = run.clone();
    run.must(person("fang"), set_clock());
    let TakenBack::Steps { from: Step::IntentNotice, withdrawal: Some((channels, digest)) } = taken_back(&run) else { unreachable!() };
    let place = run.entries.len() - 1;
    let steps = |from, withdrawal| TakenBack::Steps { from, withdrawal };
    for forged in [
        TakenBack::Nothing,
        steps(Step::Valuation, Some((channels, digest))),
        steps(Step::AssetCheck, Some((channels, digest))),
        steps(Step::IntentNotice, None),
        steps(Step::IntentNotice, Some((Channels::P, digest))),
    ] {
        let mut entries = run.entries.clone();
        let Event::ClockSet { back, .. } = &mut entries[place].event else { unreachable!() };
        *back = forged;
        assert!(Case::replay(run.case.id(), &entries).is_err(), "{forged:?}");
    }
    let mut json = serde_json::to_value(&run.entries[place]).unwrap();
    json["event"]["clock-set"].as_object_mut().unwrap().remove("back").unwrap();
    let older: Entry<Dongsha> = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&older).unwrap(), json, "and is written as it was");
    plain.case.evolve(&older).unwrap();
    plain.entries.push(older);
    assert_eq!(plain.step(), Step::Valuation, "as it was decided then");
    plain.wait_to_leave().advance().finish();
    assert_eq!(Case::replay(plain.case.id(), &plain.entries).unwrap().status(), CaseStatus::Closed);
}
