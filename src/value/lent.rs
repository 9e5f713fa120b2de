//! Values that are written as a string are read from the reader's own text, without a copy of it.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Reads a value from a string, wherever that is kept.
///
/// # Errors
/// Whatever is wrong with the text, as an error of the deserializer.
pub fn from_text<'de, D, T, E, F>(deserializer: D, read: F) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
    F: FnOnce(&str) -> Result<T, E>,
{
    deserializer.deserialize_str(Lent(read))
}

struct Lent<F>(F);

impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for Lent<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<S: Error>(self, text: &str) -> Result<T, S> {
        (self.0)(text).map_err(S::custom)
    }
}
