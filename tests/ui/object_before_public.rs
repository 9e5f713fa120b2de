//! Cheat: close the objections before residents can see the notice.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn objections_closed(case: Transaction<PlanNotice, Performed>, who: &Acting<'_, Dongsha>, reply: sanzi::value::Text) {
    let _ = case.answer(who, 1, sanzi::disclosure::Ruling::Dismissed, reply);
}

fn main() {}
