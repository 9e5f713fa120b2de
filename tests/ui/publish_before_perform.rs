//! Cheat: post the notice of the vote before the vote.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn post(case: Transaction<MemberVote>, who: &Acting<'_, Dongsha>) {
    let _ = case.publish(who, vec![]);
}

fn main() {}
