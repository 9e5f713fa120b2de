//! The invariants of DESIGN.md that concern the decision and are not named elsewhere in this folder.

use sanzi::case::{Case, CaseStatus, Command, Problem, Stage, Subject, Verdict, decide};
use sanzi::dongsha::{Evidence, MemberVote, PlanDraft, PlanNotice, Step, StreetDecision};
use sanzi::flow::StepId;
use sanzi::value::{Digest, Lang, Money};
use serde_json::Value;

use super::{advance, eventful, perform, publish, set_clock, terminate};
use crate::village::{Run, person, record, registrant, responsible, yuan};

#[test]
fn invariant_3_a_refusal_lists_every_reason_and_is_empty_exactly_when_allowed() {
    let mut run = Run::opened();
    run.to(Step::MemberVote);
    let verdict = run.ask(person("chen"), &perform(record(&run.case, Step::Bidding, run.today())));
    let refusal = verdict.refusal().unwrap();
    let missing: Vec<_> = refusal.reasons().iter().filter(|reason| reason.code == "step-missing").collect();
    let named: Vec<(&str, &str)> =
        missing.iter().map(|reason| (reason.step.as_ref().unwrap().id.as_ref(), reason.party.as_ref().unwrap().id.as_ref())).collect();
    let due = [
        ("MemberVote", "MemberAssembly"),
        ("PlanNotice", "Board"),
        ("ProjectFiling", "AssetClerk"),
        ("StreetReview", "StreetOffice"),
        ("TradingNotice", "TradingCentre"),
        ("BidderRegistration", "TradingCentre"),
    ];
    assert_eq!(named, due);
    for reason in refusal.reasons() {
        for lang in [Lang::Zh, Lang::En] {
            assert!(reason.text(lang).contains(reason.message.in_lang(lang)) && reason.text(lang).contains(reason.rule.in_lang(lang)));
        }
    }
    assert!(eventful().entries.len() > 60);
    let people = ["chen", "guan", "song", "resident", "stranger"];
    for who in people {
        for command in [advance(run.step()), perform(run.good()), terminate(), publish(&run, Subject::Step), set_clock()] {
            match run.ask(person(who), &command) {
                Verdict::Allowed { entries, .. } => assert_eq!(entries.len(), 1),
                Verdict::Refused(refusal) => assert!(!refusal.reasons().is_empty()),
            }
        }
    }
}

#[test]
fn invariant_4_decide_is_pure_and_whatever_it_allows_evolves() {
    let run = eventful();
    let mut case = Case::unopened(run.case.id());
    for entry in &run.entries {
        for who in ["chen", "song", "guan", "yuan", "li"] {
            let acting = run.office.acting(person(who), entry.clock);
            let before = case.clone();
            for command in [
                terminate(),
                advance(case.place().map_or(Step::AssetCheck, |place| place.step)),
                set_clock(),
                super::answer(1, sanzi::disclosure::Ruling::Dismissed),
            ] {
                let (one, other) = (decide(&case, &acting, &command), decide(&case, &acting, &command));
                assert_eq!(one, other);
                assert_eq!(case, before, "nothing is changed");
                if let Verdict::Allowed { entries, .. } = one {
                    let mut after = case.clone();
                    entries.iter().for_each(|entry| after.evolve(entry).unwrap());
                }
            }
        }
        case.evolve(entry).unwrap();
    }
}

#[test]
fn invariant_5_a_return_voids_everything_from_its_target_on() {
    let mut run = Run::opened();
    run.to(Step::StreetReview);
    let Evidence::StreetReview(mut review) = run.good() else { unreachable!() };
    review.decision = StreetDecision::ReturnedForSubstance;
    run.perform_with(Evidence::StreetReview(review)).publish().advance();
    assert_eq!(run.step(), Step::PlanDraft);
    for step in Step::ALL {
        let stands = step.index() < Step::PlanDraft.index();
        assert_eq!(run.case.done(*step).is_some(), stands, "{step}");
        assert_eq!(run.case.performer(*step).is_some(), stands, "{step}");
    }
    assert_eq!(run.case.voided().len(), 6);
    assert!(run.case.record::<MemberVote>().is_none() && run.case.voided_records::<MemberVote>().count() == 1);
    let old = run.case.voided_records::<PlanNotice>().next().unwrap().clone();
    let codes = run.codes(person("chen"), &perform(Evidence::PlanNotice(old)));
    assert_eq!(codes.iter().filter(|code| *code == "step-missing").count(), 3, "plan, review and vote must be done again");
    run.finish();
    assert_eq!(run.case.status(), CaseStatus::Closed);
}

#[test]
fn invariant_6_what_was_voted_is_what_is_reviewed_published_filed_traded_and_signed() {
    let mut run = Run::opened();
    run.to(Step::PlanReview);
    let frozen = run.case.record::<PlanDraft>().unwrap().digest().unwrap();
    let mut bound = 0;
    while run.case.place().is_some() {
        run.wait_to_perform();
        let step = run.step();
        let good = serde_json::to_string(&run.good()).unwrap();
        let changed = good.replace(&frozen.to_string(), &Digest::of_bytes(b"another plan").to_string());
        if changed != good {
            let codes = run.codes(responsible(step), &perform(serde_json::from_str(&changed).unwrap()));
            assert_eq!(codes, ["plan-differs"], "{step}");
            bound += 1;
        }
        if run.case.withdrawal().is_some() {
            run.withdraw();
        }
        run.perform().publish().advance();
    }
    assert_eq!(bound, 7, "review, vote, notice, filing, street, trading, contract");
}

