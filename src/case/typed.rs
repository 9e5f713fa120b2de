//! The same decision as types: a skipped step does not compile.

use std::fmt;
use std::marker::PhantomData;

use super::{
    Acting, Case, CaseStatus, Code, Command, Correction, Entry, Event, Faults, Opening, Procedure, Reason, Refusal, Stage, Subject,
    Termination, Verdict, decide,
};
use crate::disclosure::{Notice, Receipt, Remark, Ruling};
use crate::flow::{Flow, StepId};
use crate::value::{CaseId, PersonId, Text};

/// A step as a type. [`flow!`](crate::flow!) makes one for each.
pub trait TypedStep: fmt::Debug + Sized + 'static {
    /// The procedure it belongs to.
    type Procedure: Procedure;
    /// Its record.
    type Record;
    /// Where leaving it leads: a transaction at the next step, or an enum of the ways it can end.
    type Next: Landing<Self::Procedure>;
    /// Its value.
    const STEP: <Self::Procedure as crate::flow::Flow>::Step;
    /// The record as the procedure's evidence.
    fn wrap(record: Self::Record) -> <Self::Procedure as Procedure>::Evidence;
    /// The procedure's evidence as this step's record, if it is.
    fn unwrap(evidence: &<Self::Procedure as Procedure>::Evidence) -> Option<&Self::Record>;
}

/// To be performed.
#[derive(Debug)]
pub enum Pending {}
/// Performed, to be published.
#[derive(Debug)]
pub enum Performed {}
/// Public, its period running or over.
#[derive(Debug)]
pub enum Public {}

/// A transaction at a step and a stage that the compiler knows.
///
/// The three verbs of a step are [`perform`](Transaction::perform), [`publish`](Transaction::publish) and
/// [`advance`](Transaction::advance); each takes the transaction and gives back the one that follows, or [`Held`]: every
/// reason, and the transaction as it was. There is no other way to make one than [`open`](Transaction::open), the verbs, and
/// loading a case from its records.
///
/// ```compile_fail,E0599
/// use sanzi::{case::*, dongsha::*};
/// fn skip(case: Transaction<AssetCheck>, who: &Acting<'_, Dongsha>) {
///     let _ = case.advance(who); // pending: nothing was performed, nothing is public
/// }
/// ```
#[must_use = "a transaction that is dropped before it is saved has not happened"]
pub struct Transaction<S: TypedStep, Stage = Pending> {
    case: Case<S::Procedure>,
    unsaved: Vec<Entry<S::Procedure>>,
    at: PhantomData<fn() -> (S, Stage)>,
}

impl<S: TypedStep, T> fmt::Debug for Transaction<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("case", &self.case.id()).field("place", &self.case.place()).finish_non_exhaustive()
    }
}

/// A refusal that gives the transaction back.
pub struct Held<T> {
    refusal: Refusal,
    case: Box<T>,
}

impl<T> Held<T> {
    /// Every reason.
    pub const fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// The transaction as it was.
    pub fn into_case(self) -> T {
        *self.case
    }
}

impl<T> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("refusal", &self.refusal).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal.fmt(f)
    }
}

impl<T> std::error::Error for Held<T> {}

impl<T> From<Held<T>> for Refusal {
    fn from(held: Held<T>) -> Refusal {
        held.refusal
    }
}

impl<S: TypedStep, T> Transaction<S, T> {
    /// The case behind it.
    pub const fn case(&self) -> &Case<S::Procedure> {
        &self.case
    }

    /// What has been decided and not yet been saved; [`Engine::save`](crate::Engine::save) appends it.
    pub fn unsaved(&self) -> &[Entry<S::Procedure>] {
        &self.unsaved
    }

    /// Forgets what has been saved: for [`Engine::save`](crate::Engine::save) and hosts that keep entries themselves.
    pub fn mark_saved(&mut self) {
        self.unsaved.clear();
    }

    /// Decides, applies and takes the case on; or gives this transaction back.
    fn go<U>(mut self, acting: &Acting<'_, S::Procedure>, command: &Command<S::Procedure>) -> Result<Transaction<S, U>, Held<Self>> {
        match self.act(acting, command) {
            Ok(_) => Ok(Transaction { case: self.case, unsaved: self.unsaved, at: PhantomData }),
            Err(refusal) => Err(Held { refusal, case: Box::new(self) }),
        }
    }

