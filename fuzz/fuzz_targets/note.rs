//! A note, a checkpoint and a file of trusted keys that are read have one spelling each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanzi::ledger::{Checkpoint, Note, ShortForm, Trust};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(trust) = text.parse::<Trust>() {
            assert_eq!(trust.to_string().parse::<Trust>().as_ref(), Ok(&trust));
        }
        if let Ok(short) = text.parse::<ShortForm>() {
            assert_eq!(short.to_string().parse(), Ok(short));
        }
    }
    let Ok(note) = Note::from_bytes(bytes) else { return };
    assert_eq!(note.to_string().as_bytes(), bytes);
    let Ok(checkpoint) = note.text().parse::<Checkpoint>() else { return };
    assert_eq!(checkpoint.to_string(), note.text());
    if let Ok(short) = ShortForm::of(&checkpoint) {
        assert!(short.fits(&checkpoint));
    }
});
