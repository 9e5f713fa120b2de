//! The harness: contenders take turns in one process, and what is told is the median of the ratios of each turn.
//!
//! A figure in nanoseconds depends on the machine and on who else uses it; the ratio of two figures of the same turn much
//! less. `cargo bench -- --test`, and `cargo test --benches`, run everything once and briefly, to see that it works.
#![allow(dead_code, unreachable_pub, reason = "each bench uses a part of it")]

use std::time::{Duration, Instant};

use sanzi::ledger::Record;
use sanzi::store::{Position, Store};

/// Whether everything is run once only.
pub fn quick() -> bool {
    let args: Vec<String> = std::env::args().collect();
    args.iter().any(|arg| arg == "--test") || !args.iter().any(|arg| arg == "--bench")
}

/// `full` in a real run, `brief` in a quick one.
pub fn sized<T>(full: T, brief: T) -> T {
    if quick() { brief } else { full }
}

/// One side of a comparison: what it is called, how many operations a turn has, and how long a turn took.
pub struct Contender<'a> {
    name: &'static str,
    operations: usize,
    turn: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Contender<'a> {
    /// The whole turn is measured.
    pub fn new(name: &'static str, operations: usize, mut turn: impl FnMut() + 'a) -> Contender<'a> {
        Contender::timed(name, operations, move || {
            let start = Instant::now();
            turn();
            start.elapsed()
        })
    }

    /// The turn measures itself, and leaves out what it has to prepare.
    pub fn timed(name: &'static str, operations: usize, turn: impl FnMut() -> Duration + 'a) -> Contender<'a> {
        Contender { name, operations, turn: Box::new(turn) }
    }
}

/// Lets the contenders take turns, and prints each one's median and its ratio to the first. Who starts changes every turn.
pub fn compare(title: &str, turns: usize, mut contenders: Vec<Contender<'_>>) {
    let turns = sized(turns, 1);
    let mut times = vec![Vec::with_capacity(turns); contenders.len()];
    for turn in 0..turns.saturating_add(usize::from(!quick())) {
        for offset in 0..contenders.len() {
            let at = (turn + offset) % contenders.len();
            let contender = &mut contenders[at];
            let nanos = (contender.turn)().as_secs_f64() * 1e9 / contender.operations as f64;
            // The first turn of a real run warms up.
            if turn > 0 || quick() {
                times[at].push(nanos);
            }
        }
    }
    println!("\n{title} ({turns} turns)");
    for (contender, own) in contenders.iter().zip(&times) {
        let ratios: Vec<f64> = own.iter().zip(&times[0]).map(|(own, first)| own / first).collect();
        let [low, middle, high] = quartiles(&ratios);
        let [_, nanos, _] = quartiles(own);
        println!("  {:<58} {:>12}   time x{middle:<7.3} ({low:.3} to {high:.3})", contender.name, human(nanos));
    }
}

fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| sorted[(sorted.len() * quarter / 4).min(sorted.len() - 1)])
}

fn human(nanos: f64) -> String {
    if nanos < 1e3 {
        format!("{nanos:.1} ns")
    } else if nanos < 1e6 {
        format!("{:.2} µs", nanos / 1e3)
    } else {
        format!("{:.2} ms", nanos / 1e6)
    }
}

/// Random numbers that are the same in every run (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// One below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    /// In any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// All records of a ledger, a thousand at a time.
pub fn pages(store: &impl Store, mut each: impl FnMut(&Record)) {
    let mut after = Position::START;
    loop {
        let page = store.scan(after, 1_000).unwrap();
        let Some((last, _)) = page.last() else { return };
        after = *last;
        page.iter().for_each(|(_, record)| each(record));
    }
}
