//! A host that has no more than SQL: `psql`, and its own tables beside ours.

use std::io::Write;
use std::process::Stdio;

use sanzi::ledger::{Record, Tip};
use sanzi::store::postgres::append_in;
use sanzi::store::{Answer, Claim, InvalidStore, Store, StoreError, verify};
use sanzi::value::OrgId;

use super::super::{append, asset, batch, case, key, org, tip};
use super::{Place, fresh};

fn psql(place: &Place, script: &str) -> String {
    let mut psql = std::process::Command::new(place.server.program("psql"))
        .args(["-XAtq", "-v", "VERBOSITY=sqlstate", &place.dsn("app")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    psql.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = psql.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

fn call(record: &Record, n: u64, more: &str) -> String {
    format!(
        "SELECT answer, version, position FROM sanzi.append('dongtang', '{}', {}, '{}', sha256('the command'), ARRAY['{}']{more});",
        record.case(),
        record.version() - 1,
        key(n),
        record.as_str()
    )
}

#[test]
fn by_psql_alone() {
    let place = fresh();
    place.client("postgres").batch_execute("CREATE TABLE todo (text text); GRANT ALL ON todo TO app").unwrap();
    let first = batch(case(1), Tip::START, key(1), 1).records.remove(0);
    let second = first.next(&"second").unwrap();
    let rival = batch(case(2), Tip::START, key(2), 1).records.remove(0);
    let script = [
        "BEGIN; INSERT INTO todo VALUES ('study the motion');".to_owned(),
        call(&first, 1, ", take => 'DT-1'"),
        "COMMIT;".to_owned(),
        call(&first, 1, ", take => 'DT-1'"),
        call(&second, 1, ""),
        call(&first, 2, ""),
        call(&rival, 3, ", take => 'DT-1'"),
        "BEGIN; INSERT INTO todo VALUES ('gone'); ".to_owned(),
        call(&second, 4, ", release => true"),
        "ROLLBACK;".to_owned(),
        call(&second, 5, ", release => true"),
        call(&rival, 6, ", take => 'DT-1'"),
        format!("SELECT version FROM sanzi.recall('dongtang', '{}');", key(5)),
        format!("SELECT version FROM sanzi.recall('dongtang', '{}');", key(4)),
        "SELECT sanzi.append('nowhere', gen_random_uuid(), 0, gen_random_uuid(), '', '{x}');".to_owned(),
        "SELECT sanzi.append('dongtang', gen_random_uuid(), 0, gen_random_uuid(), sha256('x'), '{}');".to_owned(),
        "SELECT count(*) FROM todo;".to_owned(),
    ];
    let said = psql(&place, &script.join("\n"));
    let due = "appended|1|1\nrepeated|1|1\nrepeated|1|1\nconflict|1|\ntaken|0|\nappended|2|2\nappended|2|2\nappended|1|3\n2\n1\nERROR:  SZ009\nERROR:  SZ003\n";
    assert_eq!(said, due);
    let store = place.store();
    assert_eq!(verify(&store).unwrap().records, 3);
    assert_eq!(store.recall(key(5)).unwrap().unwrap().request, sanzi::value::Digest::of_bytes(b"the command"));
}

#[test]
fn a_host_commits_its_rows_with_ours() {
    let place = fresh();
    place.client("postgres").batch_execute("CREATE TABLE todo (text text); GRANT ALL ON todo TO app").unwrap();
    let store = place.store();
    let host = |commit: bool, n: u64, end: Tip| {
        let mut client = place.client("app");
        let mut tx = client.transaction().unwrap();
        tx.execute("INSERT INTO todo VALUES ('study')", &[]).unwrap();
        let answer = append_in(&mut tx, org(), &batch(case(1), end, key(n), 2).with(Claim::Take(asset(1)))).unwrap();
        if commit {
            tx.commit().unwrap()
        } else {
            tx.rollback().unwrap()
        }
        (answer, client.query_one("SELECT count(*) FROM todo", &[]).unwrap().get::<_, i64>(0))
    };
    let (answer, todo) = host(false, 1, Tip::START);
    assert!(matches!(answer, Answer::Appended(_)));
    assert_eq!((todo, store.recall(key(1)).unwrap()), (0, None), "rolled back with the host's rows");
    assert!(matches!(host(true, 1, Tip::START), (Answer::Appended(receipt), 1) if !receipt.repeated && receipt.version == 2));
    assert!(matches!(host(true, 1, Tip::START), (Answer::Appended(receipt), 2) if receipt.repeated));
    assert_eq!(host(true, 2, Tip::START).0, Answer::Conflict { actual: 2 });
    append(&store, case(1), key(3), 1, Claim::None);
    assert_eq!(tip(&store, case(1)).version, 3);
    let mut client = place.client("app");
    let mut tx = client.transaction().unwrap();
    let other = OrgId::new("nanjiao").unwrap();
    let record = Record::seal(other, case(1), 1, sanzi::value::Digest::NONE, &1).unwrap();
    let sent = sanzi::store::Append::new(case(1), 0, key(4), sanzi::value::Digest::NONE, vec![record]);
    assert!(matches!(append_in(&mut tx, other, &sent), Err(StoreError::Invalid(InvalidStore::Guarded { code, .. })) if code == "SZ009"));
    assert_eq!(verify(&store).unwrap().records, 3);
}
