//! Cheat: apply an event without checking that it can follow.
//! Must fail with: E0624

use sanzi::{case::*, dongsha::*};

fn apply(case: &mut Case<Dongsha>, entry: &Entry<Dongsha>) {
    case.apply(entry);
}

fn main() {}
