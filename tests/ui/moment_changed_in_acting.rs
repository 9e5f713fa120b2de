//! Cheat: act today as if it were ten days later.
//! Must fail with: E0616

use sanzi::{case::*, dongsha::*};

fn later(mut who: Acting<'_, Dongsha>) -> Acting<'_, Dongsha> {
    who.now += chrono::TimeDelta::days(10);
    who
}

fn main() {}
