//! Load, decide, append.

mod conclude;
mod signed;

use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::calendar::china_date;
use crate::case::{
    Acting, Case, CaseStatus, Command, Concluded, Correction, Duty, Entry, Event, Nearby, Next, Office, Opening, Planned, Procedure,
    Reason, Refusal, ReplayError, Subject, Termination, Transaction, TypedStep, Verdict, decide,
};
use crate::disclosure::{Receipt as Posted, Remark, Ruling};
use crate::error::Error;
use crate::ledger::{OrderError, Record, Signatories};
use crate::store::{Answer, Append, Cases, Claim, Receipt, Store};
use crate::value::{AssetId, CaseId, Digest, Money, PersonId, Text};

pub use conclude::Conclusion;
pub use signed::{Counted, SignedCommand};

/// The name of the policy's number: deals on one asset within so many days count together.
const SPLITTING_WINDOW: &str = "splitting-window-days";

/// One organisation's office over its ledger: asks [`decide`], and appends what it allows.
///
/// What a method returns `Ok` for is durable. [`Error::kind`] tells what to do about everything else.
///
/// ```
/// use sanzi::case::{Office, Opening};
/// use sanzi::dongsha::{Dongsha, Role, Step};
/// use sanzi::register::{Register, Term};
/// use sanzi::store::MemoryStore;
/// use sanzi::value::*;
/// use sanzi::Engine;
///
/// let org = OrgId::new("dongtang")?;
/// let chen = PersonId::new("chen")?;
/// let mut register = Register::new();
/// register.add(chen, PersonName::new("陈大文")?)?;
/// register.appoint(chen, Role::Board, Term::since("2018-01-01".parse()?))?;
/// let engine = Engine::new(Office::<Dongsha>::new(org, register)?, MemoryStore::new(org))?;
///
/// let chen = engine.acting(chen, "2018-03-05T09:00:00+08:00".parse()?);
/// let opening = Opening { asset: AssetId::new("DT-001")?, title: Text::new("一楼铺位出租")?, intended_bidder: None };
/// let opened = engine.open(&chen, opening)?;
///
/// // A platform asks before it acts: the bidding is twelve steps away, and each of them is named.
/// let refusal = engine.check(opened.case.id(), Step::Bidding, &chen)?.unwrap_err();
/// assert_eq!(refusal.codes().iter().filter(|code| **code == "step-missing").count(), 12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Engine<P: Procedure, S> {
    office: Office<P>,
    store: S,
    /// The keys without whose signature nothing is recorded.
    seals: Option<Signatories>,
}

/// What was decided and recorded.
#[derive(Clone, Debug)]
pub struct Acted<P: Procedure> {
    /// The case after it.
    pub case: Case<P>,
    /// Where it stands in the ledger.
    pub receipt: Receipt,
    /// What is allowed but wrong: late, or suspicious. Empty for a repeated command.
    pub warnings: Vec<Reason>,
}

/// What was decided and is ready to be appended, by this engine's store or in a transaction of the host's own.
#[derive(Clone, Debug)]
pub struct Prepared<P: Procedure> {
    /// The case as it will be.
    pub case: Case<P>,
    /// What to append.
    pub append: Append,
    /// What is allowed but wrong.
    pub warnings: Vec<Reason>,
}

impl<P: Procedure, S: Store> Engine<P, S> {
    /// An engine over a store of the same organisation.
    ///
    /// # Errors
    /// [`Error::OtherOrg`].
    pub fn new(office: Office<P>, store: S) -> Result<Engine<P, S>, Error> {
        if office.org != store.org() {
            return Err(Error::OtherOrg { expected: office.org, found: store.org() });
        }
        Ok(Engine { office, store, seals: None })
    }

    /// The office.
    pub const fn office(&self) -> &Office<P> {
        &self.office
    }

    /// The office, to appoint people, announce a year, or add a policy for cases still to be opened.
    pub const fn office_mut(&mut self) -> &mut Office<P> {
        &mut self.office
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// A person acting at a moment.
    pub fn acting(&self, person: PersonId, now: DateTime<Utc>) -> Acting<'_, P> {
        self.office.acting(person, now)
    }

