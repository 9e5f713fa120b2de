//! Signed notes, keys and checkpoints: C2SP's own examples, another implementation, and everything that is none.

use sanzi::ledger::{
    Checkpoint, CheckpointError, KeyError, KeyName, Note, NoteError, PublicKey, Scheme, SecretKey, Signer, TrustError, Use, sign,
};

use super::{Kept, key, log_key, now, trust};

/// From the text of C2SP signed-note.
const EXAMPLE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

#[test]
fn the_published_example_verifies() {
    let note: Note = EXAMPLE.parse().unwrap();
    assert_eq!(note.to_string(), EXAMPLE);
    let (key, of) = PublicKey::from_vkey(EXAMPLE_KEY).unwrap();
    assert_eq!((of, key.vkey(of).as_str()), (Use::Sign, EXAMPLE_KEY));
    key.verify(note.text(), &note.signatures()[0]).unwrap();
    assert_eq!(key.verify("This is another message.\n", &note.signatures()[0]), Err(KeyError::Wrong(key.name().clone())));
    assert!(key.verify_cosignature(note.text(), &note.signatures()[0]).is_err(), "a signature is no cosignature");
}

#[test]
fn another_implementation_reads_our_notes_and_we_read_theirs() {
    let ours = Kept::of(5).checkpoint(5, &log_key());
    let vkey = log_key().public().vkey(Use::Sign);
    let theirs = signed_note::Note::from_bytes(ours.to_string().as_bytes()).unwrap();
    let verifiers = signed_note::VerifierList::new(vec![Box::new(signed_note::StandardVerifier::new(&vkey).unwrap())]);
    assert_eq!(theirs.verify(&verifiers).unwrap().0.len(), 1);
    let parsed = tlog_tiles::Checkpoint::from_bytes(ours.text().as_bytes()).unwrap();
    let checkpoint: Checkpoint = ours.text().parse().unwrap();
    assert_eq!((parsed.origin(), parsed.size(), parsed.hash().0), ("dongtang.example/sanzi", 5, *checkpoint.head.root.as_bytes()));

    // A key as that implementation writes it, signing a text of its own.
    let skey = "PRIVATE+KEY+example.com/foo+530d903a+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    if let Ok(signer) = signed_note::StandardSigner::new(skey) {
        let mut note = signed_note::Note::new(b"a text\n", &[]).unwrap();
        note.add_sigs(&[&signer]).unwrap();
        let read = Note::from_bytes(&note.to_bytes()).unwrap();
        PublicKey::from_vkey(EXAMPLE_KEY).unwrap().0.verify("a text\n", &read.signatures()[0]).unwrap();
    }
}

#[test]
fn what_is_no_note_is_named() {
    let none = |bytes: &[u8]| Note::from_bytes(bytes).unwrap_err();
    let line = EXAMPLE.lines().last().unwrap();
    assert_eq!(none(b""), NoteError::Unsigned);
    assert_eq!(none(b"text\n"), NoteError::Unsigned);
    assert_eq!(none(b"text\n\n"), NoteError::Unsigned);
    assert_eq!(none(format!("text\n\n{line}").as_bytes()), NoteError::Unsigned, "the last line is not ended");
    assert_eq!(none(format!("text\n{line}\n").as_bytes()), NoteError::Unsigned, "no empty line");
    assert_eq!(none(b"te\txt\n\n"), NoteError::NotText { at: 2 });
    assert_eq!(none(b"te\xffxt\n\n"), NoteError::NotText { at: 2 });
    assert_eq!(none(&vec![b'x'; Note::MAX_BYTES + 1]), NoteError::TooLarge { found: Note::MAX_BYTES + 1 });
    let many = format!("text\n\n{}", format!("{line}\n").repeat(65));
    assert_eq!(none(many.as_bytes()), NoteError::TooMany { found: 65 });
    for bad in [
        "- a AAAAAAA=",
        "— a",
        "— a AAAA",
        "— a AAAAAAA= ",
        "—  AAAAAAA=",
        "— a+b AAAAAAA=",
        "— a AAAAA",
        "— a AAAAAAB=",
        "—a AAAAAAA=",
        "— a AAAAAA==AAAA",
        "— a AAAAAAA=AAAAAAA=",
    ] {
        assert_eq!(none(format!("text\n\n{line}\n{bad}\n").as_bytes()), NoteError::Line { line: 2 }, "{bad}");
    }
    for bad in ["", "a b", "a+b", "a\u{3000}b", "a\nb"] {
        assert!(matches!(KeyName::new(bad), Err(NoteError::Name(_))), "{bad:?}");
    }
    let signature = Note::from_bytes(EXAMPLE.as_bytes()).unwrap().signatures()[0].clone();
    assert_eq!(Note::new("no line break", signature.clone()), Err(NoteError::Unsigned));
    assert_eq!(Note::new("a\rb\n", signature), Err(NoteError::NotText { at: 1 }));
}

