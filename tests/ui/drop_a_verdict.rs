//! Cheat: ask whether it is allowed, and do it whatever the answer is.
//! Must fail with: error: unused

#![deny(unused_must_use)]

use sanzi::{case::*, dongsha::*};

fn careless(case: &Case<Dongsha>, who: &Acting<'_, Dongsha>, command: &Command<Dongsha>) {
    decide(case, who, command);
    case.check(Step::Bidding, who);
}

fn main() {}
