//! The union of every layer's error, and what a caller does about each kind.

use uuid::Uuid;

use crate::calendar::CalendarError;
use crate::case::{Refusal, ReplayError};
use crate::ledger::{OrderError, PermitError, RecordError};
use crate::policy::PolicyError;
use crate::register::RegisterError;
use crate::store::{self, LogError, StoreError};
use crate::value::{CaseId, DigestError, IdError, MoneyError, OrgId, TextError};

/// Everything that can go wrong when an [`Engine`](crate::Engine) acts, and every error of the layers below it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules say no; every reason is in it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else was faster: load the case and decide again.
    #[error("case {case} has moved on from version {expected} to {actual}: load it and decide again")]
    Conflict {
        /// The case.
        case: CaseId,
        /// The version that was decided on.
        expected: u64,
        /// The version now.
        actual: u64,
    },
    /// Whether it was recorded is not known: ask [`Engine::resolve`](crate::Engine::resolve) with the key, or send it again with the same key.
    #[error("whether the command was recorded is not known: resolve it by its key {key}")]
    Indeterminate {
        /// The idempotency key.
        key: Uuid,
    },
    /// The key belongs to another command, or another case holds the asset.
    #[error(transparent)]
    NotAppended(#[from] store::Refusal),
    /// No such case.
    #[error("case {0} is not in this ledger: open it first, or check the number")]
    UnknownCase(CaseId),
    /// The store is another organisation's.
    #[error("the store is the ledger of {found}, the office is of {expected}: use the office's own store")]
    OtherOrg {
        /// The office's.
        expected: OrgId,
        /// The store's.
        found: OrgId,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record that cannot be written or read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A signature under a command.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A permit that cannot be given.
    #[error(transparent)]
    Permit(#[from] PermitError),
    /// The tree over the ledger.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A history that cannot be.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// An amount.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// An identifier.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// What a caller does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Read the reasons; somebody has to act, or time has to pass.
    Refused,
    /// Load and decide again.
    Conflict,
    /// Resolve by the key.
    Indeterminate,
    /// Wait, then try again.
    Unavailable,
    /// Stop: the ledger is damaged.
    Corrupt,
    /// Correct the input.
    Invalid,
}

impl Error {
    /// What to do about it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Error::Refused(_) => ErrorKind::Refused,
            Error::Conflict { .. } => ErrorKind::Conflict,
            Error::Indeterminate { .. } => ErrorKind::Indeterminate,
            Error::Store(StoreError::Unavailable(_)) | Error::Log(LogError::Store(StoreError::Unavailable(_))) => ErrorKind::Unavailable,
            // A body that cannot be read is in the ledger; every other fault of a record is of one that was to be written.
            Error::Store(StoreError::Corrupt(_))
            | Error::Log(LogError::Store(StoreError::Corrupt(_)) | LogError::Rewritten { .. } | LogError::CutOff { .. })
            | Error::Record(RecordError::Body { .. })
            | Error::Replay(_) => ErrorKind::Corrupt,
            _ => ErrorKind::Invalid,
        }
    }
}
