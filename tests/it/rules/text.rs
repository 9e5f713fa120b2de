//! Every reason can be read, in both languages, and travels as data.

use std::collections::BTreeSet;

use sanzi::case::*;
use sanzi::dongsha::*;
use sanzi::value::{Bilingual, Digest, Lang, Money};

use super::*;

fn texts<C: ReasonCode>(codes: &[C]) -> Vec<(&'static str, Bilingual, Bilingual)> {
    codes.iter().map(|code| (code.code(), code.message(), code.rule())).collect()
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_code_has_a_text_and_a_rule_in_both_languages() {
    let all: Vec<_> = texts(Code::ALL).into_iter().chain(texts(DongshaCode::ALL)).collect();
    let mut seen = BTreeSet::new();
    for (code, message, rule) in &all {
        assert!(seen.insert(*code), "{code} is there twice");
        let words = code.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        assert!(words, "{code} is not kebab-case");
        for text in [message, rule] {
            assert!(is_chinese(&text.zh), "{code}: {}", text.zh);
            assert!(!text.en.trim().is_empty() && !is_chinese(&text.en), "{code}: {}", text.en);
        }
        assert!(!message.en.ends_with('.') && !message.zh.ends_with('。'), "{code}: no full stop, it goes on");
    }
    assert_eq!(seen.len(), Code::ALL.len() + DongshaCode::ALL.len());
}

/// A plan with everything wrong, as a reader meets it.
fn refused_plan() -> Refusal {
    let mut act = Act::of(ready(Step::PlanDraft));
    let plan = draft(&mut act);
    plan.floor = yuan(1);
    plan.term_months = 241;
    plan.deposit = Money::ZERO;
    plan.contract_text = Digest::NONE;
    act.ask().refusal().unwrap().clone()
}

#[test]
fn all_reasons_are_given_at_once_and_read_in_both_languages() {
    let refusal = refused_plan();
    assert_eq!(refusal.codes(), ["floor-below-valuation", "term-too-long", "no-document", "zero-deposit"]);
    let term = &refusal.reasons()[1];
    assert_eq!(
        term.text(Lang::Zh),
        "【5. 拟订交易方案与合同文本】租期超过二十年，应为：240 个月，实为：241 个月，责任人：理事会（依据：民法典第七百零五条）"
    );
    assert_eq!(
        term.text(Lang::En),
        "[5. draft plan and contract] the term is over the cap; expected: 240 months; found: 241 months; who must act: board \
         (rule: Civil Code art. 705)"
    );
    let text = refusal.to_string();
    assert!(text.starts_with("refused for 4 reason(s):\n- 【5. "), "{text}");
    assert_eq!(text.lines().count(), 5);
}

#[test]
fn what_people_and_the_frame_do_wrong_is_said_beside_what_the_record_has_wrong() {
    let mut act = Act::of(ready(Step::PlanDraft));
    draft(&mut act).deposit = Money::ZERO;
    act.who = Some(person("pan"));
    act.done = Some(act.run.now - chrono::TimeDelta::days(4));
    let verdict = act.ask();
    let codes = verdict.refusal().unwrap().codes();
    // Dated back before the step began and past the tolerance, by an appraiser who valued and signed, without a deposit.
    assert_eq!(codes, ["out-of-order", "back-dated", "not-responsible", "must-differ", "zero-deposit"]);
}

#[test]
fn a_reason_travels_as_data() {
    let refusal = refused_plan();
    let json = serde_json::to_string(&refusal).unwrap();
    let back: Refusal = serde_json::from_str(&json).unwrap();
    assert_eq!(back, refusal);
    let reason: serde_json::Value = serde_json::to_value(&refusal.reasons()[1]).unwrap();
    assert_eq!(reason["code"], "term-too-long");
    assert_eq!(reason["step"]["id"], "PlanDraft");
    assert_eq!(reason["party"]["id"], "Board");
    assert_eq!(reason["found"]["zh"], "241 个月");
    assert!(reason.get("earliest").is_none(), "time alone does not cure it");
    let problem = Problem::of(&refusal, "/cases/1");
    assert_eq!(serde_json::from_str::<Problem>(&serde_json::to_string(&problem).unwrap()).unwrap(), problem);
}

#[test]
fn a_refusal_that_time_cures_says_when() {
    let mut run = Run::opened();
    run.to(Step::MemberVote);
    let mut act = Act::of(run.clone());
    vote(&mut act).called_on = run.today();
    let verdict = act.ask();
    let refusal = verdict.refusal().unwrap();
    assert_eq!(refusal.codes(), ["too-early", "called-too-late"]);
    assert_eq!(refusal.reasons()[0].earliest.map(sanzi::calendar::china_date), Some(run.today() + chrono::Days::new(10)));
    assert_eq!(refusal.earliest(), None, "the meeting must be held on another day too");
}
