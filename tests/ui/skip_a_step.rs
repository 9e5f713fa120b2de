//! Cheat: from step 1 straight to step 3, past the study by the Party branch.
//! Must fail with: E0308

use sanzi::{case::*, dongsha::*};

fn skip(case: Transaction<AssetCheck, Public>, who: &Acting<'_, Dongsha>) -> Transaction<IntentNotice> {
    case.advance(who).unwrap()
}

fn main() {}
