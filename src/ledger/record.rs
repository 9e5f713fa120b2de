//! One record: its bytes, its hash, and what its frame says.

use std::sync::Arc;

use memchr::memchr;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::canonical::{self, CanonicalError};
use super::decode;
use crate::value::{CaseId, Digest, DigestError, OrgId, canonical_json};

/// One entry of a ledger, exactly as it is stored. It cannot be changed; copies share the bytes.
///
/// The bytes are canonical JSON (RFC 8785): `{"body": …, "case": …, "format": "sanzi/1", "org": …, "prev": …,
/// "version": …}`. `version` counts from 1 within the case, and `prev` is the hash of the case's record before, or
/// [`Digest::NONE`]. The hash is that of the bytes, by the algorithm that `prev` names: SHA-256, or SM3 for a case whose
/// first record was sealed after [`Digest::none`] of it. What the body says is not this room's business.
///
/// A record that exists is in its one canonical form: [`Record::from_bytes`] refuses every other spelling, so unknown
/// and repeated fields, spaces and escapes that are not needed are refused too. Numbers are whole and within
/// ±(2^53 - 1): the canonical form rounds larger ones in silence, and an amount is never a fraction.
///
/// ```
/// use sanzi::ledger::Record;
/// use sanzi::value::{CaseId, Digest, OrgId};
///
/// let org = OrgId::new("dongtang")?;
/// let first = Record::seal(org, CaseId::random(), 1, Digest::NONE, &["opened"])?;
/// let second = first.next(&["checked"])?;
/// assert_eq!(second.prev(), first.hash());
///
/// let read = Record::from_bytes(second.bytes())?;
/// assert_eq!(read, second);
/// assert_eq!(read.body::<Vec<String>>()?, ["checked"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    text: Arc<str>,
    /// The body is `text[BODY_START..body_end]`.
    body_end: usize,
    frame: Frame,
}

/// What a record says beside its body, and the hash of it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) org: OrgId,
    pub(crate) case: CaseId,
    pub(crate) version: u64,
    pub(crate) prev: Digest,
    pub(crate) hash: Digest,
}

