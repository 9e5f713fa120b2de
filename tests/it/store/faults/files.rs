//! Files that are not this ledger, hands that change one, and a ledger inside another database.

use sanzi::ledger::{Record, Tip};
use sanzi::store::sqlite::rusqlite::{Connection, TransactionBehavior};
use sanzi::store::sqlite::{append_in, create_tables_in};
use sanzi::store::{Answer, Claim, Damage, InvalidStore, Refusal, SqliteStore, Store, StoreError, verify};
use sanzi::value::OrgId;

use super::super::{append, asset, batch, case, key, org, tip};
use super::fresh;

fn invalid(path: &std::path::Path) -> InvalidStore {
    let before = std::fs::read(path).ok();
    let Err(StoreError::Invalid(error)) = SqliteStore::open(path, org()) else { panic!("it was opened") };
    assert_eq!(std::fs::read(path).ok(), before, "nothing was written");
    assert!(!path.with_extension("sqlite-wal").exists());
    error
}

#[test]
fn a_wait_beyond_measure_and_a_name_that_is_no_file_are_taken_with_grace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let org = sanzi::value::OrgId::new("dongtang").unwrap();
    drop(sanzi::store::SqliteStore::create(&path, org).unwrap());
    let patient = sanzi::store::SqliteStore::open(&path, org).unwrap().waiting(std::time::Duration::MAX);
    assert!(sanzi::store::Store::cases(&patient, sanzi::store::Cases::All).unwrap().is_empty());
    let refused = sanzi::store::SqliteStore::create(":memory:", org).unwrap_err();
    assert!(refused.to_string().contains("MemoryStore"), "{refused}");
    assert!(!std::path::Path::new(":memory:").exists());
}

#[test]
fn another_programs_file_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    assert!(matches!(invalid(&path), InvalidStore::Missing { .. }));
    for bytes in
        ["", "SQLite format 3", "an accountant's notes, long enough to be taken for a first page of a database, if nobody looks closely"]
    {
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(invalid(&path), InvalidStore::Foreign(_)), "{bytes}");
    }
    std::fs::remove_file(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE accounts (yuan INTEGER)").unwrap();
    assert!(matches!(invalid(&path), InvalidStore::Foreign(_)));
    other.execute_batch("PRAGMA application_id = 77").unwrap();
    assert_eq!(invalid(&path), InvalidStore::Foreign("its application id is 0x4d".to_owned()));
    assert_eq!(SqliteStore::create(&path, org()).err(), Some(InvalidStore::Exists(path.clone()).into()));
}

#[test]
fn a_newer_layout_and_another_organisation_are_named() {
    let (_folder, path, store) = fresh();
    drop(store);
    let other = OrgId::new("nanjiao").unwrap();
    let error = SqliteStore::open(&path, other).err();
    assert_eq!(error, Some(InvalidStore::OtherOrg { found: "dongtang".to_owned(), asked: other }.into()));
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA user_version = 3; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(conn);
    assert_eq!(invalid(&path), InvalidStore::NewerSchema { found: 3, known: 2 });
}

/// Who may write in spite of the file's mode (a superuser) has no read-only file.
#[cfg(unix)]
#[test]
fn a_read_only_file_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path, store) = fresh();
    append(&store, case(1), key(1), 1, Claim::None);
    drop(store);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    let opened = SqliteStore::open(&path, org());
    if std::fs::OpenOptions::new().append(true).open(&path).is_ok() {
        assert_eq!(opened.unwrap().read(case(1)).unwrap().len(), 1);
    } else {
        assert_eq!(opened.err(), Some(InvalidStore::ReadOnly.into()));
    }
}

#[test]
fn nothing_is_changed_or_deleted_through_sql() {
    let (_folder, path, store) = fresh();
    append(&store, case(1), key(1), 2, Claim::Take(asset(1)));
    append(&store, case(1), key(2), 1, Claim::Release);
    let conn = Connection::open(&path).unwrap();
    for table in ["sanzi_ledger", "sanzi_record", "sanzi_receipt", "sanzi_taken", "sanzi_released"] {
        let column: String = conn.query_row("SELECT name FROM pragma_table_info(?1)", [table], |row| row.get(0)).unwrap();
        for change in [
            format!("DELETE FROM {table}"),
            format!("UPDATE {table} SET {column} = {column}"),
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table} ORDER BY 1 LIMIT 1"),
            format!("INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET {column} = {column}"),
        ] {
            assert!(conn.execute_batch(&change).is_err(), "{change}");
        }
    }
    for insert in [
        "INSERT INTO sanzi_record SELECT 9, case_id, 4, hash, json FROM sanzi_record LIMIT 1",
        "INSERT INTO sanzi_record SELECT 4, case_id, 5, hash, json FROM sanzi_record LIMIT 1",
        "INSERT INTO sanzi_record SELECT 4, 'x', 2, hash, json FROM sanzi_record LIMIT 1",
        "INSERT INTO sanzi_ledger VALUES (2, 'other', 1)",
    ] {
        assert!(conn.execute_batch(insert).is_err(), "{insert}");
    }
    assert_eq!(verify(&store).unwrap().records, 3);
}

