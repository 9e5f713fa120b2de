//! The end of the write-ahead log, behind what is visible.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};

use rusqlite::Connection;

use crate::store::{StoreError, Unavailable};

/// The log begins with 32 bytes, of which 8 are its salt; before each page stand 24, of which 8 are the same salt if it belongs to it.
const HEAD: u64 = 32;
const FRAME: u64 = 24;
const SALT: usize = 8;
const SALT_IN_HEAD: u64 = 16;
const SALT_IN_FRAME: u64 = 8;

/// Whether the log goes on behind the last commit that is visible: then somebody is committing, or was killed while committing. If
/// everybody who has the file open were killed now, whoever opens it next would take what is there for committed.
pub(super) fn in_doubt(conn: &Connection) -> Result<bool, StoreError> {
    let pages: i64 = conn.query_row("PRAGMA wal_checkpoint(NOOP)", (), |row| row.get(1))?;
    let size: i64 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let (Ok(pages), Ok(size), Some(path)) = (u64::try_from(pages), u64::try_from(size), conn.path()) else { return Ok(false) };
    let next = HEAD.saturating_add(pages.saturating_mul(FRAME.saturating_add(size)));
    let salts = File::open(format!("{path}-wal"))
        .and_then(|mut log| Ok((salt(&mut log, SALT_IN_HEAD)?, salt(&mut log, next.saturating_add(SALT_IN_FRAME))?)));
    match salts {
        Ok((of_log, of_next)) => Ok(of_log == of_next),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => Ok(false),
        Err(error) => Err(Unavailable::System(error.to_string()).into()),
    }
}

fn salt(log: &mut File, at: u64) -> std::io::Result<[u8; SALT]> {
    let mut salt = [0; SALT];
    log.seek(SeekFrom::Start(at))?;
    log.read_exact(&mut salt)?;
    Ok(salt)
}

/// Writes a page as it is, over the first page behind the last visible commit: what comes after it no longer fits, for good.
pub(super) fn overwrite(conn: &Connection) -> Result<(), StoreError> {
    let same: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(conn.pragma_update(None, "user_version", same)?)
}
