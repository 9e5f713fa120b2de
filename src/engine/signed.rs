//! Commands that carry the signature of the person who acts, and permits for systems that cannot link this crate.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Acted, Engine};
use crate::case::{Acting, Command, Entry, Procedure, Refusal};
use crate::error::Error;
use crate::flow::StepId;
use crate::ledger::{Note, Order, OrderError, Permit, Record, Signatories, Signature, Signer};
use crate::store::Store;
use crate::value::{CaseId, Digest, OrgId, PersonId};

/// A command as a person signed it: for one case, at one version. It can be sent over any wire.
///
/// ```
/// # use sanzi::case::{Office, Opening, Command};
/// # use sanzi::dongsha::{Dongsha, Role};
/// # use sanzi::register::{Register, Term};
/// # use sanzi::store::MemoryStore;
/// # use sanzi::value::*;
/// # use sanzi::{Engine, SignedCommand};
/// use sanzi::ledger::{KeyName, Scheme, SecretKey, Signatories, Signer};
///
/// # let org = OrgId::new("dongtang")?;
/// # let chen = PersonId::new("chen")?;
/// # let mut register = Register::new();
/// # register.add(chen, PersonName::new("陈大文")?)?;
/// # register.appoint(chen, Role::Board, Term::since("2018-01-01".parse()?))?;
/// # let office = Office::<Dongsha>::new(org, register)?;
/// // The key is named as its person is. It may live in a device: see `Signer`.
/// let key = SecretKey::generate(KeyName::new("chen")?, Scheme::Ed25519)?;
/// let mut seals = Signatories::new();
/// seals.register(chen, key.public().clone())?;
/// let engine = Engine::new(office, MemoryStore::new(org))?.signed_by(seals);
///
/// let now = "2018-03-05T09:00:00+08:00".parse()?;
/// let opening = Opening { asset: AssetId::new("DT-001")?, title: Text::new("一楼铺位出租")?, intended_bidder: None };
/// let signed = SignedCommand::<Dongsha>::sign(org, CaseId::random(), 0, Command::Open(opening.clone()), &key)?;
/// engine.act_signed(uuid::Uuid::new_v4(), now, &signed)?;
///
/// // Without a signature nothing goes any more.
/// assert!(engine.open(&engine.acting(chen, now), opening).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct SignedCommand<P: Procedure> {
    /// Whose ledger.
    pub org: OrgId,
    /// The case.
    pub case: CaseId,
    /// The case's version that the person has seen: at another one the command is a [`Error::Conflict`].
    pub after: u64,
    /// Who acts.
    pub by: PersonId,
    /// What they ask for.
    pub command: Command<P>,
    /// Their signature under the [`Order`], as a line of a note.
    pub signature: String,
}

impl<P: Procedure> SignedCommand<P> {
    /// Signs a command with the key of the person who acts. A step that is performed has to say when it was done.
    ///
    /// # Errors
    /// [`Error::Order`] where the key's name is no person's, or the time is missing, or the key does not sign.
    pub fn sign(
        org: OrgId,
        case: CaseId,
        after: u64,
        mut command: Command<P>,
        signer: &(impl Signer + ?Sized),
    ) -> Result<SignedCommand<P>, Error> {
        if let Command::Perform { done, .. } = &mut command {
            // Records keep milliseconds.
            *done = Some(done.ok_or(OrderError::Undated)?.trunc_subsecs(3));
        }
        let by = PersonId::new(signer.public().name().as_str())?;
        let signed = SignedCommand { org, case, after, by, command, signature: String::new() };
        let signature = signed.order()?.sign(signer)?.to_string();
        Ok(SignedCommand { signature, ..signed })
    }

    /// What the signature covers.
    ///
    /// # Errors
    /// [`Error::Digest`] where the command has no canonical form.
    pub fn order(&self) -> Result<Order, Error> {
        let SignedCommand { org, case, after, by, .. } = *self;
        Ok(Order { org, case, after, by, command: Digest::of_value(&self.command)? })
    }
}