    fn act(&mut self, acting: &Acting<'_, S::Procedure>, command: &Command<S::Procedure>) -> Result<usize, Refusal> {
        let entries = match decide(&self.case, acting, command) {
            Verdict::Allowed { entries, .. } => entries,
            Verdict::Refused(refusal) => return Err(refusal),
        };
        entries.iter().for_each(|entry| self.case.apply(entry));
        let outcome = entries.last().map_or(0, |entry| match &entry.event {
            Event::Advanced { from, outcome, .. } => <S::Procedure as Flow>::row(*from).outcome(outcome).unwrap_or_default(),
            _ => 0,
        });
        self.unsaved.extend(entries);
        Ok(outcome)
    }

    /// Ends the transaction by a recorded decision (终止); its notice must still go up.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn terminate(mut self, acting: &Acting<'_, S::Procedure>, termination: Termination) -> Result<Concluded<S::Procedure>, Held<Self>> {
        match self.act(acting, &Command::Terminate(termination)) {
            Ok(_) => Ok(Concluded { case: self.case, unsaved: self.unsaved }),
            Err(refusal) => Err(Held { refusal, case: Box::new(self) }),
        }
    }

    /// Publishes the withdrawal of the notices that a return has voided (撤回公告).
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn withdraw(self, acting: &Acting<'_, S::Procedure>, receipts: Vec<Receipt>) -> Result<Self, Held<Self>> {
        self.go(acting, &Command::Publish { of: Subject::Withdrawal, receipts })
    }

    /// States that the clock is right. A clock that ran ahead may have let steps pass too early: then the case stands at the
    /// earliest of them again. Match on the enum that [`flow!`](crate::flow!) makes: `Current::from(case.set_clock(..)?)`.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn set_clock(mut self, acting: &Acting<'_, S::Procedure>, reason: Text) -> Result<Found<S::Procedure>, Held<Self>> {
        match self.act(acting, &Command::SetClock { reason }) {
            Ok(_) => Ok(Found { case: self.case, unsaved: self.unsaved }),
            Err(refusal) => Err(Held { refusal, case: Box::new(self) }),
        }
    }
}

impl<S: TypedStep> Transaction<S, Pending> {
    /// Opens a transaction (立案). Only the first step of a procedure can be opened: for any other the case stands
    /// elsewhere, which is refused.
    ///
    /// # Errors
    /// The refusal with every reason.
    pub fn open(acting: &Acting<'_, S::Procedure>, id: CaseId, opening: Opening) -> Result<Transaction<S, Pending>, Refusal> {
        let mut transaction: Transaction<S, Pending> = Transaction { case: Case::unopened(id), unsaved: Vec::new(), at: PhantomData };
        let mut faults = Faults::new();
        for missing in <S::Procedure as Flow>::Step::ALL.iter().take(S::STEP.index()) {
            faults.refuse(Reason::new(Code::StepMissing).at(*missing).by(<S::Procedure as Flow>::row(*missing).by));
        }
        faults.into_result()?;
        transaction.act(acting, &Command::Open(opening))?;
        Ok(transaction)
    }

    /// Does the step (执行).
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn perform(self, acting: &Acting<'_, S::Procedure>, record: S::Record) -> Result<Transaction<S, Performed>, Held<Self>> {
        self.go(acting, &Command::Perform { evidence: S::wrap(record), done: None })
    }
}

impl<S: TypedStep> Transaction<S, Performed> {
    /// The notice that must go up; its digest is what the receipts confirm.
    pub fn notice(&self) -> Option<Notice> {
        self.case.notice(Subject::Step)
    }

    /// Makes it public (公开): with the receipts of all channels that are not noted yet.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn publish(self, acting: &Acting<'_, S::Procedure>, receipts: Vec<Receipt>) -> Result<Transaction<S, Public>, Held<Self>> {
        self.go(acting, &Command::Publish { of: Subject::Step, receipts })
    }

    /// Notes receipts without claiming that all channels are up.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn note(self, acting: &Acting<'_, S::Procedure>, receipts: Vec<Receipt>) -> Result<Self, Held<Self>> {
        self.go(acting, &Command::Note { of: Subject::Step, receipts })
    }
}

