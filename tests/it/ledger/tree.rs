//! The tree: the published vectors, another implementation on every small tree, and every change refused.

use proptest::prelude::*;
use sanzi::ledger::tree::{Frontier, Nodes, leaf};
use sanzi::ledger::{Growth, Head, Inclusion, ProofError};
use sanzi::value::{Algorithm, Digest};
use tlog_tiles::tlog;

use super::Kept;

/// The reference vectors of Certificate Transparency: eight leaves, and the root after each.
const LEAVES: [&str; 8] = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_published_roots_come_out() {
    let kept = Kept::over(LEAVES.map(bytes));
    let mut frontier = Frontier::new(Algorithm::Sha256);
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(frontier.head().unwrap(), Head { size: 0, root: empty.parse().unwrap() });
    for (size, (hex, root)) in (1..).zip(LEAVES.iter().zip(ROOTS)) {
        let due = Head { size, root: format!("sha256:{root}").parse().unwrap() };
        frontier.push(leaf(Algorithm::Sha256, &bytes(hex)).unwrap()).unwrap();
        assert_eq!((kept.head(size), frontier.head().unwrap()), (due, due));
    }
}

/// The example of RFC 6962, 2.1.3: seven leaves, their nodes named as there.
#[test]
fn the_proofs_of_the_rfc_come_out() {
    let kept = Kept::of(7);
    let node = |level, index| kept.node(level, index).unwrap();
    let [a, b, c, d, e, f, j] = [0, 1, 2, 3, 4, 5, 6].map(|n| node(0, n));
    let [g, h, i, k] = [node(1, 0), node(1, 1), node(1, 2), node(2, 0)];
    let l = kept.head(7).root;
    let upper = sanzi::ledger::tree::parent(i, j).unwrap();
    assert_eq!(sanzi::ledger::tree::parent(k, upper).unwrap(), l);
    let path = |index| Inclusion::prove(&kept, index, 7).unwrap().path;
    assert_eq!(path(0), [b, h, upper]);
    assert_eq!(path(3), [c, g, upper]);
    assert_eq!(path(4), [f, j, k]);
    assert_eq!(path(6), [i, k]);
    let growth = |old| Growth::prove(&kept, old, 7).unwrap().path;
    assert_eq!(growth(3), [c, d, g, upper]);
    assert_eq!(growth(4), [upper]);
    assert_eq!(growth(6), [i, j, k]);
    let _ = (a, e);
}

/// The same nodes for the other implementation.
struct Theirs<'a>(&'a Kept);

impl tlog::HashReader for Theirs<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        let at = |index: &u64| {
            let (level, n) = tlog::split_stored_hash_index(*index);
            tlog::Hash(*self.0.node(level, n).unwrap().as_bytes())
        };
        Ok(indexes.iter().map(at).collect())
    }
}

fn same(ours: &[Digest], theirs: &[tlog::Hash]) {
    assert_eq!(ours.iter().map(|hash| *hash.as_bytes()).collect::<Vec<_>>(), theirs.iter().map(|hash| hash.0).collect::<Vec<_>>());
}

#[test]
fn every_small_tree_is_that_of_another_implementation() {
    const MOST: u64 = 66;
    let kept = Kept::of(MOST);
    let mut inclusions = 0;
    for size in 1..=MOST {
        let head = kept.head(size);
        let root = tlog::tree_hash(size, &Theirs(&kept)).unwrap();
        same(&[head.root], &[root]);
        for index in 0..size {
            let proof = Inclusion::prove(&kept, index, size).unwrap();
            same(&proof.path, &tlog::prove_record(size, index, &Theirs(&kept)).unwrap());
            assert_eq!(proof.verify(kept.0[0][index as usize], head), Ok(()));
            inclusions += 1;
        }
        for old in 1..=size {
            let proof = Growth::prove(&kept, old, size).unwrap();
            same(&proof.path, &tlog::prove_tree(size, old, &Theirs(&kept)).unwrap());
            assert_eq!(proof.verify(kept.head(old), head), Ok(()));
        }
        assert_eq!(Growth::prove(&kept, 0, size).unwrap().verify(kept.head(0), head), Ok(()));
    }
    assert_eq!(inclusions, 2211);
}

#[test]
fn what_is_not_there_cannot_be_proven() {
    let kept = Kept::of(7);
    assert_eq!(Inclusion::prove(&kept, 7, 7), Err(ProofError::Outside { index: 7, size: 7 }));
    assert_eq!(Growth::prove(&kept, 7, 3), Err(ProofError::Shrunk { old: 7, new: 3 }));
    let proof = Inclusion { index: u64::MAX, path: Vec::new() };
    assert!(matches!(proof.verify(kept.0[0][0], kept.head(7)), Err(ProofError::Outside { .. })));
    let endless = Inclusion { index: 0, path: vec![Digest::NONE; 1000] };
    let huge = Head { size: u64::MAX, root: Digest::NONE };
    assert_eq!(endless.verify(Digest::NONE, huge), Err(ProofError::Length { due: 64, found: 1000 }));
    let grown = Growth { path: vec![Digest::NONE; 1000] };
    assert!(matches!(grown.verify(Head { size: 1 << 62, root: Digest::NONE }, huge), Err(ProofError::Length { found: 1001, .. })));
}

proptest! {
    /// A proof that was changed, or that is given for another record, size or tree, does not hold.
    #[test]
    fn every_change_is_refused(size in 2..200_u64, index: prop::sample::Index, old: prop::sample::Index, at: prop::sample::Index,
        byte in 0..32_usize, bit in 0..8_u8, how in 0..6_u8)
    {
        let kept = Kept::of(size);
        let head = kept.head(size);
        let index = index.index(size as usize) as u64;
        let own = kept.0[0][index as usize];
        let mut proof = Inclusion::prove(&kept, index, size).unwrap();
        let old = 1 + old.index(size as usize - 1) as u64;
        let mut growth = Growth::prove(&kept, old, size).unwrap();
        let (mut leaf, mut tree, mut before) = (own, head, kept.head(old));
        let flip = |hash: &mut Digest| {
            let mut bytes = *hash.as_bytes();
            bytes[byte] ^= 1 << bit;
            *hash = Digest::from_bytes(bytes);
        };
        match how {
            0 => { flip(&mut leaf); flip(&mut before.root); }
            1 => flip(&mut tree.root),
            2 => { let n = at.index(proof.path.len()); flip(&mut proof.path[n]); let n = at.index(growth.path.len()); flip(&mut growth.path[n]); }
            3 => { proof.path.push(own); growth.path.push(own); }
            4 => { proof.path.pop(); growth.path.pop(); }
            _ => { proof.index = (index + 1) % size; before.size = if old > 1 { old - 1 } else { size }; }
        }
        prop_assert!(proof.verify(leaf, tree).is_err());
        prop_assert!(growth.verify(before, tree).is_err());
    }

    #[test]
    fn a_frontier_has_the_same_root(size in 1..1000_u64) {
        let kept = Kept::of(size);
        let mut frontier = Frontier::new(Algorithm::Sha256);
        for hash in &kept.0[0] {
            frontier.push(*hash).unwrap();
        }
        prop_assert_eq!(frontier.head().unwrap(), kept.head(size));
    }
}
