//! One Merkle tree over a ledger's records (RFC 6962): roots, and proofs that a record is in, and that nothing was rewritten.
//!
//! Leaf `n`, counted from 0, is the record at position `n + 1`. A leaf's hash is `H(0x00 ‖ record)`, an inner node's is
//! `H(0x01 ‖ left ‖ right)`; no one can pass one off as the other. All functions here are pure: they read the hashes of
//! complete subtrees through [`Nodes`], wherever those are kept.

use crate::value::{Algorithm, Digest, DigestError};

/// A tree's size and root: all that has to be known of a ledger to check a proof against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// How many records.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

/// The hashes of complete subtrees. Level 0 are the leaves; node `(level, index)` stands over the leaves from
/// `index << level` on, `1 << level` of them.
pub trait Nodes {
    /// Why a hash cannot be read.
    type Error;

    /// The hash of a node. Asked for complete subtrees within the size of the tree only.
    ///
    /// # Errors
    /// As the place fails where they are kept.
    fn node(&self, level: u8, index: u64) -> Result<Digest, Self::Error>;
}

/// Why a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The tree has no such record.
    #[error("the tree has {size} records: there is none at index {index}")]
    Outside {
        /// The record's index, from 0.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// A tree does not shrink.
    #[error("a tree of {old} records cannot have grown to {new}")]
    Shrunk {
        /// The size before.
        old: u64,
        /// The size after.
        new: u64,
    },
    /// The proof has too many or too few hashes for these sizes.
    #[error("the proof has {found} hashes, these sizes need {due}: it is a proof of something else")]
    Length {
        /// As many as the sizes need.
        due: usize,
        /// As many as there are.
        found: usize,
    },
    /// The hashes lead to another root: the record, the proof or the ledger was changed, or they do not belong together.
    #[error("the proof leads to the root {found}, the tree has {due}: something was changed, or the proof is of another tree")]
    Root {
        /// The tree's.
        due: Digest,
        /// The one that the hashes lead to.
        found: Digest,
    },
    /// A root that this build cannot compute.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// That a record is in a tree: the hashes beside the way from its leaf to the root, from below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The record's index, from 0.
    pub index: u64,
    /// The hashes.
    pub path: Vec<Digest>,
}

/// That a larger tree begins with a smaller one: nothing of that was changed, left out or put in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The hashes.
    pub path: Vec<Digest>,
}

/// A record's hash as a leaf. It is another one than [`Record::hash`](super::Record::hash), of the same bytes.
///
/// # Errors
/// [`DigestError::NotBuilt`] where this build does not have the algorithm.
pub fn leaf(algorithm: Algorithm, bytes: &[u8]) -> Result<Digest, DigestError> {
    algorithm.digest(&[&[0], bytes])
}

