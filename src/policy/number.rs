//! A number, where it comes from, and the names that numbers have.

use std::borrow::Borrow;

use serde::{Deserialize, Deserializer, Serialize};

use crate::value::Text;
use crate::value::lent::from_text;

/// A number with the law, rule or decision it comes from, and whether someone read it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number<T> {
    value: T,
    source: Text,
    verified: bool,
}

impl<T> Number<T> {
    /// A number whose source was read.
    pub const fn verified_in(source: Text, value: T) -> Number<T> {
        Number { value, source, verified: true }
    }

    /// A number whose source was not read, or that is an organisation's own choice.
    pub const fn unverified(source: Text, value: T) -> Number<T> {
        Number { value, source, verified: false }
    }

    /// The number.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The law, rule or decision that it comes from.
    pub const fn source(&self) -> &Text {
        &self.source
    }

    /// Whether the number was read in its source.
    pub const fn verified(&self) -> bool {
        self.verified
    }
}

/// A policy's or a number's name: 1 to 200 of `a-z A-Z 0-9 - _ . +`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(super) struct Name(Box<str>);

impl Name {
    pub(super) fn new(text: &str) -> Result<Name, String> {
        let ok = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+');
        if (1..=200).contains(&text.len()) && text.bytes().all(ok) {
            return Ok(Name(text.into()));
        }
        let found: String = text.chars().take(40).flat_map(char::escape_debug).collect();
        Err(format!("`{found}` is not a name: use 1 to 200 of a-z, A-Z, 0-9, `-`, `_`, `.`, `+`"))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        from_text(deserializer, Name::new)
    }
}

/// A title in both languages, each checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Title {
    pub(super) zh: Text,
    pub(super) en: Text,
}
