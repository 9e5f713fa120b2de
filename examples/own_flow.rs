//! A procedure of your own: contracting a plot of collective land in five steps, 申请 → 公示 → 审查 → 交易 → 签约.
//!
//! Nothing here comes from the sixteen steps of Dongsha: the table, the roles, the numbers, the records and the one rule are
//! this file's own, and still no step can be skipped. Run it with `cargo run --example own_flow`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use chrono::{DateTime, Utc};
use sanzi::Engine;
use sanzi::calendar::Period;
use sanzi::case::{Case, Concluded, Faults, Office, Opening, Scene, StepRecord, Subject, Transaction};
use sanzi::disclosure::{Line, Receipt};
use sanzi::policy::{Number, Policy};
use sanzi::register::{Register, Term};
use sanzi::store::MemoryStore;
use sanzi::value::{AssetId, CaseId, Digest, Lang, Money, OrgId, PersonId, PersonName, Text};
use serde::{Deserialize, Serialize};

// 1. The table. A row says who does what, who must be someone else, where it is posted and where it leads.

sanzi::flow! {
    /// Contracting a plot of collective land.
    procedure Contracting = "contracting" version 1, "土地发包五环节" / "contracting land in five steps";
    step Step;
    evidence Evidence;
    current Current;
    role Role {
        Group       "承包工作小组" / "contracting group",
        Board       "理事会" / "board",
        Supervisors "监事会" / "supervisors",
        Chair       "理事长" / "chair of the board",
        Township    "镇政府" / "township",
    }
    terminated by [Board, Township];
    clock by [Supervisors];

    phase "发包之前" / "before the deal" {
        1 Apply(Application) {
            name  "申请" / "apply",
            does  "提出发包申请，写明地块、面积和底价" / "apply: which plot, what area, what floor",
            by    Group,
            posts "发包申请" / "application" on [O],
            then  Notice,
        }
        2 Notice(Terms) {
            name  "公示" / "notice",
            does  "公示发包条件，受理异议" / "publish the terms and take objections",
            by    Board,
            posts "发包条件" / "terms" on [P O] for Notice objections to Township,
            then  Noticed {
                Undisputed "无异议" / "undisputed" => Review,
                Upheld     "异议成立" / "objection upheld" => Apply,
            },
        }
        3 Review(Opinion) {
            name  "审查" / "review",
            does  "审查程序和条件" / "review procedure and terms",
            by    Supervisors,
            apart [step Apply, step Notice],
            posts "审查意见" / "opinion" on [O],
            then  Reviewed {
                Approved    "通过" / "approved" => Trade,
                NotApproved "不通过" / "not approved" => Apply,
            },
        }
    }

    phase "发包" / "the deal" {
        4 Trade(Deal) {
            name  "交易" / "trade",
            does  "公开组织，确定承包方和租金" / "in public: who contracts the plot, and for what rent",
            by    Board,
            apart [bidder],
            posts "交易结果" / "result" on [P O],
            then  Sign,
        }
        5 Sign(Contract) {
            name  "签约" / "sign",
            does  "按交易结果签订承包合同" / "sign the contract as traded",
            by    Chair,
            apart [bidder],
            posts "合同要点" / "key terms" on [P O],
            then  End,
        }
    }
}

