//! Calls that meet a lock, a frozen process, a dead one or a lost reply come back in time and say what they know.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sanzi::ledger::Tip;
use sanzi::store::postgres::postgres::{Client, IsolationLevel};
use sanzi::store::postgres::{Order, Settings, append_in, create_ledger};
use sanzi::store::{Answer, Append, Claim, PostgresStore, Receipt, Store, StoreError, Unavailable, verify};
use sanzi::value::OrgId;

use super::super::{append, asset, batch, case, key, org, tip};
use super::attacks::dump;
use super::cutter::Cutter;
use super::server::Server;
use super::{Place, fresh};

const BUSY: StoreError = StoreError::Unavailable(Unavailable::Busy);

fn short(milliseconds: u64) -> Settings {
    Settings { connections: 2, deadline: Duration::from_millis(milliseconds) }
}

/// Waits for something to become true; what does not within a minute never will.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Appends as a caller does whose connections may have died: an answer that is open is settled by the key, and what was not
/// appended is sent again.
pub fn settle(store: &PostgresStore, sent: &Append) -> Receipt {
    let mut receipt = None;
    until("it is appended", || {
        match store.append(sent) {
            Ok(Answer::Appended(appended)) => receipt = Some(appended),
            Ok(Answer::Indeterminate { key }) => receipt = store.recall(key).unwrap_or(None),
            Err(StoreError::Unavailable(_)) => {}
            other => panic!("{other:?}"),
        }
        receipt.is_some()
    });
    receipt.unwrap()
}

/// The processes that serve the application in this database; waiting for a lock, or all.
pub fn backends(client: &mut Client, waiting: bool) -> Vec<i32> {
    let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'app' AND ($1 = (wait_event_type = 'Lock') OR NOT $1)";
    client.query(sql, &[&waiting]).unwrap().iter().map(|row| row.get(0)).collect()
}

fn signal(name: &str, process: i32) {
    assert!(Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap().success());
}

pub fn gone(process: i32) -> bool {
    !Path::new(&format!("/proc/{process}")).exists()
}

/// Holds the ledger's row until dropped.
fn holding(place: &Place) -> Client {
    let mut holder = place.client("postgres");
    holder.batch_execute("BEGIN; SELECT FROM sanzi.ledger FOR UPDATE").unwrap();
    holder
}

#[test]
fn who_waits_too_long_for_another_is_told_busy() {
    let place = fresh();
    let store = place.with(short(1_500));
    append(&store, case(1), key(1), 1, Claim::None);
    let before = dump(&place);
    let holder = holding(&place);
    let start = Instant::now();
    let sent = batch(case(1), tip(&store, case(1)), key(2), 1);
    assert_eq!(store.append(&sent), Err(BUSY));
    assert!(start.elapsed() < Duration::from_millis(1_500), "the server gave up before the caller: {:?}", start.elapsed());
    assert_eq!(store.recall(key(1)), Err(BUSY), "who still appends could still append it");
    assert_eq!(store.read(case(1)).unwrap().len(), 1, "reading goes on");
    assert_eq!(dump(&place), before);
    drop(holder);
    assert!(matches!(store.append(&sent).unwrap(), Answer::Appended(receipt) if !receipt.repeated));
}

#[test]
fn one_organisation_does_not_wait_for_another() {
    let place = fresh();
    let other = OrgId::new("nanjiao").unwrap();
    create_ledger(&place.dsn("postgres"), other, Order::Free).unwrap();
    let store = place.with(short(5_000));
    let theirs = store.ledger_of(other).unwrap();
    let mut holder = place.client("postgres");
    holder.batch_execute("BEGIN; SELECT FROM sanzi.ledger WHERE org = 'dongtang' FOR UPDATE").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.append(&batch(case(1), Tip::START, key(1), 1)));
        let mut watch = place.client("postgres");
        until("one waits", || backends(&mut watch, true).len() == 1);
        let record = sanzi::ledger::Record::seal(other, case(1), 1, sanzi::value::Digest::NONE, &"x").unwrap();
        let sent = sanzi::store::Append::new(case(1), 0, key(1), sanzi::value::Digest::NONE, vec![record]);
        assert!(matches!(theirs.append(&sent).unwrap(), Answer::Appended(receipt) if receipt.position.number() == 1));
        assert!(!waiting.is_finished());
        holder.batch_execute("COMMIT").unwrap();
        assert!(matches!(waiting.join().unwrap().unwrap(), Answer::Appended(receipt) if receipt.position.number() == 1));
    });
}

