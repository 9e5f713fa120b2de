//! Our own ledger: hashes and chains here, every entry asked again in [`ask`], what a case leaves in [`leave`].

mod ask;
mod leave;
mod people;

use std::sync::Arc;

use foldhash::HashMap;

use self::people::People;
use super::deals::Deals;
use super::desk::{Handed, Judge};
use super::names::Names;
use super::part::{Answer, Part, Sheet};
use super::{Finding, Rule};
use crate::case::{Case, CaseStatus, Entry, Office, Procedure};
use crate::ledger::{Frame, Record, Tip};
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
    cases: HashMap<CaseId, Seat<P>>,
    review: Review<'a, P>,
}

/// What judges the cases, each in its turn.
struct Review<'a, P: Procedure> {
    office: &'a Office<P>,
    /// Without a register: a copy in which whoever acts holds the role that their act needs, so that everything else can
    /// be judged.
    blind: Option<Office<P>>,
    people: People<P::Role>,
    names: Names,
    deals: Deals,
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
        for seat in self.cases.into_values() {
            if let Seat::Open(open) = seat {
                self.review.part.open = self.review.part.open.saturating_add(1);
                self.review.leave(*open);
            }
        }
        self.review.part.deals.push(self.review.deals.named(Arc::new(self.review.names)));
        self.review.part
    }
}

impl<'a, P: Procedure> LedgerJudge<'a, P> {
    pub(super) fn new(office: &'a Office<P>) -> LedgerJudge<'a, P> {
        let blind = office.register.is_empty().then(|| office.clone());
        let (people, names, deals) = (People::default(), Names::default(), Deals::default());
        let review = Review { office, blind, people, names, deals, part: Part::default() };
        LedgerJudge { cases: HashMap::default(), review }
    }

    fn line(&mut self, line: u64, bytes: &[u8]) {
        let review = &mut self.review;
        let (frame, entry) = match Record::take_apart::<Entry<P>>(bytes) {
            Ok(parts) => parts,
            Err(error) => return review.part.unreadable.add(line, error),
        };
        review.part.events = review.part.events.saturating_add(1);
        let seat = self.cases.entry(frame.case).or_insert_with(|| Seat::Open(Box::new(review.begin(frame.case, line))));
        let open = match seat {
            Seat::Open(open) => open,
            Seat::Ended { name, tip } => {
                review.after_the_end(line, &frame, name, *tip);
                *tip = Tip::of_frame(&frame);
                return;
            }
        };
        open.line = line;
        review.follow(open, line, &frame);
        match entry {
            Ok(entry) => review.entry(open, line, &entry),
            Err(error) => {
                let finding = Finding::new(Rule::Record, open.name.clone(), line).found(Bilingual::same(error));
                review.find(open, finding);
            }
        }
        if matches!(open.case.status(), CaseStatus::Closed | CaseStatus::Terminated) {
            let ended = Seat::Ended { name: open.name.clone(), tip: open.tip };
            if let Seat::Open(open) = std::mem::replace(seat, ended) {
                review.leave(*open);
            }
        }
    }
}

impl<P: Procedure> Review<'_, P> {
    fn begin(&mut self, case: CaseId, line: u64) -> Open<P> {
        self.part.cases = self.part.cases.saturating_add(1);
        Open {
            name: case.to_string().into(),
            org: self.office.org,
            case: Case::unopened(case),
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
        }
    }

    /// The record is the one that comes next in its chain; behind a break the chain goes on from what is there.
    fn follow(&mut self, open: &mut Open<P>, line: u64, frame: &Frame) {
        match open.tip.follow_frame(open.org, frame.case, frame) {
            Ok(tip) => open.tip = tip,
            Err(error) => {
                let finding = Finding::new(Rule::Chain, open.name.clone(), line).found(Bilingual::same(error));
                self.find(open, finding);
                (open.tip, open.org) = (Tip::of_frame(frame), frame.org);
            }
        }
    }

    fn after_the_end(&mut self, line: u64, frame: &Frame, name: &Arc<str>, tip: Tip) {
        let chain = tip.follow_frame(frame.org, frame.case, frame).err();
        let found = chain.map_or_else(|| Bilingual::same(frame.version), Bilingual::same);
        self.part.find(Finding::new(Rule::Ended, Arc::clone(name), line).found(found));
        self.part.count_one(Rule::Ended, Answer::Broken);
    }

    fn find(&mut self, open: &mut Open<P>, finding: Finding) {
        if finding.is_breach() || finding.severity > super::Severity::Note {
            open.sheet.mark(finding.rule, Answer::Broken);
        }
        self.part.find(finding);
    }

    /// The case is over, or the file is: what could be judged of it, and what it leaves for patterns across cases.
    fn leave(&mut self, mut open: Open<P>) {
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
        leave::summarise(&open, &mut self.names, &mut self.deals);
    }
}
