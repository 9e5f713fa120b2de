//! The sixteen rows as data: what the paper says is what the table says.

mod full;
mod saved;
mod unsound;

use sanzi::case::{AtStep, Case, CaseStatus, Pending, Transaction};
use sanzi::disclosure::Channels;
use sanzi::dongsha::{AssetCheck, Bidding, Current, Dongsha, Evidence, PartyStudy, Role, Step};
use sanzi::flow::{Flow, Graph, RoleId, StepId, Target, check, digest};
use sanzi::policy::Policy;
use sanzi::value::CaseId;

use crate::snapshot::assert_kept;
use crate::village::{self, Run};

/// The book and the crate's documentation show the paper that the table makes.
#[test]
fn the_paper_in_the_book_is_the_one_the_table_makes() {
    let policy = sanzi::policy::Policy::builtin_on("2026-01-05".parse().unwrap()).unwrap();
    let both = [sanzi::value::Lang::Zh, sanzi::value::Lang::En].map(|lang| sanzi::export::clear_paper::<Dongsha>(&policy, lang));
    assert_kept("../../docs/src/paper.md", &format!("```text\n{}```\n\n```text\n{}```\n", both[0], both[1]));
}

#[test]
fn invariant_1_every_step_stands_on_every_path_to_the_end() {
    assert_eq!(check::<Dongsha>(), []);
    let mut on_every_path = Graph::of::<Dongsha>().dominators();
    on_every_path.reverse();
    let mut all: Vec<&str> = Step::ALL.iter().map(|step| step.id()).collect();
    all.push("End");
    assert_eq!(on_every_path, all);
}

#[test]
fn the_rows_are_those_of_the_paper() {
    let rows = Dongsha::ROWS.iter().map(|row| {
        let posts = &row.posts;
        let times = [row.after, row.within, posts.period].into_iter().flatten().collect::<Vec<_>>().join(" ");
        format!("{:>2} {} {} {} {times}", row.number, row.step, row.by, posts.channels).trim_end().to_owned()
    });
    let expected = [
        " 1 AssetCheck Board P",
        " 2 PartyStudy PartyBranch P",
        " 3 IntentNotice Board PBWO P1",
        " 4 Valuation Appraiser P",
        " 5 PlanDraft Board P",
        " 6 PlanReview Supervisors P",
        " 7 MemberVote MemberAssembly P P2",
        " 8 PlanNotice Board PBWO P3",
        " 9 ProjectFiling AssetClerk P",
        "10 StreetReview StreetOffice P P4",
        "11 TradingNotice TradingCentre PO P5",
        "12 BidderRegistration TradingCentre P",
        "13 Bidding TradingCentre P",
        "14 ResultNotice TradingCentre PBWO P6",
        "15 ContractSigning BoardChair P P7",
        "16 FilingAndArchive AssetClerk PBWO P8",
    ];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}

#[test]
fn every_step_has_a_publication_and_both_languages() {
    for row in Dongsha::ROWS {
        assert!(!row.posts.channels.is_empty(), "{}", row.step);
        assert_eq!(usize::from(row.number), row.step.number());
        assert_eq!(row.step.name(), row.name);
        for text in [&row.name, &row.does, &row.posts.what] {
            assert!(!text.zh.is_empty() && !text.en.is_empty() && text.zh != text.en, "{text}");
        }
    }
}

#[test]
fn the_three_moments_are_on_all_four_channels_and_verified_or_open_to_objections() {
    let everywhere = Channels::P.and(Channels::B).and(Channels::W).and(Channels::O);
    let moments: Vec<u8> = Dongsha::ROWS.iter().filter(|row| row.posts.channels == everywhere).map(|row| row.number).collect();
    assert_eq!(moments, [3, 8, 14, 16], "before the plan, after it, and from the result to the archive");
    let disputed: Vec<u8> = Dongsha::ROWS.iter().filter(|row| row.posts.objections_to.is_some()).map(|row| row.number).collect();
    assert_eq!(disputed, [3, 8, 14]);
    for row in Dongsha::ROWS.iter().filter(|row| row.posts.objections_to.is_some()) {
        assert_ne!(row.posts.objections_to, Some(row.by), "nobody judges their own notice");
        assert_ne!(row.posts.verified_by, Some(row.by), "nobody verifies their own posting");
        assert!(row.posts.period.is_some());
    }
    assert_eq!(Dongsha::PHASES.iter().map(|phase| phase.len).collect::<Vec<_>>(), [4, 9, 3]);
}

