//! A ledger in memory: for tests, trials and tools. Gone when the program ends.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::{Answer, Append, Cases, Claim, Damage, Position, Receipt, Refusal, Store, StoreError};
use crate::ledger::{Note, Record, Tile, TileId, Tip, chain};
use crate::value::{AssetId, CaseId, OrgId};

/// A store that forgets. It answers as the durable ones do.
#[derive(Debug)]
pub struct MemoryStore {
    org: OrgId,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    log: Vec<Record>,
    cases: HashMap<CaseId, Vec<Record>>,
    opened: Vec<CaseId>,
    receipts: HashMap<Uuid, Receipt>,
    /// Every taking, in order; the flag says whether it was released.
    claims: Vec<(AssetId, CaseId, bool)>,
    tiles: HashMap<TileId, Vec<u8>>,
    checkpoints: BTreeMap<u64, Note>,
}

impl MemoryStore {
    /// An empty ledger.
    pub fn new(org: OrgId) -> MemoryStore {
        MemoryStore { org, kept: Mutex::default() }
    }

    /// No call leaves `Kept` half changed, so a thread that stopped while holding it did no harm.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn end(&self) -> Position {
        Position::new(u64::try_from(self.log.len()).unwrap_or(u64::MAX))
    }

    fn holder(&self, asset: AssetId) -> Option<CaseId> {
        self.claims.iter().find(|(taken, _, released)| *taken == asset && !released).map(|(_, case, _)| *case)
    }

    fn insert(&mut self, batch: &Append) -> Receipt {
        let held = self.cases.entry(batch.case).or_default();
        if held.is_empty() {
            self.opened.push(batch.case);
        }
        held.extend_from_slice(&batch.records);
        self.log.extend_from_slice(&batch.records);
        let position = self.end();
        match batch.claim {
            Claim::Take(asset) if self.holder(asset).is_none() => self.claims.push((asset, batch.case, false)),
            Claim::Release => {
                self.claims.iter_mut().filter(|(_, case, _)| *case == batch.case).for_each(|(_, _, released)| *released = true);
            }
            Claim::Take(_) | Claim::None => {}
        }
        let receipt = Receipt { case: batch.case, version: batch.version_after(), position, request: batch.request, repeated: false };
        self.receipts.insert(batch.key, receipt);
        receipt
    }
}

impl Store for MemoryStore {
    fn org(&self) -> OrgId {
        self.org
    }

    fn append(&self, batch: &Append) -> Result<Answer, StoreError> {
        if let Err(flaw) = batch.check(self.org) {
            return Ok(Answer::Refused(flaw.into()));
        }
        let mut kept = self.kept();
        if let Some(receipt) = kept.receipts.get(&batch.key) {
            return Ok(batch.again(*receipt));
        }
        let tip = kept.cases.get(&batch.case).and_then(|records| records.last()).map_or(Tip::START, Tip::of);
        if let Some(answer) = batch.meet(tip) {
            return Ok(answer);
        }
        if let Claim::Take(asset) = batch.claim
            && let Some(by) = kept.holder(asset).filter(|by| *by != batch.case)
        {
            return Ok(Answer::Refused(Refusal::AssetTaken { asset, by }));
        }
        Ok(Answer::Appended(kept.insert(batch)))
    }

    fn read(&self, case: CaseId) -> Result<Vec<Record>, StoreError> {
        let records = self.kept().cases.get(&case).cloned().unwrap_or_default();
        chain::verify(self.org, case, &records)?;
        Ok(records)
    }

    fn recall(&self, key: Uuid) -> Result<Option<Receipt>, StoreError> {
        Ok(self.kept().receipts.get(&key).map(|receipt| Receipt { repeated: true, ..*receipt }))
    }

    fn scan(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError> {
        let skip = usize::try_from(after.number()).unwrap_or(usize::MAX);
        let positions = (after.number().saturating_add(1)..).map(Position::new);
        Ok(positions.zip(self.kept().log.iter().skip(skip).take(limit).cloned()).collect())
    }

    fn cases(&self, which: Cases) -> Result<Vec<CaseId>, StoreError> {
        let kept = self.kept();
        let wanted = |case: &&CaseId| {
            let mut claims = kept.claims.iter().filter(|(_, by, _)| by == *case);
            match which {
                Cases::All => true,
                Cases::Live => claims.any(|(_, _, released)| !released),
                Cases::OnAsset(asset) => claims.any(|(taken, _, _)| *taken == asset),
            }
        };
        Ok(kept.opened.iter().filter(wanted).copied().collect())
    }

    fn last(&self) -> Result<Position, StoreError> {
        Ok(self.kept().end())
    }

    fn position_of(&self, case: CaseId, version: u64) -> Result<Option<Position>, StoreError> {
        let place = self.kept().log.iter().position(|record| (record.case(), record.version()) == (case, version));
        Ok(place.and_then(|place| u64::try_from(place).ok()).map(|place| Position::new(place).next()))
    }

    fn tile(&self, at: TileId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.kept().tiles.get(&at).cloned())
    }

    fn keep_tiles(&self, tiles: &[Tile]) -> Result<(), StoreError> {
        let mut kept = self.kept();
        for tile in tiles {
            kept.tiles.entry(tile.at).or_insert_with(|| tile.to_bytes());
        }
        Ok(())
    }

    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<Note>, StoreError> {
        Ok(self.kept().checkpoints.range(from..).take(limit).map(|(_, note)| note.clone()).collect())
    }

    fn latest_checkpoint(&self) -> Result<Option<Note>, StoreError> {
        Ok(self.kept().checkpoints.last_key_value().map(|(_, note)| note.clone()))
    }

    fn keep_checkpoint(&self, size: u64, note: &Note) -> Result<(), StoreError> {
        self.kept().checkpoints.insert(size, note.clone());
        Ok(())
    }

    fn check(&self) -> Result<(), StoreError> {
        let kept = self.kept();
        let mut due: HashMap<CaseId, u64> = HashMap::new();
        for receipt in kept.receipts.values() {
            let version = due.entry(receipt.case).or_default();
            *version = receipt.version.max(*version);
        }
        for (case, records) in &kept.cases {
            let found = u64::try_from(records.len()).unwrap_or(u64::MAX);
            let due = due.get(case).copied().unwrap_or(0);
            if due != found {
                return Err(Damage::Count { case: *case, due, found }.into());
            }
        }
        Ok(())
    }
}
