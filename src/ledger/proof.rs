//! What an outsider needs to check a record, a case or a whole ledger, with no store at hand (C2SP tlog-proof).

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use data_encoding::BASE64;

use super::chain::{self, ChainError, Tip};
use super::checkpoint::{Checkpoint, CheckpointError, root_of};
use super::note::{Note, NoteError};
use super::record::Record;
use super::tree::{Frontier, Head, Inclusion, ProofError, leaf};
use super::trust::{Trust, TrustError, Witnessed};
use crate::value::{Algorithm, CaseId, DigestError, OrgId};

/// That a record is in the ledger: its place, the hashes beside its way to the root, and the signed checkpoint.
///
/// A text of its own (`.tlog-proof`), which stays valid whatever becomes of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Its way to the root.
    pub inclusion: Inclusion,
    /// The checkpoint, with its signatures.
    pub checkpoint: Note,
}

/// Why something is not proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The text is no proof.
    #[error("line {line} is not that of a proof: {due} belongs there")]
    Malformed {
        /// Its number, from 1.
        line: usize,
        /// What belongs there.
        due: &'static str,
    },
    /// The checkpoint is not believed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The record is not in the ledger that was signed.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A record of a case is missing, or was changed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The ledger has another number of records than the checkpoint.
    #[error("the checkpoint has {due} records, {found} are here: the end was cut off, or the checkpoint is of another copy")]
    Size {
        /// The checkpoint's.
        due: u64,
        /// As many as there are.
        found: u64,
    },
    /// No records.
    #[error("there are no records to verify")]
    Empty,
}

const FIRST: &str = "c2sp.org/tlog-proof@v1";

impl Proof {
    /// Checks that `record` is in the ledger whose checkpoint this is, and returns who vouches for that.
    ///
    /// Whether the witnesses make a quorum stands in the answer.
    ///
    /// # Errors
    /// [`VerifyError`] says what does not fit.
    pub fn verify(&self, record: &Record, trust: &Trust, now: DateTime<Utc>) -> Result<Witnessed, VerifyError> {
        let witnessed = trust.examine(&self.checkpoint, now)?;
        let head = witnessed.checkpoint.head;
        self.inclusion.verify(leaf(head.root.algorithm(), record.bytes())?, head)?;
        Ok(witnessed)
    }

    /// Checks a whole case by the proof of its last record: the chain ties the others to that one.
    ///
    /// Records that came after the last one given are not seen: ask for a proof against a new checkpoint.
    ///
    /// # Errors
    /// [`VerifyError`] names the first record that does not fit.
    pub fn verify_case(&self, records: &[Record], trust: &Trust, now: DateTime<Utc>) -> Result<Witnessed, VerifyError> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Err(VerifyError::Empty) };
        chain::verify(first.org(), first.case(), records)?;
        self.verify(last, trust, now)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}\nindex {}", self.inclusion.index)?;
        self.inclusion.path.iter().try_for_each(|hash| writeln!(f, "{}", BASE64.encode(hash.as_bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Proof {
    type Err = VerifyError;

    fn from_str(text: &str) -> Result<Proof, VerifyError> {
        let (head, note) = text.split_once("\n\n").ok_or(VerifyError::Malformed { line: 1, due: "`c2sp.org/tlog-proof@v1`" })?;
        let unread = |error: NoteError| VerifyError::Trust(CheckpointError::from(error).into());
        let checkpoint = Note::from_bytes(note.as_bytes()).map_err(unread)?;
        let algorithm = checkpoint.text().parse::<Checkpoint>().map_err(TrustError::from)?.head.root.algorithm();
        let mut lines = (1..).zip(head.split('\n')).peekable();
        let malformed = |line, due| VerifyError::Malformed { line, due };
        if lines.next().is_none_or(|(_, line)| line != FIRST) {
            return Err(malformed(1, "`c2sp.org/tlog-proof@v1`"));
        }
        // Extra data is nothing that we need, and nothing that is signed.
        let _ = lines.next_if(|(_, line)| line.strip_prefix("extra ").is_some_and(|data| BASE64.decode(data.as_bytes()).is_ok()));
        let (number, line) = lines.next().unwrap_or((2, ""));
        let index = line.strip_prefix("index ").and_then(|digits| Some((digits, digits.parse::<u64>().ok()?)));
        let index = index.filter(|(digits, index)| index.to_string() == *digits).ok_or(malformed(number, "`index NUMBER`"))?.1;
        let hash = |(number, line)| root_of(algorithm, line).ok_or(malformed(number, "a hash of 32 bytes in base64"));
        // A tree of 2^63 records needs no more.
        let path = lines.take(64).map(hash).collect::<Result<_, _>>()?;
        Ok(Proof { inclusion: Inclusion { index, path }, checkpoint })
    }
}

/// Checks a whole ledger, record by record in the order of their positions, against a checkpoint. Takes memory for one
/// entry per case, and reads each record once.
///
/// ```
/// use sanzi::ledger::{Audit, Record};
/// use sanzi::value::{CaseId, Digest, OrgId};
///
/// let org = OrgId::new("dongtang")?;
/// let opened = Record::seal(org, CaseId::random(), 1, Digest::NONE, &"opened")?;
/// let checked = opened.next(&"checked")?;
///
/// let mut audit = Audit::new(org);
/// audit.push(&opened)?;
/// audit.push(&checked)?;
/// assert_eq!(audit.head()?.size, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Audit {
    org: OrgId,
    algorithm: Algorithm,
    tree: Frontier,
    tips: HashMap<CaseId, Tip>,
}

impl Audit {
    /// Before the first record of `org`'s ledger.
    pub fn new(org: OrgId) -> Audit {
        Audit::by(org, Algorithm::Sha256)
    }

    /// As [`Audit::new`], for a log whose tree is of another algorithm.
    pub fn by(org: OrgId, algorithm: Algorithm) -> Audit {
        Audit { org, algorithm, tree: Frontier::new(algorithm), tips: HashMap::new() }
    }

    /// Takes the next record: it must come next in its case.
    ///
    /// # Errors
    /// [`VerifyError::Chain`] says what does not fit.
    pub fn push(&mut self, record: &Record) -> Result<(), VerifyError> {
        let tip = self.tips.entry(record.case()).or_insert(Tip::START);
        *tip = tip.follow(self.org, record.case(), record)?;
        Ok(self.tree.push(leaf(self.algorithm, record.bytes())?)?)
    }

    /// The tree so far.
    ///
    /// # Errors
    /// [`VerifyError::Proof`] where this build cannot compute it.
    pub fn head(&self) -> Result<Head, VerifyError> {
        Ok(self.tree.head()?)
    }

    /// How many cases.
    pub fn cases(&self) -> usize {
        self.tips.len()
    }

    /// Checks that exactly the records so far are what the checkpoint fixes.
    ///
    /// # Errors
    /// [`VerifyError`] says what does not fit.
    pub fn finish(&self, note: &Note, trust: &Trust, now: DateTime<Utc>) -> Result<Witnessed, VerifyError> {
        let witnessed = trust.examine(note, now)?;
        let (due, found) = (witnessed.checkpoint.head, self.head()?);
        if due.size != found.size {
            return Err(VerifyError::Size { due: due.size, found: found.size });
        }
        if due.root != found.root {
            return Err(ProofError::Root { due: due.root, found: found.root }.into());
        }
        Ok(witnessed)
    }
}

impl From<DigestError> for VerifyError {
    fn from(error: DigestError) -> VerifyError {
        ProofError::from(error).into()
    }
}
