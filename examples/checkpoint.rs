//! Seals an SQLite ledger, and hands out what others need to verify it.
//!
//! ```console
//! $ cargo run --example checkpoint -- key dongtang.example/sanzi LOG.key      # once; prints the line for the trusted keys
//! $ cargo run --example checkpoint -- seal LEDGER.sqlite LOG.key > CHECKPOINT # each evening; prints the short form too
//! $ cargo run --example checkpoint -- cosign CHECKPOINT LEDGER.jsonl STREET.key TRUST [LAST] > COSIGNED
//! $ cargo run --example checkpoint -- keep LEDGER.sqlite COSIGNED             # brings a witness's signature home
//! $ cargo run --example checkpoint -- prove LEDGER.sqlite POSITION > RECORD.tlog-proof
//! $ cargo run --example checkpoint -- export LEDGER.sqlite [CASE] > LEDGER.jsonl
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::ExitCode;

use chrono::Utc;
use sanzi::ledger::{Audit, Checkpoint, Growth, KeyName, Note, Record, Scheme, SecretKey, ShortForm, Signer, Trust, Use, Witness};
use sanzi::store::{Log, Position, SqliteStore, Store};
use sanzi::value::{CaseId, OrgId};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["key", name, file] => key(name, file),
        ["seal", ledger, key] => seal(ledger, key),
        ["cosign", note, records, key, trust] => cosign(note, records, key, trust, None),
        ["cosign", note, records, key, trust, last] => cosign(note, records, key, trust, Some(last)),
        ["keep", ledger, note] => keep(ledger, note),
        ["prove", ledger, position] => prove(ledger, position),
        ["export", ledger] => export(ledger, None),
        ["export", ledger, case] => export(ledger, Some(case)),
        _ => Err("usage: checkpoint key|seal|cosign|keep|prove|export …; see the head of this example".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("✗ {error}");
            ExitCode::FAILURE
        }
    }
}

/// A new key in a file that only its owner can read: its name, and the secret in hexadecimal.
fn key(name: &str, path: &str) -> Outcome {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed)?;
    let key = SecretKey::from_seed(KeyName::new(name)?, Scheme::Ed25519, seed)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(options.open(path).map_err(|error| format!("{path}: {error}"))?, "{name} {hex}")?;
    println!("log {}\nwitness NAME {}", key.public().vkey(Use::Sign), key.public().vkey(Use::Cosign));
    Ok(())
}

fn read_key(path: &str) -> Result<SecretKey, Box<dyn Error>> {
    let text = read(path)?;
    let (name, hex) = text.trim_end().split_once(' ').ok_or("a key file has a name and a secret")?;
    let byte = |at: usize| hex.get(at..at.saturating_add(2)).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let seed: Option<Vec<u8>> = (0..32_usize).map(|n| byte(n.saturating_mul(2))).collect();
    let seed = seed.and_then(|seed| seed.try_into().ok()).ok_or("the key file's secret has 64 hexadecimal digits")?;
    Ok(SecretKey::from_seed(KeyName::new(name)?, Scheme::Ed25519, seed)?)
}

fn read(path: &str) -> Result<String, Box<dyn Error>> {
    Ok(fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?)
}

/// The ledger of whoever it belongs to.
fn open(path: &str) -> Result<SqliteStore, Box<dyn Error>> {
    let conn = sanzi::store::sqlite::rusqlite::Connection::open_with_flags(
        path,
        sanzi::store::sqlite::rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    )?;
    let org: String = conn.query_row("SELECT org FROM sanzi_ledger", (), |row| row.get(0))?;
    drop(conn);
    Ok(SqliteStore::open(path, org.parse::<OrgId>()?)?)
}

fn seal(ledger: &str, key: &str) -> Outcome {
    let (store, key) = (open(ledger)?, read_key(key)?);
    let note = Log::open(&store, key.public().name().clone())?.seal(&key, None)?;
    print!("{note}");
    eprintln!("简报短码 for the bulletin: {}", ShortForm::of(&note.text().parse()?)?);
    Ok(())
}

/// A witness that has the ledger's records checks all of them, and that they continue the last checkpoint it signed.
fn cosign(note: &str, records: &str, key: &str, trust: &str, last: Option<&str>) -> Outcome {
    let (mut note, key, trust): (Note, _, Trust) = (read(note)?.parse()?, read_key(key)?, read(trust)?.parse()?);
    // What the ledger had when this witness signed last; it has to come by again on the way through the records.
    let mut due = match last {
        Some(path) => Some(trust.examine(&read(path)?.parse()?, Utc::now())?.checkpoint.head).filter(|head| head.size > 0),
        None => None,
    };
    let mut audit: Option<Audit> = None;
    for line in read(records)?.lines() {
        let record = Record::from_bytes(line.as_bytes())?;
        let audit = audit.get_or_insert_with(|| Audit::new(record.org()));
        audit.push(&record)?;
        due = due.filter(|_| audit.head().ok() != due);
    }
    if let Some(head) = due {
        return Err(
            format!("these records do not begin with the {} that were signed before: they were rewritten, or cut off", head.size).into()
        );
    }
    audit.ok_or("there are no records")?.finish(&note, &trust, Utc::now())?;
    // Every record was seen, so nothing rests on the proof of growth: this witness begins anew with each copy.
    let signature = Witness::new(trust).cosign(&key, &mut note, &Growth { path: Vec::new() }, Utc::now())?;
    print!("{note}");
    eprintln!("已见证 cosigned: {signature}");
    Ok(())
}

fn keep(ledger: &str, note: &str) -> Outcome {
    let (store, note): (_, Note) = (open(ledger)?, read(note)?.parse()?);
    let origin = note.text().parse::<Checkpoint>()?.origin;
    Ok(Log::open(&store, origin)?.keep(&note)?)
}

fn prove(ledger: &str, position: &str) -> Outcome {
    let store = open(ledger)?;
    let note = store.latest_checkpoint()?.ok_or("there is no checkpoint yet: seal one")?;
    let origin = note.text().parse::<Checkpoint>()?.origin;
    print!("{}", Log::open(&store, origin)?.prove(Position::new(position.parse()?), &note)?);
    Ok(())
}

fn export(ledger: &str, case: Option<&str>) -> Outcome {
    let store = open(ledger)?;
    let mut out = std::io::stdout().lock();
    if let Some(case) = case {
        store.read(case.parse::<CaseId>()?)?.iter().try_for_each(|record| writeln!(out, "{}", record.as_str()))?;
        return Ok(());
    }
    let mut after = Position::START;
    loop {
        let page = store.scan(after, 1000)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        page.iter().try_for_each(|(_, record)| writeln!(out, "{}", record.as_str()))?;
    }
}
