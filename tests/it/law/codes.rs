//! For every code a refusal with exactly its reasons, and beside it what is just allowed.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sanzi::case::{Case, Code, Command, Nearby, Office, ReasonCode, StepRecord, Subject, Verdict, decide};
use sanzi::disclosure::{Channel, Line, Proof, Receipt, Remark, Ruling, Status};
use sanzi::dongsha::{Dongsha, Evidence, Step};
use sanzi::flow::Flow;
use sanzi::value::{CaseId, Digest, OrgId, PersonId, Text};
use serde::{Deserialize, Serialize};

use super::{advance, answer, nobody, object, perform, public_at, publish, raise, recall, set_clock, terminate};
use crate::village::{Run, at, day, office, opening, person, receipts, record, scan, text};

/// What was refused, and whether its twin was allowed.
struct Law(&'static [&'static str], Vec<String>, bool);

fn law(codes: &'static [&'static str], refused: (&Run, &str, Command<Dongsha>), allowed: (&Run, &str, Command<Dongsha>)) -> Law {
    let twin = allowed.0.ask(person(allowed.1), &allowed.2);
    assert!(twin.is_allowed(), "{codes:?}: {:?}", twin.refusal().map(ToString::to_string));
    Law(codes, refused.0.codes(person(refused.1), &refused.2), true)
}

fn done(run: &Run, moment: chrono::DateTime<chrono::Utc>) -> Command<Dongsha> {
    Command::Perform { evidence: run.good(), done: Some(moment) }
}

fn receipt(run: &Run, edit: impl FnOnce(&mut Receipt)) -> Receipt {
    let mut receipt = receipts(&run.case, Subject::Step, run.now).remove(0);
    edit(&mut receipt);
    receipt
}

fn note(receipts: Vec<Receipt>) -> Command<Dongsha> {
    Command::Note { of: Subject::Step, receipts }
}

fn up(receipts: Vec<Receipt>) -> Command<Dongsha> {
    Command::Publish { of: Subject::Step, receipts }
}

/// The order of steps and of the three verbs.
fn order() -> Vec<Law> {
    let opened = Run::opened();
    let unopened = Run { case: Case::unopened(opened.case.id()), ..opened.clone() };
    let [performed, public, second] = [1, 2, 3].map(|verbs| {
        let mut run = opened.clone();
        run.perform();
        (verbs > 1).then(|| run.publish().case.version());
        (verbs > 2).then(|| run.advance().case.version());
        run
    });
    let (mut vote, mut bidding, mut closing) = (opened.clone(), opened.clone(), opened.clone());
    vote.to(Step::MemberVote);
    bidding.to(Step::Bidding);
    closing.to(Step::FilingAndArchive).perform().publish();
    let mut closed = closing.clone();
    closed.advance();
    let bid = |run: &Run| perform(record(&run.case, Step::Bidding, run.today()));
    let (check, first) = (perform(record(&opened.case, Step::AssetCheck, opened.today())), Step::AssetCheck);
    const SIX: &[&str] = &["step-missing"; 6];
    const ALL: &[&str] =
        &["step-missing", "step-missing", "step-missing", "step-missing", "step-missing", "step-missing", "not-responsible", "must-differ"];
    vec![
        law(&["case-not-opened"], (&unopened, "chen", check.clone()), (&opened, "chen", check.clone())),
        law(&["case-already-opened"], (&opened, "chen", Command::Open(opening())), (&unopened, "chen", Command::Open(opening()))),
        law(&["case-ended"], (&closed, "li", advance(Step::FilingAndArchive)), (&closing, "li", advance(Step::FilingAndArchive))),
        law(SIX, (&vote, "song", bid(&vote)), (&bidding, "song", bid(&bidding))),
        law(ALL, (&vote, "chen", bid(&vote)), (&bidding, "song", bid(&bidding))),
        law(&["step-done"], (&second, "chen", check.clone()), (&opened, "chen", check.clone())),
        law(&["already-performed"], (&performed, "chen", check.clone()), (&opened, "chen", check)),
        law(&["not-performed"], (&opened, "chen", advance(first)), (&public, "chen", advance(first))),
        law(&["not-public", "channel-missing"], (&performed, "chen", advance(first)), (&public, "chen", advance(first))),
        law(&["already-public"], (&public, "chen", up(vec![])), (&performed, "chen", publish(&performed, Subject::Step))),
        law(&["unknown-person"], (&public, "stranger", advance(first)), (&public, "chen", advance(first))),
        law(&["not-appointed"], (&public, "resident", advance(first)), (&public, "tan", advance(first))),
        law(&["not-responsible"], (&opened, "tan", perform(opened.good())), (&opened, "chen", perform(opened.good()))),
        law(&["not-authority"], (&opened, "he", terminate()), (&opened, "fang", terminate())),
    ]
}