#[test]
fn the_policies_have_every_number_that_the_table_names() {
    let policies = Policy::builtin().unwrap();
    assert_eq!(policies.len(), 2, "before 2025-05-01 and since");
    for policy in policies {
        for row in Dongsha::ROWS {
            for name in row.after.into_iter().chain(row.posts.period) {
                let by_size = || ["small", "ordinary", "large"].iter().all(|size| policy.period(&format!("{name}.{size}")).is_some());
                assert!(policy.period(name).is_some() || by_size(), "{} has no period {name}", policy.id());
            }
            let within = row.within.is_none_or(|name| policy.deadline(name).is_some());
            assert!(within, "{} has no deadline {:?}", policy.id(), row.within);
        }
    }
}

#[test]
fn each_role_is_accountable_or_named_by_a_rule() {
    let accountable: Vec<Role> = Role::ALL.iter().copied().filter(|role| Dongsha::ROWS.iter().any(|row| row.by == *role)).collect();
    assert_eq!(accountable.len(), 9);
    let others: Vec<Role> = Role::ALL.iter().copied().filter(|role| !accountable.contains(role)).collect();
    let signing = [Role::LegalAdviser, Role::FinanceStaff, Role::Witness];
    let above = [Role::IntegrityStation, Role::CommunityParty, Role::StreetDiscipline, Role::DistrictDiscipline];
    assert_eq!(others, [&signing[..], &above].concat(), "these sign, stay away or stand by; and to these objections rise");
}

#[test]
fn returns_go_back_and_lead_where_the_failure_table_says() {
    let mut returns = Vec::new();
    for row in Dongsha::ROWS {
        for outcome in &row.outcomes[1..] {
            let Target::Step(to) = outcome.to else { panic!("{} ends early", row.step) };
            returns.push((row.number, outcome.id, to.number()));
        }
    }
    let expected = [
        (2, "NotEndorsed", 1),
        (3, "Upheld", 1),
        (6, "NotApproved", 5),
        (7, "Rejected", 5),
        (7, "NoQuorum", 7),
        (8, "Upheld", 5),
        (10, "ReturnedForForm", 9),
        (10, "ReturnedForSubstance", 5),
        (11, "Corrected", 11),
        (11, "Changed", 5),
        (12, "TooFew", 11),
        (12, "TooFewLowerFloor", 5),
        (13, "NoBid", 11),
        (13, "NoBidLowerFloor", 5),
        (14, "Upheld", 11),
        (15, "DefaultedToNext", 14),
        (15, "DefaultedToRerun", 11),
    ];
    assert_eq!(returns, expected);
}

#[test]
fn steps_and_roles_are_printed_and_parsed_by_identifier() {
    for (index, step) in Step::ALL.iter().copied().enumerate() {
        assert_eq!((step.index(), Step::from_index(index)), (index, Some(step)));
        assert_eq!(step.to_string().parse(), Ok(step));
        assert_eq!(serde_json::to_value(step).unwrap(), step.id());
        assert_eq!(serde_json::from_value::<Step>(step.id().into()).unwrap(), step);
    }
    for role in Role::ALL.iter().copied() {
        assert_eq!(role.to_string().parse(), Ok(role));
        assert_eq!(serde_json::from_value::<Role>(serde_json::to_value(role).unwrap()).unwrap(), role);
    }
    assert_eq!(format!("[{:>12}]", Step::Bidding), "[     Bidding]", "in a column");
    assert_eq!(Step::from_index(16), None);
    let bits = Role::ALL.iter().fold(0_u32, |bits, role| bits | role.bit());
    assert_eq!(bits.count_ones(), 16, "each role has a bit of its own");
}

/// `{"AssetCheck": {..}}`: what stands in every record.
#[test]
fn evidence_is_written_and_read_under_the_name_of_its_step() {
    let mut run = Run::opened();
    while run.case.place().is_some() {
        run.wait_to_perform();
        let (step, evidence) = (run.step(), run.good());
        let json = serde_json::to_value(&evidence).unwrap();
        assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), [step.id()]);
        assert_eq!(serde_json::from_value::<Evidence>(json.clone()).unwrap(), evidence);
        let other = serde_json::json!({ Step::ALL[(step.index() + 1) % 16].id(): json[step.id()] });
        assert!(serde_json::from_value::<Evidence>(other).is_err(), "the record of {step} under the name of the next step");
        run.do_step();
    }
    for bad in ["{}", "{\"Skip\": {}}", "\"AssetCheck\"", "[]", "{\"PartyStudy\": {}}", "{\"AssetCheck\": 1, \"PartyStudy\": 1}"] {
        assert!(serde_json::from_str::<Evidence>(bad).is_err(), "{bad}");
    }
    let error = serde_json::from_str::<Evidence>("{\"Skip\": {}}").unwrap_err().to_string();
    assert!(error.contains("`Skip` is no step of this procedure: write one of AssetCheck"), "{error}");
}

