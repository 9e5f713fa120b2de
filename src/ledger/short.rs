//! The short form of a checkpoint, for paper: printed in the bulletin, so that no owner of a database can rewrite what it fixes.

use std::fmt;
use std::str::FromStr;

use bech32::{Bech32m, Hrp};

use super::checkpoint::Checkpoint;
use crate::value::Digest;

/// A checkpoint in 49 letters and digits with check characters (Bech32m, BIP 350): `sz1`, five bytes of the size, and the
/// first twenty of a SHA-256 over the checkpoint's text.
///
/// Up to four wrong characters are always noticed, and others but once in a thousand million. Twenty bytes are enough that
/// nobody can prepare two ledgers with one short form. Capital or small letters, with spaces anywhere.
///
/// ```
/// use sanzi::ledger::{Checkpoint, ShortForm};
/// let checkpoint: Checkpoint = "dongtang.example/sanzi\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".parse()?;
/// let short = ShortForm::of(&checkpoint)?;
/// let printed = short.to_string(); // in groups of four
/// assert_eq!(printed.parse::<ShortForm>()?, short);
/// assert!(short.fits(&checkpoint));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortForm([u8; BYTES]);

/// Why a text is no short form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShortFormError {
    /// A character is wrong, missing, or one too many.
    #[error("this is no checkpoint's short form: compare it with the paper, character by character; it starts with `sz1` and has 49")]
    Mistyped,
    /// More records than five bytes can count.
    #[error("a checkpoint of {0} records has no short form: at most 1099511627775 are counted")]
    TooMany(u64),
}

const SIZE: usize = 5;
const BYTES: usize = SIZE + 20;
const PREFIX: &str = "sz";
/// Characters of a group on paper.
const GROUP: usize = 4;

impl ShortForm {
    /// Of a checkpoint.
    ///
    /// # Errors
    /// [`ShortFormError::TooMany`].
    pub fn of(checkpoint: &Checkpoint) -> Result<ShortForm, ShortFormError> {
        let size = checkpoint.head.size;
        let Some(([0, 0, 0], size_bytes)) = size.to_be_bytes().split_first_chunk().map(|(zeros, rest)| (*zeros, rest.to_vec())) else {
            return Err(ShortFormError::TooMany(size));
        };
        let digest = Digest::of_bytes(checkpoint.to_string().as_bytes());
        let mut bytes = [0; BYTES];
        for (place, byte) in bytes.iter_mut().zip(size_bytes.iter().chain(digest.as_bytes())) {
            *place = *byte;
        }
        Ok(ShortForm(bytes))
    }

    /// How many records the checkpoint has: to find it.
    pub fn size(&self) -> u64 {
        self.0.iter().take(SIZE).fold(0, |size, byte| (size << 8) | u64::from(*byte))
    }

    /// Whether it is this checkpoint's.
    pub fn fits(&self, checkpoint: &Checkpoint) -> bool {
        ShortForm::of(checkpoint).is_ok_and(|short| short == *self)
    }

    fn plain(&self) -> String {
        // Fails for a longer text only than these bytes ever make.
        Hrp::parse(PREFIX).ok().and_then(|prefix| bech32::encode::<Bech32m>(prefix, &self.0).ok()).unwrap_or_default()
    }
}

/// In capitals and in groups of four, as it is printed.
impl fmt::Display for ShortForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain().to_uppercase();
        let groups: Vec<&str> = plain.as_bytes().chunks(GROUP).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        f.write_str(&groups.join(" "))
    }
}

impl fmt::Debug for ShortForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShortForm({})", self.plain())
    }
}

impl FromStr for ShortForm {
    type Err = ShortFormError;

    fn from_str(text: &str) -> Result<ShortForm, ShortFormError> {
        if text.len() > 400 {
            return Err(ShortFormError::Mistyped);
        }
        let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
        let checked = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(&joined).map_err(|_| ShortFormError::Mistyped)?;
        if checked.hrp().as_str() != PREFIX {
            return Err(ShortFormError::Mistyped);
        }
        let bytes: Vec<u8> = checked.byte_iter().collect();
        let short = ShortForm(bytes.try_into().map_err(|_| ShortFormError::Mistyped)?);
        // One spelling only: the bits that fill the last character are zero.
        if short.plain() == joined { Ok(short) } else { Err(ShortFormError::Mistyped) }
    }
}
