//! Cheat: turn a case into a transaction at the step of my choice.
//! Must fail with: E0277

use sanzi::{case::*, dongsha::*};

fn forge(case: Case<Dongsha>) -> Transaction<ContractSigning> {
    case.into()
}

fn main() {}
