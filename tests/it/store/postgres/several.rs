//! Several servers in one connection string, and standbys that confirm nothing. The cluster itself is in `tests/cluster`.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sanzi::ledger::{KeyName, Scheme, SecretKey, Signer, Tip};
use sanzi::store::postgres::postgres::Client;
use sanzi::store::postgres::{Order, Settings};
use sanzi::store::{Answer, Claim, InvalidStore, Log, LogError, PostgresStore, Store, StoreError, Unavailable};

use super::super::{append, asset, batch, case, key, org, tip};
use super::deadlines::{backends, gone, until};
use super::fresh;
use super::server::Server;

#[test]
fn a_silent_server_and_one_that_is_gone_are_passed_over() {
    let place = fresh();
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("silent");
    std::fs::create_dir(&silent).unwrap();
    // It accepts, as a frozen server does, and never says a word.
    let listener = UnixListener::bind(silent.join(".s.PGSQL.5432")).unwrap();
    listener.set_nonblocking(true).unwrap();
    let tried = || std::iter::from_fn(|| listener.accept().ok()).count();
    let real = place.server.socket();
    let hosts = [silent.as_path(), &folder.path().join("gone"), real.parent().unwrap()].map(|path| path.display().to_string()).join(",");
    let dsn = |user: &str| format!("host={hosts} user={user} dbname={} target_session_attrs=read-write", place.database);
    let settings = Settings { connections: 2, deadline: Duration::from_secs(6) };

    let start = Instant::now();
    let store = PostgresStore::with(&dsn("app"), org(), settings).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(2), "the silent one was tried first: {:?}", start.elapsed());
    assert_eq!(tried(), 1);
    let mut watch = place.client("postgres");
    for n in 1..=8 {
        append(&store, case(n), key(n), 1, Claim::None);
        let ended = backends(&mut watch, false);
        assert_eq!(ended.len(), 1);
        watch.execute("SELECT pg_terminate_backend($1)", &[&ended[0]]).unwrap();
        until("it is gone", || gone(ended[0]));
    }
    assert_eq!(tried(), 0, "it is not tried again for every connection");

    // Where the others may only be away for a while, a wrong name is no reason to give up.
    let wrong = PostgresStore::with(&dsn("nobody_here"), org(), settings);
    assert!(matches!(wrong, Err(StoreError::Unavailable(_))), "{wrong:?}");
    let real = real.parent().unwrap().display();
    let wrong = PostgresStore::open(&format!("host={real},{real} user=nobody_here dbname={}", place.database), org());
    assert!(matches!(wrong, Err(StoreError::Invalid(InvalidStore::Connection(_)))), "{wrong:?}");
}

/// Stands between the store and the server. What was connected when it froze hears nothing any more, as from a leader that freezes while
/// another takes over; new connections work.
struct Freezer {
    folder: tempfile::TempDir,
    frozen: Arc<AtomicU64>,
}

impl Freezer {
    fn before(server: &Server) -> Freezer {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let (behind, frozen) = (server.socket(), Arc::new(AtomicU64::new(0)));
        let times = Arc::clone(&frozen);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), UnixStream::connect(&behind).unwrap());
                pass(client.try_clone().unwrap(), server.try_clone().unwrap(), &times);
                pass(server, client, &times);
            }
        });
        Freezer { folder, frozen }
    }

    fn freeze(&self) {
        self.frozen.fetch_add(1, Ordering::AcqRel);
    }
}

/// Passes on what comes, until frozen; from then on it only reads.
fn pass(mut from: UnixStream, mut to: UnixStream, frozen: &Arc<AtomicU64>) {
    let (times, frozen) = (frozen.load(Ordering::Acquire), Arc::clone(frozen));
    std::thread::spawn(move || {
        let mut buffer = [0; 8_192];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if frozen.load(Ordering::Acquire) == times {
                let _ = to.write_all(&buffer[..count]);
            }
        }
    });
}