/// Why bytes are no record, or a record's body is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Over [`Record::MAX_BYTES`].
    #[error("the record has {found} bytes, {} are accepted: keep files outside and put their digest into the record", Record::MAX_BYTES)]
    TooLarge {
        /// How many it has.
        found: usize,
    },
    /// Written by a version of the format that this program does not know.
    #[error("the record has the format `{found}`, this program reads `{}`: use a newer program", Record::FORMAT)]
    UnknownFormat {
        /// The format it names, cut after 40 characters.
        found: String,
    },
    /// Not a record: no JSON, a field too many, too few or twice, or a field's value that is not valid.
    #[error("these bytes are no record: {0}")]
    Malformed(String),
    /// A record's content, but not in its one canonical form.
    #[error("the record is not in its canonical form: {0}")]
    NotCanonical(#[from] CanonicalError),
    /// The hash that is kept beside the record is not the hash of its bytes: one of them was changed.
    #[error("the record was changed: its hash is {found}, the one kept beside it is {kept}; restore it from a copy")]
    Hash {
        /// The hash that is kept.
        kept: Digest,
        /// The hash of the bytes.
        found: Digest,
    },
    /// A value that has no canonical JSON.
    #[error(transparent)]
    Value(#[from] DigestError),
    /// The body is JSON, but not of the type that was asked for.
    #[error("the record's body is not readable as asked, at `{path}`: {cause}")]
    Body {
        /// The way to the field, such as `evidence.bids[2].price`.
        path: String,
        /// What is wrong there.
        cause: String,
    },
    /// Versions count from 1 and stay below 2^53.
    #[error("{0} is not a version: the first record of a case has version 1")]
    Version(u64),
}

const BEFORE_BODY: &str = r#"{"body":"#;
const BODY_START: usize = BEFORE_BODY.len();
/// Versions are JSON numbers, so they stay exact in every reader.
const MAX_VERSION: u64 = 9_007_199_254_740_991;

impl Record {
    /// The format that [`Record::seal`] writes.
    pub const FORMAT: &'static str = "sanzi/1";
    /// The longest accepted, in bytes.
    pub const MAX_BYTES: usize = 1 << 20;

    /// Writes a record: `body` as canonical JSON inside its frame, and the hash over all.
    ///
    /// # Errors
    /// [`RecordError::Value`] or [`RecordError::NotCanonical`] where the body cannot be written exactly (a map with keys
    /// that are no strings, a number that is not whole or too large, more than 64 levels), [`RecordError::TooLarge`],
    /// and [`RecordError::Version`] for 0.
    pub fn seal(org: OrgId, case: CaseId, version: u64, prev: Digest, body: &impl Serialize) -> Result<Record, RecordError> {
        if !(1..=MAX_VERSION).contains(&version) {
            return Err(RecordError::Version(version));
        }
        let body = canonical_json(body)?;
        let body = std::str::from_utf8(&body).map_err(|error| RecordError::Malformed(error.to_string()))?;
        let format = Record::FORMAT;
        let text = format!(r#"{{"body":{body},"case":"{case}","format":"{format}","org":"{org}","prev":"{prev}","version":{version}}}"#);
        let body_end = BODY_START.saturating_add(body.len());
        canonical::check(text.get(..body_end).unwrap_or_default(), BODY_START)?;
        if text.len() > Record::MAX_BYTES {
            return Err(RecordError::TooLarge { found: text.len() });
        }
        let hash = prev.algorithm().digest(&[text.as_bytes()])?;
        Ok(Record { text: text.into(), body_end, frame: Frame { org, case, version, prev, hash } })
    }

    /// The case's next record, after this one.
    ///
    /// # Errors
    /// As [`Record::seal`].
    pub fn next(&self, body: &impl Serialize) -> Result<Record, RecordError> {
        let Frame { org, case, version, hash, .. } = self.frame;
        Record::seal(org, case, version.saturating_add(1), hash, body)
    }

    /// Reads a record. The body is checked to be canonical JSON, and read by [`Record::body`] only.
    ///
    /// # Errors
    /// [`RecordError`] says what is wrong: too large, another format, no record, or not in its canonical form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Record, RecordError> {
        let text = Record::text_of(bytes)?;
        let body_end = canonical::end(text, BODY_START).map_err(|flaw| refine(bytes, flaw))?;
        let frame = Frame::read(text, body_end)?.ok_or_else(|| explain(bytes))?;
        Ok(Record { text: text.into(), body_end, frame })
    }

    /// The frame and the body of a record: as [`Record::from_bytes`] and [`Record::body`], for whoever does not keep the
    /// bytes.
    pub(crate) fn take_apart<T: DeserializeOwned>(bytes: &[u8]) -> Result<(Frame, Result<T, RecordError>), RecordError> {
        let text = Record::text_of(bytes)?;
        if let Ok((body, body_end)) = decode::value(text, BODY_START)
            && let Some(frame) = Frame::read(text, body_end)?
        {
            return Ok((frame, Ok(body)));
        }
        let record = Record::from_bytes(bytes)?;
        Ok((record.frame, record.body()))
    }

    fn text_of(bytes: &[u8]) -> Result<&str, RecordError> {
        if bytes.len() > Record::MAX_BYTES {
            return Err(RecordError::TooLarge { found: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| RecordError::Malformed(error.to_string()))?;
        if text.starts_with(BEFORE_BODY) { Ok(text) } else { Err(explain(bytes)) }
    }

    /// Reads a record that was kept together with its hash, as stores do.
    ///
    /// # Errors
    /// [`RecordError::Hash`] where the two do not belong together; otherwise as [`Record::from_bytes`].
    pub fn from_stored(bytes: &[u8], kept: Digest) -> Result<Record, RecordError> {
        let record = Record::from_bytes(bytes);
        let found = record.as_ref().map_or_else(|_| kept.algorithm().digest(&[bytes]), |record| Ok(record.hash()))?;
        if found == kept { record } else { Err(RecordError::Hash { kept, found }) }
    }

    /// The body as a value of your own.
    ///
    /// # Errors
    /// [`RecordError::Body`] with the way to the field that does not fit.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, RecordError> {
        // The way to a wrong field is followed only when there is one: following it always costs a third of the time.
        serde_json::from_str(self.body_json()).map_err(|_| {
            let mut json = serde_json::Deserializer::from_str(self.body_json());
            match serde_path_to_error::deserialize::<_, T>(&mut json) {
                Ok(_) => RecordError::Body { path: ".".to_owned(), cause: "it has more than was asked for".to_owned() },
                Err(error) => RecordError::Body { path: error.path().to_string(), cause: error.inner().to_string() },
            }
        })
    }

    /// The body as it is stored: canonical JSON.
    pub fn body_json(&self) -> &str {
        self.text.get(BODY_START..self.body_end).unwrap_or_default()
    }

    /// The bytes that are stored and hashed.
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The same bytes as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// All but the body.
    pub(crate) const fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The digest of [`Record::bytes`].
    pub const fn hash(&self) -> Digest {
        self.frame.hash
    }

    /// Whose ledger it belongs to.
    pub const fn org(&self) -> OrgId {
        self.frame.org
    }

    /// The transaction it belongs to.
    pub const fn case(&self) -> CaseId {
        self.frame.case
    }

    /// Its place in the case; the first is 1.
    pub const fn version(&self) -> u64 {
        self.frame.version
    }

    /// The hash of the case's record before, [`Digest::NONE`] for the first.
    pub const fn prev(&self) -> Digest {
        self.frame.prev
    }
}

/// Case, version and short hash. Not the body: it can hold private names.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Frame { case, version, hash, .. } = self.frame;
        write!(f, "Record({case} version {version}, {hash:?})")
    }
}

