//! Cheat: call the whole name masked.
//! Must fail with: E0423

use sanzi::value::{Masked, PersonName};

fn forge(private: PersonName) -> Masked {
    Masked(private.reveal().to_owned())
}

fn main() {}
