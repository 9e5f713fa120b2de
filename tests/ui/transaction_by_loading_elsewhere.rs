//! Cheat: load a case as if it stood at the bidding: what comes back is not a transaction until the case has been looked at.
//! Must fail with: E0308

use sanzi::{case::*, dongsha::*};

fn forge(case: Case<Dongsha>) -> AtStep<Bidding> {
    AtStep::<Bidding>::of(case)
}

fn main() {}
