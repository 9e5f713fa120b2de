//! Witnesses: they sign what continues what they saw, and what does not is evidence.

use sanzi::ledger::{Growth, Note, SplitError, SplitView, TrustError, Witness, WitnessError};

use super::{Kept, key, log_key, now, trust};

/// A ledger whose owner changed record 2.
fn rewritten(size: u64) -> Kept {
    Kept::over((0..size).map(|n| if n == 2 { b"changed".to_vec() } else { n.to_string().into_bytes() }))
}

fn witness_at(kept: &Kept, size: u64) -> Witness {
    let mut witness = Witness::new(trust());
    let mut note = kept.checkpoint(size, &log_key());
    witness.cosign(&key("street.example"), &mut note, &Growth { path: Vec::new() }, now()).unwrap();
    witness
}

#[test]
fn a_quorum_is_the_rule_and_no_number() {
    let kept = Kept::of(9);
    let by = |names: &[&str]| {
        let mut note = kept.checkpoint(9, &log_key());
        for name in names {
            let mut witness = Witness::new(trust());
            witness.cosign(&key(&format!("{name}.example")), &mut note, &Growth { path: Vec::new() }, now()).unwrap();
        }
        // Through text, as everyone gets it.
        let note: Note = note.to_string().parse().unwrap();
        let found = trust().examine(&note, now()).unwrap();
        assert_eq!(trust().demand(&note, now()).is_ok(), found.quorum);
        (found.by.into_keys().collect::<Vec<_>>(), found.quorum)
    };
    assert_eq!(by(&[]), (vec![], false));
    assert!(!by(&["supervisors"]).1 && !by(&["street"]).1 && !by(&["street", "district"]).1);
    assert!(by(&["supervisors", "street"]).1 && by(&["supervisors", "district"]).1);
    assert_eq!(by(&["street", "supervisors", "district", "stranger"]).0, ["district", "street", "supervisors"]);
    assert!(!by(&["street", "stranger"]).1);
    let alone = kept.checkpoint(9, &log_key());
    let missing = TrustError::NoQuorum { size: 9, found: Vec::new() };
    assert!(missing.to_string().contains("nobody cosigned it"));
    assert_eq!(trust().demand(&alone, now()), Err(missing));
}

#[test]
fn a_cosignature_says_when_and_not_later_than_now() {
    let mut note = Kept::of(9).checkpoint(9, &log_key());
    let late = now() + chrono::TimeDelta::minutes(6);
    Witness::new(trust()).cosign(&key("street.example"), &mut note, &Growth { path: Vec::new() }, late).unwrap();
    assert_eq!(trust().examine(&note, now()), Err(TrustError::Future { witness: "street".to_owned(), at: late }));
    assert_eq!(trust().examine(&note, late).unwrap().by["street"], late);
}

#[test]
fn a_witness_follows_a_growing_ledger() {
    let kept = Kept::of(40);
    let mut witness = witness_at(&kept, 1);
    for (old, new) in [(1, 2), (2, 7), (7, 7), (7, 32), (32, 40)] {
        let mut note = kept.checkpoint(new, &log_key());
        witness.cosign(&key("street.example"), &mut note, &Growth::prove(&kept, old, new).unwrap(), now()).unwrap();
        assert_eq!(witness.last().map(Note::text), Some(note.text()));
        witness = Witness::resume(trust(), witness.last().unwrap().to_string().parse().unwrap(), now()).unwrap();
    }
}

#[test]
fn a_witness_does_not_sign_what_does_not_continue() {
    let kept = Kept::of(40);
    let street = key("street.example");
    let mut witness = witness_at(&kept, 7);
    let before = witness.clone();
    let mut older = kept.checkpoint(6, &log_key());
    let none = Growth { path: Vec::new() };
    assert_eq!(witness.cosign(&street, &mut older, &none, now()), Err(WitnessError::Older { last: 7, found: 6 }));
    let mut unproven = kept.checkpoint(9, &log_key());
    assert!(matches!(witness.cosign(&street, &mut unproven, &none, now()), Err(WitnessError::NotShown { last: 7, .. })));
    let mut foreign = kept.checkpoint(9, &key("other.example/sanzi"));
    assert!(matches!(witness.cosign(&street, &mut foreign, &none, now()), Err(WitnessError::Trust(_))));
    assert_eq!(witness, before, "nothing is remembered");
    for note in [older, unproven, foreign] {
        assert_eq!(note.signatures().len(), 1, "nothing is signed");
    }
}

/// For every pair of sizes: a rewritten ledger is caught, and the evidence convinces someone else.
#[test]
fn a_rewritten_ledger_is_evidence_against_its_owner() {
    let (honest, other) = (Kept::of(40), rewritten(40));
    let mut shown = 0;
    for old in 3..=40 {
        for new in old..=40 {
            let earlier = honest.checkpoint(old, &log_key());
            let later = other.checkpoint(new, &log_key());
            let evidence = SplitView::collect(&other, (earlier.clone(), old), (later.clone(), new)).unwrap();
            assert_eq!(evidence.verify(&trust(), now()), Ok(()), "{old} {new}");
            // The owner's own proof gives the same evidence to a witness, but for sizes that are powers of two.
            let mut note = later.clone();
            let growth = Growth::prove(&other, old, new).unwrap();
            match witness_at(&honest, old).cosign(&key("street.example"), &mut note, &growth, now()) {
                Err(WitnessError::Split(split)) => {
                    assert_eq!(split.verify(&trust(), now()), Ok(()));
                    shown += 1;
                }
                Err(WitnessError::NotShown { .. }) => assert!(old.is_power_of_two()),
                other => panic!("{other:?}"),
            }
            // Nobody can make such evidence against an honest owner.
            let honest_later = honest.checkpoint(new, &log_key());
            let slander = SplitView { later: honest_later.clone(), ..evidence };
            assert!(slander.verify(&trust(), now()).is_err());
            let true_path = SplitView::collect(&honest, (earlier, old), (honest_later, new)).unwrap();
            assert_eq!(true_path.verify(&trust(), now()), Err(SplitError::Consistent));
        }
    }
    assert_eq!(shown, 641, "all 741 pairs but the 100 whose earlier size is a power of two below the later one");
}

#[test]
fn evidence_needs_the_owners_signatures() {
    let earlier = Kept::of(7).checkpoint(7, &log_key());
    let forged = rewritten(7).checkpoint(7, &key("dongtang.example/sanzi2"));
    let split = SplitView { earlier: earlier.clone(), later: forged, path: Vec::new() };
    assert!(matches!(split.verify(&trust(), now()), Err(SplitError::Trust(_))));
    let same = SplitView { earlier: earlier.clone(), later: earlier, path: Vec::new() };
    assert_eq!(same.verify(&trust(), now()), Err(SplitError::Consistent));
}
