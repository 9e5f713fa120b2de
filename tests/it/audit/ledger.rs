//! Our own ledger: lawful histories are clean, each edit is found where it was made, and nothing behind it is blamed.

use sanzi::audit::{Audit, Report, Rule, Severity};
use sanzi::case::{Entry, Event, EvidenceSet};
use sanzi::dongsha::{BiddingRecord, ContractRecord, Dongsha, Evidence, PlanRecord, Step, VoteRecord};
use sanzi::flow::StepId;
use sanzi::ledger::Record;
use sanzi::value::{CaseId, Digest, Lang, OrgId};

use crate::law::eventful;
use crate::village::{Run, office, person, scan, yuan};

fn seal(entries: &[Entry<Dongsha>]) -> Vec<Record> {
    let org = OrgId::new("dongtang").unwrap();
    let case = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
    let mut records: Vec<Record> = Vec::new();
    for entry in entries {
        let next = records.last().map_or_else(|| Record::seal(org, case, 1, Digest::NONE, entry), |before| before.next(entry));
        records.push(next.unwrap());
    }
    records
}

fn audit(entries: &[Entry<Dongsha>]) -> Report {
    Audit::new(&office()).records(&seal(entries))
}

fn finished() -> Vec<Entry<Dongsha>> {
    let mut run = Run::opened();
    run.finish();
    run.entries
}

/// Rule and step of every breach, each once.
fn breaches(report: &Report) -> Vec<String> {
    let mut all: Vec<String> = report.breaches().map(|finding| format!("{} {}", finding.rule_code(), finding.step_id())).collect();
    all.dedup();
    all
}

trait RuleCode {
    fn rule_code(&self) -> &'static str;
}

impl RuleCode for sanzi::audit::Finding {
    fn rule_code(&self) -> &'static str {
        sanzi::case::ReasonCode::code(self.rule)
    }
}

#[test]
fn lawful_histories_are_clean_and_nearly_everything_is_judged() {
    for entries in [finished(), eventful().entries] {
        let report = audit(&entries);
        let found: Vec<String> = report.findings.iter().map(|finding| finding.text(Lang::En)).collect();
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!((report.cases, report.events), (1, entries.len() as u64));
        assert_eq!((report.unreadable.count, report.partial), (0, false));
        assert!((report.proof.share() - 1.0).abs() < f64::EPSILON, "{:?}", report.proof);
    }
}

#[test]
fn notice_lengths_are_counted_in_working_days() {
    let report = audit(&finished());
    let steps: Vec<(u8, u32)> = report.periods.keys().copied().collect();
    assert_eq!(steps, [(3, 5), (8, 5), (11, 5), (14, 5)]);
}

/// An entry of a step is dropped, the rest sealed anew: the chain is whole, and the missing act is named at its step.
#[test]
fn a_skipped_step_is_found_and_named_once() {
    for step in &Step::ALL[1..15] {
        let mut entries = finished();
        entries.retain(|entry| match &entry.event {
            Event::Performed { evidence, .. } => evidence.step() != *step,
            Event::Advanced { from, .. } => from != step,
            _ => true,
        });
        let skipped: Vec<Entry<Dongsha>> = drop_publications_of_nothing(entries);
        let report = audit(&skipped);
        let at: Vec<&str> = report.of(Rule::Skipped).map(|finding| finding.step_id()).collect();
        assert_eq!(at, [step.id()], "{:#?}", breaches(&report));
        assert_eq!(report.of(Rule::Skipped).next().unwrap().severity, Severity::Grave);
    }
}

/// Publications whose step was dropped go with it: each follows the performance of its own step.
fn drop_publications_of_nothing(entries: Vec<Entry<Dongsha>>) -> Vec<Entry<Dongsha>> {
    let mut waiting = false;
    let mut kept = Vec::new();
    for entry in entries {
        match &entry.event {
            Event::Performed { .. } => waiting = true,
            Event::Published { .. } if !waiting => continue,
            Event::Published { .. } => waiting = false,
            _ => {}
        }
        kept.push(entry);
    }
    kept
}

fn edited(edit: impl Fn(&mut Entry<Dongsha>)) -> Vec<String> {
    let mut entries = finished();
    entries.iter_mut().for_each(edit);
    breaches(&audit(&entries))
}

fn record_of(entry: &mut Entry<Dongsha>) -> Option<&mut Evidence> {
    match &mut entry.event {
        Event::Performed { evidence, .. } => Some(std::sync::Arc::make_mut(evidence)),
        _ => None,
    }
}

#[test]
fn each_kind_of_edit_is_found_under_its_rule() {
    let by = |step: Step, who: &'static str| {
        edited(move |entry| {
            if matches!(&entry.event, Event::Performed { evidence, .. } if evidence.step() == step) {
                entry.by = person(who);
            }
        })
    };
    assert_eq!(by(Step::StreetReview, "tan"), ["wrong-party StreetReview"]);
    let price = edited(|entry| {
        if let Some(Evidence::Bidding(BiddingRecord { bids, .. })) = record_of(entry) {
            bids[0].price = yuan(1_000);
        }
    });
    assert!(price.contains(&"price-below-floor Bidding".to_owned()), "{price:?}");
    let term = edited(|entry| {
        if let Some(Evidence::PlanDraft(PlanRecord { term_months, .. })) = record_of(entry) {
            *term_months = 241;
        }
    });
    assert!(term.contains(&"term-too-long PlanDraft".to_owned()), "{term:?}");
    let plan = edited(|entry| {
        if let Some(Evidence::MemberVote(VoteRecord { plan, .. })) = record_of(entry) {
            *plan = scan("another plan");
        }
    });
    assert!(plan.contains(&"plan-changed MemberVote".to_owned()), "{plan:?}");
    let contract = edited(|entry| {
        if let Some(Evidence::ContractSigning(ContractRecord::Signed(contract))) = record_of(entry) {
            contract.price = yuan(1);
        }
    });
    assert!(contract.contains(&"contract-differs ContractSigning".to_owned()), "{contract:?}");
}

