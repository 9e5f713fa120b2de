//! What goes into an append, and what comes back.

use std::fmt;

use uuid::Uuid;

use crate::ledger::{ChainError, Record, Tip};
use crate::value::{AssetId, CaseId, Digest, OrgId};

/// Some records of one case that belong together: all of them are appended, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The case.
    pub case: CaseId,
    /// The case's version before this batch, 0 for a new case. Another one is a [`Answer::Conflict`].
    pub expected: u64,
    /// The idempotency key: a fresh one for each command, the same one for the same command sent again.
    pub key: Uuid,
    /// The digest of the command. The same key with another request is refused.
    pub request: Digest,
    /// The records, in order, continuing the case's chain.
    pub records: Vec<Record>,
    /// What happens to the case's hold on an asset.
    pub claim: Claim,
}

/// An asset can be in one live transaction at a time. The store enforces it together with the append.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Claim {
    /// Nothing changes.
    #[default]
    None,
    /// The case takes this asset; refused while another case holds it. Taking it again changes nothing.
    Take(AssetId),
    /// The case lets go of all it holds.
    Release,
}

impl Append {
    /// The most records in one batch.
    pub const MAX_RECORDS: usize = 1_000;

    /// A batch that claims nothing.
    pub const fn new(case: CaseId, expected: u64, key: Uuid, request: Digest, records: Vec<Record>) -> Append {
        Append { case, expected, key, request, records, claim: Claim::None }
    }

    /// The same batch with a claim.
    #[must_use]
    pub fn with(mut self, claim: Claim) -> Append {
        self.claim = claim;
        self
    }

    /// Checks all that can be seen without the store: the records are the case's next ones, each following the one before.
    pub(super) fn check(&self, org: OrgId) -> Result<(), BatchFlaw> {
        let first = self.records.first().ok_or(BatchFlaw::Empty)?;
        if self.records.len() > Append::MAX_RECORDS {
            return Err(BatchFlaw::TooLarge { found: self.records.len() });
        }
        let before = Tip { version: self.expected, hash: first.prev() };
        self.records.iter().try_fold(before, |tip, record| tip.follow(org, self.case, record))?;
        Ok(())
    }

    /// Checks against the end of the case's chain: `Some` is the answer, `None` lets the batch through.
    pub(super) fn meet(&self, tip: Tip) -> Option<Answer> {
        if tip.version != self.expected {
            return Some(Answer::Conflict { actual: tip.version });
        }
        let flaw = tip.follow(self.records.first()?.org(), self.case, self.records.first()?).err()?;
        Some(Answer::Refused(Refusal::Malformed(flaw.into())))
    }

    /// The answer to a key that was used before, with the receipt given.
    pub(super) fn again(&self, receipt: Receipt) -> Answer {
        if receipt.request == self.request && receipt.case == self.case {
            Answer::Appended(Receipt { repeated: true, ..receipt })
        } else {
            Answer::Refused(Refusal::KeyReused { case: receipt.case, version: receipt.version })
        }
    }

    /// The case's version after this batch.
    pub(super) fn version_after(&self) -> u64 {
        self.records.last().map_or(self.expected, Record::version)
    }
}

/// A record's place in the whole ledger. The first has 1, and no number is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(u64);

impl Position {
    /// Before the first record.
    pub const START: Position = Position(0);

    /// The position with this number.
    pub const fn new(number: u64) -> Position {
        Position(number)
    }

    /// Its number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The next one.
    #[must_use]
    pub const fn next(self) -> Position {
        Position(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a store says to an append.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an append can be refused"]
pub enum Answer {
    /// The records are in the ledger, durably.
    Appended(Receipt),
    /// The case has moved on, or is not there yet: read it, decide again, and append with a new key.
    Conflict {
        /// The case's version now.
        actual: u64,
    },
    /// This batch cannot be appended.
    Refused(Refusal),
    /// Nobody knows yet whether it was appended: the reply was lost, or the disk failed while committing. Ask
    /// [`Store::recall`](super::Store::recall), or send the same batch with the same key again.
    Indeterminate {
        /// The batch's key.
        key: Uuid,
    },
}

/// The proof that a batch was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The case.
    pub case: CaseId,
    /// The case's version after the batch.
    pub version: u64,
    /// The position of the batch's last record.
    pub position: Position,
    /// The digest of the request: a caller that sends a key again compares it with its own.
    pub request: Digest,
    /// Whether the batch had been appended by an earlier call, and nothing was appended by this one.
    pub repeated: bool,
}

/// Why a batch was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Another case holds the asset.
    #[error("asset `{asset}` is in the live transaction {by}: finish or terminate that one first")]
    AssetTaken {
        /// The asset.
        asset: AssetId,
        /// Who holds it.
        by: CaseId,
    },
    /// The key belongs to another request.
    #[error("the idempotency key was used for another request, which led case {case} to version {version}: use a new key")]
    KeyReused {
        /// The case of that request.
        case: CaseId,
        /// The version it led to.
        version: u64,
    },
    /// The batch is not one that any ledger could append.
    #[error("the batch cannot be appended: {0}")]
    Malformed(#[from] BatchFlaw),
}

/// What is wrong with a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchFlaw {
    /// It has no records.
    #[error("it has no records")]
    Empty,
    /// Over [`Append::MAX_RECORDS`].
    #[error("it has {found} records, {} are accepted: split it", Append::MAX_RECORDS)]
    TooLarge {
        /// How many it has.
        found: usize,
    },
    /// A record does not follow the one before it, or belongs to another case or organisation.
    #[error(transparent)]
    Chain(#[from] ChainError),
}