// 2. The records: what the evidence of each step must show, and what of it is published.

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Application {
    plot: Text,
    area_mu: u32,
    floor: Money,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Terms {
    years: u32,
    how_to_object: Text,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Opinion {
    approved: bool,
    reason: Text,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Deal {
    contractor: PersonId,
    rent: Money,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Contract {
    text: Digest,
}

impl StepRecord<Contracting> for Application {
    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new("地块", "plot", &self.plot),
            Line::new("面积（亩）", "area in mu", self.area_mu),
            Line::new("底价", "floor", self.floor),
        ]
    }
}

impl StepRecord<Contracting> for Terms {
    fn lines(&self) -> Vec<Line> {
        vec![Line::new("年限", "years", self.years), Line::new("异议途径", "how to object", &self.how_to_object)]
    }
}

impl StepRecord<Contracting> for Opinion {
    fn lines(&self) -> Vec<Line> {
        vec![Line::new("通过", "approved", self.approved), Line::new("理由", "reason", &self.reason)]
    }

    /// A step that can end in several ways says which one; `None` is the way forward.
    fn outcome(&self, _: &Case<Contracting>) -> Option<&'static str> {
        if self.approved { None } else { Some("NotApproved") }
    }
}

impl StepRecord<Contracting> for Deal {
    fn lines(&self) -> Vec<Line> {
        vec![Line::new("承包方", "contractor", self.contractor), Line::new("租金", "rent", self.rent)]
    }

    /// The rows that keep bidders out look here.
    fn bidders(&self) -> Vec<PersonId> {
        vec![self.contractor]
    }

    /// 3. The rule: the rent is not below the floor that was applied for and published.
    fn examine(&self, scene: &Scene<'_, Contracting>, faults: &mut Faults) {
        let Some(applied) = scene.record::<Apply>() else { return };
        faults.require(self.rent >= applied.floor, || {
            let text = |money: Money| sanzi::value::Bilingual::of(format!("{money} 元"), format!("{money} yuan"));
            scene.reason(Rule::RentBelowFloor).expected(text(applied.floor)).found(text(self.rent))
        });
    }
}

impl StepRecord<Contracting> for Contract {
    fn lines(&self) -> Vec<Line> {
        vec![Line::new("合同文本摘要值", "digest of the contract", self.text)]
    }
}

sanzi::reason_codes! {
    /// Why a record is refused.
    enum Rule {
        RentBelowFloor = "rent-below-floor", "租金低于公示的底价" / "the rent is below the published floor",
            "本村发包办法第六条" / "art. 6 of this village's own rules";
    }
}

// 4. The numbers, each with its source. `for Notice` in the table finds the period of that name.

fn numbers() -> Result<Policy, Box<dyn Error>> {
    let village = || Text::new("本村发包办法第三条");
    let day = "2026-01-01".parse()?;
    Ok(Policy::new("village-2026", Text::new("本村发包办法")?, Text::new("this village's own rules")?, day)?
        .with_period("Notice", Number::verified_in(village()?, Period::calendar(7)))?
        .with_at_most("back-dating-days", Number::unverified(village()?, 3))?
        .with_at_most("clock-gap-days", Number::unverified(village()?, 180))?)
}

// 5. The people. The host has checked who they are; the register says what they may do.

fn office() -> Result<Office<Contracting>, Box<dyn Error>> {
    let mut register = Register::new();
    for (id, name, role) in [
        ("lin", "林小组", Some(Role::Group)),
        ("chen", "陈大文", Some(Role::Board)),
        ("guan", "关小红", Some(Role::Supervisors)),
        ("liang", "梁伯强", Some(Role::Chair)),
        ("ou", "欧阳镇", Some(Role::Township)),
        ("farmer", "何田", None),
    ] {
        let person = PersonId::new(id)?;
        register.add(person, PersonName::new(name)?)?;
        if let Some(role) = role {
            register.appoint(person, role, Term::since("2026-01-01".parse()?))?;
        }
    }
    let mut office = Office::new(OrgId::new("example-village")?, register)?;
    office.policies = vec![numbers()?];
    Ok(office)
}

fn opening(plot: &str) -> Result<Opening, Box<dyn Error>> {
    Ok(Opening { asset: AssetId::new(plot)?, title: Text::new("东头水田发包")?, intended_bidder: None })
}

fn application() -> Result<Application, Box<dyn Error>> {
    Ok(Application { plot: Text::new("东头水田")?, area_mu: 12, floor: Money::from_yuan(6_000)? })
}

fn terms() -> Result<Terms, Box<dyn Error>> {
    Ok(Terms { years: 5, how_to_object: Text::new("向镇政府书面提出")? })
}

fn opinion() -> Result<Opinion, Box<dyn Error>> {
    Ok(Opinion { approved: true, reason: Text::new("程序合规")? })
}

fn deal(yuan: u64) -> Result<Deal, Box<dyn Error>> {
    Ok(Deal { contractor: PersonId::new("farmer")?, rent: Money::from_yuan(yuan)? })
}

/// Nine in the morning in China.
fn morning(day: &str) -> Result<DateTime<Utc>, Box<dyn Error>> {
    Ok(format!("{day}T09:00:00+08:00").parse()?)
}

/// What the channels answer: the notice is up, everywhere it must be.
fn receipts(case: &Case<Contracting>, at: DateTime<Utc>) -> Result<Vec<Receipt>, Box<dyn Error>> {
    let Some(posting) = case.posting(Subject::Step) else { return Ok(Vec::new()) };
    let reference = Text::new("公告栏第一版")?;
    Ok(posting.missing().iter().map(|channel| Receipt::confirmed(channel, posting.notice(), at, reference.clone())).collect())
}

type Village = Engine<Contracting, MemoryStore>;

/// At run time, as a platform does it: each call loads the case, decides, and appends what is allowed.
fn through_the_engine(engine: &Village) -> Result<CaseId, Box<dyn Error>> {
    let lin = engine.acting(PersonId::new("lin")?, morning("2026-03-02")?);
    let case = engine.open(&lin, opening("PLOT-1")?)?.case.id();
    do_step(engine, case, "lin", "2026-03-02", Evidence::Apply(application()?))?;
    engine.advance(case, &lin, Step::Apply)?;

    do_step(engine, case, "chen", "2026-03-03", Evidence::Notice(terms()?))?;
    let too_soon = engine.acting(PersonId::new("chen")?, morning("2026-03-05")?);
    refused("两天后就想结束公示 / to close the notice after two days", engine.advance(case, &too_soon, Step::Notice));
    refused("公示期内直接交易 / to trade while the notice is up", engine.perform(case, &too_soon, Evidence::Trade(deal(6_500)?)));
    let in_time = engine.acting(PersonId::new("chen")?, morning("2026-03-11")?);
    engine.advance(case, &in_time, Step::Notice)?;

    let guan = do_step(engine, case, "guan", "2026-03-11", Evidence::Review(opinion()?))?;
    engine.advance(case, &engine.acting(guan, morning("2026-03-11")?), Step::Review)?;

    let chen = engine.acting(PersonId::new("chen")?, morning("2026-03-12")?);
    refused("低于底价成交 / to trade below the floor", engine.perform(case, &chen, Evidence::Trade(deal(4_000)?)));
    do_step(engine, case, "chen", "2026-03-12", Evidence::Trade(deal(6_500)?))?;
    engine.advance(case, &chen, Step::Trade)?;

    let liang = do_step(engine, case, "liang", "2026-03-13", Evidence::Sign(Contract { text: Digest::of_bytes(b"contract") }))?;
    engine.advance(case, &engine.acting(liang, morning("2026-03-13")?), Step::Sign)?;
    Ok(case)
}

/// Performs a step and makes it public on the same day.
fn do_step(engine: &Village, case: CaseId, who: &str, day: &str, evidence: Evidence) -> Result<PersonId, Box<dyn Error>> {
    let (person, now) = (PersonId::new(who)?, morning(day)?);
    let acting = engine.acting(person, now);
    let performed = engine.perform(case, &acting, evidence)?.case;
    engine.publish(case, &acting, Subject::Step, receipts(&performed, now)?)?;
    Ok(person)
}

fn refused<T>(attempt: &str, answer: Result<T, sanzi::Error>) {
    match answer {
        Ok(_) => println!("{attempt}: 竟被允许 / was allowed, which should not be"),
        Err(sanzi::Error::Refused(refusal)) => println!("{attempt}:\n{refusal}\n"),
        Err(error) => println!("{attempt}: {error}"),
    }
}

/// At compile time: leave out a line, or change their order, and this no longer compiles.
fn as_types(engine: &Village) -> Result<Concluded<Contracting>, Box<dyn Error>> {
    let office = engine.office();
    let at = |who: &str, day: &str| Ok::<_, Box<dyn Error>>(office.acting(PersonId::new(who)?, morning(day)?));

    let lin = at("lin", "2026-03-16")?;
    let case = Transaction::<Apply>::open(&lin, CaseId::random(), opening("PLOT-2")?)?.perform(&lin, application()?)?;
    let posted = receipts(case.case(), lin.now())?;
    let case = case.publish(&lin, posted)?.advance(&lin)?;

    let chen = at("chen", "2026-03-17")?;
    let case = case.perform(&chen, terms()?)?;
    let posted = receipts(case.case(), chen.now())?;
    let noticed = case.publish(&chen, posted)?.advance(&at("chen", "2026-03-25")?)?;
    let case = match noticed {
        Noticed::Undisputed(next) => next,
        Noticed::Upheld(_) => return Err("退回申请 / back to the application".into()),
    };

    let guan = at("guan", "2026-03-25")?;
    let case = case.perform(&guan, opinion()?)?;
    let posted = receipts(case.case(), guan.now())?;
    let case = match case.publish(&guan, posted)?.advance(&guan)? {
        Reviewed::Approved(next) => next,
        Reviewed::NotApproved(_) => return Err("退回申请 / back to the application".into()),
    };

    let chen = at("chen", "2026-03-26")?;
    let case = case.perform(&chen, deal(7_000)?)?;
    let posted = receipts(case.case(), chen.now())?;
    let case = case.publish(&chen, posted)?.advance(&chen)?;

    let liang = at("liang", "2026-03-27")?;
    let case = case.perform(&liang, Contract { text: Digest::of_bytes(b"contract") })?;
    let posted = receipts(case.case(), liang.now())?;
    let mut closed = case.publish(&liang, posted)?.advance(&liang)?;
    engine.save(&mut closed)?;
    Ok(closed)
}

fn main() -> Result<(), Box<dyn Error>> {
    // The proof that no path through the table avoids a step. In a crate of your own this is a test.
    assert_eq!(sanzi::flow::check::<Contracting>(), []);
    for lang in [Lang::Zh, Lang::En] {
        println!("{}", sanzi::export::clear_paper::<Contracting>(&numbers()?, lang));
    }

    let office = office()?;
    let engine = Engine::new(office, MemoryStore::new(OrgId::new("example-village")?))?;
    let case = through_the_engine(&engine)?;
    println!("{}: {:?}, {} 条记录 / records", opening("PLOT-1")?.asset, engine.load(case)?.status(), engine.history(case)?.len());
    let closed = as_types(&engine)?;
    println!("{}: {:?}, {} 条记录 / records", opening("PLOT-2")?.asset, closed.case().status(), closed.case().version());
    sanzi::store::verify(engine.store())?;
    Ok(())
}
