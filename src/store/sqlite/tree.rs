//! The tree's tiles and checkpoints.

use rusqlite::{Connection, OptionalExtension};

use super::append::{cached, signed};
use crate::ledger::{Note, Tile, TileId};
use crate::store::{Damage, StoreError};

pub(super) fn tile(conn: &Connection, at: TileId) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = cached(conn, "SELECT hashes FROM sanzi_tile WHERE level = ?1 AND number = ?2")?;
    Ok(statement.query_row((at.level, signed(at.index)?), |row| row.get(0)).optional()?)
}

pub(super) fn keep_tiles(conn: &Connection, tiles: &[Tile]) -> Result<(), StoreError> {
    let sql = "INSERT INTO sanzi_tile (level, number, hashes) SELECT ?1, ?2, ?3
       WHERE NOT EXISTS (SELECT 1 FROM sanzi_tile WHERE level = ?1 AND number = ?2)";
    let mut insert = cached(conn, sql)?;
    for tile in tiles {
        insert.execute((tile.at.level, signed(tile.at.index)?, tile.to_bytes()))?;
    }
    Ok(())
}

pub(super) fn keep_checkpoint(conn: &Connection, size: u64, note: &Note) -> Result<(), StoreError> {
    let sql = "INSERT INTO sanzi_checkpoint (id, size, note) SELECT coalesce(max(id), 0) + 1, ?1, ?2 FROM sanzi_checkpoint";
    cached(conn, sql)?.execute((signed(size)?, note.to_string()))?;
    Ok(())
}

/// Of each size the one kept last.
pub(super) fn checkpoints(conn: &Connection, from: u64, limit: usize) -> Result<Vec<Note>, StoreError> {
    let sql = "SELECT note FROM sanzi_checkpoint c WHERE size >= ?1
       AND NOT EXISTS (SELECT 1 FROM sanzi_checkpoint d WHERE d.size = c.size AND d.id > c.id) ORDER BY size LIMIT ?2";
    let mut statement = cached(conn, sql)?;
    let rows = statement.query_map((signed(from)?, i64::try_from(limit).unwrap_or(i64::MAX)), |row| row.get::<_, String>(0))?;
    rows.map(|row| read(&row?)).collect()
}

pub(super) fn latest_checkpoint(conn: &Connection) -> Result<Option<Note>, StoreError> {
    let mut statement = cached(conn, "SELECT note FROM sanzi_checkpoint ORDER BY size DESC, id DESC LIMIT 1")?;
    statement.query_row((), |row| row.get::<_, String>(0)).optional()?.map(|note| read(&note)).transpose()
}

fn read(note: &str) -> Result<Note, StoreError> {
    Note::from_bytes(note.as_bytes()).map_err(|error| Damage::Index(format!("a kept checkpoint is none: {error}")).into())
}
