//! Cheat: take an empty refusal.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn forge() -> Refusal {
    Refusal::default()
}

fn main() {}
