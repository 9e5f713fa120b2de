//! One connection: how it is made, and the statements it keeps.
//!
//! It is driven by the thread that uses it, and only while it does: every wait has an end, whatever the server does, and no
//! other thread stands between a caller and the server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use postgres::error::Severity;
use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres::types::ToSql;
use postgres::{Error, NoTls, Row, Socket, Statement};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Config, ToStatement};

use super::error::{Fault, misread};
use super::hosts::{Doubt, Hosts};
use crate::store::{InvalidStore, StoreError, Unavailable};

/// Set when the server has warned on this connection: a wait for its standbys was cut short.
type Warned = Arc<AtomicBool>;
type Make = dyn Fn(&Runtime, Instant) -> Result<(Client, JoinHandle<()>, Warned, Doubt), StoreError> + Send + Sync;

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

/// How long a connection that is no longer needed may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(50);

impl Connect {
    /// By a connection string, without TLS.
    pub(super) fn by(text: &str, deadline: Duration) -> Result<Connect, StoreError> {
        Connect::over(text, NoTls, deadline)
    }

    /// By a connection string, over TLS where the string asks for it.
    pub(super) fn over<T>(text: &str, tls: T, deadline: Duration) -> Result<Connect, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::TlsConnect: Send,
        T::Stream: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let mut config: Config = text.parse().map_err(|error: Error| misread(&error))?;
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(deadline);
        }
        if config.get_application_name().is_none() {
            config.application_name("sanzi");
        }
        let hosts = Hosts::of(&config);
        let make = move |runtime: &Runtime, until: Instant| {
            let (client, mut connection, doubt) = runtime.block_on(hosts.connect(&tls, until))?;
            let warned = Warned::default();
            let seen = Arc::clone(&warned);
            let driven = runtime.spawn(async move {
                while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                    if let AsyncMessage::Notice(notice) = message
                        && notice.parsed_severity() == Some(Severity::Warning)
                    {
                        seen.store(true, Ordering::Release);
                    }
                }
            });
            Ok((client, driven, warned, doubt))
        };
        Ok(Connect { make: Arc::new(make), deadline, lost: Lost::default() })
    }

    pub(super) fn lost(&self) -> &Lost {
        &self.lost
    }
}

struct Wire {
    client: Client,
    runtime: Runtime,
    driven: JoinHandle<()>,
}

/// A connection in use by one thread.
pub(super) struct Session {
    /// The client, what drives its connection while a thread waits for it, and the task that does; taken when the session ends.
    wire: Option<Wire>,
    backend: Backend,
    lost: Lost,
    kept: HashMap<&'static str, Statement>,
    until: Instant,
    broken: bool,
    warned: Warned,
    doubt: Doubt,
}

