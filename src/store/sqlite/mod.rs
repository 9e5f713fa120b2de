//! A ledger in one SQLite file, which any number of threads and programs can share.
//!
//! - **Durable**: write-ahead log, `synchronous=FULL`. An answer is given after COMMIT has returned.
//! - **Fast together**: callers that wait for the disk at the same time share one commit.
//! - **Readable**: seven STRICT tables, made by `layout.sql` and `tree.sql` in this folder, which the `sqlite3` shell shows. Triggers
//!   refuse every change to a row; who removes the triggers is found out when the file is opened, and who changes a
//!   record when it is read.
//! - **Yours too**: [`append_in`] appends inside a transaction of your own database. That function and
//!   [`create_tables_in`] are the one place where this crate shows a type of a dependency, [`rusqlite`].
//! - **Copied while it is used**: [`SqliteStore::backup`] copies one moment of it, and verifies the copy.
//!
//! What no file can show by itself: that its end was cut off, or that all of it is an old copy. A damaged write-ahead
//! log cuts the end too. Compare [`verify`](super::verify)'s figures, or a checkpoint, with what was kept elsewhere.

mod append;
mod backup;
mod check;
mod error;
mod group;
mod layout;
mod read;
mod tail;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use uuid::Uuid;

use self::group::{Group, lock};
use super::{Answer, Append, Cases, Damage, InvalidStore, Position, Receipt, Store, StoreError};
use crate::ledger::{Note, Record, Tile, TileId};
use crate::value::{CaseId, OrgId};

pub use append::append_in;
pub use layout::create_tables_in;
pub use rusqlite;

/// A ledger in an SQLite file.
///
/// ```no_run
/// use sanzi::store::SqliteStore;
/// use sanzi::value::OrgId;
///
/// let org = OrgId::new("dongtang")?;
/// SqliteStore::create("ledger.sqlite", org)?; // once
/// let store = SqliteStore::open("ledger.sqlite", org)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    org: OrgId,
    wait: Duration,
    /// The file is ours alone, not a host's database with our tables in it.
    ours: bool,
    group: Group,
    writer: Mutex<Option<Connection>>,
    readers: Mutex<Vec<Connection>>,
}

/// Connections kept for later reads.
const READERS: usize = 4;

impl SqliteStore {
    /// How long a call waits while another program writes, unless [`SqliteStore::waiting`] says otherwise.
    pub const WAIT: Duration = Duration::from_secs(5);

