//! The state of a transaction, made of nothing but its events.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use super::clock::CLOCK_GAP;
use super::{Correction, Entry, Event, EvidenceSet, Next, Opening, Procedure, Subject, TakenBack, Termination, TypedStep};
use crate::calendar::Period;
use crate::disclosure::{Channels, Objection, Posting, Remark, Ruling};
use crate::flow::{Flow, Outcome, StepId, Target};
use crate::policy::Policy;
use crate::value::{CaseId, Digest, Money, OrgId, PersonId};

/// How far the current step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// To be performed (待执行).
    Pending,
    /// Performed, to be published (待公开).
    Performed,
    /// Public on all channels, its period running or over (公示中).
    Public,
}

/// Where a live transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place<S> {
    /// The current step.
    pub step: S,
    /// How far it is.
    pub stage: Stage,
}

/// The life of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseStatus<S> {
    /// No such transaction yet.
    Unopened,
    /// Under way.
    At(Place<S>),
    /// Ended by a decision whose notice is not yet up.
    Terminating,
    /// Ended by a decision, published.
    Terminated,
    /// All steps done.
    Closed,
}

/// What was done at a step, and how its notice stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Done<P: Procedure> {
    /// Who.
    pub by: PersonId,
    /// When it was done.
    pub done: DateTime<Utc>,
    /// The record, shared with the entry that brought it.
    pub evidence: Arc<P::Evidence>,
    /// The notice on its channels.
    pub posting: Posting,
    /// The notice's number.
    pub number: u32,
    /// When the step was left, if it was.
    pub left: Option<DateTime<Utc>>,
    pub(super) frozen: Frozen,
}

/// The digest that later steps are bound to, once one of them has asked for it. It follows from the record, so it makes no
/// difference between two cases.
#[derive(Clone, Debug, Default)]
pub(super) struct Frozen(OnceLock<Option<Digest>>);

impl PartialEq for Frozen {
    fn eq(&self, _: &Frozen) -> bool {
        true
    }
}

/// One transaction.
///
/// It is made of its events alone: it has no public field, cannot be deserialized, and is brought back only through
/// [`Case::replay`]. Cloning one gives no power: only what a [`Store`](crate::store::Store) accepts has happened.
// The fields stay in this order: a check of one case among many reads its first lines of memory, and little else.
#[derive(Clone, Debug, PartialEq)]
#[repr(C)]
pub struct Case<P: Procedure> {
    pub(super) status: CaseStatus<P::Step>,
    /// Marks of those whom the current row keeps apart.
    pub(super) apart_marks: u64,
    pub(super) version: u64,
    /// Who performed each step that stands; apart from the records so that a check reads one short run of memory.
    pub(super) performers: Vec<Option<PersonId>>,
    /// Whoever bids: the intended bidder and everyone in a record that stands; kept so that a check need not gather them.
    pub(super) bidders: Vec<PersonId>,
    pub(super) last: Option<DateTime<Utc>>,
    /// The current step's lead time, if its row has one and the policy knows it.
    pub(super) lead: Option<Period>,
    /// How many days may pass between two entries before the clock is doubted, once the policy has said so.
    pub(super) clock_gap: Option<u32>,
    pub(super) id: CaseId,
    pub(super) org: Option<OrgId>,
    pub(super) opening: Option<Box<Opening>>,
    pub(super) policy: Option<Arc<Policy>>,
    /// When the case came to each step up to the current one.
    pub(super) began: Vec<Option<DateTime<Utc>>>,
    pub(super) done: Vec<Option<Box<Done<P>>>>,
    /// Records that a return has voided, the oldest first.
    pub(super) voided: Vec<P::Evidence>,
    pub(super) withdrawal: Option<Box<Posting>>,
    pub(super) termination: Option<Box<(Termination, Posting)>>,
    pub(super) objections: Vec<Objection>,
    /// From which of the objections on belong to the current step.
    pub(super) objections_here: usize,
    /// An upheld objection or a recall has settled how the current step ends.
    pub(super) forced: Option<String>,
    /// Every channel that ever carried a notice of this case.
    pub(super) carried: Channels,
    /// How many notices there have been.
    pub(super) notices: u32,
}