impl<S: TypedStep> Transaction<S, Public> {
    /// Leaves the step (进入下一环节), forward or back as its record and its objections say.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn advance(mut self, acting: &Acting<'_, S::Procedure>) -> Result<S::Next, Held<Self>> {
        match self.act(acting, &Command::Advance { from: S::STEP }) {
            Ok(outcome) => Ok(S::Next::land(Moving { case: self.case, unsaved: self.unsaved }, outcome)),
            Err(refusal) => Err(Held { refusal, case: Box::new(self) }),
        }
    }

    /// Hands in a comment or an objection. One on a notice that is up on some of its channels only goes through
    /// [`decide`](super::decide): it is not public yet, and can be read.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn object(self, acting: &Acting<'_, S::Procedure>, kind: Remark, text: Text, from: Option<PersonId>) -> Result<Self, Held<Self>> {
        self.go(acting, &Command::Object { kind, text, from })
    }

    /// Replies to a comment, or decides an objection.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn answer(self, acting: &Acting<'_, S::Procedure>, number: u32, ruling: Ruling, reply: Text) -> Result<Self, Held<Self>> {
        self.go(acting, &Command::Answer { number, ruling, reply })
    }

    /// Lets an objection rise that was left unanswered in its period.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn raise(self, acting: &Acting<'_, S::Procedure>, number: u32) -> Result<Self, Held<Self>> {
        self.go(acting, &Command::Raise { number })
    }

    /// Takes the notice back (更正): where that leads, the record says when the case advances.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn recall(self, acting: &Acting<'_, S::Procedure>, correction: Correction) -> Result<Self, Held<Self>> {
        self.go(acting, &Command::Recall { step: S::STEP, correction })
    }

    /// Notes that the notice was seen removed or altered: it is no longer public.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn lost(self, acting: &Acting<'_, S::Procedure>, receipts: Vec<Receipt>) -> Result<AtStep<S>, Held<Self>> {
        let noted: Transaction<S, Public> = self.go(acting, &Command::Note { of: Subject::Step, receipts })?;
        Ok(AtStep::with(noted.case, noted.unsaved))
    }
}

/// A case on its way from a step it has just left. Only [`Transaction::advance`] makes one.
#[derive(Debug)]
pub struct Moving<P: Procedure> {
    case: Case<P>,
    unsaved: Vec<Entry<P>>,
}

/// A case whose step the compiler does not know: loaded, or after its clock was set. Match on the enum that
/// [`flow!`](crate::flow!) makes of it.
#[derive(Debug)]
#[must_use = "a transaction that is dropped before it is saved has not happened"]
pub struct Found<P: Procedure> {
    case: Case<P>,
    unsaved: Vec<Entry<P>>,
}

impl<P: Procedure> Found<P> {
    /// The case behind it.
    pub const fn case(&self) -> &Case<P> {
        &self.case
    }
}

/// As it was loaded, with nothing unsaved.
impl<P: Procedure> From<Case<P>> for Found<P> {
    fn from(case: Case<P>) -> Found<P> {
        Found { case, unsaved: Vec::new() }
    }
}

/// Where leaving a step leads, as a type. [`flow!`](crate::flow!) implements it for the named ways.
pub trait Landing<P: Procedure>: Sized {
    /// Wraps the case; `outcome` is the place of the way in its row.
    fn land(moving: Moving<P>, outcome: usize) -> Self;
}

impl<S: TypedStep> Landing<S::Procedure> for Transaction<S, Pending> {
    fn land(moving: Moving<S::Procedure>, _: usize) -> Transaction<S, Pending> {
        Transaction { case: moving.case, unsaved: moving.unsaved, at: PhantomData }
    }
}

impl<P: Procedure> Landing<P> for Concluded<P> {
    fn land(moving: Moving<P>, _: usize) -> Concluded<P> {
        Concluded { case: moving.case, unsaved: moving.unsaved }
    }
}

