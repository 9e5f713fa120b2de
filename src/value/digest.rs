//! A digest that names its algorithm, and the canonical JSON it is taken of.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// How a digest is computed. Both give 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    #[default]
    Sha256,
    /// SM3 (GB/T 32905). Read and written always; computed with the feature `sm`.
    Sm3,
}

/// A digest of some bytes, which names its algorithm. Written and read as `sha256:` (or `sm3:`) and 64 lower-case
/// hexadecimal digits.
///
/// ```
/// use sanzi::value::Digest;
/// let minutes = Digest::of_bytes(b"scan of the minutes");
/// assert_eq!(minutes.to_string().parse(), Ok(minutes));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    bytes: [u8; 32],
}

/// Why a digest could not be read, or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// Not an algorithm's name, a colon and 64 lower-case hexadecimal digits.
    #[error("`{0}` is not a digest: write `sha256:` or `sm3:`, and 64 lower-case hexadecimal digits")]
    Malformed(String),
    /// The value has no canonical JSON form (a map with keys that are no strings, or a number that is not finite).
    #[error("the value has no canonical JSON form: {0}")]
    NotCanonical(String),
    /// This build cannot compute such digests.
    #[error("a digest by {0} cannot be computed by this build: build it with the feature `sm`")]
    NotBuilt(Algorithm),
}

impl Algorithm {
    const ALL: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sm3];

    /// As it stands in front of a digest.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sm3 => "sm3",
        }
    }

    /// The digest of several byte strings, one after the other.
    ///
    /// # Errors
    /// [`DigestError::NotBuilt`] for [`Algorithm::Sm3`] without the feature `sm`.
    pub fn digest(self, parts: &[&[u8]]) -> Result<Digest, DigestError> {
        match self {
            Algorithm::Sha256 => Ok(Digest::of_parts(parts)),
            #[cfg(feature = "sm")]
            Algorithm::Sm3 => {
                let mut hash = <sm3::Sm3 as sm3::Digest>::new();
                parts.iter().for_each(|part| sm3::Digest::update(&mut hash, part));
                Ok(Digest { algorithm: self, bytes: sm3::Digest::finalize(hash).into() })
            }
            #[cfg(not(feature = "sm"))]
            Algorithm::Sm3 => Err(DigestError::NotBuilt(self)),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Algorithm, DigestError> {
        let named = Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == text);
        named.ok_or_else(|| DigestError::Malformed(text.chars().take(80).collect()))
    }
}

impl Digest {
    /// Thirty-two zero bytes: what the first record of a chain names as its predecessor.
    pub const NONE: Digest = Digest::none(Algorithm::Sha256);

    /// [`Digest::NONE`] for a chain of another algorithm.
    pub const fn none(algorithm: Algorithm) -> Digest {
        Digest { algorithm, bytes: [0; 32] }
    }

    /// SHA-256 of raw bytes, such as a scan or a file.
    pub fn of_bytes(bytes: &[u8]) -> Digest {
        Digest::from_bytes(Sha256::digest(bytes).into())
    }

    /// SHA-256 of several byte strings, one after the other.
    pub fn of_parts(parts: &[&[u8]]) -> Digest {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Digest::from_bytes(hash.finalize().into())
    }

    /// Of a value's canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// [`DigestError::NotCanonical`] where the value has no canonical form.
    pub fn of_value<T: Serialize>(value: &T) -> Result<Digest, DigestError> {
        canonical_json(value).map(|bytes| Digest::of_bytes(&bytes))
    }

    /// As [`Digest::of_value`], of a value whose fields are in the order of canonical JSON already, and that has texts and
    /// small whole numbers only: nothing has to be sorted, and serde_json's spelling of them is the canonical one.
    pub(crate) fn of_sorted<T: Serialize>(value: &T) -> Result<Digest, DigestError> {
        let mut text = Vec::with_capacity(1 << 11);
        serde_json::to_writer(&mut text, value).map_err(|error| DigestError::NotCanonical(error.to_string()))?;
        Ok(Digest::of_bytes(&text))
    }

    /// How it was computed.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// SHA-256 from 32 bytes that were computed or stored elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Digest {
        Digest::new(Algorithm::Sha256, bytes)
    }

    /// From 32 bytes that were computed or stored elsewhere.
    pub const fn new(algorithm: Algorithm, bytes: [u8; 32]) -> Digest {
        Digest { algorithm, bytes }
    }

    /// The first eight hexadecimal digits, for tables. Not enough to verify with.
    pub fn short(&self) -> String {
        self.bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A value's canonical JSON by RFC 8785: sorted keys, no spaces, one form for every value.
///
/// # Errors
/// [`DigestError::NotCanonical`] where the value has none.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, DigestError> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| DigestError::NotCanonical(error.to_string()))
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |nibble: u8| if nibble < 10 { b'0'.wrapping_add(nibble) } else { b'a'.wrapping_add(nibble).wrapping_sub(10) };
        let mut hex = [0_u8; 64];
        for (pair, byte) in hex.as_chunks_mut::<2>().0.iter_mut().zip(self.bytes) {
            *pair = [digit(byte >> 4), digit(byte & 0x0f)];
        }
        f.write_str(self.algorithm.name())?;
        f.write_str(":")?;
        f.write_str(std::str::from_utf8(&hex).unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}…", self.algorithm, self.short())
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Digest, DigestError> {
        let refuse = || DigestError::Malformed(text.chars().take(80).collect());
        let (name, hex) = text.split_once(':').ok_or_else(refuse)?;
        let algorithm = name.parse().map_err(|_| refuse())?;
        let mut bytes = [0_u8; 32];
        // Without a branch for each letter, which no processor could guess.
        if hex.len() != 64 || HEXLOWER.decode_mut(hex.as_bytes(), &mut bytes).is_err() {
            return Err(refuse());
        }
        Ok(Digest { algorithm, bytes })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        super::lent::from_text(deserializer, str::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sha256_of_canonical_json() {
        // The digest of the empty string, from FIPS 180-4's examples.
        assert_eq!(Digest::of_bytes(b"").to_string(), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let value = serde_json::json!({"b": 1, "a": "元"});
        assert_eq!(canonical_json(&value).unwrap(), "{\"a\":\"元\",\"b\":1}".as_bytes());
        assert_eq!(Digest::of_parts(&[b"a", b"b"]), Digest::of_bytes(b"ab"));
    }

    #[test]
    fn refuses_other_spellings() {
        let good = Digest::of_bytes(b"x").to_string();
        assert_eq!(good.parse::<Digest>().unwrap().to_string(), good);
        for bad in ["", "sha256:", &good[7..], &good[..70], &format!("{good}0"), &good.to_uppercase(), &good.replace("sha256", "md5")] {
            assert!(matches!(bad.parse::<Digest>(), Err(DigestError::Malformed(_))), "{bad}");
        }
    }
}
