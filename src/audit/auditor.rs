//! The audit: by whose rules, on how many threads, and how far it is.

use std::io::BufRead;

use memchr::{memchr, memrchr};

use super::desk::{Desk, run};
use super::ledger::{Batch, LedgerJudge};
use super::lines::{Line, Lines};
use super::part::Part;
use super::{Report, across};
use crate::case::{Office, Procedure};
use crate::ledger::Record;

/// How far an audit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file read.
    pub bytes: u64,
    /// Lines or rows read.
    pub lines: u64,
}

type Watch<'a> = &'a dyn Fn(Progress) -> bool;

/// An audit with the auditor's own rules: register, calendar and policies.
///
/// ```
/// use sanzi::audit::{Audit, Rule};
/// use sanzi::case::Office;
/// use sanzi::dongsha::Dongsha;
/// use sanzi::register::Register;
/// use sanzi::value::OrgId;
///
/// let office = Office::<Dongsha>::new(OrgId::new("dongtang")?, Register::new())?;
/// let report = Audit::new(&office).ledger("{\"not\": \"a record\"}\n".as_bytes());
/// assert_eq!(report.unreadable.count, 1);
/// assert!(!report.partial && report.findings.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Audit<'a, P: Procedure> {
    pub(super) office: &'a Office<P>,
    pub(super) threads: usize,
    watch: Option<Watch<'a>>,
}

impl<P: Procedure> std::fmt::Debug for Audit<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("org", &self.office.org).field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// So many lines between two looks at the watch.
pub(super) const WATCHED: u64 = 4096;

impl<'a, P: Procedure> Audit<'a, P> {
    /// By these rules, on one thread.
    pub fn new(office: &'a Office<P>) -> Audit<'a, P> {
        Audit { office, threads: 1, watch: None }
    }

    /// On so many threads, of which one reads, and judges too.
    #[must_use]
    pub fn threads(self, threads: usize) -> Audit<'a, P> {
        Audit { threads: threads.clamp(1, 64), ..self }
    }

    /// Tells how far it is, every few thousand lines. `false` stops the run: what was read by then is reported, and
    /// marked partial.
    #[must_use]
    pub fn watched(self, watch: &'a dyn Fn(Progress) -> bool) -> Audit<'a, P> {
        Audit { watch: Some(watch), ..self }
    }

    /// Looks at the watch now and then: whether the run goes on.
    pub(super) fn goes_on(&self, bytes: u64, lines: u64) -> bool {
        !lines.is_multiple_of(WATCHED) || self.told(bytes, lines)
    }

    /// Looks at the watch: whether the run goes on.
    pub(super) fn told(&self, bytes: u64, lines: u64) -> bool {
        self.watch.is_none_or(|watch| watch(Progress { bytes, lines }))
    }

    /// Audits a ledger of ours: one record to a line, as `examples/checkpoint export` writes them, cases in any mixture.
    pub fn ledger(&self, reader: impl BufRead) -> Report {
        let (mut lines, mut finder) = (Lines::new(reader), CaseFinder::default());
        let part = self.judge_ledger(|desk, part| {
            loop {
                let number = lines.number.saturating_add(1);
                match lines.next() {
                    Ok(Some(Line::Text(line))) if line.iter().all(u8::is_ascii_whitespace) => {}
                    Ok(Some(Line::Text(line))) => {
                        let way = desk.way(|| finder.case(line));
                        desk.push(way, |batch: &mut Batch| batch.add(number, line));
                    }
                    Ok(Some(Line::TooLong)) => part.unreadable.add(number, "the line is too long for a record"),
                    Ok(None) => return,
                    Err(error) => {
                        return part.break_off(number, error);
                    }
                }
                if !self.goes_on(lines.bytes, lines.number) {
                    part.partial = true;
                    return;
                }
            }
        });
        across::judge(part, true, self.threads)
    }

    /// Audits records at hand, in the order of the ledger; a finding's line is the record's place, from 1.
    pub fn records<'r>(&self, records: impl IntoIterator<Item = &'r Record>) -> Report {
        let mut finder = CaseFinder::default();
        let part = self.judge_ledger(|desk, part| {
            for (place, record) in (1_u64..).zip(records) {
                let way = desk.way(|| finder.case(record.bytes()));
                desk.push(way, |batch: &mut Batch| batch.add(place, record.bytes()));
                if !self.goes_on(0, place) {
                    part.partial = true;
                    return;
                }
            }
        });
        across::judge(part, true, self.threads)
    }

