//! The tamper matrix: who tries what, and what comes of it. Printed into the book.

use sanzi::ledger::{KeyName, Note, Record, Scheme, SecretKey, Signer};
use sanzi::store::{Claim, Log, Store, StoreError, verify};
use sanzi::value::{CaseId, Digest};

use super::{append, asset, case, key, org};

/// How a database spells what the attacks say.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "the other tests are of the other database"))]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub fn table(self, name: &str) -> String {
        match self {
            Dialect::Sqlite => format!("sanzi_{name}"),
            Dialect::Postgres => format!("sanzi.{name}"),
        }
    }

    fn bytes(self, digest: Digest) -> String {
        let hex: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Dialect::Sqlite => format!("X'{hex}'"),
            Dialect::Postgres => format!("'\\x{hex}'"),
        }
    }
}

/// What is tried. The first statement is what someone tries who leaves the guards on.
pub const ATTACKS: [(&str, &str); 9] = [
    ("改一条记录", "change a record's text"),
    ("改一条记录并重算它的摘要", "change a record and compute its hash again"),
    ("删中间一条", "delete a record in the middle"),
    ("中间插一条", "insert a record in the middle"),
    ("调换两条", "swap two records"),
    ("截掉末尾", "cut off the end, with everything that belongs to it"),
    ("清空", "empty the tables"),
    ("全部重写、重算全部摘要", "rewrite a case, and compute every hash after it again"),
    ("换回旧备份", "put an old copy back"),
];

pub fn log_key() -> SecretKey {
    SecretKey::from_seed(KeyName::new("dongtang.example/sanzi").unwrap(), Scheme::Ed25519, [5; 32]).unwrap()
}

/// Four appends; two thirds of the way, `copy` may take a copy. The checkpoint of the end is what somebody outside has.
pub fn filled(store: &dyn Store, copy: impl FnOnce()) -> Note {
    append(store, case(1), key(1), 3, Claim::Take(asset(1)));
    append(store, case(2), key(2), 1, Claim::None);
    copy();
    append(store, case(1), key(3), 1, Claim::Release);
    append(store, case(2), key(4), 1, Claim::None);
    Log::new(store, log_key().public().name().clone()).seal(&log_key(), None).unwrap()
}

/// A case with its second record changed, and every hash after it computed again.
fn rewritten(id: CaseId, records: &[Record]) -> Vec<Record> {
    let mut again: Vec<Record> = Vec::new();
    for record in records {
        let body: serde_json::Value = record.body().unwrap();
        let body = if record.version() == 2 { serde_json::json!({"price": "1.00"}) } else { body };
        let prev = again.last().map_or(Digest::NONE, Record::hash);
        again.push(Record::seal(org(), id, record.version(), prev, &body).unwrap());
    }
    again
}

/// The statements of an attack, for whoever has taken the guards off.
pub fn statements(attack: usize, dialect: Dialect, store: &dyn Store) -> Vec<String> {
    let [record, receipt, taken, released, tile, checkpoint] =
        ["record", "receipt", "taken", "released", "tile", "checkpoint"].map(|name| dialect.table(name));
    let records = store.read(case(1)).unwrap();
    let set = |record_: &Record| {
        format!(
            "UPDATE {record} SET json = '{}', hash = {} WHERE case_id = '{}' AND version = {}",
            record_.as_str(),
            dialect.bytes(record_.hash()),
            record_.case(),
            record_.version()
        )
    };
    let forget = [format!("DELETE FROM {checkpoint}"), format!("DELETE FROM {tile}")];
    let mut all = match attack {
        0 => vec![format!("UPDATE {record} SET json = replace(json, '东塱', '西塱') WHERE position = 2")],
        1 => vec![set(&rewritten(case(1), &records)[1])],
        2 => vec![format!("DELETE FROM {record} WHERE position = 2")],
        3 => {
            let forged = Record::seal(org(), case(9), 1, Digest::NONE, &"forged").unwrap();
            let (columns, values) = match dialect {
                Dialect::Sqlite => ("", String::new()),
                Dialect::Postgres => (", org, stage", format!(", '{}', 'free'", org())),
            };
            let insert = format!(
                "INSERT INTO {record} (position, case_id, version, hash, json{columns}) VALUES (3, '{}', 1, {}, '{}'{values})",
                case(9),
                dialect.bytes(forged.hash()),
                forged.as_str()
            );
            let shift =
                |by: i32| format!("UPDATE {record} SET position = position + {by} WHERE position >= {}", if by > 0 { 3 } else { 1000 });
            vec![shift(1000), shift(-999), insert]
        }
        4 => {
            [(3, 1000), (4, 3), (1000, 4)].map(|(from, to)| format!("UPDATE {record} SET position = {to} WHERE position = {from}")).to_vec()
        }
        5 => {
            let mut cut = vec![format!("DELETE FROM {record} WHERE position > 4"), format!("DELETE FROM {receipt} WHERE position > 4")];
            cut.push(format!("DELETE FROM {released} WHERE position > 4"));
            cut
        }
        6 => [&record, &receipt, &taken, &released].map(|table| format!("DELETE FROM {table}")).to_vec(),
        7 => rewritten(case(1), &records)[1..].iter().map(set).collect(),
        _ => Vec::new(),
    };
    if (5..8).contains(&attack) {
        all.extend(forget);
    }
    all
}

