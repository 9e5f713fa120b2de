//! Cheat: publish, and let the answer fall: refused or not, nobody looks.
//! Must fail with: error: unused

#![deny(unused_must_use)]

use sanzi::{case::*, dongsha::*};

fn careless(case: Transaction<AssetCheck>, who: &Acting<'_, Dongsha>, opened: fn() -> Transaction<AssetCheck>) {
    opened();
    case.withdraw(who, vec![]);
}

fn main() {}
