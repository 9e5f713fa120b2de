//! What people with a connection try, each with the exact answer of the database, and nothing changed.

use std::collections::BTreeSet;

use sanzi::case::{Command, Entry, Subject};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::ledger::{Record, Tip};
use sanzi::store::postgres::postgres::Client;
use sanzi::store::postgres::{Order, append_in};
use sanzi::store::{Answer, Append, Claim, Damage, InvalidStore, Position, PostgresStore, Store, StoreError, verify};
use sanzi::value::{CaseId, Digest};
use serde_json::{Value, json};

use super::super::{append, asset, batch, case, key, org, tip};
use super::{Place, fresh, server};
use crate::village::Run;

/// The SQLSTATE of what a client answers to a command; `-` for success.
pub fn state(client: &mut Client, sql: &str) -> String {
    client.batch_execute(sql).err().map_or("-".to_owned(), |error| error.code().map_or(format!("{error}"), |code| code.code().to_owned()))
}

/// Everything that is kept, as text.
pub fn dump(place: &Place) -> String {
    let mut client = place.client("postgres");
    let tables = ["layout", "procedure", "ledger", "record", "receipt", "taken", "released", "tile", "checkpoint"];
    let rows = |table: &&str| {
        let sql = format!("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM sanzi.{table} t");
        client.query_one(&sql, &[]).unwrap().get::<_, String>(0)
    };
    tables.iter().map(rows).collect()
}

fn filled() -> (Place, PostgresStore) {
    let place = fresh();
    let store = place.store();
    append(&store, case(1), key(1), 3, Claim::Take(asset(1)));
    append(&store, case(2), key(2), 1, Claim::None);
    append(&store, case(1), key(3), 1, Claim::Release);
    (place, store)
}

/// A direct insert of a record that would be the next one in every way but those that the test changes.
fn insert(record: &Record, position: i64, hash: Digest) -> String {
    let hex: String = hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "INSERT INTO sanzi.record (org, position, case_id, version, hash, json, stage) VALUES ('{}', {position}, '{}', {}, '\\x{hex}', '{}', 'free')",
        record.org(),
        record.case(),
        record.version(),
        record.as_str()
    )
}