/// Notices and receipts.
fn notices() -> Vec<Law> {
    let mut run = Run::opened();
    run.perform();
    let ok = || (&run, "chen", up(vec![receipt(&run, |_| ())]));
    let photo = |witness| receipt(&run, |r| r.proof = Proof::Photo { digest: scan("photo"), taken_by: person("chen"), witness });
    let many = |count| note(vec![receipt(&run, |_| ()); count]);
    let mut intent = Run::opened();
    intent.to(Step::IntentNotice).perform();
    let four = receipts(&intent.case, Subject::Step, intent.now);
    let mut unverified = four.clone();
    unverified[2].verified_by = None;
    let mut returned = Run::opened();
    returned.to(Step::PartyStudy);
    let Evidence::PartyStudy(mut study) = returned.good() else { unreachable!() };
    study.endorsed = false;
    returned.perform_with(Evidence::PartyStudy(study)).publish().advance().perform().publish();
    let mut withdrawn = returned.clone();
    withdrawn.withdraw();
    vec![
        law(&["not-verified"], (&intent, "chen", up(unverified)), (&intent, "chen", up(four.clone()))),
        law(&["channel-missing"], (&intent, "chen", up(four[1..].to_vec())), (&intent, "chen", up(four))),
        law(&["receipt-of-other-notice"], (&run, "chen", up(vec![receipt(&run, |r| r.notice = Digest::NONE)])), ok()),
        law(&["receipt-channel"], (&run, "chen", note(vec![receipt(&run, |r| r.channel = Channel::WeChat)])), ok()),
        law(&["photo-needs-two"], (&run, "chen", up(vec![photo(person("chen"))])), (&run, "chen", up(vec![photo(person("li"))]))),
        law(&["nothing-to-publish"], (&run, "chen", note(vec![])), ok()),
        law(&["too-many-receipts"], (&run, "chen", many(65)), (&run, "chen", many(64))),
        law(&["withdrawal-owed"], (&returned, "chen", advance(Step::AssetCheck)), (&withdrawn, "chen", advance(Step::AssetCheck))),
    ]
}

/// Periods and what residents say.
fn remarks() -> Vec<Law> {
    let here = Step::IntentNotice;
    let public = public_at(here);
    let with = |from: Option<&str>, kind| {
        let mut run = public.clone();
        run.must(nobody(), object(kind, from));
        run
    };
    let objected = with(Some("guan"), Remark::Objection);
    let commented = with(None, Remark::Comment);
    let after = |run: &Run, days| {
        let mut run = run.clone();
        run.wait(days);
        run
    };
    let mut risen = after(&objected, 8);
    risen.must(nobody(), raise(1));
    let mut dismissed = objected.clone();
    dismissed.must(person("mai"), answer(1, Ruling::Dismissed));
    let mut upheld = objected.clone();
    upheld.must(person("mai"), answer(1, Ruling::Upheld));
    let mut replied = commented.clone();
    replied.must(person("chen"), answer(1, Ruling::Dismissed));
    let mut first = Run::opened();
    first.perform();
    let notice = public_at(Step::TradingNotice);
    let say = || object(Remark::Objection, None);
    vec![
        law(&["period-running"], (&public, "chen", advance(here)), (&after(&public, 20), "chen", advance(here))),
        law(&["objection-open"], (&after(&objected, 20), "chen", advance(here)), (&after(&dismissed, 20), "chen", advance(here))),
        law(&["comment-open"], (&after(&commented, 20), "chen", advance(here)), (&after(&replied, 20), "chen", advance(here))),
        law(&["must-differ"], (&objected, "guan", answer(1, Ruling::Dismissed)), (&objected, "mai", answer(1, Ruling::Dismissed))),
        law(&["no-objections-here"], (&first, "resident", say()), (&public, "resident", say())),
        law(&["no-objections-here"], (&after(&public, 20), "resident", say()), (&public, "stranger", say())),
        law(&["no-such-objection"], (&objected, "mai", answer(2, Ruling::Upheld)), (&objected, "mai", answer(1, Ruling::Upheld))),
        law(&["answer-due"], (&after(&objected, 7), "resident", raise(1)), (&after(&objected, 8), "resident", raise(1))),
        law(&["has-risen"], (&after(&objected, 8), "wu", answer(1, Ruling::Upheld)), (&risen, "wu", answer(1, Ruling::Upheld))),
        law(&["no-higher-level"], (&commented, "resident", raise(1)), (&after(&objected, 8), "resident", raise(1))),
        law(&["objection-closed"], (&dismissed, "mai", answer(1, Ruling::Upheld)), (&objected, "mai", answer(1, Ruling::Upheld))),
        law(&["cannot-recall"], (&public, "chen", recall(here, "wording")), (&notice, "song", recall(Step::TradingNotice, "wording"))),
        law(&["already-returning"], (&upheld, "resident", say()), (&dismissed, "resident", say())),
    ]
}

