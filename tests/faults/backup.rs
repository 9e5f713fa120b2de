//! Copies of a ledger: whole, of one moment, never over something else, and old ones noticed.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sanzi::ledger::{Signer, Trust};
use sanzi::store::sqlite::rusqlite::Connection;
use sanzi::store::sqlite::{append_in, create_tables_in};
use sanzi::store::{Answer, Damage, InvalidStore, Log, LogError, SqliteStore, Store, StoreError, verify};

use super::ledger::{batch, case, fresh, number, open, org, signer, tip, whole};

fn append(store: &SqliteStore, n: u64, k: u64) {
    assert!(matches!(store.append(&batch(case(n), tip(store, case(n)), k)).unwrap(), Answer::Appended(_)));
}

/// What lies in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Tells the writers to stop, also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Each copy is one moment of the ledger: a beginning of it, and not older than what was acknowledged before the call.
#[test]
fn a_copy_is_one_moment_while_others_write() {
    let (folder, path) = fresh();
    let done = AtomicBool::new(false);
    let mut sizes = Vec::new();
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (path, done) = (&path, &done);
            scope.spawn(move || {
                let store = open(path);
                for n in 0_u64.. {
                    append(&store, thread, thread << 32 | n);
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        let _stop = Stop(&done);
        let store = open(&path);
        for n in 0..8 {
            let due = store.last().unwrap().number() + 1;
            while store.last().unwrap().number() < due {
                std::thread::yield_now();
            }
            let to = folder.path().join(format!("copy-{n}.sqlite"));
            let copied = store.backup(&to).unwrap();
            assert!(copied.records >= due, "{} of at least {due}", copied.records);
            sizes.push((to, copied));
        }
    });
    let store = open(&path);
    let log = Log::new(&store, signer().public().name().clone());
    for (to, copied) in &sizes {
        let copy = open(to);
        let (verified, counts) = whole(&copy);
        assert_eq!(verified, *copied);
        assert_eq!(log.head_at(copied.records).unwrap().root, copied.root, "it is the ledger's beginning");
        let some = counts.keys().next().copied().unwrap();
        assert_eq!(copy.recall(super::ledger::key(some)).unwrap().map(|receipt| receipt.version > 0), Some(true), "{some}");
        // Others go on with the copy as with any ledger.
        append(&copy, 9, 9 << 32);
    }
    drop(store);
    let left = names(folder.path());
    assert!(left.iter().all(|name| name.ends_with(".sqlite")), "nothing but ledgers is left: {left:?}");
}

#[test]
fn nothing_is_overwritten_and_nothing_half_is_left() {
    let (folder, path) = fresh();
    let store = open(&path);
    append(&store, 1, 1);
    let taken = folder.path().join("taken");
    for content in ["", "an accountant's notes"] {
        std::fs::write(&taken, content).unwrap();
        assert_eq!(store.backup(&taken), Err(InvalidStore::Exists(taken.clone()).into()));
        assert_eq!(std::fs::read_to_string(&taken).unwrap(), content);
    }
    assert_eq!(store.backup(&path), Err(InvalidStore::Exists(path.clone()).into()), "not over the ledger itself");
    for end in ["-wal", "-journal", "-shm"] {
        let (to, left) = (folder.path().join("copy"), folder.path().join(format!("copy{end}")));
        std::fs::write(&left, "of another ledger that was here").unwrap();
        assert_eq!(store.backup(&to), Err(InvalidStore::Exists(left.clone()).into()));
        assert!(!to.exists());
        std::fs::remove_file(&left).unwrap();
    }
    let nowhere = folder.path().join("no folder").join("copy");
    assert!(matches!(store.backup(&nowhere), Err(StoreError::Invalid(InvalidStore::Missing { .. }))));
    drop(store);
    assert_eq!(names(folder.path()), ["ledger.sqlite", "taken"]);
}

/// A copy of a damaged ledger is no copy: the damage is named, and nothing is left that looks like a backup.
#[test]
fn a_damaged_ledger_gives_no_copy() {
    let (folder, path) = fresh();
    let store = open(&path);
    append(&store, 1, 2);
    let conn = Connection::open(&path).unwrap();
    let guard: String = conn.query_row("SELECT sql FROM sqlite_schema WHERE name = 'sanzi_record_update'", (), |row| row.get(0)).unwrap();
    let change = "UPDATE sanzi_record SET json = replace(json, '东塱', '西塱') WHERE position = 2";
    conn.execute_batch(&format!("DROP TRIGGER sanzi_record_update; {change}; {guard}")).unwrap();
    let copy = folder.path().join("copy.sqlite");
    match store.backup(&copy) {
        Err(StoreError::Corrupt(damage)) => {
            assert!(matches!(*damage, Damage::Record { position, .. } if position.number() == 2), "{damage}");
        }
        other => panic!("{other:?}"),
    }
    drop((store, conn));
    assert_eq!(names(folder.path()), ["ledger.sqlite"]);
}

/// The documented restoring: an old copy verifies, and only what was kept outside tells its age.
#[test]
fn an_old_copy_in_place_is_noticed_by_the_note_kept_outside_and_by_nothing_else() {
    let (folder, path) = fresh();
    let (signer, old, new) = (signer(), folder.path().join("old.sqlite"), folder.path().join("new.sqlite"));
    let store = open(&path);
    append(&store, 1, 1);
    let origin = signer.public().name().clone();
    Log::new(&store, origin.clone()).seal(&signer, None).unwrap();
    store.backup(&old).unwrap();
    append(&store, 1, 2);
    let note = Log::new(&store, origin.clone()).seal(&signer, None).unwrap();
    store.backup(&new).unwrap();
    drop(store);

    let in_place = |copy: &Path| {
        std::fs::remove_file(&path).unwrap();
        std::fs::copy(copy, &path).unwrap();
        open(&path)
    };
    let store = in_place(&old);
    let log = Log::new(&store, origin.clone());
    verify(&store).unwrap();
    assert_eq!(log.keep(&note), Err(LogError::CutOff { due: 5, found: 2 }));
    assert_eq!(log.seal(&signer, Some(&note)), Err(LogError::CutOff { due: 5, found: 2 }));
    assert!(log.seal(&signer, None).is_ok(), "without the note nothing is noticed");
    // Other records are appended in place of those that are missing: as many, and more.
    append(&store, 2, 5);
    append(&store, 2, 8);
    verify(&store).unwrap();
    assert!(matches!(log.seal(&signer, Some(&note)), Err(LogError::Rewritten { size: 5, .. })));
    let other = log.seal(&signer, None).unwrap();
    drop(store);

    let store = in_place(&new);
    let log = Log::new(&store, origin);
    log.keep(&note).unwrap();
    append(&store, 1, 3);
    let trust = Trust::log_only(signer.public().clone());
    let now = chrono::DateTime::UNIX_EPOCH;
    let later = log.seal(&signer, Some(&note)).unwrap();
    assert_eq!(trust.examine(&later, now).unwrap().checkpoint.head.size, 6);
    assert!(trust.examine(&other, now).is_ok(), "what was signed on the wrong copy has a true signature, too");
    assert!(log.keep(&other).is_err(), "and is seen not to be of this ledger");
}

/// A ledger inside another database is copied with that database.
#[test]
fn a_ledger_inside_a_database_is_copied_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("host.sqlite"), folder.path().join("copy.sqlite"));
    let mut conn = Connection::open(&path).unwrap();
    conn.execute_batch("CREATE TABLE todo (text TEXT); INSERT INTO todo VALUES ('study the motion')").unwrap();
    create_tables_in(&conn, org()).unwrap();
    let tx = conn.transaction().unwrap();
    let sent = batch(case(1), sanzi::ledger::Tip::START, 7);
    assert!(matches!(append_in(&tx, org(), &sent).unwrap(), Answer::Appended(_)));
    tx.commit().unwrap();
    let copied = SqliteStore::open_within(&path, org()).unwrap().backup(&to).unwrap();
    assert_eq!(copied.records, 2);
    let todo: String = Connection::open(&to).unwrap().query_row("SELECT text FROM todo", (), |row| row.get(0)).unwrap();
    assert_eq!(todo, "study the motion");
    assert_eq!(number(sent.key), 7);
}
