//! Cheat: count the delegates as if they were all members.
//! Must fail with: E0308

use sanzi::policy::{AllDelegates, Eligible};

fn eligible(delegates: AllDelegates) -> Eligible {
    Eligible::Members(delegates)
}

fn main() {}
