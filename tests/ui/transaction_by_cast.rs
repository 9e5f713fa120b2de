//! Cheat: call a pending transaction public.
//! Must fail with: E0605

use sanzi::{case::*, dongsha::*};

fn forge(case: Transaction<ContractSigning>) -> Transaction<ContractSigning, Public> {
    case as Transaction<ContractSigning, Public>
}

fn main() {}
