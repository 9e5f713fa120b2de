//! Tiles: the tree's hashes in pieces of 256, as they are kept and as a public web server hands them out (C2SP tlog-tiles).

use super::tree::parent;
use crate::value::{Algorithm, Digest, DigestError};

/// 256 hashes that stand side by side in one level of the tree. A full tile never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Where it belongs.
    pub at: TileId,
    /// Its hashes, from the left.
    pub hashes: Vec<Digest>,
}

/// A tile's place: tile level `level` has the tree's level `8 * level`; tiles are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// The tile level, 0 for the leaves.
    pub level: u8,
    /// Its number in the level.
    pub index: u64,
}

impl Tile {
    /// Hashes in a full tile.
    pub const WIDTH: usize = 256;
    /// Levels of the tree from one tile level to the next.
    pub const HEIGHT: u8 = 8;

    /// The hashes one after the other, 32 bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    /// The node over all of it.
    ///
    /// # Errors
    /// [`DigestError::NotBuilt`] where this build does not have the algorithm.
    pub fn root(&self) -> Result<Digest, DigestError> {
        fold(&self.hashes).map(|root| root.unwrap_or(Digest::NONE))
    }

    /// Reads the bytes of a full tile; `None` where their number is wrong.
    pub fn from_bytes(at: TileId, algorithm: Algorithm, bytes: &[u8]) -> Option<Tile> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        let whole = hashes.len() == Tile::WIDTH && rest.is_empty();
        whole.then(|| Tile { at, hashes: hashes.iter().map(|bytes| Digest::new(algorithm, *bytes)).collect() })
    }
}

impl TileId {
    /// The path of a full tile on a web server, by C2SP tlog-tiles: `tile/0/x001/234`.
    pub fn path(self) -> String {
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        format!("tile/{}/{}", self.level, groups.join("/"))
    }

    /// How many full tiles the level has in a tree of `size` records.
    pub fn full(level: u8, size: u64) -> u64 {
        let up = u32::from(level).saturating_add(1).saturating_mul(u32::from(Tile::HEIGHT));
        size.checked_shr(up).unwrap_or(0)
    }
}

/// The node over some neighbours, as many as a power of two.
pub(crate) fn fold(hashes: &[Digest]) -> Result<Option<Digest>, DigestError> {
    let mut hashes = hashes.to_vec();
    while hashes.len() > 1 {
        hashes = hashes.as_chunks::<2>().0.iter().map(|[left, right]| parent(*left, *right)).collect::<Result<_, _>>()?;
    }
    Ok(hashes.first().copied())
}
