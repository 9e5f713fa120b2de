//! Cheat: leave a step without doing it.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn leave(case: Transaction<PlanReview>, who: &Acting<'_, Dongsha>) {
    let _ = case.advance(who);
}

fn main() {}
