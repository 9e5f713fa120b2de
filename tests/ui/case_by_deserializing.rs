//! Cheat: read the state of a case out of a text, past its events.
//! Must fail with: E0599

use sanzi::{case::*, dongsha::*};
use serde::Deserialize as _;

fn forge(text: &mut serde_json::Deserializer<serde_json::de::StrRead<'_>>) {
    let _ = Case::<Dongsha>::deserialize(text);
}

fn main() {}
