//! Whole logs of many transactions, mixed as they happen, in three formats.

use std::io::Write;

use sanzi::case::Office;
use sanzi::dongsha::Dongsha;

use super::lawful::{Fallible, Script, history};
use super::rows::{COLUMNS, Row, mapping};
use super::{Answer, Fault, entries, faults, rows};

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Our own ledger.
    Ledger,
    /// A spreadsheet's rows.
    Csv,
    /// A process mining log.
    Xes,
}

/// So many transactions go on at once.
const AT_ONCE: usize = 40;

/// Writes a log of so many transactions with planted faults, and returns its key.
pub fn write(kind: Kind, office: &Office<Dongsha>, transactions: u64, out: &mut impl Write) -> Fallible<Vec<Answer>> {
    let mut answers: Vec<(Option<(Fault, u64)>, Answer)> = Vec::new();
    begin(kind, out)?;
    let plan = faults(transactions);
    for (block, chunk) in plan.chunks(AT_ONCE).enumerate() {
        let mut cases: Vec<Vec<String>> = Vec::new();
        for (place, fault) in chunk.iter().enumerate() {
            let n = (block * AT_ONCE + place) as u64;
            let script = Script::new(n, *fault)?;
            let mut entries = history(office, &script)?;
            let (lines, answer) = match kind {
                Kind::Ledger => {
                    let answer = fault.map(|(fault, _)| entries::plant(fault, script.case, &mut entries)).transpose()?.flatten();
                    let records = entries::seal(script.case, &entries)?;
                    (records.iter().map(|record| record.as_str().to_owned()).collect(), answer)
                }
                Kind::Csv | Kind::Xes => {
                    let mut rows = rows::rows(&format!("P-{n:06}"), &entries);
                    let answer = fault.and_then(|(fault, _)| rows::plant(fault, &mut rows));
                    (if kind == Kind::Csv { rows.iter().map(csv).collect() } else { vec![trace(&rows)] }, answer)
                }
            };
            answers.extend(answer.map(|answer| (*fault, answer)));
            cases.push(lines);
        }
        mix(cases, out)?;
    }
    if kind == Kind::Xes {
        writeln!(out, "</log>")?;
    }
    Ok(grouped(answers))
}

fn begin(kind: Kind, out: &mut impl Write) -> Fallible<()> {
    match kind {
        Kind::Ledger => {}
        Kind::Csv => write!(out, "{}\r\n", COLUMNS.join(","))?,
        Kind::Xes => writeln!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xes.version=\"1849.2016\" xmlns=\"http://www.xes-standard.org/\">"
        )?,
    }
    Ok(())
}

/// Transactions of a block go on side by side: a line of each in turn.
fn mix(cases: Vec<Vec<String>>, out: &mut impl Write) -> Fallible<()> {
    let longest = cases.iter().map(Vec::len).max().unwrap_or(0);
    for turn in 0..longest {
        for line in cases.iter().filter_map(|case| case.get(turn)) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// A fault that several transactions carry together is one answer.
fn grouped(answers: Vec<(Option<(Fault, u64)>, Answer)>) -> Vec<Answer> {
    let mut all: Vec<(Option<(Fault, u64)>, Answer)> = Vec::new();
    for (fault, answer) in answers {
        match all.iter_mut().rev().take(1).find(|(own, _)| *own == fault) {
            Some((_, before)) => before.cases.extend(answer.cases),
            None => all.push((fault, answer)),
        }
    }
    all.into_iter().map(|(_, answer)| answer).collect()
}

fn csv(row: &Row) -> String {
    let cell = |text: &String| {
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
    };
    row.0.iter().map(cell).collect::<Vec<_>>().join(",")
}

fn trace(rows: &[Row]) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut out = String::from("<trace>");
    let case = rows.first().map_or("", |row| row.cell("case"));
    out += &format!("<string key=\"concept:name\" value=\"{}\"/>", escape(case));
    for row in rows {
        out += "<event>";
        for (text, column) in row.0.iter().zip(COLUMNS).skip(1).filter(|(text, _)| !text.is_empty()) {
            let (kind, key) = match column {
                "环节" => ("string", "concept:name"),
                "办理时间" => ("date", "time:timestamp"),
                "经办人" => ("string", "org:resource"),
                "责任人" => ("string", "org:role"),
                other => ("string", other),
            };
            let text = if kind == "date" { format!("{}+08:00", text.replace(' ', "T")) } else { text.clone() };
            out += &format!("<{kind} key=\"{key}\" value=\"{}\"/>", escape(&text));
        }
        out += "</event>";
    }
    out + "</trace>"
}

/// The mapping for a log of this kind; our own ledger needs none.
pub fn mapping_of(kind: Kind) -> String {
    mapping(if kind == Kind::Xes { "xes" } else { "csv" })
}
