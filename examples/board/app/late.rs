//! What a supervisor looks for: notices that are not up, or not up any more, duties past their day, and what the audit of the
//! whole ledger found.

use std::io::{BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::State;
use sanzi::audit::{Audit, Report};
use sanzi::calendar::china_date;
use sanzi::case::Subject;
use sanzi::store::{Cases, Position, Store, StoreError};
use sanzi::value::Lang;

use super::look::Look;
use super::pages::{Owed, Page, page as written};
use super::problem::Fault;
use super::reader::Reader;
use super::views::{self, Frame, moment};
use super::{Board, Shared, ask};

/// A notice that is not where it has to be.
pub(crate) struct NotUp {
    pub(crate) case: String,
    pub(crate) title: String,
    pub(crate) step: String,
    pub(crate) notice: String,
    pub(crate) missing: String,
    /// Was there, and is gone or altered.
    pub(crate) lost: String,
    pub(crate) since: String,
    /// Calendar days since its text was settled.
    pub(crate) days: i64,
}

/// A transaction whose steps went back, and how often.
pub(crate) struct Finding {
    pub(crate) case: Option<String>,
    pub(crate) severity: String,
    pub(crate) text: String,
}

/// The last audit, and of how many records it was.
#[derive(Default)]
pub(crate) struct Audited(Mutex<Option<(Position, Arc<Report>)>>);

/// The ledger as lines, a page at a time.
struct Lines<'s, S> {
    store: &'s S,
    after: Position,
    page: std::io::Cursor<Vec<u8>>,
    failed: Option<StoreError>,
}

impl<S: Store> Read for Lines<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.page.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        let mut text = Vec::new();
        match self.store.scan(self.after, 500) {
            Ok(records) => {
                for (position, record) in records {
                    self.after = position;
                    text.extend_from_slice(record.bytes());
                    text.push(b'\n');
                }
            }
            Err(error) => {
                self.failed = Some(error);
                return Err(std::io::Error::other("the ledger cannot be read"));
            }
        }
        self.page = std::io::Cursor::new(text);
        self.page.read(buffer)
    }
}

impl Board {
    /// Judges every record again, if there are more than last time.
    pub(crate) fn audit_if_grown(&self) -> Result<(), Fault> {
        let last = self.engine.store().last()?;
        let known = self.audited.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(position, _)| *position);
        if known == Some(last) {
            return Ok(());
        }
        let mut lines = Lines { store: self.engine.store(), after: Position::START, page: std::io::Cursor::default(), failed: None };
        let report = Audit::new(self.engine.office()).ledger(BufReader::new(&mut lines));
        if let Some(error) = lines.failed {
            return Err(error.into());
        }
        *self.audited.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((last, Arc::new(report)));
        Ok(())
    }

    /// The last audit, and of how many records it is.
    pub(crate) fn report(&self) -> Option<(Position, Arc<Report>)> {
        self.audited.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every notice of a live transaction that is not on all its channels.
    pub(crate) fn not_up(&self, lang: Lang) -> Result<Vec<NotUp>, Fault> {
        let mut found = Vec::new();
        for case in self.engine.store().cases(Cases::Live)? {
            let look = self.look(case)?;
            for subject in [Subject::Step, Subject::Withdrawal, Subject::Termination] {
                found.extend(self.not_up_of(&look, subject, lang));
            }
        }
        found.sort_by_key(|notice| std::cmp::Reverse(notice.days));
        Ok(found)
    }

    fn not_up_of(&self, look: &Look, subject: Subject, lang: Lang) -> Option<NotUp> {
        let missing = look.case.posting(subject).map(sanzi::disclosure::Posting::missing).filter(|missing| !missing.is_empty())?;
        let notice = look.notices.iter().rev().find(|notice| notice.of == subject)?;
        let names = |channels: sanzi::disclosure::Channels| channels.names().in_lang(lang).to_owned();
        Some(NotUp {
            case: look.case.id().to_string(),
            title: views::about(&look.case).0,
            step: notice.step.map(|step| views::numbered(step, lang)).unwrap_or_default(),
            notice: notice.notice.title.in_lang(lang).to_owned(),
            missing: names(missing),
            lost: names(notice.lost()),
            since: moment(notice.made),
            days: china_date(self.clock.now()).signed_duration_since(china_date(notice.made)).num_days(),
        })
    }
}

#[derive(Template)]
#[template(path = "late.html", config = "examples/board/askama.toml")]
struct LatePage {
    frame: Frame,
    not_up: Vec<NotUp>,
    overdue: Vec<Owed>,
    findings: Vec<Finding>,
    /// How many records and transactions the audit judged; none yet where it has not run.
    judged: Option<(u64, u64)>,
}

pub(crate) async fn page(State(board): State<Shared>, reader: Reader) -> Page {
    ask(&board, move |board| {
        let lang = reader.lang;
        let owed = board.engine.owed(board.clock.now())?;
        let overdue = owed.iter().filter(|duty| duty.overdue).map(|duty| Owed::of(board, duty, lang)).collect();
        let report = board.report();
        let finding = |finding: &sanzi::audit::Finding| Finding {
            case: finding.case.parse::<sanzi::value::CaseId>().ok().map(|case| case.to_string()),
            severity: finding.severity.name().in_lang(lang).to_owned(),
            text: finding.text(lang),
        };
        let findings = report.iter().flat_map(|(_, report)| report.findings.iter().take(200)).map(finding).collect();
        let judged = report.as_ref().map(|(_, report)| (report.events, report.cases));
        written(&LatePage { frame: reader.frame(board), not_up: board.not_up(lang)?, overdue, findings, judged })
    })
    .await
}