#[test]
fn changed_bytes_missing_and_repeated_records_break_the_chain() {
    let records = seal(&finished());
    let mut text: Vec<String> = records.iter().map(|record| record.as_str().to_owned()).collect();
    let office = office();
    let run = |text: &[String]| Audit::new(&office).ledger(text.join("\r\n").as_bytes());
    assert_eq!(breaches(&run(&text)), Vec::<String>::new(), "carriage returns are no change");
    let changed = text[5].replace("2018-0", "2019-0");
    assert_ne!(changed, text[5]);
    let whole = std::mem::replace(&mut text[5], changed);
    assert_eq!(run(&text).of(Rule::Chain).map(|finding| finding.line).collect::<Vec<_>>(), [7], "the next names another hash");
    text[5] = whole;
    let lost = text.remove(5);
    assert_eq!(run(&text).of(Rule::Chain).map(|finding| finding.line).collect::<Vec<_>>(), [6]);
    text.insert(5, lost.clone());
    text.insert(6, lost);
    assert_eq!(run(&text).of(Rule::Chain).map(|finding| finding.line).collect::<Vec<_>>(), [7], "it stands twice");
    let headless = run(&text[1..]);
    assert_eq!(headless.of(Rule::Opened).count(), 1);
    assert!(headless.proof.share() < 0.2, "{:?}", headless.proof);
}

#[test]
fn what_cannot_be_read_is_counted_and_shown_and_the_rest_is_judged() {
    let mut bytes = b"\xef\xbb\xbf{\"broken\": \n\xff\xfe\n\n".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', 3 << 20));
    bytes.push(b'\n');
    for record in seal(&finished()) {
        bytes.extend_from_slice(record.bytes());
        bytes.push(b'\n');
    }
    let report = Audit::new(&office()).ledger(bytes.as_slice());
    let lines: Vec<u64> = report.unreadable.first.iter().map(|(line, _)| *line).collect();
    assert_eq!((report.unreadable.count, lines), (3, vec![1, 2, 4]));
    assert_eq!(report.breaches().count(), 0);
    assert_eq!(report.cases, 1);
}

#[test]
fn the_report_is_the_same_with_any_number_of_threads_and_a_stopped_run_says_so() {
    let mut text = String::new();
    let org = OrgId::new("dongtang").unwrap();
    let mut entries = finished();
    entries.remove(7);
    for case in 0..40_u128 {
        let case = CaseId::new(sanzi_uuid(case));
        let mut before: Option<Record> = None;
        for entry in &entries {
            let record =
                before.as_ref().map_or_else(|| Record::seal(org, case, 1, Digest::NONE, entry), |before| before.next(entry)).unwrap();
            text.push_str(record.as_str());
            text.push('\n');
            before = Some(record);
        }
    }
    let office = office();
    let one = Audit::new(&office).ledger(text.as_bytes());
    for threads in [1, 2, 3, 5] {
        let held = std::io::BufReader::with_capacity(1000 * threads, text.as_bytes());
        assert_eq!(Audit::new(&office).threads(threads).ledger(held), one, "{threads} threads");
    }
    assert_eq!(one.cases, 40);
    assert!(one.breaches().count() >= 40);
    let seen = std::cell::Cell::new(0);
    let stop = |progress: sanzi::audit::Progress| {
        seen.set(progress.lines);
        false
    };
    let mut long = text.clone();
    long.push_str(&text);
    long.push_str(&text);
    let stopped = Audit::new(&office).threads(2).watched(&stop).ledger(long.as_bytes());
    assert!(stopped.partial && !one.partial);
    assert_eq!((seen.get(), stopped.events), (4096, 4096));
}

fn sanzi_uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n + (7 << 76) + (2 << 62))
}

#[test]
fn without_a_register_people_are_not_judged_and_everything_else_is() {
    let blind = sanzi::case::Office::<Dongsha>::new(OrgId::new("dongtang").unwrap(), sanzi::register::Register::new()).unwrap();
    let run = |entries: &[Entry<Dongsha>]| Audit::new(&blind).records(&seal(entries));
    let lawful = run(&finished());
    assert_eq!(breaches(&lawful), Vec::<String>::new());
    let party = lawful.rules.iter().find(|standing| standing.rule == Rule::Party).unwrap();
    assert_eq!((party.kept, party.unjudged, party.missing[0].field), (0, 1, "register"));
    let mut entries = finished();
    for entry in &mut entries {
        if let Some(Evidence::Bidding(BiddingRecord { bids, .. })) = record_of(entry) {
            bids[0].price = yuan(1_000);
        }
    }
    assert!(breaches(&run(&entries)).contains(&"price-below-floor Bidding".to_owned()));
    // One person in two duties is seen by their name alone.
    let mut entries = finished();
    for entry in &mut entries {
        if matches!(&entry.event, Event::Performed { evidence, .. } if [Step::ProjectFiling, Step::StreetReview].contains(&evidence.step()))
        {
            entry.by = person("fang");
        }
    }
    assert_eq!(breaches(&run(&entries)), ["conflicting-duties StreetReview"]);
}
