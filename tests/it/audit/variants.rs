//! Cases of one variant are judged together: each is found to be what it is found to be when it is alone.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use sanzi::audit::{Audit, Finding, Mapping, Report, Rule};
use sanzi::case::Office;
use sanzi::dongsha::Dongsha;

use super::planted::plant::lawful;
use super::planted::plant::log::{Kind, mapping_of, write};

/// The columns of the planted log, by their place.
pub(super) const CASE: usize = 0;
pub(super) const STEP: usize = 1;
pub(super) const ACT: usize = 2;
pub(super) const DAY: usize = 3;
pub(super) const ENTERED: usize = 4;
pub(super) const PERSON: usize = 5;
const ROLE: usize = 6;
const CHANNEL: usize = 7;
const FLOOR: usize = 12;
const IN_FAVOUR: usize = 20;

pub(super) type Row = Vec<String>;

pub(super) struct Log {
    pub(super) header: String,
    pub(super) rows: Vec<Row>,
}

pub(super) fn planted(cases: u64) -> Log {
    let mut log = Vec::new();
    write(Kind::Csv, &lawful::office().unwrap(), cases, &mut log).unwrap();
    let text = String::from_utf8(log).unwrap();
    // Amounts have commas in quotes: without them a row is cut at commas.
    let plain = |(n, part): (usize, &str)| if n % 2 == 1 { part.replace(',', "") } else { part.to_owned() };
    let text: String = text.split('"').enumerate().map(plain).collect();
    let (header, rows) = text.split_once('\n').unwrap();
    assert_eq!((header.split(',').nth(CHANNEL), header.split(',').nth(FLOOR)), (Some("渠道"), Some("底价")));
    assert_eq!(header.split(',').nth(IN_FAVOUR), Some("同意"));
    let rows = rows.lines().map(|row| row.split(',').map(str::to_owned).collect()).collect();
    Log { header: header.to_owned(), rows }
}

pub(super) fn audit<'r>(office: &Office<Dongsha>, mapping: &Mapping, header: &str, rows: impl Iterator<Item = &'r Row>) -> Report {
    let rows: String = rows.map(|row| row.join(",") + "\n").collect();
    Audit::new(office).log(format!("{header}\n{rows}").as_bytes(), mapping)
}

type Found = BTreeMap<String, Vec<Finding>>;
type Answers = BTreeMap<Rule, (u64, u64, u64)>;
type Periods = BTreeMap<(u8, u32), u64>;

/// What was found in each case, without the line; how each rule of a case was answered; how long notices stood.
fn judged(report: &Report) -> (Found, Answers, Periods) {
    let mut by_case = Found::new();
    for finding in report.findings.iter().filter(|finding| !finding.rule.is_across()) {
        by_case.entry(finding.case.to_string()).or_default().push(Finding { line: 0, ..finding.clone() });
    }
    let answers = report.rules.iter().filter(|standing| !standing.rule.is_across());
    let answers = answers.map(|standing| (standing.rule, (standing.kept, standing.broken, standing.unjudged))).collect();
    (by_case, answers, report.periods.clone())
}

fn assert_together_as_alone(office: &Office<Dongsha>, mapping: &Mapping, header: &str, rows: &[Row]) {
    let together = judged(&audit(office, mapping, header, rows.iter()));
    let mut by_case = BTreeMap::<&str, Vec<&Row>>::new();
    rows.iter().for_each(|row| by_case.entry(&row[CASE]).or_default().push(row));
    let mut alone = (Found::new(), Answers::new(), Periods::new());
    for rows in by_case.into_values() {
        let (found, answers, periods) = judged(&audit(office, mapping, header, rows.into_iter()));
        alone.0.extend(found);
        for (rule, (kept, broken, unjudged)) in answers {
            let sum = alone.1.entry(rule).or_default();
            *sum = (sum.0 + kept, sum.1 + broken, sum.2 + unjudged);
        }
        periods.into_iter().for_each(|(length, notices)| *alone.2.entry(length).or_default() += notices);
    }
    assert_eq!(together, alone);
}

/// Changes one cell or one row of a log.
fn change(rows: &mut Vec<Row>, what: u8, at: Index, other: Index) {
    let (at, other) = (at.index(rows.len()), other.index(rows.len()));
    let cell = |column: usize, text: &str, rows: &mut Vec<Row>| rows[at][column] = text.to_owned();
    match what {
        0 => drop(rows.remove(at)),
        1 => rows.swap(at, other),
        2 => rows.insert(at, rows[other].clone()),
        3 => rows[at][DAY] = rows[other][DAY].clone(),
        4 => rows[at][ENTERED] = rows[other][ENTERED].clone(),
        5 => rows[at][PERSON] = rows[other][PERSON].clone(),
        6 => cell(ROLE, "", rows),
        7 => rows[at][ROLE] = rows[other][ROLE].clone(),
        8 => cell(CHANNEL, "", rows),
        9 => rows[at][CHANNEL] = rows[other][CHANNEL].clone(),
        10 => cell(ACT, "撤下", rows),
        11 => cell(ACT, "退回", rows),
        12 => cell(DAY, "", rows),
        13 => rows[at][STEP] = rows[other][STEP].clone(),
        14 => cell(FLOOR, "1", rows),
        15 => cell(PERSON, "", rows),
        16 => cell(ACT, "异议", rows),
        _ => cell(IN_FAVOUR, "0", rows),
    }
}

