//! What is installed once, and checked before anything else is done with a database.

use postgres::{Client, NoTls, Row};

use super::append::unsigned;
use super::check::guards;
use super::error::unconnected;
use super::session::Session;
use crate::store::{InvalidStore, StoreError};
use crate::value::{Digest, OrgId};

/// The number of this layout, in `sanzi.layout`.
pub(super) const LAYOUT: i64 = 1;

/// Layout 1 from nothing, in order. `ddl.sql` needs a superuser, and is left out for others.
const ROLES: &str = include_str!("roles.sql");
const TABLES: &str = include_str!("tables.sql");
const GUARDS: &str = include_str!("guards.sql");
const APPEND: &str = include_str!("append.sql");
const DDL: &str = include_str!("ddl.sql");

/// What leads from a layout to the next one: the layout before, and the SQL. Layout 1 is the first.
const UPGRADES: [(i64, &str); 0] = [];

/// A procedure's order of steps, as data: the database refuses a record that skips one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moves<'a> {
    /// The digest of the procedure's rows, which the first record of each case names.
    pub procedure: Digest,
    /// The step that a case is at when it is opened.
    pub first: &'a str,
    /// From each step to each step that may come next; `None` is the end.
    pub moves: &'a [(&'a str, Option<&'a str>)],
}

/// What the database looks at in the records of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Every record is an event of a procedure whose [`Moves`] are installed; a step out of order is refused.
    Checked,
    /// Bodies can be anything. Frame, hash, chain and time are checked, steps are not.
    Free,
}

/// Makes roles, tables, functions and guards in a database, or brings them to the newest layout; adds the procedures given.
///
/// The connection's user needs the right to create roles and schemas. Only where it is a superuser can the database also
/// refuse that the owner alters tables, triggers and functions. Can be repeated; a procedure that is there stays as it is.
///
/// # Errors
/// [`InvalidStore::NewerSchema`] and [`InvalidStore::Foreign`] where something else is there: then nothing was changed.
pub fn install(connection: &str, procedures: &[Moves<'_>]) -> Result<(), StoreError> {
    let mut client = connect(connection)?;
    let mut tx = client.transaction()?;
    let encoding: String = tx.query_one("SELECT current_setting('server_encoding')", &[])?.try_get(0)?;
    if encoding != "UTF8" {
        return Err(InvalidStore::Unsupported(format!("the database is in {encoding}: create one with the encoding UTF8")).into());
    }
    // One installation at a time; roles are shared by all databases of a server.
    tx.batch_execute("SELECT pg_advisory_xact_lock(hashtext('sanzi.install'))")?;
    let superuser: bool = tx.query_one("SELECT rolsuper FROM pg_roles WHERE rolname = session_user", &[])?.try_get(0)?;
    match found(|sql| Ok(tx.query_one(sql, &[])?))? {
        None => {
            for part in [ROLES, TABLES, GUARDS, APPEND, "RESET ROLE"] {
                tx.batch_execute(part)?;
            }
            if superuser {
                tx.batch_execute(DDL)?;
            }
        }
        Some(layout) => {
            for (_, upgrade) in UPGRADES.iter().filter(|(from, _)| *from >= layout) {
                tx.batch_execute(upgrade)?;
            }
        }
    }
    for Moves { procedure, first, moves } in procedures {
        let moves: Vec<String> = moves.iter().map(|(from, to)| format!("{from}>{}", to.unwrap_or_default())).collect();
        tx.execute("SELECT sanzi.add_procedure($1, $2, $3)", &[&procedure.as_bytes().as_slice(), first, &moves])?;
    }
    Ok(tx.commit()?)
}

/// Makes an organisation's ledger in a database where [`install`] was run; the same again changes nothing.
///
/// For an administrator: the application's role may not.
///
/// # Errors
/// [`InvalidStore::Guarded`] where the ledger exists with another [`Order`].
pub fn create_ledger(connection: &str, org: OrgId, order: Order) -> Result<(), StoreError> {
    let mut client = connect(connection)?;
    let mut tx = client.transaction()?;
    known(|sql| Ok(tx.query_one(sql, &[])?))?;
    tx.execute("SELECT sanzi.create_ledger($1, $2)", &[&org.as_str(), &(order == Order::Checked)])?;
    Ok(tx.commit()?)
}

fn connect(connection: &str) -> Result<Client, StoreError> {
    let client = Client::connect(connection, NoTls);
    client.map_err(|error| unconnected(&error))
}

/// The layout that is there; `None` where nothing is.
fn found(mut one: impl FnMut(&str) -> Result<Row, StoreError>) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT to_regnamespace('sanzi') IS NOT NULL, (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       WHERE c.relnamespace = to_regnamespace('sanzi') AND c.relname = 'layout' AND a.attname IN ('layout', 'program')) = 2";
    let row = one(sql)?;
    match (row.try_get(0)?, row.try_get(1)?) {
        (false, _) => Ok(None),
        (true, false) => Err(InvalidStore::Foreign("a schema `sanzi` of another program".to_owned()).into()),
        (true, true) => {
            let row = one("SELECT coalesce(max(layout), 0)::bigint FROM sanzi.layout WHERE program = 'sanzi'")?;
            match row.try_get(0)? {
                found if found > LAYOUT => Err(InvalidStore::NewerSchema { found, known: LAYOUT }.into()),
                0 => Err(InvalidStore::Foreign("a schema `sanzi` that names no layout".to_owned()).into()),
                found => Ok(Some(found)),
            }
        }
    }
}

/// Checks that the newest layout is there.
fn known(one: impl FnMut(&str) -> Result<Row, StoreError>) -> Result<(), StoreError> {
    match found(one)? {
        Some(LAYOUT) => Ok(()),
        Some(older) => {
            Err(InvalidStore::Unsupported(format!("the ledger has the layout {older}: bring it to {LAYOUT} with `install`")).into())
        }
        None => {
            Err(InvalidStore::Unsupported("the database has no ledgers: make them with `install` and `create_ledger`".to_owned()).into())
        }
    }
}

/// Checks that the database is one where an answer is durable, its layout and guards the ones expected, and `org` in it.
pub(super) fn check_open(session: &mut Session, org: OrgId) -> Result<(), StoreError> {
    known(|sql| Ok(session.one(sql, &[])?))?;
    guards(session)?;
    for setting in ["fsync", "full_page_writes"] {
        let value: String = session.one("SELECT current_setting($1)", &[&setting])?.try_get(0)?;
        if value != "on" {
            return Err(InvalidStore::Unsupported(format!(
                "`{setting}` is {value}: this server forgets at a power cut what it has confirmed"
            ))
            .into());
        }
    }
    check_org(session, org)
}

pub(super) fn check_org(session: &mut Session, org: OrgId) -> Result<(), StoreError> {
    let there: i64 = session.one("SELECT count(*) FROM sanzi.ledger WHERE org = $1", &[&org.as_str()])?.try_get(0)?;
    if unsigned(there)? == 0 { Err(InvalidStore::NoLedger { org }.into()) } else { Ok(()) }
}
