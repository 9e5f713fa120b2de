//! Decisions as law: given a case, when someone asks, then it is allowed, or refused for exactly these reasons.

use sanzi::case::CaseStatus;
use sanzi::dongsha::Step;

use crate::village::Run;

#[test]
fn a_lawful_case_goes_through_all_sixteen_steps() {
    let mut run = Run::opened();
    run.to(Step::Bidding).finish();
    assert_eq!(run.case.status(), CaseStatus::Closed);
    assert_eq!(run.case.version(), 1 + 16 * 3);
}