    /// Makes a new ledger, and opens it.
    ///
    /// # Errors
    /// [`InvalidStore::Exists`] where the path is taken; otherwise as SQLite fails.
    pub fn create(path: impl AsRef<Path>, org: OrgId) -> Result<SqliteStore, StoreError> {
        let path = path.as_ref();
        if path.to_str().is_none_or(|name| name.starts_with(':') || name.is_empty()) {
            let reason = "a ledger is a file with a name; for one in memory use a MemoryStore";
            return Err(InvalidStore::Unsupported(reason.to_owned()).into());
        }
        std::fs::File::create_new(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => InvalidStore::Exists(path.to_owned()),
            _ => InvalidStore::Missing { path: path.to_owned(), cause: error.to_string() },
        })?;
        let mut conn = connect(path, SqliteStore::WAIT)?;
        // Before the write-ahead log is turned on: so the file's own first page says whose it is, whatever happens.
        let tx = conn.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        tx.pragma_update(None, "application_id", layout::APPLICATION)?;
        tx.pragma_update(None, "user_version", layout::LAYOUT)?;
        create_tables_in(&tx, org)?;
        tx.commit()?;
        drop(conn);
        SqliteStore::open(path, org)
    }

    /// Opens a ledger that [`SqliteStore::create`] made. Another program's file is not written to.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where it is not `org`'s ledger, is of a newer layout, or cannot be written;
    /// [`StoreError::Corrupt`] where the tables or their guards were changed.
    pub fn open(path: impl AsRef<Path>, org: OrgId) -> Result<SqliteStore, StoreError> {
        SqliteStore::opened(path.as_ref(), org, true)
    }

    /// Opens the ledger inside a database of yours, where [`create_tables_in`] made its tables. Your journal mode stays.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_within(path: impl AsRef<Path>, org: OrgId) -> Result<SqliteStore, StoreError> {
        SqliteStore::opened(path.as_ref(), org, false)
    }

    /// The same store with another time to wait while another program writes; then it is [`Unavailable::Busy`](super::Unavailable::Busy).
    #[must_use]
    pub fn waiting(mut self, wait: Duration) -> SqliteStore {
        // SQLite counts milliseconds in 32 bits.
        self.wait = wait.min(Duration::from_secs(86_400));
        // Connections take the time over when they are opened.
        *lock(&self.writer) = None;
        lock(&self.readers).clear();
        self
    }

    fn opened(path: &Path, org: OrgId, ours: bool) -> Result<SqliteStore, StoreError> {
        layout::check_head(path, ours)?;
        let store = SqliteStore {
            path: path.to_owned(),
            org,
            wait: SqliteStore::WAIT,
            ours,
            group: Group::default(),
            writer: Mutex::new(None),
            readers: Mutex::new(Vec::new()),
        };
        *lock(&store.writer) = Some(store.connect()?);
        Ok(store)
    }

    /// A connection to the file, with everything checked that can be checked without reading records.
    fn connect(&self) -> Result<Connection, StoreError> {
        let conn = connect(&self.path, self.wait)?;
        if conn.is_readonly("main")? {
            return Err(InvalidStore::ReadOnly.into());
        }
        layout::bring_up_to_date(&conn, self.org, self.ours)?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.set_prepared_statement_cache_capacity(32);
        if self.ours {
            // A newer program's number can still be in the write-ahead log, where the file's first page does not show it.
            let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
            if found > layout::LAYOUT {
                return Err(InvalidStore::NewerSchema { found, known: layout::LAYOUT }.into());
            }
            let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
            if mode != "wal" {
                return Err(
                    InvalidStore::Unsupported("this disk has no shared memory for a write-ahead log: use a local one".to_owned()).into()
                );
            }
        }
        Ok(conn)
    }

    /// Runs `work` on a connection for reading, which never waits for a writer.
    fn reading<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = lock(&self.readers).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => {
                let conn = self.connect()?;
                conn.pragma_update(None, "query_only", true)?;
                conn
            }
        };
        let done = work(&conn)?;
        let mut readers = lock(&self.readers);
        if readers.len() < READERS {
            readers.push(conn);
        }
        Ok(done)
    }

    /// Runs `work` on the connection for writing, and opens it where the last one was given up.
    fn writing<T>(&self, work: impl FnOnce(&mut Option<Connection>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut writer = lock(&self.writer);
        if writer.is_none() {
            *writer = Some(self.connect()?);
        }
        work(&mut writer)
    }

    /// Keeps what belongs to the tree. Done again after a failure, it does no harm: so one is enough to report.
    fn keeping(&self, work: impl FnOnce(&Connection) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.writing(|writer| {
            let Some(conn) = writer.as_mut() else { return Err(no_answer()) };
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            work(&tx)?;
            let Err(failure) = tx.commit() else { return Ok(()) };
            if !error::undone(&failure) {
                *writer = None;
            }
            Err(failure.into())
        })
    }

    /// Answers each batch. One that meets a damage does not spoil the others: then each goes alone.
    fn commit(&self, batches: &[&Append]) -> Vec<Result<Answer, StoreError>> {
        match self.commit_together(batches) {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(StoreError::Corrupt(_)) if batches.len() > 1 => {
                batches.iter().map(|batch| self.commit_together(&[*batch])?.pop().ok_or_else(no_answer)).collect()
            }
            Err(error) => batches.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    fn commit_together(&self, batches: &[&Append]) -> Result<Vec<Answer>, StoreError> {
        self.writing(|writer| {
            let Some(conn) = writer.as_mut() else { return Err(no_answer()) };
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut answers = Vec::with_capacity(batches.len());
            for batch in batches {
                answers.push(append::append(&tx, batch)?);
            }
            let new = |answer: &Answer| matches!(answer, Answer::Appended(receipt) if !receipt.repeated);
            if !answers.iter().any(new) {
                tx.rollback()?;
                return Ok(answers);
            }
            let Err(failure) = tx.commit() else { return Ok(answers) };
            if error::undone(&failure) {
                return Err(failure.into());
            }
            // Give the connection up. Whoever recalls the key decides; so does the next commit.
            *writer = None;
            let unknown =
                |(answer, batch): (Answer, &&Append)| if new(&answer) { Answer::Indeterminate { key: batch.key } } else { answer };
            Ok(answers.into_iter().zip(batches).map(unknown).collect())
        })
    }
}

fn no_answer() -> StoreError {
    Damage::File("the connection gave no answer".to_owned()).into()
}

fn connect(path: &Path, wait: Duration) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(wait)?;
    // A plan does not depend on the values bound. Otherwise SQLite 3.54 makes a new plan for every use of a kept statement
    // that compares a column with a parameter, which costs more than the statement itself.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(conn)
}

impl Store for SqliteStore {
    fn org(&self) -> OrgId {
        self.org
    }

    fn append(&self, batch: &Append) -> Result<Answer, StoreError> {
        match batch.check(self.org) {
            Err(flaw) => Ok(Answer::Refused(flaw.into())),
            Ok(()) => self.group.submit(batch, |batches| self.commit(batches)),
        }
    }

    fn read(&self, case: CaseId) -> Result<Vec<Record>, StoreError> {
        self.reading(|conn| read::read(conn, self.org, case))
    }

    /// Where a commit has failed, or its program was killed in it, the end of the log may hold what is not visible now and would be
    /// after a crash. What is visible stays; of the rest this makes sure that nobody will ever see it.
    fn recall(&self, key: Uuid) -> Result<Option<Receipt>, StoreError> {
        let found = self.reading(|conn| append::receipt_of(conn, key))?;
        if found.is_some() || !self.reading(tail::in_doubt)? {
            return Ok(found);
        }
        // If it is only being committed, this waits until that is done.
        self.keeping(|tx| if self.reading(tail::in_doubt)? { tail::overwrite(tx) } else { Ok(()) })?;
        self.reading(|conn| append::receipt_of(conn, key))
    }

    fn scan(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError> {
        self.reading(|conn| read::scan(conn, self.org, after, limit))
    }

    fn cases(&self, which: Cases) -> Result<Vec<CaseId>, StoreError> {
        self.reading(|conn| read::cases(conn, which))
    }

    fn last(&self) -> Result<Position, StoreError> {
        self.reading(read::last)
    }

    fn position_of(&self, case: CaseId, version: u64) -> Result<Option<Position>, StoreError> {
        self.reading(|conn| read::position_of(conn, case, version))
    }

    fn tile(&self, at: TileId) -> Result<Option<Vec<u8>>, StoreError> {
        self.reading(|conn| tree::tile(conn, at))
    }

    fn keep_tiles(&self, tiles: &[Tile]) -> Result<(), StoreError> {
        self.keeping(|conn| tree::keep_tiles(conn, tiles))
    }

    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<Note>, StoreError> {
        self.reading(|conn| tree::checkpoints(conn, from, limit))
    }

    fn latest_checkpoint(&self) -> Result<Option<Note>, StoreError> {
        self.reading(tree::latest_checkpoint)
    }

    fn keep_checkpoint(&self, size: u64, note: &Note) -> Result<(), StoreError> {
        self.keeping(|conn| tree::keep_checkpoint(conn, size, note))
    }

    fn check(&self) -> Result<(), StoreError> {
        self.reading(check::check)
    }
}

/// The book's code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/src/sqlite.md")]
struct Book;
