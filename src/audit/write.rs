//! A report as JSON and as CSV. Names stand as the log has them; account numbers never do.

use std::io::{Result, Write};

use super::{Finding, Report};
use crate::case::ReasonCode;
use crate::value::Lang;

/// The columns of the CSV, in order.
const COLUMNS: [&str; 15] = [
    "case",
    "line",
    "step",
    "rule",
    "code",
    "severity",
    "what_zh",
    "what_en",
    "responsible",
    "person",
    "expected",
    "found",
    "source",
    "innocent",
    "evidence",
];

impl Report {
    /// The whole report as indented JSON.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, mut out: impl Write) -> Result<()> {
        serde_json::to_writer_pretty(&mut out, self)?;
        writeln!(out)
    }

    /// The findings as CSV (RFC 4180, UTF-8 with a byte order mark, as spreadsheets want it). A report that is partial, or
    /// that counts more findings than it lists, says so in its first rows, which are of no case.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_csv(&self, mut out: impl Write) -> Result<()> {
        out.write_all("\u{feff}".as_bytes())?;
        row(&mut out, &COLUMNS.map(str::to_owned))?;
        if self.partial {
            row(&mut out, &remark("partial", "未读完：以下只是已读部分", "this is of the part that was read"))?;
        }
        if self.findings_left_out > 0 {
            let (zh, en) = (format!("另有 {} 项未列", self.findings_left_out), format!("{} more are not listed", self.findings_left_out));
            row(&mut out, &remark("left-out", &zh, &en))?;
        }
        self.findings.iter().try_for_each(|finding| row(&mut out, &cells(finding)))
    }
}

/// A row about the report itself.
fn remark(what: &str, zh: &str, en: &str) -> [String; 15] {
    let mut cells = [const { String::new() }; 15];
    for (column, text) in [("rule", what), ("code", what), ("what_zh", zh), ("what_en", en)] {
        if let Some(cell) = COLUMNS.iter().position(|own| *own == column).and_then(|place| cells.get_mut(place)) {
            text.clone_into(cell);
        }
    }
    cells
}

fn cells(finding: &Finding) -> [String; 15] {
    let both = |text: Option<&crate::value::Bilingual>| text.map(ToString::to_string).unwrap_or_default();
    let party = |party: Option<&crate::case::Party>| party.map(|party| party.name.to_string()).unwrap_or_default();
    [
        finding.case.to_string(),
        finding.line.to_string(),
        party(finding.step.as_ref()),
        finding.rule.code().to_owned(),
        finding.code.to_string(),
        finding.severity.name().to_string(),
        finding.message.in_lang(Lang::Zh).to_owned(),
        finding.message.in_lang(Lang::En).to_owned(),
        party(finding.responsible.as_ref()),
        finding.person.as_deref().unwrap_or_default().to_owned(),
        both(finding.expected.as_ref()),
        both(finding.found.as_ref()),
        finding.source.to_string(),
        finding.innocent.map(|chance| format!("{chance:.6}")).unwrap_or_default(),
        finding.evidence.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" "),
    ]
}

/// Quoted throughout. A cell that a spreadsheet would take for a formula is written as text.
fn row(out: &mut impl Write, cells: &[String]) -> Result<()> {
    let cell = |cell: &String| {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        format!("\"{}{}\"", if formula { "'" } else { "" }, cell.replace('"', "\"\""))
    };
    write!(out, "{}\r\n", cells.iter().map(cell).collect::<Vec<_>>().join(","))
}
