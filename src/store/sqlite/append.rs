//! One batch inside one transaction.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction};
use uuid::Uuid;

use super::layout::{check_owner, in_savepoint};
use super::read::last;
use crate::ledger::Tip;
use crate::store::{Answer, Append, Claim, Damage, Position, Receipt, Refusal, StoreError};
use crate::value::{AssetId, CaseId, Digest, OrgId};

/// Appends a batch inside a transaction of yours, so that your own rows and ours are committed together or not at all.
///
/// [`Answer::Appended`] becomes true with your COMMIT, and durable if `PRAGMA synchronous` is FULL. On every other
/// answer, and on an error, nothing of the batch is in the transaction. Begin it with
/// [`TransactionBehavior::Immediate`](rusqlite::TransactionBehavior::Immediate): a transaction that starts by reading
/// can fail when it comes to write. The tables are made by [`create_tables_in`](super::create_tables_in).
///
/// ```
/// use sanzi::ledger::Record;
/// use sanzi::store::{Answer, Append, sqlite};
/// use sanzi::value::{CaseId, Digest, OrgId};
/// use sqlite::rusqlite::{Connection, TransactionBehavior};
///
/// let org = OrgId::new("dongtang")?;
/// let mut conn = Connection::open_in_memory()?;
/// conn.execute_batch("CREATE TABLE todo (text TEXT)")?;
/// sqlite::create_tables_in(&conn, org)?;
///
/// let case = CaseId::random();
/// let records = vec![Record::seal(org, case, 1, Digest::NONE, &"opened")?];
/// let batch = Append::new(case, 0, uuid::Uuid::new_v4(), Digest::of_bytes(b"the command"), records);
///
/// let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
/// tx.execute("INSERT INTO todo VALUES ('study the motion')", ())?;
/// match sqlite::append_in(&tx, org, &batch)? {
///     Answer::Appended(_) => tx.commit()?,
///     _ => tx.rollback()?,
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`StoreError`]; roll the transaction back where it is [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
pub fn append_in(tx: &Transaction<'_>, org: OrgId, batch: &Append) -> Result<Answer, StoreError> {
    if let Err(flaw) = batch.check(org) {
        return Ok(Answer::Refused(flaw.into()));
    }
    check_owner(tx, org)?;
    in_savepoint(tx, || append(tx, batch))
}

/// Appends a batch that was checked. Writes only after everything that can refuse it was asked.
pub(super) fn append(conn: &Connection, batch: &Append) -> Result<Answer, StoreError> {
    if let Some(receipt) = receipt_of(conn, batch.key)? {
        return Ok(batch.again(receipt));
    }
    let case = batch.case.to_string();
    if let Some(answer) = batch.meet(tip_of(conn, &case)?) {
        return Ok(answer);
    }
    let mut take = None;
    if let Claim::Take(asset) = batch.claim {
        match holder_of(conn, asset)? {
            Some(by) if by != batch.case => return Ok(Answer::Refused(Refusal::AssetTaken { asset, by })),
            Some(_) => {}
            None => take = Some(asset),
        }
    }
    let position = insert_records(conn, &case, batch)?;
    let version = batch.version_after();
    cached(conn, "INSERT INTO sanzi_receipt (case_id, version, position, key, request) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((
        &case,
        signed(version)?,
        signed(position)?,
        batch.key.as_bytes(),
        batch.request.as_bytes(),
    ))?;
    if let Some(asset) = take {
        cached(
            conn,
            "INSERT INTO sanzi_taken (id, asset, case_id, position) SELECT coalesce(max(id), 0) + 1, ?1, ?2, ?3 FROM sanzi_taken",
        )?
        .execute((asset.as_str(), &case, signed(position)?))?;
    }
    if batch.claim == Claim::Release {
        cached(
            conn,
            "INSERT INTO sanzi_released (taken, position) SELECT id, ?2 FROM sanzi_taken WHERE case_id = ?1
             AND NOT EXISTS (SELECT 1 FROM sanzi_released WHERE taken = id)",
        )?
        .execute((&case, signed(position)?))?;
    }
    Ok(Answer::Appended(Receipt { case: batch.case, version, position: Position::new(position), request: batch.request, repeated: false }))
}

/// Inserts the records at the end of the ledger, and returns the last one's position.
fn insert_records(conn: &Connection, case: &str, batch: &Append) -> Result<u64, StoreError> {
    let mut position = last(conn)?.number();
    let mut insert = cached(conn, "INSERT INTO sanzi_record (position, case_id, version, hash, json) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for record in &batch.records {
        position = position.saturating_add(1);
        insert.execute((signed(position)?, case, signed(record.version())?, record.hash().as_bytes(), record.as_str()))?;
    }
    Ok(position)
}

/// The receipt that belongs to a key. A receipt must have its record in its place.
pub(super) fn receipt_of(conn: &Connection, key: Uuid) -> Result<Option<Receipt>, StoreError> {
    // The index on keys leads to p; q is the row itself, found by its case and version.
    let sql = "SELECT q.request, q.case_id, q.version, q.position, r.position IS q.position AND q.key IS ?1 FROM sanzi_receipt p
       LEFT JOIN sanzi_receipt q ON q.case_id = p.case_id AND q.version = p.version
       LEFT JOIN sanzi_record r ON r.case_id = p.case_id AND r.version = p.version WHERE p.key = ?1";
    let row = cached(conn, sql)?
        .query_row([key.as_bytes()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?, row.get::<_, bool>(4)?)))
        .optional()?;
    let Some((request, case, version, position, placed)) = row else { return Ok(None) };
    if !placed {
        return Err(Damage::Index(format!("the receipt of key {key} has no record in its place")).into());
    }
    let position = Position::new(unsigned(position)?);
    Ok(Some(Receipt { case: case_of(&case)?, version: unsigned(version)?, position, request: Digest::from_bytes(request), repeated: true }))
}

fn tip_of(conn: &Connection, case: &str) -> Result<Tip, StoreError> {
    let row = cached(conn, "SELECT version, hash FROM sanzi_record WHERE case_id = ?1 ORDER BY version DESC LIMIT 1")?
        .query_row([case], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((version, hash)) = row else { return Ok(Tip::START) };
    Ok(Tip { version: unsigned(version)?, hash: Digest::from_bytes(hash) })
}

fn holder_of(conn: &Connection, asset: AssetId) -> Result<Option<CaseId>, StoreError> {
    let sql = "SELECT case_id FROM sanzi_taken WHERE asset = ?1 AND NOT EXISTS (SELECT 1 FROM sanzi_released WHERE taken = id)";
    let case = cached(conn, sql)?.query_row([asset.as_str()], |row| row.get::<_, String>(0)).optional()?;
    case.map(|case| case_of(&case)).transpose()
}

pub(super) fn cached<'c>(conn: &'c Connection, sql: &str) -> Result<CachedStatement<'c>, StoreError> {
    Ok(conn.prepare_cached(sql)?)
}

/// The case that a row names. Only the spelling that we write is accepted.
pub(super) fn case_of(text: &str) -> Result<CaseId, StoreError> {
    match text.parse::<CaseId>() {
        Ok(case) if case.to_string() == text => Ok(case),
        _ => Err(Damage::Index(format!("`{}` is no case number", text.escape_debug())).into()),
    }
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| Damage::Index(format!("{number} is no version and no position")).into())
}

pub(super) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| Damage::Index(format!("{number} is no version and no position")).into())
}