#[test]
fn a_case_is_judged_alike_alone_and_among_others_of_its_variant() {
    let (office, Log { header, rows }) = (lawful::office().unwrap(), planted(24));
    let changes = proptest::collection::vec((0..18_u8, any::<Index>(), any::<Index>()), 0..12);
    let options = (any::<bool>(), any::<bool>());
    let config = Config { cases: 60, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(Default::default()));
    let tried = runner.run(&(changes, options), |(changes, (complete, by_time))| {
        let mut rows = rows.clone();
        changes.into_iter().for_each(|(what, at, other)| change(&mut rows, what, at, other));
        let mapping = format!("complete = {complete}\nby_time = {by_time}\n{}", mapping_of(Kind::Csv));
        assert_together_as_alone(&office, &mapping.parse().unwrap(), &header, &rows);
        Ok(())
    });
    tried.unwrap();
}

/// Of two cases that are the same, one has one cell changed: whichever comes first, neither is taken for the other.
#[test]
fn each_kind_of_row_tells_variants_apart() {
    let (office, Log { header, rows }) = (lawful::office().unwrap(), planted(1));
    let mapping: Mapping = mapping_of(Kind::Csv).parse().unwrap();
    let changes: [(usize, &str); 5] = [(DAY, ""), (ROLE, ""), (ROLE, "监事会"), (CHANNEL, ""), (ACT, "撤下")];
    for at in 0..rows.len() {
        for (column, text) in changes.iter().filter(|(column, text)| rows[at][*column] != *text) {
            let mut twin = rows.clone();
            twin[at][*column] = (*text).to_owned();
            twin.iter_mut().for_each(|row| row[CASE] = "twin".to_owned());
            for both in [[rows.as_slice(), &twin].concat(), [twin.as_slice(), &rows].concat()] {
                assert_together_as_alone(&office, &mapping, &header, &both);
            }
        }
    }
}

/// Who names no role acts in the step's own; who names another does not act in it, and is apart from nobody for it.
#[test]
fn a_row_without_a_role_is_of_another_variant_than_one_with_a_wrong_role() {
    let office = lawful::office().unwrap();
    let case = |name: &str, role: &str| {
        let person = |step: usize| if step == 1 || step == 12 { "甲".to_owned() } else { format!("p{step}") };
        (1..=12)
            .map(|step| format!("{name},{step},2024-03-{step:02},{},{}\n", person(step), if step == 1 { role } else { "" }))
            .collect::<String>()
    };
    let mapping: Mapping =
        "[columns]\ncase = \"编号\"\nstep = \"环节\"\ntime = \"时间\"\nperson = \"人\"\nrole = \"角色\"\n".parse().unwrap();
    let (none, wrong) = (case("none", ""), case("wrong", "监事会"));
    for rows in [[&none, &wrong], [&wrong, &none]] {
        let log = format!("编号,环节,时间,人,角色\n{}{}", rows[0], rows[1]);
        let report = Audit::new(&office).log(log.as_bytes(), &mapping);
        let joined: Vec<_> = report.of(Rule::Duties).map(|finding| (finding.case.as_ref(), finding.step_id())).collect();
        assert_eq!(joined, [("none", "BidderRegistration")], "{:?}", report.findings);
    }
}

/// Whether a case may go back hangs on its vote, and not on the kinds of its rows.
#[test]
fn of_two_cases_of_one_variant_only_the_one_whose_vote_failed_may_go_back() {
    let office = lawful::office().unwrap();
    let vote = |case: &str, in_favour: u32| {
        let row = |n: usize, step: usize, more: &str| format!("{case},{step},2024-03-{n:02}{more}\n");
        let before = (1..=6).map(|step| row(step, step, ",,,,"));
        let vote = row(7, 7, &format!(",成员,100,80,{in_favour}"));
        let after = [(8, 5), (9, 6)].map(|(n, step)| row(n, step, ",,,,"));
        before.chain([vote]).chain(after).collect::<String>()
    };
    let mapping: Mapping = "[columns]\ncase = \"编号\"\nstep = \"环节\"\ntime = \"时间\"\nbody = \"主体\"\neligible = \"应到\"\n\
                            present = \"实到\"\nin_favour = \"同意\"\n"
        .parse()
        .unwrap();
    for cases in [[("passed", 80), ("failed", 10)], [("failed", 10), ("passed", 80)]] {
        let rows: String = cases.iter().map(|(case, in_favour)| vote(case, *in_favour)).collect();
        let report = Audit::new(&office).log(format!("编号,环节,时间,主体,应到,实到,同意\n{rows}").as_bytes(), &mapping);
        let repeated: Vec<_> = report.of(Rule::Repeated).map(|finding| (finding.case.as_ref(), finding.step_id())).collect();
        assert_eq!(repeated, [("passed", "PlanDraft"), ("passed", "PlanReview")], "{:?}", report.findings);
    }
}