#[test]
fn a_terminated_backend_leaves_it_open_until_it_is_recalled() {
    let place = fresh();
    let store = place.with(short(10_000));
    let mut holder = holding(&place);
    let sent = batch(case(1), Tip::START, key(1), 2).with(Claim::Take(asset(1)));
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.append(&sent));
        let mut watch = place.client("postgres");
        until("it waits for the lock", || backends(&mut watch, true).len() == 1);
        let process = backends(&mut watch, true)[0];
        watch.execute("SELECT pg_terminate_backend($1)", &[&process]).unwrap();
        waiting.join().unwrap()
    });
    assert_eq!(answer, Ok(Answer::Indeterminate { key: key(1) }));
    holder.batch_execute("COMMIT").unwrap();
    assert_eq!(store.recall(key(1)), Ok(None));
    assert!(matches!(store.append(&sent).unwrap(), Answer::Appended(receipt) if !receipt.repeated));
    assert_eq!(verify(&store).unwrap().records, 2);
}

/// The caller comes back at its deadline; and what was recalled as not appended never is, even when the process wakes up.
#[test]
fn a_frozen_backend_holds_nobody_and_appends_nothing_late() {
    let place = fresh();
    let deadline = Duration::from_millis(1_200);
    let store = place.with(Settings { connections: 1, deadline });
    let mut watch = place.client("postgres");
    let mut indeterminate = 0;
    for round in 0..4_u64 {
        append(&store, case(1), key(100 + round), 1, Claim::None);
        let held = (round % 2 == 1).then(|| holding(&place));
        let sent = batch(case(1), tip(&store, case(1)), key(round), 2);
        let process = backends(&mut watch, false)[0];
        if held.is_none() {
            // Frozen while it waits for a command.
            signal("STOP", process);
        }
        let start = Instant::now();
        let answer = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| store.append(&sent));
            if let Some(mut holder) = held {
                until("it waits for the lock", || backends(&mut watch, true) == [process]);
                signal("STOP", process);
                // Now it could go on, if it were not frozen.
                holder.batch_execute("COMMIT").unwrap();
            }
            waiting.join().unwrap()
        });
        assert!(start.elapsed() >= deadline && start.elapsed() < deadline * 3, "{:?}", start.elapsed());
        assert_eq!(answer, Ok(Answer::Indeterminate { key: key(round) }));
        indeterminate += 1;
        let recalled = loop {
            match store.recall(key(round)) {
                Err(StoreError::Unavailable(_)) if !gone(process) => signal("CONT", process),
                other => break other.unwrap(),
            }
        };
        if !gone(process) {
            signal("CONT", process);
        }
        until("it is gone", || gone(process));
        let there = store.read(case(1)).unwrap();
        let mine = there.iter().filter(|record| record.body_json().contains(&key(round).to_string())).count();
        assert_eq!(mine, if recalled.is_some() { 2 } else { 0 }, "what was recalled stays true");
        let again = store.append(&Append { expected: tip(&store, case(1)).version, ..batch(case(1), tip(&store, case(1)), key(round), 2) });
        assert!(matches!(again.unwrap(), Answer::Appended(receipt) if receipt.repeated == recalled.is_some()));
    }
    assert_eq!(verify(&store).unwrap().records, 4 + 2 * indeterminate);
    until("one connection at a time", || backends(&mut watch, false).len() == 1);
}

/// A server that accepts, and then says nothing at all.
#[test]
fn a_frozen_server_holds_nobody() {
    let server: &'static Server = Box::leak(Box::new(Server::start(&[]).prepared()));
    let place = server.place(Order::Free);
    let store = place.with(short(1_000));
    append(&store, case(1), key(1), 1, Claim::None);
    let master: i32 = std::fs::read_to_string(server.data().join("postmaster.pid")).unwrap().lines().next().unwrap().parse().unwrap();
    let mut watch = place.client("postgres");
    signal("STOP", master);
    for process in backends(&mut watch, false) {
        signal("STOP", process);
    }
    let start = Instant::now();
    for n in 0..4 {
        let answer = store.append(&batch(case(1), Tip::START, key(10 + n), 1));
        assert!(matches!(answer, Ok(Answer::Indeterminate { .. }) | Err(StoreError::Unavailable(_))), "{answer:?}");
        assert!(matches!(store.read(case(1)), Err(StoreError::Unavailable(_))));
    }
    let opened = PostgresStore::with(&place.dsn("app"), org(), short(1_000));
    assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{opened:?}");
    assert!(start.elapsed() < Duration::from_secs(20), "nine calls of a second: {:?}", start.elapsed());
    for process in backends(&mut watch, false) {
        signal("CONT", process);
    }
    signal("CONT", master);
    until("it answers again", || store.read(case(1)).is_ok());
    until("it can be recalled", || store.recall(key(10)) == Ok(None));
    // A second is short on a busy machine, and this is not about time.
    assert_eq!(verify(&place.store()).unwrap().records, 1);
    drop(place);
    server.stop();
}

