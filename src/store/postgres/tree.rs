//! The tree's tiles and checkpoints.

use super::append::unsigned;
use super::session::Session;
use crate::ledger::{Note, Tile, TileId};
use crate::store::{Damage, InvalidStore, Position, StoreError};
use crate::value::{CaseId, OrgId};

pub(super) fn last(session: &mut Session, org: OrgId) -> Result<Position, StoreError> {
    let statement = session.kept("SELECT coalesce(max(position), 0) FROM sanzi.record WHERE org = $1")?;
    let row = session.one(&statement, &[&org.as_str()])?;
    Ok(Position::new(unsigned(row.try_get(0)?)?))
}

pub(super) fn position_of(session: &mut Session, org: OrgId, case: CaseId, version: u64) -> Result<Option<Position>, StoreError> {
    let statement = session.kept("SELECT position FROM sanzi.record WHERE org = $1 AND case_id = $2 AND version = $3")?;
    let row = session.maybe(&statement, &[&org.as_str(), &case.uuid(), &signed(version)?])?;
    row.map(|row| Ok(Position::new(unsigned(row.try_get(0)?)?))).transpose()
}

pub(super) fn tile(session: &mut Session, org: OrgId, at: TileId) -> Result<Option<Vec<u8>>, StoreError> {
    let statement = session.kept("SELECT hashes FROM sanzi.tile WHERE org = $1 AND level = $2 AND idx = $3")?;
    let row = session.maybe(&statement, &[&org.as_str(), &i32::from(at.level), &signed(at.index)?])?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// All of them, or none.
pub(super) fn keep_tiles(session: &mut Session, org: OrgId, tiles: &[Tile]) -> Result<(), StoreError> {
    session.within("BEGIN", |session| {
        let statement = session.kept("SELECT sanzi.add_tile($1, $2, $3, $4)")?;
        for tile in tiles {
            session.query(&statement, &[&org.as_str(), &i32::from(tile.at.level), &signed(tile.at.index)?, &tile.to_bytes()])?;
        }
        Ok(())
    })
}

pub(super) fn keep_checkpoint(session: &mut Session, org: OrgId, size: u64, note: &str) -> Result<(), StoreError> {
    let statement = session.kept("SELECT sanzi.add_checkpoint($1, $2, $3)")?;
    session.warned();
    session.query(&statement, &[&org.as_str(), &signed(size)?, &note])?;
    // The records that it covers came before it: where they are not on a standby, it is not kept.
    session.confirmed()
}

/// Of each size the one kept last.
pub(super) fn checkpoints(session: &mut Session, org: OrgId, from: u64, limit: usize) -> Result<Vec<Note>, StoreError> {
    let sql = "SELECT DISTINCT ON (size) note FROM sanzi.checkpoint WHERE org = $1 AND size >= $2 ORDER BY size, id DESC LIMIT $3";
    let statement = session.kept(sql)?;
    let Ok(from) = signed(from) else { return Ok(Vec::new()) };
    let rows = session.query(&statement, &[&org.as_str(), &from, &i64::try_from(limit).unwrap_or(i64::MAX)])?;
    rows.iter().map(|row| read(row.try_get(0)?)).collect()
}

pub(super) fn latest_checkpoint(session: &mut Session, org: OrgId) -> Result<Option<Note>, StoreError> {
    let statement = session.kept("SELECT note FROM sanzi.checkpoint WHERE org = $1 ORDER BY size DESC, id DESC LIMIT 1")?;
    let row = session.maybe(&statement, &[&org.as_str()])?;
    row.map(|row| read(row.try_get(0)?)).transpose()
}

fn read(note: &str) -> Result<Note, StoreError> {
    Note::from_bytes(note.as_bytes()).map_err(|error| Damage::Index(format!("a kept checkpoint is none: {error}")).into())
}

fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| InvalidStore::Unsupported(format!("{number} is no version, size or place of a tile")).into())
}
