//! Fifty transactions, each through all sixteen steps, into one ledger that proves it.
//!
//! ```text
//! cargo run --release --example dongtang [-- INPUT.json [LEDGER.sqlite]]
//! ```
//!
//! Without an input it reads `examples/data/dongtang_2018.json`; without a ledger it makes a new one among the temporary
//! files and says where. A ledger that exists is never written over.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::arithmetic_side_effects, reason = "a program for the terminal")]

mod support {
    pub(crate) mod drive;
    pub(crate) mod input;
    pub(crate) mod records;
}

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sanzi::calendar::china_date;
use sanzi::case::{CaseStatus, Event, Office};
use sanzi::dongsha::{ContractRecord, ContractSigning, Dongsha};
use sanzi::policy::Policy;
use sanzi::store::{SqliteStore, Verified, verify};
use sanzi::value::{CaseId, Lang, Money};
use sanzi::{Engine, Error};

use support::drive::{Drive, DriveError};
use support::input::{self, Input, InputError};

const BUILT_IN: &[u8] = include_bytes!("data/dongtang_2018.json");
/// The columns of a terminal.
const WIDTH: u16 = 100;
const USAGE: &str = "usage: dongtang [INPUT.json [LEDGER.sqlite]]";

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{USAGE}")]
    Usage,
    #[error("`{}` cannot be read: {cause}", .path.display())]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("{name}: {cause}")]
    Input { name: String, cause: InputError },
    #[error("transaction no. {no} ({title}) stops: {cause}\nthe ledger keeps what was lawful until then: {}", .ledger.display())]
    Stopped { no: u32, title: String, cause: Box<DriveError>, ledger: PathBuf },
    #[error("the ledger does not say what it should: {0}")]
    Wrong(String),
    #[error("{0}")]
    Ledger(#[from] Error),
}

impl From<sanzi::store::StoreError> for Failure {
    fn from(error: sanzi::store::StoreError) -> Failure {
        Failure::Ledger(error.into())
    }
}

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure @ (Failure::Usage | Failure::Unreadable { .. } | Failure::Input { .. })) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let (input, path) = match arguments {
        [] => (read(None)?, fresh_path()),
        [flag] if flag.starts_with('-') => return Err(Failure::Usage),
        [input] => (read(Some(input))?, fresh_path()),
        [input, ledger] => (read(Some(input))?, PathBuf::from(ledger)),
        _ => return Err(Failure::Usage),
    };
    let office = Office::<Dongsha>::new(input.organisation, input.register.clone()).map_err(Error::from)?;
    let engine = Engine::new(office, SqliteStore::create(&path, input.organisation)?)?;

    let closed = complete_all(&engine, &input, &path)?;
    let lines = closed.iter().zip(&input.transactions).map(|(case, transaction)| Done::of(&engine, *case, transaction.no));
    let done = lines.collect::<Result<Vec<Done>, Failure>>()?;
    print_table(&done);
    let total = Money::total(done.iter().map(|line| line.amount)).map_err(Error::from)?;
    println!("合计 total: {} 笔 transactions, {total} 元 yuan", done.len());

    let policy = Policy::builtin_on(input.transactions.first().map_or_else(Default::default, |first| first.opened)).map_err(Error::from)?;
    for lang in [Lang::Zh, Lang::En] {
        println!("\n{}", sanzi::export::clear_paper::<Dongsha>(&policy, lang));
    }
    drop(engine);
    let verified = check_again(&path, &input, total)?;
    println!("账本 ledger: {}", path.display());
    let Verified { cases, records, .. } = verified;
    println!("已核验 verified: {cases} 宗交易 cases, {records} 条记录 records");
    println!("  每条哈希、每条链均相符，每宗交易从第一条记录重放至办结，无误");
    println!("  every hash and every chain holds, and every case replays from its first record to its end");
    Ok(())
}

fn read(path: Option<&String>) -> Result<Input, Failure> {
    let (name, bytes) = match path {
        None => ("examples/data/dongtang_2018.json".to_owned(), BUILT_IN.to_vec()),
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|cause| Failure::Unreadable { path: path.into(), cause })?;
            (path.clone(), bytes)
        }
    };
    input::parse(&bytes).map_err(|cause| Failure::Input { name, cause })
}

fn fresh_path() -> PathBuf {
    std::env::temp_dir().join(format!("dongtang-{}.sqlite", uuid::Uuid::now_v7()))
}

