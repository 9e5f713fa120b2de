//! What SQLite reports, sorted by what the caller does next.

use rusqlite::{Error, ErrorCode, ffi};

use crate::store::{Damage, InvalidStore, StoreError, Unavailable};

impl From<Error> for StoreError {
    /// A value of another type than the tables hold, or a rule of the tables broken although it was checked before:
    /// then the file is damaged. What is not known to be damage is the system's trouble.
    fn from(error: Error) -> StoreError {
        let message = error.to_string();
        let Error::SqliteFailure(failure, _) = &error else {
            return Damage::File(message).into();
        };
        match (failure.code, failure.extended_code) {
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Unavailable::Busy.into(),
            (ErrorCode::DiskFull, _) => Unavailable::DiskFull.into(),
            (ErrorCode::ReadOnly, _) => InvalidStore::ReadOnly.into(),
            (_, ffi::SQLITE_IOERR_SHORT_READ) | (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => Damage::File(message).into(),
            (ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch, _) => Damage::Index(message).into(),
            // "no such table" and the like: the tables were checked when the file was opened.
            (_, ffi::SQLITE_ERROR) => Damage::File(message).into(),
            _ => Unavailable::System(message).into(),
        }
    }
}

/// Whether a COMMIT that failed so is known to have changed nothing: it had to wait for another program, and was undone.
pub(super) fn undone(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
