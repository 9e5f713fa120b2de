//! Cheat: sign again on a transaction that is closed.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn sign(case: Concluded<Dongsha>, who: &Acting<'_, Dongsha>, contract: ContractRecord) {
    let _ = case.perform(who, contract);
}

fn main() {}
