//! No space left: where the tables are, and where the write-ahead log is.
//!
//! The small disk is a tmpfs of the test's own, so these two need the right to mount, which root has.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sanzi::ledger::Tip;
use sanzi::store::postgres::{Order, Settings};
use sanzi::store::{Answer, PostgresStore, Receipt, Store, StoreError, Unavailable, verify};

use super::super::{batch, case, key};
use super::deadlines::{settle, until};
use super::server::Server;

const FULL: StoreError = StoreError::Unavailable(Unavailable::DiskFull);

/// A disk of a few megabytes, taken away at the end.
struct SmallDisk {
    place: PathBuf,
}

impl SmallDisk {
    fn mounted(server: &Server, megabytes: u32) -> SmallDisk {
        use std::os::unix::fs::MetadataExt;
        let owner = std::fs::metadata(server.data()).unwrap();
        let place = server.data().with_file_name("small");
        std::fs::create_dir(&place).unwrap();
        let options = format!("size={megabytes}m,mode=700,uid={},gid={}", owner.uid(), owner.gid());
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&place).output().unwrap();
        assert!(output.status.success(), "a small disk cannot be mounted: run this test as root, or with CAP_SYS_ADMIN\n{output:?}");
        SmallDisk { place }
    }

    /// Takes all the space that is left.
    fn fill(&self) {
        let mut filler = File::create(self.place.join("filler")).unwrap();
        let mut size = 1 << 20;
        while size > 0 {
            if filler.write_all(&vec![1; size]).is_err() {
                size /= 2;
            }
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.place.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}

/// Everything acknowledged is there as it was told, and nothing else but what is allowed for.
fn whole(store: &PostgresStore, told: &[Receipt]) {
    for (n, receipt) in (0..).zip(told) {
        assert_eq!(store.recall(key(n)).unwrap(), Some(Receipt { repeated: true, ..*receipt }), "append {n} was lost");
        assert_eq!(store.read(case(n)).unwrap().len(), 20);
    }
    assert_eq!(verify(store).unwrap().records, 20 * told.len() as u64);
}

fn sent(n: u64) -> sanzi::store::Append {
    batch(case(n), Tip::START, key(n), 20)
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let server: &'static Server = Box::leak(Box::new(Server::start(&["autovacuum = off"]).prepared()));
    let disk = SmallDisk::mounted(server, 32);
    let mut admin = server.superuser("postgres");
    admin.batch_execute(&format!("CREATE TABLESPACE small LOCATION '{}'", disk.place.display())).unwrap();
    let place = server.place(Order::Free);
    until("its tables are on the small disk", || {
        admin.batch_execute(&format!("ALTER DATABASE {} SET TABLESPACE small", place.database)).is_ok()
    });
    let store = place.with(Settings { connections: 2, deadline: Duration::from_secs(30) });
    let mut told = Vec::new();
    let append = |n: u64| match store.append(&sent(n)) {
        Ok(Answer::Appended(receipt)) => Ok(receipt),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    (0..5).for_each(|n| told.push(append(n).unwrap()));
    disk.fill();
    let refused = loop {
        match append(told.len() as u64) {
            Ok(receipt) => told.push(receipt),
            Err(error) => break error,
        }
    };
    assert_eq!(refused, FULL, "SQLSTATE 53100");
    let before = told.len();
    whole(&store, &told);
    assert_eq!(append(told.len() as u64), Err(FULL), "and again, as long as it is so");
    assert_eq!(store.recall(key(told.len() as u64)), Ok(None));
    disk.make_room();
    for n in told.len() as u64..told.len() as u64 + 5 {
        told.push(append(n).unwrap());
    }
    whole(&store, &told);
    println!("disk full after {before} appends: refused as such, none lost, {} after room was made", told.len());
    drop((store, place, admin));
    // The disk belongs to the server as long as it runs.
    server.stop();
    drop(disk);
}

/// The server cannot write its log: it stops at once rather than confirm what is not durable.
#[test]
fn a_full_log_disk_stops_the_server_and_loses_nothing() {
    let server: &'static Server = Box::leak(Box::new(Server::start(&["autovacuum = off"]).prepared()));
    let disk = SmallDisk::mounted(server, 160);
    let place = server.place(Order::Free);
    let data = server.data();
    server.stop();
    moved(&data.join("pg_wal"), &disk.place.join("pg_wal"));
    server.crash_and_restart();
    let store = place.with(Settings { connections: 2, deadline: Duration::from_secs(30) });
    let mut told: Vec<Receipt> = (0..5).map(|n| settle(&store, &sent(n))).collect();
    let mut admin = server.superuser("postgres");
    disk.fill();
    let answer = loop {
        // Goes on to the next file of the log, which has to be made.
        let _ = admin.batch_execute("SELECT pg_switch_wal()");
        match store.append(&sent(told.len() as u64)) {
            Ok(Answer::Appended(receipt)) => told.push(receipt),
            other => break other,
        }
    };
    let open = Ok(Answer::Indeterminate { key: key(told.len() as u64) });
    assert!(answer == open || matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    let before = told.len();
    let log = std::fs::read_to_string(data.with_file_name("server.log")).unwrap();
    assert!(log.contains("PANIC") && log.contains("No space left on device"), "{log}");
    disk.make_room();
    server.crash_and_restart();
    // Whether the one that got no answer is there, its key says; it is appended once.
    (before as u64..before as u64 + 5).for_each(|n| told.push(Receipt { repeated: false, ..settle(&store, &sent(n)) }));
    whole(&store, &told);
    println!("log disk full after {before} appends: {answer:?}; none lost, {} after room was made", told.len());
    drop((store, place, admin));
    server.stop();
    drop(disk);
}

fn moved(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
    std::fs::remove_dir_all(from).unwrap();
    std::os::unix::fs::symlink(to, from).unwrap();
}
