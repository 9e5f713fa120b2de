//! The audit beside the least that an audit can be, and how its time and memory grow with the file.
//!
//! `SANZI_GROWTH=10000000 cargo bench --bench audit -- growth` goes on to ten million events; without it, to 100,000.
//! `cargo bench --bench audit -- --one WHAT FILE [MAPPING]` runs one side once in a process of its own and prints events, seconds,
//! processor seconds, the peak of its memory in KiB, and how much it found: `benches/rivals/audit/speed.sh` makes its table of that.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops"
)]

#[path = "common/mod.rs"]
mod common;
#[path = "common/floor.rs"]
mod floor;
#[path = "../examples/support/plant/mod.rs"]
#[allow(dead_code, unreachable_pub, missing_docs)]
mod plant;

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use common::{Contender, compare, sized};
use plant::lawful::office;
use plant::log::{Kind, mapping_of, write};
use sanzi::audit::{Audit, Mapping, Report};
use sanzi::case::{Entry, Office};
use sanzi::dongsha::Dongsha;
use sha2::{Digest as _, Sha256};

/// Entries of a transaction's whole history, about.
const EVENTS: u64 = 49;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(place) = args.iter().position(|arg| arg == "--one") {
        let words: Vec<&str> = args[place + 1..].iter().map(String::as_str).filter(|word| *word != "--bench").collect();
        return one(words[0], Path::new(words[1]), words.get(2).map(Path::new));
    }
    let wanted = |part: &str| !args.iter().any(|arg| ["speed", "growth"].contains(&arg.as_str())) || args.iter().any(|arg| arg == part);
    if wanted("speed") {
        speed();
    }
    if wanted("growth") {
        growth();
    }
}

fn planted(kind: Kind, office: &Office<Dongsha>, transactions: u64) -> Vec<u8> {
    let mut log = Vec::new();
    write(kind, office, transactions, &mut log).unwrap();
    log
}

/// The same transactions as a ledger, as CSV and as XES; the logs are in memory.
fn speed() {
    let office = office().unwrap();
    let transactions = sized(2_000, 21);
    let ledger = planted(Kind::Ledger, &office, transactions);
    let lines: Vec<&[u8]> = ledger.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let count = lines.len();
    println!("\n{count} records of {transactions} transactions, {} bytes each", ledger.len() / count);
    let ours = |threads: usize| {
        let (office, ledger) = (&office, &ledger);
        move || drop(black_box(Audit::new(office).threads(threads).ledger(ledger.as_slice())))
    };
    compare(
        "a ledger, per record",
        15,
        vec![
            Contender::new("SHA-256, and serde_json to the typed entry", count, || {
                lines.iter().for_each(|line| drop(black_box((Sha256::digest(line), floor::entry::<Entry<Dongsha>>(line)))));
            }),
            Contender::new("floor: parse, SHA-256 link, case map, order only", count, || {
                let _ = black_box(floor::order(ledger.as_slice()));
            }),
            Contender::new("Audit::ledger, every rule, 1 thread", count, ours(1)),
            Contender::new("Audit::ledger, every rule, 2 threads", count, ours(2)),
        ],
    );
    for kind in [Kind::Csv, Kind::Xes] {
        let log = planted(kind, &office, transactions);
        let mapping: Mapping = mapping_of(kind).parse().unwrap();
        let rows = usize::try_from(Audit::new(&office).log(log.as_slice(), &mapping).events).unwrap();
        println!("\n{rows} rows, {} bytes each", log.len() / rows);
        let (office, log, mapping) = (&office, &log, &mapping);
        let ours = |threads: usize| move || drop(black_box(Audit::new(office).threads(threads).log(log.as_slice(), mapping)));
        let title = format!("{kind:?}, per row");
        compare(
            &title,
            15,
            vec![
                Contender::new("Audit::log, 1 thread", rows, ours(1)),
                Contender::new("Audit::log, 2 threads", rows, ours(2)),
                Contender::new("the bytes copied once", rows, || drop(black_box(log.to_vec()))),
            ],
        );
    }
}