impl<P: Procedure> Case<P> {
    /// A number without a transaction yet: what [`decide`](super::decide) opens.
    pub fn unopened(id: CaseId) -> Case<P> {
        let steps = P::ROWS.len();
        Case {
            status: CaseStatus::Unopened,
            apart_marks: 0,
            version: 0,
            performers: vec![None; steps],
            bidders: Vec::new(),
            last: None,
            lead: None,
            clock_gap: None,
            id,
            org: None,
            opening: None,
            policy: None,
            began: vec![None; steps],
            done: std::iter::repeat_with(|| None).take(steps).collect(),
            voided: Vec::new(),
            withdrawal: None,
            termination: None,
            objections: Vec::new(),
            objections_here: 0,
            forced: None,
            carried: Channels::NONE,
            notices: 0,
        }
    }

    /// Its number.
    pub const fn id(&self) -> CaseId {
        self.id
    }

    /// How many events it is made of: what the next append expects.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Where it stands.
    pub const fn status(&self) -> CaseStatus<P::Step> {
        self.status
    }

    /// Where it stands, while it is under way.
    pub const fn place(&self) -> Option<Place<P::Step>> {
        match self.status {
            CaseStatus::At(place) => Some(place),
            _ => None,
        }
    }

    /// What it is about.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_deref()
    }

    /// Whose it is.
    pub const fn org(&self) -> Option<OrgId> {
        self.org
    }

    /// Its numbers, fixed at opening.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_deref()
    }

    /// The case's own time: of its last event.
    pub const fn last(&self) -> Option<DateTime<Utc>> {
        self.last
    }

    /// What was done at a step, while it stands: a return takes it away.
    pub fn done(&self, step: P::Step) -> Option<&Done<P>> {
        self.done.get(step.index())?.as_deref()
    }

    /// The record of a step, while it stands.
    pub fn record<S: TypedStep<Procedure = P>>(&self) -> Option<&S::Record> {
        self.done(S::STEP).and_then(|done| S::unwrap(&done.evidence))
    }

    /// The digest of a step's record that later steps are bound to, while it stands.
    pub fn frozen(&self, step: P::Step) -> Option<Digest> {
        let done = self.done(step)?;
        *done.frozen.0.get_or_init(|| done.evidence.record().frozen())
    }

    /// The records of a step that returns have voided, the oldest first.
    pub fn voided_records<S: TypedStep<Procedure = P>>(&self) -> impl Iterator<Item = &S::Record> {
        self.voided.iter().filter_map(S::unwrap)
    }

    /// All voided records, the oldest first.
    pub fn voided(&self) -> &[P::Evidence] {
        &self.voided
    }

    /// When the case came to a step that is current or behind it.
    pub fn began(&self, step: P::Step) -> Option<DateTime<Utc>> {
        self.began.get(step.index()).copied().flatten()
    }

    /// Who performed a step, while it stands.
    pub fn performer(&self, step: P::Step) -> Option<PersonId> {
        self.performers.get(step.index()).copied().flatten()
    }

    /// All comments and objections.
    pub fn objections(&self) -> &[Objection] {
        &self.objections
    }

    /// Those on the current step.
    pub fn objections_here(&self) -> &[Objection] {
        self.objections.get(self.objections_here..).unwrap_or_default()
    }

    /// The notice that withdraws what a return has voided, while it is owed.
    pub fn withdrawal(&self) -> Option<&Posting> {
        self.withdrawal.as_deref()
    }

    /// The decision that ended it, and its notice.
    pub fn termination(&self) -> Option<&(Termination, Posting)> {
        self.termination.as_deref()
    }

    /// Whoever bids: the intended bidder and everyone in a record that stands.
    pub fn bidders(&self) -> &[PersonId] {
        &self.bidders
    }

    /// The size class of the transaction, once a record has settled it.
    pub fn size(&self) -> Option<&'static str> {
        let policy = self.policy()?;
        self.done.iter().flatten().find_map(|done| done.evidence.record().size(policy))
    }

    /// What the whole deal is worth, once a record has settled it.
    pub fn worth(&self) -> Option<Money> {
        self.done.iter().flatten().find_map(|done| done.evidence.record().deal_worth())
    }

    /// The notice that is meant, on its channels.
    pub fn posting(&self, of: Subject) -> Option<&Posting> {
        match of {
            Subject::Step => self.place().and_then(|place| self.done(place.step)).map(|done| &done.posting),
            Subject::Withdrawal => self.withdrawal(),
            Subject::Termination => self.termination().map(|(_, posting)| posting),
        }
    }

    /// Before when no receipt of this notice can be dated.
    pub(super) fn posted_not_before(&self, of: Subject) -> Option<DateTime<Utc>> {
        let step = self.place()?.step;
        match of {
            Subject::Step => self.done(step).map(|done| done.done),
            Subject::Withdrawal => self.began(step),
            Subject::Termination => None,
        }
    }

    /// How the step is to end, by name: as an upheld objection or a recall has settled, else as its record says; `None` is
    /// the way forward.
    pub(super) fn settled(&self, step: P::Step) -> Option<Cow<'_, str>> {
        let said = || self.done(step).and_then(|done| done.evidence.record().outcome(self)).map(Cow::Borrowed);
        self.forced.as_deref().map(Cow::Borrowed).or_else(said)
    }

    /// The way on which the step is to be left; `None` where its row has none of that name.
    pub(super) fn way_out(&self, step: P::Step) -> Option<&'static Outcome<P::Step>> {
        let mut ways = <P as Flow>::row(step).outcomes.iter();
        match self.settled(step) {
            None => ways.next(),
            Some(id) => ways.find(|way| way.id == id.as_ref()),
        }
    }

    /// Where a correction of the step's notice leads, by its record: only ever back.
    pub(super) fn way_back(&self, step: P::Step, correction: &Correction) -> Option<&'static Outcome<P::Step>> {
        let said = self.done(step)?.evidence.record().recall(correction)?;
        let mut ways = <P as Flow>::row(step).outcomes.iter();
        ways.find(|way| way.id == said && matches!(way.to, Target::Step(to) if to.index() <= step.index()))
    }

    /// On a return: where the notices are up that it voids. None on the way forward.
    pub(super) fn channels_voided(&self, from: P::Step, to: Next<P::Step>) -> Channels {
        let Next::Step(to) = to else { return Channels::NONE };
        let voided = self.done.iter().skip(to.index()).flatten().filter(|_| to.index() <= from.index());
        voided.fold(Channels::NONE, |set, done| set.and(done.posting.confirmed()))
    }

    /// Where the notice of a termination goes: wherever the case was public, and at least where its first step is.
    pub(super) fn channels_of_termination(&self) -> Channels {
        self.carried.and(P::ROWS.first().map_or(Channels::NONE, |row| row.posts.channels))
    }

    fn posting_mut(&mut self, of: Subject) -> Option<&mut Posting> {
        match of {
            Subject::Step => {
                let place = self.place()?;
                self.done.get_mut(place.step.index())?.as_deref_mut().map(|done| &mut done.posting)
            }
            Subject::Withdrawal => self.withdrawal.as_deref_mut(),
            Subject::Termination => self.termination.as_deref_mut().map(|(_, posting)| posting),
        }
    }

    /// Applies an entry that may follow. It cannot fail.
    pub(super) fn apply(&mut self, entry: &Entry<P>) {
        self.version = self.version.saturating_add(1);
        self.last = Some(entry.at);
        match &entry.event {
            Event::Opened { org, opening, policy, .. } => {
                self.org = Some(*org);
                self.opening = Some(Box::new(opening.clone()));
                self.gather_bidders();
                self.clock_gap = policy.at_most(CLOCK_GAP).map(|number| *number.value());
                self.policy = Some(policy.clone());
                if let Some(first) = P::Step::from_index(0) {
                    self.enter(first, entry.at);
                }
            }
            Event::Performed { done, evidence, notice } => self.performed(entry.by, *done, evidence, *notice),
            Event::Noted { of, receipts } | Event::Published { of, receipts } => {
                self.take_receipts(*of, receipts);
                if matches!(entry.event, Event::Published { .. }) {
                    self.published(*of);
                }
            }
            Event::Advanced { from, to, withdrawal, .. } => {
                if let Some(done) = self.done.get_mut(from.index()).and_then(Option::as_deref_mut) {
                    done.left = Some(entry.at);
                }
                match to {
                    Next::End => self.status = CaseStatus::Closed,
                    Next::Step(to) => {
                        if to.index() <= from.index() {
                            self.void_from(*to, *withdrawal);
                        }
                        self.enter(*to, entry.at);
                    }
                }
            }
            Event::Objected { number, kind, text, from } => self.objections.push(Objection {
                number: *number,
                kind: *kind,
                from: *from,
                entered_by: entry.by,
                text: text.clone(),
                filed: entry.at,
                rises: Vec::new(),
                ruled: None,
            }),
            Event::Answered { number, ruling, .. } => self.answered(*number, *ruling, entry.at),
            Event::Risen { number, .. } => self.risen(*number, entry.at),
            Event::Recalled { outcome, .. } => self.forced = Some(outcome.clone()),
            Event::Terminated { termination, notice: (channels, digest) } => {
                self.notices = self.notices.saturating_add(1);
                self.termination = Some(Box::new((termination.clone(), Posting::new(*digest, *channels))));
                self.status = CaseStatus::Terminating;
            }
            Event::ClockSet { back, .. } => self.clock_set(*back, entry.at),
        }
    }

    /// The clock is right now; a step that was let pass too early is entered anew.
    fn clock_set(&mut self, back: TakenBack<P::Step>, at: DateTime<Utc>) {
        self.date_back(at);
        if let TakenBack::Steps { from, withdrawal } = back {
            self.void_from(from, withdrawal);
            self.enter(from, at);
        }
    }

    fn enter(&mut self, step: P::Step, at: DateTime<Utc>) {
        self.status = CaseStatus::At(Place { step, stage: Stage::Pending });
        self.forced = None;
        self.objections_here = self.objections.len();
        self.lead = P::row(step).after.and_then(|name| self.policy()?.period(name)).map(|number| *number.value());
        if let Some(began) = self.began.get_mut(step.index()) {
            *began = Some(at);
        }
        self.mark_apart();
    }

    fn performed(&mut self, by: PersonId, when: DateTime<Utc>, evidence: &Arc<P::Evidence>, notice: Digest) {
        let step = evidence.step();
        self.notices = self.notices.saturating_add(1);
        let posting = Posting::new(notice, <P as Flow>::row(step).posts.channels);
        let (record, evidence) = (evidence.record(), Arc::clone(evidence));
        let done = Done { by, done: when, evidence, posting, number: self.notices, left: None, frozen: Frozen::default() };
        if let (Some(place), Some(performer)) = (self.done.get_mut(step.index()), self.performers.get_mut(step.index())) {
            *place = Some(Box::new(done));
            *performer = Some(by);
            self.status = CaseStatus::At(Place { step, stage: Stage::Performed });
        }
        // Steps are performed in order, so theirs come last.
        self.bidders.extend(record.bidders());
        self.mark_apart();
    }

    /// A notice that is removed or altered is no longer public: its period starts again.
    fn take_receipts(&mut self, of: Subject, receipts: &[crate::disclosure::Receipt]) {
        let Some(posting) = self.posting_mut(of) else { return };
        receipts.iter().for_each(|receipt| posting.take(receipt));
        let (confirmed, complete) = (posting.confirmed(), posting.missing().is_empty());
        self.carried = self.carried.and(confirmed);
        if let (Subject::Step, false, CaseStatus::At(Place { stage: stage @ Stage::Public, .. })) = (of, complete, &mut self.status) {
            *stage = Stage::Performed;
        }
    }

    fn published(&mut self, of: Subject) {
        match (of, &mut self.status) {
            (Subject::Step, CaseStatus::At(place)) => place.stage = Stage::Public,
            (Subject::Withdrawal, _) => self.withdrawal = None,
            (Subject::Termination, status) => *status = CaseStatus::Terminated,
            (Subject::Step, _) => {}
        }
    }

    fn answered(&mut self, number: u32, ruling: Ruling, at: DateTime<Utc>) {
        let Some(objection) = self.objections.iter_mut().find(|objection| objection.number == number) else { return };
        objection.ruled = Some((ruling, at));
        if (objection.kind, ruling) == (Remark::Objection, Ruling::Upheld) {
            self.forced = Some(crate::flow::Row::<P::Step, P::Role>::UPHELD.to_owned());
        }
    }

    fn risen(&mut self, number: u32, at: DateTime<Utc>) {
        let risen = self.objections.iter_mut().find(|objection| objection.number == number);
        risen.into_iter().for_each(|objection| objection.rises.push(at));
    }

    fn gather_bidders(&mut self) {
        let intended = self.opening.as_ref().and_then(|opening| opening.intended_bidder);
        let recorded = self.done.iter().flatten().flat_map(|done| done.evidence.record().bidders());
        self.bidders = intended.into_iter().chain(recorded).collect();
    }

    /// A return voids every record, vote and publication from its target on.
    fn void_from(&mut self, target: P::Step, withdrawal: Option<(Channels, Digest)>) {
        let from = target.index();
        for done in self.done.iter_mut().skip(from).filter_map(Option::take) {
            self.voided.push(Arc::unwrap_or_clone(done.evidence));
        }
        self.performers.iter_mut().skip(from).for_each(|performer| *performer = None);
        self.gather_bidders();
        self.began.iter_mut().skip(from).for_each(|began| *began = None);
        if let Some((channels, digest)) = withdrawal {
            self.notices = self.notices.saturating_add(1);
            self.withdrawal = Some(Box::new(Posting::new(digest, channels)));
        }
    }
}
