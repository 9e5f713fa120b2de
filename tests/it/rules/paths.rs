//! The ways back: what each returns to, what it voids, and that everything from there on must be done again.

use sanzi::case::*;
use sanzi::disclosure::{Channels, Remark, Ruling};
use sanzi::dongsha::DongshaCode::*;
use sanzi::dongsha::*;
use sanzi::flow::{Flow, StepId};
use sanzi::policy::{AllMembers, Present, Tally};

use super::*;

/// Performs a bent record at the current step, publishes it and leaves.
fn leave_with(run: &mut Run, bend: impl FnOnce(&mut Act)) {
    run.wait_to_perform();
    let mut act = Act::of(run.clone());
    bend(&mut act);
    run.perform_with(act.evidence).publish().advance();
}

/// An objection to the current step's notice, upheld by the row's authority.
fn uphold(run: &mut Run) {
    let number = u32::try_from(run.case.objections().len()).unwrap() + 1;
    let row = Dongsha::row(run.step());
    let judge = PEOPLE.iter().find(|(_, _, roles)| roles.contains(&row.posts.objections_to.unwrap())).unwrap().0;
    run.must(person("resident"), Command::Object { kind: Remark::Objection, text: text("面积不实"), from: Some(person("resident")) });
    let stuck = run.codes(responsible(run.step()), &Command::Advance { from: run.step() });
    assert!(stuck.contains(&"objection-open".to_owned()), "an objection holds the case: {stuck:?}");
    run.must(person(judge), Command::Answer { number, ruling: Ruling::Upheld, reply: text("成立") });
    run.must(responsible(run.step()), Command::Advance { from: run.step() });
}

fn recall(run: &mut Run, change: &str) {
    let correction = Correction { changes: vec![text(change)], reason: text("公告有误") };
    run.must(responsible(run.step()), Command::Recall { step: run.step(), correction });
    run.must(responsible(run.step()), Command::Advance { from: run.step() });
}

/// What a return must have done: the case stands at its target, which is to be done again, with nothing from there on left, a
/// withdrawal on every channel that carried a voided notice, and no leaving before that is up. Then it goes to the end.
fn returned(mut run: Run, before: &Run, to: Step) {
    assert_eq!(run.case.place(), Some(Place { step: to, stage: Stage::Pending }));
    let mut channels = Channels::NONE;
    for step in Step::ALL.iter().copied() {
        if step.index() < to.index() {
            assert_eq!(run.case.done(step), before.case.done(step), "{step} stands");
            continue;
        }
        assert!(run.case.done(step).is_none() && run.case.performer(step).is_none(), "{step} is void");
        assert_eq!(run.case.began(step).is_some(), step == to, "{step} begins anew");
        channels = before.case.done(step).map_or(channels, |done| channels.and(done.posting.confirmed()));
    }
    assert_eq!(run.case.withdrawal().map(sanzi::disclosure::Posting::required), Some(channels));
    let voided = before.case.voided().len() + Step::ALL.iter().skip(to.index()).filter(|step| before.case.done(**step).is_some()).count();
    assert_eq!(run.case.voided().len(), voided, "kept, for everyone to see");

    let later = Step::ALL[(to.index() + 1).min(15)];
    if later != to {
        let mut fixture = before.clone();
        fixture.case = run.case.clone();
        let skip = Command::Perform { evidence: record(&before.case, later, run.today()), done: None };
        assert!(fixture.codes(responsible(later), &skip).contains(&"step-missing".to_owned()), "{later} cannot be done before {to}");
    }
    let mut unwithdrawn = run.clone();
    unwithdrawn.perform_again().publish().wait_to_leave();
    let codes = unwithdrawn.codes(responsible(to), &Command::Advance { from: to });
    assert_eq!(codes, ["withdrawal-owed"], "{to} cannot be left");
    run.withdraw();
    run.close_it();
    let performed = run.entries.iter().filter(|entry| matches!(entry.event, Event::Performed { .. })).count();
    assert_eq!(performed, voided + 16, "all sixteen after the last return");
}

impl Run {
    /// A good record, but of a plan that was not rejected before, and of a winner who did not default in this round.
    fn perform_again(&mut self) -> &mut Run {
        self.wait_to_perform();
        let mut act = Act::of(self.clone());
        if let Evidence::PlanDraft(plan) = &mut act.evidence {
            let again = u64::try_from(self.case.voided_records::<PlanDraft>().count()).unwrap();
            plan.floor = plan.floor.plus(yuan(again)).unwrap();
        }
        self.perform_with(act.evidence)
    }

    fn close_it(&mut self) {
        while self.case.place().is_some() {
            self.perform_again().publish().advance();
        }
        assert_eq!(self.case.status(), CaseStatus::Closed);
    }
}

