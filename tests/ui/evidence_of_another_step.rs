//! Cheat: hand in the minutes of the Party branch as the vote of the members.
//! Must fail with: E0308

use sanzi::{case::*, dongsha::*};

fn no_vote(case: Transaction<MemberVote>, who: &Acting<'_, Dongsha>, study: PartyStudyRecord) {
    let _ = case.perform(who, study);
}

fn main() {}
