//! Connections that the server has closed since their last use: no reader notices.

use std::time::Duration;

use sanzi::store::postgres::{Order, Settings};
use sanzi::store::{Cases, Claim, Position, PostgresStore, Store, verify};

use super::super::{append, case, key, org};
use super::cutter::Cutter;
use super::deadlines::{backends, gone, until};
use super::server::Server;
use super::{Place, fresh};

const CONNECTIONS: usize = 4;

fn opened(place: &Place) -> PostgresStore {
    let store = place.with(Settings { connections: CONNECTIONS, deadline: Duration::from_secs(30) });
    append(&store, case(1), key(1), 3, Claim::None);
    store
}

/// Uses all connections at the same time, until each is there.
fn warm(place: &Place, store: &PostgresStore) -> Vec<i32> {
    let mut watch = place.client("postgres");
    let mut found = Vec::new();
    until("all connections are in use", || {
        std::thread::scope(|scope| {
            for _ in 0..2 * CONNECTIONS {
                scope.spawn(|| store.read(case(1)).unwrap());
            }
        });
        found = backends(&mut watch, false);
        found.len() == CONNECTIONS
    });
    found
}

/// Every way to read, once.
fn read(store: &PostgresStore) {
    assert_eq!(store.read(case(1)).unwrap().len(), 3);
    assert!(store.recall(key(1)).unwrap().is_some());
    assert_eq!(store.scan(Position::START, 10).unwrap().len(), 3);
    assert_eq!(store.cases(Cases::All).unwrap(), [case(1)]);
    assert_eq!(store.last().unwrap(), Position::new(3));
    assert_eq!(store.position_of(case(1), 2).unwrap(), Some(Position::new(2)));
    assert_eq!(store.latest_checkpoint().unwrap(), None);
}

#[test]
fn no_read_fails_when_all_idle_connections_were_ended() {
    let place = fresh();
    let store = opened(&place);
    let mut watch = place.client("postgres");
    for _ in 0..5 {
        let ended = warm(&place, &store);
        for process in &ended {
            watch.execute("SELECT pg_terminate_backend($1)", &[process]).unwrap();
        }
        until("they are gone", || ended.iter().all(|process| gone(*process)));
        for _ in 0..2 * CONNECTIONS {
            read(&store);
        }
        assert!(backends(&mut watch, false).iter().all(|process| !ended.contains(process)));
    }
}

/// The reply to a read is cut off: it is asked again on another connection.
#[test]
fn no_read_fails_when_its_reply_is_cut_off() {
    let place = fresh();
    let cutter = Cutter::before(place.server);
    let store = PostgresStore::with(&cutter.dsn(&place), org(), Settings { connections: 1, deadline: Duration::from_secs(30) }).unwrap();
    append(&store, case(1), key(1), 3, Claim::None);
    for _ in 0..20 {
        cutter.cut_next();
        assert_eq!(store.read(case(1)).unwrap().len(), 3);
        assert!(!cutter.waits(), "a reply was cut off");
    }
}

/// What is seen to be closed before anything is sent is no reason not to know.
#[test]
fn no_append_is_left_open_when_all_idle_connections_were_ended() {
    let place = fresh();
    let store = opened(&place);
    let mut watch = place.client("postgres");
    for round in 0..5 {
        let ended = warm(&place, &store);
        for process in &ended {
            watch.execute("SELECT pg_terminate_backend($1)", &[process]).unwrap();
        }
        until("they are gone", || ended.iter().all(|process| gone(*process)));
        for n in 0..2 * CONNECTIONS as u64 {
            let k = 100 + 10 * round + n;
            assert!(!append(&store, case(k), key(k), 1, Claim::None).repeated);
        }
    }
    assert_eq!(verify(&store).unwrap().records, 3 + 5 * 2 * CONNECTIONS as u64);
}

/// A host that calls from within its async runtime waits there, and nothing worse.
#[test]
fn a_call_inside_an_async_runtime_is_answered() {
    let place = fresh();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = runtime.block_on(async {
        let store = opened(&place);
        read(&store);
        append(&store, case(2), key(2), 1, Claim::None);
        store
    });
    assert_eq!(verify(&store).unwrap().records, 4);
    runtime.block_on(async move { drop(store) });
}

#[test]
fn no_read_fails_after_a_restart() {
    let server: &'static Server = Box::leak(Box::new(Server::start(&[]).prepared()));
    let place = server.place(Order::Free);
    let store = opened(&place);
    for _ in 0..3 {
        warm(&place, &store);
        server.crash_and_restart();
        std::thread::scope(|scope| {
            for _ in 0..2 * CONNECTIONS {
                scope.spawn(|| read(&store));
            }
        });
    }
    drop(place);
    server.stop();
}
