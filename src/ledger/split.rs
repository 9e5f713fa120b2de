//! Two faces: the evidence that a log's owner signed two checkpoints that cannot both be true.

use chrono::{DateTime, Utc};

use super::checkpoint::Checkpoint;
use super::note::Note;
use super::tree::{Growth, Nodes, ProofError, climb, empty};
use super::trust::{Trust, TrustError};
use crate::value::{Digest, DigestError};

/// Two signed checkpoints of one log, and why they contradict each other. Anyone with the log's public key can check it.
///
/// Two roots of one size need nothing more. For different sizes `path` has hashes that belong to the later tree, and lead to
/// another root for the earlier size than the one that was signed. It is the path of a [`Growth`], and always begins with
/// the last complete subtree of the earlier size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitView {
    /// The checkpoint of the smaller tree.
    pub earlier: Note,
    /// The checkpoint of the larger tree.
    pub later: Note,
    /// From the one size to the other.
    pub path: Vec<Digest>,
}

/// Why this is no evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A checkpoint is not the log's.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// They are of two logs.
    #[error("the checkpoints are of two logs")]
    OtherLog,
    /// They fit together.
    #[error("the two checkpoints can both be true")]
    Consistent,
    /// The path does not belong to the later tree, so it shows nothing.
    #[error("the path shows nothing: {0}")]
    Path(#[from] ProofError),
}

impl SplitView {
    /// Collects the evidence from the tree that belongs to the later checkpoint.
    ///
    /// # Errors
    /// As `nodes`; and [`ProofError::Shrunk`] where `later` is the smaller one.
    pub fn collect<N: Nodes>(nodes: &N, earlier: (Note, u64), later: (Note, u64)) -> Result<SplitView, N::Error>
    where
        N::Error: From<DigestError> + From<ProofError>,
    {
        let ((earlier, old), (later, new)) = (earlier, later);
        let mut path = Growth::prove(nodes, old, new)?.path;
        if old.is_power_of_two() && old < new {
            let level = u8::try_from(old.trailing_zeros()).unwrap_or(0);
            path.insert(0, nodes.node(level, 0)?);
        }
        Ok(SplitView { earlier, later, path })
    }

    /// Checks that both checkpoints are the log's own, and that they cannot both be true.
    ///
    /// # Errors
    /// [`SplitError`] says why this is no evidence.
    pub fn verify(&self, trust: &Trust, now: DateTime<Utc>) -> Result<(), SplitError> {
        let Checkpoint { origin, head: old } = trust.examine(&self.earlier, now)?.checkpoint;
        let Checkpoint { origin: other, head: new } = trust.examine(&self.later, now)?.checkpoint;
        if origin != other {
            return Err(SplitError::OtherLog);
        }
        if old.size == new.size {
            return if old.root == new.root { Err(SplitError::Consistent) } else { Ok(()) };
        }
        if old.size > new.size {
            return Err(ProofError::Shrunk { old: old.size, new: new.size }.into());
        }
        let (was, is) = match old.size {
            0 => (empty(old.root.algorithm()).map_err(ProofError::from)?, new.root),
            _ => climb(old.size, new.size, &self.path)?,
        };
        match () {
            () if is != new.root => Err(ProofError::Root { due: new.root, found: is }.into()),
            () if was == old.root => Err(SplitError::Consistent),
            () => Ok(()),
        }
    }
}
