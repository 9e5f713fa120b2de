//! The typed facade and the run-time decision, edge by edge: same entries, same refusals.

use sanzi::case::{Acting, AtStep, Case, Command, Entry, Event, EvidenceSet, Refusal, Subject, TypedStep, Verdict, decide};
use sanzi::disclosure::{Remark, Ruling};
use sanzi::dongsha::*;
use sanzi::flow::{Flow, StepId};
use sanzi::policy::{AllMembers, Eligible, Present, Tally};

use super::{advance, answer, nobody, object, recall};
use crate::village::{Run, person, responsible};

/// What the typed verb for a command gives: what is unsaved and where it landed, or the refusal and the case.
type Typed = Result<(Vec<Entry<Dongsha>>, String), (Refusal, Case<Dongsha>)>;

macro_rules! verb {
    ($call:expr) => {
        match $call {
            Ok(next) => Ok((next.unsaved().to_vec(), format!("{next:?}"))),
            Err(held) => Err((held.refusal().clone(), held.into_case().case().clone())),
        }
    };
}

fn drive<S: TypedStep<Procedure = Dongsha>>(at: AtStep<S>, acting: &Acting<'_, Dongsha>, command: &Command<Dongsha>) -> Option<Typed>
where
    S::Record: Clone,
    S::Next: std::fmt::Debug,
{
    Some(match (at, command) {
        (AtStep::Pending(case), Command::Perform { evidence, .. }) => verb!(case.perform(acting, S::unwrap(evidence)?.clone())),
        (AtStep::Performed(case), Command::Publish { of: Subject::Step, receipts }) => verb!(case.publish(acting, receipts.clone())),
        (AtStep::Public(case), Command::Advance { .. }) => match case.advance(acting) {
            Ok(next) => Ok((Vec::new(), format!("{next:?}"))),
            Err(held) => Err((held.refusal().clone(), held.into_case().case().clone())),
        },
        (AtStep::Public(case), Command::Object { kind, text, from }) => verb!(case.object(acting, *kind, text.clone(), *from)),
        (AtStep::Public(case), Command::Answer { number, ruling, reply }) => verb!(case.answer(acting, *number, *ruling, reply.clone())),
        (AtStep::Public(case), Command::Raise { number }) => verb!(case.raise(acting, *number)),
        (AtStep::Public(case), Command::Recall { correction, .. }) => verb!(case.recall(acting, correction.clone())),
        (AtStep::Pending(case), Command::Publish { of: Subject::Withdrawal, receipts }) => verb!(case.withdraw(acting, receipts.clone())),
        _ => return None,
    })
}

macro_rules! each_step {
    ($case:expr, $acting:expr, $command:expr, $($step:ident)+) => {
        match Current::from($case) {
            $(Current::$step(at) => drive(at, $acting, $command),)+
            Current::Closed(_) | Current::Terminated(_) | Current::Unopened(_) => None,
        }
    };
}

fn typed(case: &Case<Dongsha>, acting: &Acting<'_, Dongsha>, command: &Command<Dongsha>) -> Option<Typed> {
    each_step!(case.clone(), acting, command,
        AssetCheck PartyStudy IntentNotice Valuation PlanDraft PlanReview MemberVote PlanNotice ProjectFiling StreetReview
        TradingNotice BidderRegistration Bidding ResultNotice ContractSigning FilingAndArchive)
}

fn command(entry: &Entry<Dongsha>) -> Option<Command<Dongsha>> {
    Some(match entry.event.clone() {
        Event::Performed { evidence, .. } => Command::Perform { evidence: std::sync::Arc::unwrap_or_clone(evidence), done: None },
        Event::Published { of, receipts } => Command::Publish { of, receipts },
        Event::Advanced { from, .. } => advance(from),
        Event::Objected { kind, text, from, .. } => Command::Object { kind, text, from },
        Event::Answered { number, ruling, reply } => Command::Answer { number, ruling, reply },
        Event::Risen { number, .. } => Command::Raise { number },
        Event::Recalled { step, correction, .. } => Command::Recall { step, correction },
        _ => return None,
    })
}

/// Gives every command of a history both ways, by the right person and by two wrong ones.
fn compare(run: &Run, edges: &mut std::collections::BTreeSet<(Step, String)>) {
    let mut case = Case::unopened(run.case.id());
    for entry in &run.entries {
        if let Some(command) = command(entry) {
            for who in [entry.by, person("resident"), person("tan")] {
                let acting = run.office.acting(who, entry.clock);
                let Some(typed) = typed(&case, &acting, &command) else { continue };
                match (typed, decide(&case, &acting, &command)) {
                    (Ok((unsaved, landed)), Verdict::Allowed { entries, .. }) => {
                        if let Event::Advanced { from, outcome, to, .. } = &entries[0].event {
                            let several = Dongsha::row(*from).outcomes.len() > 1;
                            assert!(!several || landed.starts_with(outcome.as_str()), "{landed}");
                            let place = match to {
                                sanzi::case::Next::Step(to) => format!("step: {to:?}"),
                                sanzi::case::Next::End => "Closed".to_owned(),
                            };
                            assert!(landed.contains(&place), "{landed}");
                            edges.insert((*from, outcome.clone()));
                        } else {
                            assert_eq!(unsaved, entries);
                        }
                    }
                    (Err((refusal, back)), Verdict::Refused(other)) => {
                        assert_eq!(refusal, other);
                        assert_eq!(back, case, "a refusal gives the case back unchanged");
                    }
                    (typed, other) => panic!("{typed:?}\n{other:?}"),
                }
            }
        }
        case.evolve(entry).unwrap();
    }
}

/// A history that leaves a step by an outcome of its row.
fn leaving(step: Step, outcome: &str) -> Run {
    let mut run = Run::opened();
    run.to(step).wait_to_perform();
    let mut good = run.good();
    match (&mut good, outcome) {
        (Evidence::PartyStudy(study), "NotEndorsed") => study.endorsed = false,
        (Evidence::PlanReview(review), "NotApproved") => review.approved = false,
        (Evidence::MemberVote(vote), "Rejected") => {
            vote.tally = Tally::new(Eligible::Members(AllMembers(300)), Present(240), 100, 132, 8).unwrap()
        }
        (Evidence::MemberVote(vote), "NoQuorum") => {
            vote.tally = Tally::new(Eligible::Members(AllMembers(300)), Present(90), 90, 0, 0).unwrap()
        }
        (Evidence::StreetReview(review), "ReturnedForForm") => review.decision = StreetDecision::ReturnedForForm,
        (Evidence::StreetReview(review), "ReturnedForSubstance") => review.decision = StreetDecision::ReturnedForSubstance,
        (Evidence::BidderRegistration(record), "TooFew" | "TooFewLowerFloor") => record.registrants.clear(),
        (Evidence::Bidding(record), "NoBid" | "NoBidLowerFloor") => {
            record.bids.clear();
            record.winner = None;
        }
        (Evidence::ContractSigning(record), "DefaultedToNext" | "DefaultedToRerun") => {
            let ContractRecord::Signed(signed) = record else { unreachable!() };
            let then = if outcome == "DefaultedToNext" { AfterDefault::NextRanked } else { AfterDefault::AnnounceAgain };
            let forfeited = run.case.record::<PlanDraft>().unwrap().deposit;
            *record =
                ContractRecord::Defaulted(WinnerDefault {
                    winner: signed.with, forfeited, reason: crate::village::text("资金不足"), then
                });
        }
        _ => {}
    }
    match &mut good {
        Evidence::BidderRegistration(record) if outcome.ends_with("LowerFloor") => record.after_failure = AfterFailure::LowerFloor,
        Evidence::Bidding(record) if outcome.ends_with("LowerFloor") => record.after_failure = AfterFailure::LowerFloor,
        _ => {}
    }
    assert_eq!(good.step(), step);
    run.perform_with(good).publish();
    match outcome {
        "Upheld" => {
            let judge = if step == Step::ResultNotice { "fang" } else { "mai" };
            run.must(nobody(), object(Remark::Objection, None)).must(person(judge), answer(1, Ruling::Upheld));
            run.must(responsible(step), advance(step));
        }
        "Corrected" | "Changed" => {
            let change = if outcome == "Corrected" { "wording" } else { "floor" };
            run.must(responsible(step), recall(step, change)).must(responsible(step), advance(step));
        }
        _ => {
            run.advance();
        }
    }
    run
}

#[test]
fn invariant_2_types_and_run_time_give_the_same_answer_on_every_edge_of_the_table() {
    let mut edges = std::collections::BTreeSet::new();
    for row in Dongsha::ROWS {
        for outcome in row.outcomes {
            compare(&leaving(row.step, outcome.id), &mut edges);
        }
    }
    compare(&super::eventful(), &mut edges);
    let all: std::collections::BTreeSet<(Step, String)> =
        Dongsha::ROWS.iter().flat_map(|row| row.outcomes.iter().map(|way| (row.step, way.id.to_owned()))).collect();
    assert_eq!(edges, all);
    assert_eq!(all.len(), Step::ALL.len() + 17, "sixteen ways on, seventeen back");
}
