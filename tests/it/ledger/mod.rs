//! Bytes and proofs: records, the tree, notes, checkpoints, witnesses. What others implement too is compared with theirs.

mod book;
pub mod note;
mod outside;
mod record;
mod short;
mod tree;
mod witness;

use chrono::{DateTime, Utc};
use sanzi::ledger::tree::{Nodes, leaf, parent};
use sanzi::ledger::{Checkpoint, Head, KeyName, Note, ProofError, Scheme, SecretKey, Signer, Trust, Use};
use sanzi::value::{Algorithm, Digest};

/// All nodes of a tree over leaves `0`, `1`, …, kept level by level.
pub struct Kept(pub Vec<Vec<Digest>>);

impl Kept {
    pub fn over(leaves: impl IntoIterator<Item = Vec<u8>>) -> Kept {
        let mut levels = vec![leaves.into_iter().map(|bytes| leaf(Algorithm::Sha256, &bytes).unwrap()).collect::<Vec<_>>()];
        while levels.last().unwrap().len() > 1 {
            let below = levels.last().unwrap();
            levels.push(below.chunks_exact(2).map(|pair| parent(pair[0], pair[1]).unwrap()).collect());
        }
        Kept(levels)
    }

    /// `size` records, each one its number in decimal.
    pub fn of(size: u64) -> Kept {
        Kept::over((0..size).map(|n| n.to_string().into_bytes()))
    }

    pub fn head(&self, size: u64) -> Head {
        let root =
            if size == 0 { sanzi::ledger::tree::empty(Algorithm::Sha256).unwrap() } else { sanzi::ledger::tree::root(self, size).unwrap() };
        Head { size, root }
    }

    pub fn checkpoint(&self, size: u64, log: &SecretKey) -> Note {
        Checkpoint { origin: log.public().name().clone(), head: self.head(size) }.sign(log).unwrap()
    }
}

impl Nodes for Kept {
    type Error = ProofError;

    fn node(&self, level: u8, index: u64) -> Result<Digest, ProofError> {
        Ok(self.0[level as usize][index as usize])
    }
}

pub fn now() -> DateTime<Utc> {
    "2026-03-02T09:00:00+08:00".parse().unwrap()
}

/// A key that is the same in every run.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(KeyName::new(name).unwrap(), Scheme::Ed25519, *Digest::of_bytes(name.as_bytes()).as_bytes()).unwrap()
}

pub fn log_key() -> SecretKey {
    key("dongtang.example/sanzi")
}

/// The log's key, three witnesses, and "the village's supervisors, and one from outside".
pub fn trust() -> Trust {
    let mut file = format!("# 东塱\nlog {}\n\n", log_key().public().vkey(Use::Sign));
    for name in ["supervisors", "street", "district"] {
        let key = key(&format!("{name}.example"));
        file += &format!("witness {name} {}\n", key.public().vkey(Use::Cosign));
    }
    file += "group outside any street district\ngroup both all supervisors outside\nquorum both\n";
    file.parse().unwrap()
}
