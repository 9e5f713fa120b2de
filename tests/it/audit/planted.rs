//! Against the answer key: every planted violation is found, and none is invented, in our format, in CSV and in XES.

use std::collections::{BTreeMap, BTreeSet};

use sanzi::audit::{Audit, Mapping, Report, Rule, Severity};
use sanzi::case::ReasonCode;
use sanzi::flow::StepId;

#[path = "../../../examples/support/plant/mod.rs"]
#[allow(dead_code, missing_docs, reason = "the example uses the rest")]
pub mod plant;

use plant::Answer;
use plant::lawful::office;
use plant::log::{Kind, mapping_of, write};

/// Enough for each kind of fault to be planted several times.
const TRANSACTIONS: u64 = 1_000;

pub fn compare(report: &Report, answers: &[Answer]) {
    let mut wrong: Vec<String> = Vec::new();
    let mut planted: BTreeMap<&str, BTreeSet<Rule>> = BTreeMap::new();
    for answer in answers {
        for case in &answer.cases {
            planted.entry(case).or_default().extend(answer.also.iter().chain([&answer.rule]));
        }
        let found = report.of(answer.rule).any(|finding| {
            let cases: BTreeSet<&str> = finding.evidence.iter().chain([&finding.case]).map(AsRef::as_ref).collect();
            answer.cases.iter().all(|case| cases.contains(case.as_str()))
                && answer.step.is_none_or(|step| finding.step_id() == step.id())
                && finding.severity > Severity::Note
        });
        if !found {
            wrong.push(format!("not found: {} at {:?} in {:?}", answer.rule.code(), answer.step, answer.cases));
        }
    }
    for finding in report.findings.iter().filter(|finding| finding.severity > Severity::Note) {
        let cases = finding.evidence.iter().chain([&finding.case]);
        let known = cases.into_iter().all(|case| planted.get(case.as_ref()).is_some_and(|rules| rules.contains(&finding.rule)));
        if !known {
            let kinds = planted.get(finding.case.as_ref());
            wrong.push(format!(
                "invented: {} {} {} line {}: {finding:?} ({kinds:?})",
                finding.case,
                finding.rule.code(),
                finding.step_id(),
                finding.line
            ));
        }
    }
    wrong.truncate(12);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn judged(kind: Kind, transactions: u64) -> (Report, Vec<Answer>) {
    let office = office().unwrap();
    let mut log = Vec::new();
    let answers = write(kind, &office, transactions, &mut log).unwrap();
    let audit = Audit::new(&office).threads(2);
    let report = match kind {
        Kind::Ledger => audit.ledger(log.as_slice()),
        _ => audit.log(log.as_slice(), &mapping_of(kind).parse::<Mapping>().unwrap()),
    };
    assert_eq!((report.cases, report.unreadable.count, report.partial), (transactions, 0, false), "{:?}", report.unreadable);
    assert_eq!(report.unknown_names, []);
    (report, answers)
}

#[test]
fn every_planted_fault_is_found_and_none_is_invented_in_our_ledger() {
    let (report, answers) = judged(Kind::Ledger, TRANSACTIONS);
    assert!(answers.len() > 100);
    compare(&report, &answers);
}

#[test]
fn every_planted_fault_is_found_and_none_is_invented_in_csv() {
    let (report, answers) = judged(Kind::Csv, TRANSACTIONS);
    compare(&report, &answers);
    assert!(report.proof.share() > 0.99, "{:?}", report.rules);
}

#[test]
fn every_planted_fault_is_found_and_none_is_invented_in_xes() {
    let (report, answers) = judged(Kind::Xes, TRANSACTIONS);
    compare(&report, &answers);
}
