//! The tables: made, and checked before anything else is done with a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use rusqlite::{Connection, OptionalExtension};

use crate::store::{Damage, InvalidStore, StoreError};
use crate::value::OrgId;

const SQL: &str = include_str!("layout.sql");
/// "SZ16": what `PRAGMA application_id` says of our files.
pub(super) const APPLICATION: i32 = 0x535a_3136;
/// The number of this layout, in `PRAGMA user_version` and in `sanzi_ledger`.
pub(super) const LAYOUT: i64 = 1;

/// Makes the tables of `org`'s ledger, in a database that is yours. Where they exist, checks that they are `org`'s.
///
/// Runs inside your transaction if there is one, and makes all tables or none.
///
/// # Errors
/// [`InvalidStore::OtherOrg`] or [`InvalidStore::NewerSchema`] where another ledger is there; otherwise as SQLite fails.
pub fn create_tables_in(conn: &Connection, org: OrgId) -> Result<(), StoreError> {
    if exists(conn)? {
        return check_tables(conn, org);
    }
    in_savepoint(conn, || {
        conn.execute_batch(SQL)?;
        conn.execute("INSERT INTO sanzi_ledger (id, org, layout) VALUES (1, ?1, ?2)", (org.as_str(), LAYOUT))?;
        Ok(())
    })
}

/// All of `work`, or nothing; inside a transaction or outside.
pub(super) fn in_savepoint<T>(conn: &Connection, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    conn.execute_batch("SAVEPOINT sanzi")?;
    let done = work();
    let end = if done.is_ok() { "RELEASE sanzi" } else { "ROLLBACK TO sanzi; RELEASE sanzi" };
    // On a full disk SQLite may have undone the whole transaction by itself, and the savepoint with it.
    let ended = conn.execute_batch(end);
    let value = done?;
    ended?;
    Ok(value)
}

fn exists(conn: &Connection) -> Result<bool, StoreError> {
    Ok(conn.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sanzi_ledger')", (), |row| row.get(0))?)
}

/// Checks that the ledger is `org`'s, and of a layout that we know.
pub(super) fn check_owner(conn: &Connection, org: OrgId) -> Result<(), StoreError> {
    let row = conn
        .prepare_cached("SELECT org, layout FROM sanzi_ledger")?
        .query_row((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
    let Some((found, layout)) = row.optional()? else {
        return Err(Damage::File("it does not say whose ledger it is".to_owned()).into());
    };
    if layout > LAYOUT {
        return Err(InvalidStore::NewerSchema { found: layout, known: LAYOUT }.into());
    }
    if found != org.as_str() {
        return Err(InvalidStore::OtherOrg { found, asked: org }.into());
    }
    Ok(())
}

/// Checks that the tables, their guards and their owner are the ones expected.
pub(super) fn check_tables(conn: &Connection, org: OrgId) -> Result<(), StoreError> {
    check_owner(conn, org)?;
    let encoding: String = conn.query_row("PRAGMA encoding", (), |row| row.get(0))?;
    if encoding != "UTF-8" {
        return Err(Damage::File(format!("its text is in {encoding}")).into());
    }
    let (found, due) = (schema(conn)?, expected()?);
    match due.iter().find(|due| !found.contains(due)).or_else(|| found.iter().find(|found| !due.contains(found))) {
        Some((name, _)) => Err(Damage::File(format!("`{name}` is missing, was added, or was changed")).into()),
        None => Ok(()),
    }
}

type Schema = Vec<(String, String)>;

fn schema(conn: &Connection) -> Result<Schema, StoreError> {
    // GLOB sees the case of letters, and `tbl_name` finds a trigger under any name.
    let mut statement = conn.prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE tbl_name GLOB 'sanzi_*' ORDER BY name")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The schema as SQLite itself keeps it, learned once from an empty database.
fn expected() -> Result<&'static Schema, StoreError> {
    static EXPECTED: OnceLock<Schema> = OnceLock::new();
    if let Some(known) = EXPECTED.get() {
        return Ok(known);
    }
    let scratch = Connection::open_in_memory()?;
    scratch.execute_batch(SQL)?;
    let learned = schema(&scratch)?;
    Ok(EXPECTED.get_or_init(|| learned))
}

/// Reads the first bytes of the file, before SQLite may touch it: opening can already repair, and so write.
pub(super) fn check_head(path: &Path, ours: bool) -> Result<(), StoreError> {
    let missing = |error: std::io::Error| InvalidStore::Missing { path: path.to_owned(), cause: error.to_string() };
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(100).read_to_end(&mut head)).map_err(missing)?;
    let number = |at: usize| head.get(at..).and_then(|rest| rest.first_chunk::<4>()).map_or(0, |bytes| i32::from_be_bytes(*bytes));
    let foreign = |what: &str| Err(InvalidStore::Foreign(what.to_owned()).into());
    if head.is_empty() {
        return foreign("it is empty");
    }
    if !head.starts_with(b"SQLite format 3\0") || head.len() < 100 {
        return foreign("it is not an SQLite file");
    }
    match (number(68), i64::from(number(60))) {
        _ if !ours => Ok(()),
        (APPLICATION, 0..=LAYOUT) => Ok(()),
        (APPLICATION, found) => Err(InvalidStore::NewerSchema { found, known: LAYOUT }.into()),
        (other, _) => foreign(&format!("its application id is {other:#x}")),
    }
}
