//! The chain of one case: each record names the hash of the one before, so none can be changed, dropped or put in between.

use super::record::{Frame, Record};
use crate::value::{CaseId, Digest, OrgId};

/// The end of a case's chain so far: what the next record has to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The last record's version, 0 before the first.
    pub version: u64,
    /// The last record's hash, [`Digest::NONE`] before the first.
    pub hash: Digest,
}

/// The first record of a chain that does not belong where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {version} of case {case} is not the one that belongs there: {fault}")]
pub struct ChainError {
    /// The case whose chain was read.
    pub case: CaseId,
    /// The version that was due at this place.
    pub version: u64,
    /// What is wrong.
    pub fault: ChainFault,
}

/// What is wrong with a record in a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainFault {
    /// It belongs to another organisation's ledger.
    #[error("it belongs to `{0}`")]
    Org(OrgId),
    /// It belongs to another case.
    #[error("it belongs to case {0}")]
    Case(CaseId),
    /// Records are missing, or stand twice.
    #[error("version {0} stands there")]
    Version(u64),
    /// It follows another record than the one before it: that one was changed, or this one comes from elsewhere.
    #[error("it follows {found:?}, and the record before it is {due:?}")]
    Prev {
        /// The hash of the record before.
        due: Digest,
        /// The hash it names.
        found: Digest,
    },
}

impl Tip {
    /// Before the first record of a case.
    pub const START: Tip = Tip { version: 0, hash: Digest::NONE };

    /// After this record.
    pub const fn of(record: &Record) -> Tip {
        Tip { version: record.version(), hash: record.hash() }
    }

    /// After the record of this frame.
    pub(crate) const fn of_frame(frame: &Frame) -> Tip {
        Tip { version: frame.version, hash: frame.hash }
    }

    /// Checks that `record` comes next in this case, and moves on to it.
    ///
    /// # Errors
    /// [`ChainError`] names the first thing that does not fit.
    pub fn follow(self, org: OrgId, case: CaseId, record: &Record) -> Result<Tip, ChainError> {
        self.follow_frame(org, case, record.frame())
    }

    /// As [`Tip::follow`], where the bytes are not at hand.
    pub(crate) fn follow_frame(self, org: OrgId, case: CaseId, record: &Frame) -> Result<Tip, ChainError> {
        let due = self.version.saturating_add(1);
        // The first record names nothing before it, by the algorithm that it chose for its case.
        let prev = if self.version == 0 { Digest::none(record.prev.algorithm()) } else { self.hash };
        let fault = if record.org != org {
            ChainFault::Org(record.org)
        } else if record.case != case {
            ChainFault::Case(record.case)
        } else if record.version != due {
            ChainFault::Version(record.version)
        } else if record.prev != prev {
            ChainFault::Prev { due: prev, found: record.prev }
        } else {
            return Ok(Tip::of_frame(record));
        };
        Err(ChainError { case, version: due, fault })
    }
}

/// Checks one case's records from the first on, and returns the end of the chain.
///
/// Every [`Record`] has the hash of its bytes by construction, so this compares links only. A chain that was cut at its
/// end verifies: compare the [`Tip`] with one that was kept elsewhere.
///
/// ```
/// use sanzi::ledger::{Record, Tip, chain};
/// use sanzi::value::{CaseId, Digest, OrgId};
///
/// let (org, case) = (OrgId::new("dongtang")?, CaseId::random());
/// let first = Record::seal(org, case, 1, Digest::NONE, &"opened")?;
/// let second = first.next(&"checked")?;
/// assert_eq!(chain::verify(org, case, [&first, &second])?, Tip::of(&second));
/// assert_eq!(chain::verify(org, case, [&second]).unwrap_err().version, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ChainError`] names the first record that does not fit, and why.
pub fn verify<'a>(org: OrgId, case: CaseId, records: impl IntoIterator<Item = &'a Record>) -> Result<Tip, ChainError> {
    records.into_iter().try_fold(Tip::START, |tip, record| tip.follow(org, case, record))
}