/// A transaction at a step, at whichever stage it was found.
#[derive(Debug)]
pub enum AtStep<S: TypedStep> {
    /// To be performed.
    Pending(Transaction<S, Pending>),
    /// Performed, to be published.
    Performed(Transaction<S, Performed>),
    /// Public.
    Public(Transaction<S, Public>),
}

impl<S: TypedStep> AtStep<S> {
    /// A case, if it stands at this step; else the case as it was. To match on all steps at once, use
    /// the enum that [`flow!`](crate::flow!) makes.
    ///
    /// # Errors
    /// The case, where it stands elsewhere.
    #[expect(clippy::result_large_err, reason = "the case goes back as it came")]
    pub fn of(case: Case<S::Procedure>) -> Result<AtStep<S>, Case<S::Procedure>> {
        AtStep::of_found(case.into()).map_err(|found| found.case)
    }

    /// The same of a case with what is unsaved.
    ///
    /// # Errors
    /// The case, where it stands elsewhere.
    #[expect(clippy::result_large_err, reason = "the case goes back as it came")]
    pub fn of_found(found: Found<S::Procedure>) -> Result<AtStep<S>, Found<S::Procedure>> {
        let here = found.case.place().is_some_and(|place| place.step == S::STEP);
        if here { Ok(AtStep::with(found.case, found.unsaved)) } else { Err(found) }
    }

    fn with(case: Case<S::Procedure>, unsaved: Vec<Entry<S::Procedure>>) -> AtStep<S> {
        match case.place().map(|place| place.stage) {
            Some(Stage::Public) => AtStep::Public(Transaction { case, unsaved, at: PhantomData }),
            Some(Stage::Performed) => AtStep::Performed(Transaction { case, unsaved, at: PhantomData }),
            _ => AtStep::Pending(Transaction { case, unsaved, at: PhantomData }),
        }
    }
}

/// A transaction that has ended: all steps done, or terminated.
#[derive(Debug)]
pub struct Concluded<P: Procedure> {
    case: Case<P>,
    unsaved: Vec<Entry<P>>,
}

impl<P: Procedure> Concluded<P> {
    /// A case, if it has ended; else the case as it was.
    ///
    /// # Errors
    /// The case, where it is under way or unopened.
    #[expect(clippy::result_large_err, reason = "the case goes back as it came")]
    pub fn of(case: Case<P>) -> Result<Concluded<P>, Case<P>> {
        Concluded::of_found(case.into()).map_err(|found| found.case)
    }

    /// The same of a case with what is unsaved.
    ///
    /// # Errors
    /// The case, where it is under way or unopened.
    #[expect(clippy::result_large_err, reason = "the case goes back as it came")]
    pub fn of_found(found: Found<P>) -> Result<Concluded<P>, Found<P>> {
        match found.case.status() {
            CaseStatus::Closed | CaseStatus::Terminating | CaseStatus::Terminated => {
                Ok(Concluded { case: found.case, unsaved: found.unsaved })
            }
            CaseStatus::Unopened | CaseStatus::At(_) => Err(found),
        }
    }

    /// The case behind it.
    pub const fn case(&self) -> &Case<P> {
        &self.case
    }

    /// Whether all steps are done; `false` for a termination.
    pub fn is_closed(&self) -> bool {
        self.case.status() == CaseStatus::Closed
    }

    /// What has been decided and not yet been saved.
    pub fn unsaved(&self) -> &[Entry<P>] {
        &self.unsaved
    }

    /// Forgets what has been saved.
    pub fn mark_saved(&mut self) {
        self.unsaved.clear();
    }

    /// Publishes the notice of a termination.
    ///
    /// # Errors
    /// [`Held`] with every reason.
    pub fn publish(mut self, acting: &Acting<'_, P>, receipts: Vec<Receipt>) -> Result<Concluded<P>, Held<Concluded<P>>> {
        match decide(&self.case, acting, &Command::Publish { of: Subject::Termination, receipts }) {
            Verdict::Allowed { entries, .. } => {
                entries.iter().for_each(|entry| self.case.apply(entry));
                self.unsaved.extend(entries);
                Ok(self)
            }
            Verdict::Refused(refusal) => Err(Held { refusal, case: Box::new(self) }),
        }
    }
}