    fn judge_ledger(&self, feed: impl FnOnce(&mut Desk<'_, LedgerJudge<'a, P>>, &mut Part)) -> Part {
        run(self.threads, || LedgerJudge::new(self.office), feed)
    }
}

/// Finds what names a record's case, from the end of the line without a look at its body.
#[derive(Default)]
struct CaseFinder {
    /// How far from the end it began in the record before: nearly always it does so in the next.
    behind: usize,
}

impl CaseFinder {
    /// Empty where there is none.
    fn case<'l>(&mut self, line: &'l [u8]) -> &'l [u8] {
        let last = line.get(line.len().saturating_sub(self.behind)..).unwrap_or_default();
        // Behind it are only the record's own fields: nothing ends there but the record.
        if let Some(case) = case_at(last).filter(|_| memchr(b'}', last) == last.len().checked_sub(1)) {
            return case;
        }
        let tail = line.get(line.len().saturating_sub(400)..).unwrap_or_default();
        let mut after = tail.len();
        // From comma to comma, backwards: a record has few of them behind its body.
        while let Some(comma) = tail.get(..after).and_then(|before| memrchr(b',', before)) {
            if let Some(case) = tail.get(comma..).and_then(case_at) {
                self.behind = tail.len().saturating_sub(comma);
                return case;
            }
            after = comma;
        }
        &[]
    }
}

/// The case, where its field begins here.
fn case_at(field: &[u8]) -> Option<&[u8]> {
    field.strip_prefix(br#","case":""#).map(|rest| rest.get(..36).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_found_wherever_it_stands_and_never_in_a_body() {
        let case = |n: usize| format!("{n:036}");
        let tail = |n: usize, version: &str| format!(r#","case":"{}","format":"sanzi/1","org":"o","version":{version}}}"#, case(n));
        let within = |n: usize| format!(r#"{{"body":{{"a":"b"{}{}"#, tail(n, "1"), tail(n.saturating_add(1), "2"));
        let cut = r#"{"body":{},"case":"0"}"#.to_owned();
        let plain = |n: usize, version: &str| format!(r#"{{"body":{{}}{}"#, tail(n, version));
        let lines = [(plain(1, "1"), 1), (plain(2, "2"), 2), (plain(3, "10"), 3), (within(4), 5), (within(6), 7), (plain(8, "9"), 8)];
        // One whose case stands just as far from the end as, in the next, one within its body.
        let nested = within(2);
        let behind = nested.len().saturating_sub(nested.find(",\"case\"").unwrap());
        let field = format!(r#","case":"{}","format":""#, case(1));
        let padded = format!(r#"{{"body":{{}}{field}{}"}}"#, "x".repeat(behind.saturating_sub(field.len().saturating_add(2))));
        let mut finder = CaseFinder::default();
        assert_eq!(finder.case(padded.as_bytes()), case(1).as_bytes());
        assert_eq!((finder.behind, finder.case(nested.as_bytes())), (behind, case(3).as_bytes()));
        for first in [0, 1, 2, 3] {
            let mut finder = CaseFinder::default();
            for (line, n) in lines.iter().skip(first).chain(&lines) {
                assert_eq!(finder.case(line.as_bytes()), case(*n).as_bytes(), "{line}");
            }
            assert!(finder.case(cut.as_bytes()).is_empty() && finder.case(b"").is_empty() && finder.case(b"no record").is_empty());
        }
    }
}
