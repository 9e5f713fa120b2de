//! One connection: how it is made, and the statements it keeps.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use postgres::config::Config;
use postgres::{Client, Statement};

use super::error::{misread, unconnected};
use super::hosts::{Hosts, Warned};
use crate::store::{InvalidStore, StoreError, Unavailable};

type Make = dyn Fn() -> Result<(Client, Warned), StoreError> + Send + Sync;

/// How to connect, and how long the server may take for a statement.
#[derive(Clone)]
pub(super) struct Connect {
    make: Arc<Make>,
    deadline: Duration,
    lost: Lost,
}

/// Who serves a connection: the process, and since when, for numbers are used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backend {
    process: i32,
    since: String,
}

/// Those that may still be at work for nobody.
#[derive(Clone, Debug, Default)]
pub(super) struct Lost(Arc<Mutex<Vec<Backend>>>);

impl Lost {
    pub(super) fn add(&self, backend: Backend) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(backend);
    }

    fn take(&self) -> Vec<Backend> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Idle for longer, and a connection is asked whether it still works before something is sent.
const STALE: Duration = Duration::from_secs(1);

impl Connect {
    /// By a connection string, without TLS.
    pub(super) fn by(text: &str, deadline: Duration) -> Result<Connect, StoreError> {
        let mut config: Config = text.parse().map_err(|error: postgres::Error| misread(&error))?;
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(deadline);
        }
        if config.get_application_name().is_none() {
            config.application_name("sanzi");
        }
        let hosts = Hosts::of(&config, deadline);
        Ok(Connect { make: Arc::new(move || hosts.connect()), deadline, lost: Lost::default() })
    }

    /// By a function of the host's.
    pub(super) fn with(make: impl Fn() -> Result<Client, postgres::Error> + Send + Sync + 'static, deadline: Duration) -> Connect {
        let make = move || Ok((make().map_err(|error| unconnected(&error))?, Warned::default()));
        Connect { make: Arc::new(make), deadline, lost: Lost::default() }
    }

    pub(super) fn lost(&self) -> &Lost {
        &self.lost
    }
}

/// A connection in use by one thread.
pub(super) struct Session {
    client: Client,
    backend: Backend,
    lost: Lost,
    kept: HashMap<&'static str, Statement>,
    used: Instant,
    broken: bool,
    deadline: Duration,
    warned: Warned,
}

impl Session {
    pub(super) fn open(connect: &Connect) -> Result<Session, StoreError> {
        let (mut client, warned) = (connect.make)()?;
        // The server gives up before the caller does: then its answer is exact. Nothing is sent that could be rounded to "never".
        let part = |share: u32| connect.deadline.checked_div(share).unwrap_or_default().as_millis().clamp(1, 86_400_000);
        let settings = format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; SET synchronous_commit = on; \
             SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE; SET client_min_messages = warning",
            part(4).saturating_mul(3).max(1),
            part(2),
            part(1).saturating_mul(2),
        );
        client.batch_execute(&settings)?;
        let sql = "SELECT current_setting('server_encoding'), pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let row = client.query_one(sql, &[])?;
        let encoding: String = row.try_get(0)?;
        let backend = Backend { process: row.try_get(1)?, since: row.try_get(2)? };
        if encoding != "UTF8" {
            return Err(InvalidStore::Unsupported(format!("the database is in {encoding}: create one with the encoding UTF8")).into());
        }
        let (lost, kept, used) = (connect.lost.clone(), HashMap::new(), Instant::now());
        Ok(Session { client, backend, lost, kept, used, broken: false, deadline: connect.deadline, warned })
    }

    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// A statement, prepared once.
    pub(super) fn kept(&mut self, sql: &'static str) -> Result<Statement, postgres::Error> {
        if let Some(known) = self.kept.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.kept.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) fn backend(&self) -> Backend {
        self.backend.clone()
    }

    /// The connection broke while something was under way. It is not used again.
    pub(super) fn broke(&mut self) {
        self.broken = true;
        self.lost.add(self.backend());
    }

    /// Something failed that may be the connection's fault: the next call gets another one.
    pub(super) fn distrust(&mut self) {
        self.broken = true;
    }

    /// Ends on the server what this program has given up, so that it cannot append any more. What is just being committed
    /// holds its ledger's row until that is done.
    pub(super) fn end_lost(&mut self) -> Result<(), postgres::Error> {
        let lost = self.lost.take();
        if lost.is_empty() {
            return Ok(());
        }
        let processes: Vec<i32> = lost.iter().map(|backend| backend.process).collect();
        let since: Vec<&str> = lost.iter().map(|backend| backend.since.as_str()).collect();
        let sql = "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN unnest($1::integer[], $2::text[]) AS l (pid, since)
           ON a.pid = l.pid AND a.backend_start::text = l.since";
        let ended = self.client.query(sql, &[&processes, &since]);
        if ended.is_err() {
            lost.into_iter().for_each(|backend| self.lost.add(backend));
        }
        ended.map(drop)
    }

    /// Whether the server has warned since this was asked last.
    pub(super) fn warned(&self) -> bool {
        self.warned.swap(false, Ordering::AcqRel)
    }

    /// Fails where the server has warned: what was asked holds on this server, and perhaps nowhere else.
    pub(super) fn confirmed(&self) -> Result<(), StoreError> {
        if self.warned() { Err(unconfirmed()) } else { Ok(()) }
    }

    /// Hangs up. A frozen server does not take even that: then a thread is left with it, which ends when the server answers or is gone.
    pub(super) fn leave(self) {
        let (tell, told) = std::sync::mpsc::sync_channel::<()>(1);
        let patience = self.deadline.checked_div(4).unwrap_or_default();
        let parting = move || {
            drop(self);
            drop(tell);
        };
        if std::thread::Builder::new().name("sanzi-leave".to_owned()).spawn(parting).is_ok() {
            let _ = told.recv_timeout(patience);
        }
    }

    /// Whether it can be used. Asks the server where it was not used for a while.
    pub(super) fn works(&mut self) -> bool {
        let fresh = self.used.elapsed() < STALE;
        self.used = Instant::now();
        !self.broken && !self.client.is_closed() && (fresh || self.client.is_valid(self.deadline).is_ok())
    }
}

pub(super) fn unconfirmed() -> StoreError {
    Unavailable::System("no standby has confirmed it in time".to_owned()).into()
}
