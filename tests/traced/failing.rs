//! System calls that fail, lie or never return: strace changes the n-th call of a kind on the ledger's files, for every n.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sanzi::ledger::Tip;
use sanzi::store::{Answer, InvalidStore, Receipt, SqliteStore, Store, StoreError, verify};

use super::child::{Line, say, spawn};
use super::ledger::{batch, case, counts, fresh, key, open, org, size, told, whole};
use super::trace::need_strace;

const SESSIONS: u64 = 2;
const EACH: u64 = 6;

/// The child: appends, opens the ledger a second time, and goes on in spite of errors. What it was told it passes on; that later reads
/// agree with it, it looks at by itself.
pub fn endure(path: &str) {
    let (mut end, mut broken) = (Tip::START, 0);
    for session in 0..SESSIONS {
        let store = match SqliteStore::open(path, org()) {
            Ok(store) => store,
            Err(error) => {
                eprintln!("session {session}: {error}");
                say("unopened", &[]);
                continue;
            }
        };
        for n in 0..EACH {
            let k = session << 32 | n;
            let sent = batch(case(1), end, k);
            let receipt = match store.append(&sent) {
                Ok(Answer::Appended(receipt)) => Some(receipt),
                Ok(Answer::Indeterminate { key }) => match resolved(&store, key) {
                    Some(found) => {
                        if found.is_none() {
                            say("gone", &[k]);
                        }
                        found
                    }
                    None => {
                        say("unknown", &[k]);
                        return;
                    }
                },
                Ok(Answer::Conflict { .. } | Answer::Refused(_)) => {
                    say("disagreed", &[k]);
                    return;
                }
                Err(error) => {
                    eprintln!("append {k:x}: {error}");
                    say("failed", &[k]);
                    broken += 1;
                    None
                }
            };
            if let Some(receipt) = receipt {
                say("ack", &[k, receipt.version, receipt.position.number()]);
                end = Tip::of(sent.records.last().unwrap());
            }
            match store.read(case(1)) {
                Ok(read) if read.last().map_or(Tip::START, Tip::of) == end => {}
                Ok(_) => say("disagreed", &[k]),
                Err(error) => eprintln!("read after {k:x}: {error}"),
            }
            if broken > 8 {
                return;
            }
        }
    }
}

/// What became of an append, asked a few times.
fn resolved(store: &SqliteStore, key: uuid::Uuid) -> Option<Option<Receipt>> {
    (0..4).find_map(|_| match store.recall(key) {
        Ok(found) => Some(found),
        Err(error) => {
            eprintln!("recall: {error}");
            None
        }
    })
}

/// Runs the child with strace told to do `change` to calls of this kind on the ledger's files.
fn run(path: &Path, calls: &str, change: &str) -> Vec<Line> {
    let traced = format!("trace={calls}");
    let inject = format!("inject={calls}:{change}");
    let wal = PathBuf::from(format!("{}-wal", path.display()));
    let (path, wal) = (path.to_str().unwrap(), wal.to_str().unwrap());
    let strace = ["strace", "-f", "-qqq", "-o", "/dev/null", "-P", path, "-P", wal, "-e", &traced, "-e", &inject];
    spawn(&strace, &["endure", path]).end().0
}

/// The sizes of the calls of this kind that the child makes when nothing is changed.
fn calls_of(calls: &str) -> Vec<String> {
    let (folder, path) = fresh();
    let (output, wal) = (folder.path().join("trace"), PathBuf::from(format!("{}-wal", path.display())));
    let traced = format!("trace={calls}");
    let arguments = ["-P", path.to_str().unwrap(), "-P", wal.to_str().unwrap(), "-e", &traced, "-o", output.to_str().unwrap()];
    let strace = ["strace", "-f", "-qqq"].into_iter().chain(arguments).collect::<Vec<_>>();
    let (lines, well) = spawn(&strace, &["endure", path.to_str().unwrap()]).end();
    assert!(well && lines.len() as u64 == SESSIONS * EACH && lines.iter().all(|line| line.what == "ack"), "{lines:?}");
    let trace = std::fs::read_to_string(&output).unwrap();
    trace.lines().filter_map(|line| Some(line.rsplit_once(" = ")?.1.split('<').next()?.trim().to_owned())).collect()
}

