//! Everything a store holds, checked from the first record to the last.

use std::collections::HashMap;

use super::{Cases, Damage, Position, Store, StoreError};
use crate::ledger::Tip;
use crate::value::CaseId;

/// What was verified. Compare it with what you know from elsewhere: a ledger that was cut at its end verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many cases.
    pub cases: u64,
    /// How many records; also the number of the last position.
    pub records: u64,
}

const PAGE: usize = 512;

/// Reads a whole ledger: each hash, each case's chain, every position, and the store's own keys and claims.
///
/// Takes memory for one entry per case, not per record.
///
/// # Errors
/// [`StoreError::Corrupt`] names the first record that is wrong.
pub fn verify(store: &(impl Store + ?Sized)) -> Result<Verified, StoreError> {
    let org = store.org();
    let mut tips: HashMap<CaseId, Tip> = HashMap::new();
    let mut opened = Vec::new();
    let mut last = Position::START;
    loop {
        let page = store.scan(last, PAGE)?;
        for (position, record) in &page {
            if *position != last.next() {
                return Err(Damage::Gap { due: last.next() }.into());
            }
            let tip = tips.entry(record.case()).or_insert_with(|| {
                opened.push(record.case());
                Tip::START
            });
            *tip = tip.follow(org, record.case(), record)?;
            last = *position;
        }
        if page.len() < PAGE {
            break;
        }
    }
    // A case that was opened while this ran is listed, but was not seen above.
    let listed = store.cases(Cases::All)?;
    if let Some((place, case)) = opened.iter().enumerate().find(|(place, case)| listed.get(*place) != Some(*case)) {
        return Err(Damage::Index(format!("case {case} is not listed as number {} of the cases", place.saturating_add(1))).into());
    }
    store.check()?;
    Ok(Verified { cases: u64::try_from(opened.len()).unwrap_or(u64::MAX), records: last.number() })
}
