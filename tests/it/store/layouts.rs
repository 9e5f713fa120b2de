//! A file of every released layout opens, is brought up to date, and goes on.

use std::path::PathBuf;

use sanzi::ledger::{KeyName, Scheme, SecretKey, Signer};
use sanzi::store::{Answer, Claim, Log, SqliteStore, Store, verify};
use sanzi::value::OrgId;

use super::{batch, case, key, tip};

const LAYOUTS: [&[u8]; 1] = [include_bytes!("../../vectors/ledger_layout_1.sqlite")];

fn copy(folder: &tempfile::TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join("ledger.sqlite");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn of_the_file() -> OrgId {
    OrgId::new("dongtang").unwrap()
}

#[test]
fn an_older_file_is_brought_up_to_date() {
    for bytes in LAYOUTS {
        let folder = tempfile::tempdir().unwrap();
        let path = copy(&folder, bytes);
        let store = SqliteStore::open(&path, of_the_file()).unwrap();
        let before = verify(&store).unwrap();
        assert_eq!((before.cases, before.records), (1, 49));
        let signer = SecretKey::from_seed(KeyName::new("dongtang.example/sanzi").unwrap(), Scheme::Ed25519, [5; 32]).unwrap();
        let log = Log::new(&store, signer.public().name().clone());
        let note = log.seal(&signer, None).unwrap();
        assert!(matches!(store.append(&batch(case(1), tip(&store, case(1)), key(1), 2).with(Claim::None)).unwrap(), Answer::Appended(_)));
        drop(store);
        // Once more, by another opening: nothing is left to do, and everything is there.
        let again = SqliteStore::open(&path, of_the_file()).unwrap();
        assert_eq!((verify(&again).unwrap().records, again.latest_checkpoint().unwrap()), (51, Some(note)));
        let conn = sanzi::store::sqlite::rusqlite::Connection::open(&path).unwrap();
        let number: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        let layout: i64 = conn.query_row("SELECT layout FROM sanzi_ledger", (), |row| row.get(0)).unwrap();
        assert_eq!((number, layout), (2, 2));
        assert!(conn.execute("UPDATE sanzi_ledger SET layout = 1", ()).is_err(), "its guard is there again");
    }
}

#[test]
fn eight_at_once_bring_it_up_to_date_once() {
    // Often: one that looks while another writes must not take half of what it sees from before and half from after.
    for _ in 0..24 {
        let folder = tempfile::tempdir().unwrap();
        let path = copy(&folder, LAYOUTS[0]);
        let at_once = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    at_once.wait();
                    assert_eq!(verify(&SqliteStore::open(&path, of_the_file()).unwrap()).unwrap().records, 49);
                });
            }
        });
    }
}

#[test]
fn an_older_file_whose_guards_were_changed_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy(&folder, LAYOUTS[0]);
    let conn = sanzi::store::sqlite::rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch("DROP TRIGGER sanzi_record_delete").unwrap();
    drop(conn);
    assert!(matches!(SqliteStore::open(&path, of_the_file()), Err(sanzi::store::StoreError::Corrupt(_))));
    let conn = sanzi::store::sqlite::rusqlite::Connection::open(&path).unwrap();
    let layout: i64 = conn.query_row("SELECT layout FROM sanzi_ledger", (), |row| row.get(0)).unwrap();
    assert_eq!(layout, 1);
}