/// Of so many calls, at most as many as told, evenly chosen.
fn chosen(calls: usize, unless_told: u64) -> impl Iterator<Item = usize> {
    let most = usize::try_from(told("SANZI_FAULTS", unless_told)).unwrap();
    let step = calls.div_ceil(most).max(1);
    (1..=calls).step_by(step)
}

type Figures = BTreeMap<String, u64>;

fn count(figures: &mut Figures, what: &str) {
    *figures.entry(what.to_owned()).or_default() += 1;
}

/// What has to hold however a call failed, or the process ended.
fn examine(path: &Path, lines: &[Line], figures: &mut Figures, what: &str) {
    let store = open(path);
    let (_, there) = whole(&store);
    for line in lines {
        count(figures, &line.what);
        match (line.what.as_str(), line.numbers.as_slice()) {
            ("ack", [k, version, position]) => {
                let found = store.recall(key(*k)).unwrap().unwrap_or_else(|| panic!("{what}: {line:?} was lost; {lines:?}"));
                assert_eq!((found.version, found.position.number()), (*version, *position), "{what}: {line:?}");
            }
            ("gone" | "failed", [k]) => assert!(!there.contains_key(k), "{what}: {line:?}, and it is there; {lines:?}"),
            ("unknown", [k]) => {
                // One truth, and the same append again agrees with it.
                let found = store.recall(key(*k)).unwrap();
                assert_eq!(found.is_some(), there.contains_key(k), "{what}");
                count(figures, if found.is_some() { "unknown, was there" } else { "unknown, was not there" });
            }
            ("unopened", []) => {}
            _ => panic!("{what}: {line:?} of {lines:?}"),
        }
    }
    let end = store.read(case(1)).unwrap().last().map_or(Tip::START, Tip::of);
    assert!(matches!(store.append(&batch(case(1), end, 99)).unwrap(), Answer::Appended(_)), "{what}: it goes on");
}

/// Each call fails once, and each from one on.
#[test]
fn a_call_that_fails_loses_nothing_and_every_answer_is_true() {
    need_strace();
    let mut all = 0;
    for (calls, errors) in [
        ("pwrite64,write", &["error=EIO", "error=ENOSPC"][..]),
        ("fdatasync,fsync", &["error=EIO"]),
        ("ftruncate", &["error=EIO"]),
        ("unlink", &["error=EIO"]),
        ("pread64,read", &["error=EIO"]),
        ("openat", &["error=EIO", "error=EMFILE"]),
    ] {
        let number = calls_of(calls).len();
        let (mut figures, mut faults) = (Figures::new(), 0);
        for error in errors {
            for n in chosen(number, 12) {
                for more in ["", "+"] {
                    let (_folder, path) = fresh();
                    let change = format!("{error}:when={n}{more}");
                    let lines = run(&path, calls, &change);
                    examine(&path, &lines, &mut figures, &format!("{calls} {change}"));
                    faults += 1;
                }
            }
        }
        println!("{calls}: {number} calls, {faults} faults: {figures:?}");
        all += faults;
    }
    println!("{all} failing calls, no acknowledged append lost, no answer untrue");
}

/// A limit on the size of files stands for the full disk: a write at the limit is done in part, and the next one fails.
#[test]
fn a_disk_that_is_full_at_any_size_loses_nothing() {
    let sizes = 40..360;
    let (mut figures, mut runs) = (Figures::new(), 0);
    for n in chosen(sizes.len(), 12) {
        let (_folder, path) = fresh();
        let kibibytes = sizes.start + n - 1;
        // The shell counts blocks of 512 bytes.
        let limit = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", 2 * kibibytes);
        let (lines, _) = spawn(&["sh", "-c", &limit], &["endure", path.to_str().unwrap()]).end();
        examine(&path, &lines, &mut figures, &format!("{kibibytes} KiB"));
        runs += 1;
    }
    println!("full at {runs} sizes: {figures:?}");
    assert!(figures.keys().any(|what| what != "ack"), "it was full");
}

