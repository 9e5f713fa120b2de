//! Cheat: put a better record in the place of the one that is performed but not yet public.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn replace(case: Transaction<Valuation, Performed>, who: &Acting<'_, Dongsha>, better: ValuationRecord) {
    let _ = case.perform(who, better);
}

fn main() {}
