//! Attempts on the ledger itself, with a shell's own means.

use std::path::PathBuf;

use sanzi::case::Office;
use sanzi::case::Stage;
use sanzi::dongsha::{Dongsha, Step};
use sanzi::store::sqlite::rusqlite::Connection;
use sanzi::store::{SqliteStore, verify};
use sanzi::{Engine, Error};

use super::attempts::{Outcome, Tried};
use super::drive::Drive;
use super::input::Input;

/// A file that is removed when the attempt is over.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(suffix);
            // What is not there need not be removed.
            let _ = std::fs::remove_file(name);
        }
    }
}

/// A ledger in a file, with a transaction that got as far as the valuation.
fn ledger(input: &Input) -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = Scratch(std::env::temp_dir().join(format!("cheating-{}.sqlite", uuid::Uuid::now_v7())));
    let office = Office::<Dongsha>::new(input.organisation, input.register.clone())?;
    let engine = Engine::new(office, SqliteStore::create(&scratch.0, input.organisation)?)?;
    let transaction = input.transactions.first().ok_or("the file has no transaction")?;
    Drive::new(input, transaction).to(&engine, Step::Valuation, Stage::Pending)?;
    Ok(scratch)
}

/// The Party branch's “endorsed” becomes “not endorsed”.
const FORGE: &str = r#"UPDATE sanzi_record SET json = replace(json, '"endorsed":true', '"endorsed":false')"#;

pub(crate) fn update_refused(input: &Input) -> Outcome {
    let scratch = ledger(input)?;
    Ok(match Connection::open(&scratch.0)?.execute(FORGE, ()) {
        Ok(_) => Tried::Succeeded,
        Err(error) => Tried::ByTheFile(error.to_string()),
    })
}

pub(crate) fn forged_record(input: &Input) -> Outcome {
    let scratch = ledger(input)?;
    let conn = Connection::open(&scratch.0)?;
    let trigger: String = conn.query_row("SELECT sql FROM sqlite_schema WHERE name = 'sanzi_record_update'", (), |row| row.get(0))?;
    conn.execute_batch("DROP TRIGGER sanzi_record_update")?;
    conn.execute(FORGE, ())?;
    conn.execute_batch(&trigger)?;
    drop(conn);
    let seen = SqliteStore::open(&scratch.0, input.organisation).and_then(|store| verify(&store));
    Ok(match seen {
        Ok(_) => Tried::Succeeded,
        Err(damage) => Tried::Refused(Error::Store(damage)),
    })
}