/// The hash of an inner node.
///
/// # Errors
/// As [`leaf`].
pub fn parent(left: Digest, right: Digest) -> Result<Digest, DigestError> {
    left.algorithm().digest(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root of a tree without records: the hash of nothing.
///
/// # Errors
/// As [`leaf`].
pub fn empty(algorithm: Algorithm) -> Result<Digest, DigestError> {
    algorithm.digest(&[])
}

/// The largest power of two below `size`, as its exponent. For sizes from 2 on.
fn split(size: u64) -> u8 {
    u8::try_from(size.saturating_sub(1).checked_ilog2().unwrap_or(0)).unwrap_or(0)
}

/// The root over the leaves from `low` up to `high`, where `low` is a multiple of a power of two that reaches over them.
fn range<N: Nodes>(nodes: &N, mut low: u64, high: u64) -> Result<Digest, N::Error>
where
    N::Error: From<DigestError>,
{
    let mut peaks = Vec::new();
    while let Some(level) = high.saturating_sub(low).checked_ilog2() {
        peaks.push(nodes.node(u8::try_from(level).unwrap_or(u8::MAX), low >> level)?);
        low = low.saturating_add(1 << level);
    }
    let mut folded = peaks.into_iter().rev();
    let Some(last) = folded.next() else { return Ok(empty(Algorithm::default())?) };
    folded.try_fold(last, |right, left| Ok(parent(left, right)?))
}

/// The root of the first `size` records, one or more of them. Reads one node for each binary digit of the size.
///
/// # Errors
/// As `nodes`.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Digest, N::Error>
where
    N::Error: From<DigestError>,
{
    range(nodes, 0, size)
}

impl Inclusion {
    /// Proves that record `index` (from 0) is among the first `size`.
    ///
    /// # Errors
    /// [`ProofError::Outside`], or as `nodes`.
    pub fn prove<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Inclusion, N::Error>
    where
        N::Error: From<DigestError> + From<ProofError>,
    {
        if index >= size {
            return Err(ProofError::Outside { index, size }.into());
        }
        let mut path = Vec::new();
        let (mut low, mut high) = (0_u64, size);
        while high.saturating_sub(low) > 1 {
            let middle = low.saturating_add(1 << split(high.saturating_sub(low)));
            if index < middle {
                path.push(range(nodes, middle, high)?);
                high = middle;
            } else {
                path.push(range(nodes, low, middle)?);
                low = middle;
            }
        }
        path.reverse();
        Ok(Inclusion { index, path })
    }

    /// Checks that the record with this leaf hash is in the tree.
    ///
    /// # Errors
    /// [`ProofError`] says what does not fit.
    pub fn verify(&self, leaf: Digest, head: Head) -> Result<(), ProofError> {
        let Inclusion { index, ref path } = *self;
        if index >= head.size {
            return Err(ProofError::Outside { index, size: head.size });
        }
        // On the way up, `node` is the place in its level, and `last` the level's last place.
        let (mut node, mut last) = (index, head.size.saturating_sub(1));
        let (mut hash, mut rest) = (leaf, path.iter());
        let mut due = 0_usize;
        while last > 0 {
            // A last node without a neighbour goes up as it is.
            if node % 2 == 1 || node < last {
                due = due.saturating_add(1);
                if let Some(&beside) = rest.next() {
                    hash = if node % 2 == 1 { parent(beside, hash)? } else { parent(hash, beside)? };
                }
            }
            (node, last) = (node >> 1, last >> 1);
        }
        arrived(due, path.len())?;
        same(head.root, hash)
    }
}

impl Growth {
    /// Proves that the first `new` records begin with the first `old`.
    ///
    /// # Errors
    /// [`ProofError::Shrunk`], or as `nodes`.
    pub fn prove<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Growth, N::Error>
    where
        N::Error: From<DigestError> + From<ProofError>,
    {
        if old > new {
            return Err(ProofError::Shrunk { old, new }.into());
        }
        let mut path = Vec::new();
        let (mut low, mut high) = (0, new);
        // Down to the subtree at whose end the old tree ended. The old root itself is known to whoever checks.
        while old > low && old < high {
            let middle = low.saturating_add(1 << split(high.saturating_sub(low)));
            if old <= middle {
                path.push(range(nodes, middle, high)?);
                high = middle;
            } else {
                path.push(range(nodes, low, middle)?);
                low = middle;
            }
        }
        if low > 0 {
            path.push(range(nodes, low, high)?);
        }
        path.reverse();
        Ok(Growth { path })
    }

    /// Checks that `new` begins with `old`.
    ///
    /// # Errors
    /// [`ProofError`] says what does not fit. [`ProofError::Root`] names the old root where the path belongs to the new
    /// tree and the old one does not: then the ledger was rewritten.
    pub fn verify(&self, old: Head, new: Head) -> Result<(), ProofError> {
        let (was, is) = self.roots(old, new)?;
        same(new.root, is)?;
        same(old.root, was)
    }

    /// The old and the new root that the path leads to.
    fn roots(&self, old: Head, new: Head) -> Result<(Digest, Digest), ProofError> {
        if old.size > new.size {
            return Err(ProofError::Shrunk { old: old.size, new: new.size });
        }
        if old.size == 0 || old.size == new.size {
            arrived(0, self.path.len())?;
            let was = if old.size == 0 { empty(old.root.algorithm())? } else { new.root };
            return Ok((was, new.root));
        }
        // The root of an old tree that is complete is not in the path: whoever checks knows it.
        let known = if old.size.is_power_of_two() { vec![old.root] } else { Vec::new() };
        climb(old.size, new.size, &[known, self.path.clone()].concat())
    }
}

/// From the last complete subtree of the old tree, whose hash is the first one, up to the old and to the new root.
/// For sizes above 0, the old one below the new one.
pub(super) fn climb(old: u64, new: u64, path: &[Digest]) -> Result<(Digest, Digest), ProofError> {
    let up = old.trailing_zeros();
    let (mut node, mut last) = (old.saturating_sub(1) >> up, new.saturating_sub(1) >> up);
    let mut rest = path.iter().copied();
    let mut due = 1_usize;
    let Some(start) = rest.next() else { return Err(ProofError::Length { due, found: 0 }) };
    let (mut was, mut is) = (start, start);
    while last > 0 {
        if node % 2 == 1 || node < last {
            due = due.saturating_add(1);
            match rest.next() {
                Some(beside) if node % 2 == 1 => (was, is) = (parent(beside, was)?, parent(beside, is)?),
                Some(beside) => is = parent(is, beside)?,
                None => {}
            }
        }
        (node, last) = (node >> 1, last >> 1);
    }
    arrived(due, path.len())?;
    Ok((was, is))
}

fn arrived(due: usize, found: usize) -> Result<(), ProofError> {
    if due == found { Ok(()) } else { Err(ProofError::Length { due, found }) }
}

fn same(due: Digest, found: Digest) -> Result<(), ProofError> {
    if due == found { Ok(()) } else { Err(ProofError::Root { due, found }) }
}

/// A tree that grows at its end, and keeps of all that came before one hash for each binary digit of its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    algorithm: Algorithm,
    size: u64,
    /// The roots of the complete subtrees, from the left; one for each binary digit of the size.
    peaks: Vec<Digest>,
}

impl Frontier {
    /// Without records.
    pub const fn new(algorithm: Algorithm) -> Frontier {
        Frontier { algorithm, size: 0, peaks: Vec::new() }
    }

    /// How many records.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Puts a leaf at the end.
    ///
    /// # Errors
    /// [`DigestError::NotBuilt`] where this build does not have the algorithm.
    pub fn push(&mut self, leaf: Digest) -> Result<(), DigestError> {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = parent(left, hash)?;
            }
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
        Ok(())
    }

    /// The tree so far.
    ///
    /// # Errors
    /// As [`Frontier::push`].
    pub fn head(&self) -> Result<Head, DigestError> {
        let mut folded = self.peaks.iter().rev().copied();
        let Some(last) = folded.next() else { return Ok(Head { size: 0, root: empty(self.algorithm)? }) };
        let root = folded.try_fold(last, |right, left| parent(left, right))?;
        Ok(Head { size: self.size, root })
    }
}