#[test]
fn invariant_10_a_case_keeps_the_policy_of_its_opening() {
    let mut run = Run::opened();
    let kept = run.case.policy().unwrap().clone();
    run.office.policies.clear();
    run.finish();
    assert_eq!(run.case.policy(), Some(&kept));
    assert_eq!(Case::replay(run.case.id(), &run.entries).unwrap().policy(), Some(&kept));
}

#[test]
fn invariant_11_no_notice_reason_or_debug_output_of_a_whole_case_shows_a_private_value() {
    let mut run = Run::opened();
    let mut seen = String::new();
    while let Some(place) = run.case.place() {
        let refusals = ["resident", "bidder-a"].map(|who| run.ask(person(who), &perform(run.good())));
        seen += &format!("{refusals:?}");
        for refusal in refusals.iter().filter_map(Verdict::refusal) {
            seen += &format!("{refusal}{:?}", serde_json::to_string(&Problem::of(refusal, "/cases/1")).unwrap());
        }
        run.perform();
        seen += &format!("{:?}", serde_json::to_string(&run.case.notice(Subject::Step).unwrap()).unwrap());
        if place.step == Step::BidderRegistration {
            let mut rigged = Evidence::clone(&run.case.done(place.step).unwrap().evidence);
            let Evidence::BidderRegistration(registration) = &mut rigged else { unreachable!() };
            let first = registration.registrants[0].clone();
            registration.registrants[1].account = first.account;
            registration.registrants[1].prepared_by = first.prepared_by;
            seen += &format!("{}", run.ask(person("song"), &perform(rigged)).refusal().unwrap());
        }
        run.publish().advance();
        seen += &format!("{:?}{:?}", run.case, run.entries);
    }
    seen += &format!("{:?}{:?}", run.office, sanzi::case::Code::ALL);
    assert!(seen.len() > 100_000);
    for bidder in ["bidder-a", "bidder-b", "bidder-c"] {
        let registrant = registrant(bidder);
        for private in
            [registrant.id_number.reveal(), registrant.account.reveal(), registrant.prepared_by.reveal(), registrant.name.reveal()]
        {
            assert!(!seen.contains(private), "{private} is shown");
        }
    }
    for (_, name, _) in crate::village::PEOPLE {
        assert!(!seen.contains(name), "{name} is shown");
    }
}

#[test]
fn invariant_12_money_is_whole_fen_and_never_a_fraction() {
    assert_eq!(serde_json::to_value(yuan(2_000)).unwrap(), Value::from("2000.00"));
    for bad in ["2000.001", "-1.00", "1e3", "2,000.00", "99999999999999999999.00"] {
        assert!(serde_json::from_value::<Money>(Value::from(bad)).is_err(), "{bad}");
    }
    assert!(serde_json::from_str::<Money>("2000.5").is_err(), "no float");
    assert!(Money::MAX.plus(yuan(1)).is_err() && Money::MAX.times(2).is_err());
    assert!(Money::from_fen(1 << 32).unwrap().times(1 << 32).is_err(), "and it does not wrap around to nothing");
}

#[test]
fn a_refusal_is_a_problem_document_of_rfc_9457() {
    let run = Run::opened();
    let refusal = run.ask(person("chen"), &advance(Step::AssetCheck)).refusal().unwrap().clone();
    let document = serde_json::to_value(Problem::of(&refusal, "/cases/1/advance")).unwrap();
    let members = document.as_object().unwrap();
    // Section 3.1: type and instance are URI references, status is the number of the response, title and detail are text.
    assert_eq!(Problem::MEDIA_TYPE, "application/problem+json");
    for uri in ["type", "instance"] {
        assert!(members[uri].as_str().is_some_and(|text| !text.is_empty() && text.is_ascii() && !text.contains(' ')), "{uri}");
    }
    assert_eq!(members["status"].as_u64(), Some(409));
    assert!(members["detail"].as_str().unwrap().contains("not been performed"));
    let other = run.ask(person("resident"), &terminate()).refusal().unwrap().clone();
    let second = serde_json::to_value(Problem::of(&other, "/cases/2")).unwrap();
    assert_eq!((&second["title"], &second["type"]), (&members["title"], &members["type"]), "the summary does not change");
    // Section 3.2: extension members have names of letters, digits and underscores, at least three.
    for name in members.keys().filter(|name| name.as_str() != "type") {
        assert!(name.len() >= 3 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name}");
    }
    let back: Problem = serde_json::from_value(document.clone()).unwrap();
    assert_eq!(back.reasons, refusal.reasons());
}

#[test]
fn a_termination_is_published_too_and_then_nothing_more_happens() {
    let mut run = Run::opened();
    run.to(Step::Valuation).must(person("fang"), terminate());
    assert_eq!(run.case.status(), CaseStatus::Terminating);
    let posting = run.case.posting(Subject::Termination).unwrap();
    assert_eq!(posting.required().len(), 4, "wherever the case was public");
    assert_eq!(run.case.notice(Subject::Termination).unwrap().digest().unwrap(), posting.notice());
    let notice = publish(&run, Subject::Termination);
    run.must(person("chen"), notice);
    assert_eq!(run.case.status(), CaseStatus::Terminated);
    for command in [terminate(), advance(Step::Valuation), publish(&run, Subject::Termination), Command::Open(crate::village::opening())] {
        assert!(!run.codes(person("fang"), &command).is_empty());
    }
    assert_eq!(Case::replay(run.case.id(), &run.entries).unwrap(), run.case);
    assert!(run.case.place().is_none_or(|place| place.stage == Stage::Pending));
}
