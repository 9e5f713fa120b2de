//! Every integration test, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test that cannot go on stops"
)]

mod allocations;
mod audit;
mod case;
#[cfg(feature = "pages")]
mod export;
mod flow;
mod house;
mod law;
mod ledger;
mod petri;
mod props;
mod publish;
mod reference;
mod register;
mod rules;
mod seeds;
mod snapshot;
mod store;
mod village;
mod walk;
