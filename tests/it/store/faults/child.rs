//! The other process: this test binary once more, told by its environment what to do with which ledger.
//!
//! It says on its standard output what it was told by the store, one line an answer, so that what was acknowledged is
//! known even if it is killed.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sanzi::ledger::{Record, Tip};
use sanzi::store::{Answer, Claim, Receipt, SqliteStore, Store};
use sanzi::value::Digest;

use super::super::{asset, batch, case, key, org, tip};

const TASK: &str = "SANZI_TEST_CHILD";

/// What the child says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Acknowledged: the key's number, the version and the position.
    Ack(u64, u64, u64),
    /// Indeterminate, and recalled as not appended.
    Gone(u64),
    /// Indeterminate, and not resolved.
    Unknown(u64),
    /// An error, after which nothing was appended.
    Failed(u64),
}

impl Line {
    fn say(self) {
        let text = match self {
            Line::Ack(key, version, position) => format!("\n= ack {key} {version} {position} .\n"),
            Line::Gone(key) => format!("\n= gone {key} 0 0 .\n"),
            Line::Unknown(key) => format!("\n= unknown {key} 0 0 .\n"),
            Line::Failed(key) => format!("\n= failed {key} 0 0 .\n"),
        };
        let mut out = std::io::stdout().lock();
        // A pipe that nobody reads any more: the parent has seen enough.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// A whole line, or nothing: the last one can be cut.
    pub fn parse(line: &str) -> Option<Line> {
        let words: Vec<&str> = line.split(' ').collect();
        let ["=", what, key, version, position, "."] = words[..] else { return None };
        let [key, version, position] = [key, version, position].map(|word| word.parse::<u64>().unwrap());
        Some(match what {
            "ack" => Line::Ack(key, version, position),
            "gone" => Line::Gone(key),
            "unknown" => Line::Unknown(key),
            "failed" => Line::Failed(key),
            other => panic!("{other}"),
        })
    }
}

/// How many records the batch with this key has.
pub fn size(key: u64) -> u64 {
    1 + key % 3
}

/// Starts a child. `shell` is put before the command, and can set its limits.
pub fn spawn(task: &str, path: &Path, round: u64, shell: Option<&str>) -> Child {
    let exe = std::env::current_exe().unwrap();
    let mut command = match shell {
        None => Command::new(exe),
        Some(limits) => {
            let mut command = Command::new("sh");
            command.arg("-c").arg(format!("{limits}; exec \"$0\" \"$@\"")).arg(exe);
            command
        }
    };
    command.args(["--exact", "store::faults::child::works_as_told", "--nocapture", "--test-threads=1"]);
    command.env(TASK, format!("{task} {round} {}", path.display()));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Nothing to do in the parent; in a child, the task.
#[test]
fn works_as_told() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (what, rest) = task.split_once(' ').unwrap();
    let (round, path) = rest.split_once(' ').unwrap();
    let (round, store) = (round.parse().unwrap(), SqliteStore::open(path, org()).unwrap());
    match what {
        "many" => many(&store, round),
        "race" => race(&store, round),
        "fill" => fill(&store, round),
        other => panic!("{other}"),
    }
}

/// Four threads, each on a case of its own, until killed.
fn many(store: &SqliteStore, round: u64) {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let id = case(thread);
                let mut end = tip(store, id);
                for n in 0_u64.. {
                    let k = round << 32 | thread << 24 | n;
                    let claim = if n % 2 == 0 { Claim::Take(asset(thread)) } else { Claim::Release };
                    let sent = batch(id, end, key(k), size(k)).with(claim);
                    let Answer::Appended(Receipt { version, position, .. }) = store.append(&sent).unwrap() else { panic!() };
                    Line::Ack(k, version, position.number()).say();
                    end = sent.records.last().map_or(end, Tip::of);
                }
            });
        }
    });
}

/// One of several processes that append to the same case, 60 times each.
fn race(store: &SqliteStore, racer: u64) {
    let mut won = 0;
    for n in 0_u64.. {
        let k = racer << 32 | n;
        match store.append(&batch(case(0), tip(store, case(0)), key(k), size(k))).unwrap() {
            Answer::Appended(receipt) => Line::Ack(k, receipt.version, receipt.position.number()).say(),
            Answer::Conflict { .. } => continue,
            other => panic!("{other:?}"),
        }
        won += 1;
        if won == 60 {
            return;
        }
    }
}

/// Appends records of 2 KB until nothing goes in any more.
fn fill(store: &SqliteStore, round: u64) {
    let (mut end, mut failures, id) = (tip(store, case(round)), 0, case(round));
    for n in 0_u64.. {
        let k = round << 32 | n;
        let body = serde_json::json!({"by": key(k), "text": "x".repeat(2_000)});
        let record = Record::seal(org(), id, end.version + 1, end.hash, &body).unwrap();
        let mut sent = batch(id, end, key(k), 1);
        sent.records = vec![record.clone()];
        let line = match store.append(&sent) {
            Ok(Answer::Appended(receipt)) => Line::Ack(k, receipt.version, receipt.position.number()),
            Ok(Answer::Indeterminate { key }) => match store.recall(key) {
                Ok(Some(receipt)) => Line::Ack(k, receipt.version, receipt.position.number()),
                Ok(None) => Line::Gone(k),
                Err(_) => Line::Unknown(k),
            },
            Ok(Answer::Conflict { .. } | Answer::Refused(_)) | Err(_) => Line::Failed(k),
        };
        line.say();
        match line {
            Line::Ack(..) => (end, failures) = (Tip::of(&record), 0),
            Line::Unknown(_) => return,
            Line::Gone(_) | Line::Failed(_) => failures += 1,
        }
        if failures == 5 {
            return;
        }
        assert_ne!(end.hash, Digest::NONE, "the first one fits");
    }
}
