//! Cheat: write a refusal without a reason.
//! Must fail with: E0451

use sanzi::{case::*, dongsha::*};

fn forge() -> Refusal {
    Refusal { reasons: vec![] }
}

fn main() {}