#[test]
fn what_is_no_key_is_named() {
    let refused = |text: &str| PublicKey::from_vkey(text).unwrap_err();
    assert_eq!(refused("x"), KeyError::Vkey("x".to_owned()));
    assert!(matches!(refused(&EXAMPLE_KEY.replace("530d903a", "530d903b")), KeyError::Vkey(_)), "another id");
    assert!(matches!(refused(&EXAMPLE_KEY.replace("530d903a", "530D903A")), KeyError::Vkey(_)), "another spelling");
    assert!(matches!(refused(&EXAMPLE_KEY.replace("foo", "f oo")), KeyError::Name(_)));
    assert!(matches!(refused(&format!("{EXAMPLE_KEY}AA==")), KeyError::Vkey(_) | KeyError::Bytes(_)));
    assert!(matches!(refused("a+00000000+AQ==AQ=="), KeyError::Vkey(_)), "two encodings one after the other");
    assert!(matches!(refused("a+00000000+AQ=="), KeyError::Bytes(Scheme::Ed25519)));
    let zero = PublicKey::new(KeyName::new("a").unwrap(), Scheme::Ed25519, &[0; 32]);
    assert_eq!(zero, Err(KeyError::Bytes(Scheme::Ed25519)), "a weak key verifies anything");
    assert!(!format!("{:?}", log_key()).contains("seed"));
}

#[test]
fn what_is_no_checkpoint_is_named() {
    let text = Kept::of(5).checkpoint(5, &log_key()).text().to_owned();
    let refused = |from: &str, to: &str| text.replacen(from, to, 1).parse::<Checkpoint>().unwrap_err();
    assert_eq!(refused("\n5\n", "\n05\n"), CheckpointError::Size("05".to_owned()));
    assert_eq!(refused("\n5\n", "\n-5\n"), CheckpointError::Size("-5".to_owned()));
    assert_eq!(refused("\n5\n", "\n9223372036854775808\n"), CheckpointError::Size("9223372036854775808".to_owned()));
    assert!(matches!(refused("=\n", "\n"), CheckpointError::Root(_)));
    assert_eq!(refused("=\n", "=\nmore\n"), CheckpointError::Extension("more".to_owned()));
    assert_eq!(refused("=\n", "=\nmore\nand more\n"), CheckpointError::Lines { found: 5 });
    assert_eq!(refused("\n5\n", "\n"), CheckpointError::Lines { found: 2 });
    assert!(matches!(refused("dongtang.example/sanzi", ""), CheckpointError::Note(NoteError::Name(_))));
    assert!("x".parse::<Checkpoint>().is_err() && "".parse::<Checkpoint>().is_err());
}

