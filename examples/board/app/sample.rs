//! A ledger to look at: the transactions of the sample file, brought to one day of 2018, some of them with something wrong.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use sanzi::calendar::china_midnight;
use sanzi::case::{Command, Office, Place, Stage, Subject, Termination};
use sanzi::disclosure::{Channel, Receipt, Remark, Ruling, Status};
use sanzi::dongsha::{Dongsha, Role, Step};
use sanzi::export::{Facts, WebAddress};
use sanzi::flow::Flow;
use sanzi::ledger::{KeyName, Scheme, SecretKey};
use sanzi::store::SqliteStore;
use sanzi::value::{Digest, PersonId, Text};
use sanzi::{Engine, Error};

use super::support::drive::{Drive, DriveError};
use super::support::input::{self, Input, InputError};
use super::{Ledger, WEB};

const FILE: &[u8] = include_bytes!("../../data/dongtang_2018.json");
/// The office closes; transactions that begin later are not opened.
const TODAY: &str = "2018-07-25T09:55:00+08:00";
/// The first of the file's transactions that is taken: enough to see every state, few enough to read.
const FIRST: u32 = 20;

#[derive(Debug, thiserror::Error)]
pub(crate) enum SampleError {
    #[error("the sample file: {0}")]
    Input(#[from] InputError),
    #[error("transaction no. {0} of the sample: {1}")]
    Drive(u32, DriveError),
    #[error(transparent)]
    Ledger(#[from] Error),
    #[error("the sample's own words: {0}")]
    Words(String),
}

/// What goes on in a transaction of the sample, once it stands at a step and stage; then it rests.
struct Scene {
    no: u32,
    step: Step,
    stage: Stage,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    /// A resident objects, and nobody answers.
    Objection,
    /// A comment and an objection, both answered; it goes on.
    Answered,
    /// A comment waits.
    Comment,
    /// Up on the platform, and nowhere else.
    HalfPublished,
    /// The notice is taken off the office's board.
    TakenDown,
    /// Ended by decision.
    Terminated,
    /// Nothing: it rests.
    Rests,
}

const fn scene(no: u32, step: Step, stage: Stage, what: What) -> Scene {
    Scene { no, step, stage, what }
}

const SCENES: [Scene; 8] = [
    scene(22, Step::IntentNotice, Stage::Public, What::Answered),
    scene(29, Step::PlanNotice, Stage::Public, What::Objection),
    scene(33, Step::PlanNotice, Stage::Performed, What::HalfPublished),
    scene(36, Step::IntentNotice, Stage::Public, What::TakenDown),
    scene(38, Step::IntentNotice, Stage::Public, What::Comment),
    scene(35, Step::Valuation, Stage::Public, What::Terminated),
    scene(28, Step::TradingNotice, Stage::Public, What::Rests),
    scene(24, Step::ResultNotice, Stage::Public, What::Objection),
];

/// When the sample is looked at.
pub(crate) fn today() -> DateTime<Utc> {
    TODAY.parse().unwrap_or_default()
}

/// The people of the sample, and the union's own facts.
pub(crate) fn office() -> Result<Office<Dongsha>, SampleError> {
    let input = input::parse(FILE)?;
    Ok(Office::new(input.organisation, input.register).map_err(Error::from)?)
}

pub(crate) fn facts(address: &str) -> Result<Facts, SampleError> {
    let text = |text: &str| Text::new(text).map_err(|error| SampleError::Words(error.to_string()));
    Ok(Facts {
        name: text("东塱经济联社")?,
        name_en: Some(text("Dongtang Economic Union")?),
        objections_at: text("东塱村委会一楼对外办公点意见箱，或本网站")?,
        objections_at_en: Some(text("the box at the office point, ground floor, or this website")?),
        phone: text("020-8100 0000")?,
        page: WebAddress::new(address).map_err(|error| SampleError::Words(error.to_string()))?,
        checkpoint: None,
    })
}

/// A key for the sample's checkpoints, new each time: nobody has to trust it.
pub(crate) fn key() -> Option<SecretKey> {
    SecretKey::generate(KeyName::new("dongtang.example/sanzi").ok()?, Scheme::Ed25519).ok()
}

/// Writes the sample into a new ledger.
pub(crate) fn write(path: &Path) -> Result<Ledger, SampleError> {
    let input = input::parse(FILE)?;
    let store = SqliteStore::create(path, input.organisation).map_err(Error::from)?;
    let engine = Engine::new(office()?, store)?;
    let taken = input.transactions.iter().filter(|transaction| transaction.no >= FIRST);
    let mut drives: Vec<Drive<'_>> = taken.map(|transaction| Drive::new(&input, transaction)).collect();
    let mut queue: BinaryHeap<_> = drives.iter().enumerate().map(|(place, drive)| Reverse((drive.now, place))).collect();
    let mut played: Vec<u32> = Vec::new();
    while let Some(Reverse((now, place))) = queue.pop() {
        let Some(drive) = drives.get_mut(place).filter(|_| now <= today()) else { continue };
        let no = drive.transaction.no;
        let failed = |cause| SampleError::Drive(no, cause);
        drive.turn(&engine).map_err(failed)?;
        let rests = match SCENES.iter().find(|scene| scene.is_at(drive) && !played.contains(&scene.no)) {
            Some(scene) => {
                played.push(no);
                scene.play(drive, &engine, &input).map_err(failed)?
            }
            None => false,
        };
        let next = drive.next_moment(&engine.office().calendar).map_err(failed)?;
        queue.extend(next.filter(|_| !rests).map(|next| Reverse((next, place))));
    }
    match SCENES.iter().find(|scene| !played.contains(&scene.no)) {
        Some(scene) => Err(SampleError::Words(format!("no. {} does not come to step {} by {TODAY}", scene.no, scene.step))),
        None => Ok(engine),
    }
}

impl Scene {
    fn is_at(&self, drive: &Drive<'_>) -> bool {
        drive.transaction.no == self.no && drive.case.place() == Some(Place { step: self.step, stage: self.stage })
    }

    /// Plays it, a while after what was done last. Says whether the transaction rests from then on.
    fn play(&self, drive: &mut Drive<'_>, engine: &Ledger, input: &Input) -> Result<bool, DriveError> {
        drive.now = drive.now.checked_add_signed(TimeDelta::minutes(40)).unwrap_or(drive.now);
        let web = PersonId::new(WEB).map_err(Error::from)?;
        let object = |kind, text: &str| Ok::<_, DriveError>(Command::Object { kind, text: Text::new(text)?, from: None });
        let answer = |number, ruling, reply: &str| Ok::<_, DriveError>(Command::Answer { number, ruling, reply: Text::new(reply)? });
        let by = Dongsha::row(self.step).by;
        match self.what {
            What::Rests => {}
            What::Objection => {
                let text = if self.step == Step::PlanNotice {
                    "方案写的面积比台账少十二平方米，底价因此偏低，请重新核对。"
                } else {
                    "竞投当天的现场录像没有公开，请说明见证人是否全程在场。"
                };
                drive.act(engine, web, &object(Remark::Objection, text)?)?;
            }
            What::Comment => {
                drive.act(engine, web, &object(Remark::Comment, "希望车位优先租给本村住户，晚上也能停。")?)?;
            }
            What::Answered => {
                drive.act(engine, web, &object(Remark::Comment, "租金收入怎么分，请在简报上写清楚。")?)?;
                drive.act(engine, web, &object(Remark::Objection, "意向公告没有写明铺位现在由谁使用。")?)?;
                let board = drive.on_duty(engine, by, |_| true)?;
                drive.act(engine, board, &answer(1, Ruling::Dismissed, "已写入七月简报第二版：收入入集体账，年终按章程分配。")?)?;
                let judge = drive.on_duty(engine, Role::Supervisors, |actor| !actor.is_tied_to(board))?;
                drive.act(engine, judge, &answer(2, Ruling::Dismissed, "经核查，该铺位现空置，台账已公开；异议不成立。")?)?;
                // The drive goes on the day after an answer; here the period has to run to its end first.
                let plan = drive.case.plan(&engine.office().calendar, drive.now)?;
                let eve = plan.first().and_then(|next| next.leave.date()).and_then(|leave| leave.pred_opt());
                let opens = |day| china_midnight(day).checked_add_signed(TimeDelta::hours(9));
                drive.now = eve.and_then(opens).map_or(drive.now, |opens| opens.max(drive.now));
                return Ok(false);
            }
            What::HalfPublished => {
                let poster = drive.on_duty(engine, by, |_| true)?;
                let receipts = drive.receipts(engine, Subject::Step, poster)?;
                let platform = receipts.into_iter().filter(|receipt| receipt.channel == Channel::Platform).collect();
                drive.act(engine, poster, &Command::Note { of: Subject::Step, receipts: platform })?;
            }
            What::TakenDown => {
                let witness = input.register.holders(Role::Witness, sanzi::calendar::china_date(drive.now)).into_iter().next();
                let (Some(witness), Some(posting)) = (witness, drive.case.posting(Subject::Step)) else { return Ok(true) };
                let gone = Receipt::confirmed(Channel::Office, posting.notice(), drive.now, Text::new("公告栏上已看不到这份公告")?);
                drive.act(engine, witness, &Command::Note { of: Subject::Step, receipts: vec![gone.with_status(Status::Removed)] })?;
            }
            What::Terminated => {
                let board = drive.on_duty(engine, Role::Board, |_| true)?;
                let reason = Text::new("区里另有规划，该仓库将统一改造，本次出租终止。")?;
                let decision = Digest::of_bytes(b"minutes of the board");
                drive.act(engine, board, &Command::Terminate(Termination { decision, reason }))?;
                drive.now = drive.now.checked_add_signed(TimeDelta::minutes(30)).unwrap_or(drive.now);
                let receipts = drive.receipts(engine, Subject::Termination, board)?;
                drive.act(engine, board, &Command::Publish { of: Subject::Termination, receipts })?;
            }
        }
        Ok(true)
    }
}
