//! A ledger that this user may not write, or not even read: the refusal says which.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use sanzi::ledger::Tip;
use sanzi::store::{Answer, InvalidStore, SqliteStore, Store, StoreError, Unavailable};

use super::child::{say, spawn};
use super::ledger::{batch, case, fresh, open, org};

/// What the child was told, as a number.
fn code(error: &StoreError) -> u64 {
    match error {
        StoreError::Invalid(InvalidStore::ReadOnly) => 1,
        StoreError::Invalid(InvalidStore::Missing { .. }) => 2,
        StoreError::Unavailable(Unavailable::System(_)) => 3,
        _ => 4,
    }
}

/// A child without rights: opens the ledger, and appends.
pub fn knock(path: &str) {
    let appended = SqliteStore::open(path, org()).and_then(|store| store.append(&batch(case(1), Tip::START, 2)));
    match appended {
        Ok(Answer::Appended(_)) => say("appended", &[]),
        Ok(other) => panic!("{other:?}"),
        Err(error) => {
            eprintln!("{error}");
            say("refused", &[code(&error)]);
        }
    }
}

/// Who may do everything (a superuser) sends somebody who may not; anyone else goes in person.
#[test]
fn who_may_not_write_is_told_so() {
    let (folder, path) = fresh();
    let superuser = std::fs::metadata("/proc/self").map_or(true, |own| own.uid() == 0);
    let before: &[&str] = if superuser { &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] } else { &[] };
    let mode = |of: &std::path::Path, mode| std::fs::set_permissions(of, Permissions::from_mode(mode)).unwrap();
    let knocked = |file, place| {
        mode(&path, file);
        mode(folder.path(), place);
        let (lines, well) = spawn(before, &["denied", path.to_str().unwrap()]).end();
        mode(folder.path(), 0o755);
        assert!(well, "file {file:o} in folder {place:o}: it has failed; SANZI_FAULTS_STDERR=1 shows why");
        (lines[0].what.clone(), lines[0].numbers.clone())
    };
    let refused = |code| ("refused".to_owned(), vec![code]);
    assert_eq!(knocked(0o444, 0o777), refused(1), "a read-only file");
    assert_eq!(knocked(0o444, 0o555), refused(1), "in a read-only folder");
    assert_eq!(knocked(0o666, 0o555), refused(1), "a folder where no log can be made");
    assert_eq!(knocked(0o000, 0o777), refused(2), "a file that cannot be read");
    assert_eq!(open(&path).last().unwrap().number(), 0, "nothing was written");
    assert_eq!(knocked(0o666, 0o777), ("appended".to_owned(), vec![]), "and with the right to write it works");
}