/// Goes to a step, leaves it in some way, and looks at what that did.
fn way(from: Step, to: Step, leave: impl FnOnce(&mut Run)) {
    let mut run = Run::opened();
    run.to(from);
    let mut seen = run.clone();
    leave(&mut run);
    // What stood just before the return: the step itself as it was published.
    for entry in &run.entries[seen.entries.len()..] {
        if !matches!(entry.event, Event::Advanced { .. }) {
            seen.case.evolve(entry).unwrap();
        }
    }
    returned(run, &seen, to);
}

fn public(run: &mut Run) -> &mut Run {
    run.perform().publish()
}

#[test]
fn not_endorsed_goes_back_to_the_motion() {
    way(Step::PartyStudy, Step::AssetCheck, |run| leave_with(run, |act| study(act).endorsed = false));
}

#[test]
fn an_upheld_objection_goes_where_its_row_says() {
    for (from, to) in
        [(Step::IntentNotice, Step::AssetCheck), (Step::PlanNotice, Step::PlanDraft), (Step::ResultNotice, Step::TradingNotice)]
    {
        way(from, to, |run| uphold(public(run)));
    }
}

#[test]
fn not_approved_goes_back_to_the_draft() {
    way(Step::PlanReview, Step::PlanDraft, |run| leave_with(run, |act| review(act).approved = false));
}

fn votes(run: &mut Run, present: u32, yes: u32) {
    leave_with(run, |act| vote(act).tally = Tally::new(AllMembers(300), Present(present), yes, present - yes, 0).unwrap());
}

#[test]
fn without_a_quorum_the_meeting_is_called_anew() {
    way(Step::MemberVote, Step::MemberVote, |run| votes(run, 149, 149));
    let mut run = Run::opened();
    run.to(Step::MemberVote);
    votes(&mut run, 149, 149);
    let (began, mut act) = (run.today(), Act::of(run.wait(10).clone()));
    vote(&mut act).called_on = began - chrono::Days::new(1);
    let verdict = act.ask();
    assert_eq!(verdict.refusal().unwrap().codes(), ["called-too-early"], "the first call does not serve the second meeting");
}

#[test]
fn a_rejected_plan_is_drafted_anew_and_not_voted_again() {
    way(Step::MemberVote, Step::PlanDraft, |run| votes(run, 240, 119));
    let mut run = super::vote::rejected_run();
    let again = Command::Perform { evidence: run.good(), done: None };
    assert_eq!(run.codes(person("chen"), &again), ["voted-before"]);
    run.perform_again().publish().advance();
    let mut act = Act::of(run.clone());
    review(&mut act).plan = plan().digest().unwrap();
    assert_eq!(act.ask().refusal().unwrap().codes(), [PlanDiffers.code()], "the old digest fits no more");
    run.close_it();
}

#[test]
fn a_plan_without_a_quorum_was_not_rejected() {
    let mut run = Run::opened();
    run.to(Step::MemberVote);
    votes(&mut run, 149, 149);
    run.withdraw();
    run.close_it();
    assert_eq!(run.case.record::<MemberVote>().unwrap().plan, plan().digest().unwrap());
}

#[test]
fn the_street_returns_for_form_or_for_substance() {
    way(Step::StreetReview, Step::ProjectFiling, |run| leave_with(run, |act| street(act).decision = StreetDecision::ReturnedForForm));
    way(Step::StreetReview, Step::PlanDraft, |run| leave_with(run, |act| street(act).decision = StreetDecision::ReturnedForSubstance));
}

#[test]
fn a_minor_correction_is_announced_for_the_whole_period_again_a_material_one_is_voted_again() {
    way(Step::TradingNotice, Step::TradingNotice, |run| recall(public(run), "wording"));
    for material in ["floor", "term", "area", "eligibility", "usage", "anything else"] {
        way(Step::TradingNotice, Step::PlanDraft, |run| recall(public(run), material));
    }
    let mut run = Run::opened();
    run.to(Step::TradingNotice).perform().publish().wait_to_leave();
    recall(&mut run, "contact");
    run.withdraw();
    let day = run.today();
    run.perform().publish();
    assert_eq!(run.codes(person("song"), &Command::Advance { from: Step::TradingNotice }), ["period-running"]);
    run.advance();
    assert_eq!(run.today(), self::day("2018-04-18"), "a small deal: five working days after {day}");
}

#[test]
fn too_few_bidders_announce_again_or_lower_the_floor() {
    for (then, to) in [(AfterFailure::AnnounceAgain, Step::TradingNotice), (AfterFailure::LowerFloor, Step::PlanDraft)] {
        way(Step::BidderRegistration, to, |run| {
            leave_with(run, |act| {
                registration(act).registrants.clear();
                registration(act).after_failure = then;
            });
        });
        way(Step::Bidding, to, |run| leave_with(run, |act| no_bid(act, then)));
    }
}

