//! A policy that loads is one that can be joined with the built-in one, and asked for everything.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanzi::policy::Policy;

fuzz_target!(|text: &str| {
    let Ok(policy) = Policy::from_toml(text) else { return };
    let _ = policy.digest();
    if let Ok(builtin) = Policy::builtin_on(policy.valid_from()) {
        let _ = Policy::stricter(&[policy, builtin]);
    }
});
