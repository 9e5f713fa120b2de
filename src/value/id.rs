//! Identifiers: short, ASCII, and safe to print anywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Why an identifier was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// A person's or asset's identifier with a wrong length or a character that is not allowed.
    #[error("`{found}` is not an identifier: use 1 to {max} of a-z, A-Z, 0-9, `-`, `_`, `.`")]
    Malformed {
        /// What was given, cut after 40 characters and with control characters escaped.
        found: String,
        /// The longest accepted.
        max: usize,
    },
    /// A case's identifier that is no UUID.
    #[error("`{0}` is not a case number: write a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
    NotUuid(String),
}

/// A transaction's number: a UUID, so that no two organisations can mint the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(Uuid);

impl CaseId {
    /// From a UUID that the host minted; [`CaseId::random`] mints one.
    pub const fn new(uuid: Uuid) -> CaseId {
        CaseId(uuid)
    }

    /// A new number (UUID version 7: later cases sort later).
    pub fn random() -> CaseId {
        CaseId(Uuid::now_v7())
    }

    /// The UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CaseId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<CaseId, IdError> {
        Uuid::try_parse(text).map(CaseId).map_err(|_| IdError::NotUuid(clip(text)))
    }
}

fn clip(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}

/// A short ASCII identifier, held in place: comparing and copying one touches no heap.
macro_rules! ascii_id {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            bytes: [u8; $max],
            len: u8,
        }

        impl $name {
            /// The longest accepted, in bytes.
            pub const MAX_LEN: usize = $max;

            /// Checks and wraps an identifier.
            ///
            /// # Errors
            /// [`IdError::Malformed`] where it is empty, too long, or holds anything but `a-z A-Z 0-9 - _ .`.
            pub fn new(text: &str) -> Result<$name, IdError> {
                let ok = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
                let mut bytes = [0_u8; $max];
                match (u8::try_from(text.len()), bytes.get_mut(..text.len())) {
                    (Ok(len @ 1..), Some(place)) if text.bytes().all(ok) => {
                        place.copy_from_slice(text.as_bytes());
                        Ok($name { bytes, len })
                    }
                    _ => Err(IdError::Malformed { found: clip(text), max: $max }),
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                self.bytes.get(..usize::from(self.len)).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<$name, IdError> {
                $name::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdError;
            fn try_from(text: &str) -> Result<$name, IdError> {
                $name::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                super::lent::from_text(deserializer, $name::new)
            }
        }
    };
}

ascii_id! {
    /// A person in the register: a staff number or another stable code, never a name and never an ID number.
    PersonId, 23
}

ascii_id! {
    /// An asset in the collective's ledger (台账编号): what one transaction at a time may be about.
    AssetId, 39
}

impl PersonId {
    /// One of 64 bits, the same for the same person. Sets of people whose bits do not meet have nobody in common.
    pub(crate) fn mark(self) -> u64 {
        let hash = self.bytes.iter().fold(0_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        1_u64.wrapping_shl(hash >> 26)
    }
}

ascii_id! {
    /// The organisation whose ledger it is (集体经济组织): one ledger, one register, one table of numbers.
    OrgId, 39
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_short_ascii() {
        assert_eq!(PersonId::new("chen-01").unwrap().as_str(), "chen-01");
        assert_eq!(AssetId::new("DT-2018.007_a").unwrap().to_string(), "DT-2018.007_a");
        for bad in ["", "陈", "a b", "a\u{202e}b", "a\0", "../x", "x".repeat(24).as_str()] {
            assert!(PersonId::new(bad).is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<PersonId>("\"a b\"").is_err());
        assert!(CaseId::from_str("7").unwrap_err().to_string().contains("UUID"));
    }
}
