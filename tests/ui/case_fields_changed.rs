//! Cheat: say that the case is closed.
//! Must fail with: E0616

use sanzi::{case::*, dongsha::*};

fn close(mut case: Case<Dongsha>) -> Case<Dongsha> {
    case.status = CaseStatus::Closed;
    case
}

fn main() {}