#[test]
fn a_checkpoint_of_another_log_or_key_is_not_believed() {
    let good = Kept::of(5).checkpoint(5, &log_key());
    assert_eq!(trust().examine(&good, now()).unwrap().checkpoint.head, Kept::of(5).head(5));
    // Another origin, signed with its own key.
    let other = Kept::of(5).checkpoint(5, &key("other.example/sanzi"));
    assert!(matches!(trust().examine(&other, now()), Err(TrustError::UnknownLog { .. })));
    // Our origin, signed with another key of the same name.
    let forger = SecretKey::from_seed(log_key().public().name().clone(), Scheme::Ed25519, [7; 32]).unwrap();
    let forged = Kept::of(5).checkpoint(5, &forger);
    assert!(matches!(trust().examine(&forged, now()), Err(TrustError::UnknownLog { .. })));
    // The log's signature under another size.
    let text = good.text().replace("\n5\n", "\n6\n");
    let moved = Note::new(text, good.signatures()[0].clone()).unwrap();
    assert!(matches!(trust().examine(&moved, now()), Err(TrustError::Signature(KeyError::Wrong(_)))));
    // The log's key, but the origin of another log.
    let checkpoint = Checkpoint { origin: KeyName::new("other.example/sanzi").unwrap(), head: Kept::of(5).head(5) };
    let mixed = Note::new(checkpoint.to_string(), sign(&log_key(), &checkpoint.to_string()).unwrap()).unwrap();
    assert!(matches!(trust().examine(&mixed, now()), Err(TrustError::UnknownLog { .. })));
    // A signature that nobody here knows does no harm.
    let mut more = good.clone();
    more.add(sign(&key("stranger.example"), good.text()).unwrap()).unwrap();
    assert!(trust().examine(&more, now()).is_ok());
}

#[test]
fn a_file_of_trusted_keys_is_read_and_its_mistakes_are_named() {
    let written = trust().to_string();
    assert_eq!(written.parse::<sanzi::ledger::Trust>().unwrap(), trust());
    let log = log_key().public().vkey(Use::Sign);
    let street = key("street.example").public().vkey(Use::Cosign);
    let wrong = |file: &str| match file.replace("LOG", &log).replace("STREET", &street).parse::<sanzi::ledger::Trust>() {
        Err(TrustError::Line { line, what }) => (line, what),
        other => panic!("{other:?}"),
    };
    assert_eq!(format!("log {log}\n").parse::<sanzi::ledger::Trust>(), Err(TrustError::QuorumMissing));
    assert_eq!(wrong("log LOG\nlog LOG").0, 2);
    assert_eq!(wrong("log STREET").0, 1);
    assert_eq!(wrong("witness a LOG").0, 1);
    assert_eq!(wrong("witness none STREET").0, 1);
    assert_eq!(
        wrong("witness a STREET\nwitness b STREET"),
        (2, "this witness's key stands twice: two names for one key would count as two".to_owned())
    );
    assert_eq!(wrong("witness a STREET\ngroup g any a b").0, 2);
    assert_eq!(wrong("witness a STREET\ngroup g any a a").0, 2);
    assert_eq!(wrong("witness a STREET\ngroup g 2 a"), (2, "`2`: write `any`, `all`, or a number from 1 to 1".to_owned()));
    assert_eq!(wrong("witness a STREET\ngroup g 0 a").0, 2);
    assert_eq!(wrong("quorum a").0, 1);
    assert_eq!(wrong("quorum none\nquorum none").0, 2);
    assert_eq!(wrong("quorums none").0, 1);
    assert_eq!(wrong("# x\n\n log x").0, 3);
}

/// OpenSSL, of which this machine's tests have the program, reads our keys and verifies our signatures.
#[test]
fn openssl_verifies_a_signature() {
    let folder = tempfile::tempdir().unwrap();
    let text = "a text to sign\n";
    let signature = sign(&log_key(), text).unwrap();
    assert!(openssl(folder.path(), &log_key().public().pem(), text, &signature.bytes));
    assert!(!openssl(folder.path(), &log_key().public().pem(), "another text\n", &signature.bytes));
    assert!(!openssl(folder.path(), &key("street.example").public().pem(), text, &signature.bytes));
}

pub fn openssl(folder: &std::path::Path, pem: &str, text: &str, signature: &[u8]) -> bool {
    let at = |name: &str| folder.join(name);
    std::fs::write(at("key.pem"), pem).unwrap();
    std::fs::write(at("text"), text).unwrap();
    std::fs::write(at("signature"), signature).unwrap();
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["pkeyutl", "-verify", "-rawin", "-pubin"]).arg("-inkey").arg(at("key.pem"));
    openssl.arg("-in").arg(at("text")).arg("-sigfile").arg(at("signature"));
    let output = openssl.output().expect("these tests run the program `openssl`: install it");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Signature Verif"), "{said}");
    output.status.success()
}

#[cfg(feature = "sm")]
mod sm {
    use sanzi::value::Digest;

    use super::*;

