//! A cluster of three under load, its leader killed and frozen. `cargo test --features postgres --test cluster -- --nocapture` runs it,
//! a plain `cargo test` does not: it takes minutes. What it needs is installed by `cluster.sh`, or it fails.
//!
//! `SANZI_ROUNDS=10` repeats all faults so often, twice unless told; `SANZI_FAULT=LeaderFrozen` chooses one.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a test that cannot go on stops"
)]

mod check;
mod cluster;
mod fault;
mod load;

use std::sync::Mutex;

use cluster::Cluster;
use fault::Fault;
use load::Load;

/// Two clusters at once are too much for a small machine.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn nothing_acknowledged_is_lost_and_writes_go_on() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let rounds: usize = std::env::var("SANZI_ROUNDS").map_or(2, |rounds| rounds.parse().unwrap());
    let cluster = Cluster::start("quorum");
    let load = Load::start(&cluster);
    let mut pauses = Vec::new();
    for round in 1..=rounds {
        for fault in Fault::chosen() {
            let seen = fault::inflict(&cluster, &load, fault, round);
            println!("round {round}, {fault:?}: {seen}");
            pauses.push((fault, seen.pause));
        }
    }
    let log = load.stop();
    let found = check::everywhere(&cluster, &log);
    println!("{} faults in {rounds} rounds. {log}", pauses.len());
    for fault in Fault::chosen() {
        let of: Vec<f64> = pauses.iter().filter(|(kind, _)| *kind == fault).map(|(_, pause)| pause.as_secs_f64()).collect();
        println!("  {fault:?}: longest pause between two acknowledgements {:.1} s", of.iter().copied().fold(0.0, f64::max));
    }
    println!("{found}");
    assert_eq!(found.lost, 0);
    assert_eq!(log.broken_seals, 0, "no checkpoint was signed over records that vanished");
}

/// The control: the same load, and one of the same faults, without a standby that has to confirm.
#[test]
fn without_synchronous_standbys_acknowledged_records_are_lost() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let cluster = Cluster::start("off");
    let load = Load::start(&cluster);
    let seen = fault::inflict(&cluster, &load, Fault::KilledWhileStandbysLag, 1);
    println!("asynchronous, KilledWhileStandbysLag: {seen}");
    let log = load.stop();
    let lost = check::lost(&cluster, &log);
    println!(
        "asynchronous: {log}\n  lost {lost} acknowledged appends; {} times the ledger no longer continued its checkpoint",
        log.broken_seals
    );
    assert!(lost > 0, "the test cannot see a loss");
}