#[test]
fn a_restart_amid_a_transaction_keeps_all_or_nothing() {
    let server: &'static Server = Box::leak(Box::new(Server::start(&[]).prepared()));
    let place = server.place(Order::Free);
    let store = place.with(short(5_000));
    let receipt = append(&store, case(1), key(1), 3, Claim::Take(asset(1)));
    let before = dump(&place);
    let mut host = place.client("app");
    let mut tx = host.transaction().unwrap();
    assert!(matches!(append_in(&mut tx, org(), &batch(case(2), Tip::START, key(2), 2)).unwrap(), Answer::Appended(_)));
    server.crash_and_restart();
    assert!(tx.commit().is_err());
    assert_eq!(dump(&place), before);
    until("the store finds the server again", || store.recall(key(2)) == Ok(None));
    assert_eq!(store.recall(key(1)).unwrap().map(|again| (again.version, again.position)), Some((receipt.version, receipt.position)));
    settle(&store, &batch(case(2), Tip::START, key(2), 2));
    assert_eq!(verify(&store).unwrap().records, 5);
    drop(place);
    server.stop();
}

#[test]
fn a_transaction_that_came_too_late_is_told_to_begin_again() {
    let place = fresh();
    let store = place.store();
    append(&store, case(1), key(1), 1, Claim::None);
    for level in [IsolationLevel::RepeatableRead, IsolationLevel::Serializable] {
        let mut host = place.client("app");
        let mut tx = host.build_transaction().isolation_level(level).start().unwrap();
        tx.query("SELECT count(*) FROM sanzi.record", &[]).unwrap();
        let end = tip(&store, case(1));
        append(&store, case(2), key(10 + end.version), 1, Claim::None);
        let sent = batch(case(1), end, key(20 + end.version), 1);
        assert_eq!(append_in(&mut tx, org(), &sent), Err(BUSY), "{level:?}");
        tx.rollback().unwrap();
        let mut tx = host.build_transaction().isolation_level(level).start().unwrap();
        assert!(matches!(append_in(&mut tx, org(), &sent).unwrap(), Answer::Appended(_)), "the whole transaction again");
        tx.commit().unwrap();
    }
    assert_eq!(verify(&store).unwrap().records, 5);
}

#[test]
fn of_two_that_wait_for_each_other_one_goes_on() {
    let place = fresh();
    let other = OrgId::new("nanjiao").unwrap();
    create_ledger(&place.dsn("postgres"), other, Order::Free).unwrap();
    let store = place.store();
    let sent = |org: OrgId, n: u64| {
        let record = sanzi::ledger::Record::seal(org, case(n), 1, sanzi::value::Digest::NONE, &"x").unwrap();
        Append::new(case(n), 0, key(n), sanzi::value::Digest::NONE, vec![record])
    };
    let start = std::sync::Barrier::new(2);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let (start, place) = (&start, &place);
        let host = |first: OrgId, second: OrgId, n: u64| {
            scope.spawn(move || {
                let mut client = place.client("app");
                let mut tx = client.transaction().unwrap();
                assert!(matches!(append_in(&mut tx, first, &sent(first, n)).unwrap(), Answer::Appended(_)));
                start.wait();
                let answer = append_in(&mut tx, second, &sent(second, n + 1));
                match answer {
                    Ok(_) => tx.commit().unwrap(),
                    Err(_) => tx.rollback().unwrap(),
                }
                answer
            })
        };
        let both = [host(org(), other, 1), host(other, org(), 11)];
        both.into_iter().map(|host| host.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| **answer == Err(BUSY)).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Ok(Answer::Appended(_)))).count(), 1);
    assert_eq!(verify(&store).unwrap().records + verify(&store.ledger_of(other).unwrap()).unwrap().records, 2);
}

#[test]
fn a_lost_reply_is_found_by_its_key() {
    let place = fresh();
    let cutter = Cutter::before(place.server);
    // One connection, so that the reply that is cut off is the one to the append.
    let store = PostgresStore::with(&cutter.dsn(&place), org(), Settings { connections: 1, ..short(5_000) }).unwrap();
    let mut committed = 0;
    for n in 0..20 {
        let sent = batch(case(n), Tip::START, key(n), 2).with(Claim::Take(asset(n)));
        append(&store, case(1_000), key(1_000 + n), 1, Claim::None);
        cutter.cut_next();
        let answer = store.append(&sent).unwrap();
        assert_eq!(answer, Answer::Indeterminate { key: key(n) });
        let recalled = store.recall(key(n)).unwrap();
        committed += u32::from(recalled.is_some());
        match store.append(&sent).unwrap() {
            Answer::Appended(receipt) => {
                assert_eq!(receipt.repeated, recalled.is_some());
                assert!(recalled.is_none_or(|recalled| recalled == receipt));
            }
            other => panic!("{other:?}"),
        }
    }
    println!("20 replies lost: {committed} had been appended, each found by its key");
    assert_eq!(verify(&store).unwrap().records, 60);
}