#[test]
fn each_role_against_each_command() {
    let (place, store) = filled();
    let next = store.read(case(2)).unwrap()[0].next(&"next").unwrap();
    let good = insert(&next, 6, next.hash());
    let commands: Vec<(&str, [&str; 4])> = vec![
        // Command; then the answer to the reader, the application, the owner, the superuser.
        ("UPDATE sanzi.record SET json = json", ["42501", "42501", "SZ001", "SZ001"]),
        ("UPDATE sanzi.ledger SET ordered = false", ["42501", "42501", "SZ001", "SZ001"]),
        ("DELETE FROM sanzi.record WHERE position = 2", ["42501", "42501", "SZ001", "SZ001"]),
        ("DELETE FROM sanzi.receipt", ["42501", "42501", "SZ001", "SZ001"]),
        ("DELETE FROM sanzi.taken", ["42501", "42501", "SZ001", "SZ001"]),
        ("TRUNCATE sanzi.record", ["42501", "42501", "SZ001", "SZ001"]),
        ("TRUNCATE sanzi.receipt_3", ["42501", "42501", "SZ001", "SZ001"]),
        (
            "INSERT INTO sanzi.ledger VALUES ('dongtang', true) ON CONFLICT (org) DO UPDATE SET ordered = true",
            ["42501", "42501", "SZ001", "SZ001"],
        ),
        (
            "MERGE INTO sanzi.record r USING (SELECT 1) x ON r.position = 1 WHEN MATCHED THEN UPDATE SET json = 'x'",
            ["42501", "42501", "SZ001", "SZ001"],
        ),
        ("SELECT sanzi.create_ledger('another', false)", ["42501", "42501", "-", "-"]),
        ("SET session_replication_role = replica", ["42501", "42501", "42501", "-"]),
        ("SET session_replication_role = replica; DELETE FROM sanzi.record", ["42501", "42501", "42501", "SZ001"]),
        (
            "SET session_replication_role = replica; SELECT sanzi.append('dongtang', gen_random_uuid(), 0, gen_random_uuid(), '', '{x}')",
            ["42501", "42501", "42501", "SZ010"],
        ),
        ("ALTER TABLE sanzi.record DISABLE TRIGGER ALL", ["42501", "42501", "SZ001", "SZ001"]),
        ("ALTER TABLE sanzi.record DISABLE TRIGGER append_only", ["42501", "42501", "SZ001", "SZ001"]),
        ("ALTER TABLE sanzi.record_3 DISABLE TRIGGER check_insert", ["42501", "42501", "SZ001", "SZ001"]),
        ("DROP TRIGGER append_only ON sanzi.taken", ["42501", "42501", "SZ001", "SZ001"]),
        ("CREATE RULE quiet AS ON INSERT TO sanzi.record DO INSTEAD NOTHING", ["42501", "42501", "SZ001", "SZ001"]),
        (
            "CREATE TRIGGER quiet BEFORE INSERT ON sanzi.record FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            ["42501", "42501", "SZ001", "SZ001"],
        ),
        (
            "CREATE OR REPLACE FUNCTION sanzi.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            ["42501", "42501", "SZ001", "SZ001"],
        ),
        ("ALTER FUNCTION sanzi.append SECURITY INVOKER", ["42501", "42501", "SZ001", "SZ001"]),
        ("CREATE POLICY hide ON sanzi.record USING (false)", ["42501", "42501", "SZ001", "SZ001"]),
        ("ALTER TABLE sanzi.record ENABLE ROW LEVEL SECURITY", ["42501", "42501", "SZ001", "SZ001"]),
        ("ALTER TABLE sanzi.record DETACH PARTITION sanzi.record_3", ["42501", "42501", "SZ001", "SZ001"]),
        ("DROP TABLE sanzi.record", ["42501", "42501", "SZ001", "SZ001"]),
        ("DROP SCHEMA sanzi CASCADE", ["42501", "42501", "SZ001", "SZ001"]),
        ("ALTER SCHEMA sanzi RENAME TO gone", ["42501", "42501", "42501", "SZ001"]),
        ("DROP OWNED BY sanzi_owner CASCADE", ["42501", "42501", "SZ001", "SZ001"]),
        ("ALTER EVENT TRIGGER sanzi_ddl DISABLE", ["42501", "42501", "42501", "-"]),
        (&good, ["42501", "42501", "-", "-"]),
    ];
    let before = dump(&place);
    for (command, due) in commands {
        for ((user, role), due) in
            [("reader", "reader"), ("app", "app"), ("postgres", "sanzi_owner"), ("postgres", "postgres")].iter().zip(due)
        {
            let mut client = place.client(user);
            client.batch_execute(&format!("SET ROLE {role}; BEGIN")).unwrap();
            assert_eq!(state(&mut client, command), due, "{role}: {command}");
            client.batch_execute("ROLLBACK").unwrap();
        }
    }
    assert_eq!(state(&mut place.client("stranger"), "SELECT FROM sanzi.record"), "42501", "another user sees nothing");
    assert_eq!(dump(&place), before);
    verify(&store).unwrap();
}

