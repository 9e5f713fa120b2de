//! What an office says about itself: its facts, its people's tokens, its limits.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use sanzi::export::Facts;
use sanzi::ledger::{KeyName, Scheme, SecretKey};
use sanzi::value::PersonId;
use serde::Deserialize;

use super::access::Rights;

/// The file that `--config` names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// What stands on papers and notices; its page is the address of this website.
    pub(crate) facts: Facts,
    /// A key as `examples/checkpoint.rs` writes it, to sign the ledger's checkpoints with. Without one none is signed here.
    #[serde(default)]
    pub(crate) log_key: Option<PathBuf>,
    /// A web server stands in front, and tells the client's address as the last of `X-Forwarded-For`.
    #[serde(default)]
    pub(crate) behind_proxy: bool,
    /// It is reached by HTTPS: cookies are sent by nothing else.
    #[serde(default)]
    pub(crate) https: bool,
    #[serde(default)]
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) tokens: Vec<TokenEntry>,
}

/// A token as it rests: only its SHA-256, in hexadecimal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenEntry {
    pub(crate) sha256: String,
    pub(crate) rights: Rights,
    /// Whose it is; a platform's has none.
    #[serde(default)]
    pub(crate) person: Option<PersonId>,
}

/// How much one client may ask for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Requests a second, over longer times.
    pub(crate) requests_per_second: NonZeroU32,
    /// How many may come at once.
    pub(crate) burst: NonZeroU32,
    /// Comments, objections and attempts to sign in, each minute.
    pub(crate) filings_per_minute: NonZeroU32,
    /// Of a request's body, in bytes.
    pub(crate) body_bytes: usize,
    /// Until an answer must be there.
    pub(crate) seconds: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        let few = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Limits { requests_per_second: few(20), burst: few(100), filings_per_minute: few(10), body_bytes: 256 * 1024, seconds: 20 }
    }
}

/// Why the office's files were not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("`{}` cannot be read: {cause}", .path.display())]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("`{}`: {cause}", .path.display())]
    Toml { path: PathBuf, cause: Box<toml::de::Error> },
    #[error("`{}` holds no key: a name, a space, and 64 hexadecimal digits, as `checkpoint key` writes them", .0.display())]
    NoKey(PathBuf),
    #[error("the token entry of {whose} is wrong: {cause}")]
    Token { whose: String, cause: &'static str },
}

impl Config {
    pub(crate) fn read(path: &Path) -> Result<Config, ConfigError> {
        toml::from_str(&read(path)?).map_err(|cause| ConfigError::Toml { path: path.to_owned(), cause: Box::new(cause) })
    }

    /// The key for checkpoints, if there is one.
    pub(crate) fn key(&self) -> Result<Option<SecretKey>, ConfigError> {
        self.log_key.as_deref().map(read_key).transpose()
    }
}

pub(crate) fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })
}

fn read_key(path: &Path) -> Result<SecretKey, ConfigError> {
    let text = read(path)?;
    let key = text.trim_end().split_once(' ').and_then(|(name, hex)| {
        let seed = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()?;
        SecretKey::from_seed(KeyName::new(name).ok()?, Scheme::Ed25519, seed).ok()
    });
    key.ok_or_else(|| ConfigError::NoKey(path.to_owned()))
}
