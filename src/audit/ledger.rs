//! Our own ledger: hashes, chains, and every entry asked again.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::crew::{Handed, Judge};
use super::part::{Answer, Part, Sheet};
use super::{Bid, Bidder, Deal, Finding, Rule, Timeline};
use crate::calendar::china_date;
use crate::case::{
    Case, CaseStatus, Entry, Event, EvidenceSet, Next, Office, Procedure, Reason, ReasonCode, Stage, Subject, TakenBack, Verdict, decide,
};
use crate::dongsha::{BidderRegistration, Bidding, Dongsha, PlanDraft, ResultNotice, Step, TradingMethod};
use crate::flow::{RoleId, StepId};
use crate::ledger::{Record, Tip};
use crate::register::{Register, Term};
use crate::value::{Bilingual, CaseId, OrgId, PersonName};

/// Lines of a file, in one run of memory.
#[derive(Default)]
pub(super) struct Batch {
    text: Vec<u8>,
    /// Where each ends, and which line of the file it is.
    ends: Vec<(usize, u64)>,
    line: u64,
}

impl Batch {
    pub(super) fn add(&mut self, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.ends.push((self.text.len(), self.line));
    }
}

impl Handed for Batch {
    fn is_full(&self) -> bool {
        self.text.len() >= 1 << 17
    }

    fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn at(&mut self, line: u64) {
        self.line = line;
    }
}

pub(super) struct LedgerJudge<'a, P: Procedure> {
    office: &'a Office<P>,
    /// Without a register: a copy in which whoever acts holds the role that their act needs, so that everything else can
    /// be judged.
    blind: Option<Office<P>>,
    cases: HashMap<CaseId, Seat<P>>,
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

    fn take(&mut self, batch: Batch) {
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
        LedgerJudge { office, blind, cases: HashMap::new(), part: Part::default() }
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

    /// Asks again for what the entry says was done, on the state before it.
    fn entry(&mut self, open: &mut Open<P>, line: u64, entry: &Entry<P>) {
        let opens = matches!(entry.event, Event::Opened { .. });
        let unopened = open.case.status() == CaseStatus::Unopened;
        if unopened && !opens {
            if !open.headless {
                open.headless = true;
                let mut finding = Finding::new(Rule::Opened, open.name.clone(), line);
                finding.code = crate::case::Code::NotOpened.code().into();
                finding.message = crate::case::Code::NotOpened.message();
                self.find(open, finding);
            }
            return;
        }
        if open.set_aside(entry) {
            return;
        }
        let office = match &mut self.blind {
            Some(blind) => {
                blind.register = roll(entry).unwrap_or_default();
                &*blind
            }
            None => self.office,
        };
        match decide(&open.case, &office.acting(entry.by, entry.clock), &entry.command()) {
            Verdict::Refused(refusal) => {
                if self.refused(open, line, entry, refusal.reasons()) {
                    return;
                }
            }
            Verdict::Allowed { entries, warnings } => {
                for reason in warnings {
                    let mut finding = Finding::of_reason(reason.clone(), Rule::of_code(&reason.code), open.name.clone(), line);
                    finding.severity = super::Severity::Note;
                    self.about(open, finding, entry);
                }
                if let Some((rule, expected, found)) = entries.first().and_then(|decided| differs(decided, entry)) {
                    let mut finding = Finding::new(rule, open.name.clone(), line).expected(expected).found(found);
                    finding.code = "not-as-decided".into();
                    self.about(open, finding, entry);
                }
            }
        }
        self.measure(open, entry);
        if opens {
            open.opened = open.opened.or(Some(china_date(entry.at)));
        }
        // A case that is opened a second time keeps the rules of the first.
        if opens == unopened {
            open.case.suffer(entry);
        }
        open.remember(entry);
    }

    /// Every reason is a finding. Says whether the entry is to be left out: a step that was done before, or is done too
    /// late, and anything after the end, does not move the case.
    fn refused(&mut self, open: &mut Open<P>, line: u64, entry: &Entry<P>, reasons: &[Reason]) -> bool {
        let step = match &entry.event {
            Event::Performed { evidence, .. } => Some(evidence.step()),
            _ => None,
        };
        let rules: Vec<Rule> = reasons.iter().map(|reason| open.rule_of(&reason.code, entry, self.office)).collect();
        let again = step.filter(|_| rules.contains(&Rule::Repeated));
        let jumped_before = again.and_then(|step| open.jumped.iter().position(|finding| finding.step_id() == step.id()));
        for (reason, rule) in reasons.iter().zip(rules.iter().copied()) {
            if self.blind.is_some() && (rule == Rule::Party || UNSEEN.contains(&reason.code.as_ref())) {
                continue;
            }
            let mut finding = Finding::of_reason(reason.clone(), rule, open.name.clone(), line);
            finding.severity = finding.severity.max(super::Severity::Minor);
            match (rule, jumped_before) {
                (Rule::Skipped, _) if step.is_some() => self.jumped(open, finding, entry),
                (Rule::Repeated, Some(place)) => {
                    open.jumped.remove(place);
                    let late = Finding::new(Rule::Disordered, open.name.clone(), line);
                    self.about(open, Finding { step: finding.step, found: finding.found, code: finding.code, ..late }, entry);
                }
                _ => self.about(open, finding, entry),
            }
        }
        let behind = |step: &P::Step| open.case.place().is_some_and(|place| step.index() < place.step.index());
        open.aside = again.filter(behind).or(open.aside);
        again.is_some() || rules.contains(&Rule::Ended)
    }

    /// Kept until it is known whether the step comes later.
    fn jumped(&mut self, open: &mut Open<P>, mut finding: Finding, entry: &Entry<P>) {
        finding.person = Some(entry.by.as_str().into());
        open.jumped.push(finding);
    }

    /// Adds who did it, and the step at which the case stood where the reason names none.
    fn about(&mut self, open: &mut Open<P>, mut finding: Finding, entry: &Entry<P>) {
        finding.person = Some(entry.by.as_str().into());
        if let (None, Some(place)) = (&finding.step, open.case.place()) {
            finding = finding.at(place.step);
        }
        if let (None, Some(step)) = (&finding.responsible, &finding.step) {
            let row = P::ROWS.iter().find(|row| row.step.id() == step.id);
            if let Some(row) = row {
                finding = finding.by(row.by);
            }
        }
        self.find(open, finding);
    }

    /// How long the notice stood that is left now.
    fn measure(&mut self, open: &Open<P>, entry: &Entry<P>) {
        let Event::Advanced { from, to: Next::Step(to), .. } = &entry.event else { return };
        if P::row(*from).posts.period.is_none() || to.index() <= from.index() {
            return;
        }
        let public = open.case.place().is_some_and(|place| place.step == *from && place.stage == Stage::Public);
        let Some(since) = open.case.posting(Subject::Step).filter(|_| public).and_then(|posting| posting.since()) else { return };
        // The first day does not count, nor does the day on which the step is left.
        let (first, Some(last)) = (china_date(since), china_date(entry.at).pred_opt()) else { return };
        let days = if first > last { Ok(0) } else { self.office.calendar.working_days_between(first, last) };
        if let (Ok(days), Ok(number)) = (days, u8::try_from(from.number())) {
            let count = self.part.periods.entry((number, days)).or_default();
            *count = count.saturating_add(1);
        }
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
        self.part.remember(&sheet, open.first_line, || timeline(&open));
        let mut deal = Deal { case: open.name.clone(), line: open.first_line, ..Deal::default() };
        summarise(&open, &mut deal);
        self.part.deals.push(deal);
    }
}

