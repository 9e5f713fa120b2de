//! What can go wrong with a store itself, sorted by what the caller does next.

use std::path::PathBuf;

use super::append::Position;
use crate::ledger::{ChainError, RecordError};
use crate::value::{CaseId, OrgId};

/// Why a store could not answer. Nothing was appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Wait, and try again.
    #[error("the ledger is not available now: {0}")]
    Unavailable(#[from] Unavailable),
    /// Stop, and restore the ledger from a copy: what is stored is not what was appended.
    #[error("the ledger is damaged: {0}")]
    Corrupt(Box<Damage>),
    /// Fix what was given: this is not the ledger that was meant, or it cannot be written.
    #[error("{0}")]
    Invalid(#[from] InvalidStore),
}

/// Why a store has to wait.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// Another program is writing, and did not finish in time.
    #[error("another program is writing to it; try again")]
    Busy,
    /// No space is left.
    #[error("the disk is full; make room and try again")]
    DiskFull,
    /// The operating system reported an error.
    #[error("{0}; try again, and check the disk if it stays")]
    System(String),
}

/// The first thing that was found damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// A record is not readable, or was changed.
    #[error("the record at position {position} (case {case}, version {version}): {cause}")]
    Record {
        /// Its place in the ledger.
        position: Position,
        /// The case it is filed under, as the store says.
        case: String,
        /// The version it is filed under, as the store says.
        version: u64,
        /// What is wrong.
        cause: RecordError,
    },
    /// A record is filed in another place than its own.
    #[error("the record at position {position} (case {case}, version {version}) is filed under another case or version")]
    Misfiled {
        /// Its place in the ledger.
        position: Position,
        /// The case that the record names.
        case: CaseId,
        /// The version that the record names.
        version: u64,
    },
    /// A case's chain is broken.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A position has no record.
    #[error("position {due} has no record")]
    Gap {
        /// The first position that is missing.
        due: Position,
    },
    /// A case has another number of records than its receipts say.
    #[error("case {case} has {found} records, its receipts say {due}")]
    Count {
        /// The case.
        case: CaseId,
        /// As its receipts say.
        due: u64,
        /// As they were found.
        found: u64,
    },
    /// A key or a claim does not belong to a record.
    #[error("{0}")]
    Index(String),
    /// The file itself is not in order.
    #[error("the file is not in order: {0}")]
    File(String),
}

/// Why this is not a ledger that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidStore {
    /// A ledger cannot be created over something else.
    #[error("`{}` exists already: open it, or choose another name", .0.display())]
    Exists(PathBuf),
    /// There is nothing to open.
    #[error("`{}` cannot be opened: {cause}; give the path of a ledger, or create one", .path.display())]
    Missing {
        /// The path that was given.
        path: PathBuf,
        /// What the operating system says.
        cause: String,
    },
    /// Another program's file. Nothing was written to it.
    #[error("this is no ledger but a file of another program ({0}); give another path, or restore it if it was a ledger")]
    Foreign(String),
    /// Another organisation's ledger.
    #[error("this is the ledger of `{found}`, not of `{asked}`: give another path")]
    OtherOrg {
        /// Whose it is.
        found: String,
        /// Whose was asked for.
        asked: OrgId,
    },
    /// Written by a newer version of this program.
    #[error("the ledger has the layout {found}, this program knows {known}: use a newer program")]
    NewerSchema {
        /// The layout's number.
        found: i64,
        /// The newest known.
        known: i64,
    },
    /// The database has no ledger of the organisation.
    #[error("the database has no ledger of `{org}`: create it, or give another database")]
    NoLedger {
        /// Whose was asked for.
        org: OrgId,
    },
    /// There is no way to the database as it was described.
    #[error("the database cannot be reached as asked: {0}; correct the connection string")]
    Connection(String),
    /// The database's own guards refuse it: the record is not one that comes next, or the session may not do this.
    #[error("the database refuses it: {message} ({code})")]
    Guarded {
        /// The SQLSTATE, such as `SZ006` for a step out of order.
        code: String,
        /// What it says.
        message: String,
    },
    /// It cannot be written.
    #[error("the ledger is read-only: give this program the right to write, or read a copy")]
    ReadOnly,
    /// What the store needs is missing.
    #[error("{0}")]
    Unsupported(String),
}

impl From<Damage> for StoreError {
    fn from(damage: Damage) -> StoreError {
        StoreError::Corrupt(Box::new(damage))
    }
}

impl From<ChainError> for StoreError {
    fn from(error: ChainError) -> StoreError {
        Damage::Chain(error).into()
    }
}