impl Frame {
    /// Reads what is behind the body, and hashes all. Accepts the canonical spelling only.
    fn read(text: &str, body_end: usize) -> Result<Option<Frame>, DigestError> {
        let Some(mut frame) = text.get(body_end..).and_then(Frame::behind_body) else { return Ok(None) };
        frame.hash = frame.prev.algorithm().digest(&[text.as_bytes()])?;
        Ok(Some(frame))
    }

    /// Without its hash. No value here can hold a quote.
    fn behind_body(text: &str) -> Option<Frame> {
        const BEFORE_ORG: &str = r#"","format":"sanzi/1","org":""#;
        let up_to_quote = |text: &'_ str| memchr(b'"', text.as_bytes());
        let (case, rest) = text.strip_prefix(r#","case":""#)?.split_at_checked(36)?;
        let rest = rest.strip_prefix(BEFORE_ORG)?;
        let (org, rest) = rest.split_at_checked(up_to_quote(rest)?)?;
        let rest = rest.strip_prefix(r#"","prev":""#)?;
        let (prev, rest) = rest.split_at_checked(up_to_quote(rest)?)?;
        let digits = rest.strip_prefix(r#"","version":"#)?.strip_suffix('}')?;
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let version = digits.parse().ok().filter(|version| whole && (1..=MAX_VERSION).contains(version))?;
        // A UUID of that length has hyphens.
        let capitals = case.bytes().filter(u8::is_ascii_uppercase).count();
        let case = case.parse().ok().filter(|_| capitals == 0)?;
        Some(Frame { org: org.parse().ok()?, case, version, prev: prev.parse().ok()?, hash: Digest::NONE })
    }
}

/// Names what is wrong with bytes that have no canonical frame.
fn explain(bytes: &[u8]) -> RecordError {
    #[derive(Deserialize)]
    struct Format {
        format: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read for its errors")]
    struct Fields<'a> {
        #[serde(borrow)]
        body: &'a serde_json::value::RawValue,
        case: CaseId,
        format: String,
        org: OrgId,
        prev: Digest,
        version: u64,
    }
    match serde_json::from_slice::<Format>(bytes) {
        Ok(Format { format }) if format != Record::FORMAT => RecordError::UnknownFormat { found: format.chars().take(40).collect() },
        _ => match serde_json::from_slice::<Fields<'_>>(bytes) {
            Ok(Fields { version, .. }) if !(1..=MAX_VERSION).contains(&version) => RecordError::Version(version),
            Ok(_) => CanonicalError { at: 0, what: "the fields are not in order, or written in another way" }.into(),
            Err(error) => RecordError::Malformed(error.to_string()),
        },
    }
}

/// A body that is not canonical can hide a field that does not belong into the frame; then that is what is named.
fn refine(bytes: &[u8], flaw: CanonicalError) -> RecordError {
    match explain(bytes) {
        RecordError::NotCanonical(_) => flaw.into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_case_in_capitals_is_another_spelling() {
        let case = CaseId::new(uuid::Uuid::from_u128(0xabc));
        let record = Record::seal("dongtang".parse().unwrap(), case, 1, Digest::NONE, &1).unwrap();
        let capitals = record.as_str().replace("abc", "aBc");
        assert_ne!(capitals, record.as_str());
        assert!(matches!(Record::from_bytes(capitals.as_bytes()), Err(RecordError::NotCanonical(_))));
    }

    proptest! {
        /// Whatever one byte more or another byte makes of a record.
        #[test]
        fn taken_apart_is_read_and_its_body_after_it(at: prop::sample::Index, byte in 0x20_u8..0x7f, more: bool) {
            let body = serde_json::json!({"a": ["元\n", 1], "b": {"c": null, "d": true}});
            let case = CaseId::new(uuid::Uuid::from_u128(7));
            let record = Record::seal("dongtang".parse().unwrap(), case, 12, Digest::of_bytes(b"x"), &body).unwrap();
            let mut bytes = record.bytes().to_vec();
            prop_assert_eq!(Record::take_apart::<Value>(&bytes), Ok((record.frame, Ok(body))));
            let at = at.index(bytes.len());
            if more { bytes.insert(at, byte) } else { bytes[at] = byte }
            let two = Record::from_bytes(&bytes).map(|record| (record.frame, record.body::<Vec<Value>>(), record.body::<Value>()));
            prop_assert_eq!(Record::take_apart::<Vec<Value>>(&bytes), two.clone().map(|(frame, list, _)| (frame, list)));
            prop_assert_eq!(Record::take_apart::<Value>(&bytes), two.map(|(frame, _, any)| (frame, any)));
        }
    }
}
