//! An announced year is added whole or not at all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanzi::calendar::{Calendar, Period};

fuzz_target!(|text: &str| {
    let Ok(calendar) = Calendar::china().announce(2027, text) else { return };
    let start = "2026-12-20".parse().expect("a day");
    assert!(calendar.last_day(start, Period::working(5), &[]).is_ok());
});