impl Session {
    pub(super) fn open(connect: &Connect, until: Instant) -> Result<Session, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Unavailable::System(error.to_string()))?;
        let (client, driven, warned, doubt) = match (connect.make)(&runtime, until) {
            Ok(made) => made,
            Err(error) => {
                // Dropped, it would wait for a name that is still being looked up.
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let backend = Backend { process: 0, since: String::new() };
        let (wire, lost, kept) = (Some(Wire { client, runtime, driven }), connect.lost.clone(), HashMap::new());
        let mut session = Session { wire, backend, lost, kept, until, broken: false, warned, doubt };
        // The server gives up before the caller does: then its answer is exact. Nothing is sent that could be rounded to "never".
        let part = |share: u32| connect.deadline.checked_div(share).unwrap_or_default().as_millis().clamp(1, 86_400_000);
        let settings = format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; SET synchronous_commit = on; \
             SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE; SET client_min_messages = warning",
            part(4).saturating_mul(3).max(1),
            part(2),
            part(1).saturating_mul(2),
        );
        session.batch(&settings)?;
        let sql = "SELECT current_setting('server_encoding'), pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let row = session.one(sql, &[])?;
        let encoding: String = row.try_get(0)?;
        session.backend = Backend { process: row.try_get(1)?, since: row.try_get(2)? };
        if encoding != "UTF8" {
            return Err(InvalidStore::Unsupported(format!("the database is in {encoding}: create one with the encoding UTF8")).into());
        }
        Ok(session)
    }

    /// Waits for the server, and not for longer than this call may take.
    fn wait<T>(&mut self, asked: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, Fault> {
        let (Some(Wire { client, runtime, .. }), until) = (&self.wire, self.until) else { return Err(Fault::Late) };
        let answered = runtime.block_on(async { tokio::time::timeout_at(until.into(), asked(client)).await });
        match answered {
            Ok(answer) => Ok(answer?),
            Err(_) => {
                self.doubt.note();
                self.broke();
                Err(Fault::Late)
            }
        }
    }

    pub(super) fn query(&mut self, statement: &(impl ToStatement + ?Sized), with: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Fault> {
        self.wait(async |client| client.query(statement, with).await)
    }

    pub(super) fn one(&mut self, statement: &(impl ToStatement + ?Sized), with: &[&(dyn ToSql + Sync)]) -> Result<Row, Fault> {
        self.wait(async |client| client.query_one(statement, with).await)
    }

    pub(super) fn maybe(&mut self, statement: &(impl ToStatement + ?Sized), with: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, Fault> {
        self.wait(async |client| client.query_opt(statement, with).await)
    }

    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.wait(async |client| client.batch_execute(sql).await)
    }

    /// All of the work in one transaction. Where it fails the connection ends, and the transaction with it.
    pub(super) fn within<T>(&mut self, begin: &str, work: impl FnOnce(&mut Session) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.batch(begin)?;
        let done = work(self).and_then(|done| Ok(self.batch("COMMIT").map(|()| done)?));
        if done.is_err() {
            self.distrust();
        }
        done
    }

    /// A statement, prepared once.
    pub(super) fn kept(&mut self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(known) = self.kept.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.wait(async |client| client.prepare(sql).await)?;
        self.kept.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) fn backend(&self) -> Backend {
        self.backend.clone()
    }

    /// The connection broke while something was under way. It is not used again.
    pub(super) fn broke(&mut self) {
        if !self.broken {
            self.broken = true;
            self.lost.add(self.backend());
        }
    }

    /// Something failed that may be the connection's fault: the next call gets another one.
    pub(super) fn distrust(&mut self) {
        self.broken = true;
    }

    /// Ends on the server what this program has given up, so that it cannot append any more. What is just being committed
    /// holds its ledger's row until that is done.
    pub(super) fn end_lost(&mut self) -> Result<(), Fault> {
        let lost = self.lost.take();
        if lost.is_empty() {
            return Ok(());
        }
        let processes: Vec<i32> = lost.iter().map(|backend| backend.process).collect();
        let since: Vec<&str> = lost.iter().map(|backend| backend.since.as_str()).collect();
        let sql = "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN unnest($1::integer[], $2::text[]) AS l (pid, since)
           ON a.pid = l.pid AND a.backend_start::text = l.since";
        let ended = self.query(sql, &[&processes, &since]);
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
    pub(super) fn confirmed(&mut self) -> Result<(), StoreError> {
        if !self.warned() {
            return Ok(());
        }
        // It may be a former leader that goes on alone: the next call looks at the other servers first.
        self.doubt.note();
        self.distrust();
        Err(unconfirmed())
    }

    /// Whether it can be kept for another call.
    pub(super) fn sound(&self) -> bool {
        !self.broken
    }

    /// Whether it can be used, until then: looks at what has come from the server since its last use, and sends nothing.
    pub(super) fn works(&mut self, until: Instant) -> bool {
        self.until = until;
        let Some(Wire { client, runtime, .. }) = self.wire.as_ref().filter(|_| !self.broken) else { return false };
        // Once for what has come to be seen, once for the connection to act on it.
        runtime.block_on(async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        !client.is_closed()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(Wire { client, runtime, driven }) = self.wire.take() else { return };
        drop(client);
        if !self.broken && !inside_a_runtime() {
            // The connection says goodbye to the server when its client is gone.
            let _ = runtime.block_on(async { tokio::time::timeout(GOODBYE, driven).await });
        }
        // Does not wait: a thread of it may hang in looking a name up.
        runtime.shutdown_background();
    }
}

pub(super) fn unconfirmed() -> StoreError {
    Unavailable::System("no standby has confirmed it in time".to_owned()).into()
}

/// Whether this thread belongs to an async runtime of the host's, where it may not wait for another one.
pub(super) fn inside_a_runtime() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}
