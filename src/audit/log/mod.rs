//! Other platforms' logs, through a mapping: CSV, JSON lines, XES, OCEL 2.0.
//!
//! Bad input is counted and shown, and never stops the run: a row with a cell that cannot be read is judged without that
//! cell; a line that is no row, or longer than two million bytes, is left out. XML entities are not expanded, nesting is
//! bounded, and a file that breaks off is reported as partial.

mod case_judge;
mod cells;
mod columns;
mod csv;
mod dates;
mod decode;
mod field;
mod guard;
mod json;
mod judge;
mod kept;
mod mapping;
mod measures;
mod moment;
mod notices;
mod ocel;
mod order;
mod people;
mod reading;
mod roll;
mod row;
mod story;
mod suggest;
mod terms;
mod time;
mod variant;
mod words;
mod xes;

use std::collections::BTreeMap;
use std::io::BufRead;

pub use field::Field;
pub use kept::Log;
pub use mapping::{Format, Mapping, MappingError};
pub use suggest::Suggestion;

use super::auditor::Audit;
use super::desk::{Desk, Way, run};
use super::part::Part;
use super::{Report, across};
use crate::dongsha::Dongsha;
use case_judge::CaseJudge;
use judge::{LogJudge, Then};
use xes::TraceJudge;

impl Audit<'_, Dongsha> {
    /// Audits another platform's log through a mapping. The office's register is not asked: a log names people as it likes,
    /// so who holds which role, and who is whose kin, the mapping says.
    ///
    /// ```
    /// use sanzi::audit::{Audit, Mapping, Rule};
    /// # use sanzi::{case::Office, dongsha::Dongsha, register::Register, value::OrgId};
    /// # let office = Office::<Dongsha>::new(OrgId::new("dongtang")?, Register::new())?;
    /// let mapping: Mapping = "[columns]\ncase = \"编号\"\nstep = \"环节\"\ntime = \"时间\"".parse()?;
    /// let log = "编号,环节,时间\n7,资产核查与交易动议,2018-03-05\n7,评估询价,2018-03-06\n";
    /// let report = Audit::new(&office).log(log.as_bytes(), &mapping);
    /// let skipped: Vec<_> = report.of(Rule::Skipped).map(|finding| finding.step_id()).collect();
    /// assert_eq!(skipped, ["PartyStudy", "IntentNotice"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn log(&self, reader: impl BufRead, mapping: &Mapping) -> Report {
        across::judge(self.follow(reader, mapping, || Then::Judge(Box::new(CaseJudge::new(self.office, mapping)))), false, self.threads)
    }

    /// Reads a log to its end, each row to the judge that has its case.
    fn follow<'m>(&self, reader: impl BufRead, mapping: &'m Mapping, then: impl Fn() -> Then<'m>) -> Part
    where
        Self: 'm,
    {
        let judge = || LogJudge::new(mapping, then());
        if mapping.format() == Format::Xes {
            return run(self.threads, || TraceJudge::new(judge(), mapping), |desk, part| xes::read(reader, mapping, self, desk, part));
        }
        run(self.threads, judge, |desk, part| {
            let mut sink = Sink { audit: self, desk, part, rows: 0 };
            match mapping.format() {
                Format::JsonLines => json::read(reader, mapping, &mut sink),
                Format::Ocel => ocel::read(reader, mapping, &mut sink),
                Format::Csv | Format::Xes => csv::read(reader, mapping, &mut sink),
            }
        })
    }
}

/// Where a reader puts its rows and its troubles.
struct Sink<'s, 'h, 'a> {
    audit: &'s Audit<'a, Dongsha>,
    desk: &'s mut Desk<'h, LogJudge<'a>>,
    part: &'s mut Part,
    rows: u64,
}

impl Sink<'_, '_, '_> {
    /// One row: its cells in any order. `false`: the run is to stop.
    fn row<'c>(&mut self, line: u64, bytes: u64, cells: impl Iterator<Item = (Field, &'c str)> + Clone) -> bool {
        let case = || cells.clone().find(|(field, _)| *field == Field::Case).map_or("", |(_, text)| text.trim());
        let way = if case().is_empty() { Way::OF_NONE } else { self.desk.way(case) };
        self.desk.push(way, |rows| rows.add(line, way.turns, cells.clone()));
        self.rows = self.rows.saturating_add(1);
        if self.audit.goes_on(bytes, self.rows) {
            return true;
        }
        self.part.partial = true;
        false
    }

    fn unreadable(&mut self, line: u64, why: impl std::fmt::Display) {
        self.part.unreadable.add(line, why);
    }

    /// The file breaks off here.
    fn broken_off(&mut self, line: u64, why: impl std::fmt::Display) {
        self.part.break_off(line, why);
    }
}

/// Fields by the name of their column.
fn by_column(mapping: &Mapping) -> BTreeMap<&str, Vec<Field>> {
    let mut columns: BTreeMap<&str, Vec<Field>> = BTreeMap::new();
    for (field, column) in &mapping.columns {
        columns.entry(column).or_default().push(*field);
    }
    columns
}