/// Each call is the process's last: it is killed there, inside the store's own append.
#[test]
fn killed_at_any_call_nothing_acknowledged_is_lost() {
    need_strace();
    for calls in ["pwrite64,write", "fdatasync,fsync", "ftruncate", "unlink"] {
        let number = calls_of(calls).len();
        let (mut figures, mut faults) = (Figures::new(), 0);
        for n in chosen(number, 12) {
            let (_folder, path) = fresh();
            let change = format!("signal=KILL:when={n}");
            let lines = run(&path, calls, &change);
            assert!((lines.len() as u64) <= SESSIONS * EACH);
            examine(&path, &lines, &mut figures, &format!("{calls} {change}"));
            faults += 1;
        }
        println!("{calls}: {number} calls, killed at {faults}: {figures:?}");
    }
}

/// A process is killed in the middle of its COMMIT while another one has the ledger open and is asked what became of the append. What it
/// answers stays true, even if it is killed next, and the log it leaves is read by a third.
#[test]
fn what_another_process_recalls_stays_true_after_both_are_killed() {
    need_strace();
    let mut figures = Figures::new();
    for calls in ["pwrite64,write", "fdatasync,fsync"] {
        for n in chosen(calls_of(calls).len(), 12) {
            let (_folder, path) = fresh();
            let other = open(&path);
            assert_eq!(other.last().unwrap().number(), 0);
            let lines = run(&path, calls, &format!("signal=KILL:when={n}"));
            let acked = lines.iter().filter(|line| line.what == "ack").count() as u64;
            let in_hand = ((acked / EACH) << 32) | (acked % EACH);
            let recalled = other.recall(key(in_hand)).unwrap();
            // What a third finds: the files, and no shared memory.
            let left = tempfile::tempdir().unwrap();
            let copy = left.path().join("ledger.sqlite");
            std::fs::copy(&path, &copy).unwrap();
            let wal = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
            std::fs::copy(wal(&path), wal(&copy)).unwrap();
            let third = open(&copy);
            assert_eq!(third.recall(key(in_hand)).unwrap(), recalled, "{calls} {n}: append {in_hand:x} of {lines:?}");
            whole(&third);
            count(&mut figures, if recalled.is_some() { "was there" } else { "was not there" });
        }
    }
    println!("asked after a kill in the middle of an append: {figures:?}");
}

/// A disk that says that it has written, and has not: what is read is what was appended, or the damage is named, or the end is missing,
/// which only something kept elsewhere can show.
#[test]
fn a_write_that_never_happened_is_never_read_as_something_else() {
    need_strace();
    let sizes = calls_of("pwrite64,write");
    let mut figures = Figures::new();
    for n in chosen(sizes.len(), 60) {
        let (_folder, path) = fresh();
        let change = format!("retval={}:when={n}", sizes[n - 1]);
        let lines = run(&path, "pwrite64,write", &change);
        let acks = lines.iter().filter(|line| line.what == "ack").map(Line::number::<3>).collect::<Vec<_>>();
        let outcome = match after_a_lie(&path, &acks) {
            Ok(true) => "all there",
            Ok(false) => "the end is missing",
            Err(StoreError::Corrupt(_) | StoreError::Invalid(InvalidStore::Foreign(_))) => "damage named",
            Err(error) => panic!("{change}: {error}"),
        };
        count(&mut figures, outcome);
    }
    println!("{} writes, of which were not done, one in each run: {figures:?}", sizes.len());
    assert!(figures.len() > 1, "the lie has done something");
}

/// Whether everything acknowledged is there; what is there has to be what was acknowledged, without a hole.
fn after_a_lie(path: &Path, acks: &[[u64; 3]]) -> Result<bool, StoreError> {
    let store = SqliteStore::open(path, org())?;
    let verified = verify(&store)?;
    for (k, count) in counts(&store) {
        assert_eq!(count, size(k), "append {k:x} is there in part");
    }
    for [k, version, position] in acks {
        match store.recall(key(*k))? {
            Some(found) => assert_eq!((found.version, found.position.number()), (*version, *position)),
            None => assert!(*position > verified.records, "append {k:x} is missing, and not at the end"),
        }
    }
    Ok(acks.last().is_none_or(|[_, _, position]| *position <= verified.records))
}
