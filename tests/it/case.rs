//! Decisions as law: given a case, when someone asks, then it is allowed, or refused for exactly these reasons.

use chrono::NaiveDate;
use sanzi::case::*;
use sanzi::disclosure::Line;
use sanzi::dongsha::Step;
use sanzi::register::{Register, Term};
use sanzi::value::{Bilingual, CaseId, Lang, OrgId, PersonName};
use serde::{Deserialize, Serialize};

use crate::village::{Run, at, day, opening, person, text};

#[test]
fn a_lawful_case_goes_through_all_sixteen_steps() {
    let mut run = Run::opened();
    run.to(Step::Bidding).finish();
    assert_eq!(run.case.status(), CaseStatus::Closed);
    assert_eq!(run.case.version(), 1 + 16 * 3);
}

sanzi::flow! {
    /// A key, lent for a day.
    pub procedure Key = "key" version 1, "借钥匙" / "lending the key";
    pub step KeyStep;
    pub evidence KeyRecords;
    pub current CurrentKey;
    pub role KeyRole { Clerk "文书" / "clerk" }
    terminated by [Clerk];
    clock by [Clerk];
    phase "办理" / "handling" {
        1 Lend(Lent) {
            name "出借" / "lend", does "交钥匙" / "hand over the key", by Clerk,
            posts "出借" / "lending" on [O],
            then End,
        }
    }
}

/// Lent for a day that is to come, and that is all its author said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lent {
    until: NaiveDate,
}

impl StepRecord<Key> for Lent {
    fn lines(&self) -> Vec<Line> {
        vec![Line::new("至", "until", self.until)]
    }

    fn examine(&self, scene: &Scene<'_, Key>, faults: &mut Faults) {
        let Some(today) = scene.today(faults) else { return };
        faults.require(today < self.until, || scene.reason(Code::Late).found(Bilingual::same(today)));
    }
}

#[test]
fn a_record_of_ones_own_may_ask_what_day_it_is() {
    let (clerk, opened) = (person("clerk"), at(day("2018-03-05")));
    let mut people = Register::new();
    people.add(clerk, PersonName::new("文书").unwrap()).unwrap();
    people.appoint(clerk, KeyRole::Clerk, Term::since(day("2018-01-01"))).unwrap();
    let office = Office::<Key>::new(OrgId::new("hall").unwrap(), people).unwrap();
    let mut case = Case::unopened(CaseId::random());
    let Verdict::Allowed { entries, .. } = decide(&case, &office.acting(clerk, opened), &Command::Open(opening())) else { panic!() };
    entries.iter().for_each(|entry| case.evolve(entry).unwrap());
    let asked = |until: &str, now| {
        let evidence = KeyRecords::Lend(Lent { until: day(until) });
        let verdict = decide(&case, &office.acting(clerk, now), &Command::Perform { evidence, done: None });
        verdict
            .refusal()
            .map(|refusal| (refusal.codes()[0].to_owned(), refusal.reasons()[0].found.as_ref().map(|found| found.en.clone().into_owned())))
    };
    assert_eq!(asked("2018-03-06", opened), None);
    assert_eq!(asked("2018-03-05", opened), Some(("late".to_owned(), Some("2018-03-05".to_owned()))));
    let doubtful = opened + chrono::TimeDelta::days(200);
    assert_eq!(asked("2018-03-06", doubtful).map(|(code, _)| code), Some("clock-skew".to_owned()));
}

#[test]
fn a_record_that_says_no_more_ends_forward_and_cannot_be_corrected() {
    let record = Lent { until: day("2018-03-06") };
    let correction = Correction { changes: vec![text("wording")], reason: text("笔误") };
    assert_eq!(
        (
            record.recall(&correction),
            record.outcome(&Case::unopened(CaseId::random())),
            record.size(&sanzi::policy::Policy::builtin_on(day("2018-03-05")).unwrap())
        ),
        (None, None, None)
    );
    assert!(record.bidders().is_empty());
}

#[test]
fn a_refusal_reads_one_reason_a_line_in_either_language() {
    let run = Run::opened();
    let early = Command::Advance { from: Step::PartyStudy };
    let verdict = run.ask(person("resident"), &early);
    assert!(!verdict.is_allowed());
    let refusal = verdict.refusal().unwrap();
    for lang in [Lang::Zh, Lang::En] {
        let lines: Vec<String> = refusal.reasons().iter().map(|reason| reason.text(lang)).collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() > 10));
        assert_eq!(refusal.text(lang).lines().collect::<Vec<_>>(), lines);
        let problem = Problem::of(refusal, "/cases/1").in_lang(lang);
        assert_eq!((problem.text(lang), &problem.detail), (refusal.text(lang), &problem.text(lang)));
    }
}
