//! Cheat: perform the next step without looking how the vote ended.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn go_on(case: Transaction<MemberVote, Public>, who: &Acting<'_, Dongsha>, record: PlanNoticeRecord) {
    let ended = case.advance(who).unwrap();
    let _ = ended.perform(who, record);
}

fn main() {}
