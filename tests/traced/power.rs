//! Power cuts: what a writer did to its files is recorded, and its ledger rebuilt as a disk could have it after a cut at any moment.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sanzi::ledger::Tip;
use sanzi::store::sqlite::append_in;
use sanzi::store::sqlite::rusqlite::{Connection, TransactionBehavior};
use sanzi::store::{Answer, SqliteStore, Store, StoreError, verify};

use super::child::say;
use super::disk::{Disk, Luck};
use super::ledger::{Random, batch, case, counts, fresh, key, open, org, size, told};
use super::trace::{Done, record};

const SESSIONS: u64 = 3;
const EACH: u64 = 40;
const CASES: u64 = 3;

/// The child: appends, copies the log into the file now and then, and closes and opens the ledger. With FULL by the store itself, else
/// by a connection of its own with another `synchronous`.
pub fn write(path: &str, synchronous: &str) {
    let mut tips: HashMap<u64, Tip> = HashMap::new();
    for session in 0..SESSIONS {
        let store = (synchronous == "FULL").then(|| open(Path::new(path)));
        let mut conn = Connection::open(path).unwrap();
        conn.busy_timeout(Duration::from_secs(60)).unwrap();
        conn.execute_batch(&format!("PRAGMA synchronous = {synchronous}")).unwrap();
        for n in 0..EACH {
            let k = session << 32 | n;
            let on = n % CASES;
            let sent = batch(case(on), tips.get(&on).copied().unwrap_or(Tip::START), k);
            let answer = match &store {
                Some(store) => store.append(&sent).unwrap(),
                None => {
                    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
                    let answer = append_in(&tx, org(), &sent).unwrap();
                    tx.commit().unwrap();
                    answer
                }
            };
            let Answer::Appended(receipt) = answer else { panic!("{answer:?}") };
            say("ack", &[k, receipt.version, receipt.position.number()]);
            tips.insert(on, Tip::of(sent.records.last().unwrap()));
            if n % 15 == 14 {
                conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())).unwrap();
            }
        }
    }
}

/// The child that makes a copy.
pub fn copy(path: &str, to: &str) {
    let copied = open(Path::new(path)).backup(to).unwrap();
    say("copied", &[copied.records]);
}

/// Puts the files of a cut into a folder of their own.
fn rebuilt(files: &BTreeMap<PathBuf, Vec<u8>>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        std::fs::write(folder.path().join(path.file_name().unwrap()), bytes).unwrap();
    }
    folder
}

#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    cuts: u64,
    acknowledged: u64,
    /// Cuts after which something acknowledged was missing.
    lost: u64,
    /// Cuts after which the ledger was damaged, and said so.
    damaged: u64,
    /// Cuts while something was not synced.
    at_risk: u64,
}

/// What is wrong with a ledger after a cut: `Err` names damage, `Ok` the number of acknowledged appends that are missing.
fn missing(path: &Path, acks: &[[u64; 3]]) -> Result<usize, StoreError> {
    let store = SqliteStore::open(path, org())?;
    verify(&store)?;
    for (k, count) in counts(&store) {
        assert_eq!(count, size(k), "append {k:x} is there in part");
    }
    let mut missing = 0;
    for [k, version, position] in acks {
        match store.recall(key(*k))? {
            Some(receipt) => assert_eq!((receipt.version, receipt.position.number()), (*version, *position)),
            None => missing += 1,
        }
    }
    Ok(missing)
}

