//! Cheat: change the case that a transaction holds.
//! Must fail with: E0596

use sanzi::{case::*, dongsha::*};

fn change(case: Transaction<AssetCheck>, entry: &Entry<Dongsha>) {
    let _ = case.case().evolve(entry);
}

fn main() {}
