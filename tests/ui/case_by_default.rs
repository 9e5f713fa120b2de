//! Cheat: take a case from nowhere.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn forge() -> Case<Dongsha> {
    Case::<Dongsha>::default()
}

fn main() {}
