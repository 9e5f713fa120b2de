//! Two profiles of numbers: what the same vote decides before and from 2025-05-01, and the stricter of law and charter.

use sanzi::calendar::Period;
use sanzi::dongsha::*;
use sanzi::policy::{AllDelegates, AllMembers, Body, Eligible, Majority, Number, Policy, Present, Share, Tally, VoteResult};

use super::*;

/// What a vote decides in a case opened on a day, about a kind of deal.
fn judged(opened: &str, kind: DealKind, eligible: impl Into<Eligible>, present: u32, yes: u32) -> VoteResult {
    let run = planned(Run::opened_on(day(opened)), Step::MemberVote, PlanRecord { kind, ..plan() });
    let mut act = Act::of(run);
    vote(&mut act).tally = Tally::new(eligible, Present(present), yes, present - yes, 0).unwrap();
    assert!(act.ask().is_allowed(), "{:?}", act.ask());
    decided(&mut act).unwrap()
}

fn decided(act: &mut Act) -> Option<VoteResult> {
    let case = act.run.case.clone();
    vote(act).result(&case)
}

const OLD: &str = "2018-03-05";
const NEW: &str = "2025-05-06";

#[test]
fn the_same_vote_passes_before_2025_and_is_rejected_after() {
    use VoteResult::{NoQuorum, Passed, Rejected};
    let lease = |opened, present, yes| judged(opened, DealKind::Lease, AllMembers(300), present, yes);
    assert_eq!((lease(OLD, 240, 120), lease(NEW, 240, 120)), (Passed, Rejected));
    // Half of those present, half of all present.
    assert_eq!((lease(OLD, 150, 75), lease(OLD, 150, 74), lease(OLD, 149, 149)), (Passed, Rejected, NoQuorum));
    // Two thirds of all, two thirds present.
    assert_eq!((lease(NEW, 240, 200), lease(NEW, 240, 199), lease(NEW, 199, 199)), (Passed, Rejected, NoQuorum));
    assert_eq!(lease(NEW, 200, 200), Passed);
}

#[test]
fn delegates_need_two_thirds_of_those_present_before_2025_and_of_all_after() {
    use VoteResult::{NoQuorum, Passed, Rejected};
    let lease = |opened, present, yes| judged(opened, DealKind::Lease, AllDelegates(30), present, yes);
    assert_eq!((lease(OLD, 20, 14), lease(OLD, 21, 14), lease(OLD, 21, 13), lease(OLD, 19, 19)), (Passed, Passed, Rejected, NoQuorum));
    assert_eq!((lease(NEW, 21, 14), lease(NEW, 20, 20), lease(NEW, 30, 19)), (Rejected, Passed, Rejected));
}

#[test]
fn farmland_and_building_land_need_two_thirds_of_all_at_all_times() {
    use VoteResult::{Passed, Rejected};
    for opened in [OLD, NEW] {
        for kind in [DealKind::FarmlandToOutsiders, DealKind::ConstructionLand] {
            assert_eq!(judged(opened, kind, AllMembers(300), 240, 200), Passed, "{opened} {kind:?}");
            assert_eq!(judged(opened, kind, AllMembers(300), 240, 199), Rejected, "{opened} {kind:?}");
            assert_eq!(judged(opened, kind, AllDelegates(30), 30, 20), Passed, "{opened} {kind:?}");
            assert_eq!(judged(opened, kind, AllDelegates(30), 30, 19), Rejected, "{opened} {kind:?}");
        }
    }
}

#[test]
fn a_case_keeps_the_rules_of_its_opening_over_the_change_of_law() {
    let mut run = Run::opened_on(day("2025-04-30"));
    run.to(Step::MemberVote).wait_to_perform();
    assert!(run.today() > day("2025-05-01"));
    assert_eq!(run.case.policy().unwrap().id(), "gz-before-2025");
    let mut act = Act::of(run.clone());
    vote(&mut act).tally = Tally::new(AllMembers(300), Present(150), 75, 75, 0).unwrap();
    run.perform_with(act.evidence).publish().advance();
    assert_eq!(run.step(), Step::PlanNotice);
    run.finish();
    let next = Run::opened_on(day("2025-05-06"));
    assert_eq!(next.case.policy().unwrap().id(), "gz-from-2025");
}

fn with_charter(charter: Policy) -> sanzi::case::Office<Dongsha> {
    let mut office = office();
    office.policies.push(charter);
    office
}

