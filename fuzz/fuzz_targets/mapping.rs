//! A mapping in TOML: read or refused, and what is written of it is read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanzi::audit::Mapping;

fuzz_target!(|text: &str| {
    if let Ok(mapping) = text.parse::<Mapping>() {
        let written = mapping.to_toml();
        let again: Mapping = written.parse().expect("what is written is a mapping");
        assert_eq!(again.to_toml(), written);
    }
});
