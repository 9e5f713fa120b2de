//! The tamper matrix of a database: each role, with the guards on; and a superuser who takes them off and puts them back.

use sanzi::store::PostgresStore;
use sanzi::store::postgres::postgres::Client;

use super::super::org;
use super::super::tamper::{ATTACKS, Dialect, filled, found, statements};
use super::attacks::state;
use super::{Place, fresh};

const ROLES: [(&str, &str); 4] = [("reader", "reader"), ("app", "app"), ("postgres", "sanzi_owner"), ("postgres", "postgres")];

/// What comes of an attack: for each role with the guards on, and for the superuser without.
fn row(attack: usize) -> Vec<String> {
    let place = fresh();
    let old = format!("{}_old", place.database);
    let copy = || {
        let sql = format!("CREATE DATABASE {old} TEMPLATE {}", place.database);
        // A copy needs the database to itself; the store's connections come back by themselves.
        let mut admin = place.server.superuser("postgres");
        loop {
            let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", place.database);
            admin.batch_execute(&end).unwrap();
            if admin.batch_execute(&sql).is_ok() {
                break;
            }
        }
    };
    let last = attack == ATTACKS.len() - 1;
    let store = place.store();
    let note = if last { filled(&Again(&place), copy) } else { filled(&store, || ()) };
    let sql = statements(attack, Dialect::Postgres, &place.store());
    let mut cells = Vec::new();
    for (user, role) in ROLES {
        let mut client = place.client(user);
        client.batch_execute(&format!("SET ROLE {role}")).unwrap();
        if last && role == "postgres" {
            cells.push("may".to_owned());
            continue;
        }
        // All of it was refused, so nothing has to be rolled back.
        let tried = if last { format!("ALTER DATABASE {} RENAME TO gone", place.database) } else { sql[0].clone() };
        let answer = state(&mut client, &tried);
        assert_ne!(answer, "-", "{role}: {tried}");
        cells.push(format!("refused ({answer})"));
    }
    drop(store);
    if last {
        let mut admin = place.server.superuser("postgres");
        admin.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", place.database)).unwrap();
        admin.batch_execute(&format!("ALTER DATABASE {old} RENAME TO {}", place.database)).unwrap();
    } else {
        unguarded(&mut place.client("postgres"), &sql);
    }
    cells.push(found(PostgresStore::open(&place.dsn("app"), org()), &note));
    cells
}

/// A new connection for each call: a copy of the database ends those that are open.
struct Again<'a>(&'a Place);

macro_rules! anew {
    ($(fn $name:ident(&self $(, $argument:ident: $type:ty)*) -> $answer:ty;)*) => {
        impl sanzi::store::Store for Again<'_> {
            fn org(&self) -> sanzi::value::OrgId {
                org()
            }
            $(fn $name(&self $(, $argument: $type)*) -> Result<$answer, sanzi::store::StoreError> {
                self.0.store().$name($($argument),*)
            })*
        }
    };
}

anew! {
    fn append(&self, batch: &sanzi::store::Append) -> sanzi::store::Answer;
    fn read(&self, case: sanzi::value::CaseId) -> Vec<sanzi::ledger::Record>;
    fn recall(&self, key: uuid::Uuid) -> Option<sanzi::store::Receipt>;
    fn scan(&self, after: sanzi::store::Position, limit: usize) -> Vec<(sanzi::store::Position, sanzi::ledger::Record)>;
    fn cases(&self, which: sanzi::store::Cases) -> Vec<sanzi::value::CaseId>;
    fn last(&self) -> sanzi::store::Position;
    fn position_of(&self, case: sanzi::value::CaseId, version: u64) -> Option<sanzi::store::Position>;
    fn tile(&self, at: sanzi::ledger::TileId) -> Option<Vec<u8>>;
    fn keep_tiles(&self, tiles: &[sanzi::ledger::Tile]) -> ();
    fn checkpoints(&self, from: u64, limit: usize) -> Vec<sanzi::ledger::Note>;
    fn latest_checkpoint(&self) -> Option<sanzi::ledger::Note>;
    fn keep_checkpoint(&self, size: u64, note: &sanzi::ledger::Note) -> ();
    fn check(&self) -> ();
}

/// Takes every guard off, works, and puts every guard back.
fn unguarded(client: &mut Client, sql: &[String]) {
    let triggers = |how: &str| {
        format!(
            "DO $do$ DECLARE g record; BEGIN
               FOR g IN SELECT t.tgrelid::regclass AS name, t.tgname AS trigger FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                   WHERE c.relnamespace = 'sanzi'::regnamespace AND NOT t.tgisinternal LOOP
                 EXECUTE format('ALTER TABLE ONLY %s {how} TRIGGER %I', g.name, g.trigger);
               END LOOP;
             END $do$"
        )
    };
    client.batch_execute("ALTER EVENT TRIGGER sanzi_ddl DISABLE").unwrap();
    client.batch_execute(&triggers("DISABLE")).unwrap();
    for sql in sql {
        client.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    client.batch_execute(&triggers("ENABLE ALWAYS")).unwrap();
    client.batch_execute("ALTER EVENT TRIGGER sanzi_ddl ENABLE ALWAYS").unwrap();
}

/// A guard that is taken off and left off, or exchanged for one that lets everything through.
fn left_off(sql: &str) -> Vec<String> {
    let place = fresh();
    let store = place.store();
    let note = filled(&store, || ());
    let mut cells = Vec::new();
    for (user, role) in ROLES {
        let mut client = place.client(user);
        client.batch_execute(&format!("SET ROLE {role}; BEGIN")).unwrap();
        cells.push(format!("refused ({})", state(&mut client, sql)));
        client.batch_execute("ROLLBACK").unwrap();
    }
    let mut client = place.client("postgres");
    client.batch_execute("ALTER EVENT TRIGGER sanzi_ddl DISABLE").unwrap();
    client.batch_execute(sql).unwrap();
    client.batch_execute("ALTER EVENT TRIGGER sanzi_ddl ENABLE ALWAYS").unwrap();
    cells.push(found(PostgresStore::open(&place.dsn("app"), org()), &note));
    cells
}

#[test]
fn the_tamper_matrix_of_a_database() {
    let mut page = String::from(
        "| what is tried | reader | application | owner | superuser | superuser who takes the guards off and puts them back |\n|---|---|---|---|---|---|\n",
    );
    for (attack, (zh, en)) in ATTACKS.iter().enumerate() {
        page += &format!("| {zh}<br>{en} | {} |\n", row(attack).join(" | "));
    }
    for (name, sql) in [
        ("停用触发器<br>leave a trigger disabled", "ALTER TABLE sanzi.record DISABLE TRIGGER append_only"),
        (
            "替换函数<br>leave a function replaced",
            "CREATE OR REPLACE FUNCTION sanzi.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        ),
    ] {
        page += &format!("| {name} | {} |\n", left_off(sql).join(" | "));
    }
    println!("{page}");
    assert!(!page.contains("NOT FOUND"));
    crate::snapshot::assert_kept("../../docs/src/tamper-postgres.md", &page);
}
