//! Cheat: take the default for a transaction at the last step.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};

fn forge() -> Transaction<FilingAndArchive, Public> {
    Transaction::<FilingAndArchive, Public>::default()
}

fn main() {}
