//! The tree over a store's records: checkpoints that are signed and kept, and proofs against them.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Damage, Position, Store, StoreError};
use crate::ledger::tree::{self, Nodes};
use crate::ledger::{
    Checkpoint, CheckpointError, Growth, Head, Inclusion, KeyError, KeyName, Note, Proof, ProofError, Signer, SplitView, Tile, TileId, fold,
};
use crate::value::{Algorithm, Digest, DigestError};

/// The transparency log of one organisation: its store's records as the leaves of one tree.
///
/// ```
/// use sanzi::ledger::{KeyName, Record, Scheme, SecretKey, Trust, Signer};
/// use sanzi::store::{Append, Log, MemoryStore, Position, Store};
/// use sanzi::value::{CaseId, Digest, OrgId};
///
/// let org = OrgId::new("dongtang")?;
/// let store = MemoryStore::new(org);
/// let case = CaseId::random();
/// let opened = Record::seal(org, case, 1, Digest::NONE, &"opened")?;
/// # let batch = Append::new(case, 0, uuid::Uuid::new_v4(), Digest::of_bytes(b"the command"), vec![opened.clone()]);
/// # let _ = store.append(&batch)?;
/// // … records are appended …
///
/// let key = SecretKey::generate(KeyName::new("dongtang.example/sanzi")?, Scheme::Ed25519)?;
/// let log = Log::new(&store, key.public().name().clone());
/// let note = log.seal(&key, None)?; // give it to the witnesses, print its short form
///
/// let proof = log.prove(Position::new(1), &note)?; // give it to whoever asks
/// let trust = Trust::log_only(key.public().clone());
/// # let now = chrono::Utc::now();
/// assert_eq!(proof.verify(&opened, &trust, now)?.checkpoint.head.size, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Log<'s, S: ?Sized> {
    store: &'s S,
    origin: KeyName,
    algorithm: Algorithm,
}

/// Why a log gives no checkpoint or proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A kept or given checkpoint is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Another log's checkpoint or key.
    #[error("this is the log `{origin}`, not `{found}`")]
    OtherLog {
        /// This one.
        origin: KeyName,
        /// The other.
        found: KeyName,
    },
    /// The checkpoint's tree is of another algorithm, so nothing in it can be compared.
    #[error("this log's tree is opened by {found}, its checkpoint is by {due}: open it with `Log::open`")]
    OtherAlgorithm {
        /// The checkpoint's.
        due: Algorithm,
        /// The one it was opened by.
        found: Algorithm,
    },
    /// The ledger has fewer records than a checkpoint of it.
    #[error("the ledger has {found} records, a checkpoint of it {due}: its end was cut off, or it is an old copy; restore a newer one")]
    CutOff {
        /// The checkpoint's.
        due: u64,
        /// The ledger's.
        found: u64,
    },
    /// The ledger does not continue a checkpoint of it. Nothing was signed.
    #[error("the ledger's first {size} records are not those that its checkpoint fixed: they were rewritten; restore a true copy")]
    Rewritten {
        /// The checkpoint's size.
        size: u64,
        /// The root that was signed.
        due: Digest,
        /// The root of what is there now.
        found: Digest,
    },
}

impl From<DigestError> for LogError {
    fn from(error: DigestError) -> LogError {
        ProofError::from(error).into()
    }
}

/// Records that are read at once, and tiles that are kept at once.
const PAGE: usize = Tile::WIDTH;
const BATCH: usize = 64;

