//! Whom a reader trusts: the log's keys, the witnesses' keys, and how many of them make a quorum (C2SP tlog-policy).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::key::{KeyError, PublicKey, Use};
use super::note::{KeyName, Note};

/// Keys and quorum, as they stand in a file that everyone gets from somewhere else than from the ledger's owner:
///
/// ```text
/// log dongtang.example/sanzi+…+…
/// witness supervisors supervisors.example+…+…
/// witness street      street.example+…+…
/// witness district    district.example+…+…
/// group outside any street district
/// group both all supervisors outside
/// quorum both
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    logs: Vec<PublicKey>,
    /// Witnesses and groups, each of which looks at earlier ones only.
    members: Vec<Member>,
    quorum: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    name: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Witness(PublicKey),
    Group { least: usize, of: Vec<usize> },
}

/// A checkpoint whose signatures were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The known witnesses who cosigned it, by their names in [`Trust`], and the last time each did.
    pub by: BTreeMap<String, DateTime<Utc>>,
    /// Whether they make a quorum. If so, and only then, a split view needs their help.
    pub quorum: bool,
}

/// Why a checkpoint is not believed, or the file of trusted keys not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// It is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// It is another log's, or signed with a key that is not trusted.
    #[error("the checkpoint of `{origin}` is not signed by a log that is trusted here")]
    UnknownLog {
        /// The log that it names.
        origin: KeyName,
    },
    /// A known key's signature is wrong: the note was changed.
    #[error(transparent)]
    Signature(#[from] KeyError),
    /// A cosignature is dated after now.
    #[error("`{witness}` cosigned at {at}, which is after now: one of the clocks is wrong")]
    Future {
        /// The witness.
        witness: String,
        /// The time it gave.
        at: DateTime<Utc>,
    },
    /// Too few witnesses.
    #[error("the checkpoint of size {size} has no quorum: {} cosigned it; have it cosigned by more of them", list(.found))]
    NoQuorum {
        /// The checkpoint's size.
        size: u64,
        /// Who cosigned it.
        found: Vec<String>,
    },
    /// A line of the file.
    #[error("line {line} of the trusted keys: {what}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong, and what belongs there.
        what: String,
    },
    /// The file has no quorum.
    #[error("the trusted keys name no quorum: add a line `quorum NAME`, or `quorum none`")]
    QuorumMissing,
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

/// How far the clock of a witness may run ahead.
const SKEW: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

impl Trust {
    /// Trusts a log's key without witnesses: enough to see that a proof is the log's, not enough against the log's owner.
    pub fn log_only(log: PublicKey) -> Trust {
        Trust { logs: vec![log], members: Vec::new(), quorum: None }
    }

    /// The log's keys.
    pub fn logs(&self) -> &[PublicKey] {
        &self.logs
    }

    /// The witnesses, with their names in this file.
    pub fn witnesses(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        self.members.iter().filter_map(|member| match &member.kind {
            Kind::Witness(key) => Some((member.name.as_str(), key)),
            Kind::Group { .. } => None,
        })
    }

    /// Verifies every signature of a known key under a checkpoint. Unknown signatures are left alone.
    ///
    /// Whether there is a quorum stands in the answer; [`Trust::demand`] makes an error of it.
    ///
    /// # Errors
    /// [`TrustError`] where it is no checkpoint, is not signed by the log that it names, or a known key's signature is wrong.
    pub fn examine(&self, note: &Note, now: DateTime<Utc>) -> Result<Witnessed, TrustError> {
        let checkpoint: Checkpoint = note.text().parse()?;
        let mut signed = false;
        for log in self.logs.iter().filter(|log| *log.name() == checkpoint.origin) {
            for signature in note.signatures().iter().filter(|signature| log.is_named_by(signature, Use::Sign)) {
                log.verify(note.text(), signature)?;
                signed = true;
            }
        }
        if !signed {
            return Err(TrustError::UnknownLog { origin: checkpoint.origin });
        }
        let mut by = BTreeMap::new();
        for (name, key) in self.witnesses() {
            for signature in note.signatures().iter().filter(|signature| key.is_named_by(signature, Use::Cosign)) {
                let at = key.verify_cosignature(note.text(), signature)?;
                if at > now.checked_add_signed(SKEW).unwrap_or(now) {
                    return Err(TrustError::Future { witness: name.to_owned(), at });
                }
                let last = by.entry(name.to_owned()).or_insert(at);
                *last = at.max(*last);
            }
        }
        let quorum = self.quorum_of(&by);
        Ok(Witnessed { checkpoint, by, quorum })
    }

    /// As [`Trust::examine`], and the witnesses must make a quorum.
    ///
    /// # Errors
    /// [`TrustError::NoQuorum`] too.
    pub fn demand(&self, note: &Note, now: DateTime<Utc>) -> Result<Witnessed, TrustError> {
        let witnessed = self.examine(note, now)?;
        if witnessed.quorum {
            return Ok(witnessed);
        }
        Err(TrustError::NoQuorum { size: witnessed.checkpoint.head.size, found: witnessed.by.into_keys().collect() })
    }

