//! A checkpoint: three lines that fix everything a ledger held at a moment (C2SP tlog-checkpoint).

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;

use super::key::{KeyError, Signer, sign};
use super::note::{KeyName, Note, NoteError, decoded};
use super::tree::Head;
use crate::value::{Algorithm, Digest};

/// How many records a log has, and their root. Its text is what the log and its witnesses sign:
///
/// ```
/// use sanzi::ledger::Checkpoint;
/// let text = "dongtang.example/sanzi\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
/// let checkpoint: Checkpoint = text.parse()?;
/// assert_eq!(checkpoint.head.size, 0);
/// assert_eq!(checkpoint.to_string(), text);
/// # Ok::<(), sanzi::ledger::CheckpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// Which log: also the name of the key that it signs with.
    pub origin: KeyName,
    /// Its size and root.
    pub head: Head,
}

/// Why a text is no checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not a signed note at all.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It has not three lines: origin, size, root.
    #[error("a checkpoint has three lines, its origin, its size and its root: {found} are there")]
    Lines {
        /// How many lines there are.
        found: usize,
    },
    /// The size is no whole number in its shortest form.
    #[error("`{0}` is no size: write a whole number below 2^63 without zeros in front")]
    Size(String),
    /// The root is not 32 bytes in base64.
    #[error("`{0}` is no root: write 32 bytes as base64")]
    Root(String),
    /// A line more, which this program does not know. It might change what the others mean.
    #[error("the line `{0}` is not known here: use a newer program")]
    Extension(String),
}

/// The line that a log of another algorithm than SHA-256 adds.
const SM3: &str = "sanzi-hash sm3";

impl Checkpoint {
    /// Signs it for the log: a note with one signature, for witnesses to add theirs.
    ///
    /// The log must sign no checkpoint that does not continue its last one; the store's
    /// [`Log`](crate::store::Log) sees to that.
    ///
    /// # Errors
    /// As the signer fails.
    pub fn sign(&self, signer: &(impl Signer + ?Sized)) -> Result<Note, KeyError> {
        let text = self.to_string();
        let signature = sign(signer, &text)?;
        Ok(Note::new(text, signature)?)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.head.root;
        writeln!(f, "{}\n{}\n{}", self.origin, self.head.size, BASE64.encode(root.as_bytes()))?;
        match root.algorithm() {
            Algorithm::Sha256 => Ok(()),
            Algorithm::Sm3 => writeln!(f, "{SM3}"),
        }
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Checkpoint, CheckpointError> {
        let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or_default().split('\n').collect();
        let (&[origin, size, root], rest) = lines.split_first_chunk::<3>().ok_or(CheckpointError::Lines { found: lines.len() })?;
        let algorithm = match rest {
            [] => Algorithm::Sha256,
            [line] if *line == SM3 => Algorithm::Sm3,
            [line] => return Err(CheckpointError::Extension(line.chars().take(80).collect())),
            _ => return Err(CheckpointError::Lines { found: lines.len() }),
        };
        let refuse = |text: &str| text.chars().take(80).collect::<String>();
        let number: Option<u64> = size.parse().ok().filter(|number: &u64| *number <= i64::MAX.unsigned_abs() && number.to_string() == size);
        let size = number.ok_or_else(|| CheckpointError::Size(refuse(size)))?;
        let root = root_of(algorithm, root).ok_or_else(|| CheckpointError::Root(refuse(root)))?;
        Ok(Checkpoint { origin: KeyName::new(origin)?, head: Head { size, root } })
    }
}

/// Thirty-two bytes in base64.
pub(super) fn root_of(algorithm: Algorithm, base64: &str) -> Option<Digest> {
    Some(Digest::new(algorithm, decoded(base64)?.try_into().ok()?))
}