/// Rows that the owner inserts directly meet the same checks as those of the function.
#[test]
fn a_record_out_of_place_is_refused_to_the_owner_too() {
    let (place, store) = filled();
    let last = store.read(case(2)).unwrap().remove(0);
    let next = last.next(&"next").unwrap();
    let sealed = |version: u64, prev: Digest| Record::seal(org(), case(2), version, prev, &"x").unwrap();
    let hidden = next.as_str().replace("\"body\":\"next\"", "\"body\":\"next\",\"case\":\"x\"");
    let hidden_hash = Digest::of_bytes(hidden.as_bytes());
    let before = dump(&place);
    for (what, sql, due) in [
        ("a position left out", insert(&next, 7, next.hash()), "SZ002"),
        ("a position taken", insert(&next, 5, next.hash()), "23505"),
        ("a version left out", insert(&sealed(3, last.hash()), 6, sealed(3, last.hash()).hash()), "SZ002"),
        ("a version taken", insert(&sealed(1, Digest::NONE), 6, sealed(1, Digest::NONE).hash()), "23505"),
        ("version nought", insert(&next, 6, next.hash()).replace("', 2, '", "', 0, '"), "SZ002"),
        ("another hash", insert(&next, 6, last.hash()), "SZ004"),
        (
            "a broken chain",
            insert(&sealed(2, Digest::of_bytes(b"elsewhere")), 6, sealed(2, Digest::of_bytes(b"elsewhere")).hash()),
            "SZ003",
        ),
        (
            "another case in its text",
            insert(&next, 6, next.hash()).replace(&format!("6, '{}'", case(2)), &format!("6, '{}'", case(1))),
            "SZ003",
        ),
        ("another organisation", insert(&next, 6, next.hash()).replace("('dongtang'", "('nanjiao'"), "SZ009"),
        ("a field hidden in the frame", insert(&next, 6, hidden_hash).replace(next.as_str(), &hidden), "22P02"),
        ("an empty text", insert(&next, 6, Digest::of_bytes(b"")).replace(next.as_str(), ""), "SZ003"),
        (
            "a receipt without record",
            "INSERT INTO sanzi.receipt VALUES ('dongtang', gen_random_uuid(), decode(repeat('00', 32), 'hex'), gen_random_uuid(), 1, 9)"
                .into(),
            "SZ008",
        ),
        ("a claim without record", format!("INSERT INTO sanzi.taken VALUES ('dongtang', 2, 'DT-9', '{}', 9)", case(1)), "SZ008"),
        ("a release without record", "INSERT INTO sanzi.released VALUES ('dongtang', 9, 1)".into(), "SZ008"),
        ("a checkpoint beyond the end", "INSERT INTO sanzi.checkpoint VALUES ('dongtang', 1, 6, 'x')".into(), "SZ002"),
        ("a tile half full", "SELECT sanzi.add_tile('dongtang', 0, 0, 'x')".into(), "23514"),
    ] {
        let mut client = place.client("postgres");
        client.batch_execute("SET ROLE sanzi_owner").unwrap();
        assert_eq!(state(&mut client, &sql), due, "{what}: {sql}");
    }
    assert_eq!(dump(&place), before);
    assert!(matches!(store.append(&Append::new(case(2), 1, key(9), Digest::NONE, vec![next])).unwrap(), Answer::Appended(_)), "the twin");
}

#[test]
fn time_does_not_go_back() {
    let (_place, store) = filled();
    let send = |end: Tip, n: u64, body: Value| {
        let record = Record::seal(org(), case(7), end.version + 1, end.hash, &body).unwrap();
        (store.append(&Append::new(case(7), end.version, key(n), Digest::NONE, vec![record.clone()])), Tip::of(&record))
    };
    let (answer, first) = send(Tip::START, 11, json!({"at": "2018-03-05T09:00:00.000000500Z"}));
    assert!(matches!(answer, Ok(Answer::Appended(_))));
    let (answer, _) = send(first, 12, json!({"at": "2018-03-05T08:59:59.999Z"}));
    assert!(matches!(&answer, Err(StoreError::Invalid(InvalidStore::Guarded { code, .. })) if code == "SZ005"), "{answer:?}");
    let (answer, silent) = send(first, 13, json!({"says": "nothing of time"}));
    assert!(matches!(answer, Ok(Answer::Appended(_))));
    let (answer, _) = send(silent, 14, json!({"at": "2018-03-05T08:59:59Z"}));
    assert!(matches!(answer, Err(StoreError::Invalid(_))), "the record before it is not forgotten");
    let (answer, same) = send(silent, 15, json!({"at": "2018-03-05T09:00:00.000000500Z"}));
    assert!(matches!(answer, Ok(Answer::Appended(_))));
    let (answer, _) = send(same, 16, json!({"at": "2018-03-05T08:00:00Z", "event": {"clock-set": {"reason": "it ran ahead"}}}));
    assert!(matches!(answer, Ok(Answer::Appended(_))), "only a stated clock setting does: {answer:?}");
    assert_eq!(verify(&store).unwrap().records, 9);
}

