//! Records and chains: one spelling, one hash, and every change is named.

use proptest::prelude::*;
use sanzi::ledger::{ChainFault, Record, RecordError, Tip, chain};
use sanzi::value::{CaseId, Digest, OrgId};
use serde_json::{Value, json};
use uuid::Uuid;

fn org() -> OrgId {
    OrgId::new("dongtang").unwrap()
}

fn case(n: u128) -> CaseId {
    CaseId::new(Uuid::from_u128(n))
}

fn sealed(body: &Value) -> Record {
    Record::seal(org(), case(1), 1, Digest::NONE, body).unwrap()
}

const GOLDEN: &str = concat!(
    r#"{"body":{"a":[1,"元"],"b":null},"case":"00000000-0000-0000-0000-000000000001","format":"sanzi/1","org":"dongtang","#,
    r#""prev":"sha256:0000000000000000000000000000000000000000000000000000000000000000","version":1}"#
);

#[test]
fn the_bytes_are_the_documented_ones() {
    let record = sealed(&json!({"b": null, "a": [1, "元"]}));
    assert_eq!(record.as_str(), GOLDEN);
    assert_eq!(record.hash(), Digest::of_bytes(GOLDEN.as_bytes()));
    assert_eq!(record.hash().to_string(), "sha256:8b19515d03f6209ec654d7a1489f546e13fe8d7cfdd9940d3597989c9645a23d");
    let value: Value = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(sanzi::value::canonical_json(&value).unwrap(), GOLDEN.as_bytes(), "RFC 8785");
    assert_eq!(Record::from_bytes(GOLDEN.as_bytes()).unwrap(), record);
    assert_eq!((record.org(), record.case(), record.version(), record.prev()), (org(), case(1), 1, Digest::NONE));
}

#[test]
fn another_spelling_is_refused() {
    let changes = [
        ("{\"body\"", "{ \"body\""),
        ("\"version\":1}", "\"version\":1 }"),
        ("\"version\":1}", "\"version\":1}\n"),
        ("\"version\":1}", "\"version\":01}"),
        ("\"version\":1}", "\"version\":1.0}"),
        ("\"version\":1}", "\"version\":0}"),
        ("\"version\":1}", "\"version\":9007199254740992}"),
        ("\"version\":1}", "\"version\":1,\"zeal\":1}"),
        ("\"version\":1}", "\"version\":1,\"version\":1}"),
        ("\"version\":1}", "\"version\":-1}"),
        (",\"version\":1}", "}"),
        ("\"org\"", "\"Org\""),
        ("dongtang", "dong tang"),
        ("dongtang", "dong\\u0074ang"),
        ("sha256:0", "sha256:A"),
        ("00000000-0000-0000-0000-000000000001", "{00000000-0000-0000-0000-000000000001}"),
        ("00000000-0000-0000-0000-000000000001", "00000000000000000000000000000001"),
        ("{\"a\":[1,\"元\"],\"b\":null}", ""),
        ("\"b\":null", "\"b\":nul"),
        ("\"b\":null", "\"b\": null"),
        ("\"b\":null", "\"a\":null"),
        ("\"b\":null", "\"b\":0.5"),
        ("\"b\":null}", "\"b\":null},\"case\":\"00000000-0000-0000-0000-000000000002\""),
        ("\"b\":null}", "\"b\":null},\"body\":1"),
        ("\"b\":null}", "\"b\":null},\"b\":1"),
    ];
    for (from, to) in changes {
        let changed = GOLDEN.replacen(from, to, 1);
        assert_ne!(changed, GOLDEN);
        let error = Record::from_bytes(changed.as_bytes()).expect_err(&changed);
        assert!(matches!(error, RecordError::Malformed(_) | RecordError::NotCanonical(_) | RecordError::Version(_)), "{changed}: {error}");
    }
    for bytes in [b"".as_slice(), b"{", b"null", b"{\"body\":", b"\xff\xfe"] {
        assert!(matches!(Record::from_bytes(bytes), Err(RecordError::Malformed(_))), "{bytes:?}");
    }
}

