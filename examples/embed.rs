//! A platform that guards its own actions with this crate: its own table and ours in one SQLite file, written in one
//! database transaction, so that there is never an action without its record nor a record without its action.
//!
//! ```text
//! cargo run --example embed
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use sanzi::case::{Command, Office, Opening, Problem};
use sanzi::dongsha::{AssetCheckRecord, Dongsha, Evidence, Role, Step};
use sanzi::register::{Register, Term};
use sanzi::store::sqlite::rusqlite::{Connection, TransactionBehavior};
use sanzi::store::{Answer, SqliteStore, sqlite, verify};
use sanzi::value::{AssetId, CaseId, OrgId, PersonId, PersonName, Text};
use sanzi::{Engine, Error, Prepared};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

/// The platform's service: a connection for its own writes, and an engine that reads the same file.
struct Platform {
    conn: Connection,
    engine: Engine<Dongsha, SqliteStore>,
}

/// What the platform answers to a request.
#[derive(Debug, PartialEq, Eq)]
enum Reply {
    /// Both rows are there.
    Done { version: u64, repeated: bool },
    /// The rules say no: a problem document (RFC 9457).
    Refused(Box<Problem>),
    /// Somebody was faster: the client reads the case and asks again.
    Conflict,
}

impl Platform {
    /// The platform's database; the ledger's tables are made beside its own.
    fn set_up(path: &Path, org: OrgId) -> Result<Platform, Failure> {
        let conn = Connection::open(path)?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.execute_batch("CREATE TABLE platform_action (request TEXT PRIMARY KEY, case_id TEXT, what TEXT, clerk TEXT) STRICT")?;
        sqlite::create_tables_in(&conn, org)?;
        let engine = Engine::new(Office::new(org, register()?)?, SqliteStore::open_within(path, org)?)?;
        Ok(Platform { conn, engine })
    }

    /// Does what a clerk asks for. `fails` stands for anything of the platform's own that goes wrong in between.
    fn handle(&mut self, request: Uuid, case: CaseId, clerk: &Clerk, command: &Command<Dongsha>, fails: bool) -> Result<Reply, Failure> {
        let acting = self.engine.acting(clerk.id, clerk.now);
        // The same request again: a lost answer is given again, and nothing is done twice.
        if self.engine.resolve(request)?.is_some() {
            let again = self.engine.act(request, case, &acting, command)?;
            return Ok(Reply::Done { version: again.receipt.version, repeated: again.receipt.repeated });
        }
        let append = match self.engine.prepare(request, case, &acting, command) {
            Ok(Prepared { append, .. }) => append,
            Err(Error::Refused(refusal)) => return Ok(Reply::Refused(Box::new(Problem::of(&refusal, format!("/cases/{case}"))))),
            Err(error) => return Err(error.into()),
        };
        let org = self.engine.office().org;
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let row = (request.to_string(), case.to_string(), what(command), clerk.id.to_string());
        tx.execute("INSERT INTO platform_action (request, case_id, what, clerk) VALUES (?1, ?2, ?3, ?4)", row)?;
        let answer = sqlite::append_in(&tx, org, &append)?;
        match answer {
            Answer::Appended(_) if fails => {
                tx.rollback()?;
                Err("the platform's own work failed; both rows are rolled back".into())
            }
            Answer::Appended(receipt) => {
                tx.commit()?;
                Ok(Reply::Done { version: receipt.version, repeated: receipt.repeated })
            }
            Answer::Conflict { .. } => {
                tx.rollback()?;
                Ok(Reply::Conflict)
            }
            other => {
                tx.rollback()?;
                Err(format!("{other:?}").into())
            }
        }
    }

    /// How many rows are in the platform's table and in ours.
    fn rows(&self) -> Result<(i64, i64), Failure> {
        let count = |table: &str| self.conn.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0));
        Ok((count("platform_action")?, count("sanzi_record")?))
    }
}

/// Someone whom the platform has authenticated, and the moment of the request.
struct Clerk {
    id: PersonId,
    now: DateTime<Utc>,
}

