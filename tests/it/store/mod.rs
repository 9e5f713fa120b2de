//! Every store passes the same suite; what only a file can suffer is in `faults`.

#[cfg(feature = "sqlite")]
mod faults;
#[cfg(feature = "sqlite")]
mod layouts;
mod log;
#[cfg(feature = "postgres")]
mod postgres;
mod suite;
pub mod tamper;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod three;

use sanzi::ledger::{Record, Tip};
use sanzi::store::{Answer, Append, Claim, Receipt, Store};
use sanzi::value::{AssetId, CaseId, Digest, OrgId};
use uuid::Uuid;

pub fn org() -> OrgId {
    OrgId::new("dongtang").unwrap()
}

pub fn case(n: u64) -> CaseId {
    CaseId::new(Uuid::from_u128(u128::from(n) << 64 | 7))
}

pub fn key(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(n) | 1 << 100)
}

pub fn asset(n: u64) -> AssetId {
    AssetId::new(&format!("DT-{n}")).unwrap()
}

/// `count` records after `tip`, their bodies naming `key`.
pub fn batch(case: CaseId, tip: Tip, key: Uuid, count: u64) -> Append {
    let mut records: Vec<Record> = Vec::new();
    for n in 0..count {
        let body = serde_json::json!({"n": n, "by": key, "text": "东塱经济联社"});
        let record = match records.last() {
            Some(last) => last.next(&body),
            None => Record::seal(org(), case, tip.version + 1, tip.hash, &body),
        };
        records.push(record.unwrap());
    }
    Append::new(case, tip.version, key, Digest::of_bytes(key.as_bytes()), records)
}

pub fn tip(store: &dyn Store, case: CaseId) -> Tip {
    store.read(case).unwrap().last().map_or(Tip::START, Tip::of)
}

/// Appends at the case's end, and expects it to succeed.
pub fn append(store: &dyn Store, case: CaseId, key: Uuid, count: u64, claim: Claim) -> Receipt {
    match store.append(&batch(case, tip(store, case), key, count).with(claim)).unwrap() {
        Answer::Appended(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}
