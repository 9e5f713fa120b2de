//! Our own ledger: hashes and chains here, every entry asked again in [`ask`], what a case leaves in [`leave`].

mod ask;
mod leave;

use std::sync::Arc;

use foldhash::HashMap;

use super::crew::{Handed, Judge};
use super::deal::Names;
use super::part::{Answer, Part, Sheet};
use super::{Deal, Finding, Rule};
use crate::case::{Case, CaseStatus, Entry, Office, Procedure};
use crate::ledger::{Record, Tip};
use crate::value::{Bilingual, CaseId, OrgId};

/// Lines of a file, in one run of memory.
pub(super) struct Batch {
    text: Vec<u8>,
    /// Where each ends, and which line of the file it is.
    ends: Vec<(usize, u64)>,
}

impl Batch {
    pub(super) fn add(&mut self, number: u64, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.ends.push((self.text.len(), number));
    }
}

impl Handed for Batch {
    fn with_room(bytes: usize) -> Batch {
        Batch { text: Vec::with_capacity(bytes), ends: Vec::new() }
    }

    fn bytes(&self) -> usize {
        self.text.len()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

pub(super) struct LedgerJudge<'a, P: Procedure> {
    office: &'a Office<P>,
    /// Without a register: a copy in which whoever acts holds the role that their act needs, so that everything else can
    /// be judged.
    blind: Option<Office<P>>,
    cases: HashMap<CaseId, Seat<P>>,
    /// Of bidders and accounts: what is kept of an ended case shares them.
    names: Names,
    part: Part,
}

/// What is kept of a case: all while it is open, the end of its chain when it is over.
enum Seat<P: Procedure> {
    Open(Box<Open<P>>),
    Ended { name: Arc<str>, tip: Tip },
}

struct Open<P: Procedure> {
    name: Arc<str>,
    org: OrgId,
    case: Case<P>,
    tip: Tip,
    first_line: u64,
    line: u64,
    opened: Option<chrono::NaiveDate>,
    /// Its first record is missing: it has no rules of its own.
    headless: bool,
    /// The highest step that was performed, by number.
    reached: usize,
    /// A step that was done again, or too late: its publication and its end belong to that one breach.
    aside: Option<P::Step>,
    /// The current notice was taken down or altered.
    went_down: bool,
    /// Steps that were jumped: skipped, unless they come later.
    jumped: Vec<Finding>,
    sheet: Sheet,
}

impl<P: Procedure> Judge for LedgerJudge<'_, P> {
    type Batch = Batch;

    fn take(&mut self, batch: &Batch) {
        let mut start = 0;
        for (end, line) in &batch.ends {
            self.line(*line, batch.text.get(start..*end).unwrap_or_default());
            start = *end;
        }
    }

    fn finish(mut self) -> Part {
        for seat in std::mem::take(&mut self.cases).into_values() {
            if let Seat::Open(open) = seat {
                self.part.open = self.part.open.saturating_add(1);
                self.leave(open);
            }
        }
        self.part
    }
}

impl<'a, P: Procedure> LedgerJudge<'a, P> {
    pub(super) fn new(office: &'a Office<P>) -> LedgerJudge<'a, P> {
        let blind = office.register.is_empty().then(|| office.clone());
        LedgerJudge { office, blind, cases: HashMap::default(), names: Names::default(), part: Part::default() }
    }

    fn line(&mut self, line: u64, bytes: &[u8]) {
        let record = match Record::from_bytes(bytes) {
            Ok(record) => record,
            Err(error) => return self.part.unreadable.add(line, error),
        };
        self.part.events = self.part.events.saturating_add(1);
        let seat = self.cases.remove(&record.case());
        let mut open = match seat {
            Some(Seat::Open(open)) => open,
            Some(Seat::Ended { name, tip }) => return self.after_the_end(line, &record, name, tip),
            None => {
                self.part.cases = self.part.cases.saturating_add(1);
                Box::new(Open {
                    name: record.case().to_string().into(),
                    org: self.office.org,
                    case: Case::unopened(record.case()),
                    tip: Tip::START,
                    first_line: line,
                    line,
                    opened: None,
                    headless: false,
                    reached: 0,
                    aside: None,
                    went_down: false,
                    jumped: Vec::new(),
                    sheet: Sheet::default(),
                })
            }
        };
        open.line = line;
        self.follow(&mut open, line, &record);
        match record.body::<Entry<P>>() {
            Ok(entry) => self.entry(&mut open, line, &entry),
            Err(error) => {
                let finding = Finding::new(Rule::Record, open.name.clone(), line).found(Bilingual::same(error));
                self.find(&mut open, finding);
            }
        }
        let over = matches!(open.case.status(), CaseStatus::Closed | CaseStatus::Terminated);
        let seat = if over {
            let (name, tip) = (open.name.clone(), open.tip);
            self.leave(open);
            Seat::Ended { name, tip }
        } else {
            Seat::Open(open)
        };
        self.cases.insert(record.case(), seat);
    }

    /// The record is the one that comes next in its chain; behind a break the chain goes on from what is there.
    fn follow(&mut self, open: &mut Open<P>, line: u64, record: &Record) {
        match open.tip.follow(open.org, record.case(), record) {
            Ok(tip) => open.tip = tip,
            Err(error) => {
                let finding = Finding::new(Rule::Chain, open.name.clone(), line).found(Bilingual::same(error));
                self.find(open, finding);
                (open.tip, open.org) = (Tip::of(record), record.org());
            }
        }
    }

    fn after_the_end(&mut self, line: u64, record: &Record, name: Arc<str>, tip: Tip) {
        let chain = tip.follow(record.org(), record.case(), record).err();
        let found = chain.map_or_else(|| Bilingual::same(record.version()), Bilingual::same);
        self.part.find(Finding::new(Rule::Ended, name.clone(), line).found(found));
        self.part.count_one(Rule::Ended, Answer::Broken);
        self.cases.insert(record.case(), Seat::Ended { name, tip: Tip::of(record) });
    }

    fn find(&mut self, open: &mut Open<P>, finding: Finding) {
        if finding.is_breach() || finding.severity > super::Severity::Note {
            open.sheet.mark(finding.rule, Answer::Broken);
        }
        self.part.find(finding);
    }

    /// The case is over, or the file is: what could be judged of it, and what it leaves for patterns across cases.
    fn leave(&mut self, mut open: Box<Open<P>>) {
        for finding in std::mem::take(&mut open.jumped) {
            self.find(&mut open, finding);
        }
        let mut sheet = open.sheet.clone();
        for rule in Rule::ALL.iter().filter(|rule| !rule.is_across()) {
            match (open.headless, open.reached >= rule.due()) {
                _ if self.blind.is_some() && matches!(rule, Rule::Party | Rule::Kin) => sheet.lacks(*rule, "register"),
                (true, _) if !matches!(rule, Rule::Chain | Rule::Record) => sheet.lacks(*rule, "first record"),
                (_, true) => sheet.keep(*rule),
                _ => {}
            }
        }
        self.part.count(&sheet);
        if self.part.remembers(&sheet, open.first_line) {
            self.part.remember(leave::timeline(&open));
        }
        let mut deal = Deal { case: open.name.clone(), line: open.first_line, ..Deal::default() };
        leave::summarise(&open, &mut self.names, &mut deal);
        self.part.deals.push(deal);
    }
}