impl<'s, S: Store + ?Sized> Log<'s, S> {
    /// The log of a store under this origin, which is also its key's name; its tree is of SHA-256.
    pub const fn new(store: &'s S, origin: KeyName) -> Log<'s, S> {
        Log { store, origin, algorithm: Algorithm::Sha256 }
    }

    /// The log of a store that may be of another algorithm: that of the checkpoints it has kept, SHA-256 where there are none.
    ///
    /// # Errors
    /// [`LogError::Store`], [`LogError::Checkpoint`].
    pub fn open(store: &'s S, origin: KeyName) -> Result<Log<'s, S>, LogError> {
        let log = Log::new(store, origin);
        let kept = log.latest()?.map(|note| note.text().parse::<Checkpoint>()).transpose()?;
        Ok(log.by(kept.map_or(Algorithm::Sha256, |kept| kept.head.root.algorithm())))
    }

    /// The same log with a tree of another algorithm: chosen before its first checkpoint, and kept for good.
    #[must_use]
    pub fn by(mut self, algorithm: Algorithm) -> Log<'s, S> {
        self.algorithm = algorithm;
        self
    }

    /// The tree over all records now.
    ///
    /// # Errors
    /// [`LogError::Store`].
    pub fn head(&self) -> Result<Head, LogError> {
        self.head_at(self.store.last()?.number())
    }

    /// The tree over the first `size` records.
    ///
    /// # Errors
    /// [`LogError::CutOff`] where there are not so many.
    pub fn head_at(&self, size: u64) -> Result<Head, LogError> {
        let root = if size == 0 { tree::empty(self.algorithm)? } else { tree::root(&self.nodes(size)?, size)? };
        Ok(Head { size, root })
    }

    /// Signs a checkpoint over all records, and keeps it. Where nothing was appended since the last one, that one again.
    ///
    /// Before it signs, it checks that the ledger still continues the last checkpoint that it kept, and the one in `outside`:
    /// give it the last note from where the ledger's owner cannot write. It reads again what is new, and verifies the chain of
    /// every case that has grown.
    ///
    /// # Errors
    /// [`LogError::Rewritten`] and [`LogError::CutOff`]; then nothing is signed.
    pub fn seal(&self, signer: &(impl Signer + ?Sized), outside: Option<&Note>) -> Result<Note, LogError> {
        self.check_origin(signer.public().name())?;
        let size = self.store.last()?.number();
        let latest = self.latest()?;
        let mut known = 0;
        for note in latest.iter().chain(outside) {
            known = self.continues(note, size)?.max(known);
        }
        if let Some(latest) = latest.filter(|_| known == size && size > 0)
            && self.checkpoint(&latest)?.head.size == size
        {
            return Ok(latest);
        }
        self.check_new(known, size)?;
        self.keep_tiles(known, size)?;
        let note = Checkpoint { origin: self.origin.clone(), head: self.head_at(size)? }.sign(signer)?;
        self.store.keep_checkpoint(size, &note)?;
        Ok(note)
    }

    /// Keeps a checkpoint that got more signatures, after checking that it is one of this ledger.
    ///
    /// # Errors
    /// [`LogError`] where it is not.
    pub fn keep(&self, note: &Note) -> Result<(), LogError> {
        let size = self.continues(note, self.store.last()?.number())?;
        let mut whole = note.clone();
        for kept in self.store.checkpoints(size, 1)?.iter().filter(|kept| kept.text() == note.text()) {
            whole = kept.clone();
            whole.merge(note).map_err(CheckpointError::from)?;
        }
        Ok(self.store.keep_checkpoint(size, &whole)?)
    }

    /// The newest checkpoint that was kept, with all its signatures.
    ///
    /// # Errors
    /// [`LogError::Store`].
    pub fn latest(&self) -> Result<Option<Note>, LogError> {
        Ok(self.store.latest_checkpoint()?)
    }

    /// The smallest kept checkpoint that has the record at `position`, and that `enough` accepts, such as one with a quorum.
    ///
    /// # Errors
    /// [`LogError::Store`].
    pub fn covering(&self, position: Position, enough: impl Fn(&Note) -> bool) -> Result<Option<Note>, LogError> {
        let mut from = position.number();
        loop {
            let notes = self.store.checkpoints(from, BATCH)?;
            if let Some(note) = notes.iter().find(|note| enough(note)) {
                return Ok(Some(note.clone()));
            }
            let Some(last) = notes.last() else { return Ok(None) };
            from = self.checkpoint(last)?.head.size.saturating_add(1);
        }
    }

    /// Proves that the record at `position` is in the ledger of this checkpoint.
    ///
    /// # Errors
    /// [`LogError::Proof`] where the checkpoint is older than the record, [`LogError::Rewritten`] where it is of another ledger.
    pub fn prove(&self, position: Position, note: &Note) -> Result<Proof, LogError> {
        let size = self.continues(note, self.store.last()?.number())?;
        let index = position.number().checked_sub(1).ok_or(ProofError::Outside { index: 0, size: 0 })?;
        let inclusion = Inclusion::prove(&self.nodes(size)?, index, size)?;
        Ok(Proof { inclusion, checkpoint: note.clone() })
    }

    /// Proves that the ledger at size `new` begins with that at size `old`.
    ///
    /// # Errors
    /// [`LogError::CutOff`], and [`LogError::Proof`] where `old` is the larger one.
    pub fn growth(&self, old: u64, new: u64) -> Result<Growth, LogError> {
        Growth::prove(&self.nodes(new)?, old, new)
    }

    /// Shows that two checkpoints that this log's owner signed cannot both be true, where `later` is of this ledger.
    ///
    /// # Errors
    /// As [`Log::growth`]; `later` must be this ledger's.
    pub fn split_view(&self, earlier: &Note, later: &Note) -> Result<SplitView, LogError> {
        let new = self.continues(later, self.store.last()?.number())?;
        let old = self.checkpoint(earlier)?.head.size;
        SplitView::collect(&self.nodes(new)?, (earlier.clone(), old), (later.clone(), new))
    }

    /// A full tile, for a public web server; `None` where it is not full at this size.
    ///
    /// # Errors
    /// [`LogError::CutOff`], [`LogError::Store`].
    pub fn tile(&self, at: TileId, size: u64) -> Result<Option<Tile>, LogError> {
        if at.index >= TileId::full(at.level, size) {
            return Ok(None);
        }
        let hashes = self.nodes(size)?.entries(at)?.to_vec();
        Ok(Some(Tile { at, hashes }))
    }

    fn nodes(&self, size: u64) -> Result<Tiles<'_, S>, LogError> {
        let found = self.store.last()?.number();
        if size > found {
            return Err(LogError::CutOff { due: size, found });
        }
        Ok(Tiles { store: self.store, algorithm: self.algorithm, size, read: RefCell::default() })
    }

