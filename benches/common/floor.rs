//! The least that an audit of a ledger can be: each line parsed, its hash linked to the next of its case, one rule asked.

#![allow(unreachable_pub)]

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use sanzi::dongsha::Step;
use sanzi::flow::StepId;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use sha2::{Digest as _, Sha256};

#[derive(Deserialize)]
struct Line<'l> {
    #[serde(borrow)]
    body: Body<'l>,
    case: &'l str,
    prev: &'l str,
    version: u64,
}

#[derive(Deserialize)]
struct Body<'l> {
    #[serde(borrow)]
    event: Event<'l>,
}

#[derive(Deserialize)]
struct Event<'l> {
    #[serde(borrow)]
    performed: Option<Performed<'l>>,
}

#[derive(Deserialize)]
struct Performed<'l> {
    #[serde(borrow)]
    evidence: BTreeMap<&'l str, IgnoredAny>,
}

/// A case: the end of its chain, and how many steps it is through.
#[derive(Default)]
struct Tip {
    version: u64,
    hash: [u8; 32],
    through: usize,
}

/// Audits a ledger by the order of its steps alone: lines, and broken links or jumps.
pub fn order(mut log: impl BufRead) -> (u64, u64) {
    let (mut line, mut lines, mut broken) = (Vec::new(), 0, 0);
    let mut cases: HashMap<Box<str>, Tip> = HashMap::new();
    while log.read_until(b'\n', &mut line).unwrap() > 0 {
        let text = line.trim_ascii_end();
        let hash: [u8; 32] = Sha256::digest(text).into();
        let read: Line<'_> = serde_json::from_slice(text).unwrap();
        if !cases.contains_key(read.case) {
            cases.insert(read.case.into(), Tip::default());
        }
        let tip = cases.get_mut(read.case).unwrap();
        let mut prev = [0; 32];
        let digits = read.prev.strip_prefix("sha256:").unwrap();
        data_encoding::HEXLOWER.decode_mut(digits.as_bytes(), &mut prev).unwrap();
        broken += u64::from(prev != tip.hash || read.version != tip.version + 1);
        (tip.hash, tip.version) = (hash, read.version);
        if let Some(performed) = read.body.event.performed {
            let name = performed.evidence.keys().next().copied().unwrap_or_default();
            let step = Step::ALL.iter().position(|step| step.id() == name).unwrap();
            broken += u64::from(step > tip.through);
            tip.through = step + 1;
        }
        line.clear();
        lines += 1;
    }
    (lines, broken)
}

/// The body of a line, typed.
pub fn entry<T: DeserializeOwned>(line: &[u8]) -> T {
    #[derive(Deserialize)]
    struct Whole<T> {
        body: T,
    }
    serde_json::from_slice::<Whole<T>>(line).unwrap().body
}
