//! Faults that need strace: power cuts, and system calls that fail. `cargo test --test traced` runs them; without strace they fail.
//!
//! `SANZI_FAULTS=1000` makes it a longer run of so many cuts for each writer, and of so many failing calls of each kind.
#![cfg(all(target_os = "linux", feature = "sqlite"))]
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

#[allow(dead_code, reason = "the other fault tests need the rest")]
#[path = "../faults/child.rs"]
mod child;
mod disk;
mod failing;
#[allow(dead_code, reason = "the other fault tests need the rest")]
#[path = "../faults/ledger.rs"]
mod ledger;
mod power;
mod trace;

/// What a child does.
fn work(task: &[&str]) {
    match task {
        ["write", path, synchronous] => power::write(path, synchronous),
        ["copy", path, to] => power::copy(path, to),
        ["endure", path] => failing::endure(path),
        other => panic!("{other:?}"),
    }
}
