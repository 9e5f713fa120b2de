//! Every entry is asked again: would the guard have allowed it then, to that person, at that moment?

use super::super::{Finding, Rule, Severity};
use super::{Open, Review};
use crate::calendar::china_date;
use crate::case::{
    CaseStatus, Code, Entry, Event, EvidenceSet, Next, Office, Procedure, Reason, ReasonCode, Stage, Subject, TakenBack, Verdict,
    decide_again,
};
use crate::disclosure::Status;
use crate::flow::{Apart, RoleId, StepId};
use crate::register::{Register, Term};
use crate::value::{Bilingual, PersonName};

impl<P: Procedure> Review<'_, P> {
    /// Asks again for what the entry says was done, on the state before it.
    pub(super) fn entry(&mut self, open: &mut Open<P>, line: u64, entry: &Entry<P>) {
        let opens = matches!(entry.event, Event::Opened { .. });
        let unopened = open.case.status() == CaseStatus::Unopened;
        if unopened && !opens {
            if !open.headless {
                open.headless = true;
                let mut finding = Finding::new(Rule::Opened, open.name.clone(), line);
                finding.code = Code::NotOpened.code().into();
                finding.message = Code::NotOpened.message();
                self.find(open, finding);
            }
            return;
        }
        if open.set_aside(entry) {
            return;
        }
        let acting = match &mut self.blind {
            Some(blind) => {
                blind.register = roll(entry).unwrap_or_default();
                blind.acting(entry.by, entry.clock)
            }
            None => self.people.acting(self.office, entry.by, entry.clock),
        };
        match decide_again(&open.case, &acting, entry) {
            Verdict::Refused(refusal) => {
                if self.refused(open, line, entry, refusal.reasons()) {
                    return;
                }
            }
            Verdict::Allowed { entries, warnings } => {
                for reason in warnings {
                    let mut finding = Finding::of_reason(reason.clone(), Rule::of_code(&reason.code), open.name.clone(), line);
                    finding.severity = Severity::Note;
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
            finding.severity = finding.severity.max(Severity::Minor);
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
            self.part.periods.count(number, days);
        }
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
        if code != Code::MustDiffer.code() {
            return rule;
        }
        let row = P::row(evidence.step());
        let actor = office.register.actor(entry.by, china_date(*done)).ok();
        let same = row.apart.iter().any(|apart| match apart {
            Apart::Step(step) => self.case.performer(*step) == Some(entry.by),
            Apart::Role(role) => actor.as_ref().is_some_and(|actor| actor.holds(*role)),
            Apart::Bidder => self.case.bidders().contains(&entry.by),
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