/// Drives all transactions side by side, always the one whose next act comes first: the ledger is in the order of time.
fn complete_all(engine: &Engine<Dongsha, SqliteStore>, input: &Input, ledger: &Path) -> Result<Vec<CaseId>, Failure> {
    let bar = ProgressBar::with_draw_target(Some(input.transactions.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} 笔 {msg}") {
        bar.set_style(style);
    }
    let mut drives: Vec<Drive<'_>> = input.transactions.iter().map(|transaction| Drive::new(input, transaction)).collect();
    let mut queue: BinaryHeap<_> = drives.iter().enumerate().map(|(place, drive)| Reverse((drive.now, place))).collect();
    while let Some(Reverse((now, place))) = queue.pop() {
        let Some(drive) = drives.get_mut(place) else { continue };
        bar.set_message(china_date(now).to_string());
        let next = drive.turn(engine).and_then(|()| drive.next_moment(&engine.office().calendar));
        match next {
            Ok(Some(next)) => queue.push(Reverse((next, place))),
            Ok(None) => bar.inc(1),
            Err(cause) => {
                bar.finish_and_clear();
                let (no, title) = (drive.transaction.no, drive.transaction.title.to_string());
                return Err(Failure::Stopped { no, title, cause: Box::new(cause), ledger: ledger.to_owned() });
            }
        }
    }
    bar.finish_and_clear();
    Ok(drives.iter().map(|drive| drive.case.id()).collect())
}

/// One line of the table, read back from the ledger.
struct Done {
    no: u32,
    asset: String,
    title: String,
    opened: String,
    closed: String,
    winner: String,
    amount: Money,
    returns: usize,
    notices: usize,
}

impl Done {
    fn of(engine: &Engine<Dongsha, SqliteStore>, id: CaseId, no: u32) -> Result<Done, Failure> {
        let case = engine.load(id)?;
        let history = engine.history(id)?;
        let wrong = |what: &str| Failure::Wrong(format!("transaction no. {no} {what}"));
        let (Some(opening), Some(ContractRecord::Signed(contract))) = (case.opening(), case.record::<ContractSigning>()) else {
            return Err(wrong("has no signed contract"));
        };
        if case.status() != CaseStatus::Closed {
            return Err(wrong("is not closed"));
        }
        let day = |entry: Option<&sanzi::case::Entry<Dongsha>>| entry.map(|entry| china_date(entry.at).to_string()).unwrap_or_default();
        Ok(Done {
            no,
            asset: opening.asset.to_string(),
            title: opening.title.to_string(),
            opened: day(history.first()),
            closed: day(history.last()),
            winner: engine.office().register.name(contract.with).map(|name| name.masked().to_string()).unwrap_or_default(),
            amount: contract.price.times(contract.term_months.max(1).into()).map_err(Error::from)?,
            returns: history.iter().filter(|entry| matches!(entry.event, Event::Advanced { withdrawal: Some(_), .. })).count(),
            notices: history.iter().filter(|entry| matches!(entry.event, Event::Published { .. })).count(),
        })
    }
}

/// One line for each transaction, a rule under the two lines of the heading.
fn print_table(done: &[Done]) {
    let rule = "─".repeat(WIDTH.into());
    println!("{rule}");
    for (number, line) in table(done).lines().enumerate() {
        if number == 2 {
            println!("{rule}");
        }
        println!("{}", line.trim_end());
    }
    println!("{rule}");
}

fn table(done: &[Done]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header([
        "号\nno.",
        "资产\nasset",
        "项目\ntitle",
        "立案\nopened",
        "办结\nclosed",
        "成交人\nwinner",
        "合同价（元）\nyuan",
        "退回\nreturns",
        "公告\nnotices",
    ]);
    for line in done {
        let Done { no, asset, title, opened, closed, winner, amount, returns, notices } = line;
        let returns = if *returns == 0 { "–".to_owned() } else { returns.to_string() };
        table.add_row([&no.to_string(), asset, title, opened, closed, winner, &amount.to_string(), &returns, &notices.to_string()]);
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 1));
    });
    for right in [0, 6, 7, 8] {
        if let Some(column) = table.column_mut(right) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Opens the file anew, as another program would, and checks everything in it.
fn check_again(path: &Path, input: &Input, total: Money) -> Result<Verified, Failure> {
    let store = SqliteStore::open(path, input.organisation)?;
    let verified = verify(&store)?;
    let office = Office::<Dongsha>::new(input.organisation, input.register.clone()).map_err(Error::from)?;
    let engine = Engine::new(office, store)?;
    for case in sanzi::store::Store::cases(engine.store(), sanzi::store::Cases::All)? {
        if engine.load(case)?.status() != CaseStatus::Closed {
            return Err(Failure::Wrong(format!("case {case} is not closed")));
        }
    }
    if verified.cases != input.transactions.len() as u64 || total != input.reported.amount {
        return Err(Failure::Wrong(format!("{} cases and {total} yuan, not what the file reports", verified.cases)));
    }
    Ok(verified)
}
