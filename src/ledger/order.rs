//! What a person signs who acts: this command, on this case, at this version, and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use super::key::{KeyError, PublicKey, Signer, Use, sign};
use super::note::{KeyName, Signature};
use super::statement::write;
use crate::value::{CaseId, Digest, OrgId, PersonId};

/// The statement that a signature under a command covers. Its text:
///
/// ```text
/// sanzi command v1
/// org dongtang
/// case 01890a5d-ac96-774b-bcce-b302099a8057
/// after 17
/// by chen
/// command sha256:…
/// ```
///
/// `after` is the case's version before the command, so the signature fits one place of one case: elsewhere, or a second
/// time, it is refused. `command` is the digest of the whole command's canonical JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Whose ledger.
    pub org: OrgId,
    /// The case.
    pub case: CaseId,
    /// The case's version before.
    pub after: u64,
    /// Who acts: also the name of the key.
    pub by: PersonId,
    /// The digest of the command.
    pub command: Digest,
}

/// The keys with which people sign: what a register of seals (印鉴) is on paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatories {
    keys: BTreeMap<PersonId, Vec<PublicKey>>,
}

/// Why a signature under a command does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// There is no signature.
    #[error("the command of `{0}` is not signed: sign it with the key that is registered for them")]
    Unsigned(PersonId),
    /// No key is registered.
    #[error("no key is registered for `{0}`: register one, and sign again")]
    NoKey(PersonId),
    /// The signature is of another person, command, case or version.
    #[error("the signature is not that of `{by}` under this command after version {after} of case {case}: sign this one")]
    Wrong {
        /// Who acts.
        by: PersonId,
        /// The case.
        case: CaseId,
        /// The version before.
        after: u64,
    },
    /// The key is not the person's.
    #[error("the key is `{found}`'s, not `{due}`'s: a key is named as its person is")]
    OtherName {
        /// The person.
        due: PersonId,
        /// The key's name.
        found: KeyName,
    },
    /// A signed command says when its step was done: the server's own time would not be covered.
    #[error("a signed command has to say when its step was done: date it")]
    Undated,
    /// The record would not give back what was signed, so nobody could verify it later.
    #[error("the command is not written as it is recorded: leave out what has no effect, and give times in whole milliseconds")]
    NotAsRecorded,
    /// The key did not sign, or the signature is not readable.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Order {
    /// Signs it.
    ///
    /// # Errors
    /// [`OrderError::OtherName`] where the key is another person's, and as the signer fails.
    pub fn sign(&self, signer: &(impl Signer + ?Sized)) -> Result<Signature, OrderError> {
        let found = signer.public().name();
        if found.as_str() != self.by.as_str() {
            return Err(OrderError::OtherName { due: self.by, found: found.clone() });
        }
        Ok(sign(signer, &self.to_string())?)
    }
}

/// The text that is signed.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Order { org, case, after, by, command } = self;
        let lines: [(&str, &dyn fmt::Display); 5] = [("org", org), ("case", case), ("after", after), ("by", by), ("command", command)];
        f.write_str(&write("sanzi command v1", &lines))
    }
}

impl Signatories {
    /// Without keys.
    pub const fn new() -> Signatories {
        Signatories { keys: BTreeMap::new() }
    }

    /// Registers a key for a person. Earlier keys go on to verify what was signed with them.
    ///
    /// # Errors
    /// [`OrderError::OtherName`] where the key is not named as the person is.
    pub fn register(&mut self, person: PersonId, key: PublicKey) -> Result<(), OrderError> {
        if key.name().as_str() != person.as_str() {
            return Err(OrderError::OtherName { due: person, found: key.name().clone() });
        }
        self.keys.entry(person).or_default().push(key);
        Ok(())
    }

    /// Checks a signature under a command.
    ///
    /// # Errors
    /// [`OrderError`] says why it does not count.
    pub fn verify(&self, order: &Order, signature: &Signature) -> Result<(), OrderError> {
        let keys = self.keys.get(&order.by).ok_or(OrderError::NoKey(order.by))?;
        let text = order.to_string();
        let named = |key: &&PublicKey| key.is_named_by(signature, Use::Sign);
        match keys.iter().filter(named).any(|key| key.verify(&text, signature).is_ok()) {
            true => Ok(()),
            false => Err(OrderError::Wrong { by: order.by, case: order.case, after: order.after }),
        }
    }
}
