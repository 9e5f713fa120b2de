//! Cheat: vote once, do not like the counts, keep the transaction and vote again.
//! Must fail with: E0382

use sanzi::{case::*, dongsha::*};

fn vote_twice(case: Transaction<MemberVote>, who: &Acting<'_, Dongsha>, first: VoteRecord, better: VoteRecord) {
    let _ = case.perform(who, first);
    let _ = case.perform(who, better);
}

fn main() {}
