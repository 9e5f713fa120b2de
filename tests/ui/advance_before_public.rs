//! Cheat: leave a step that is done but not public.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn leave(case: Transaction<Bidding, Performed>, who: &Acting<'_, Dongsha>) {
    let _ = case.advance(who);
}

fn main() {}
