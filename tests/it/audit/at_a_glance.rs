//! Most cases are seen to keep a rule at a glance: one that breaks it is not taken for one of them.

use std::collections::BTreeSet;

use sanzi::audit::{Mapping, Report, Rule};
use sanzi::dongsha::Step;
use sanzi::flow::StepId;

use super::planted::plant::lawful;
use super::planted::plant::log::{Kind, mapping_of};
use super::variants::{ACT, DAY, ENTERED, Log, PERSON, Row, STEP, audit, planted};

const PLAN: usize = 9;
const PRICE: usize = 13;
const BIDDER: usize = 23;

fn judged(header: &str, rows: &[Row]) -> Report {
    let mapping: Mapping = mapping_of(Kind::Csv).parse().unwrap();
    audit(&lawful::office().unwrap(), &mapping, header, rows.iter())
}

/// A case in which nothing is wrong.
fn flawless() -> Log {
    let log = planted(1);
    let report = judged(&log.header, &log.rows);
    assert!(report.findings.is_empty() && report.cases == 1, "{:?}", report.findings);
    assert_eq!((log.header.split(',').nth(PRICE), log.header.split(',').nth(BIDDER)), (Some("价格"), Some("竞投人")));
    log
}

fn first(rows: &[Row], act: &str) -> usize {
    rows.iter().position(|row| row[ACT] == act).unwrap()
}

#[test]
fn whoever_performed_a_step_does_not_bid() {
    let Log { header, rows } = flawless();
    let at = first(&rows, "报名");
    for performed in rows.iter().filter(|row| row[ACT] == "执行") {
        let mut rows = rows.clone();
        rows[at][BIDDER] = performed[PERSON].clone();
        let report = judged(&header, &rows);
        let steps = rows.iter().filter(|row| row[ACT] == "执行" && row[PERSON] == performed[PERSON]).count();
        assert_eq!(report.of(Rule::Duties).count(), steps, "{}: {:?}", performed[PERSON], report.findings);
    }
}

#[test]
fn a_price_under_the_floor_is_one_whoever_bid_it() {
    let Log { header, rows } = flawless();
    let at = first(&rows, "出价");
    for bidder in [rows[at][BIDDER].clone(), String::new()] {
        let mut rows = rows.clone();
        (rows[at][BIDDER], rows[at][PRICE]) = (bidder, "0.01".to_owned());
        let report = judged(&header, &rows);
        assert_eq!(report.of(Rule::Price).count(), 1, "{:?}", report.findings);
    }
}

/// Every row stands in the order of its time.
#[test]
fn what_goes_up_when_the_step_was_left_is_too_late() {
    let Log { header, rows } = flawless();
    let mut tried = 0;
    for left in (0..rows.len()).filter(|at| rows[*at][ACT] == "办结") {
        let step = rows[left][STEP].clone();
        let is_notice = |row: &&Row| row[STEP] == step && row[ACT] == "公示";
        let Some(next) = rows.get(left + 1).filter(|next| next[DAY] > rows[left][DAY]) else { continue };
        let late = rows.iter().filter(is_notice).map(|row| {
            let mut row = row.clone();
            row[DAY].clone_from(&next[DAY]);
            row
        });
        let before = rows[..=left].iter().filter(|row| !is_notice(row)).cloned();
        let late: Vec<Row> = before.chain(late).chain(rows[left + 1..].iter().cloned()).collect();
        assert!(late.is_sorted_by_key(|row| &row[DAY]));
        let report = judged(&header, &late);
        let found: Vec<_> = report.of(Rule::Channels).map(|finding| finding.step.as_ref().unwrap().name.zh.clone()).collect();
        assert!(found.len() == 1 && found[0].ends_with(&step), "{step}: {:?}", report.findings);
        tried += 1;
    }
    assert!(tried >= 10, "{tried}");
}

/// A step whose notice need not stand for any time: it was up, and nothing else says that a notice was.
#[test]
fn a_notice_without_a_period_is_kept_where_it_went_up_in_time() {
    let Log { header, rows } = flawless();
    let left = first(&rows, "办结");
    let report = judged(&header, &rows[..=left]);
    assert!(report.periods.is_empty() && report.findings.is_empty(), "{:?}", report.findings);
    let channels: Vec<_> = report.rules.iter().filter(|standing| standing.rule == Rule::Channels).collect();
    assert!(channels.len() == 1 && (channels[0].kept, channels[0].broken) == (1, 0), "{channels:?}");
}

/// A notice begins to run when it is up on the last of its channels.
#[test]
fn a_channel_that_comes_last_begins_the_period() {
    let Log { header, rows } = flawless();
    let timed: BTreeSet<u8> = judged(&header, &rows).periods.into_keys().map(|(step, _)| step).collect();
    assert!(timed.len() >= 4, "{timed:?}");
    let mut short = BTreeSet::new();
    for left in (0..rows.len()).filter(|at| rows[*at][ACT] == "办结") {
        let mut rows = rows.clone();
        let Some(last) = (0..left).rev().find(|at| rows[*at][STEP] == rows[left][STEP] && rows[*at][ACT] == "公示") else { continue };
        (rows[last][DAY], rows[last][ENTERED]) = (rows[left][DAY].clone(), rows[left][ENTERED].clone());
        rows[last..left].rotate_left(1);
        assert!(rows.is_sorted_by_key(|row| &row[DAY]));
        let report = judged(&header, &rows);
        short.extend(report.of(Rule::Period).map(|finding| finding.step_id().to_owned()));
        assert!(report.findings.iter().all(|finding| finding.rule == Rule::Period), "{:?}", report.findings);
    }
    let timed = Step::ALL.iter().filter(|step| timed.contains(&u8::try_from(step.number()).unwrap()));
    assert_eq!(short, timed.map(|step| step.id().to_owned()).collect());
}

#[test]
fn whoever_is_not_named_is_not_known_to_be_apart() {
    let Log { header, rows } = flawless();
    for at in (0..rows.len()).filter(|at| rows[*at][ACT] == "执行") {
        let mut rows = rows.clone();
        rows[at][PERSON].clear();
        let report = judged(&header, &rows);
        for rule in [Rule::Duties, Rule::Kin] {
            let standing = report.rules.iter().find(|standing| standing.rule == rule).unwrap();
            assert_eq!((standing.kept, standing.broken, standing.unjudged), (0, 0, 1), "{rule:?}, row {at}");
        }
    }
}

#[test]
fn a_vote_that_names_no_plan_does_not_say_that_it_was_this_one() {
    let Log { header, mut rows } = flawless();
    let voted = Step::MemberVote.name().zh;
    let vote = rows.iter().position(|row| row[STEP] == voted && row[ACT] == "执行").unwrap();
    rows[vote][PLAN].clear();
    let report = judged(&header, &rows);
    let standing = report.rules.iter().find(|standing| standing.rule == Rule::Plan).unwrap();
    assert_eq!((standing.kept, standing.broken, standing.unjudged), (0, 0, 1));
}
