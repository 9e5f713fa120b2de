//! The law that holds for every procedure, tested on the sixteen steps.

mod apart;
mod clock;
pub mod clock_ahead;
mod codes;
mod edges;
mod engine;
mod forged;
mod holes;
mod invariants;
mod lost;
mod matrix;
mod owed;
mod plan;
mod receipts;
mod remarks;
mod rising;
mod signed;
mod typed;

use sanzi::case::{Case, Command, Correction, Entry, Event, Next, Subject, Termination};
use sanzi::disclosure::{Remark, Ruling};
use sanzi::dongsha::{Dongsha, Evidence, Step};
use sanzi::ledger::{Record, Tip};
use sanzi::store::{Answer, Append, Claim, Store};
use sanzi::value::{AssetId, CaseId, Digest, PersonId};
use uuid::Uuid;

use crate::village::{Run, opening, person, receipts, responsible, scan, text};

pub fn object(kind: Remark, from: Option<&str>) -> Command<Dongsha> {
    Command::Object { kind, text: text("底价偏低"), from: from.map(person) }
}

pub fn answer(number: u32, ruling: Ruling) -> Command<Dongsha> {
    Command::Answer { number, ruling, reply: text("已核实") }
}

pub fn raise(number: u32) -> Command<Dongsha> {
    Command::Raise { number }
}

pub fn recall(step: Step, change: &str) -> Command<Dongsha> {
    Command::Recall { step, correction: Correction { changes: vec![text(change)], reason: text("笔误") } }
}

pub fn terminate() -> Command<Dongsha> {
    Command::Terminate(Termination { decision: scan("decision"), reason: text("资产另有安排") })
}

pub fn set_clock() -> Command<Dongsha> {
    Command::SetClock { reason: text("主机时钟有误") }
}

pub fn advance(from: Step) -> Command<Dongsha> {
    Command::Advance { from }
}

pub fn perform(evidence: Evidence) -> Command<Dongsha> {
    Command::Perform { evidence, done: None }
}

/// Publishes with good receipts, dated now.
pub fn publish(run: &Run, of: Subject) -> Command<Dongsha> {
    Command::Publish { of, receipts: receipts(&run.case, of, run.now) }
}

/// A village's case with another number and asset, opened on the run's day.
pub fn another(office: sanzi::case::Office<Dongsha>, number: u128, asset: &str, now: chrono::DateTime<chrono::Utc>) -> Run {
    let case = Case::unopened(CaseId::new(Uuid::from_u128(number)));
    let mut run = Run { office, case, entries: Vec::new(), now };
    let opening = sanzi::case::Opening { asset: AssetId::new(asset).unwrap(), ..opening() };
    run.must(responsible(Step::AssetCheck), Command::Open(opening));
    run
}

/// A case at a step, public, its period still running.
pub fn public_at(step: Step) -> Run {
    let mut run = Run::opened();
    run.to(step).perform().publish();
    run
}

/// A closed case with every kind of return: not endorsed, an objection dismissed, one that rose and was upheld, a notice
/// corrected.
pub fn eventful() -> Run {
    let mut run = Run::opened();
    run.to(Step::PartyStudy);
    let Evidence::PartyStudy(mut study) = run.good() else { unreachable!() };
    study.endorsed = false;
    run.perform_with(Evidence::PartyStudy(study)).publish().advance();
    run.to(Step::IntentNotice).perform().publish().wait(1);
    run.must(person("resident"), object(Remark::Objection, Some("resident"))).must(person("resident"), object(Remark::Comment, None));
    run.wait(1).must(person("mai"), answer(1, Ruling::Dismissed)).must(person("chen"), answer(2, Ruling::Dismissed));
    run.advance().to(Step::PlanNotice).perform().publish().must(person("resident"), object(Remark::Objection, None));
    run.wait(10).must(nobody(), raise(3)).must(person("wu"), answer(3, Ruling::Upheld));
    run.must(person("chen"), advance(Step::PlanNotice));
    run.to(Step::TradingNotice).perform().publish().must(person("song"), recall(Step::TradingNotice, "wording"));
    run.must(person("song"), advance(Step::TradingNotice)).finish();
    run
}

/// Appends entries as they are, as somebody who writes to the store past the engine would.
pub fn store_raw(store: &dyn Store, case: CaseId, entries: &[Entry<Dongsha>]) {
    for entry in entries {
        let tip = store.read(case).unwrap().last().map_or(Tip::START, Tip::of);
        let record = Record::seal(store.org(), case, tip.version + 1, tip.hash, entry).unwrap();
        let claim = match &entry.event {
            Event::Opened { opening, .. } => Claim::Take(opening.asset),
            Event::Advanced { to: Next::End, .. } => Claim::Release,
            _ => Claim::None,
        };
        let batch = Append::new(case, tip.version, Uuid::new_v4(), Digest::NONE, vec![record]).with(claim);
        assert!(matches!(store.append(&batch).unwrap(), Answer::Appended(_)));
    }
}

/// Whoever is not needed for the office to go on.
pub fn nobody() -> PersonId {
    person("resident")
}
