//! Cheat: put a case on its way by hand.
//! Must fail with: E0451

use sanzi::{case::*, dongsha::*};

fn forge(case: Case<Dongsha>) -> Moving<Dongsha> {
    Moving { case, unsaved: vec![] }
}

fn main() {}
