//! Cheat: terminate in public, carry on in private.
//! Must fail with: E0382

use sanzi::{case::*, dongsha::*};

fn carry_on(case: Transaction<Bidding>, who: &Acting<'_, Dongsha>, decision: Termination, bids: BiddingRecord) {
    let _ = case.terminate(who, decision);
    let _ = case.perform(who, bids);
}

fn main() {}
