//! The board: a public website over one ledger, and the guard by HTTP for other programs.
//!
//! ```text
//! cargo run --release --features pages --example board
//! ```
//!
//! Without arguments it makes a sample ledger among the temporary files, prints its address and some tokens, and its clock
//! begins on a day of 2018, so that the sample's periods are running. For an office:
//!
//! ```text
//! board --ledger LEDGER.sqlite --people PEOPLE.json --config BOARD.toml [--listen 127.0.0.1:8016]
//! board --new-token PERSON        prints a token and the lines for BOARD.toml
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod app;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use sanzi::case::Office;
use sanzi::dongsha::Dongsha;
use sanzi::store::SqliteStore;
use sanzi::value::PersonId;
use sanzi::{Engine, Error};

use app::access::{Rights, mint};
use app::clock::Clock;
use app::config::{Config, ConfigError, Limits, TokenEntry};
use app::sample::{self, SampleError};
use app::support::input;
use app::{Board, Ledger, Shared};

const LISTEN: &str = "127.0.0.1:8016";
/// How often checkpoints are sealed and the ledger is audited, where it has grown.
const TIDY: Duration = Duration::from_secs(60);
const USAGE: &str = "usage: board [--ledger FILE --people FILE.json --config FILE.toml] [--listen ADDRESS] [--requests-per-second N]
       board --sample FILE        makes the sample's ledger at FILE, or opens it again
       board --new-token PERSON   prints a new token, and the lines for the configuration";

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{USAGE}")]
    Usage,
    #[error(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{name}: {cause}")]
    People { name: String, cause: input::InputError },
    #[error(transparent)]
    Ledger(#[from] Error),
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    #[error("{0}: {1}")]
    Listen(String, std::io::Error),
    #[error("the ledger: {0}")]
    Tidy(String),
}

/// What the command line asks for.
#[derive(Default)]
struct Wanted {
    ledger: Option<PathBuf>,
    people: Option<PathBuf>,
    config: Option<PathBuf>,
    sample: Option<PathBuf>,
    listen: Option<String>,
    new_token: Option<String>,
    requests: Option<String>,
}

fn main() -> ExitCode {
    let started = wanted(std::env::args().skip(1)).and_then(run);
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            if matches!(failure, Failure::Usage) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, Failure> {
    let mut wanted = Wanted::default();
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or(Failure::Usage)?;
        match flag.as_str() {
            "--ledger" => wanted.ledger = Some(value.into()),
            "--people" => wanted.people = Some(value.into()),
            "--config" => wanted.config = Some(value.into()),
            "--sample" => wanted.sample = Some(value.into()),
            "--listen" => wanted.listen = Some(value),
            "--new-token" => wanted.new_token = Some(value),
            "--requests-per-second" => wanted.requests = Some(value),
            _ => return Err(Failure::Usage),
        }
    }
    Ok(wanted)
}

fn run(wanted: Wanted) -> Result<(), Failure> {
    if let Some(person) = &wanted.new_token {
        return new_token(person);
    }
    let listen = wanted.listen.clone().unwrap_or_else(|| LISTEN.to_owned());
    let (board, config) = match (&wanted.ledger, &wanted.people, &wanted.config) {
        (Some(ledger), Some(people), Some(config)) => of_an_office(ledger, people, config)?,
        (None, None, None) => of_the_sample(wanted.sample.as_deref(), &listen, wanted.requests.as_deref())?,
        _ => return Err(Failure::Usage),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Failure::Listen(listen.clone(), error))?;
    runtime.block_on(serve(Arc::new(board), &config, &listen))
}

fn new_token(person: &str) -> Result<(), Failure> {
    let person = PersonId::new(person).map_err(Error::from)?;
    let (token, kept) = mint()?;
    println!("令牌 token: {token}\n\n[[tokens]]\nperson = \"{person}\"\nrights = \"act\"\nsha256 = \"{kept}\"");
    Ok(())
}

