//! What is owed when it should have been done: overdue from the day after the deadline, and first in the list.

use chrono::{Days, NaiveDate};
use sanzi::Engine;
use sanzi::calendar::Due;
use sanzi::case::{Duty, DutyKind};
use sanzi::disclosure::{Remark, Ruling};
use sanzi::dongsha::{Dongsha, Role, Step};
use sanzi::store::MemoryStore;
use sanzi::value::Lang;

use super::{another, answer, nobody, object, public_at, store_raw, terminate};
use crate::village::{Run, at, day, office, person};

fn owed(run: &Run, on: NaiveDate) -> Vec<Duty<Dongsha>> {
    run.case.owed(&run.office.calendar, at(on)).unwrap()
}

/// The last day, counted naively: so many working days after the day on which it began.
fn last(run: &Run, began: NaiveDate, working_days: usize) -> NaiveDate {
    let mut days = (1..).map(|n| began + Days::new(n)).filter(|day| run.office.calendar.is_working(*day).unwrap());
    days.nth(working_days - 1).unwrap()
}

#[test]
fn each_deadline_is_overdue_from_the_day_after_its_last() {
    for (step, working_days, by) in [
        (Step::StreetReview, 5, Role::StreetOffice),
        (Step::ContractSigning, 10, Role::BoardChair),
        (Step::FilingAndArchive, 5, Role::AssetClerk),
    ] {
        let mut run = Run::opened();
        run.to(step);
        let last = last(&run, run.today(), working_days);
        for (on, overdue) in [(run.today(), false), (last, false), (last + Days::new(1), true)] {
            let duties = owed(&run, on);
            let [duty] = &duties[..] else { panic!("{duties:?}") };
            assert_eq!(
                (&duty.kind, duty.by, duty.due, duty.overdue),
                (&DutyKind::Perform, by, Some(Due::Announced(last)), overdue),
                "{on}"
            );
        }
        run.perform();
        assert!(owed(&run, last + Days::new(30)).iter().all(|duty| !duty.overdue), "what was done is not owed");
    }
}

#[test]
fn an_answer_is_owed_and_after_five_working_days_overdue_or_owed_by_the_level_above() {
    let mut run = public_at(Step::IntentNotice);
    run.must(nobody(), object(Remark::Objection, None)).must(nobody(), object(Remark::Comment, None));
    let last = last(&run, run.today(), 5);
    let in_time = [(DutyKind::Answer(1), Role::Supervisors, false), (DutyKind::Answer(2), Role::Board, false)];
    let late =
        [(DutyKind::Raise(1), Role::Witness, false), (DutyKind::Answer(1), Role::Witness, false), (DutyKind::Answer(2), Role::Board, true)];
    for (on, expected) in [(last, &in_time[..]), (last + Days::new(1), &late)] {
        let duties = owed(&run, on);
        let answers: Vec<_> = duties.iter().map(|duty| (duty.kind.clone(), duty.by, duty.overdue)).collect();
        assert_eq!(answers, [expected, &[(DutyKind::Advance, Role::Board, false)]].concat(), "an objection rises, a comment does not");
        assert_eq!(duties.last().unwrap().from, Due::Paused { since: day("2018-03-05") });
    }
    run.must(person("mai"), answer(1, Ruling::Dismissed)).must(person("chen"), answer(2, Ruling::Dismissed));
    assert_eq!(owed(&run, last + Days::new(1)).len(), 1);
}

#[test]
fn over_all_cases_the_overdue_come_first_however_late_they_began() {
    let mut fresh = Run::opened();
    fresh.perform();
    let mut late = another(office(), 2, "DT-002", fresh.now);
    late.to(Step::StreetReview);
    let mut asked = another(office(), 3, "DT-003", fresh.now);
    asked.to(Step::IntentNotice).perform().publish().must(nobody(), object(Remark::Comment, None));
    let store = MemoryStore::new(fresh.office.org);
    for run in [&fresh, &late, &asked] {
        store_raw(&store, run.case.id(), &run.entries);
    }
    let engine = Engine::<Dongsha, _>::new(office(), store).unwrap();
    let seen = |on| engine.owed(at(on)).unwrap().into_iter().map(|duty| (duty.case, duty.overdue)).collect::<Vec<_>>();
    let [fresh, late_case, asked] = [&fresh, &late, &asked].map(|run| run.case.id());
    let on = last(&late, late.today(), 5) + Days::new(1);
    assert_eq!(seen(on), [(asked, true), (late_case, true), (fresh, false), (asked, false)].map(|seen| seen));
    assert!(seen(day("2018-03-05")).iter().all(|(_, overdue)| !overdue), "on the first day nothing is");
}

#[test]
fn a_duty_reads_as_one_line_in_either_language() {
    let mut run = Run::opened();
    run.to(Step::StreetReview);
    let on = run.today() + Days::new(20);
    let duty = |run: &Run, lang| owed(run, on).iter().map(|duty| duty.text(lang)).collect::<Vec<_>>().join("\n");
    assert_eq!(
        duty(&run, Lang::Zh),
        "【10. 街道审核】执行，责任人：街道“三资”办，自 2018-04-20 起，至 2018-04-09 止，已逾期（东侧一楼铺位出租）"
    );
    assert_eq!(
        duty(&run, Lang::En),
        "[10. review by the street] perform; who must act: street office; from 2018-04-20; until 2018-04-09; overdue (东侧一楼铺位出租)"
    );
    run.perform();
    assert!(duty(&run, Lang::En).starts_with("[10. review by the street] publish on district platform; who must act: street office"));
    assert!(duty(&run, Lang::Zh).starts_with("【10. 街道审核】公开：区“三资”交易平台，责任人：街道“三资”办"));
    run.publish();
    assert!(duty(&run, Lang::Zh).starts_with("【10. 街道审核】进入下一环节，"));
    run.must(person("chen"), terminate());
    assert!(duty(&run, Lang::Zh).starts_with("公布终止：区“三资”交易平台、简报、微信公众号、对外办公点，责任人：理事会"));
    assert!(duty(&run, Lang::En).starts_with("publish the termination on district platform, bulletin, WeChat account, office points; who"));
    let mut asked = public_at(Step::IntentNotice);
    asked.must(nobody(), object(Remark::Objection, None));
    let lines = owed(&asked, asked.today());
    assert_eq!(
        lines[0].text(Lang::En),
        "[3. notice of intent and consultation] answer no. 1; who must act: supervisors; from 2018-03-05; until 2018-03-12 (东侧一楼铺位出租)"
    );
    assert!(lines[0].text(Lang::Zh).starts_with("【3. 交易意向公开与意见征询】答复第 1 号，责任人：监事会"));
    assert!(lines[1].text(Lang::En).contains("from the objection is decided"), "{}", lines[1].text(Lang::En));
    asked.must(person("mai"), answer(1, Ruling::Upheld)).advance();
    assert!(owed(&asked, asked.today())[0].text(Lang::Zh).contains("撤回公告：区“三资”交易平台、简报、微信公众号、对外办公点，"));
}