    /// A case as its records make it, their chain checked.
    ///
    /// # Errors
    /// [`Error::UnknownCase`], [`Error::Store`], [`Error::Record`], [`Error::Replay`].
    pub fn load(&self, case: CaseId) -> Result<Case<P>, Error> {
        let loaded = self.loaded(case)?;
        if loaded.case.status() == CaseStatus::Unopened { Err(Error::UnknownCase(case)) } else { Ok(loaded.case) }
    }

    /// The entries of a case, in order.
    ///
    /// # Errors
    /// [`Error::UnknownCase`], [`Error::Store`], [`Error::Record`].
    pub fn history(&self, case: CaseId) -> Result<Vec<Entry<P>>, Error> {
        let records = self.store.read(case)?;
        if records.is_empty() {
            return Err(Error::UnknownCase(case));
        }
        records.iter().map(|record| record.body().map_err(Error::from)).collect()
    }

    /// The same person at the same moment, in this engine's own office: whoever was made in another office brings none of
    /// its register, numbers or calendar along.
    fn at_home<'a>(&'a self, acting: &Acting<'a, P>) -> Acting<'a, P> {
        if std::ptr::eq(acting.office(), &self.office) {
            return acting.clone();
        }
        let here = self.office.acting(acting.person(), acting.now());
        acting.done().into_iter().fold(here, Acting::dated)
    }

    /// May this person perform this step now? See [`Case::check`].
    ///
    /// # Errors
    /// As [`Engine::load`]. The refusal is a value inside.
    pub fn check(&self, case: CaseId, step: P::Step, acting: &Acting<'_, P>) -> Result<Result<(), Refusal>, Error> {
        Ok(self.load(case)?.check(step, &self.at_home(acting)))
    }

    /// Opens a transaction (立案) with a fresh number.
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn open(&self, acting: &Acting<'_, P>, opening: Opening) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), CaseId::random(), acting, &Command::Open(opening))
    }

    /// Does a step (执行).
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn perform(&self, case: CaseId, acting: &Acting<'_, P>, evidence: P::Evidence) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Perform { evidence, done: acting.done() })
    }

    /// Notes receipts.
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn note(&self, case: CaseId, acting: &Acting<'_, P>, of: Subject, receipts: Vec<Posted>) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Note { of, receipts })
    }

    /// Makes a notice public on all its channels (公开).
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn publish(&self, case: CaseId, acting: &Acting<'_, P>, of: Subject, receipts: Vec<Posted>) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Publish { of, receipts })
    }

    /// Leaves a step (进入下一环节).
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn advance(&self, case: CaseId, acting: &Acting<'_, P>, from: P::Step) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Advance { from })
    }

