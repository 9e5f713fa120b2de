//! The address of a public page: only what a browser may open without harm.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The address of a page on the public web, fit for a link and for a QR code: `https://` or `http://`, printable ASCII
/// (anything else percent-encoded or in punycode), at most 300 characters.
///
/// ```
/// use sanzi::export::{AddressError, WebAddress};
/// assert_eq!(WebAddress::new("https://example.org/sanzi/1")?.as_str(), "https://example.org/sanzi/1");
/// assert_eq!(WebAddress::new("javascript:alert(1)"), Err(AddressError::NotWeb));
/// # Ok::<(), AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct WebAddress(String);

/// Why an address was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Neither `https://` nor `http://`, or no host.
    #[error("this is no address of a public page: write https:// or http:// and a host, such as https://example.org/sanzi")]
    NotWeb,
    /// A character that an address cannot have.
    #[error("character U+{code:04X} cannot stand in an address: percent-encode it")]
    Forbidden {
        /// The code point.
        code: u32,
    },
    /// Over [`WebAddress::MAX_CHARS`].
    #[error("the address has {found} characters, {} are accepted: use a shorter one, it has to fit into a QR code", WebAddress::MAX_CHARS)]
    TooLong {
        /// How many it has.
        found: usize,
    },
}

impl WebAddress {
    /// The longest accepted, in characters: a QR code of it can still be read from a photocopy.
    pub const MAX_CHARS: usize = 300;

    /// Checks.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn new(address: &str) -> Result<WebAddress, AddressError> {
        let found = address.chars().count();
        if found > WebAddress::MAX_CHARS {
            return Err(AddressError::TooLong { found });
        }
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).ok_or(AddressError::NotWeb)?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if let Some(c) = address.chars().find(|c| !c.is_ascii_graphic() || "\"'<>\\^`{|}".contains(*c)) {
            return Err(AddressError::Forbidden { code: c.into() });
        }
        let of_host = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        if !host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') || !host.chars().all(of_host) {
            return Err(AddressError::NotWeb);
        }
        Ok(WebAddress(address.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<&str> for WebAddress {
    type Error = AddressError;

    fn try_from(address: &str) -> Result<WebAddress, AddressError> {
        WebAddress::new(address)
    }
}

impl<'de> Deserialize<'de> for WebAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WebAddress, D::Error> {
        crate::value::lent::from_text(deserializer, WebAddress::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_public_web() {
        for good in ["https://example.org", "http://example.org:8080/a?b=c&d=%E4%B8%9C#e", "https://[2001:db8::1]/", "https://xn--fiqs8s/"]
        {
            assert_eq!(WebAddress::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JavaScript:x",
            "data:text/html,x",
            "//example.org",
            "https://",
            "https:///x",
            "ftp://a",
            "https://a@b/",
        ] {
            assert_eq!(WebAddress::new(bad), Err(AddressError::NotWeb), "{bad}");
        }
        for bad in ["https://a/\"onload=x", "https://a/ b", "https://a/<b>", "https://东塱/", "https://a/\n", "https://a/'"] {
            assert!(matches!(WebAddress::new(bad), Err(AddressError::Forbidden { .. })), "{bad}");
        }
        assert_eq!(WebAddress::new(&format!("https://a/{}", "x".repeat(300))), Err(AddressError::TooLong { found: 310 }));
    }
}