#[test]
fn as_many_must_qualify_as_the_plan_asks_for() {
    for (qualified, to) in [(2, Step::Bidding), (1, Step::TradingNotice)] {
        let mut run = planned(Run::opened(), Step::BidderRegistration, PlanRecord { min_bidders: 2, ..plan() });
        leave_with(&mut run, |act| registration(act).registrants.iter_mut().skip(qualified).for_each(|other| other.qualified = false));
        assert_eq!(run.step(), to, "{qualified} of two");
    }
}

fn no_bid(act: &mut Act, then: AfterFailure) {
    let record = bidding(act);
    (record.bids, record.winner, record.after_failure) = (Vec::new(), None, then);
}

fn default(run: &mut Run, then: AfterDefault) {
    let winner = run.case.record::<ResultNotice>().unwrap().winner;
    let reason = text("资金不足");
    run.perform_with(Evidence::ContractSigning(ContractRecord::Defaulted(WinnerDefault { winner, forfeited: yuan(4_000), reason, then })));
    run.publish().advance();
}

#[test]
fn a_default_goes_to_the_next_ranked_until_there_is_none() {
    let mut run = Run::opened();
    run.to(Step::ContractSigning);
    default(&mut run, AfterDefault::NextRanked);
    run.withdraw();
    let mut act = Act::of(run.clone());
    result(&mut act).winner = person("bidder-a");
    result(&mut act).price = yuan(2_250);
    assert_eq!(act.ask().refusal().unwrap().codes(), [ResultDiffers.code(), ResultDiffers.code()], "not the defaulter again");
    run.to(Step::ContractSigning);
    let second = run.case.record::<ResultNotice>().unwrap();
    assert_eq!((second.winner, second.price, second.bidders), (person("bidder-b"), yuan(2_100), 2));
    let none_left = Evidence::ContractSigning(ContractRecord::Defaulted(WinnerDefault {
        winner: person("bidder-b"),
        forfeited: yuan(4_000),
        reason: text("资金不足"),
        then: AfterDefault::NextRanked,
    }));
    let ask = Command::Perform { evidence: none_left, done: None };
    assert_eq!(run.codes(person("liang"), &ask), [NoNextRanked.code()]);
    default(&mut run, AfterDefault::AnnounceAgain);
    assert_eq!(run.step(), Step::TradingNotice);
    run.withdraw();
    run.to(Step::ResultNotice);
    let first =
        Evidence::ResultNotice(ResultRecord { winner: person("bidder-a"), price: yuan(2_250), bidders: 2, how_to_object: text("街道") });
    run.perform_with(first).publish().advance();
    run.close_it();
    assert_eq!(run.case.record::<FilingAndArchive>().unwrap().deposits.len(), 2, "the defaulters paid again");
}

#[test]
fn a_default_counts_in_its_own_round_however_the_rounds_before_it_failed() {
    type Failure = fn(&mut Run);
    let failures: [(Step, Failure); 3] = [
        (Step::BidderRegistration, |run| leave_with(run, |act| registration(act).registrants.clear())),
        (Step::Bidding, |run| leave_with(run, |act| no_bid(act, AfterFailure::AnnounceAgain))),
        (Step::ResultNotice, |run| uphold(public(run))),
    ];
    for (step, fail) in failures {
        let mut run = Run::opened();
        run.to(step);
        fail(&mut run);
        run.withdraw();
        run.to(Step::ContractSigning);
        default(&mut run, AfterDefault::NextRanked);
        run.withdraw();
        run.to(Step::ContractSigning);
        assert_eq!(run.case.record::<ResultNotice>().unwrap().winner, person("bidder-b"), "after a round that failed at {step}");
    }
}

#[test]
fn a_default_announces_again() {
    way(Step::ContractSigning, Step::TradingNotice, |run| default(run, AfterDefault::AnnounceAgain));
}

/// 2025-07-09, Tianhe: one registrant, no bid, "该项目择期另行组织交易".
fn tianhe(then: AfterFailure) -> Run {
    let big = PlanRecord {
        floor: yuan(607_755),
        term_months: 180,
        area_centi_m2: 1_185_700,
        deposit: yuan(2_100_000),
        increment: yuan(100),
        ..plan()
    };
    let mut run = Run::opened_on(day("2025-05-06"));
    leave_with(&mut run, |act| asset(act).area_centi_m2 = 1_185_700);
    run.to(Step::Valuation);
    leave_with(&mut run, |act| {
        valuation(act).basis = ValuationBasis::Report(scan("report"));
        valuation(act).amount = yuan(600_000);
    });
    leave_with(&mut run, |act| *draft(act) = big);
    run.to(Step::BidderRegistration);
    assert_eq!(run.case.size(), Some("large"), "109 million yuan: twenty working days of notice");
    leave_with(&mut run, |act| registration(act).registrants.truncate(1));
    leave_with(&mut run, |act| no_bid(act, then));
    run
}

