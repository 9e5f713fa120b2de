//! Someone outside who remembers: cosigns a checkpoint only if it continues the last one they saw (C2SP tlog-witness).

use chrono::{DateTime, Utc};

use super::checkpoint::Checkpoint;
use super::key::{Signer, cosign};
use super::note::{Note, Signature};
use super::split::SplitView;
use super::tree::{Growth, ProofError};
use super::trust::{Trust, TrustError};

/// What a witness (village supervisors, street, district) keeps of one log: the last checkpoint it cosigned.
///
/// Keep it where the ledger's owner cannot write: that memory is the whole point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    trust: Trust,
    last: Option<Note>,
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// The checkpoint is not the log's.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// It is older than the last one.
    #[error("the checkpoint has {found} records, {last} were seen before: ask for a newer one")]
    Older {
        /// The last size seen.
        last: u64,
        /// The size offered.
        found: u64,
    },
    /// The proof does not fit, which shows nothing yet: ask for the proof from the size that was seen last.
    #[error("it is not shown that the checkpoint continues the one of {last} records: {cause}")]
    NotShown {
        /// The last size seen.
        last: u64,
        /// Why not.
        cause: ProofError,
    },
    /// The ledger was rewritten, and here is the evidence.
    #[error("the ledger was rewritten: its owner signed two checkpoints that cannot both be true; publish this evidence")]
    Split(Box<SplitView>),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] super::key::KeyError),
}

impl Witness {
    /// A witness that has seen nothing yet. `trust` has the log's key; its witnesses and quorum do not matter here.
    pub const fn new(trust: Trust) -> Witness {
        Witness { trust, last: None }
    }

    /// A witness that goes on from what it kept.
    ///
    /// # Errors
    /// [`WitnessError::Trust`] where the kept note is not the log's.
    pub fn resume(trust: Trust, last: Note, now: DateTime<Utc>) -> Result<Witness, WitnessError> {
        trust.examine(&last, now)?;
        Ok(Witness { trust, last: Some(last) })
    }

    /// The last checkpoint that it cosigned: keep it.
    pub const fn last(&self) -> Option<&Note> {
        self.last.as_ref()
    }

    /// Cosigns a checkpoint after checking that it continues the last one. The note gets the signature too.
    ///
    /// `growth` is the proof from the last size to this one; at the first time, and for the same size, an empty one.
    ///
    /// # Errors
    /// [`WitnessError`]; then nothing is signed and nothing remembered.
    pub fn cosign(
        &mut self,
        signer: &(impl Signer + ?Sized),
        note: &mut Note,
        growth: &Growth,
        now: DateTime<Utc>,
    ) -> Result<Signature, WitnessError> {
        let checkpoint = self.trust.examine(note, now)?.checkpoint;
        if let Some(last) = &self.last {
            let before: Checkpoint = last.text().parse().map_err(TrustError::from)?;
            if checkpoint.head.size < before.head.size {
                return Err(WitnessError::Older { last: before.head.size, found: checkpoint.head.size });
            }
            if let Err(cause) = growth.verify(before.head, checkpoint.head) {
                let evidence = SplitView { earlier: last.clone(), later: note.clone(), path: growth.path.clone() };
                return Err(match evidence.verify(&self.trust, now) {
                    Ok(()) => WitnessError::Split(Box::new(evidence)),
                    Err(_) => WitnessError::NotShown { last: before.head.size, cause },
                });
            }
        }
        let signature = cosign(signer, note.text(), now)?;
        note.add(signature.clone()).map_err(super::key::KeyError::from)?;
        self.last = Some(note.clone());
        Ok(signature)
    }
}
