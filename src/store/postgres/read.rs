//! Reading back: every record with its hash, each in its own place.

use postgres::Row;

use super::append::unsigned;
use super::session::Session;
use crate::ledger::{Record, RecordError, Tip};
use crate::store::{Cases, Damage, Position, StoreError};
use crate::value::{CaseId, Digest, OrgId};

/// All records of a case, in one snapshot with the receipts that say how many they are: two indexes do not hide the same.
pub(super) fn read(session: &mut Session, org: OrgId, case: CaseId) -> Result<Vec<Record>, StoreError> {
    let sql = "SELECT r.position, r.hash, r.json, d.due
       FROM (SELECT coalesce(max(p.version), 0) AS due FROM sanzi.receipt p WHERE p.org = $1 AND p.case_id = $2) d
       LEFT JOIN sanzi.record r ON r.org = $1 AND r.case_id = $2 ORDER BY r.version";
    let statement = session.kept(sql)?;
    let rows = session.query(&statement, &[&org.as_str(), &case.uuid()])?;
    let due = rows.first().map_or(Ok(0), |row| row.try_get(3))?;
    let mut records = Vec::with_capacity(rows.len());
    let mut tip = Tip::START;
    for row in &rows {
        let Some(position) = row.try_get::<_, Option<i64>>(0)? else { break };
        let record = stored(row, 1).map_err(|cause| damaged(position, case, tip.version.saturating_add(1), cause))?;
        tip = tip.follow(org, case, &record)?;
        records.push(record);
    }
    let due = unsigned(due)?;
    if tip.version == due { Ok(records) } else { Err(Damage::Count { case, due, found: tip.version }.into()) }
}

/// Up to `limit` records after a position, none left out.
pub(super) fn scan(session: &mut Session, org: OrgId, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError> {
    let (Ok(start), limit) = (i64::try_from(after.number()), i64::try_from(limit).unwrap_or(i64::MAX)) else { return Ok(Vec::new()) };
    let sql = "SELECT position, case_id, version, hash, json FROM sanzi.record WHERE org = $1 AND position > $2 ORDER BY position LIMIT $3";
    let statement = session.kept(sql)?;
    let rows = session.query(&statement, &[&org.as_str(), &start, &limit])?;
    let (mut found, mut last) = (Vec::with_capacity(rows.len()), after);
    for row in &rows {
        let (number, case, version): (i64, CaseId, i64) = (row.try_get(0)?, CaseId::new(row.try_get(1)?), row.try_get(2)?);
        let position = Position::new(unsigned(number)?);
        let version = unsigned(version)?;
        let record = stored(row, 3).map_err(|cause| damaged(number, case, version, cause))?;
        if position != last.next() {
            return Err(Damage::Gap { due: last.next() }.into());
        }
        if (record.org(), record.case(), record.version()) != (org, case, version) {
            return Err(Damage::Misfiled { position, case: record.case(), version: record.version() }.into());
        }
        found.push((position, record));
        last = position;
    }
    Ok(found)
}

/// The record whose hash and text are the columns from `first` on.
fn stored(row: &Row, first: usize) -> Result<Record, RecordError> {
    let hash = row.try_get::<_, &[u8]>(first).ok().and_then(|hash| <[u8; 32]>::try_from(hash).ok());
    match (hash, row.try_get::<_, &str>(first.saturating_add(1))) {
        (Some(hash), Ok(json)) => Record::from_stored(json.as_bytes(), Digest::from_bytes(hash)),
        _ => Err(RecordError::Malformed("the row does not hold a hash and a text".to_owned())),
    }
}

/// A row, filed under this case and version, that holds no record or a changed one.
fn damaged(position: i64, case: CaseId, version: u64, cause: RecordError) -> StoreError {
    let position = Position::new(u64::try_from(position).unwrap_or(0));
    Damage::Record { position, case: case.to_string(), version, cause }.into()
}

/// The cases of one kind, in the order of their first records.
pub(super) fn cases(session: &mut Session, org: OrgId, which: Cases) -> Result<Vec<CaseId>, StoreError> {
    let (among, asset) = match &which {
        Cases::All => ("$2::text IS NULL", None),
        Cases::Live => (
            "$2::text IS NULL AND r.case_id IN (SELECT t.case_id FROM sanzi.taken t WHERE t.org = $1
               AND NOT EXISTS (SELECT FROM sanzi.released l WHERE l.org = t.org AND l.taken = t.id))",
            None,
        ),
        Cases::OnAsset(asset) => {
            ("r.case_id IN (SELECT t.case_id FROM sanzi.taken t WHERE t.org = $1 AND t.asset = $2)", Some(asset.as_str()))
        }
    };
    let sql = format!("SELECT r.case_id FROM sanzi.record r WHERE r.org = $1 AND r.version = 1 AND {among} ORDER BY r.position");
    let rows = session.query(sql.as_str(), &[&org.as_str(), &asset])?;
    rows.iter().map(|row| Ok(CaseId::new(row.try_get(0)?))).collect()
}
