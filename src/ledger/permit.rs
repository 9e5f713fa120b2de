//! A permit: "this person may do this step of this case now", signed, for systems that cannot link this crate.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::key::{KeyError, PublicKey, Signer, sign};
use super::note::Note;
use super::statement::{Lines, StatementError, write};
use crate::value::{CaseId, OrgId, PersonId};

/// A statement that one step of one case may be done by one person, for a short time. It is true of one version of the case
/// only: whoever acts on it appends with that version, so it works once at most.
///
/// The text is plain lines, and the signature is Ed25519 over exactly that text, so `openssl pkeyutl -verify` is enough to
/// check it: see the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// Whose ledger.
    pub org: OrgId,
    /// The case.
    pub case: CaseId,
    /// The case's version at which it holds.
    pub version: u64,
    /// The step's identifier, such as `Bidding`.
    pub step: String,
    /// Who may do it.
    pub by: PersonId,
    /// From when on; whole seconds.
    pub from: DateTime<Utc>,
    /// Until when; whole seconds.
    pub until: DateTime<Utc>,
}

/// Why a permit does not permit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PermitError {
    /// The text is no permit.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is not signed by the key that was expected.
    #[error("the permit is not signed by `{0}`: do not act on it")]
    Unsigned(String),
    /// The signature is wrong.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Not now.
    #[error("the permit is for {from} to {until}, and it is {now}: ask for a new one")]
    NotNow {
        /// Its beginning.
        from: DateTime<Utc>,
        /// Its end.
        until: DateTime<Utc>,
        /// Now.
        now: DateTime<Utc>,
    },
    /// It lasts longer than any permit may.
    #[error("a permit lasts for {} hours at most", Permit::LONGEST.num_hours())]
    TooLong,
}

const TITLE: &str = "sanzi permit v1";

struct Second(DateTime<Utc>);

impl fmt::Display for Second {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

fn second(text: &str) -> Option<Second> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| Second(at.to_utc()))
}

/// One word without spaces.
fn word(text: &str) -> Option<String> {
    let plain = !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    plain.then(|| text.to_owned())
}

impl Permit {
    /// The longest time that a permit may be for: the state of a case does not stand still.
    pub const LONGEST: TimeDelta = TimeDelta::hours(24);

    /// Signs it.
    ///
    /// # Errors
    /// [`PermitError::TooLong`], [`PermitError::Statement`] where the step is no single word, and as the signer fails.
    pub fn sign(&self, signer: &(impl Signer + ?Sized)) -> Result<Note, PermitError> {
        let text = self.to_string();
        Permit::read(&text)?;
        let signature = sign(signer, &text)?;
        Ok(Note::new(text, signature).map_err(StatementError::from)?)
    }

    /// Reads a permit, checks the signature, and that it holds now. Whether it is for the case, the version, the step and
    /// the person at hand, the caller compares.
    ///
    /// # Errors
    /// [`PermitError`] says why it does not hold.
    pub fn verify(note: &Note, key: &PublicKey, now: DateTime<Utc>) -> Result<Permit, PermitError> {
        let mut signatures = note.signatures().iter().filter(|signature| key.is_named_by(signature, super::key::Use::Sign)).peekable();
        if signatures.peek().is_none() {
            return Err(PermitError::Unsigned(key.name().to_string()));
        }
        signatures.try_for_each(|signature| key.verify(note.text(), signature))?;
        let permit = Permit::read(note.text())?;
        if now < permit.from || permit.until < now {
            return Err(PermitError::NotNow { from: permit.from, until: permit.until, now });
        }
        Ok(permit)
    }

    fn read(text: &str) -> Result<Permit, PermitError> {
        let mut lines = Lines::of(text, TITLE)?;
        let permit = Permit {
            org: lines.value("org", |text| text.parse().ok())?,
            case: lines.value("case", |text| text.parse().ok())?,
            version: lines.value("version", |text| text.parse().ok())?,
            step: lines.value("step", word)?,
            by: lines.value("by", |text| text.parse().ok())?,
            from: lines.value("from", second)?.0,
            until: lines.value("until", second)?.0,
        };
        lines.end()?;
        if permit.until.signed_duration_since(permit.from) > Permit::LONGEST {
            return Err(PermitError::TooLong);
        }
        Ok(permit)
    }
}

/// The text that is signed.
impl fmt::Display for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Permit { org, case, version, step, by, from, until } = self;
        let (from, until) = (&Second(*from), &Second(*until));
        let lines: [(&str, &dyn fmt::Display); 7] =
            [("org", org), ("case", case), ("version", version), ("step", step), ("by", by), ("from", from), ("until", until)];
        f.write_str(&write(TITLE, &lines))
    }
}
