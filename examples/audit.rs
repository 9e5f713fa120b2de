//! Drop in a file, and see which transaction skipped what, under which rule, and who was responsible.
//!
//! ```text
//! audit FILE [--register R.toml]                     our own ledger, as `checkpoint export` writes it
//! audit FILE --suggest csv|json-lines|xes|ocel       draft a mapping for another platform's log
//! audit FILE --mapping M.toml                        audit it
//!   [--json OUT] [--csv OUT] [--html OUT] [--threads N]
//! ```
//! Ctrl-C stops the run: what was read by then is reported, and marked partial; a second time ends the program at once.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]
#![allow(unreachable_pub, missing_docs, reason = "a program has no public items")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::{ContentArrangement, Table};
use indicatif::{ProgressBar, ProgressStyle};
use sanzi::audit::{Audit, Format, Mapping, Progress, Report};
use sanzi::case::{Office, ReasonCode};
use sanzi::dongsha::Dongsha;
use sanzi::value::{Lang, OrgId};

#[path = "support/roll.rs"]
mod roll;

/// Findings listed in the terminal; files have all.
const SHOWN: usize = 40;
/// What a mapping is drafted from.
const HEAD: u64 = 4 << 20;

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(clean) if clean => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(2),
        Err(error) => {
            eprintln!("✗ {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says whether no breach was found.
fn run(arguments: Vec<String>) -> Result<bool, Box<dyn Error>> {
    let mut options: BTreeMap<String, String> = BTreeMap::new();
    let mut files = Vec::new();
    let mut words = arguments.into_iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some(name @ ("mapping" | "register" | "suggest" | "json" | "csv" | "html" | "threads")) => {
                let value = words.next().ok_or_else(|| format!("--{name} wants a value"))?;
                options.insert(name.to_owned(), value);
            }
            Some(other) => return Err(format!("--{other} is unknown; see the head of this example").into()),
            None => files.push(word),
        }
    }
    let [file] = files.as_slice() else { return Err("usage: audit FILE [--mapping M] …; see the head of this example".into()) };
    let open = || File::open(file).map_err(|error| format!("{file}: {error}"));
    if let Some(format) = options.get("suggest") {
        let mut head = Vec::new();
        let format = format_of(format)?;
        let most = if format == Format::Ocel { u64::MAX } else { HEAD };
        open()?.take(most).read_to_end(&mut head)?;
        print!("{}", Mapping::suggest(format, &head)?);
        return Ok(true);
    }
    let roll: roll::Roll = match options.get("register") {
        Some(path) => toml::from_str(&read(path)?)?,
        None => roll::Roll::default(),
    };
    let office = Office::<Dongsha>::new(roll.org.map_or_else(|| OrgId::new("unknown"), Ok)?, roll.register()?)?;
    let stopped = stopped()?;
    let input = open()?;
    let bar = ProgressBar::new(input.metadata()?.len());
    bar.set_style(ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}")?);
    let watch = |progress: Progress| {
        bar.set_position(progress.bytes);
        !stopped.load(Ordering::Relaxed)
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = options.get("threads").map_or(Ok(cores), |threads| threads.parse())?;
    let audit = Audit::new(&office).threads(threads).watched(&watch);
    let input = BufReader::with_capacity(1 << 20, input);
    let started = std::time::Instant::now();
    let report = match options.get("mapping") {
        Some(path) => audit.log(input, &read(path)?.parse::<Mapping>()?),
        None => audit.ledger(input),
    };
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    write_files(&report, file, &options)?;
    show(&report);
    eprintln!("{seconds:.2} s");
    Ok(report.breaches().next().is_none() && !report.partial)
}

/// Whether somebody pressed Ctrl-C. The second time the program ends as it would have without us.
fn stopped() -> Result<Arc<AtomicBool>, Box<dyn Error>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let asked = stopped.clone();
    ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(stopped)
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

fn format_of(name: &str) -> Result<Format, String> {
    match name {
        "csv" => Ok(Format::Csv),
        "json-lines" => Ok(Format::JsonLines),
        "xes" => Ok(Format::Xes),
        "ocel" => Ok(Format::Ocel),
        other => Err(format!("`{other}` is no format: csv, json-lines, xes or ocel")),
    }
}

fn write_files(report: &Report, file: &str, options: &BTreeMap<String, String>) -> Result<(), Box<dyn Error>> {
    let create = |path: &String| File::create(path).map(BufWriter::new).map_err(|error| format!("{path}: {error}"));
    if let Some(path) = options.get("json") {
        report.write_json(create(path)?)?;
    }
    if let Some(path) = options.get("csv") {
        report.write_csv(create(path)?)?;
    }
    if let Some(path) = options.get("html") {
        let name = std::path::Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy());
        create(path)?.write_all(report.to_html(&name).as_bytes())?;
    }
    Ok(())
}

fn show(report: &Report) {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["项目 case", "行 line", "程度", "规则 rule", "发现 finding"]);
    for finding in report.findings.iter().take(SHOWN) {
        let severity = finding.severity.name().zh.into_owned();
        let chance = finding.innocent.map(|chance| format!("（无辜概率 chance of being innocent ≤ {chance:.2e}）")).unwrap_or_default();
        let text = finding.text(Lang::Zh) + &chance;
        table.add_row([finding.case.to_string(), finding.line.to_string(), severity, finding.rule.code().to_owned(), text]);
    }
    if !report.findings.is_empty() {
        println!("{table}");
    }
    let more = report.findings.len().saturating_sub(SHOWN);
    if more > 0 {
        println!("… 另有 {more} 项，见文件 and {more} more: write them with --csv, --json or --html");
    }
    let mut rules = Table::new();
    rules.set_content_arrangement(ContentArrangement::Dynamic);
    rules.set_header(["规则 rule", "遵守 kept", "违反 broken", "无法判断 cannot be judged", "缺少 for want of"]);
    for standing in &report.rules {
        let missing = standing.missing.iter().map(|missing| missing.field).collect::<Vec<_>>().join(", ");
        let cells = [standing.kept, standing.broken, standing.unjudged].map(|count| count.to_string());
        let [kept, broken, unjudged] = cells;
        rules.add_row([standing.rule.code().to_owned(), kept, broken, unjudged, missing]);
    }
    println!("{rules}");
    for (line, why) in report.unreadable.first.iter().take(10) {
        println!("✗ 第 {line} 行不可读 line {line} cannot be read: {why}");
    }
    for (name, count) in report.unknown_names.iter().take(10) {
        println!("? “{name}” {count} 次，不在映射中 times, not in the mapping");
    }
    let percent = report.proof.share() * 100.0;
    println!(
        "{} 条记录、{} 宗交易（{} 宗未结），{} 行不可读，{} 行重复；能证明 {percent:.1}% 的规则问题（{} 条规则中 {} 条可判断）",
        report.events,
        report.cases,
        report.open,
        report.unreadable.count,
        report.duplicates,
        report.proof.rules_asked,
        report.proof.rules_judged
    );
    println!(
        "{} records, {} transactions ({} still open), {} lines unreadable, {} repeated; {} breaches, {percent:.1} % of what the rules ask is answered",
        report.events,
        report.cases,
        report.open,
        report.unreadable.count,
        report.duplicates,
        report.breaches().count()
    );
    if report.partial {
        println!("⚠ 未读完：以上只是已读部分 partial: this is of the part that was read");
    }
}