/// Time, calendar and numbers.
fn time() -> Vec<Law> {
    let opened = Run::opened();
    let mut week = opened.clone();
    week.wait(7);
    let mut back = public_at(Step::IntentNotice);
    let mut over = back.clone();
    over.wait(20);
    back.now -= TimeDelta::minutes(6);
    let mut vote = opened.clone();
    vote.to(Step::MemberVote);
    let mut called = vote.clone();
    called.wait_to_perform();
    let unopened = |date| Run { case: Case::unopened(opened.case.id()), now: at(day(date)), ..opened.clone() };
    let mut lawless = unopened("2018-03-05");
    lawless.office.policies.clear();
    let open = || Command::Open(opening());
    let busy = |nearby: Nearby| {
        let run = unopened("2018-03-05");
        let acting = run.office.acting(person("chen"), run.now).with_nearby(nearby);
        decide(&run.case, &acting, &open())
    };
    let taken = busy(Nearby { busy_with: Some(sanzi::value::CaseId::random()), ..Nearby::default() });
    let codes = taken.refusal().unwrap().codes().iter().map(ToString::to_string).collect();
    vec![
        law(&["dated-ahead"], (&week, "chen", done(&week, week.now + TimeDelta::seconds(1))), (&week, "chen", done(&week, week.now))),
        law(&["back-dated"], (&week, "chen", done(&week, at(day("2018-03-08")))), (&week, "chen", done(&week, at(day("2018-03-09"))))),
        law(
            &["out-of-order"],
            (&opened, "chen", done(&opened, opened.now - TimeDelta::seconds(1))),
            (&opened, "chen", done(&opened, opened.now)),
        ),
        law(&["clock-skew"], (&back, "chen", advance(Step::IntentNotice)), (&over, "chen", advance(Step::IntentNotice))),
        law(&["clock-not-in-doubt"], (&over, "fang", set_clock()), (&back, "fang", set_clock())),
        law(&["calendar-unannounced"], (&unopened("2027-01-01"), "chen", open()), (&unopened("2026-12-31"), "chen", open())),
        law(&["too-early", "called-too-late"], (&vote, "yuan", perform(vote.good())), (&called, "yuan", perform(called.good()))),
        law(&["no-policy"], (&lawless, "chen", open()), (&unopened("2018-03-05"), "chen", open())),
        Law(&["asset-busy"], codes, busy(Nearby::default()).is_allowed()),
    ]
}

sanzi::flow! {
    /// One step, whose period no built-in policy has, and whose record can end in a way that the table does not have.
    pub procedure Loan = "loan" version 1, "借用" / "a loan";
    pub step LoanStep;
    pub evidence LoanRecords;
    pub current CurrentLoan;
    pub role LoanRole { Clerk "文书" / "clerk" }
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lent {
    to: Text,
    lost: bool,
}

impl StepRecord<Loan> for Lent {
    fn lines(&self) -> Vec<Line> {
        vec![Line::new("借予", "to", &self.to)]
    }
    fn outcome(&self, _: &Case<Loan>) -> Option<&'static str> {
        self.lost.then_some("Nowhere")
    }
}