    fn quorum_of(&self, by: &BTreeMap<String, DateTime<Utc>>) -> bool {
        let mut met: Vec<bool> = Vec::with_capacity(self.members.len());
        for member in &self.members {
            met.push(match &member.kind {
                Kind::Witness(_) => by.contains_key(&member.name),
                Kind::Group { least, of } => of.iter().filter(|at| met.get(**at) == Some(&true)).count() >= *least,
            });
        }
        self.quorum.is_none_or(|at| met.get(at) == Some(&true))
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|member| member.name == name)
    }

    fn line(&mut self, words: &[&str]) -> Result<(), String> {
        match words {
            ["log", vkey] | ["log", vkey, _] => {
                let key = key_for(vkey, Use::Sign)?;
                if self.logs.iter().any(|log| log.as_bytes() == key.as_bytes()) {
                    return Err("this log's key stands twice".to_owned());
                }
                self.logs.push(key);
            }
            ["witness", name, vkey] | ["witness", name, vkey, _] => {
                let key = key_for(vkey, Use::Cosign)?;
                if self.witnesses().any(|(_, other)| other.as_bytes() == key.as_bytes()) {
                    return Err("this witness's key stands twice: two names for one key would count as two".to_owned());
                }
                self.member(name, Kind::Witness(key))?;
            }
            ["group", name, least, members @ ..] if !members.is_empty() => {
                let find = |name: &&str| self.place(name).ok_or_else(|| format!("`{name}` stands on no line before this one"));
                let of = members.iter().map(find).collect::<Result<Vec<_>, _>>()?;
                let least = match *least {
                    "any" => 1,
                    "all" => of.len(),
                    number => number
                        .parse()
                        .ok()
                        .filter(|least| (1..=of.len()).contains(least))
                        .ok_or_else(|| format!("`{number}`: write `any`, `all`, or a number from 1 to {}", of.len()))?,
                };
                if of.iter().enumerate().any(|(at, member)| of.iter().take(at).any(|before| before == member)) {
                    return Err("a member stands twice in the group".to_owned());
                }
                self.member(name, Kind::Group { least, of })?;
            }
            _ => return Err("write `log KEY`, `witness NAME KEY`, `group NAME any|all|NUMBER MEMBER…` or `quorum NAME`".to_owned()),
        }
        Ok(())
    }

    fn member(&mut self, name: &str, kind: Kind) -> Result<(), String> {
        if name == "none" || self.place(name).is_some() {
            return Err(format!("the name `{name}` is taken"));
        }
        self.members.push(Member { name: name.to_owned(), kind });
        Ok(())
    }
}

fn key_for(vkey: &str, of: Use) -> Result<PublicKey, String> {
    let (key, found) = PublicKey::from_vkey(vkey).map_err(|error| error.to_string())?;
    if found == of {
        return Ok(key);
    }
    Err(match of {
        Use::Sign => "this is a witness's key, not a log's".to_owned(),
        Use::Cosign => "this key is not for cosignatures: have the witness print it for that use".to_owned(),
    })
}

impl FromStr for Trust {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Trust, TrustError> {
        let mut trust = Trust { logs: Vec::new(), members: Vec::new(), quorum: None };
        let mut quorum = None;
        for (number, line) in (1..).zip(text.lines()) {
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            let wrong = |what: String| TrustError::Line { line: number, what };
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["quorum", _] if quorum.is_some() => return Err(wrong("the quorum is named twice".to_owned())),
                ["quorum", "none"] => quorum = Some(None),
                ["quorum", name] => {
                    let place = trust.place(name).ok_or_else(|| wrong(format!("`{name}` stands on no line before this one")))?;
                    quorum = Some(Some(place));
                }
                words => trust.line(words).map_err(wrong)?,
            }
        }
        trust.quorum = quorum.ok_or(TrustError::QuorumMissing)?;
        Ok(trust)
    }
}

/// The file again, as [`Trust::from_str`] reads it.
impl std::fmt::Display for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.logs.iter().try_for_each(|log| writeln!(f, "log {}", log.vkey(Use::Sign)))?;
        let name = |at: &usize| self.members.get(*at).map_or("", |member| member.name.as_str());
        for member in &self.members {
            match &member.kind {
                Kind::Witness(key) => writeln!(f, "witness {} {}", member.name, key.vkey(Use::Cosign))?,
                Kind::Group { least, of } => {
                    let mut names = String::new();
                    of.iter().try_for_each(|at| write!(names, " {}", name(at)))?;
                    writeln!(f, "group {} {least}{names}", member.name)?;
                }
            }
        }
        writeln!(f, "quorum {}", self.quorum.as_ref().map_or("none", name))
    }
}