#[test]
fn what_hangs_at_a_frozen_leader_does_not_hold_what_comes_after_it() {
    let place = fresh();
    let freezer = Freezer::before(place.server);
    let dsn = format!("host={} user=app dbname={}", freezer.folder.path().display(), place.database);
    let store = PostgresStore::with(&dsn, org(), Settings { connections: 2, deadline: Duration::from_secs(1) }).unwrap();
    for n in 0..4 {
        append(&store, case(1), key(100 + n), 1, Claim::None);
        freezer.freeze();
        let sent = batch(case(2 + n), Tip::START, key(n), 1);
        let answer = store.append(&sent);
        assert!(matches!(answer, Ok(Answer::Indeterminate { .. }) | Err(StoreError::Unavailable(_))), "{answer:?}");
        let next = batch(case(20 + n), Tip::START, key(20 + n), 1);
        until("appends go on", || matches!(store.append(&next), Ok(Answer::Appended(_))));
        until("reads go on", || store.read(case(1)).is_ok());
        let mut found = None;
        until("recalls go on", || {
            found = store.recall(key(n)).ok();
            found.is_some()
        });
        assert_eq!(found, Some(None), "it never got there");
    }
}

/// Ends every wait for a standby, as an administrator may: the commit stands on this server only, and the server warns.
fn cut_short<T: Send>(watch: &mut Client, call: impl FnOnce() -> T + Send) -> T {
    let sql = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'app'";
    std::thread::scope(|scope| {
        let waiting = scope.spawn(call);
        until("it comes back", || watch.query(sql, &[]).is_ok() && waiting.is_finished());
        waiting.join().unwrap()
    })
}

fn unavailable<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Unavailable(Unavailable::System(_)))), "{answer:?}");
}

/// A former leader still has what its standbys never got: nothing that it says about it counts.
#[test]
fn what_no_standby_has_confirmed_is_not_told() {
    let server: &'static Server = Box::leak(Box::new(Server::start(&[]).prepared()));
    let place = server.place(Order::Free);
    let store = place.with(Settings { connections: 1, deadline: Duration::from_secs(30) });
    append(&store, case(1), key(1), 1, Claim::Take(asset(1)));
    let mut watch = place.client("postgres");
    // The test itself waits for no standby, also where it fails.
    watch.batch_execute("ALTER ROLE postgres SET synchronous_commit = local").unwrap();
    let standbys = |names: &str| {
        let mut admin = place.client("postgres");
        admin.batch_execute(&format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'")).unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").unwrap();
        until("the setting is there", || {
            place.client("postgres").query_one("SHOW synchronous_standby_names", &[]).unwrap().get::<_, String>(0) == names
        });
    };
    standbys("ANY 1 (nobody)");

    let sent = batch(case(1), tip(&store, case(1)), key(2), 2);
    assert_eq!(cut_short(&mut watch, || store.append(&sent)), Ok(Answer::Indeterminate { key: key(2) }));
    assert_eq!(store.read(case(1)).unwrap().len(), 3, "it stands here");
    unavailable(cut_short(&mut watch, || store.recall(key(2))));
    unavailable(cut_short(&mut watch, || store.recall(key(3))));
    assert_eq!(cut_short(&mut watch, || store.append(&sent)), Ok(Answer::Indeterminate { key: key(2) }), "repeated");
    let conflicting = batch(case(1), Tip::START, key(4), 1);
    unavailable(cut_short(&mut watch, || store.append(&conflicting)));
    let taken = batch(case(2), Tip::START, key(5), 1).with(Claim::Take(asset(1)));
    unavailable(cut_short(&mut watch, || store.append(&taken)));
    let signer = SecretKey::generate(KeyName::new("dongtang.example/sanzi").unwrap(), Scheme::Ed25519).unwrap();
    let log = Log::new(&store, signer.public().name().clone());
    let sealed = cut_short(&mut watch, || log.seal(&signer, None));
    assert!(matches!(sealed, Err(LogError::Store(StoreError::Unavailable(_)))), "no checkpoint over what may vanish: {sealed:?}");

    // Unless cut short, it waits as long as its caller does.
    let hasty = place.with(Settings { connections: 1, deadline: Duration::from_millis(700) });
    unavailable(hasty.recall(key(2)));
    standbys("");
    until("everyone has what was written", || hasty.recall(key(2)).is_ok_and(|found| found.is_some()));
    assert_eq!(store.recall(key(2)).unwrap().map(|receipt| receipt.version), Some(3));
    assert_eq!(store.recall(key(4)), Ok(None));
    assert_eq!(store.append(&conflicting), Ok(Answer::Conflict { actual: 3 }));
    assert!(log.seal(&signer, None).is_ok());
    drop(place);
    server.stop();
}
