//! What is installed, and how a database that is not ours is told.

use sanzi::store::postgres::{Order, create_ledger, install};
use sanzi::store::{InvalidStore, Store, StoreError};

use super::super::org;
use super::fresh;

fn invalid<T: std::fmt::Debug>(result: Result<T, StoreError>) -> InvalidStore {
    match result.unwrap_err() {
        StoreError::Invalid(why) => why,
        other => panic!("{other:?}"),
    }
}

/// `src/store/postgres/listed.txt` says what stands guard. After a change of the SQL: look at the difference, and keep it.
#[test]
fn the_guards_are_the_ones_listed() {
    let place = fresh();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/postgres");
    let sql = std::fs::read_to_string(root.join("list.sql")).unwrap();
    let rows = place.client("postgres").query(&sql, &[]).unwrap();
    let found: String = rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(root.join("listed.txt"), &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(root.join("listed.txt")).unwrap(), "run again with UPDATE_SNAPSHOTS=1 to keep it");
}

#[test]
fn can_be_installed_again() {
    let place = fresh();
    super::server::install_in(&place.dsn("postgres"));
    install(&place.dsn("postgres"), &[]).unwrap();
    create_ledger(&place.dsn("postgres"), org(), Order::Free).unwrap();
    assert!(
        matches!(invalid(create_ledger(&place.dsn("postgres"), org(), Order::Checked)), InvalidStore::Guarded { code, .. } if code == "SZ001")
    );
    place.store().check().unwrap();
}
