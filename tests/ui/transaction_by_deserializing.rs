//! Cheat: read a transaction at the last step out of a text.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};
use serde::Deserialize as _;

fn forge(text: &mut serde_json::Deserializer<serde_json::de::StrRead<'_>>) {
    let _ = Transaction::<FilingAndArchive, Public>::deserialize(text);
}

fn main() {}
