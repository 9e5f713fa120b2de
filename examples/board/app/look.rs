//! A transaction as its records tell it: what was published, what came back, what residents asked.

use chrono::{DateTime, Utc};
use sanzi::case::{Case, Entry, Event, Next, Subject, TakenBack};
use sanzi::disclosure::{Channel, Channels, Notice, Posting, Receipt, Remark, Ruling};
use sanzi::dongsha::{Dongsha, Role, Step};
use sanzi::flow::{Flow, StepId};
use sanzi::store::{Position, Store};
use sanzi::value::{CaseId, Digest, PersonId, Text};

use super::Board;
use super::problem::Fault;

/// A notice, and what was said of it.
pub(crate) struct Published {
    pub(crate) notice: Notice,
    pub(crate) digest: Digest,
    pub(crate) of: Subject,
    /// The step it belongs to.
    pub(crate) step: Option<Step>,
    /// When its text was settled.
    pub(crate) made: DateTime<Utc>,
    pub(crate) posting: Posting,
    pub(crate) receipts: Vec<Receipt>,
    /// Since when it was up everywhere for the first time.
    pub(crate) public: Option<DateTime<Utc>>,
    /// A return has voided it.
    pub(crate) void: bool,
}

impl Published {
    fn new(notice: Notice, of: Subject, step: Option<Step>, made: DateTime<Utc>, required: Channels) -> Result<Published, Fault> {
        let digest = notice.digest()?;
        let posting = Posting::new(digest, required);
        Ok(Published { notice, digest, of, step, made, posting, receipts: Vec::new(), public: None, void: false })
    }

    fn take(&mut self, receipts: &[Receipt]) {
        receipts.iter().for_each(|receipt| self.posting.take(receipt));
        self.receipts.extend_from_slice(receipts);
        self.public = self.public.or(self.posting.since());
    }

    /// Channels on which it was seen, and is no longer as it was.
    pub(crate) fn lost(&self) -> Channels {
        let seen: Channels = self.receipts.iter().map(|receipt| receipt.channel).collect();
        let down = |channel: &Channel| self.posting.missing().contains(*channel);
        let gone = |channel: &Channel| {
            use sanzi::disclosure::Status::{Altered, Removed};
            self.receipts.iter().any(|receipt| receipt.channel == *channel && matches!(receipt.status, Altered | Removed))
        };
        seen.iter().filter(down).filter(gone).collect()
    }
}

/// A comment or an objection, with its answer.
pub(crate) struct Question {
    pub(crate) number: u32,
    pub(crate) kind: Remark,
    pub(crate) text: Text,
    pub(crate) filed: DateTime<Utc>,
    pub(crate) step: Option<Step>,
    /// When it rose, and to whom.
    pub(crate) rises: Vec<(DateTime<Utc>, Role)>,
    pub(crate) answer: Option<Reply>,
}

/// What was answered, by whom.
pub(crate) struct Reply {
    pub(crate) ruling: Ruling,
    pub(crate) text: Text,
    pub(crate) by: PersonId,
    pub(crate) at: DateTime<Utc>,
}

/// A record of the case, by what anyone may see of it.
pub(crate) struct Recorded {
    pub(crate) version: u64,
    pub(crate) hash: Digest,
    pub(crate) position: Option<Position>,
}

/// All of it.
pub(crate) struct Look {
    pub(crate) case: Case<Dongsha>,
    pub(crate) entries: Vec<Entry<Dongsha>>,
    pub(crate) notices: Vec<Published>,
    pub(crate) questions: Vec<Question>,
    pub(crate) records: Vec<Recorded>,
}

impl Board {
    /// Reads a case's records once, and replays them.
    pub(crate) fn look(&self, id: CaseId) -> Result<Look, Fault> {
        let records = self.engine.store().read(id)?;
        if records.is_empty() {
            return Err(sanzi::Error::UnknownCase(id).into());
        }
        let mut look =
            Look { case: Case::unopened(id), entries: Vec::new(), notices: Vec::new(), questions: Vec::new(), records: Vec::new() };
        for record in &records {
            let entry: Entry<Dongsha> = record.body().map_err(sanzi::Error::from)?;
            look.case.evolve(&entry)?;
            look.follow(&entry)?;
            look.entries.push(entry);
            look.records.push(Recorded { version: record.version(), hash: record.hash(), position: None });
        }
        Ok(look)
    }

    /// The places of a case's records in the ledger.
    pub(crate) fn positions(&self, look: &mut Look) -> Result<(), Fault> {
        let id = look.case.id();
        for record in &mut look.records {
            record.position = self.engine.store().position_of(id, record.version)?;
        }
        Ok(())
    }
}

impl Look {
    /// What an entry, just applied, makes public.
    fn follow(&mut self, entry: &Entry<Dongsha>) -> Result<(), Fault> {
        match &entry.event {
            Event::Performed { evidence, .. } => {
                use sanzi::case::EvidenceSet;
                let step = evidence.step();
                self.begin(Subject::Step, Some(step), entry.at, Dongsha::row(step).posts.channels)?;
            }
            Event::Noted { of, receipts } | Event::Published { of, receipts } => {
                if let Some(notice) = self.notices.iter_mut().rev().find(|notice| notice.of == *of) {
                    notice.take(receipts);
                }
            }
            Event::Advanced { from, to: Next::Step(to), withdrawal, .. } if to.index() <= from.index() => {
                self.returned(*to, withdrawal.as_ref(), entry.at)?;
            }
            Event::ClockSet { back: TakenBack::Steps { from, withdrawal }, .. } => self.returned(*from, withdrawal.as_ref(), entry.at)?,
            Event::Terminated { notice: (channels, _), .. } => self.begin(Subject::Termination, None, entry.at, *channels)?,
            Event::Objected { number, kind, text, .. } => {
                let step = self.case.place().map(|place| place.step);
                self.questions.push(Question {
                    number: *number,
                    kind: *kind,
                    text: text.clone(),
                    filed: entry.at,
                    step,
                    rises: Vec::new(),
                    answer: None,
                });
            }
            Event::Risen { number, to } => {
                if let Some(question) = self.questions.iter_mut().find(|question| question.number == *number) {
                    question.rises.push((entry.at, *to));
                }
            }
            Event::Answered { number, ruling, reply } => {
                if let Some(question) = self.questions.iter_mut().find(|question| question.number == *number) {
                    question.answer = Some(Reply { ruling: *ruling, text: reply.clone(), by: entry.by, at: entry.at });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, of: Subject, step: Option<Step>, at: DateTime<Utc>, required: Channels) -> Result<(), Fault> {
        if let Some(notice) = self.case.notice(of) {
            self.notices.push(Published::new(notice, of, step, at, required)?);
        }
        Ok(())
    }

    fn returned(&mut self, to: Step, withdrawal: Option<&(Channels, Digest)>, at: DateTime<Utc>) -> Result<(), Fault> {
        for notice in self.notices.iter_mut().filter(|notice| notice.step.is_some_and(|step| step.index() >= to.index())) {
            notice.void = true;
        }
        match withdrawal {
            Some((channels, _)) => self.begin(Subject::Withdrawal, None, at, *channels),
            None => Ok(()),
        }
    }
}
