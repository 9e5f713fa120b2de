//! What is installed, and how a database that is not ours is told.

use sanzi::ledger::{Record, Tip};
use sanzi::store::postgres::{Order, create_ledger, install};
use sanzi::store::{Answer, Append, Cases, InvalidStore, PostgresStore, Store, StoreError, Unavailable, verify};
use sanzi::value::OrgId;

use super::super::{batch, case, key, org};
use super::fresh;
use super::server::Server;

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

#[test]
fn what_is_no_ledger_is_told() {
    let place = fresh();
    let other = OrgId::new("nanjiao").unwrap();
    let open = |dsn: &str, org: OrgId| PostgresStore::open(dsn, org);
    assert_eq!(invalid(open(&place.dsn("app"), other)), InvalidStore::NoLedger { org: other });
    assert_eq!(invalid(place.store().ledger_of(other)), InvalidStore::NoLedger { org: other });
    assert!(matches!(invalid(open("no such thing", org())), InvalidStore::Connection(_)));
    assert!(matches!(invalid(open(&format!("{} sslmode=require", place.dsn("app")), org())), InvalidStore::Connection(_)));
    assert!(matches!(invalid(open(&place.dsn("nobody_here"), org())), InvalidStore::Connection(_)));
    assert!(matches!(invalid(open(&place.server.dsn("app", "nowhere"), org())), InvalidStore::Unsupported(_)));
    assert!(matches!(invalid(open(&place.server.dsn("app", "postgres"), org())), InvalidStore::Unsupported(_)), "nothing installed");
    assert!(matches!(invalid(open(&place.dsn("stranger"), org())), InvalidStore::Unsupported(_)), "without rights");
    assert!(matches!(PostgresStore::open("host=/nowhere user=app", org()), Err(StoreError::Unavailable(Unavailable::System(_)))));
    let reader = open(&place.dsn("reader"), org()).unwrap();
    assert_eq!(reader.cases(Cases::All).unwrap(), []);
    assert!(
        matches!(invalid(reader.append(&batch(case(1), Tip::START, key(1), 1))), InvalidStore::Unsupported(why) if why.contains("42501"))
    );
}

#[test]
fn other_schemas_and_newer_layouts_are_left_alone() {
    let place = fresh();
    let mut admin = place.client("postgres");
    admin.batch_execute("INSERT INTO sanzi.layout VALUES (2, 'sanzi', true)").unwrap();
    let newer = InvalidStore::NewerSchema { found: 2, known: 1 };
    assert_eq!(invalid(PostgresStore::open(&place.dsn("app"), org())), newer);
    assert_eq!(invalid(install(&place.dsn("postgres"), &[])), newer);
    assert_eq!(invalid(create_ledger(&place.dsn("postgres"), org(), Order::Free)), newer);

    let place = fresh();
    admin = place.client("postgres");
    admin
        .batch_execute("ALTER EVENT TRIGGER sanzi_ddl DISABLE; ALTER EVENT TRIGGER sanzi_drop DISABLE; DROP SCHEMA sanzi CASCADE")
        .unwrap();
    admin.batch_execute("CREATE SCHEMA sanzi; CREATE TABLE sanzi.layout (what text); GRANT USAGE ON SCHEMA sanzi TO app").unwrap();
    assert!(matches!(invalid(PostgresStore::open(&place.dsn("app"), org())), InvalidStore::Foreign(_)));
    assert!(matches!(invalid(install(&place.dsn("postgres"), &[])), InvalidStore::Foreign(_)));
}

/// Without a superuser there is no watch over commands; everything else is the same.
#[test]
fn who_is_no_superuser_can_install_too() {
    let place = fresh();
    let database = format!("{}_plain", place.database);
    let mut admin = place.client("postgres");
    let role = format!("builder_{}", place.database);
    admin.batch_execute(&format!("CREATE ROLE {role} LOGIN CREATEROLE CREATEDB")).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {database} OWNER {role}")).unwrap();
    let dsn = place.server.dsn(&role, &database);
    install(&dsn, &[]).unwrap();
    create_ledger(&dsn, org(), Order::Free).unwrap();
    let store = PostgresStore::open(&place.server.dsn("app", &database), org()).unwrap();
    assert!(matches!(store.append(&batch(case(1), Tip::START, key(1), 1)).unwrap(), Answer::Appended(_)));
    assert_eq!(verify(&store).unwrap().records, 1);
    drop(store);
    admin.batch_execute(&format!("DROP DATABASE {database} WITH (FORCE)")).unwrap();
}

#[test]
fn a_server_that_forgets_is_not_used() {
    let server: &'static Server = Box::leak(Box::new(Server::start(&["fsync = off"]).prepared()));
    let place = server.place(Order::Free);
    let why = invalid(PostgresStore::open(&place.dsn("app"), org()));
    assert!(matches!(&why, InvalidStore::Unsupported(what) if what.contains("fsync")), "{why:?}");
    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
    server.superuser("postgres").batch_execute(latin).unwrap();
    let why = invalid(install(&server.dsn("postgres", "latin"), &[]));
    assert!(matches!(&why, InvalidStore::Unsupported(what) if what.contains("UTF8")), "{why:?}");
    drop(place);
    server.stop();
}

/// What the database cannot keep is told, and spoils nothing.
#[test]
fn a_text_that_postgresql_cannot_read_is_refused() {
    let place = fresh();
    let store = place.store();
    let record = Record::seal(org(), case(1), 1, sanzi::value::Digest::NONE, &serde_json::json!({"text": "a\u{0}b"})).unwrap();
    let sent = Append::new(case(1), 0, key(1), sanzi::value::Digest::NONE, vec![record]);
    assert!(matches!(invalid(store.append(&sent)), InvalidStore::Unsupported(_)));
    assert_eq!(store.recall(key(1)).unwrap(), None);
}
