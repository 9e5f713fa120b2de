//! The worked example of the book: every block on the page is what the code computes.

use chrono::{DateTime, Utc};

use sanzi::ledger::tree::{leaf, parent};
use sanzi::ledger::{
    Checkpoint, Growth, Head, Inclusion, KeyName, Order, Permit, Proof, ProofError, Record, Scheme, SecretKey, ShortForm, Signer, Trust,
    Use, Witness,
};
use sanzi::value::{Algorithm, Digest, PersonId};

const PAGE: &str = include_str!("../../../docs/src/ledger.md");

fn key(name: &str, byte: u8) -> SecretKey {
    SecretKey::from_seed(KeyName::new(name).unwrap(), Scheme::Ed25519, [byte; 32]).unwrap()
}

fn records() -> [Record; 3] {
    let case = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    let first = Record::seal("dongtang".parse().unwrap(), case, 1, Digest::NONE, &"立案").unwrap();
    let second = first.next(&"执行").unwrap();
    let third = second.next(&"公开").unwrap();
    [first, second, third]
}

struct Leaves(Vec<Digest>);

impl sanzi::ledger::tree::Nodes for Leaves {
    type Error = ProofError;

    fn node(&self, level: u8, index: u64) -> Result<Digest, ProofError> {
        let at = index as usize;
        Ok(match level {
            0 => self.0[at],
            _ => parent(self.node(level - 1, index * 2)?, self.node(level - 1, index * 2 + 1)?)?,
        })
    }
}

/// The blocks of the page, by the names that stand for them while they are not filled in.
fn blocks() -> Vec<(&'static str, String)> {
    let now: DateTime<Utc> = "2026-03-02T01:00:00Z".parse().unwrap();
    let records = records();
    let leaves = Leaves(records.iter().map(|record| leaf(Algorithm::Sha256, record.bytes()).unwrap()).collect());
    let d = parent(leaves.0[0], leaves.0[1]).unwrap();
    let root = sanzi::ledger::tree::root(&leaves, 3).unwrap();
    assert_eq!(root, parent(d, leaves.0[2]).unwrap());
    let (log, supervisors) = (key("dongtang.example/sanzi", 1), key("supervisors.example", 2));
    let checkpoint = Checkpoint { origin: log.public().name().clone(), head: Head { size: 3, root } };
    let mut note = checkpoint.sign(&log).unwrap();
    let nothing = Growth { path: Vec::new() };
    Witness::new(Trust::log_only(log.public().clone())).cosign(&supervisors, &mut note, &nothing, now).unwrap();
    let street = key("street.example", 3);
    let trust = format!(
        "log {}\nwitness supervisors {}\nwitness street {}\ngroup all-of-them all supervisors street\nquorum all-of-them\n",
        log.public().vkey(Use::Sign),
        supervisors.public().vkey(Use::Cosign),
        street.public().vkey(Use::Cosign)
    );
    trust.parse::<Trust>().unwrap();
    let proof = Proof { inclusion: Inclusion::prove(&leaves, 1, 3).unwrap(), checkpoint: note.clone() };
    proof.verify(&records[1], &Trust::log_only(log.public().clone()), now).unwrap();
    let by = PersonId::new("chen").unwrap();
    let (org, case) = (records[0].org(), records[0].case());
    let order = Order { org, case, after: 3, by, command: Digest::of_bytes(b"{}") };
    let permit =
        Permit { org, case, version: 3, step: "AssetCheck".to_owned(), by, from: now, until: now + chrono::TimeDelta::minutes(15) };
    let lines = |names: &[&str], digests: &[Digest]| -> String {
        names.iter().zip(digests).map(|(name, digest)| format!("{name} {digest}\n")).collect()
    };
    vec![
        ("@records", records.iter().map(|record| format!("{}\n", record.as_str())).collect()),
        ("@hashes", lines(&["1", "2", "3"], &records.each_ref().map(Record::hash))),
        ("@tree", lines(&["a", "b", "c", "d", "root"], &[leaves.0[0], leaves.0[1], leaves.0[2], d, root])),
        ("@note", note.to_string()),
        ("@trust", trust),
        ("@short", format!("{}\n", ShortForm::of(&checkpoint).unwrap())),
        ("@proof", proof.to_string()),
        ("@order", order.to_string()),
        ("@permit", permit.sign(&log).unwrap().to_string()),
    ]
}

#[test]
fn the_worked_example_is_what_the_code_computes() {
    let blocks = blocks();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let filled = blocks.iter().fold(PAGE.to_owned(), |page, (name, text)| page.replace(&format!("{name}\n"), text));
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/src/ledger.md"), filled).unwrap();
        return;
    }
    for (name, text) in blocks {
        assert!(PAGE.contains(&format!("```text\n{text}```")), "{name} on the page is not\n{text}");
    }
}
