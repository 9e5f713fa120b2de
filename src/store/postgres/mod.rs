//! Ledgers of any number of organisations in one PostgreSQL database (15 or later).
//!
//! - **Guarded by the database**: three roles; one function, `sanzi.append`, is the only way in; triggers check every
//!   record's hash, chain, time and step, and refuse every change, for the tables' owner too. The SQL stands beside this
//!   file, and [`Store::check`] compares what is installed with it.
//! - **No global lock**: who appends holds one row of its organisation until COMMIT. Appends that wait for the same
//!   organisation in one program share a commit.
//! - **Every call ends at its deadline**, also where the server is frozen. Then the connection is dropped, and an append is
//!   [`Answer::Indeterminate`]: ask [`Store::recall`]. An append is never sent twice by itself; a read is, where its connection had died.
//! - **No threads**: a call uses a connection in the thread that makes it. Inside an async runtime it takes a thread for the call:
//!   call it from where waiting is allowed.
//! - **Yours too**: [`append_in`] appends inside a transaction of your own; so does `SELECT * FROM sanzi.append(…)`.
//!
//! An administrator runs [`install`] and [`create_ledger`] once; the application connects as a member of `sanzi_app`.
//! A superuser can take every guard away: only a checkpoint that is kept elsewhere shows what was done then.

mod append;
mod check;
mod error;
mod hosts;
mod layout;
mod pool;
mod read;
mod session;
mod tree;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use postgres::Socket;
use postgres::tls::{MakeTlsConnect, TlsConnect};
use uuid::Uuid;

use self::pool::Pool;
use self::session::{Connect, Session};
use super::{Answer, Append, Cases, Position, Receipt, Store, StoreError};
use crate::ledger::{Note, Record, Tile, TileId};
use crate::value::{CaseId, OrgId};

pub use append::append_in;
pub use layout::{Moves, Order, create_ledger, install};
pub use postgres;

/// One organisation's ledger in a PostgreSQL database.
///
/// ```no_run
/// use sanzi::store::PostgresStore;
/// use sanzi::store::postgres::{Order, create_ledger, install};
/// use sanzi::value::OrgId;
///
/// let org = OrgId::new("dongtang")?;
/// let admin = "host=db.example dbname=ledgers user=postgres"; // once
/// install(admin, &[])?;
/// create_ledger(admin, org, Order::Free)?;
/// let store = PostgresStore::open("host=db.example dbname=ledgers user=platform", org)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PostgresStore {
    org: OrgId,
    deadline: Duration,
    pool: Arc<Pool>,
}

/// How many connections, and how long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many calls run at the same time. Each has a connection; more of them wait.
    pub connections: usize,
    /// When every call comes back at the latest. The server is told to give up a little earlier, and to wait for a lock
    /// half as long.
    pub deadline: Duration,
}

impl Default for Settings {
    /// Four connections, ten seconds.
    fn default() -> Settings {
        Settings { connections: 4, deadline: Duration::from_secs(10) }
    }
}

impl PostgresStore {
    /// Opens a ledger by a connection string (`host=… dbname=… user=…`, or a URL), with four connections and ten seconds.
    ///
    /// Of several hosts (`host=a,b,c target_session_attrs=read-write`) the first is used that answers and can be written: that
    /// is how the store finds the new leader of a cluster. They share the deadline: a silent one is passed over after its part
    /// of it, or after `connect_timeout` where that is shorter, and is tried last the next time.
    ///
    /// The connection is not encrypted: use it on a socket or a trusted network; where the string asks for
    /// `sslmode=require`, use [`PostgresStore::over_tls`].
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the string, the database, its layout or its settings cannot be used, or has no ledger of
    /// `org`; [`StoreError::Corrupt`] where guards were changed; [`StoreError::Unavailable`] where nothing answers.
    pub fn open(connection: &str, org: OrgId) -> Result<PostgresStore, StoreError> {
        PostgresStore::with(connection, org, Settings::default())
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// As [`PostgresStore::open`].
    pub fn with(connection: &str, org: OrgId, settings: Settings) -> Result<PostgresStore, StoreError> {
        PostgresStore::start(Connect::by(connection, settings.deadline)?, org, settings)
    }

    /// The same with a TLS connector, used where the connection string asks for TLS (`sslmode=require`).
    ///
    /// The connector is one of the `postgres` crate, such as `postgres-native-tls` or `tokio-postgres-rustls` make.
    ///
    /// # Errors
    /// As [`PostgresStore::open`].
    pub fn over_tls<T>(connection: &str, tls: T, org: OrgId, settings: Settings) -> Result<PostgresStore, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::TlsConnect: Send,
        T::Stream: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        PostgresStore::start(Connect::over(connection, tls, settings.deadline)?, org, settings)
    }

