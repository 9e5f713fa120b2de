//! A proof that is read has one spelling but for its extra data, and verifying anything with it never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanzi::ledger::{Growth, Head, Proof};
use sanzi::value::Digest;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(proof) = text.parse::<Proof>() else { return };
    let written = proof.to_string();
    assert_eq!(written.parse::<Proof>().as_ref(), Ok(&proof));
    let leaf = Digest::of_bytes(bytes);
    for size in [0, 1, proof.inclusion.index, proof.inclusion.index.saturating_add(1), u64::MAX] {
        let head = Head { size, root: leaf };
        let _ = proof.inclusion.verify(leaf, head);
        let growth = Growth { path: proof.inclusion.path.clone() };
        let _ = growth.verify(Head { size: proof.inclusion.index, root: leaf }, head);
    }
});
