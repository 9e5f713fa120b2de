//! Cheat: keep a copy, and use both.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn twice(case: Transaction<Bidding>, who: &Acting<'_, Dongsha>, first: BiddingRecord, second: BiddingRecord) {
    let copy = case.clone();
    let _ = case.perform(who, first);
    let _ = copy.perform(who, second);
}

fn main() {}
