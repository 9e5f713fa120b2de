//! The tables: made, and checked before anything else is done with a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::store::{Damage, InvalidStore, StoreError};
use crate::value::OrgId;

/// What makes each layout out of the one before. A file of any of them is brought up to date when it is opened.
const LAYOUTS: [&str; 2] = [include_str!("layout.sql"), include_str!("tree.sql")];
/// "SZ16": what `PRAGMA application_id` says of our files.
pub(super) const APPLICATION: i32 = 0x535a_3136;
/// The number of this layout, in `PRAGMA user_version` and in `sanzi_ledger`.
pub(super) const LAYOUT: i64 = 2;

/// Makes the tables of `org`'s ledger, in a database that is yours. Where they exist, checks that they are `org`'s.
///
/// Runs inside your transaction if there is one, and makes all tables or none.
///
/// # Errors
/// [`InvalidStore::OtherOrg`] or [`InvalidStore::NewerSchema`] where another ledger is there; otherwise as SQLite fails.
pub fn create_tables_in(conn: &Connection, org: OrgId) -> Result<(), StoreError> {
    if exists(conn)? {
        return bring_up_to_date(conn, org, false);
    }
    in_savepoint(conn, || {
        LAYOUTS.iter().try_for_each(|sql| conn.execute_batch(sql))?;
        conn.execute("INSERT INTO sanzi_ledger (id, org, layout) VALUES (1, ?1, ?2)", (org.as_str(), LAYOUT))?;
        Ok(())
    })
}

/// Checks the tables, and adds those that came with later layouts. In a file of `ours` alone, SQLite's own number follows.
pub(super) fn bring_up_to_date(conn: &Connection, org: OrgId, ours: bool) -> Result<(), StoreError> {
    // What the tables say of their layout, and the tables, of one moment: another may be bringing them up to date.
    if in_savepoint(conn, || check_tables(conn, org))? == LAYOUT {
        return Ok(());
    }
    // Whoever writes first does it; who comes second finds it done.
    let tx = if conn.is_autocommit() { Some(Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?) } else { None };
    in_savepoint(conn, || {
        let from = check_tables(conn, org)?;
        let missing = LAYOUTS.iter().skip(usize::try_from(from).unwrap_or(LAYOUTS.len()));
        missing.clone().try_for_each(|sql| conn.execute_batch(sql))?;
        if missing.len() > 0 {
            let guard: String = conn.query_row("SELECT sql FROM sqlite_schema WHERE name = 'sanzi_ledger_update'", (), |row| row.get(0))?;
            conn.execute_batch("DROP TRIGGER sanzi_ledger_update")?;
            conn.execute("UPDATE sanzi_ledger SET layout = ?1", [LAYOUT])?;
            conn.execute_batch(&guard)?;
        }
        if ours {
            conn.pragma_update(None, "user_version", LAYOUT)?;
        }
        Ok(())
    })?;
    tx.map_or(Ok(()), Transaction::commit)?;
    Ok(())
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
pub(super) fn check_owner(conn: &Connection, org: OrgId) -> Result<i64, StoreError> {
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
    Ok(layout)
}

/// Checks that the tables, their guards and their owner are the ones expected, and returns their layout.
fn check_tables(conn: &Connection, org: OrgId) -> Result<i64, StoreError> {
    let layout = check_owner(conn, org)?;
    let encoding: String = conn.query_row("PRAGMA encoding", (), |row| row.get(0))?;
    if encoding != "UTF-8" {
        return Err(Damage::File(format!("its text is in {encoding}")).into());
    }
    let (found, due) = (schema(conn)?, expected(layout)?);
    match due.iter().find(|due| !found.contains(due)).or_else(|| found.iter().find(|found| !due.contains(found))) {
        Some((name, _)) => Err(Damage::File(format!("`{name}` is missing, was added, or was changed")).into()),
        None => Ok(layout),
    }
}

type Schema = Vec<(String, String)>;

fn schema(conn: &Connection) -> Result<Schema, StoreError> {
    // GLOB sees the case of letters, and `tbl_name` finds a trigger under any name.
    let mut statement = conn.prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE tbl_name GLOB 'sanzi_*' ORDER BY name")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The schema of a layout as SQLite itself keeps it, learned once from an empty database.
fn expected(layout: i64) -> Result<&'static Schema, StoreError> {
    static EXPECTED: [OnceLock<Schema>; LAYOUTS.len()] = [const { OnceLock::new() }; LAYOUTS.len()];
    let count = usize::try_from(layout).unwrap_or(0);
    let known = count.checked_sub(1).and_then(|at| EXPECTED.get(at));
    let known = known.ok_or_else(|| Damage::File(format!("there is no layout {layout}")))?;
    if let Some(learned) = known.get() {
        return Ok(learned);
    }
    let scratch = Connection::open_in_memory()?;
    LAYOUTS.iter().take(count).try_for_each(|sql| scratch.execute_batch(sql))?;
    let learned = schema(&scratch)?;
    Ok(known.get_or_init(|| learned))
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
