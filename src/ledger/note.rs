//! Signed notes (C2SP signed-note): a text for people, and under it a line for each signature.
//!
//! ```text
//! dongtang.example/sanzi
//! 2503
//! nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=
//!
//! — dongtang.example/sanzi Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
//! ```

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;

/// A text with signatures under it, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One line under a note: who signed, with which key, and the signature's bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: KeyName,
    /// The first four bytes of a hash over the name, the kind of signature and the public key.
    pub key_id: u32,
    /// As the kind of signature defines them.
    pub bytes: Vec<u8>,
}

/// A key's name: not empty, without spaces and `+`. For a log it is its origin, like `dongtang.example/sanzi`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// Why bytes are no signed note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Over [`Note::MAX_BYTES`].
    #[error("the note has {found} bytes, {} are accepted", Note::MAX_BYTES)]
    TooLarge {
        /// How many it has.
        found: usize,
    },
    /// Over [`Note::MAX_SIGNATURES`].
    #[error("the note has {found} signatures, {} are accepted", Note::MAX_SIGNATURES)]
    TooMany {
        /// How many it has.
        found: usize,
    },
    /// Not UTF-8, or with a control character.
    #[error("the note is not plain text: byte {at} is none of a text's")]
    NotText {
        /// Bytes before the place.
        at: usize,
    },
    /// No empty line between the text and the signatures, or nothing on one of its sides.
    #[error("the note has no signatures: after the text come an empty line and a line `— name signature` for each, the last one ended too")]
    Unsigned,
    /// A line under the note that is no signature.
    #[error("line {line} under the note is no signature: write `— name base64`, with one space between")]
    Line {
        /// The line's number, from 1, counted after the empty line.
        line: usize,
    },
    /// A name with a space or `+` in it, or none at all.
    #[error("`{0}` is no key's name: leave out spaces and `+`, and write at least one character, 200 at most")]
    Name(String),
    /// Signatures under different texts cannot be put together.
    #[error("the two notes have different texts")]
    OtherText,
}

const DASH: &str = "— ";

impl KeyName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn new(name: &str) -> Result<KeyName, NoteError> {
        let valid = (1..=200).contains(&name.len()) && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
        if valid { Ok(KeyName(name.to_owned())) } else { Err(NoteError::Name(name.chars().take(80).collect())) }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Note {
    /// The longest accepted, in bytes.
    pub const MAX_BYTES: usize = 1 << 16;
    /// The most signatures accepted.
    pub const MAX_SIGNATURES: usize = 64;

    /// A text with its first signature.
    ///
    /// # Errors
    /// [`NoteError::NotText`], [`NoteError::Unsigned`] where the text does not end with a line break, and
    /// [`NoteError::TooLarge`].
    pub fn new(text: impl Into<String>, signature: Signature) -> Result<Note, NoteError> {
        let note = Note { text: text.into(), signatures: vec![signature] };
        plain(note.text.as_bytes())?;
        let bytes = note.to_string().len();
        match () {
            () if bytes > Note::MAX_BYTES => Err(NoteError::TooLarge { found: bytes }),
            () if !note.text.ends_with('\n') => Err(NoteError::Unsigned),
            () => Ok(note),
        }
    }

    /// Reads a note. Nothing is verified here: see [`Trust`](super::Trust) and [`PublicKey`](super::PublicKey).
    ///
    /// # Errors
    /// [`NoteError`] says what is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Note, NoteError> {
        if bytes.len() > Note::MAX_BYTES {
            return Err(NoteError::TooLarge { found: bytes.len() });
        }
        let whole = plain(bytes)?;
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(NoteError::Unsigned)?;
        let lines = lines.strip_suffix('\n').filter(|lines| !lines.is_empty()).ok_or(NoteError::Unsigned)?;
        let found = lines.split('\n').count();
        if found > Note::MAX_SIGNATURES {
            return Err(NoteError::TooMany { found });
        }
        let read = |(line, text): (usize, &str)| Signature::read(text).ok_or(NoteError::Line { line: line.saturating_add(1) });
        let signatures = lines.split('\n').enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Note { text: format!("{text}\n"), signatures })
    }

    /// What was signed, up to and with its last line break.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in the order of their lines.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature, unless it is there already.
    ///
    /// # Errors
    /// [`NoteError::TooMany`] and [`NoteError::TooLarge`].
    pub fn add(&mut self, signature: Signature) -> Result<(), NoteError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if self.signatures.len() >= Note::MAX_SIGNATURES {
            return Err(NoteError::TooMany { found: self.signatures.len().saturating_add(1) });
        }
        self.signatures.push(signature);
        let found = self.to_string().len();
        if found > Note::MAX_BYTES {
            self.signatures.pop();
            return Err(NoteError::TooLarge { found });
        }
        Ok(())
    }

    /// Adds the signatures of another copy of the same note.
    ///
    /// # Errors
    /// [`NoteError::OtherText`] where it is another note; otherwise as [`Note::add`].
    pub fn merge(&mut self, other: &Note) -> Result<(), NoteError> {
        if self.text != other.text {
            return Err(NoteError::OtherText);
        }
        other.signatures.iter().try_for_each(|signature| self.add(signature.clone()))
    }
}

/// The bytes as text without control characters but line breaks.
fn plain(bytes: &[u8]) -> Result<&str, NoteError> {
    let text = std::str::from_utf8(bytes).map_err(|error| NoteError::NotText { at: error.valid_up_to() })?;
    match bytes.iter().position(|byte| *byte < 0x20 && *byte != b'\n') {
        Some(at) => Err(NoteError::NotText { at }),
        None => Ok(text),
    }
}

/// Base64 in its one spelling: the decoder also reads several encodings one after the other.
pub(super) fn decoded(base64: &str) -> Option<Vec<u8>> {
    BASE64.decode(base64.as_bytes()).ok().filter(|bytes| BASE64.encode(bytes) == base64)
}

impl FromStr for Signature {
    type Err = NoteError;

    /// Reads one line, as it stands under a note.
    fn from_str(line: &str) -> Result<Signature, NoteError> {
        Signature::read(line).ok_or(NoteError::Line { line: 1 })
    }
}

impl Signature {
    fn read(line: &str) -> Option<Signature> {
        let (name, base64) = line.strip_prefix(DASH)?.split_once(' ')?;
        let decoded = decoded(base64)?;
        let (id, bytes) = decoded.split_first_chunk::<4>()?;
        if bytes.is_empty() {
            return None;
        }
        Some(Signature { name: KeyName::new(name).ok()?, key_id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coded = BASE64.encode(&[&self.key_id.to_be_bytes(), self.bytes.as_slice()].concat());
        write!(f, "{DASH}{} {coded}", self.name)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} {:08x})", self.name, self.key_id)
    }
}

/// Exactly the bytes that [`Note::from_bytes`] reads.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Note, NoteError> {
        Note::from_bytes(text.as_bytes())
    }
}