/// Switches the watch over commands off, as only a superuser can.
fn unwatched(place: &Place) -> Client {
    let mut client = place.client("postgres");
    client.batch_execute("ALTER EVENT TRIGGER sanzi_ddl DISABLE; ALTER EVENT TRIGGER sanzi_drop DISABLE; SET ROLE sanzi_owner").unwrap();
    client
}

/// A success of nothing is none: what a rule or a trigger swallows is not acknowledged.
#[test]
fn what_is_not_stored_is_not_acknowledged() {
    for (sql, due) in [
        ("CREATE RULE quiet AS ON INSERT TO sanzi.record DO INSTEAD NOTHING", "SZ007"),
        ("CREATE RULE quiet AS ON INSERT TO sanzi.receipt DO INSTEAD NOTHING", "SZ007"),
        ("CREATE RULE quiet AS ON INSERT TO sanzi.taken DO INSTEAD NOTHING", "SZ007"),
        (
            "CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER zz BEFORE INSERT ON sanzi.record FOR EACH ROW EXECUTE FUNCTION public.swallow()",
            "SZ007",
        ),
        (
            "CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.json := '{}'; RETURN NEW; END$$;
             CREATE TRIGGER zz BEFORE INSERT ON sanzi.record FOR EACH ROW EXECUTE FUNCTION public.swallow()",
            "SZ007",
        ),
        (
            "CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
               NEW.json := replace(NEW.json, '东塱', '西塱'); NEW.hash := sha256(convert_to(NEW.json, 'UTF8')); RETURN NEW; END$$;
             CREATE TRIGGER zz BEFORE INSERT ON sanzi.record FOR EACH ROW EXECUTE FUNCTION public.swallow()",
            "SZ007",
        ),
        ("ALTER TABLE sanzi.record DISABLE TRIGGER check_insert", "23502"),
    ] {
        let (place, store) = filled();
        let mut owner = place.client("postgres");
        owner.batch_execute("GRANT CREATE ON SCHEMA public TO sanzi_owner").unwrap();
        unwatched(&place).batch_execute(sql).unwrap();
        let before = dump(&place);
        let sent = batch(case(5), Tip::START, key(5), 1).with(Claim::Take(asset(5)));
        let answer = store.append(&sent);
        assert!(matches!(answer, Err(StoreError::Corrupt(_))), "{sql}: {answer:?}");
        let mut client = place.client("app");
        let mut tx = client.transaction().unwrap();
        let error = tx
            .query(
                "SELECT sanzi.append('dongtang', $1, 0, $2, $3, $4, 'DT-6')",
                &[&case(6).uuid(), &key(6), &[0_u8; 32].as_slice(), &vec![batch(case(6), Tip::START, key(6), 1).records[0].as_str()]],
            )
            .unwrap_err();
        assert_eq!(error.code().unwrap().code(), due, "{sql}");
        drop(tx);
        assert_eq!(dump(&place), before, "{sql}");
        let damage = |error: &StoreError| matches!(error, StoreError::Corrupt(damage) if matches!(**damage, Damage::File(_)));
        assert!(damage(&store.check().unwrap_err()), "{sql}");
        assert!(damage(&PostgresStore::open(&place.dsn("app"), org()).unwrap_err()), "opening names it too");
    }
}

