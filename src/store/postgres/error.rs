//! What PostgreSQL reports, sorted by what the caller does next.

use postgres::Error;
use postgres::error::{DbError, Severity, SqlState};

use crate::store::{Damage, InvalidStore, StoreError, Unavailable};

/// Why nothing came back.
#[derive(Debug)]
pub(super) enum Fault {
    /// The call's time is over.
    Late,
    /// The driver or the server said why.
    Driver(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Driver(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        match fault {
            Fault::Late => Unavailable::System("the server did not answer in time".to_owned()).into(),
            Fault::Driver(error) => error.into(),
        }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> StoreError {
        match error.as_db_error() {
            Some(reported) => sorted(reported),
            // A value of another type than the tables hold.
            None if error.source_is_conversion() => Damage::File(error.to_string()).into(),
            None => Unavailable::System(told(&error)).into(),
        }
    }
}

/// Whether what was sent may have been done although this came back: the session ended, and with it the reply.
pub(super) fn undecided(fault: &Fault) -> bool {
    let Fault::Driver(error) = fault else { return true };
    match error.as_db_error() {
        Some(reported) => reported.parsed_severity() != Some(Severity::Error),
        None => !error.source_is_conversion(),
    }
}

/// Why a connection string cannot be used.
pub(super) fn misread(error: &Error) -> StoreError {
    InvalidStore::Connection(told(error)).into()
}

/// Why there is no connection.
pub(super) fn unconnected(error: &Error) -> StoreError {
    match error.as_db_error() {
        Some(reported) => sorted(reported),
        None if ["invalid configuration", "authentication error", "error performing TLS"]
            .iter()
            .any(|start| error.to_string().starts_with(start)) =>
        {
            InvalidStore::Connection(told(error)).into()
        }
        None => Unavailable::System(told(error)).into(),
    }
}

trait Conversion {
    fn source_is_conversion(&self) -> bool;
}

impl Conversion for Error {
    /// The crate tells its kinds apart in its messages only.
    fn source_is_conversion(&self) -> bool {
        [
            "error deserializing column",
            "error serializing parameter",
            "error encoding message",
            "invalid column",
            "query returned an unexpected number",
        ]
        .iter()
        .any(|start| self.to_string().starts_with(start))
    }
}

fn sorted(reported: &DbError) -> StoreError {
    let code = reported.code();
    let message = format!("{} ({})", reported.message(), code.code());
    match code.code() {
        // No batch can cause these: the tables do not keep what they are given.
        "SZ007" | "SZ008" => return Damage::File(message).into(),
        own if own.starts_with("SZ") => {
            return InvalidStore::Guarded { code: own.to_owned(), message: reported.message().to_owned() }.into();
        }
        _ => {}
    }
    let wait = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::UNIQUE_VIOLATION,
    ];
    if wait.contains(code) {
        return Unavailable::Busy.into();
    }
    if *code == SqlState::DISK_FULL {
        return Unavailable::DiskFull.into();
    }
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return InvalidStore::ReadOnly.into();
    }
    match code.code() {
        // Who may not, where there is nothing, and what cannot be kept.
        "42501" | "3D000" | "22P05" | "22021" => InvalidStore::Unsupported(message).into(),
        other if other.starts_with("28") => InvalidStore::Connection(message).into(),
        // The tables were checked when the ledger was opened.
        "3F000" | "42P01" | "42883" | "42703" | "XX001" | "XX002" | "23514" | "23502" => Damage::File(message).into(),
        other if other.starts_with("22") => InvalidStore::Unsupported(message).into(),
        _ => Unavailable::System(message).into(),
    }
}

/// The error with its cause, which the crate keeps apart.
fn told(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) if !error.to_string().contains(&cause.to_string()) => format!("{error}: {cause}"),
        _ => error.to_string(),
    }
}