impl<P: Procedure> Entry<P> {
    /// What the signature in this entry covers, for the record that it is the body of.
    ///
    /// # Errors
    /// [`Error::Digest`] where the command has no canonical form.
    pub fn order(&self, record: &Record) -> Result<Order, Error> {
        let command = Digest::of_value(&self.command())?;
        Ok(Order { org: record.org(), case: record.case(), after: record.version().saturating_sub(1), by: self.by, command })
    }
}

/// A record's version, and whether the signature in it counts.
pub type Counted = (u64, Result<(), OrderError>);

fn read(line: &str) -> Result<Signature, Error> {
    Ok(line.parse::<Signature>().map_err(crate::ledger::KeyError::from).map_err(OrderError::from)?)
}

impl<P: Procedure, S: Store> Engine<P, S> {
    /// From now on every command needs the signature of the person who acts.
    #[must_use]
    pub fn signed_by(mut self, seals: Signatories) -> Engine<P, S> {
        self.seals = Some(seals);
        self
    }

    /// Decides a signed command, and records it with its signature. The same key with the same command gives the same
    /// answer again.
    ///
    /// # Errors
    /// [`Error::Order`] where the signature does not count; [`Error::Conflict`] where the case has another version than the
    /// one that was signed; otherwise as [`Engine::act`].
    pub fn act_signed(&self, key: Uuid, now: DateTime<Utc>, signed: &SignedCommand<P>) -> Result<Acted<P>, Error> {
        let order = signed.order()?;
        let here = self.office.org;
        if signed.org != here {
            return Err(Error::OtherOrg { expected: here, found: signed.org });
        }
        let none = Signatories::new();
        self.seals.as_ref().unwrap_or(&none).verify(&order, &read(&signed.signature)?)?;
        self.act_as(key, signed.case, &self.acting(signed.by, now), &signed.command, Some(signed))
    }

    /// Checks every signature in a case's records, with the keys given: for each version, whether it counts.
    ///
    /// # Errors
    /// As [`Engine::history`]. That a signature does not count is a value inside.
    pub fn signatures(&self, case: CaseId, seals: &Signatories) -> Result<Vec<Counted>, Error> {
        let mut found = Vec::new();
        for record in self.store.read(case)? {
            let entry: Entry<P> = record.body()?;
            let verdict = match &entry.signed {
                None => Err(OrderError::Unsigned(entry.by)),
                Some(line) => match line.parse::<Signature>() {
                    Ok(signature) => seals.verify(&entry.order(&record)?, &signature),
                    Err(error) => Err(crate::ledger::KeyError::from(error).into()),
                },
            };
            found.push((record.version(), verdict));
        }
        Ok(found)
    }

    /// A signed, expiring statement that this person may perform this step now: for a system that cannot link this crate.
    ///
    /// It holds for the case's version as it is: whoever acts on it gives that version to the append, and is refused if
    /// anything happened in between.
    ///
    /// # Errors
    /// As [`Engine::check`], [`Error::Permit`] for a time over [`Permit::LONGEST`]. The refusal is a value inside.
    pub fn permit(
        &self,
        case: CaseId,
        step: P::Step,
        acting: &Acting<'_, P>,
        lasts: TimeDelta,
        signer: &(impl Signer + ?Sized),
    ) -> Result<Result<Note, Refusal>, Error> {
        let state = self.load(case)?;
        if let Err(refusal) = state.check(step, &self.at_home(acting)) {
            return Ok(Err(refusal));
        }
        let from = acting.now().trunc_subsecs(0);
        let until = from.checked_add_signed(lasts).unwrap_or(from);
        let step = step.id().to_owned();
        let permit = Permit { org: self.office.org, case, version: state.version(), step, by: acting.person(), from, until };
        Ok(Ok(permit.sign(signer)?))
    }
}
