//! A disk that loses its power: what was synced is there, and of the rest any part.
//!
//! A write that was not synced can be there or not, sector by sector; so can a file's new length, its name, and its removal. Whatever
//! a process has mapped into its memory (SQLite's `-shm`) is no part of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ledger::Random;
use super::trace::Done;

/// The smallest part of a disk that is written whole.
const SECTOR: u64 = 512;

#[derive(Clone, Debug)]
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Truncate(u64),
}

/// A file's content, with or without a name.
#[derive(Clone, Debug, Default)]
struct Inode {
    safe: Vec<u8>,
    unsafe_yet: Vec<Change>,
}

#[derive(Clone, Debug, Default)]
pub struct Disk {
    inodes: Vec<Inode>,
    /// The names as they are now.
    names: BTreeMap<PathBuf, usize>,
    /// The names that are on the disk, and what was done to them since.
    safe_names: BTreeMap<PathBuf, usize>,
    renamed: Vec<(PathBuf, Option<usize>)>,
}

/// How much of what was not synced is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    Nothing,
    Everything,
    /// Each sector, length and name by chance.
    Some,
    /// In order up to a point, and of the write there the first sectors only.
    Torn,
}

impl Disk {
    /// Everything in a folder as it is now, safe on the disk.
    pub fn of(folder: &Path) -> Disk {
        let mut disk = Disk::default();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            disk.names.insert(path.clone(), disk.inodes.len());
            disk.inodes.push(Inode { safe: std::fs::read(&path).unwrap(), unsafe_yet: Vec::new() });
        }
        disk.safe_names = disk.names.clone();
        disk
    }

    pub fn follow(&mut self, done: &Done) {
        match done {
            Done::Create(path) => {
                if !self.names.contains_key(path) {
                    self.names.insert(path.clone(), self.inodes.len());
                    self.renamed.push((path.clone(), Some(self.inodes.len())));
                    self.inodes.push(Inode::default());
                }
            }
            Done::Remove(path) => {
                self.names.remove(path).unwrap();
                self.renamed.push((path.clone(), None));
            }
            Done::Write { file, at, bytes } => self.change(file, Change::Write { at: *at, bytes: bytes.clone() }),
            Done::Truncate { file, to } => self.change(file, Change::Truncate(*to)),
            Done::Sync(path) => match self.names.get(path) {
                Some(inode) => {
                    let inode = &mut self.inodes[*inode];
                    for change in std::mem::take(&mut inode.unsafe_yet) {
                        apply(&mut inode.safe, &change);
                    }
                }
                // A folder.
                None => {
                    for (name, inode) in std::mem::take(&mut self.renamed) {
                        rename(&mut self.safe_names, &name, inode);
                    }
                }
            },
            Done::Say(_) => {}
        }
    }

    fn change(&mut self, file: &Path, change: Change) {
        self.inodes[self.names[file]].unsafe_yet.push(change);
    }

    /// How much is not safe yet.
    pub fn at_risk(&self) -> usize {
        self.inodes.iter().map(|inode| inode.unsafe_yet.len()).sum::<usize>() + self.renamed.len()
    }

    /// The files as they are found when the power is back.
    pub fn cut(&self, luck: Luck, random: &mut Random) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut names = self.safe_names.clone();
        let kept = random.below(self.renamed.len() as u64 + 1);
        for (at, (name, inode)) in self.renamed.iter().enumerate() {
            let there = match luck {
                Luck::Nothing => false,
                Luck::Everything => true,
                Luck::Some => random.below(2) == 0,
                Luck::Torn => (at as u64) < kept,
            };
            if there {
                rename(&mut names, name, *inode);
            }
        }
        names.into_iter().map(|(name, inode)| (name, self.inodes[inode].cut(luck, random))).collect()
    }
}

impl Inode {
    fn cut(&self, luck: Luck, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.safe.clone();
        let torn = random.below(self.unsafe_yet.len() as u64 + 1) as usize;
        for (at, change) in self.unsafe_yet.iter().enumerate() {
            match luck {
                Luck::Nothing => {}
                Luck::Everything => apply(&mut bytes, change),
                Luck::Some => apply_some(&mut bytes, change, &mut |_| random.below(2) == 0),
                Luck::Torn if at < torn => apply(&mut bytes, change),
                Luck::Torn if at == torn => {
                    let sectors = random.below(9);
                    apply_some(&mut bytes, change, &mut |sector| sector < sectors);
                }
                Luck::Torn => {}
            }
        }
        bytes
    }
}

fn rename(names: &mut BTreeMap<PathBuf, usize>, name: &Path, inode: Option<usize>) {
    match inode {
        Some(inode) => names.insert(name.to_owned(), inode),
        None => names.remove(name),
    };
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    apply_some(bytes, change, &mut |_| true);
}

/// Applies those sectors of a write, counted from its first, that `there` accepts.
fn apply_some(bytes: &mut Vec<u8>, change: &Change, there: &mut dyn FnMut(u64) -> bool) {
    match change {
        Change::Truncate(to) => {
            if there(0) {
                bytes.resize(usize::try_from(*to).unwrap(), 0);
            }
        }
        Change::Write { at, bytes: written } => {
            let (mut from, end, mut sector) = (*at, *at + written.len() as u64, 0);
            while from < end {
                let to = ((from / SECTOR + 1) * SECTOR).min(end);
                if there(sector) {
                    let (low, high) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
                    if bytes.len() < high {
                        bytes.resize(high, 0);
                    }
                    let begin = usize::try_from(*at).unwrap();
                    bytes[low..high].copy_from_slice(&written[low - begin..high - begin]);
                }
                (from, sector) = (to, sector + 1);
            }
        }
    }
}

/// The disk itself: synced is there; not synced is there, or not, or in part.
#[test]
fn what_is_synced_survives_and_the_rest_may_not() {
    let file = PathBuf::from("/d/file");
    let write = |at, byte, count| Done::Write { file: file.clone(), at, bytes: vec![byte; count] };
    let mut disk = Disk::default();
    for done in [Done::Create(file.clone()), write(0, 1, 1_024), Done::Sync(file.clone())] {
        disk.follow(&done);
    }
    let random = &mut Random(1);
    assert!(disk.cut(Luck::Nothing, random).is_empty(), "the name was not synced");
    disk.follow(&Done::Sync("/d".into()));
    disk.follow(&write(256, 2, 1_024));
    let content = |luck, random: &mut Random| disk.cut(luck, random)[&file].clone();
    assert_eq!(content(Luck::Nothing, random), vec![1; 1_024]);
    assert_eq!(content(Luck::Everything, random), [vec![1; 256], vec![2; 1_024]].concat());
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let found = content(Luck::Some, random);
        let sectors = [found[256], found[512], found.get(1_024).copied().unwrap_or(0)];
        assert!(found[..256] == [1; 256] && found.len() >= 1_024);
        seen.insert(sectors);
    }
    assert_eq!(seen.len(), 8, "each of the three sectors alone: {seen:?}");
    disk.follow(&Done::Remove(file.clone()));
    assert!(disk.cut(Luck::Nothing, random).contains_key(&file) && !disk.cut(Luck::Everything, random).contains_key(&file));
}