    fn check_origin(&self, found: &KeyName) -> Result<(), LogError> {
        if *found == self.origin {
            return Ok(());
        }
        Err(LogError::OtherLog { origin: self.origin.clone(), found: found.clone() })
    }

    fn checkpoint(&self, note: &Note) -> Result<Checkpoint, LogError> {
        let checkpoint: Checkpoint = note.text().parse()?;
        self.check_origin(&checkpoint.origin)?;
        let (due, found) = (checkpoint.head.root.algorithm(), self.algorithm);
        if due != found {
            return Err(LogError::OtherAlgorithm { due, found });
        }
        Ok(checkpoint)
    }

    /// Checks that the ledger, of `size` records now, begins with what a checkpoint fixed; returns the checkpoint's size.
    fn continues(&self, note: &Note, size: u64) -> Result<u64, LogError> {
        let due = self.checkpoint(note)?.head;
        if due.size > size {
            return Err(LogError::CutOff { due: due.size, found: size });
        }
        let found = self.head_at(due.size)?.root;
        if found != due.root {
            return Err(LogError::Rewritten { size: due.size, due: due.root, found });
        }
        Ok(due.size)
    }

    /// Verifies every case that has records after `known`.
    fn check_new(&self, known: u64, size: u64) -> Result<(), LogError> {
        let mut grown = HashSet::new();
        let mut after = Position::new(known);
        while after.number() < size {
            let page = self.store.scan(after, PAGE)?;
            let Some((last, _)) = page.last() else { return Err(LogError::CutOff { due: size, found: after.number() }) };
            after = *last;
            grown.extend(page.iter().map(|(_, record)| record.case()));
        }
        grown.into_iter().try_for_each(|case| self.store.read(case).map(drop))?;
        Ok(())
    }

