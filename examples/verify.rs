//! Verifies a record, a case or a whole ledger against a signed checkpoint. Needs no store, no database and no network:
//! the files, and the trusted keys that you got from somewhere else than from the ledger's owner.
//!
//! ```console
//! $ cargo run --example verify -- ledger LEDGER.jsonl --checkpoint CHECKPOINT --trust TRUST
//! $ cargo run --example verify -- case   CASE.jsonl   --proof LAST.tlog-proof --trust TRUST
//! $ cargo run --example verify -- record RECORD.json  --proof RECORD.tlog-proof --trust TRUST
//! $ cargo run --example verify -- short  "SZ1Q …"     --checkpoint CHECKPOINT
//! ```
//!
//! Ends with 0 where everything holds and the witnesses make a quorum, 1 where something does not hold, 2 where only the
//! quorum is missing.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::ExitCode;

use sanzi::ledger::{Audit, Checkpoint, Note, Proof, Record, ShortForm, Trust, Witnessed};

const USAGE: &str = "usage: verify record|case|ledger FILE --proof PROOF|--checkpoint CHECKPOINT --trust TRUST
       verify short \"SZ1…\" --checkpoint CHECKPOINT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("✗ 不成立 it does not hold: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<u8, Box<dyn Error>> {
    let [what, file, options @ ..] = arguments else { return Err(USAGE.into()) };
    let option = |name: &str| -> Result<&str, Box<dyn Error>> {
        let value = options.iter().skip_while(|option| *option != name).nth(1);
        Ok(value.ok_or_else(|| format!("{name} is missing\n{USAGE}"))?)
    };
    let text = |name: &str| -> Result<String, Box<dyn Error>> {
        let path = option(name)?;
        Ok(fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?)
    };
    let checkpoint = || -> Result<Note, Box<dyn Error>> { Ok(text("--checkpoint")?.parse()?) };
    if what == "short" {
        let (short, checkpoint): (ShortForm, Checkpoint) = (file.parse()?, checkpoint()?.text().parse()?);
        if !short.fits(&checkpoint) {
            return Err(format!("the paper has a checkpoint of {} records, and it is not this one", short.size()).into());
        }
        println!("✓ 纸上的短码就是这个检查点 the short form on paper is this checkpoint's: {} records", short.size());
        return Ok(0);
    }
    let trust: Trust = text("--trust")?.parse()?;
    let now = chrono::Utc::now();
    let proof = || -> Result<Proof, Box<dyn Error>> { Ok(text("--proof")?.parse()?) };
    let witnessed = match what.as_str() {
        "record" => proof()?.verify(&Record::from_bytes(fs::read_to_string(file)?.trim_end().as_bytes())?, &trust, now)?,
        "case" => proof()?.verify_case(&records(file)?.collect::<Result<Vec<_>, _>>()?, &trust, now)?,
        "ledger" => whole(file, &checkpoint()?, &trust, now)?,
        _ => return Err(USAGE.into()),
    };
    Ok(report(&witnessed))
}

/// The records of a file, one on each line.
fn records(path: &str) -> Result<impl Iterator<Item = Result<Record, Box<dyn Error>>>, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let lines = BufReader::new(file).lines().enumerate();
    Ok(lines.map(|(line, text)| {
        let number = line.saturating_add(1);
        Ok(Record::from_bytes(text?.as_bytes()).map_err(|error| format!("line {number}: {error}"))?)
    }))
}

fn whole(path: &str, note: &Note, trust: &Trust, now: chrono::DateTime<chrono::Utc>) -> Result<Witnessed, Box<dyn Error>> {
    let mut audit: Option<Audit> = None;
    let algorithm = note.text().parse::<Checkpoint>()?.head.root.algorithm();
    for record in records(path)? {
        let record = record?;
        audit.get_or_insert_with(|| Audit::by(record.org(), algorithm)).push(&record)?;
    }
    let audit = audit.ok_or("there are no records to verify")?;
    let witnessed = audit.finish(note, trust, now)?;
    println!("✓ {} 宗交易的链条完整 cases, every chain whole", audit.cases());
    Ok(witnessed)
}

fn report(witnessed: &Witnessed) -> u8 {
    let Checkpoint { origin, head } = &witnessed.checkpoint;
    println!("✓ 在账内 it is in the ledger of {origin}: {} records, root {}", head.size, head.root);
    for (name, at) in &witnessed.by {
        println!("✓ {name} 见证 cosigned, {}", at.format("%Y-%m-%d %H:%M UTC"));
    }
    if witnessed.quorum {
        return 0;
    }
    println!("△ 见证不足 the witnesses make no quorum: the owner alone says that this is the ledger");
    2
}