fn of_an_office(ledger: &Path, people: &Path, config: &Path) -> Result<(Board, Config), Failure> {
    let config = Config::read(config)?;
    let input = input::parse(app::config::read(people)?.as_bytes())
        .map_err(|cause| Failure::People { name: people.display().to_string(), cause })?;
    let office = Office::<Dongsha>::new(input.organisation, input.register).map_err(Error::from)?;
    let store =
        if ledger.exists() { SqliteStore::open(ledger, input.organisation) } else { SqliteStore::create(ledger, input.organisation) };
    let engine = Engine::new(office, store.map_err(Error::from)?)?;
    let seal = config.key()?;
    Ok((Board::new(engine, Clock::real(), &config, seal)?, config))
}

/// Who gets a token in the sample, and what for.
const SAMPLE_TOKENS: [(&str, Rights, &str); 7] = [
    ("chen", Rights::Act, "理事会 board"),
    ("guan", Rights::Act, "监事会 supervisors"),
    ("li", Rights::Act, "三资管理员 asset clerk"),
    ("fang", Rights::Act, "街道“三资”办 street office"),
    ("song", Rights::Act, "交易服务中心 trading centre"),
    ("tan", Rights::Ask, "财务人员，只能查询 finance staff, to ask only"),
    ("", Rights::Platform, "平台，用 Sanzi-Person 说明是谁办理 a platform, says who acts"),
];

fn of_the_sample(path: Option<&Path>, listen: &str, requests: Option<&str>) -> Result<(Board, Config), Failure> {
    let path = path.map_or_else(|| std::env::temp_dir().join(format!("sanzi-board-{}.sqlite", uuid::Uuid::now_v7())), PathBuf::from);
    let engine: Ledger = if path.exists() {
        let office = sample::office()?;
        let store = SqliteStore::open(&path, office.org).map_err(Error::from)?;
        Engine::new(office, store)?
    } else {
        println!("示例账本 making the sample's ledger: {}", path.display());
        sample::write(&path)?
    };
    let mut tokens = Vec::new();
    for (person, rights, what) in SAMPLE_TOKENS {
        let (token, sha256) = mint()?;
        println!("令牌 token {person:>5} {token}  {what}");
        let person = if person.is_empty() { None } else { Some(PersonId::new(person).map_err(Error::from)?) };
        tokens.push(TokenEntry { sha256, rights, person });
    }
    let mut limits = Limits::default();
    if let Some(requests) = requests {
        limits.requests_per_second = requests.parse().map_err(|_| Failure::Usage)?;
        limits.burst = limits.requests_per_second;
    }
    let facts = sample::facts(&format!("http://{listen}"))?;
    let config = Config { facts, log_key: None, behind_proxy: false, https: false, limits, tokens };
    Ok((Board::new(engine, Clock::starting_at(sample::today()), &config, sample::key())?, config))
}

async fn serve(board: Shared, config: &Config, listen: &str) -> Result<(), Failure> {
    let failed = |error| Failure::Listen(listen.to_owned(), error);
    let first = board.clone();
    let tidied = tokio::task::spawn_blocking(move || first.tidy()).await;
    if let Ok(Err(fault)) = tidied {
        return Err(Failure::Tidy(fault.detail.en.into_owned()));
    }
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    println!("公示栏 the board: http://{address}/   English: http://{address}/en   API: http://{address}{}/openapi.json", app::API);
    tokio::spawn(tidy_now_and_then(board.clone()));
    let site = app::site(&board, config).into_make_service_with_connect_info::<SocketAddr>();
    let stop = async {
        // Without a signal handler it is stopped the hard way; what was acknowledged is durable.
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, site).with_graceful_shutdown(stop).await.map_err(failed)
}

async fn tidy_now_and_then(board: Shared) {
    let mut tick = tokio::time::interval(TIDY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let board = board.clone();
        match tokio::task::spawn_blocking(move || board.tidy()).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => eprintln!("账本 the ledger: {} / {}", fault.detail.zh, fault.detail.en),
            Err(error) => eprintln!("{error}"),
        }
    }
}