/// A superuser can write what he likes; what he changed is named when it is read.
#[test]
fn a_superusers_changes_are_found() {
    type Found = fn(&Damage) -> bool;
    let cases: [(&str, Found); 5] = [
        (
            "UPDATE sanzi.record SET json = replace(json, '东塱', '西塱') WHERE position = 2",
            |damage| matches!(damage, Damage::Record { position, version: 2, .. } if *position == Position::new(2)),
        ),
        ("DELETE FROM sanzi.record WHERE position = 2", |damage| matches!(damage, Damage::Gap { due } if *due == Position::new(2))),
        ("UPDATE sanzi.record SET case_id = gen_random_uuid() WHERE position = 4", |damage| matches!(damage, Damage::Misfiled { .. })),
        ("DELETE FROM sanzi.receipt WHERE version = 1", |damage| matches!(damage, Damage::Index(_))),
        ("DELETE FROM sanzi.released; UPDATE sanzi.taken SET asset = 'DT-8'", |damage| matches!(damage, Damage::File(_))),
    ];
    for (sql, expected) in cases {
        let (place, store) = filled();
        let triggers = |state: &str| -> String {
            let tables = ["record", "receipt", "taken", "released"];
            tables.iter().map(|table| format!("ALTER TABLE sanzi.{table} {state} TRIGGER append_only; ")).collect()
        };
        let on = if sql.contains("DT-8") { String::new() } else { triggers("ENABLE ALWAYS") };
        let hidden = format!(
            "ALTER EVENT TRIGGER sanzi_ddl DISABLE; {} {sql}; {on} ALTER EVENT TRIGGER sanzi_ddl ENABLE ALWAYS",
            triggers("DISABLE")
        );
        place.client("postgres").batch_execute(&hidden).unwrap();
        match verify(&store) {
            Err(StoreError::Corrupt(damage)) => assert!(expected(&damage), "{sql}: {damage:?}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

/// The entries of a village's case, sealed one after the other.
fn sealed(id: CaseId, entries: &[Value]) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for entry in entries {
        let next = match records.last() {
            Some(last) => last.next(entry),
            None => Record::seal(org(), id, 1, Digest::NONE, entry),
        };
        records.push(next.unwrap());
    }
    records
}

fn json_of(entries: &[Entry<Dongsha>]) -> Vec<Value> {
    entries.iter().map(|entry| serde_json::to_value(entry).unwrap()).collect()
}

fn whole(id: CaseId, records: Vec<Record>, n: u64) -> Append {
    Append::new(id, 0, key(n), Digest::NONE, records)
}

/// A whole case goes in, and one with a return, one that is terminated; with any record left out, or two exchanged, none does.
/// A clock set right takes a case back to a step where it stood, and nowhere else.
#[test]
fn a_clock_set_right_leads_back_only() {
    let place = server::shared().place(Order::Checked);
    let store = place.store();
    let good = json_of(&crate::law::clock_ahead::set_right());
    let at = good.iter().position(|body| !body["event"]["clock-set"].is_null()).unwrap();
    assert_eq!(good[at]["event"]["clock-set"]["back"]["steps"]["from"], "IntentNotice");
    for step in ["Bidding", "FilingAndArchive", "nowhere"] {
        let mut ahead = good[..=at].to_vec();
        ahead[at]["event"]["clock-set"]["back"]["steps"]["from"] = step.into();
        let answer = store.append(&whole(case(1), sealed(case(1), &ahead), 1));
        assert!(matches!(&answer, Err(StoreError::Invalid(InvalidStore::Guarded { code, .. })) if code == "SZ006"), "{step}: {answer:?}");
    }
    let mut onward = good.clone();
    onward.remove(at);
    let answer = store.append(&whole(case(1), sealed(case(1), &onward), 1));
    assert!(matches!(&answer, Err(StoreError::Invalid(InvalidStore::Guarded { .. }))), "without it the steps are done twice: {answer:?}");
    assert!(matches!(store.append(&whole(case(1), sealed(case(1), &good), 1)).unwrap(), Answer::Appended(_)));
}

#[test]
fn in_an_ordered_ledger_no_step_is_skipped() {
    let place = server::shared().place(Order::Checked);
    let store = place.store();
    let mut run = Run::opened();
    run.finish();
    let good = json_of(&run.entries);
    assert!(good.len() > 45);

    let before = dump(&place);
    let (mut refused, mut allowed) = (0, 0);
    let state = |body: &Value| body["event"].as_object().unwrap().keys().next().unwrap().clone();
    for left_out in 0..good.len() - 1 {
        let mut skipping = good.clone();
        skipping.remove(left_out);
        let answer = store.append(&whole(case(1), sealed(case(1), &skipping), 1));
        match &answer {
            Err(StoreError::Invalid(InvalidStore::Guarded { code, .. })) if code == "SZ006" => refused += 1,
            other => panic!("without {}: {other:?}", state(&good[left_out])),
        }
    }
    for place in 1..good.len() - 1 {
        let mut exchanged = good.clone();
        let (early, late) = (exchanged[place]["event"].clone(), exchanged[place + 1]["event"].clone());
        exchanged[place]["event"] = late;
        exchanged[place + 1]["event"] = early;
        let answer = store.append(&whole(case(1), sealed(case(1), &exchanged), 1));
        assert!(matches!(&answer, Err(StoreError::Invalid(InvalidStore::Guarded { code, .. })) if code == "SZ006"), "{place}: {answer:?}");
        refused += 1;
    }
    for (at, to) in
        [(3, json!({"step": "Bidding"})), (3, json!({"step": "AssetCheck"})), (3, json!("end")), (3, json!({})), (3, Value::Null)]
    {
        let mut elsewhere = good[..=at].to_vec();
        assert_eq!(elsewhere[at]["event"]["advanced"]["from"], "AssetCheck");
        elsewhere[at]["event"]["advanced"]["to"] = to.clone();
        let answer = store.append(&whole(case(1), sealed(case(1), &elsewhere), 1));
        assert!(matches!(&answer, Err(StoreError::Invalid(InvalidStore::Guarded { code, .. })) if code == "SZ006"), "to {to}: {answer:?}");
        refused += 1;
    }
    assert_eq!(dump(&place), before, "{refused} refused, nothing of them is there");
    for cut in [1, 2, 3, 10, good.len()] {
        let id = case(100 + cut as u64);
        let answer = store.append(&whole(id, sealed(id, &good[..cut]), 100 + cut as u64)).unwrap();
        assert!(matches!(answer, Answer::Appended(_)));
        allowed += 1;
    }
    let end = tip(&store, case(100 + good.len() as u64));
    let more = Record::seal(org(), case(100 + good.len() as u64), end.version + 1, end.hash, &good[7]).unwrap();
    let answer = store.append(&Append::new(more.case(), end.version, key(7), Digest::NONE, vec![more]));
    assert!(matches!(&answer, Err(StoreError::Invalid(InvalidStore::Guarded { .. }))), "nothing comes after the end: {answer:?}");
    verify(&store).unwrap();
    println!("{refused} attempts to skip or exchange refused, {allowed} beginnings of the same case accepted");
}

#[test]
fn a_return_and_a_termination_go_into_an_ordered_ledger() {
    let place = server::shared().place(Order::Checked);
    let store = place.store();
    let mut run = Run::opened();
    run.to(Step::PlanReview);
    let sanzi::dongsha::Evidence::PlanReview(mut record) = run.good() else { panic!() };
    record.approved = false;
    run.perform_with(sanzi::dongsha::Evidence::PlanReview(record)).publish().wait_to_leave().advance();
    run.withdraw().perform().publish();
    let decision = sanzi::case::Termination { decision: Digest::of_bytes(b"decision"), reason: crate::village::text("no longer let") };
    run.must(crate::village::responsible(run.step()), Command::Terminate(decision));
    let receipts = crate::village::receipts(&run.case, Subject::Termination, run.now);
    run.must(crate::village::responsible(Step::PlanDraft), Command::Publish { of: Subject::Termination, receipts });
    let entries = json_of(&run.entries);
    let records = sealed(case(1), &entries);
    assert!(matches!(store.append(&whole(case(1), records, 1)).unwrap(), Answer::Appended(_)));
    verify(&store).unwrap();
}

/// A kind of event that the database does not know would be refused for ever, and with it whatever comes after.
#[test]
fn every_kind_of_event_goes_into_an_ordered_ledger() {
    let place = server::shared().place(Order::Checked);
    let store = place.store();
    let mut ended = Run::opened();
    ended.perform();
    let receipts = crate::village::receipts(&ended.case, Subject::Step, ended.now);
    ended.must(crate::village::responsible(ended.step()), Command::Note { of: Subject::Step, receipts });
    ended.must(crate::village::responsible(ended.step()), crate::law::terminate());
    let mut kinds = BTreeSet::new();
    for (number, entries) in (1..).zip([crate::law::eventful().entries, crate::law::clock_ahead::set_right(), ended.entries]) {
        let entries = json_of(&entries);
        kinds.extend(entries.iter().flat_map(|body| body["event"].as_object().unwrap().keys().cloned()));
        let answer = store.append(&whole(case(number), sealed(case(number), &entries), number)).unwrap();
        assert!(matches!(answer, Answer::Appended(_)), "{answer:?}");
    }
    let all =
        ["advanced", "answered", "clock-set", "noted", "objected", "opened", "performed", "published", "recalled", "risen", "terminated"];
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), all, "every kind is tried");
    verify(&store).unwrap();
}

#[test]
fn an_ordered_ledger_takes_events_of_installed_procedures_only() {
    let place = server::shared().place(Order::Checked);
    let store = place.store();
    let opened = json_of(&Run::opened().entries).remove(0);
    let mut other = opened.clone();
    other["event"]["opened"]["procedure_digest"] = json!(Digest::of_bytes(b"another").to_string());
    let mut late = opened.clone();
    late["at"] = json!("some day");
    for (body, due) in [(json!("opened"), "SZ006"), (json!({"at": opened["at"]}), "SZ006"), (other, "SZ009"), (late, "SZ006")] {
        let answer = store.append(&whole(case(1), sealed(case(1), &[body]), 1));
        assert!(matches!(&answer, Err(StoreError::Invalid(InvalidStore::Guarded { code, .. })) if code == due), "{answer:?}");
    }
    let mut client = place.client("app");
    let mut tx = client.transaction().unwrap();
    let answer = append_in(&mut tx, org(), &whole(case(1), sealed(case(1), &[json!(1)]), 1));
    assert!(answer.is_err());
    let good = append_in(&mut tx, org(), &whole(case(1), sealed(case(1), &[opened]), 1)).unwrap();
    assert!(matches!(good, Answer::Appended(_)), "a refusal leaves the transaction usable");
    tx.commit().unwrap();
    let undated = json!({"at": "some day", "event": {"noted": {}}});
    let end = tip(&store, case(1));
    let record = Record::seal(org(), case(1), 2, end.hash, &undated).unwrap();
    let answer = store.append(&Append::new(case(1), 1, key(2), Digest::NONE, vec![record]));
    assert!(matches!(&answer, Err(StoreError::Invalid(InvalidStore::Guarded { code, .. })) if code == "SZ006"), "{answer:?}");
    assert_eq!(verify(&store).unwrap().records, 1);
}
