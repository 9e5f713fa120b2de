//! Faults of one SQLite file and of the processes on it: killed, racing, refused, copied; with the feature `postgres` the race is run on
//! a database too. What needs strace is in `traced`.
//!
//! `SANZI_FAULTS=1000` makes it a longer run of so many kills.
#![cfg(all(unix, feature = "sqlite"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test that cannot go on stops"
)]

mod backup;
mod child;
mod damage;
mod denied;
mod history;
mod killed;
mod ledger;
#[cfg(feature = "postgres")]
mod postgres;
mod shared;

#[cfg(feature = "postgres")]
use ledger::org;

/// What a child does.
fn work(task: &[&str]) {
    let number = |text: &str| text.parse().unwrap();
    match task {
        ["share", place, process, calls] => shared::work(place, number(process), number(calls)),
        ["stopping", path, point, incarnation, count] => {
            killed::stopping(path, point.parse().unwrap(), number(incarnation), number(count));
        }
        ["writing", path, incarnation] => killed::writing(path, number(incarnation)),
        ["denied", path] => denied::knock(path),
        other => panic!("{other:?}"),
    }
}