    fn start(connect: Connect, org: OrgId, settings: Settings) -> Result<PostgresStore, StoreError> {
        let pool = Arc::new(Pool::new(connect, settings.connections));
        let store = PostgresStore { org, deadline: settings.deadline, pool };
        store.call(move |session| layout::check_open(session, org))?;
        Ok(store)
    }

    /// Another organisation's ledger in the same database, over the same connections.
    ///
    /// # Errors
    /// [`InvalidStore::NoLedger`](super::InvalidStore::NoLedger) where there is none.
    pub fn ledger_of(&self, org: OrgId) -> Result<PostgresStore, StoreError> {
        self.call(move |session| layout::check_org(session, org))?;
        Ok(PostgresStore { org, deadline: self.deadline, pool: Arc::clone(&self.pool) })
    }

    /// What can be done twice without harm: it is, where a connection proves to have died since its last use.
    fn call<T: Send>(&self, work: impl FnMut(&mut Session) -> Result<T, StoreError> + Send) -> Result<T, StoreError> {
        self.pool.call(self.deadline, true, work)
    }
}

impl Store for PostgresStore {
    fn org(&self) -> OrgId {
        self.org
    }

    fn append(&self, batch: &Append) -> Result<Answer, StoreError> {
        match batch.check(self.org) {
            Err(flaw) => Ok(Answer::Refused(flaw.into())),
            Ok(()) => self.pool.append(self.org, batch, self.deadline),
        }
    }

    fn read(&self, case: CaseId) -> Result<Vec<Record>, StoreError> {
        let org = self.org;
        self.call(move |session| read::read(session, org, case))
    }

    /// Waits for an append with the key that is still under way on the server.
    fn recall(&self, key: Uuid) -> Result<Option<Receipt>, StoreError> {
        let org = self.org;
        self.call(move |session| append::recall(session, org, key))
    }

    fn scan(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError> {
        let org = self.org;
        self.call(move |session| read::scan(session, org, after, limit))
    }

    fn cases(&self, which: Cases) -> Result<Vec<CaseId>, StoreError> {
        let org = self.org;
        self.call(move |session| read::cases(session, org, which))
    }

    fn last(&self) -> Result<Position, StoreError> {
        let org = self.org;
        self.call(move |session| tree::last(session, org))
    }

    fn position_of(&self, case: CaseId, version: u64) -> Result<Option<Position>, StoreError> {
        let org = self.org;
        self.call(move |session| tree::position_of(session, org, case, version))
    }

    fn tile(&self, at: TileId) -> Result<Option<Vec<u8>>, StoreError> {
        let org = self.org;
        self.call(move |session| tree::tile(session, org, at))
    }

    // A tile that is there already stays as it is.
    fn keep_tiles(&self, tiles: &[Tile]) -> Result<(), StoreError> {
        let org = self.org;
        self.call(move |session| tree::keep_tiles(session, org, tiles))
    }

    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<Note>, StoreError> {
        let org = self.org;
        self.call(move |session| tree::checkpoints(session, org, from, limit))
    }

    fn latest_checkpoint(&self) -> Result<Option<Note>, StoreError> {
        let org = self.org;
        self.call(move |session| tree::latest_checkpoint(session, org))
    }

    fn keep_checkpoint(&self, size: u64, note: &Note) -> Result<(), StoreError> {
        let (org, note) = (self.org, note.to_string());
        // Once only: sent again, it could come after one of the same size that has more signatures.
        self.pool.call(self.deadline, false, move |session| tree::keep_checkpoint(session, org, size, &note))
    }

    /// Reads everything within one deadline: give the store a long one to check a large ledger.
    fn check(&self) -> Result<(), StoreError> {
        let org = self.org;
        self.call(move |session| check::check(session, org))
    }
}

/// The pages of the book; their code is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/src/postgres.md")]
struct Page;
#[cfg(doctest)]
#[doc = include_str!("../../../docs/src/cluster.md")]
struct Cluster;
