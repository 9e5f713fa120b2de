//! The tree of a large ledger: tiles over tiles, and what a checkpoint costs.

use std::sync::atomic::{AtomicU64, Ordering};

use sanzi::ledger::tree::{Frontier, leaf};
use sanzi::ledger::{KeyName, Note, Record, Scheme, SecretKey, Signer, Tile, TileId, Trust};
use sanzi::store::{Answer, Append, Cases, Log, MemoryStore, Position, Receipt, Store, StoreError};
use sanzi::value::{Algorithm, CaseId, Digest, OrgId};
use uuid::Uuid;

use super::{case, org};

/// Counts what a log reads.
struct Counting {
    inner: MemoryStore,
    records: AtomicU64,
    tiles: AtomicU64,
}

impl Store for Counting {
    fn org(&self) -> OrgId {
        self.inner.org()
    }
    fn append(&self, batch: &Append) -> Result<Answer, StoreError> {
        self.inner.append(batch)
    }
    fn read(&self, case: CaseId) -> Result<Vec<Record>, StoreError> {
        let records = self.inner.read(case)?;
        self.records.fetch_add(records.len() as u64, Ordering::Relaxed);
        Ok(records)
    }
    fn recall(&self, key: Uuid) -> Result<Option<Receipt>, StoreError> {
        self.inner.recall(key)
    }
    fn scan(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError> {
        let page = self.inner.scan(after, limit)?;
        self.records.fetch_add(page.len() as u64, Ordering::Relaxed);
        Ok(page)
    }
    fn cases(&self, which: Cases) -> Result<Vec<CaseId>, StoreError> {
        self.inner.cases(which)
    }
    fn last(&self) -> Result<Position, StoreError> {
        self.inner.last()
    }
    fn position_of(&self, case: CaseId, version: u64) -> Result<Option<Position>, StoreError> {
        self.inner.position_of(case, version)
    }
    fn tile(&self, at: TileId) -> Result<Option<Vec<u8>>, StoreError> {
        self.tiles.fetch_add(1, Ordering::Relaxed);
        self.inner.tile(at)
    }
    fn keep_tiles(&self, tiles: &[Tile]) -> Result<(), StoreError> {
        self.inner.keep_tiles(tiles)
    }
    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<Note>, StoreError> {
        self.inner.checkpoints(from, limit)
    }
    fn latest_checkpoint(&self) -> Result<Option<Note>, StoreError> {
        self.inner.latest_checkpoint()
    }
    fn keep_checkpoint(&self, size: u64, note: &Note) -> Result<(), StoreError> {
        self.inner.keep_checkpoint(size, note)
    }
    fn check(&self) -> Result<(), StoreError> {
        self.inner.check()
    }
}

impl Counting {
    /// What `work` read: records, and tiles.
    fn read_by(&self, work: impl FnOnce()) -> (u64, u64) {
        let before = (self.records.load(Ordering::Relaxed), self.tiles.load(Ordering::Relaxed));
        work();
        (self.records.load(Ordering::Relaxed) - before.0, self.tiles.load(Ordering::Relaxed) - before.1)
    }

    /// A thousand records in a case of their own.
    fn grow(&self, n: u64, frontier: &mut Frontier) {
        let mut records: Vec<Record> = Vec::new();
        for number in 0..1000_u64 {
            let next = match records.last() {
                Some(last) => last.next(&number),
                None => Record::seal(org(), case(n), 1, Digest::NONE, &number),
            };
            records.push(next.unwrap());
        }
        for record in &records {
            frontier.push(leaf(Algorithm::Sha256, record.bytes()).unwrap()).unwrap();
        }
        let batch = Append::new(case(n), 0, Uuid::from_u128(n.into()), Digest::NONE, records);
        assert!(matches!(self.inner.append(&batch).unwrap(), Answer::Appended(_)));
    }
}

#[test]
fn tiles_over_tiles_and_no_need_to_read_everything() {
    let store = Counting { inner: MemoryStore::new(org()), records: AtomicU64::new(0), tiles: AtomicU64::new(0) };
    let signer = SecretKey::from_seed(KeyName::new("dongtang.example/sanzi").unwrap(), Scheme::Ed25519, [5; 32]).unwrap();
    let trust = Trust::log_only(signer.public().clone());
    let log = Log::new(&store, signer.public().name().clone());
    let mut frontier = Frontier::new(Algorithm::Sha256);
    let mut note = log.seal(&signer, None).unwrap();
    for n in 0..67 {
        store.grow(n, &mut frontier);
        let (records, _) = store.read_by(|| note = log.seal(&signer, Some(&note)).unwrap());
        assert!(records <= 5 * 1000, "sealing a thousand new records reads them a few times over, at any size: {records}");
        assert_eq!(log.head().unwrap(), frontier.head().unwrap(), "at {}", frontier.size());
    }
    assert!(store.tile(TileId { level: 1, index: 0 }).unwrap().is_some(), "a tile over 256 tiles");
    assert!(store.tile(TileId { level: 1, index: 1 }).unwrap().is_none());
    let size = frontier.size();
    for index in [0, 255, 256, 40_000, 65_535, 65_536, size - 1] {
        let position = Position::new(index + 1);
        let (records, tiles) = store.read_by(|| drop(log.prove(position, &note).unwrap()));
        assert!(records <= 1024 && tiles <= 30, "a proof reads {records} records and {tiles} tiles");
        let (_, record) = store.inner.scan(Position::new(index), 1).unwrap().remove(0);
        log.prove(position, &note).unwrap().verify(&record, &trust, chrono::DateTime::UNIX_EPOCH).unwrap();
    }
    for old in [1, 1000, 65_536, 65_537, 66_999] {
        log.growth(old, size).unwrap().verify(log.head_at(old).unwrap(), frontier.head().unwrap()).unwrap();
    }
}
