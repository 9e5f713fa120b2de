//! Logs of N transactions with planted violations of every kind, and the key to them: to try an audit on.
//!
//! ```text
//! cargo run --release --example plant -- 1000 OUT [ledger.jsonl|log.csv|log.xes]
//! ```
//! writes `ledger.jsonl`, `log.csv`, `log.xes`, a mapping for each of the last two, a key for each log, and the
//! `register.toml` that goes with the ledger into OUT; or only the one that is named, and what goes with it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a program for the terminal"
)]
#![allow(dead_code, reason = "the tests use the rest")]
#![allow(unreachable_pub, missing_docs, reason = "a program has no public items")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

#[path = "support/plant/mod.rs"]
mod plant;
#[path = "support/roll.rs"]
mod roll;

use plant::lawful::{Fallible, office};
use plant::log::{Kind, mapping_of, write};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (count, folder, only) = match arguments.as_slice() {
        [count, folder] => (count, folder, None),
        [count, folder, only] if LOGS.iter().any(|(_, name)| name == only) => (count, folder, Some(only.as_str())),
        _ => {
            eprintln!("usage: plant N OUT [ledger.jsonl|log.csv|log.xes]");
            return ExitCode::FAILURE;
        }
    };
    match count.parse().map_err(Into::into).and_then(|count| all(count, Path::new(folder), only)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("✗ {error}");
            ExitCode::FAILURE
        }
    }
}

const LOGS: [(Kind, &str); 3] = [(Kind::Ledger, "ledger.jsonl"), (Kind::Csv, "log.csv"), (Kind::Xes, "log.xes")];

fn all(count: u64, folder: &Path, only: Option<&str>) -> Fallible<()> {
    std::fs::create_dir_all(folder)?;
    let office = office()?;
    std::fs::write(folder.join("register.toml"), toml::to_string(&register()?)?)?;
    for (kind, name) in LOGS.into_iter().filter(|(_, name)| only.is_none_or(|only| only == *name)) {
        let mut out = BufWriter::new(File::create(folder.join(name))?);
        let answers = write(kind, &office, count, &mut out)?;
        out.flush()?;
        let stem = name.replace('.', "-");
        plant::write_key(&answers, File::create(folder.join(format!("{stem}.key.tsv")))?)?;
        if kind != Kind::Ledger {
            std::fs::write(folder.join(format!("{stem}.mapping.toml")), mapping_of(kind))?;
        }
        println!("{name}: {count} 宗 transactions, {} 处 faults planted", answers.len());
    }
    Ok(())
}

/// Everybody who acts in the ledger, as an auditor's register.
fn register() -> Fallible<roll::Roll> {
    use plant::lawful::{BIDDERS, PEOPLE, bidder, person};
    let from = chrono::NaiveDate::from_ymd_opt(2017, 1, 1).unwrap_or_default();
    let mut people = Vec::new();
    for (id, roles) in PEOPLE {
        let roles = roles.iter().map(|role| roll::Held { role: *role, from, to: None }).collect();
        people.push(roll::Person { id: person(id)?, name: "某某某".to_owned(), roles });
    }
    for n in 0..BIDDERS {
        people.push(roll::Person { id: bidder(n)?, name: "竞投人".to_owned(), roles: Vec::new() });
    }
    Ok(roll::Roll { org: Some("dongtang".parse()?), people, kin: vec![(person("li")?, person("jun")?)] })
}