#[test]
fn removed_guards_and_changed_rows_are_found() {
    let guard =
        "CREATE TRIGGER sanzi_record_update BEFORE UPDATE ON sanzi_record BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END";
    let tampered = |changes: &str| {
        let (folder, path, store) = fresh();
        append(&store, case(1), key(1), 3, Claim::Take(asset(1)));
        append(&store, case(2), key(2), 1, Claim::None);
        drop(store);
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(changes).unwrap();
        let opened = SqliteStore::open(&path, org());
        (folder, opened)
    };
    let is_file =
        |error: StoreError, name: &str| matches!(error, StoreError::Corrupt(d) if matches!(&*d, Damage::File(what) if what.contains(name)));
    let (_folder, opened) = tampered("DROP TRIGGER sanzi_record_update");
    assert!(is_file(opened.err().unwrap(), "sanzi_record_update"));
    let (_folder, opened) = tampered("CREATE TRIGGER hidden AFTER INSERT ON sanzi_record BEGIN SELECT 1; END");
    assert!(is_file(opened.err().unwrap(), "hidden"));

    let change = |update: &str| tampered(&format!("DROP TRIGGER sanzi_record_update; {update}; {guard}"));
    let (_folder, opened) = change("UPDATE sanzi_record SET json = replace(json, '东塱', '西塱') WHERE version = 2");
    match opened.unwrap().read(case(1)) {
        Err(StoreError::Corrupt(damage)) => match *damage {
            Damage::Record { position, version: 2, .. } => assert_eq!(position.number(), 2),
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    }
    let (_folder, opened) =
        change("UPDATE sanzi_record SET case_id = (SELECT case_id FROM sanzi_record WHERE position = 1), version = 4 WHERE position = 4");
    let store = opened.unwrap();
    assert!(matches!(store.read(case(1)), Err(StoreError::Corrupt(damage)) if matches!(*damage, Damage::Chain(_))));
    let scanned = store.scan(sanzi::store::Position::START, 9);
    assert!(matches!(scanned, Err(StoreError::Corrupt(damage)) if matches!(*damage, Damage::Misfiled { .. })));
    assert!(matches!(store.read(case(2)), Err(StoreError::Corrupt(damage)) if matches!(*damage, Damage::Count { due: 1, found: 0, .. })));
    assert!(verify(&store).is_err());

    let (_folder, opened) = tampered(&format!(
        "DROP TRIGGER sanzi_record_delete; DELETE FROM sanzi_record WHERE position = 2; {}",
        guard.replace("update", "delete").replace("UPDATE", "DELETE")
    ));
    let store = opened.unwrap();
    let gap =
        |error: StoreError| matches!(error, StoreError::Corrupt(damage) if matches!(*damage, Damage::Gap { due } if due.number() == 2));
    assert!(store.scan(sanzi::store::Position::START, 9).is_err_and(gap));
    assert!(verify(&store).is_err_and(gap));
    assert!(store.read(case(1)).is_err());
}

/// A forger who also makes the hash fit breaks the chain at the next record, or the claim of the whole at the end.
#[test]
fn a_forged_record_breaks_the_chain() {
    let (_folder, path, store) = fresh();
    append(&store, case(1), key(1), 3, Claim::None);
    let read = store.read(case(1)).unwrap();
    let forged = Record::seal(org(), case(1), 2, read[0].hash(), &"forged").unwrap();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("DROP TRIGGER sanzi_record_update").unwrap();
    conn.execute("UPDATE sanzi_record SET json = ?1, hash = ?2 WHERE version = 2", (forged.as_str(), forged.hash().as_bytes())).unwrap();
    match store.read(case(1)) {
        Err(StoreError::Corrupt(damage)) => assert!(matches!(&*damage, Damage::Chain(error) if error.version == 3), "{damage}"),
        other => panic!("{other:?}"),
    }
    assert!(verify(&store).is_err());
}

#[test]
fn a_host_commits_its_rows_with_ours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.sqlite");
    let mut conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA application_id = 5; CREATE TABLE todo (text TEXT)").unwrap();
    create_tables_in(&conn, org()).unwrap();
    create_tables_in(&conn, org()).unwrap();
    let other = OrgId::new("nanjiao").unwrap();
    assert!(matches!(create_tables_in(&conn, other), Err(StoreError::Invalid(InvalidStore::OtherOrg { .. }))));

    let mut host = |commit: bool, n: u64, end: Tip| {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        tx.execute("INSERT INTO todo VALUES ('study')", ()).unwrap();
        let answer = append_in(&tx, org(), &batch(case(1), end, key(n), 2).with(Claim::Take(asset(1)))).unwrap();
        if commit {
            tx.commit().unwrap()
        } else {
            tx.rollback().unwrap()
        }
        let todo: i64 = conn.query_row("SELECT count(*) FROM todo", (), |row| row.get(0)).unwrap();
        (answer, todo)
    };
    let (answer, todo) = host(false, 1, Tip::START);
    assert!(matches!(answer, Answer::Appended(_)));
    assert_eq!(todo, 0);
    let store = SqliteStore::open_within(&path, org()).unwrap();
    assert_eq!(store.recall(key(1)).unwrap(), None, "rolled back with the host's rows");
    assert!(matches!(host(true, 1, Tip::START), (Answer::Appended(receipt), 1) if !receipt.repeated && receipt.version == 2));
    assert!(matches!(host(true, 1, Tip::START), (Answer::Appended(receipt), 2) if receipt.repeated));
    assert_eq!(host(true, 2, Tip::START).0, Answer::Conflict { actual: 2 });
    append(&store, case(1), key(3), 1, Claim::None);
    assert_eq!(tip(&store, case(1)).version, 3);
    let theirs =
        Connection::open(&path).unwrap().unchecked_transaction().map(|tx| append_in(&tx, other, &batch(case(1), Tip::START, key(4), 1)));
    assert!(matches!(theirs, Ok(Ok(Answer::Refused(Refusal::Malformed(_))))));
    assert_eq!(verify(&store).unwrap().records, 3);
    assert!(matches!(SqliteStore::open(&path, org()), Err(StoreError::Invalid(InvalidStore::Foreign(_)))), "it is the host's file");
}
