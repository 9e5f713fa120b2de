//! Cheat: write down a transaction that stands at the last step.
//! Must fail with: E0451

use sanzi::{case::*, dongsha::*};

fn forge(case: Case<Dongsha>) -> Transaction<FilingAndArchive, Public> {
    Transaction { case, unsaved: vec![], at: std::marker::PhantomData }
}

fn main() {}
