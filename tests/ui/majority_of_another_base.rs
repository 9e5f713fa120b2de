//! Cheat: two thirds of all members, counted of those who came.
//! Must fail with: E0308

use sanzi::policy::{AllMembers, Present, Share};

fn passed(in_favour: u32, present: Present) -> bool {
    Share::TWO_THIRDS.of::<AllMembers>().is_reached_by(in_favour, present)
}

fn main() {}
