//! Reading back: every record with its hash, each in its own place.

use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::append::{cached, case_of, signed, unsigned};
use crate::ledger::{Record, RecordError, Tip};
use crate::store::{Cases, Damage, Position, StoreError};
use crate::value::{CaseId, Digest, OrgId};

/// All records of a case. Their number is checked against the receipts: a damaged index can hide rows, and two indexes
/// do not hide the same.
pub(super) fn read(conn: &Connection, org: OrgId, case: CaseId) -> Result<Vec<Record>, StoreError> {
    let id = case.to_string();
    let snapshot = conn.unchecked_transaction()?;
    let due: i64 =
        cached(&snapshot, "SELECT coalesce(max(version), 0) FROM sanzi_receipt WHERE case_id = ?1")?.query_row([&id], |row| row.get(0))?;
    let due = unsigned(due)?;
    let mut records = Vec::with_capacity(usize::try_from(due).unwrap_or(0).min(1 << 12));
    let mut tip = Tip::START;
    let mut statement = cached(&snapshot, "SELECT position, hash, json FROM sanzi_record WHERE case_id = ?1 ORDER BY version")?;
    let mut rows = statement.query([&id])?;
    while let Some(row) = rows.next()? {
        let record = stored(row, 1).map_err(|cause| damaged(row, &id, tip.version.saturating_add(1), cause))?;
        tip = tip.follow(org, case, &record)?;
        records.push(record);
    }
    if tip.version == due { Ok(records) } else { Err(Damage::Count { case, due, found: tip.version }.into()) }
}

/// The last record's position.
pub(super) fn last(conn: &Connection) -> Result<Position, StoreError> {
    let last: i64 = cached(conn, "SELECT coalesce(max(position), 0) FROM sanzi_record")?.query_row((), |row| row.get(0))?;
    Ok(Position::new(unsigned(last)?))
}

/// Where a case's record stands.
pub(super) fn position_of(conn: &Connection, case: CaseId, version: u64) -> Result<Option<Position>, StoreError> {
    let mut statement = cached(conn, "SELECT position FROM sanzi_record WHERE case_id = ?1 AND version = ?2")?;
    let found: Option<i64> = statement.query_row((case.to_string(), signed(version)?), |row| row.get(0)).optional()?;
    found.map(|position| Ok(Position::new(unsigned(position)?))).transpose()
}

/// Up to `limit` records after a position, none left out.
pub(super) fn scan(conn: &Connection, org: OrgId, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError> {
    let (Ok(after_row), limit) = (signed(after.number()), i64::try_from(limit).unwrap_or(i64::MAX)) else { return Ok(Vec::new()) };
    let sql = "SELECT position, case_id, version, hash, json FROM sanzi_record WHERE position > ?1 ORDER BY position LIMIT ?2";
    let mut statement = cached(conn, sql)?;
    let mut rows = statement.query([after_row, limit])?;
    let (mut found, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        let (position, record) = record_of(row)?;
        if position != last.next() {
            return Err(Damage::Gap { due: last.next() }.into());
        }
        if record.org() != org {
            return Err(misfiled(position, &record));
        }
        found.push((position, record));
        last = position;
    }
    Ok(found)
}

/// The record of a row of position, case_id, version, hash, json; filed under its own case and version.
fn record_of(row: &Row<'_>) -> Result<(Position, Record), StoreError> {
    let (position, version) = (Position::new(unsigned(row.get(0)?)?), row.get(2)?);
    let case = row.get_ref(1)?.as_str().unwrap_or_default();
    match stored(row, 3) {
        Ok(record) if signed(record.version())? == version && named(record.case(), case) => Ok((position, record)),
        Ok(record) => Err(misfiled(position, &record)),
        Err(cause) => Err(damaged(row, case, unsigned(version).unwrap_or(0), cause)),
    }
}

/// The record whose hash and text are the columns from `first` on.
fn stored(row: &Row<'_>, first: usize) -> Result<Record, RecordError> {
    let column = |at: usize| row.get_ref(at).ok();
    let (hash, json) = (column(first), column(first.saturating_add(1)));
    match (hash.map(|hash| hash.as_blob().map(<[u8; 32]>::try_from)), json.map(|json| json.as_bytes())) {
        (Some(Ok(Ok(hash))), Some(Ok(json))) => Record::from_stored(json, Digest::from_bytes(hash)),
        _ => Err(RecordError::Malformed("the row does not hold a hash and a text".to_owned())),
    }
}

/// A row, filed under this case and version, that holds no record or a changed one.
fn damaged(row: &Row<'_>, case: &str, version: u64, cause: RecordError) -> StoreError {
    let position = Position::new(row.get(0).ok().and_then(|number: i64| u64::try_from(number).ok()).unwrap_or(0));
    let case = case.chars().take(40).flat_map(char::escape_debug).collect();
    Damage::Record { position, case, version, cause }.into()
}

/// The record is whole, but not where it belongs.
fn misfiled(position: Position, record: &Record) -> StoreError {
    Damage::Misfiled { position, case: record.case(), version: record.version() }.into()
}

/// Whether `text` is the case's number as we write it, without making a string.
fn named(case: CaseId, text: &str) -> bool {
    let mut spelling = uuid::Uuid::encode_buffer();
    *case.uuid().hyphenated().encode_lower(&mut spelling) == *text
}

/// The cases of one kind, in the order of their first records.
pub(super) fn cases(conn: &Connection, which: Cases) -> Result<Vec<CaseId>, StoreError> {
    let (among, asset) = match &which {
        Cases::All => ("", None),
        Cases::Live => {
            ("AND case_id IN (SELECT case_id FROM sanzi_taken WHERE NOT EXISTS (SELECT 1 FROM sanzi_released WHERE taken = id))", None)
        }
        Cases::OnAsset(asset) => ("AND case_id IN (SELECT case_id FROM sanzi_taken WHERE asset = ?1)", Some(asset.as_str())),
    };
    let mut statement = cached(conn, &format!("SELECT case_id FROM sanzi_record WHERE version = 1 {among} ORDER BY position"))?;
    let rows = statement.query_map(params_from_iter(asset), |row| row.get::<_, String>(0))?;
    rows.map(|case| case_of(&case?)).collect()
}
