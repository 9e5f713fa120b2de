//! The board: one ledger, seen by residents, accountants and supervisors, and asked by other programs.

pub(crate) mod access;
pub(crate) mod acts;
pub(crate) mod answers;
pub(crate) mod api;
pub(crate) mod assets;
pub(crate) mod case_page;
pub(crate) mod clock;
pub(crate) mod config;
pub(crate) mod desk;
pub(crate) mod faults;
pub(crate) mod feeds;
pub(crate) mod filing;
pub(crate) mod guards;
pub(crate) mod late;
pub(crate) mod look;
pub(crate) mod pages;
pub(crate) mod papers;
pub(crate) mod problem;
pub(crate) mod reader;
pub(crate) mod sample;
pub(crate) mod seals;
pub(crate) mod told;
pub(crate) mod views;

#[allow(clippy::arithmetic_side_effects, reason = "dates and numbers of the sample, made when the program starts")]
#[path = "../../support"]
pub(crate) mod support {
    pub(crate) mod drive;
    pub(crate) mod input;
    pub(crate) mod records;
}

use std::sync::Arc;

use axum::Router;
use sanzi::Engine;
use sanzi::dongsha::Dongsha;
use sanzi::export::Facts;
use sanzi::ledger::SecretKey;
use sanzi::store::SqliteStore;

use access::{Keys, Sessions};
use clock::Clock;
use config::{Config, ConfigError};
use guards::Often;
use problem::Fault;

pub(crate) type Ledger = Engine<Dongsha, SqliteStore>;
pub(crate) type Shared = Arc<Board>;

/// Where the programs' addresses begin.
pub(crate) const API: &str = "/api/v1";
/// Who enters what residents write at the website: nobody of the register, so nobody's own matter.
pub(crate) const WEB: &str = "web";

/// Who records what the day alone decides: that an objection has risen.
pub(crate) const CLOCK: &str = "clock";

/// Everything that a request may need.
pub(crate) struct Board {
    pub(crate) engine: Ledger,
    pub(crate) clock: Clock,
    pub(crate) facts: Facts,
    pub(crate) keys: Keys,
    pub(crate) sessions: Sessions,
    pub(crate) often: Often,
    pub(crate) seal: Option<SecretKey>,
    pub(crate) audited: late::Audited,
    pub(crate) behind_proxy: bool,
    pub(crate) https: bool,
}

impl Board {
    pub(crate) fn new(engine: Ledger, clock: Clock, config: &Config, seal: Option<SecretKey>) -> Result<Board, ConfigError> {
        Ok(Board {
            engine,
            clock,
            facts: config.facts.clone(),
            keys: Keys::new(&config.tokens)?,
            sessions: Sessions::default(),
            often: Often::new(&config.limits),
            seal,
            audited: late::Audited::default(),
            behind_proxy: config.behind_proxy,
            https: config.https,
        })
    }

    /// What is done now and then: unanswered objections rise, checkpoints are sealed, the ledger is audited, old clients are forgotten.
    pub(crate) fn tidy(&self) -> Result<(), Fault> {
        self.often.forget();
        self.raise_unanswered()?;
        self.seal_if_grown()?;
        self.audit_if_grown()
    }
}

/// The store blocks: it is asked on a thread of its own.
pub(crate) async fn ask<T: Send + 'static>(
    board: &Shared,
    work: impl FnOnce(&Board) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let board = board.clone();
    let stopped = |_| Fault::of_status(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    tokio::task::spawn_blocking(move || work(&board)).await.map_err(stopped)?
}

/// The whole website.
pub(crate) fn site(board: &Shared, config: &Config) -> Router {
    let routes = Router::new()
        .merge(pages::routes())
        .nest("/en", pages::routes())
        .merge(feeds::routes())
        .merge(assets::routes())
        .nest(API, api::routes())
        .fallback(|| async { Fault::not_found() });
    guards::guarded(routes, board, &config.limits)
}
