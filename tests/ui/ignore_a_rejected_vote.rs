//! Cheat: look at the passed vote alone, as if a plan could not be rejected.
//! Must fail with: E0004

use sanzi::{case::*, dongsha::*};

fn passed(outcome: Voted) -> Transaction<PlanNotice> {
    match outcome {
        Voted::Passed(next) => next,
    }
}

fn main() {}