/// What finds a change: opening the ledger, verifying all of it, or only what somebody else has.
pub fn found(open: Result<impl Store, StoreError>, outside: &Note) -> String {
    let store = match open {
        Ok(store) => store,
        Err(error) => return format!("found when opened: {}", short(&error)),
    };
    if let Err(error) = verify(&store) {
        return format!("found by verify: {}", short(&error));
    }
    match Log::new(&store, log_key().public().name().clone()).keep(outside) {
        Err(error) => format!("**only the checkpoint outside shows it**: {}", error.to_string().split([':', ';']).next().unwrap()),
        Ok(()) => "NOT FOUND".to_owned(),
    }
}

fn short(error: &StoreError) -> String {
    let text = error.to_string().replace("the ledger is damaged: ", "");
    let text = text.split([';', '(']).next().unwrap().to_owned();
    let text: String = text.split(": sha256").next().unwrap().split(": it follows").next().unwrap().to_owned();
    text.replace(&case(1).to_string(), "A").replace(&case(2).to_string(), "B").replace(&case(9).to_string(), "C").trim().to_owned()
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::path::Path;

    use sanzi::store::SqliteStore;
    use sanzi::store::sqlite::rusqlite::Connection;

    use super::*;

    /// With the guards left on: the first statement, in the shell.
    fn refused(attack: usize) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let store = SqliteStore::create(&path, org()).unwrap();
        let note = filled(&store, || ());
        let sql = statements(attack, Dialect::Sqlite, &store);
        let Some(first) = sql.first() else { return "may: it is a file".to_owned() };
        let error = Connection::open(&path).unwrap().execute_batch(first).unwrap_err();
        assert_eq!(found(SqliteStore::open(&path, org()), &note), "NOT FOUND", "nothing was changed");
        format!("refused: {error}")
    }

    /// By whoever can write the file: the guards are taken off, and put back word for word.
    fn by_the_owner(attack: usize) -> String {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("ledger.sqlite"), folder.path().join("old.sqlite"));
        let store = SqliteStore::create(&path, org()).unwrap();
        let note = filled(&store, || store.backup(&old).map(drop).unwrap());
        let sql = statements(attack, Dialect::Sqlite, &store);
        drop(store);
        if sql.is_empty() || attack == ATTACKS.len() - 1 {
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
            std::fs::copy(&old, &path).unwrap();
        } else {
            unguarded(&path, &sql);
        }
        found(SqliteStore::open(&path, org()), &note)
    }

    fn unguarded(path: &Path, sql: &[String]) {
        let conn = Connection::open(path).unwrap();
        let mut statement = conn.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
        let guards: Vec<(String, String)> =
            statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        drop(statement);
        guards.iter().for_each(|(name, _)| conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
        sql.iter().for_each(|sql| conn.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}")));
        guards.iter().for_each(|(_, sql)| conn.execute_batch(sql).unwrap());
    }

    #[test]
    fn the_tamper_matrix_of_a_file() {
        let mut page = String::from("| what is tried | with the guards on | by whoever can write the file |\n|---|---|---|\n");
        for (attack, (zh, en)) in ATTACKS.iter().enumerate() {
            page += &format!("| {zh}<br>{en} | {} | {} |\n", refused(attack), by_the_owner(attack));
        }
        println!("{page}");
        assert!(!page.contains("NOT FOUND"));
        crate::snapshot::assert_kept("../../docs/src/tamper-sqlite.md", &page);
    }
}