fn register() -> Result<Register<Role>, Error> {
    let mut register = Register::new();
    let since = Term::since(chrono::NaiveDate::from_ymd_opt(2018, 1, 1).unwrap_or_default());
    for (id, name, role) in [("chen", "陈大文", Role::Board), ("song", "宋主持", Role::TradingCentre)] {
        let id = PersonId::new(id)?;
        register.add(id, PersonName::new(name)?)?.appoint(id, role, since)?;
    }
    Ok(register)
}

fn what(command: &Command<Dongsha>) -> &'static str {
    match command {
        Command::Open(_) => "open",
        Command::Perform { .. } => "perform",
        _ => "other",
    }
}

fn main() -> ExitCode {
    match tempdir().and_then(|dir| tell(&dir.join("platform.sqlite")).and_then(|()| Ok(std::fs::remove_dir_all(dir)?))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn tempdir() -> Result<std::path::PathBuf, Failure> {
    let dir = std::env::temp_dir().join(format!("embed-{}", Uuid::now_v7()));
    std::fs::create_dir(&dir)?;
    Ok(dir)
}

fn tell(path: &Path) -> Result<(), Failure> {
    let mut platform = Platform::set_up(path, OrgId::new("dongtang")?)?;
    let now = "2018-03-05T09:00:00+08:00".parse()?;
    let (chen, song) = (Clerk { id: PersonId::new("chen")?, now }, Clerk { id: PersonId::new("song")?, now });
    let case = CaseId::random();
    let asset = AssetId::new("DT-S-001")?;

    println!("1. 立案 open");
    let open = Command::Open(Opening { asset, title: Text::new("东侧一楼铺位出租")?, intended_bidder: None });
    let reply = platform.handle(Uuid::new_v4(), case, &chen, &open, false)?;
    show(&platform, &reply)?;

    println!("2. 先问再做 check before act: may the trading centre hold the bidding?");
    let asked = platform.engine.check(case, Step::Bidding, &platform.engine.acting(song.id, song.now))?;
    match asked {
        Ok(()) => println!("   yes"),
        Err(refusal) => {
            let missing = refusal.reasons().iter().filter_map(|reason| Some(reason.step.as_ref()?.name.zh.as_ref()));
            println!("   no, {} steps are missing:", refusal.reasons().len());
            missing.for_each(|step| println!("     {step}"));
        }
    }

    println!("3. 越权执行 the trading centre tries to check the asset; the answer is {}", Problem::MEDIA_TYPE);
    let check = Command::Perform { evidence: Evidence::AssetCheck(asset_check(asset)?), done: None };
    let reply = platform.handle(Uuid::new_v4(), case, &song, &check, false)?;
    show(&platform, &reply)?;

    println!("4. 回滚 the platform's own work fails after our append");
    let request = Uuid::new_v4();
    match platform.handle(request, case, &chen, &check, true) {
        Ok(reply) => println!("   {reply:?}"),
        Err(error) => println!("   {error}"),
    }
    show_rows(&platform)?;

    println!("5. 再来一次 the same request again");
    let reply = platform.handle(request, case, &chen, &check, false)?;
    show(&platform, &reply)?;

    println!("6. 重发 the answer was lost, the client sends the same request once more");
    let reply = platform.handle(request, case, &chen, &check, false)?;
    show(&platform, &reply)?;

    let verified = verify(platform.engine.store())?;
    println!("已核验 verified: {} case, {} records", verified.cases, verified.records);
    Ok(())
}

fn asset_check(asset: AssetId) -> Result<AssetCheckRecord, Error> {
    Ok(AssetCheckRecord {
        asset,
        title: Text::new("东侧一楼铺位")?,
        area_centi_m2: 8_000,
        usage: Text::new("商铺")?,
        current_lease_ends: None,
        public_welfare: false,
    })
}

fn show(platform: &Platform, reply: &Reply) -> Result<(), Failure> {
    match reply {
        Reply::Done { version, repeated: false } => println!("   done: the case has version {version}"),
        Reply::Done { version, repeated: true } => println!("   done before: the case had version {version}, nothing was added"),
        Reply::Conflict => println!("   conflict: read the case and ask again"),
        Reply::Refused(problem) => println!("{}", serde_json::to_string_pretty(problem)?),
    }
    show_rows(platform)
}

fn show_rows(platform: &Platform) -> Result<(), Failure> {
    let (theirs, ours) = platform.rows()?;
    println!("   rows: {theirs} in platform_action, {ours} in sanzi_record");
    Ok(())
}
