//! A record that is read has exactly one spelling: the bytes it was read from.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanzi::case::Entry;
use sanzi::dongsha::Dongsha;
use sanzi::ledger::Record;

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = Record::from_bytes(bytes) else { return };
    assert_eq!(record.bytes(), bytes);
    let Ok(entry) = record.body::<Entry<Dongsha>>() else { return };
    let again = Record::seal(record.org(), record.case(), record.version(), record.prev(), &entry);
    if let Ok(again) = again {
        assert_eq!(again.body::<Entry<Dongsha>>().expect("what was sealed is read"), entry);
    }
});
