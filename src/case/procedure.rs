//! What a procedure adds to its table: the records of its steps and the rules that tie them together.

use std::fmt::Debug;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::clock::CaseTime;
use super::{Acting, Case, Code, Correction, Faults, Nearby, Office, Reason, TypedStep};
use crate::calendar::Period;
use crate::disclosure::Line;
use crate::flow::{Flow, Row};
use crate::policy::Policy;
use crate::register::Actor;
use crate::value::{Bilingual, Digest, Money, PersonId};

/// A table together with the evidence of its steps. [`flow!`](crate::flow!) implements it.
pub trait Procedure: Flow {
    /// One record type for each step.
    type Evidence: EvidenceSet<Self>;
}

/// The enum of a procedure's records. [`flow!`](crate::flow!) implements it.
pub trait EvidenceSet<P: Procedure>: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The step the record belongs to.
    fn step(&self) -> P::Step;
    /// The record itself.
    fn record(&self) -> &dyn StepRecord<P>;
}

/// The record of a step: what must be true of it, how the step ends by it, and what of it is published.
///
/// Only [`lines`](StepRecord::lines) must be written; everything else has the meaning of a step without rules of its own.
pub trait StepRecord<P: Procedure> {
    /// What is published of it. Private values can only be put in masked.
    fn lines(&self) -> Vec<Line>;

    /// Looks at the record and refuses what the rules forbid. Every unmet condition is added, not only the first.
    fn examine(&self, scene: &Scene<'_, P>, faults: &mut Faults) {
        let _ = (scene, faults);
    }

    /// The identifier of the outcome that this record leads to; `None` is the way forward.
    fn outcome(&self, case: &Case<P>) -> Option<&'static str> {
        let _ = case;
        None
    }

    /// The size class of the transaction, where this record settles it: a period `P5` is then looked up as `P5.small`.
    fn size(&self, policy: &Policy) -> Option<&'static str> {
        let _ = policy;
        None
    }

    /// The digest that later steps are bound to, where this record is one: [`Case::frozen`] asks for it once and keeps
    /// it.
    fn frozen(&self) -> Option<Digest> {
        None
    }

    /// What the whole deal is worth, where this record settles it: other deals on the same asset look at it (化整为零).
    fn deal_worth(&self) -> Option<Money> {
        None
    }

    /// The identifier of the outcome that a correction leads to; `None`: it cannot be corrected.
    fn recall(&self, correction: &Correction) -> Option<&'static str> {
        let _ = correction;
        None
    }

    /// Whoever bids, by this record: the rows that keep bidders out look here.
    fn bidders(&self) -> Vec<PersonId> {
        Vec::new()
    }
}

/// Everything a record's rules may look at.
#[derive(Debug)]
pub struct Scene<'a, P: Procedure> {
    pub(super) case: &'a Case<P>,
    pub(super) acting: &'a Acting<'a, P>,
    pub(super) actor: &'a Actor<P::Role>,
    pub(super) time: CaseTime,
    pub(super) done: DateTime<Utc>,
    pub(super) step: P::Step,
}

impl<'a, P: Procedure> Scene<'a, P> {
    /// The case as it stands.
    pub const fn case(&self) -> &'a Case<P> {
        self.case
    }

    /// The step whose record is examined.
    pub const fn step(&self) -> P::Step {
        self.step
    }

    /// Its row.
    pub fn row(&self) -> &'static Row<P::Step, P::Role> {
        P::row(self.step)
    }

    /// The valid record of an earlier step.
    pub fn record<S: TypedStep<Procedure = P>>(&self) -> Option<&'a S::Record> {
        self.case.record::<S>()
    }

    /// Whoever performs the step.
    pub const fn actor(&self) -> &'a Actor<P::Role> {
        self.actor
    }

    /// The office.
    pub const fn office(&self) -> &'a Office<P> {
        self.acting.office
    }

    /// The numbers of this case.
    pub fn policy(&self) -> Option<&'a Policy> {
        self.case.policy()
    }

    /// What is known of other transactions.
    pub const fn nearby(&self) -> &'a Nearby {
        &self.acting.nearby
    }

    /// The day the step was done.
    pub fn done_on(&self) -> NaiveDate {
        crate::calendar::china_date(self.done)
    }

    /// Today, for rules that need a clock that can be trusted: refuses with [`Code::ClockSkew`] where it cannot.
    pub fn today(&self, faults: &mut Faults) -> Option<NaiveDate> {
        self.time.today(faults)
    }

    /// A person as the register knows them on the day the step was done; refuses where nobody has the identifier.
    pub fn person(&self, person: PersonId, faults: &mut Faults) -> Option<Actor<P::Role>> {
        let found = self.acting.office.register.actor(person, self.done_on());
        if found.is_err() {
            faults.refuse(self.reason(Code::UnknownPerson).found(Bilingual::same(person)));
        }
        found.ok()
    }

    /// A reason about this step, whose responsible party must act.
    pub fn reason(&self, code: impl super::ReasonCode) -> Reason {
        Reason::new(code).at(self.step).by(self.row().by)
    }

    /// Refuses unless the named person holds the role, and differs from all that the row keeps apart from its performer.
    pub fn require_role(&self, person: PersonId, role: P::Role, faults: &mut Faults) {
        use crate::flow::RoleId;
        let Some(actor) = self.person(person, faults) else { return };
        faults.require(actor.holds(role), || self.reason(Code::NotResponsible).expected(role.name()).found(Bilingual::same(person)));
        super::guard::apart(self.case, &actor, self.row(), faults);
    }

    /// The first day that is a lead time after `start`; refuses where it needs a day that is not announced.
    pub fn lead_day(&self, start: NaiveDate, lead: Period, faults: &mut Faults) -> Option<NaiveDate> {
        let first = super::period::lead_day(&self.acting.office.calendar, start, lead);
        first.inspect_err(|error| super::period::unannounced(self.step, error, faults)).ok()
    }

    /// The last day of the row's own deadline, counted from the day the step began; refuses where it is not announced.
    pub fn deadline_day(&self, faults: &mut Faults) -> Option<NaiveDate> {
        let (start, deadline) = super::period::deadline(self.case, self.step)?;
        let last = self.acting.office.calendar.deadline_day(start, deadline, &[]);
        last.inspect_err(|error| super::period::unannounced(self.step, error, faults)).ok()
    }

    /// The day on which the case came to a step that is behind it or current.
    pub fn began(&self, step: P::Step) -> Option<NaiveDate> {
        self.case.began(step).map(crate::calendar::china_date)
    }
}