impl<P: Procedure> Open<P> {
    /// Whose rule a reason is under: two who must differ are either one person, or kin; what is not public any more was
    /// taken down.
    fn rule_of(&self, code: &str, entry: &Entry<P>, office: &Office<P>) -> Rule {
        let rule = Rule::of_code(code);
        if rule == Rule::Channels && self.went_down && matches!(entry.event, Event::Advanced { .. }) {
            return Rule::Standing;
        }
        let Event::Performed { evidence, done, .. } = &entry.event else { return rule };
        if code != crate::case::Code::MustDiffer.code() {
            return rule;
        }
        let row = P::row(evidence.step());
        let actor = office.register.actor(entry.by, china_date(*done)).ok();
        let same = row.apart.iter().any(|apart| match apart {
            crate::flow::Apart::Step(step) => self.case.performer(*step) == Some(entry.by),
            crate::flow::Apart::Role(role) => actor.as_ref().is_some_and(|actor| actor.holds(*role)),
            crate::flow::Apart::Bidder => self.case.bidders().contains(&entry.by),
        });
        if same { Rule::Duties } else { Rule::Kin }
    }

    /// What belongs to a step that was left out is left out with it, up to its end.
    fn set_aside(&mut self, entry: &Entry<P>) -> bool {
        let Some(step) = self.aside else { return false };
        match &entry.event {
            Event::Noted { of: Subject::Step, .. } | Event::Published { of: Subject::Step, .. } => true,
            Event::Advanced { from, .. } if *from == step => {
                self.aside = None;
                true
            }
            Event::Performed { .. } => {
                self.aside = None;
                false
            }
            _ => false,
        }
    }

    fn remember(&mut self, entry: &Entry<P>) {
        use crate::disclosure::Status;
        match &entry.event {
            Event::Performed { evidence, .. } => {
                self.reached = self.reached.max(evidence.step().number());
                self.went_down = false;
            }
            Event::Noted { of: Subject::Step, receipts } | Event::Published { of: Subject::Step, receipts } => {
                self.went_down |= receipts.iter().any(|receipt| matches!(receipt.status, Status::Removed | Status::Altered));
            }
            _ => {}
        }
    }
}

/// What the guard says where it has no register to look into, beside [`Rule::Party`].
const UNSEEN: [&str; 2] = ["not-verified", "photo-needs-two"];

