//! The example's file of transactions: read whole, or refused with a place in the text that exists.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the examples use the rest")]
#[path = "../../examples/support/input.rs"]
mod input;

fuzz_target!(|bytes: &[u8]| {
    match input::parse(bytes) {
        Ok(input) => {
            assert_eq!(input.transactions.len(), input.reported.transactions);
            let amounts = input.transactions.iter().map(|transaction| transaction.amount().expect("it was added up"));
            assert_eq!(sanzi::value::Money::total(amounts), Ok(input.reported.amount));
        }
        Err(input::InputError::TooLarge(found)) => assert!(found > input::MAX_BYTES),
        Err(input::InputError::At { line, column, .. }) => {
            let text = String::from_utf8_lossy(bytes);
            assert!(line <= text.split('\n').count(), "line {line}");
            assert!(column <= bytes.len() + 2, "column {column}");
        }
    }
});
