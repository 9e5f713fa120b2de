//! Cheat: the assembly rejected the plan, which leads back to the draft; carry on with the notice.
//! Must fail with: E0308

use sanzi::{case::*, dongsha::*};

fn carry_on(outcome: Voted) -> Option<Transaction<PlanNotice>> {
    match outcome {
        Voted::Passed(next) => Some(next),
        Voted::Rejected(back) => Some(back),
        Voted::NoQuorum(_) => None,
    }
}

fn main() {}