#[test]
fn tianhe_finds_no_bid_and_is_announced_again_or_planned_lower() {
    let mut again = tianhe(AfterFailure::AnnounceAgain);
    assert_eq!(again.step(), Step::TradingNotice);
    again.withdraw();
    again.close_it();
    let mut lower = tianhe(AfterFailure::LowerFloor);
    assert_eq!(lower.step(), Step::PlanDraft);
    lower.withdraw();
    let plan = PlanRecord {
        floor: yuan(580_000),
        below_valuation: Some(text("流标一次")),
        ..lower.case.voided_records::<PlanDraft>().next().unwrap().clone()
    };
    leave_with(&mut lower, |act| *draft(act) = plan);
    lower.to(Step::MemberVote).wait_to_perform();
    let mut act = Act::of(lower.clone());
    vote(&mut act).below_valuation_voted = false;
    assert_eq!(act.ask().refusal().unwrap().codes(), [BelowValuationNotVoted.code()]);
    lower.close_it();
}

#[test]
fn deposits_of_rounds_that_failed_go_back_too() {
    let mut run = Run::opened();
    run.to(Step::Bidding);
    leave_with(&mut run, |act| no_bid(act, AfterFailure::AnnounceAgain));
    run.withdraw();
    run.to(Step::BidderRegistration);
    leave_with(&mut run, |act| registration(act).registrants.retain(|registrant| registrant.bidder != person("bidder-c")));
    run.to(Step::FilingAndArchive);
    let mut act = Act::of(run);
    assert_eq!(act.ask().refusal().unwrap().reasons()[0].expected.as_ref().unwrap().en, "bidder-c: 4,000.00");
    let on = act.run.today();
    let back = |who, amount| DepositReturned { bidder: person(who), amount: yuan(amount), on };
    archive(&mut act).deposits.push(back("bidder-c", 4_000));
    assert!(act.ask().is_allowed(), "{:?}", act.ask());
    archive(&mut act).deposits.push(back("bidder-b", 4_000));
    assert!(act.ask().is_allowed(), "paid twice, back twice");
    archive(&mut act).deposits.push(back("bidder-b", 4_000));
    assert_eq!(act.ask().refusal().unwrap().codes(), [NoSuchDeposit.code()]);
}

#[test]
fn a_forfeited_deposit_does_not_come_back() {
    let mut run = Run::opened();
    run.to(Step::ContractSigning);
    default(&mut run, AfterDefault::NextRanked);
    run.withdraw();
    run.to(Step::FilingAndArchive);
    let mut act = Act::of(run);
    archive(&mut act).deposits.retain(|back| back.bidder == person("bidder-c"));
    assert!(act.ask().is_allowed(), "the defaulter's is kept");
    let on = act.run.today();
    archive(&mut act).deposits.push(DepositReturned { bidder: person("bidder-a"), amount: yuan(4_000), on });
    assert_eq!(act.ask().refusal().unwrap().codes(), [NoSuchDeposit.code()]);
}

#[test]
fn a_transaction_is_ended_anywhere_by_a_published_decision() {
    let decision = Termination { decision: scan("decision"), reason: text("资产另有公共用途") };
    for step in Step::ALL.iter().copied() {
        for stage in 0..3 {
            let mut run = Run::opened();
            run.to(step);
            if stage > 0 {
                run.perform();
            }
            if stage > 1 {
                run.publish();
            }
            assert_eq!(run.codes(person("li"), &Command::Terminate(decision.clone())), ["not-authority"]);
            let carried = run.case.posting(Subject::Step).map_or(Channels::NONE, |posting| posting.confirmed());
            run.must(person("fang"), Command::Terminate(decision.clone()));
            assert_eq!(run.case.status(), CaseStatus::Terminating, "not before it is public");
            assert_eq!(run.codes(responsible(step), &Command::Advance { from: step }), ["case-ended"]);
            let required = run.case.posting(Subject::Termination).unwrap().required();
            assert!(carried.without(required).is_empty() && required.contains(sanzi::disclosure::Channel::Platform), "{required}");
            let half = Command::Publish { of: Subject::Termination, receipts: Vec::new() };
            assert_eq!(run.codes(person("fang"), &half).len(), required.len(), "each missing channel");
            let receipts = receipts(&run.case, Subject::Termination, run.now);
            run.must(person("fang"), Command::Publish { of: Subject::Termination, receipts });
            assert_eq!(run.case.status(), CaseStatus::Terminated);
        }
    }
}