#[test]
fn an_unknown_name_is_refused_with_the_known_ones() {
    let error = "bidding".parse::<Step>().unwrap_err();
    assert!(error.to_string().starts_with("`bidding` is no step of this procedure: write one of AssetCheck, PartyStudy,"), "{error}");
    assert!(error.to_string().ends_with("ContractSigning, FilingAndArchive"), "{error}");
    let error = "Mayor".parse::<Role>().unwrap_err();
    assert!(error.to_string().contains("`Mayor` is no role of this procedure: write one of Board, BoardChair,"), "{error}");
    let error = serde_json::from_str::<Step>("\"17\"").unwrap_err();
    assert!(error.to_string().contains("`17` is no step of this procedure"), "{error}");
    assert!(serde_json::from_str::<Step>("3").is_err(), "a number is not a name");
    let long = "\u{202e}".repeat(10_000).parse::<Step>().unwrap_err();
    assert!(long.found.len() < 400 && !long.found.contains('\u{202e}'), "cut, and nothing that turns the text round");
}

/// A change of the table changes this; then raise the version, and read what it does to cases that are under way.
#[test]
fn the_meaning_of_the_table_is_pinned() {
    assert_eq!((Dongsha::ID, Dongsha::VERSION), ("dongsha", 1));
    assert_eq!(digest::<Dongsha>().unwrap().to_string(), "sha256:8c0a1ec0b35710b3a2b83b86c957ab1f9ec2c7a548cad6730dd14f25bcd8d13d");
}

#[test]
fn the_graph_is_the_one_that_was_reviewed() {
    let graph = Graph::of::<Dongsha>();
    assert_kept("dongsha.dot", &graph.to_string());
    let edges: Vec<String> = graph.edges().iter().map(|(from, outcome, to)| format!("{from} --{outcome}--> {to}\n")).collect();
    assert_kept("dongsha.edges.txt", &edges.concat());
}

/// Every marker is a type, so nothing keeps `Transaction::<Bidding>::open` from compiling; it is refused, each step named.
#[test]
fn a_transaction_is_opened_at_the_first_step_and_no_other() {
    let office = village::office();
    let who = office.acting(village::responsible(Step::AssetCheck), village::at(village::day("2018-03-05")));
    let id = CaseId::random();
    assert!(Transaction::<AssetCheck>::open(&who, id, village::opening()).is_ok());
    let refusal = Transaction::<Bidding>::open(&who, id, village::opening()).unwrap_err();
    assert_eq!(refusal.codes(), ["step-missing"; 12]);
    let refusal = Transaction::<PartyStudy>::open(&who, id, village::opening()).unwrap_err();
    assert_eq!(refusal.reasons()[0].step.as_ref().unwrap().id, "AssetCheck");
}

#[test]
fn a_case_is_loaded_at_the_step_where_it_stands_and_at_no_other() {
    let mut run = Run::opened();
    run.to(Step::IntentNotice);
    assert!(matches!(Current::from(run.case.clone()), Current::IntentNotice(AtStep::Pending(_))));
    let elsewhere: Result<AtStep<Bidding>, Case<Dongsha>> = AtStep::of(run.case.clone());
    assert_eq!(elsewhere.unwrap_err(), run.case, "given back as it was");
    run.perform();
    assert!(matches!(Current::from(run.case.clone()), Current::IntentNotice(AtStep::Performed(_))));
    run.publish();
    assert!(matches!(Current::from(run.case.clone()), Current::IntentNotice(AtStep::Public(_))));
    run.advance().finish();
    assert_eq!(run.case.status(), CaseStatus::Closed);
    assert!(matches!(Current::from(run.case.clone()), Current::Closed(_)));
}

/// What the types say, the rows say too: markers hold their own step.
#[test]
fn markers_stand_for_their_steps() {
    fn step<S: sanzi::case::TypedStep<Procedure = Dongsha>>() -> Step {
        S::STEP
    }
    assert_eq!([step::<AssetCheck>(), step::<PartyStudy>(), step::<Bidding>()], [Step::AssetCheck, Step::PartyStudy, Step::Bidding]);
    assert_eq!(std::mem::size_of::<Pending>(), 0, "a stage costs nothing");
}
