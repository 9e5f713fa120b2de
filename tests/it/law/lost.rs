//! The reply is lost: what was sent may have happened or not, and only the key can tell.

use sanzi::case::{AtStep, Command, Opening};
use sanzi::dongsha::{Current, Dongsha, Evidence, Step};
use sanzi::ledger::{Note, Record, Tile, TileId};
use sanzi::store::{Answer, Append, Cases, MemoryStore, Position, Receipt, Store, StoreError};
use sanzi::value::{CaseId, OrgId};
use sanzi::{Engine, Error, ErrorKind};
use uuid::Uuid;

use super::perform;
use crate::village::{at, day, office, opening, person, record};

/// A store at the end of a bad line: the answer to every append is lost, on the way there or on the way back.
struct Lossy<'a> {
    ledger: &'a MemoryStore,
    arrives: bool,
}

impl Store for Lossy<'_> {
    fn org(&self) -> OrgId {
        self.ledger.org()
    }
    fn append(&self, batch: &Append) -> Result<Answer, StoreError> {
        if self.arrives {
            assert!(matches!(self.ledger.append(batch)?, Answer::Appended(_)));
        }
        Ok(Answer::Indeterminate { key: batch.key })
    }
    fn read(&self, case: CaseId) -> Result<Vec<Record>, StoreError> {
        self.ledger.read(case)
    }
    fn recall(&self, key: Uuid) -> Result<Option<Receipt>, StoreError> {
        self.ledger.recall(key)
    }
    fn scan(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, StoreError> {
        self.ledger.scan(after, limit)
    }
    fn cases(&self, which: Cases) -> Result<Vec<CaseId>, StoreError> {
        self.ledger.cases(which)
    }
    fn last(&self) -> Result<Position, StoreError> {
        self.ledger.last()
    }
    fn position_of(&self, case: CaseId, version: u64) -> Result<Option<Position>, StoreError> {
        self.ledger.position_of(case, version)
    }
    fn tile(&self, at: TileId) -> Result<Option<Vec<u8>>, StoreError> {
        self.ledger.tile(at)
    }
    fn keep_tiles(&self, tiles: &[Tile]) -> Result<(), StoreError> {
        self.ledger.keep_tiles(tiles)
    }
    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<Note>, StoreError> {
        self.ledger.checkpoints(from, limit)
    }
    fn latest_checkpoint(&self) -> Result<Option<Note>, StoreError> {
        self.ledger.latest_checkpoint()
    }
    fn keep_checkpoint(&self, size: u64, note: &Note) -> Result<(), StoreError> {
        self.ledger.keep_checkpoint(size, note)
    }
    fn check(&self) -> Result<(), StoreError> {
        self.ledger.check()
    }
}

fn opened() -> (MemoryStore, CaseId) {
    let store = MemoryStore::new(office().org);
    let engine = Engine::new(office(), &store).unwrap();
    let id = engine.open(&engine.acting(person("chen"), at(day("2018-03-05"))), opening()).unwrap().case.id();
    (store, id)
}

#[test]
fn a_command_whose_answer_was_lost_is_resolved_by_its_key_and_sending_it_again_does_it_once() {
    for arrives in [true, false] {
        let (store, id) = opened();
        let lossy = Engine::new(office(), Lossy { ledger: &store, arrives }).unwrap();
        let good = Engine::<Dongsha, _>::new(office(), &store).unwrap();
        let key = Uuid::new_v4();
        let command = perform(record(&good.load(id).unwrap(), Step::AssetCheck, day("2018-03-05")));
        let chen = office();
        let chen = chen.acting(person("chen"), at(day("2018-03-05")));
        let error = lossy.act(key, id, &chen, &command).unwrap_err();
        assert!(matches!(error, Error::Indeterminate { key: told } if told == key), "{error}");
        assert_eq!(error.kind(), ErrorKind::Indeterminate);
        assert_eq!(good.load(id).unwrap().version(), if arrives { 2 } else { 1 }, "it may have happened");
        assert_eq!(lossy.resolve(key).unwrap().map(|receipt| receipt.version), arrives.then_some(2), "and the key tells");
        let again = good.act(key, id, &chen, &command).unwrap();
        assert_eq!((again.receipt.repeated, again.receipt.version, again.case.version()), (arrives, 2, 2));
        assert_eq!(good.history(id).unwrap().len(), 2, "once");
        let other = good.act(key, id, &chen, &super::advance(Step::AssetCheck)).unwrap_err();
        assert!(matches!(other, Error::NotAppended(_)), "the key is for that command alone: {other}");
    }
}

#[test]
fn an_opening_whose_answer_was_lost_holds_the_asset_only_if_it_arrived() {
    for arrives in [true, false] {
        let store = MemoryStore::new(office().org);
        let lossy = Engine::<Dongsha, _>::new(office(), Lossy { ledger: &store, arrives }).unwrap();
        let good = Engine::<Dongsha, _>::new(office(), &store).unwrap();
        let (key, id) = (Uuid::new_v4(), CaseId::random());
        let chen = office();
        let chen = chen.acting(person("chen"), at(day("2018-03-05")));
        let open = Command::Open(opening());
        assert!(matches!(lossy.act(key, id, &chen, &open), Err(Error::Indeterminate { .. })));
        let other = good.open(&chen, Opening { ..opening() });
        match (arrives, other) {
            (true, Err(Error::Refused(refusal))) => assert_eq!(refusal.codes(), ["asset-busy"]),
            (false, Ok(_)) => {}
            (_, other) => panic!("{other:?}"),
        }
        let again = good.act(key, id, &chen, &open);
        assert_eq!(again.is_ok_and(|acted| acted.receipt.repeated), arrives);
    }
}

#[test]
fn a_typed_draft_keeps_what_it_has_until_it_is_known_to_be_saved() {
    for arrives in [true, false] {
        let (store, id) = opened();
        let lossy = Engine::new(office(), Lossy { ledger: &store, arrives }).unwrap();
        let good = Engine::<Dongsha, _>::new(office(), &store).unwrap();
        let chen = good.acting(person("chen"), at(day("2018-03-05")));
        let Current::AssetCheck(AtStep::Pending(case)) = Current::from(good.load(id).unwrap()) else { unreachable!() };
        let Evidence::AssetCheck(check) = record(case.case(), Step::AssetCheck, day("2018-03-05")) else { unreachable!() };
        let mut case = case.perform(&chen, check).unwrap();
        assert!(matches!(lossy.save(&mut case), Err(Error::Indeterminate { .. })));
        assert_eq!(case.unsaved().len(), 1, "nobody knows yet");
        assert_eq!(good.save(&mut case).unwrap().map(|receipt| receipt.repeated), Some(arrives));
        assert_eq!((case.unsaved().len(), good.load(id).unwrap().version()), (0, 2));
    }
}
