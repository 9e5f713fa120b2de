//! Cheat: land a case on the next step without advancing.
//! Must fail with: E0308

use sanzi::{case::*, dongsha::*};

fn forge(case: Case<Dongsha>) -> Transaction<Bidding> {
    Landing::land(case, 0)
}

fn main() {}
