//! A copy of the ledger, taken while others write.
//!
//! By SQLite's own page copier in one step, not by `VACUUM INTO`: one step is one snapshot, writers go on meanwhile, and what is copied
//! are the pages as they are. `VACUUM` writes every row and index anew: it costs more, and a damaged index would be healed in the copy
//! and stay unnoticed in the ledger.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::SqliteStore;
use crate::store::{InvalidStore, StoreError, Unavailable, Verified, verify};

/// Every page in one step.
const ALL: i32 = -1;
/// What SQLite puts beside a file while it is in use.
const SIBLINGS: [&str; 3] = ["-journal", "-wal", "-shm"];

impl SqliteStore {
    /// Copies the ledger as it is now to a new file, and verifies the copy from the first record to the last.
    ///
    /// Others can append meanwhile; what they append after the call began may or may not be in the copy. When this returns, the copy
    /// is on the disk. Until then the file is empty or whole, never something between. Of a ledger inside a database of yours, the
    /// whole database is copied.
    ///
    /// An old copy that is put back in place verifies too. What shows its age is a checkpoint kept elsewhere: before you go on with a
    /// copy, give that note to [`Log::keep`](crate::store::Log::keep), which refuses what is older or other than the note.
    ///
    /// ```
    /// use sanzi::store::{Position, SqliteStore};
    /// use sanzi::value::OrgId;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let at = |name: &str| folder.path().join(name);
    /// let store = SqliteStore::create(at("ledger.sqlite"), OrgId::new("dongtang")?)?;
    /// let copied = store.backup(at("2018-03-05.sqlite"))?;
    /// assert_eq!(copied.records, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidStore::Exists`] where the path is taken, or that of a log beside it: nothing is overwritten. [`StoreError::Corrupt`] where the ledger is damaged;
    /// no copy is left then. [`StoreError::Unavailable`] where the disk is full, or fails.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<Verified, StoreError> {
        let to = to.as_ref();
        let beside = SIBLINGS.map(|end| beside(to, end));
        let file = File::create_new(to).map_err(|error| refused(to, &error))?;
        if let Some(left) = beside.iter().find(|path| path.exists()) {
            // Of another file that had this name: SQLite would take it for ours.
            let _ = std::fs::remove_file(to);
            return Err(InvalidStore::Exists(left.clone()).into());
        }
        let copied = self.copied_to(to, &file);
        if copied.is_err() {
            // What is left is no ledger, and opening it says so: that it cannot be removed does not matter more than the error.
            beside.iter().map(PathBuf::as_path).chain([to]).for_each(|path| {
                let _ = std::fs::remove_file(path);
            });
        }
        copied
    }

    fn copied_to(&self, to: &Path, file: &File) -> Result<Verified, StoreError> {
        self.reading(|conn| copy(conn, to))?;
        let verified = {
            let copy = SqliteStore::opened(to, self.org, self.ours)?;
            verify(&copy)?
        };
        // Opening it has made no change that is not in the file: who closes last leaves no log.
        file.sync_all().map_err(|error| failed(&error))?;
        sync_folder(to)?;
        Ok(verified)
    }
}

fn copy(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let mut to = Connection::open(to)?;
    match Backup::new(from, &mut to)?.step(ALL)? {
        StepResult::Done => Ok(()),
        _ => Err(Unavailable::Busy.into()),
    }
}

/// The name of a new file is in its folder, which is written on its own.
fn sync_folder(of: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn refused(path: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => InvalidStore::Exists(path.to_owned()).into(),
        std::io::ErrorKind::StorageFull => Unavailable::DiskFull.into(),
        _ => InvalidStore::Missing { path: path.to_owned(), cause: error.to_string() }.into(),
    }
}

fn failed(error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Unavailable::DiskFull.into(),
        _ => Unavailable::System(error.to_string()).into(),
    }
}
