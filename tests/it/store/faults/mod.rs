//! What only a file can suffer: killed writers, a full disk, damage, other programs, and other people's hands.

mod child;
mod damage;
mod files;
mod killed;

use std::path::{Path, PathBuf};

use sanzi::store::SqliteStore;

use super::org;

/// A ledger in a folder of its own, which is removed with it.
pub fn fresh() -> (tempfile::TempDir, PathBuf, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let store = SqliteStore::create(&path, org()).unwrap();
    (folder, path, store)
}

/// The write-ahead log beside a ledger.
pub fn wal(path: &Path) -> PathBuf {
    path.with_extension("sqlite-wal")
}

/// A small generator, so that a failing round can be run again by its number.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit.max(1)
    }
}