/// One side, once, in this process: events, seconds, processor seconds, KiB, findings.
fn one(what: &str, file: &Path, mapping: Option<&Path>) {
    let open = || BufReader::with_capacity(1 << 20, File::open(file).unwrap());
    let office = office().unwrap();
    let (started, before) = (Instant::now(), processor());
    let (events, found) = match what {
        "floor" => floor::order(open()),
        "parse" => parse(open()),
        _ => {
            let (kind, threads) = what.split_once('-').expect("floor, parse, ledger-N, log-N or rules-N");
            let audit = Audit::new(&office).threads(threads.parse().unwrap());
            if kind == "rules" {
                return rules(&audit, open(), &std::fs::read_to_string(mapping.unwrap()).unwrap().parse().unwrap());
            }
            let report = match mapping {
                None if kind == "ledger" => audit.ledger(open()),
                mapping => audit.log(open(), &std::fs::read_to_string(mapping.unwrap()).unwrap().parse::<Mapping>().unwrap()),
            };
            assert!(!report.partial && report.unreadable.count == 0, "{:?}", report.unreadable);
            counted(&report)
        }
    };
    let (seconds, busy) = (started.elapsed().as_secs_f64(), processor() - before);
    println!("{events} {seconds:.4} {busy:.2} {} {found}", peak());
}

/// Every rule on a log that was read before, five times: the median, as the database beside it is asked five times.
fn rules(audit: &Audit<'_, Dongsha>, log: impl BufRead, mapping: &Mapping) {
    let log = audit.read(log, mapping);
    let mut runs: Vec<(f64, f64, u64, u64)> = Vec::new();
    for _ in 0..5 {
        let (started, before) = (Instant::now(), processor());
        let report = audit.judge(&log);
        let (events, found) = counted(&report);
        runs.push((started.elapsed().as_secs_f64(), processor() - before, events, found));
    }
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (seconds, busy, events, found) = runs[2];
    println!("{events} {seconds:.4} {busy:.2} {} {found}", peak());
}

fn counted(report: &Report) -> (u64, u64) {
    (report.events, report.findings.len() as u64 + report.findings_left_out)
}

/// SHA-256 of each line and its entry by serde_json, and nothing else.
fn parse(mut log: impl BufRead) -> (u64, u64) {
    let (mut line, mut events) = (Vec::new(), 0);
    while log.read_until(b'\n', &mut line).unwrap() > 0 {
        let text = line.trim_ascii_end();
        let _ = black_box((Sha256::digest(text), floor::entry::<Entry<Dongsha>>(text)));
        line.clear();
        events += 1;
    }
    (events, 0)
}

/// The most memory that this process has held, in KiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Seconds that the processors have spent on this process, all its threads, to a hundredth; 0 where the system does not
/// tell. On a busy machine it says more than the time that went by.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which can hold anything: state is field 3, user and system ticks are 14 and 15, 100 to a second.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Each run is a process of its own, so that its peak is its own.
fn run(what: &str, file: &Path, mapping: Option<&Path>) -> (u64, [f64; 2], u64) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let out = command.arg("--one").arg(what).arg(file).args(mapping).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    (words[0].parse().unwrap(), [words[1].parse().unwrap(), words[2].parse().unwrap()], words[3].parse().unwrap())
}

fn growth() {
    let largest: u64 = std::env::var("SANZI_GROWTH").ok().map_or(sized(100_000, 1_000), |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let office = office().unwrap();
    println!("\nhow an audit grows with the file, 2 threads (each run a process of its own)");
    println!(
        "{:>8} {:>10} {:>9} {:>10} {:>11} {:>10} {:>9} {:>12}",
        "log", "events", "file", "time", "processor", "µs/event", "peak", "a case"
    );
    for kind in [Kind::Ledger, Kind::Csv] {
        let mut size = sized(10_000, 1_000);
        while size <= largest {
            let file = folder.path().join("log");
            let mut out = BufWriter::new(File::create(&file).unwrap());
            write(kind, &office, size / EVENTS, &mut out).unwrap();
            out.flush().unwrap();
            let mapping = folder.path().join("mapping.toml");
            std::fs::write(&mapping, mapping_of(kind)).unwrap();
            let bytes = std::fs::metadata(&file).unwrap().len();
            let (what, mapping) = if kind == Kind::Ledger { ("ledger-2", None) } else { ("log-2", Some(mapping.as_path())) };
            let (events, [seconds, busy], peak) = run(what, &file, mapping);
            let each = peak * 1024 / (size / EVENTS);
            println!(
                "{:>8} {events:>10} {:>6} MB {seconds:>8.2} s {busy:>9.2} s {:>10.2} {:>5} MiB {each:>10} B",
                format!("{kind:?}"),
                bytes / 1_000_000,
                busy * 1e6 / events as f64,
                peak / 1024
            );
            size *= 10;
        }
    }
}