    /// Hands in a comment or an objection.
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn object(
        &self,
        case: CaseId,
        acting: &Acting<'_, P>,
        kind: Remark,
        text: Text,
        from: Option<PersonId>,
    ) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Object { kind, text, from })
    }

    /// Replies to a comment, or decides an objection.
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn answer(&self, case: CaseId, acting: &Acting<'_, P>, number: u32, ruling: Ruling, reply: Text) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Answer { number, ruling, reply })
    }

    /// Lets an objection rise that was left unanswered in its period; [`Engine::owed`] names those whose day is past.
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn raise(&self, case: CaseId, acting: &Acting<'_, P>, number: u32) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Raise { number })
    }

    /// Takes a notice back (更正).
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn recall(&self, case: CaseId, acting: &Acting<'_, P>, step: P::Step, correction: Correction) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Recall { step, correction })
    }

    /// Ends a transaction by a recorded decision (终止).
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub fn terminate(&self, case: CaseId, acting: &Acting<'_, P>, termination: Termination) -> Result<Acted<P>, Error> {
        self.act(Uuid::new_v4(), case, acting, &Command::Terminate(termination))
    }

    /// Decides any command and appends what follows. The same key with the same command gives the same answer again.
    ///
    /// # Errors
    /// [`Error::Refused`] with every reason, [`Error::Conflict`] where somebody was faster, [`Error::Indeterminate`] where
    /// the answer was lost, [`Error::NotAppended`] for a key of another command, and whatever the store says.
    pub fn act(&self, key: Uuid, case: CaseId, acting: &Acting<'_, P>, command: &Command<P>) -> Result<Acted<P>, Error> {
        self.act_as(key, case, acting, command, None)
    }

    fn act_as(
        &self,
        key: Uuid,
        case: CaseId,
        acting: &Acting<'_, P>,
        command: &Command<P>,
        signed: Option<&SignedCommand<P>>,
    ) -> Result<Acted<P>, Error> {
        let request = request(case, acting.person(), command)?;
        if let Some(receipt) = self.store.recall(key)? {
            return self.again(case, request, receipt);
        }
        let Prepared { case: after, append, warnings } = self.prepare_as(key, case, acting, command, signed)?;
        let receipt = self.append(&append)?;
        Ok(Acted { case: after, receipt, warnings })
    }

    /// Decides a command and gives back what to append: for a host that appends in a database transaction of its own.
    ///
    /// # Errors
    /// [`Error::Refused`] with every reason, and whatever the store says on reading.
    pub fn prepare(&self, key: Uuid, case: CaseId, acting: &Acting<'_, P>, command: &Command<P>) -> Result<Prepared<P>, Error> {
        self.prepare_as(key, case, acting, command, None)
    }

    fn prepare_as(
        &self,
        key: Uuid,
        case: CaseId,
        acting: &Acting<'_, P>,
        command: &Command<P>,
        signed: Option<&SignedCommand<P>>,
    ) -> Result<Prepared<P>, Error> {
        self.check_signed(acting.person(), signed.is_some())?;
        let request = request(case, acting.person(), command)?;
        let Loaded { case: mut state, tip } = self.loaded(case)?;
        if state.status() == CaseStatus::Unopened && !matches!(command, Command::Open(_)) {
            return Err(Error::UnknownCase(case));
        }
        let expected = state.version();
        if let Some(signed) = signed.filter(|signed| signed.after != expected) {
            return Err(Error::Conflict { case, expected: signed.after, actual: expected });
        }
        let acting = self.at_home(acting).with_nearby(self.nearby_of(&state, command, acting.now())?);
        let (mut entries, warnings) = match decide(&state, &acting, command) {
            Verdict::Allowed { entries, warnings } => (entries, warnings),
            Verdict::Refused(refusal) => return Err(Error::Refused(refusal)),
        };
        if let Some(signed) = signed {
            // Whoever verifies later has the entry only: it must give back the command that was signed.
            if entries.iter().any(|entry| entry.command() != signed.command) {
                return Err(OrderError::NotAsRecorded.into());
            }
            entries.iter_mut().for_each(|entry| entry.signed = Some(signed.signature.clone()));
        }
        entries.iter().try_for_each(|entry| state.evolve(entry))?;
        let append = self.batch(case, expected, tip, key, request, &entries)?;
        Ok(Prepared { case: state, append, warnings })
    }

    /// Saves what a typed transaction has decided. Saving the same again changes nothing.
    ///
    /// Everything is decided once more, on the case as it is stored, in this office and beside its other transactions: what
    /// is saved is what [`Engine::act`] would have recorded.
    ///
    /// # Errors
    /// As [`Engine::act`], and [`Error::Replay`] for a draft that no decision on the stored case gives.
    pub fn save<D: Draft<P>>(&self, draft: &mut D) -> Result<Option<Receipt>, Error> {
        let Some(first) = draft.unsaved().first() else { return Ok(None) };
        self.check_signed(first.by, false)?;
        let (case, entries) = (draft.case(), draft.unsaved());
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let expected = case.version().saturating_sub(count);
        let request = Digest::of_value(&(case.id(), expected, entries))?;
        let key = Uuid::new_v8(request.as_bytes().first_chunk().copied().unwrap_or_default());
        let receipt = match self.store.recall(key)? {
            Some(receipt) => Receipt { repeated: true, ..receipt },
            None => {
                let tip = self.decided_again(case.id(), expected, entries)?;
                self.append(&self.batch(case.id(), expected, tip, key, request, entries)?)?
            }
        };
        draft.mark_saved();
        Ok(Some(receipt))
    }

    /// Where signatures are asked for, there has to be one.
    fn check_signed(&self, by: PersonId, signed: bool) -> Result<(), Error> {
        if self.seals.is_some() && !signed { Err(OrderError::Unsigned(by).into()) } else { Ok(()) }
    }

    /// Each entry is what the decision on the stored case records; the hash of the case's last record.
    fn decided_again(&self, id: CaseId, expected: u64, entries: &[Entry<P>]) -> Result<Digest, Error> {
        let Loaded { mut case, tip } = self.loaded(id)?;
        if case.version() != expected {
            return Err(Error::Conflict { case: id, expected, actual: case.version() });
        }
        for entry in entries {
            let command = entry.command();
            let acting = self.office.acting(entry.by, entry.clock);
            let acting = acting.with_nearby(self.nearby_of(&case, &command, entry.clock)?);
            let decided = decide(&case, &acting, &command).into_result()?;
            if decided != std::slice::from_ref(entry) {
                let version = case.version().saturating_add(1);
                return Err(ReplayError::CannotFollow { version, reason: "this engine's office decides it otherwise" }.into());
            }
            case.evolve(entry)?;
        }
        Ok(tip)
    }

    /// What became of a command whose answer was lost.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn resolve(&self, key: Uuid) -> Result<Option<Receipt>, Error> {
        Ok(self.store.recall(key)?)
    }

    /// The earliest lawful days of everything still to come. See [`Case::plan`].
    ///
    /// # Errors
    /// As [`Engine::load`], and [`Error::Calendar`].
    pub fn plan(&self, case: CaseId, from: DateTime<Utc>) -> Result<Vec<Planned<P::Step>>, Error> {
        Ok(self.load(case)?.plan(&self.office.calendar, from)?)
    }

    /// What is owed on all live cases: the overdue first, then by day.
    ///
    /// # Errors
    /// As [`Engine::load`], and [`Error::Calendar`].
    pub fn owed(&self, now: DateTime<Utc>) -> Result<Vec<Duty<P>>, Error> {
        let mut owed = Vec::new();
        for case in self.store.cases(Cases::Live)? {
            owed.extend(self.load(case)?.owed(&self.office.calendar, now)?);
        }
        owed.sort_by_key(|duty| (!duty.overdue, duty.due.and_then(|due| due.date()), duty.from.date(), duty.case));
        Ok(owed)
    }

    fn loaded(&self, id: CaseId) -> Result<Loaded<P>, Error> {
        let mut loaded = Loaded { case: Case::unopened(id), tip: Digest::NONE };
        for record in self.store.read(id)? {
            loaded.case.evolve(&record.body()?)?;
            loaded.tip = record.hash();
        }
        match loaded.case.org() {
            Some(found) if found != self.office.org => Err(Error::OtherOrg { expected: self.office.org, found }),
            _ => Ok(loaded),
        }
    }

    fn again(&self, case: CaseId, request: Digest, receipt: Receipt) -> Result<Acted<P>, Error> {
        if receipt.request != request || receipt.case != case {
            return Err(crate::store::Refusal::KeyReused { case: receipt.case, version: receipt.version }.into());
        }
        Ok(Acted { case: self.load(case)?, receipt: Receipt { repeated: true, ..receipt }, warnings: Vec::new() })
    }

    fn batch(&self, case: CaseId, expected: u64, tip: Digest, key: Uuid, request: Digest, entries: &[Entry<P>]) -> Result<Append, Error> {
        let mut records = Vec::with_capacity(entries.len());
        let (mut version, mut prev) = (expected, tip);
        for entry in entries {
            version = version.saturating_add(1);
            let record = Record::seal(self.office.org, case, version, prev, entry)?;
            prev = record.hash();
            records.push(record);
        }
        let claims = entries.iter().map(|entry| claim(&entry.event)).filter(|claim| *claim != Claim::None);
        Ok(Append::new(case, expected, key, request, records).with(claims.last().unwrap_or_default()))
    }

    fn append(&self, append: &Append) -> Result<Receipt, Error> {
        match self.store.append(append)? {
            Answer::Appended(receipt) => Ok(receipt),
            Answer::Conflict { actual } => Err(Error::Conflict { case: append.case, expected: append.expected, actual }),
            Answer::Refused(refusal) => Err(refusal.into()),
            Answer::Indeterminate { key } => Err(Error::Indeterminate { key }),
        }
    }

    /// What the command may have to know of other transactions.
    fn nearby_of(&self, case: &Case<P>, command: &Command<P>, now: DateTime<Utc>) -> Result<Nearby, Error> {
        let asset = match command {
            Command::Open(opening) => Some(opening.asset),
            Command::Perform { .. } => case.opening().map(|opening| opening.asset),
            _ => None,
        };
        asset.map_or(Ok(Nearby::default()), |asset| self.nearby(case.id(), asset, now))
    }

    /// Other transactions on the same asset: a live one, and what those of the window were worth.
    fn nearby(&self, case: CaseId, asset: AssetId, now: DateTime<Utc>) -> Result<Nearby, Error> {
        let mut nearby = Nearby::default();
        for other in self.store.cases(Cases::OnAsset(asset))?.into_iter().filter(|other| *other != case) {
            let other = self.load(other)?;
            let live = matches!(other.status(), CaseStatus::At(_) | CaseStatus::Terminating);
            if live {
                nearby.busy_with = Some(other.id());
            }
            let counts = live || other.status() == CaseStatus::Closed;
            let window = other.policy().and_then(|policy| policy.at_most(SPLITTING_WINDOW)).map_or(0, |days| i64::from(*days.value()));
            let age = other.last().map(|last| china_date(now).signed_duration_since(china_date(last)).num_days());
            if let Some(worth) = other.worth().filter(|_| counts && age.is_some_and(|age| age <= window)) {
                nearby.same_asset_total = nearby.same_asset_total.plus(worth).unwrap_or(Money::MAX);
            }
        }
        Ok(nearby)
    }
}