/// The codes with which a loan can be left.
fn loan(lost: bool) -> Vec<String> {
    let mut people = sanzi::register::Register::new();
    let clerk: PersonId = person("clerk");
    people.add(clerk, sanzi::value::PersonName::new("文书").unwrap()).unwrap();
    people.appoint(clerk, LoanRole::Clerk, sanzi::register::Term::since(day("2018-01-01"))).unwrap();
    let office = Office::<Loan>::new(OrgId::new("hall").unwrap(), people).unwrap();
    let acting = office.acting(clerk, at(day("2018-03-05")));
    let mut case = Case::unopened(sanzi::value::CaseId::random());
    for stage in 0..4 {
        let command = match (stage, case.posting(Subject::Step)) {
            (0, _) => Command::Open(opening()),
            (1, _) => Command::Perform { evidence: LoanRecords::Lend(Lent { to: text("街坊"), lost }), done: None },
            (2, Some(posting)) => {
                let receipt = Receipt::confirmed(Channel::Office, posting.notice(), acting.now(), text("公告栏"));
                Command::Publish { of: Subject::Step, receipts: vec![receipt.with_status(Status::Confirmed)] }
            }
            _ => Command::Advance { from: LoanStep::Lend },
        };
        match decide(&case, &acting, &command) {
            Verdict::Allowed { entries, .. } => entries.iter().for_each(|entry| case.evolve(entry).unwrap()),
            Verdict::Refused(refusal) => return refusal.codes().iter().map(ToString::to_string).collect(),
        }
    }
    Vec::new()
}

/// A number that the table names and the policy lacks is found when a case is opened, not half-way.
fn number_missing() -> Law {
    let run = Run::opened();
    let unopened = Run { case: Case::unopened(run.case.id()), ..run };
    let json = serde_json::to_value(&unopened.office.policies[0]).unwrap();
    let without = |name: &str| {
        let mut json = json.clone();
        json["deadlines"].as_object_mut().unwrap().remove(name);
        Run { office: Office { policies: vec![serde_json::from_value(json).unwrap()], ..unopened.office.clone() }, ..unopened.clone() }
    };
    let open = || Command::Open(opening());
    law(&["number-missing"], (&without("P7"), "chen", open()), (&without("construction-land.comments"), "chen", open()))
}

/// The built-in policy of 2018 without one of its numbers.
fn without(number: &str) -> sanzi::policy::Policy {
    let (kind, name) = number.split_once('.').unwrap();
    let mut json = serde_json::to_value(sanzi::policy::Policy::builtin_on(day("2018-03-05")).unwrap()).unwrap();
    json[kind].as_object_mut().unwrap().remove(name).unwrap();
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_case_is_not_opened_under_numbers_that_would_leave_it_stuck() {
    let rows =
        ["periods.P1", "periods.P2", "periods.P3", "periods.P6", "deadlines.P4", "deadlines.P7", "deadlines.P8", "deadlines.objection"];
    let clock = ["at_most.back-dating-days", "at_most.clock-gap-days"];
    for number in rows.iter().chain(&clock).chain(Dongsha::NEEDS) {
        let mut office = office();
        office.policies = vec![without(number)];
        let verdict =
            decide(&Case::unopened(CaseId::random()), &office.acting(person("chen"), at(day("2018-03-05"))), &Command::Open(opening()));
        assert_eq!(verdict.refusal().map(|refusal| refusal.codes()), Some(vec!["number-missing"]), "{number}");
    }
}

#[test]
fn every_code_is_given_exactly_where_it_belongs_and_not_at_the_edge_beside_it() {
    let own = [Law(&["wrong-evidence"], loan(true), loan(false).is_empty()), number_missing()];
    let laws: Vec<Law> = [order(), notices(), remarks(), time()].into_iter().flatten().chain(own).collect();
    let mut exercised: BTreeSet<&str> = BTreeSet::from(["late", "rushed"]);
    for Law(expected, found, twin) in &laws {
        assert_eq!(found, expected);
        assert!(twin, "{expected:?}: the twin is allowed");
        exercised.extend(*expected);
    }
    for code in Code::ALL {
        assert!(exercised.contains(code.code()), "{} is not exercised", code.code());
    }
}

#[test]
fn late_is_a_warning_from_the_day_after_the_deadline() {
    let mut run = Run::opened();
    run.to(Step::StreetReview);
    let began = run.today();
    let warned = |run: &Run| match run.ask(person("fang"), &perform(run.good())) {
        Verdict::Allowed { warnings, .. } => warnings.iter().any(|reason| reason.code == "late"),
        Verdict::Refused(refusal) => panic!("{refusal}"),
    };
    let mut days = 0;
    while !warned(&run) {
        run.wait(1);
        days += 1;
    }
    let counted = (1..days).filter(|n| run.office.calendar.is_working(began + chrono::Days::new(*n)).unwrap()).count();
    assert_eq!(counted, 5, "five working days, and the day after is late");
}