#[test]
fn a_hidden_field_is_named() {
    let message = |from, to| Record::from_bytes(GOLDEN.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
    assert!(message("\"version\":1}", "\"version\":1,\"zeal\":1}").contains("unknown field `zeal`"));
    assert!(message("\"b\":null}", "\"b\":null},\"body\":1").contains("duplicate field `body`"));
    assert!(message(",\"version\":1}", "}").contains("missing field `version`"));
    assert!(message("\"b\":null", "\"a\":null").contains("the same field twice"));
}

#[test]
fn another_format_is_named() {
    for (format, found) in [("sanzi/2", "sanzi/2"), ("other", "other")] {
        let error = Record::from_bytes(GOLDEN.replace("sanzi/1", format).as_bytes()).unwrap_err();
        assert_eq!(error, RecordError::UnknownFormat { found: found.to_owned() });
        assert!(error.to_string().contains(found));
    }
    let other_fields = br#"{"format":"sanzi/9","leaf":7}"#;
    assert_eq!(Record::from_bytes(other_fields), Err(RecordError::UnknownFormat { found: "sanzi/9".to_owned() }));
}

#[test]
fn what_cannot_be_written_exactly_is_refused() {
    let seal = |body: &Value| Record::seal(org(), case(1), 1, Digest::NONE, body);
    assert!(matches!(seal(&json!(9_007_199_254_740_993_u64)), Err(RecordError::NotCanonical(_))), "would be rounded in silence");
    assert!(matches!(seal(&json!(u64::MAX)), Err(RecordError::NotCanonical(_))));
    assert!(matches!(seal(&json!(1e300)), Err(RecordError::NotCanonical(_))));
    assert!(matches!(seal(&json!({"price": 0.1})), Err(RecordError::NotCanonical(_))));
    let deep = (0..65).fold(json!(1), |inner, _| json!([inner]));
    assert!(matches!(seal(&deep), Err(RecordError::NotCanonical(_))));
    assert!(matches!(seal(&json!("x".repeat(Record::MAX_BYTES))), Err(RecordError::TooLarge { .. })));
    assert_eq!(Record::seal(org(), case(1), 0, Digest::NONE, &1), Err(RecordError::Version(0)));
    assert!(matches!(Record::seal(org(), case(1), 1, Digest::NONE, &f64::INFINITY), Err(RecordError::Value(_))));
    assert_eq!(Record::from_bytes(&vec![b'x'; Record::MAX_BYTES + 1]), Err(RecordError::TooLarge { found: Record::MAX_BYTES + 1 }));
}

#[test]
fn a_wrong_body_names_the_way_to_the_field() {
    #[derive(Debug, serde::Deserialize)]
    struct Bid {
        #[expect(dead_code)]
        price: u64,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Body {
        #[expect(dead_code)]
        bids: Vec<Bid>,
    }
    let record = sealed(&json!({"bids": [{"price": 1}, {"price": "two"}]}));
    match record.body::<Body>() {
        Err(RecordError::Body { path, cause }) => {
            assert_eq!(path, "bids[1].price");
            assert!(cause.contains("invalid type"), "{cause}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn debug_does_not_show_the_body() {
    assert!(!format!("{:?}", sealed(&json!({"name": "secret"}))).contains("secret"));
}

fn three() -> [Record; 3] {
    let first = sealed(&json!(1));
    let second = first.next(&2).unwrap();
    let third = second.next(&3).unwrap();
    [first, second, third]
}

#[test]
fn a_chain_names_its_first_bad_record() {
    let [a, b, c] = three();
    let fault = |records: &[&Record]| chain::verify(org(), case(1), records.iter().copied()).map_err(|e| (e.version, e.fault));
    assert_eq!(fault(&[&a, &b, &c]), Ok(Tip::of(&c)));
    assert_eq!(fault(&[]), Ok(Tip::START));
    assert_eq!(fault(&[&b, &c]), Err((1, ChainFault::Version(2))), "the first is missing");
    assert_eq!(fault(&[&a, &c]), Err((2, ChainFault::Version(3))), "one is missing");
    assert_eq!(fault(&[&a, &a]), Err((2, ChainFault::Version(1))), "one twice");
    let forged = Record::seal(org(), case(1), 2, a.hash(), &"forged").unwrap();
    assert_eq!(fault(&[&a, &forged, &c]), Err((3, ChainFault::Prev { due: forged.hash(), found: b.hash() })));
    let elsewhere = Record::seal(org(), case(2), 2, a.hash(), &2).unwrap();
    assert_eq!(fault(&[&a, &elsewhere]), Err((2, ChainFault::Case(case(2)))));
    let other = OrgId::new("other").unwrap();
    let theirs = Record::seal(other, case(1), 2, a.hash(), &2).unwrap();
    assert_eq!(fault(&[&a, &theirs]), Err((2, ChainFault::Org(other))));
}

proptest! {
    /// Invariant 9: any changed byte is found. A change either gives no record, or a record with another hash.
    #[test]
    fn invariant_9_any_changed_byte_is_found(at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let [_, record, _] = three();
        let mut bytes = record.bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(Record::from_stored(&bytes, record.hash()).is_err());
        if let Ok(changed) = Record::from_bytes(&bytes) {
            prop_assert_ne!(changed.hash(), record.hash());
            prop_assert_eq!(changed.bytes(), &bytes[..]);
        }
    }

    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Record::from_bytes(&bytes);
    }

    #[test]
    fn what_is_sealed_is_read(text in ".{0,40}", n in -9_007_199_254_740_991_i64..=9_007_199_254_740_991, version in 1_u64..1 << 53) {
        let body = json!({"text": text, "n": n, "元": [text]});
        let record = Record::seal(org(), case(3), version, Digest::of_bytes(b"x"), &body).unwrap();
        let read = Record::from_stored(record.bytes(), record.hash()).unwrap();
        prop_assert_eq!(&read, &record);
        prop_assert_eq!(read.body::<Value>().unwrap(), body);
    }
}