fn charter() -> Policy {
    Policy::new("charter", text("章程"), text("charter"), day("2018-01-01")).unwrap()
}

fn charter_says<T>(value: T) -> Number<T> {
    Number::verified_in(text("章程第十二条"), value)
}

#[test]
fn the_charter_wins_where_it_is_stricter() {
    let three_quarters = Majority::of_all(Body::Members, Share::at_least(3, 4).unwrap());
    let charter = charter()
        .with_majority("assembly", charter_says(three_quarters))
        .and_then(|charter| charter.with_period("P2", charter_says(Period::calendar(15))))
        .and_then(|charter| charter.with_at_least("bidders", charter_says(3)))
        .and_then(|charter| charter.with_at_most("lease-years", charter_says(10)))
        .unwrap();
    let office = with_charter(charter);
    let strict = Run::with(office.clone(), day("2018-03-05"));
    let act = Act::of(at_step(strict.clone(), Step::PlanDraft));
    assert_eq!(act.ask().refusal().unwrap().codes(), ["bidders-too-few-planned"]);
    let mut long = act.clone();
    draft(&mut long).min_bidders = 3;
    draft(&mut long).term_months = 121;
    assert_eq!(long.ask().refusal().unwrap().codes(), ["term-too-long"]);

    let mut run = planned(strict, Step::MemberVote, PlanRecord { min_bidders: 3, term_months: 120, ..plan() });
    assert_eq!(run.today() - run.case.began(Step::MemberVote).map(sanzi::calendar::china_date).unwrap(), chrono::TimeDelta::days(15));
    let mut act = Act::of(run.clone());
    for (yes, result) in [(225, VoteResult::Passed), (224, VoteResult::Rejected)] {
        vote(&mut act).tally = Tally::new(AllMembers(300), Present(240), yes, 240 - yes, 0).unwrap();
        assert_eq!(decided(&mut act), Some(result), "{yes} of 300");
    }
    vote(&mut act).tally = Tally::new(AllMembers(300), Present(240), 225, 15, 0).unwrap();
    run.perform_with(act.evidence).publish().advance();
    run.to(Step::BidderRegistration);
    let mut two = Act::of(run.clone());
    registration(&mut two).registrants.truncate(2);
    run.perform_with(two.evidence).publish().advance();
    assert_eq!(run.step(), Step::TradingNotice, "two of three");
}

#[test]
fn the_law_wins_where_the_charter_is_weaker() {
    let half = Majority::of_present(Body::Members, Share::HALF);
    let charter = charter()
        .with_majority("assembly", charter_says(half))
        .and_then(|charter| charter.with_period("P2", charter_says(Period::calendar(3))))
        .and_then(|charter| charter.with_at_most("lease-years", charter_says(50)))
        .unwrap();
    let run = at_step(Run::with(with_charter(charter), day(NEW)), Step::MemberVote);
    assert_eq!(run.today() - run.case.began(Step::MemberVote).map(sanzi::calendar::china_date).unwrap(), chrono::TimeDelta::days(10));
    let mut act = Act::of(run);
    vote(&mut act).tally = Tally::new(AllMembers(300), Present(240), 199, 41, 0).unwrap();
    assert_eq!(decided(&mut act), Some(VoteResult::Rejected));
    assert_eq!(act.run.case.policy().unwrap().at_most("lease-years").map(|number| *number.value()), Some(20));
}

#[test]
fn the_size_of_a_deal_is_that_of_the_whole_at_the_floor() {
    let sized = |floor: &str, kind, term_months| {
        let plan = PlanRecord { floor: floor.parse().unwrap(), kind, term_months, ..plan() };
        planned(Run::opened(), Step::PlanReview, plan).case.size().unwrap()
    };
    let month = |floor| sized(floor, DealKind::Lease, 1);
    assert_eq!((month("99999.99"), month("100000")), ("small", "ordinary"));
    assert_eq!((month("4999999.99"), month("5000000")), ("ordinary", "large"));
    assert_eq!(sized("20000", DealKind::Lease, 5), "ordinary", "five months of twenty thousand");
    assert_eq!(sized("5000000", DealKind::Sale, 0), "large", "a sale is worth its floor");
    assert_eq!(sized("90000000000000", DealKind::Lease, 240), "large", "past the greatest amount");
}