/// What is saved was decided: only this crate's types are drafts.
mod sealed {
    pub trait Sealed {}
    impl<T: crate::case::TypedStep, Stage> Sealed for crate::case::Transaction<T, Stage> {}
    impl<P: crate::case::Procedure> Sealed for crate::case::Concluded<P> {}
}

/// A typed transaction with decisions that are not saved yet. It cannot be implemented elsewhere.
pub trait Draft<P: Procedure>: sealed::Sealed {
    /// The case behind it.
    fn case(&self) -> &Case<P>;
    /// What is not saved.
    fn unsaved(&self) -> &[Entry<P>];
    /// Forgets what has been saved.
    fn mark_saved(&mut self);
}

impl<T: TypedStep, Stage> Draft<T::Procedure> for Transaction<T, Stage> {
    fn case(&self) -> &Case<T::Procedure> {
        Transaction::case(self)
    }
    fn unsaved(&self) -> &[Entry<T::Procedure>] {
        Transaction::unsaved(self)
    }
    fn mark_saved(&mut self) {
        Transaction::mark_saved(self);
    }
}

impl<P: Procedure> Draft<P> for Concluded<P> {
    fn case(&self) -> &Case<P> {
        Concluded::case(self)
    }
    fn unsaved(&self) -> &[Entry<P>] {
        Concluded::unsaved(self)
    }
    fn mark_saved(&mut self) {
        Concluded::mark_saved(self);
    }
}

struct Loaded<P: Procedure> {
    case: Case<P>,
    tip: Digest,
}

/// What an event does to the case's hold on its asset.
fn claim<P: Procedure>(event: &Event<P>) -> Claim {
    match event {
        Event::Opened { opening, .. } => Claim::Take(opening.asset),
        Event::Advanced { to: Next::End, .. } | Event::Published { of: Subject::Termination, .. } => Claim::Release,
        _ => Claim::None,
    }
}

/// The digest of a command: what makes a second sending the same.
fn request<P: Procedure>(case: CaseId, by: PersonId, command: &Command<P>) -> Result<Digest, Error> {
    #[derive(Serialize)]
    #[serde(bound = "")]
    struct Request<'a, P: Procedure> {
        case: CaseId,
        by: PersonId,
        command: &'a Command<P>,
        #[serde(skip)]
        of: PhantomData<P>,
    }
    Ok(Digest::of_value(&Request { case, by, command, of: PhantomData })?)
}
