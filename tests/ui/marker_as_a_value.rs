//! Cheat: make the marker of a step, to pass for having been there.
//! Must fail with: E0423

use sanzi::{case::*, dongsha::*};

fn forge() -> Bidding {
    Bidding
}

fn main() {}
