//! Everything a store holds, checked from the first record to the last.

use std::collections::HashMap;

use super::{Cases, Damage, Position, Store, StoreError};
use crate::ledger::tree::{Frontier, leaf};
use crate::ledger::{Checkpoint, Head, Record, Tile, TileId, Tip};
use crate::value::{Algorithm, CaseId, Digest, DigestError};

/// What was verified. Compare it with what you know from elsewhere: a ledger that was cut at its end verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many cases.
    pub cases: u64,
    /// How many records; also the number of the last position.
    pub records: u64,
    /// The root of the tree over them: what a checkpoint of this size has to have.
    pub root: Digest,
}

const PAGE: usize = 512;

/// Reads a whole ledger: each hash, each case's chain, every position, the kept tiles and checkpoints, and the store's own
/// keys and claims. No signature is verified here: whose keys count, [`Trust`](crate::ledger::Trust) knows.
///
/// Takes memory for one entry per case and for the checkpoints' roots, not per record.
///
/// # Errors
/// [`StoreError::Corrupt`] names the first record that is wrong.
pub fn verify(store: &(impl Store + ?Sized)) -> Result<Verified, StoreError> {
    let org = store.org();
    let mut tips: HashMap<CaseId, Tip> = HashMap::new();
    let mut opened = Vec::new();
    let mut last = Position::START;
    let mut tree = Tree::new(store)?;
    loop {
        let page = store.scan(last, PAGE)?;
        for (position, record) in &page {
            if *position != last.next() {
                return Err(Damage::Gap { due: last.next() }.into());
            }
            let tip = tips.entry(record.case()).or_insert_with(|| {
                opened.push(record.case());
                Tip::START
            });
            *tip = tip.follow(org, record.case(), record)?;
            last = *position;
            tree.push(store, record)?;
        }
        if page.len() < PAGE {
            break;
        }
    }
    // A case that was opened while this ran is listed, but was not seen above.
    let listed = store.cases(Cases::All)?;
    if let Some((place, case)) = opened.iter().enumerate().find(|(place, case)| listed.get(*place) != Some(*case)) {
        return Err(Damage::Index(format!("case {case} is not listed as number {} of the cases", place.saturating_add(1))).into());
    }
    store.check()?;
    let root = tree.end(last.number())?;
    Ok(Verified { cases: u64::try_from(opened.len()).unwrap_or(u64::MAX), records: last.number(), root })
}

/// The tree as it is computed again, beside what was kept of it.
struct Tree {
    algorithm: Algorithm,
    frontier: Frontier,
    /// The hashes of each tile level since its last full tile.
    levels: Vec<Vec<Digest>>,
    /// The kept checkpoints, by size.
    due: std::collections::BTreeMap<u64, Head>,
}

impl Tree {
    fn new(store: &(impl Store + ?Sized)) -> Result<Tree, StoreError> {
        let mut due = std::collections::BTreeMap::new();
        let mut from = 0;
        loop {
            let notes = store.checkpoints(from, PAGE)?;
            for note in &notes {
                let checkpoint: Checkpoint =
                    note.text().parse().map_err(|error| Damage::Index(format!("a kept checkpoint is none: {error}")))?;
                from = checkpoint.head.size.saturating_add(1);
                due.insert(checkpoint.head.size, checkpoint.head);
            }
            if notes.len() < PAGE {
                break;
            }
        }
        let algorithm = due.values().next().map_or(Algorithm::Sha256, |head| head.root.algorithm());
        Ok(Tree { algorithm, frontier: Frontier::new(algorithm), levels: Vec::new(), due })
    }

    fn push(&mut self, store: &(impl Store + ?Sized), record: &Record) -> Result<(), StoreError> {
        let hash = leaf(self.algorithm, record.bytes()).map_err(not_built)?;
        self.frontier.push(hash).map_err(not_built)?;
        self.fill(store, 0, hash)?;
        let size = self.frontier.size();
        if let Some(head) = self.due.remove(&size) {
            let found = self.frontier.head().map_err(not_built)?.root;
            if found != head.root {
                return Err(
                    Damage::Index(format!("the records up to position {size} are not those of the checkpoint kept: {found}")).into()
                );
            }
        }
        Ok(())
    }

    fn fill(&mut self, store: &(impl Store + ?Sized), level: u8, hash: Digest) -> Result<(), StoreError> {
        if self.levels.len() <= usize::from(level) {
            self.levels.push(Vec::with_capacity(Tile::WIDTH));
        }
        let Some(hashes) = self.levels.get_mut(usize::from(level)) else { return Ok(()) };
        hashes.push(hash);
        if hashes.len() < Tile::WIDTH {
            return Ok(());
        }
        let up = u32::from(level).saturating_add(1).saturating_mul(u32::from(Tile::HEIGHT));
        let index = self.frontier.size().checked_shr(up).unwrap_or(0).saturating_sub(1);
        let tile = Tile { at: TileId { level, index }, hashes: std::mem::take(hashes) };
        if store.tile(tile.at)?.is_some_and(|kept| kept != tile.to_bytes()) {
            return Err(Damage::Index(format!("{} is not that of the records", tile.at.path())).into());
        }
        let root = tile.root().map_err(not_built)?;
        self.fill(store, level.saturating_add(1), root)
    }

    /// A checkpoint of more records than there are: the end was cut off.
    fn end(&self, found: u64) -> Result<Digest, StoreError> {
        match self.due.keys().find(|size| **size > 0) {
            Some(size) => Err(Damage::Gap { due: Position::new(found.saturating_add(1).min(*size)) }.into()),
            None => Ok(self.frontier.head().map_err(not_built)?.root),
        }
    }
}

fn not_built(error: DigestError) -> StoreError {
    super::InvalidStore::Unsupported(error.to_string()).into()
}