/// A register of one: whoever acts, in the role that the step belongs to, or in all where no step is performed.
fn roll<P: Procedure>(entry: &Entry<P>) -> Option<Register<P::Role>> {
    let all = <P::Role as RoleId>::ALL;
    let one;
    let roles = match &entry.event {
        Event::Performed { evidence, .. } => {
            one = [P::row(evidence.step()).by];
            one.as_slice()
        }
        _ => all,
    };
    let mut register = Register::new();
    register.add(entry.by, PersonName::new("某").ok()?).ok()?;
    for role in roles {
        register.appoint(entry.by, *role, Term::since(chrono::NaiveDate::MIN)).ok()?;
    }
    Some(register)
}

/// Where the recorded entry is not what is decided for the same command.
fn differs<P: Procedure>(decided: &Entry<P>, entry: &Entry<P>) -> Option<(Rule, Bilingual, Bilingual)> {
    if decided.at != entry.at {
        return Some((Rule::BackDated, Bilingual::same(decided.at), Bilingual::same(entry.at)));
    }
    if decided.event == entry.event {
        return None;
    }
    Some(match (&decided.event, &entry.event) {
        (Event::Opened { policy: due, .. }, Event::Opened { policy: found, .. }) if due != found => {
            let name = |policy: &crate::policy::Policy| {
                let digest = policy.digest().map(|digest| digest.short()).unwrap_or_default();
                Bilingual::same(format!("{} {digest}", policy.id()))
            };
            (Rule::Opened, name(due), name(found))
        }
        (Event::Opened { .. }, Event::Opened { .. }) => {
            (Rule::Opened, Bilingual::same(P::ID), Bilingual::new("另一流程或版本", "another procedure or version"))
        }
        (Event::Performed { notice: due, .. }, Event::Performed { notice: found, .. }) => {
            (Rule::Standing, Bilingual::same(due), Bilingual::same(found))
        }
        (Event::Advanced { outcome: due, .. }, Event::Advanced { outcome: found, .. }) => {
            let rule = match due.as_str() {
                "NoQuorum" => Rule::Quorum,
                "Rejected" => Rule::Majority,
                _ => Rule::Return,
            };
            (rule, Bilingual::same(due), Bilingual::same(found))
        }
        // A record from before a wrong clock's steps were taken back: lawful then.
        (Event::ClockSet { .. }, Event::ClockSet { back: TakenBack::Unasked, .. }) => return None,
        (Event::ClockSet { .. }, _) => (
            Rule::Return,
            Bilingual::new("收回超前通过的环节", "what the wrong clock let pass is taken back"),
            Bilingual::new("未如此", "it is not"),
        ),
        _ => (Rule::Record, Bilingual::new("所作决定", "what is decided"), Bilingual::new("另一内容", "something else")),
    })
}

fn timeline<P: Procedure>(open: &Open<P>) -> Timeline {
    let day = |step: &P::Step| {
        let done = open.case.done(*step)?;
        Some((u8::try_from(step.number()).ok()?, china_date(done.done), done.left.map(china_date)))
    };
    Timeline { case: open.name.clone(), line: open.first_line, steps: <P::Step as StepId>::ALL.iter().filter_map(day).collect() }
}

fn summarise<P: Procedure>(open: &Open<P>, deal: &mut Deal) {
    let case = &open.case;
    deal.asset = case.opening().map(|opening| opening.asset.as_str().into());
    deal.opened = open.opened;
    deal.last = case.last().map(|last| (china_date(last), open.line));
    deal.terminated = matches!(case.status(), CaseStatus::Terminated | CaseStatus::Terminating);
    deal.ended = matches!(case.status(), CaseStatus::Terminated | CaseStatus::Closed);
    deal.worth = case.worth();
    deal.threshold = case.policy().and_then(|policy| policy.amount("public-trading-from")).map(|number| *number.value());
    deal.window = case.policy().and_then(|policy| policy.at_most("splitting-window-days")).map(|number| *number.value());
    let Some(case) = (case as &dyn Any).downcast_ref::<Case<Dongsha>>() else { return };
    deal.planned = case.done(Step::PlanDraft).map(|done| china_date(done.done));
    deal.negotiated = case.record::<PlanDraft>().map(|plan| plan.method == TradingMethod::Negotiation);
    if let Some(registration) = case.record::<BidderRegistration>() {
        let bidder = |registrant: &crate::dongsha::Registrant| Bidder {
            who: registrant.bidder.as_str().into(),
            account: Some(registrant.account.reveal().into()),
            qualified: Some(registrant.qualified),
        };
        deal.bidders = registration.registrants.iter().map(bidder).collect();
    }
    if let Some(bidding) = case.record::<Bidding>() {
        deal.bids = bidding.bids.iter().map(|bid| Bid { who: bid.bidder.as_str().into(), price: bid.price }).collect();
        deal.winner = bidding.winner.map(|winner| winner.as_str().into());
    }
    if let Some(result) = case.record::<ResultNotice>() {
        deal.winner = Some(result.winner.as_str().into());
    }
}