fn cuts(synchronous: &str, cuts: u64) -> Figures {
    let (folder, path) = fresh();
    let before = Disk::of(folder.path());
    let done = record(&["write", path.to_str().unwrap(), synchronous], folder.path());
    let said = done.iter().filter(|done| matches!(done, Done::Say(_))).count() as u64;
    assert_eq!(said, SESSIONS * EACH, "every answer was recorded");
    assert!(done.iter().any(|done| matches!(done, Done::Remove(_))), "the log was removed, and made again");
    let (mut random, mut figures) = (Random(11), Figures::default());
    let mut moments: Vec<u64> = (0..cuts).map(|_| random.below(done.len() as u64 + 1)).collect();
    moments.sort_unstable();
    let (mut disk, mut acks, mut at) = (before, Vec::new(), 0);
    for (n, moment) in moments.into_iter().enumerate() {
        for done in &done[at..usize::try_from(moment).unwrap()] {
            disk.follow(done);
            if let Done::Say(line) = done {
                acks.push(line.number::<3>());
            }
        }
        at = usize::try_from(moment).unwrap();
        let luck = [Luck::Some, Luck::Nothing, Luck::Torn, Luck::Everything, Luck::Some][n % 5];
        let folder = rebuilt(&disk.cut(luck, &mut random));
        let missing = missing(&folder.path().join("ledger.sqlite"), &acks);
        figures.cuts += 1;
        figures.acknowledged += acks.len() as u64;
        figures.at_risk += u64::from(disk.at_risk() > 0);
        match missing {
            Ok(0) => {}
            Ok(missing) => {
                assert_ne!(synchronous, "FULL", "cut {n} at {at} ({luck:?}): {missing} of {} are lost", acks.len());
                figures.lost += 1;
            }
            Err(error) => {
                assert_eq!(synchronous, "OFF", "cut {n} at {at} ({luck:?}): {error}");
                figures.damaged += 1;
            }
        }
    }
    println!("synchronous={synchronous}: {figures:?} in {} recorded steps", done.len());
    figures
}

/// Invariant 9: with FULL, which the store sets, nothing acknowledged is lost; without it something is, or this test is blind.
#[test]
fn invariant_9_a_power_cut_loses_nothing_acknowledged() {
    let number = told("SANZI_FAULTS", 300);
    let full = cuts("FULL", number);
    assert!(full.at_risk > full.cuts / 4 && full.lost + full.damaged == 0);
    let normal = cuts("NORMAL", number);
    assert!(normal.lost > 0 && normal.damaged == 0, "{normal:?}");
    let off = cuts("OFF", number);
    assert!(off.lost + off.damaged > 0, "{off:?}");
}

/// A copy that was reported is on the disk, with its name; before that, what is there is whole or is no ledger.
#[test]
fn a_copy_that_was_reported_survives_a_power_cut() {
    let (folder, path) = fresh();
    let (store, mut end) = (open(&path), Tip::START);
    for k in 0..30 {
        let sent = batch(case(1), end, k);
        assert!(matches!(store.append(&sent).unwrap(), Answer::Appended(_)));
        end = Tip::of(sent.records.last().unwrap());
    }
    let records = store.last().unwrap().number();
    drop(store);
    let mut disk = Disk::of(folder.path());
    let to = folder.path().join("copy.sqlite");
    let done = record(&["copy", path.to_str().unwrap(), to.to_str().unwrap()], folder.path());
    let (mut random, mut reported, mut cuts, mut whole) = (Random(12), false, 0, 0);
    for done in &done {
        disk.follow(done);
        reported |= matches!(done, Done::Say(line) if line.what == "copied");
        for luck in [Luck::Nothing, Luck::Some, Luck::Torn, Luck::Everything] {
            let folder = rebuilt(&disk.cut(luck, &mut random));
            let opened = SqliteStore::open(folder.path().join("copy.sqlite"), org());
            cuts += 1;
            match opened.and_then(|store| verify(&store)) {
                Ok(verified) => whole += u64::from(verified.records == records),
                Err(error) => assert!(!reported, "{luck:?}: {error}"),
            }
            let found = SqliteStore::open(folder.path().join("copy.sqlite"), org()).and_then(|store| store.last());
            assert!(found.is_err() || found == Ok(sanzi::store::Position::new(records)), "something between: {found:?}");
        }
    }
    assert!(reported && whole > 0);
    println!("{cuts} cuts while a copy was made: {whole} found it whole, and all after it was reported");
}