    fn sm2_key() -> SecretKey {
        SecretKey::from_seed(KeyName::new("街道.example").unwrap(), Scheme::Sm2, [3; 32]).unwrap()
    }

    /// GB/T 32905, example 1.
    #[test]
    fn sm3_is_that_of_the_standard() {
        let digest = sanzi::value::Algorithm::Sm3.digest(&[b"a", b"bc"]).unwrap();
        assert_eq!(digest.to_string(), "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
    }

    /// OpenSSL's own SM2, with the identity that we fix.
    #[test]
    fn openssl_verifies_sm2() {
        let folder = tempfile::tempdir().unwrap();
        let text = "a text to sign\n";
        let signature = sign(&sm2_key(), text).unwrap();
        sm2_key().public().verify(text, &signature).unwrap();
        assert!(sm2_key().public().verify("another\n", &signature).is_err());
        let der = der(&signature.bytes);
        assert!(openssl_sm2(folder.path(), text, &der));
        assert!(!openssl_sm2(folder.path(), "another text\n", &der));
    }

    /// `r ‖ s` as OpenSSL wants it: a sequence of two numbers.
    fn der(raw: &[u8]) -> Vec<u8> {
        let number = |bytes: &[u8]| {
            let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(31);
            let mut digits = bytes[start..].to_vec();
            if digits[0] >= 0x80 {
                digits.insert(0, 0);
            }
            [vec![2, digits.len() as u8], digits].concat()
        };
        let both = [number(&raw[..32]), number(&raw[32..])].concat();
        [vec![0x30, both.len() as u8], both].concat()
    }

    fn openssl_sm2(folder: &std::path::Path, text: &str, der: &[u8]) -> bool {
        let at = |name: &str| folder.join(name);
        std::fs::write(at("sm2.pem"), sm2_key().public().pem()).unwrap();
        std::fs::write(at("text"), text).unwrap();
        std::fs::write(at("der"), der).unwrap();
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(["pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-pubin"]);
        openssl.arg("-inkey").arg(at("sm2.pem")).arg("-in").arg(at("text")).arg("-sigfile").arg(at("der"));
        let output = openssl.output().expect("these tests run the program `openssl`: install it");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("Signature Verif"), "{said}");
        output.status.success()
    }

    #[test]
    fn a_whole_log_can_be_of_sm2_and_sm3() {
        use sanzi::ledger::{Record, Trust};
        use sanzi::store::{Log, LogError, MemoryStore, Position};
        use sanzi::value::{Algorithm, CaseId, OrgId};
        let org = OrgId::new("dongtang").unwrap();
        let store = MemoryStore::new(org);
        let first = Record::seal(org, CaseId::random(), 1, Digest::none(Algorithm::Sm3), &"opened").unwrap();
        let second = first.next(&"checked").unwrap();
        assert_eq!(second.prev().algorithm(), Algorithm::Sm3);
        let batch = sanzi::store::Append::new(first.case(), 0, uuid::Uuid::new_v4(), Digest::NONE, vec![first, second.clone()]);
        let _ = sanzi::store::Store::append(&store, &batch).unwrap();
        let log = Log::new(&store, sm2_key().public().name().clone()).by(Algorithm::Sm3);
        let note = log.seal(&sm2_key(), None).unwrap();
        assert!(note.text().ends_with("\nsanzi-hash sm3\n"));
        let proof = log.prove(Position::new(2), &note).unwrap();
        let read: sanzi::ledger::Proof = proof.to_string().parse().unwrap();
        read.verify(&second, &Trust::log_only(sm2_key().public().clone()), now()).unwrap();

        let origin = sm2_key().public().name().clone();
        assert_eq!(Log::open(&store, origin.clone()).unwrap().prove(Position::new(2), &note), Ok(proof), "it names its algorithm");
        let other = Log::new(&store, origin);
        let refused = LogError::OtherAlgorithm { due: Algorithm::Sm3, found: Algorithm::Sha256 };
        assert_eq!(other.prove(Position::new(2), &note), Err(refused.clone()), "no rewritten ledger");
        assert_eq!((other.keep(&note), other.seal(&sm2_key(), None)), (Err(refused.clone()), Err(refused)), "and no mixed tree");
    }
}