    /// Keeps the tiles that became full after `known`.
    fn keep_tiles(&self, known: u64, size: u64) -> Result<(), LogError> {
        let mut level = 0;
        while TileId::full(level, size) > 0 {
            // A fresh reader for each level: what it has read is let go of.
            let mut nodes = self.nodes(size)?;
            let mut batch: Vec<Tile> = Vec::new();
            for index in TileId::full(level, known)..TileId::full(level, size) {
                let at = TileId { level, index };
                batch.push(Tile { at, hashes: nodes.entries(at)?.to_vec() });
                if batch.len() >= BATCH {
                    self.store.keep_tiles(&batch)?;
                    batch.clear();
                    nodes.read.get_mut().clear();
                }
            }
            self.store.keep_tiles(&batch)?;
            level = level.saturating_add(1);
        }
        Ok(())
    }
}

/// The nodes of a tree, read from kept tiles, or from the records where no tile is kept yet.
struct Tiles<'s, S: ?Sized> {
    store: &'s S,
    algorithm: Algorithm,
    size: u64,
    /// The tiles that were read.
    read: RefCell<HashMap<TileId, Arc<[Digest]>>>,
}

impl<S: Store + ?Sized> Tiles<'_, S> {
    fn is_full(&self, at: TileId) -> bool {
        at.index < TileId::full(at.level, self.size)
    }

    /// As many hashes of a tile as the tree has.
    fn entries(&self, at: TileId) -> Result<Arc<[Digest]>, LogError> {
        if let Some(read) = self.read.borrow().get(&at) {
            return Ok(Arc::clone(read));
        }
        let kept = if self.is_full(at) { self.store.tile(at)? } else { None };
        let hashes: Arc<[Digest]> = match kept {
            Some(bytes) => {
                let tile = Tile::from_bytes(at, self.algorithm, &bytes);
                tile.ok_or_else(|| StoreError::from(Damage::Index(format!("{} has not 256 hashes", at.path()))))?.hashes.into()
            }
            None => self.computed(at)?.into(),
        };
        self.read.borrow_mut().insert(at, Arc::clone(&hashes));
        Ok(hashes)
    }

    fn computed(&self, at: TileId) -> Result<Vec<Digest>, LogError> {
        let width = u64::try_from(Tile::WIDTH).unwrap_or(u64::MAX);
        let first = at.index.saturating_mul(width);
        let up = u32::from(at.level).saturating_mul(u32::from(Tile::HEIGHT));
        let count = self.size.checked_shr(up).unwrap_or(0).saturating_sub(first).min(width);
        if let Some(below) = at.level.checked_sub(1) {
            return (first..first.saturating_add(count)).map(|index| self.tile_root(TileId { level: below, index })).collect();
        }
        let limit = usize::try_from(count).unwrap_or(PAGE);
        let page = self.store.scan(Position::new(first), limit)?;
        let (due, found) = (first.saturating_add(count), page.last().map_or(first, |(position, _)| position.number()));
        if found != due || page.len() != limit {
            return Err(LogError::CutOff { due, found });
        }
        Ok(page.iter().map(|(_, record)| tree::leaf(self.algorithm, record.bytes())).collect::<Result<_, _>>()?)
    }

    /// The node over all of a full tile.
    fn tile_root(&self, at: TileId) -> Result<Digest, LogError> {
        self.fold(&self.entries(at)?)
    }

    /// The node over some hashes, as many as a power of two.
    fn fold(&self, hashes: &[Digest]) -> Result<Digest, LogError> {
        fold(hashes)?.ok_or(LogError::CutOff { due: self.size, found: 0 })
    }
}

impl<S: Store + ?Sized> Nodes for Tiles<'_, S> {
    type Error = LogError;

    fn node(&self, level: u8, index: u64) -> Result<Digest, LogError> {
        let (tile, up) = (level / Tile::HEIGHT, level % Tile::HEIGHT);
        let first = index << up;
        let at = TileId { level: tile, index: first >> Tile::HEIGHT };
        if tile == 0 || self.is_full(at) {
            let entries = self.entries(at)?;
            let from = usize::try_from(first & 0xff).unwrap_or(0);
            return self.fold(entries.get(from..from.saturating_add(1 << up)).unwrap_or_default());
        }
        // A tile that is not full yet is not kept: go down to those below that are.
        if up == 0 {
            return self.tile_root(TileId { level: tile.saturating_sub(1), index });
        }
        let (below, left) = (level.saturating_sub(1), index << 1);
        Ok(tree::parent(self.node(below, left)?, self.node(below, left | 1)?)?)
    }
}
