//! Where a ledger is kept: one narrow trait, a store in memory, one in an SQLite file, and one in PostgreSQL.
//!
//! A store knows no rule. It keeps records of one organisation in one order, all of a batch or none, and it refuses
//! what would break the chain: another version than the one expected, a key used twice, an asset that is taken.
//! What it has acknowledged is durable, and what it reads back is checked, hash by hash.
//!
//! ```
//! use sanzi::ledger::Record;
//! use sanzi::store::{Answer, Append, Claim, MemoryStore, Store};
//! use sanzi::value::{AssetId, CaseId, Digest, OrgId};
//!
//! let org = OrgId::new("dongtang")?;
//! let store = MemoryStore::new(org);
//! let case = CaseId::random();
//! let opened = Record::seal(org, case, 1, Digest::NONE, &"opened")?;
//!
//! let batch = Append::new(case, 0, uuid::Uuid::new_v4(), Digest::of_bytes(b"the command"), vec![opened])
//!     .with(Claim::Take(AssetId::new("DT-007")?));
//! let Answer::Appended(receipt) = store.append(&batch)? else { panic!("a new case conflicts with nothing") };
//! assert_eq!((receipt.version, receipt.repeated), (1, false));
//! assert_eq!(store.read(case)?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod append;
mod error;
mod log;
mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod verify;

use crate::ledger::{Note, Record, Tile, TileId};
use crate::value::{AssetId, CaseId, OrgId};
use uuid::Uuid;

pub use append::{Answer, Append, BatchFlaw, Claim, Position, Receipt, Refusal};
pub use error::{Damage, InvalidStore, StoreError, Unavailable};
pub use log::{Log, LogError};
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use verify::{Verified, verify};

/// One organisation's ledger, kept somewhere.
///
/// Every method can be called from many threads at once, and blocks until it has its answer. Stores share the suite of
/// tests, not the code.
pub trait Store: Send + Sync {
    /// Whose ledger it is.
    fn org(&self) -> OrgId;

    /// Appends all records of a batch, or none. [`Answer::Appended`] means durable.
    ///
    /// The same key and request again give the same receipt, with [`Receipt::repeated`] set, however many records came
    /// later. That resolves [`Answer::Indeterminate`] too; a store never tries again by itself.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was appended.
    fn append(&self, batch: &Append) -> Result<Answer, StoreError>;

    /// All records of a case, in order and with their chain checked. Empty for a case that the store does not know.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] names the first record that is not the one that was appended.
    fn read(&self, case: CaseId) -> Result<Vec<Record>, StoreError>;

    /// What became of an append with this key: its receipt if it was appended, `None` if it was not and never will be
    /// (unless it is sent again).
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Unavailable`] where the store cannot tell yet.
    fn recall(&self, key: Uuid) -> Result<Option<Receipt>, StoreError>;

    /// Up to `limit` records after a position, in order of position; from [`Position::START`] it is the whole ledger.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] names the first record that is damaged or missing. Chains are not checked here:
    /// [`verify`] does.
    fn scan(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError>;

    /// The cases of one kind, in the order in which they were opened.
    ///
    /// # Errors
    /// [`StoreError`].
    fn cases(&self, which: Cases) -> Result<Vec<CaseId>, StoreError>;

    /// The position of the last record, [`Position::START`] where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    fn last(&self) -> Result<Position, StoreError>;

    /// Where a case's record stands in the ledger.
    ///
    /// # Errors
    /// [`StoreError`].
    fn position_of(&self, case: CaseId, version: u64) -> Result<Option<Position>, StoreError>;

    /// A full tile of the tree over the records, 256 hashes of 32 bytes, if it was kept. [`Log`] is for you; this is for it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn tile(&self, at: TileId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps full tiles, for good. One that is there already is left as it is.
    ///
    /// # Errors
    /// [`StoreError`]; then none of them was kept.
    fn keep_tiles(&self, tiles: &[Tile]) -> Result<(), StoreError>;

    /// Kept checkpoints of `from` records or more, in order of their size: of each size the one kept last.
    ///
    /// # Errors
    /// [`StoreError`].
    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<Note>, StoreError>;

    /// The kept checkpoint of the most records.
    ///
    /// # Errors
    /// [`StoreError`].
    fn latest_checkpoint(&self) -> Result<Option<Note>, StoreError>;

    /// Keeps a checkpoint of `size` records. [`Log`] looks first whether it is one of this ledger.
    ///
    /// # Errors
    /// [`StoreError`]; then it was not kept.
    fn keep_checkpoint(&self, size: u64, note: &Note) -> Result<(), StoreError>;

    /// Checks what records alone do not show: that keys and claims belong to them, and that the file is in order.
    /// Reads everything. [`verify`] calls this after the records.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] names the first thing that is wrong.
    fn check(&self) -> Result<(), StoreError>;
}

/// Which cases [`Store::cases`] lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cases {
    /// Every case.
    All,
    /// Those that hold an asset now.
    Live,
    /// Those that hold or ever held this asset.
    OnAsset(AssetId),
}

macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<S: Store + ?Sized> Store for $pointer {
            fn org(&self) -> OrgId {
                (**self).org()
            }
            fn append(&self, batch: &Append) -> Result<Answer, StoreError> {
                (**self).append(batch)
            }
            fn read(&self, case: CaseId) -> Result<Vec<Record>, StoreError> {
                (**self).read(case)
            }
            fn recall(&self, key: Uuid) -> Result<Option<Receipt>, StoreError> {
                (**self).recall(key)
            }
            fn scan(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError> {
                (**self).scan(after, limit)
            }
            fn cases(&self, which: Cases) -> Result<Vec<CaseId>, StoreError> {
                (**self).cases(which)
            }
            fn last(&self) -> Result<Position, StoreError> {
                (**self).last()
            }
            fn position_of(&self, case: CaseId, version: u64) -> Result<Option<Position>, StoreError> {
                (**self).position_of(case, version)
            }
            fn tile(&self, at: TileId) -> Result<Option<Vec<u8>>, StoreError> {
                (**self).tile(at)
            }
            fn keep_tiles(&self, tiles: &[Tile]) -> Result<(), StoreError> {
                (**self).keep_tiles(tiles)
            }
            fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<Note>, StoreError> {
                (**self).checkpoints(from, limit)
            }
            fn latest_checkpoint(&self) -> Result<Option<Note>, StoreError> {
                (**self).latest_checkpoint()
            }
            fn keep_checkpoint(&self, size: u64, note: &Note) -> Result<(), StoreError> {
                (**self).keep_checkpoint(size, note)
            }
            fn check(&self) -> Result<(), StoreError> {
                (**self).check()
            }
        }
    )*};
}

through!(&S, Box<S>, std::sync::Arc<S>);
