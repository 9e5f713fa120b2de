//! Ways in which cadres skip a step, each tried for real on a transaction that got that far lawfully, and refused.
//!
//! ```text
//! cargo run --example cheating
//! ```
//!
//! Exits with a failure if any of them succeeds.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::arithmetic_side_effects, reason = "a program for the terminal")]

mod support {
    pub(crate) mod attempts;
    pub(crate) mod drive;
    pub(crate) mod input;
    pub(crate) mod ledger_attempts;
    pub(crate) mod records;
    pub(crate) mod until;
    pub(crate) mod wrap;
}

use std::process::ExitCode;

use sanzi::Error;
use sanzi::value::Lang;

use support::attempts::{ATTEMPTS, Attempt, Tried};
use support::wrap::wrapped;

const WIDTH: usize = 100;

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the example could not be set up: {error}");
            ExitCode::from(2)
        }
    }
}

/// Tries them all, and counts those that succeeded.
fn run() -> Result<usize, Box<dyn std::error::Error>> {
    let input = support::input::parse(include_bytes!("data/dongtang_2018.json"))?;
    let (mut refused, mut reasons) = (0, 0);
    for (number, attempt) in (1..).zip(ATTEMPTS) {
        let Attempt { zh, en, run } = attempt;
        print!("{}", wrapped(&format!("{number:>2}. "), zh, WIDTH));
        print!("{}", wrapped("    ", en, WIDTH));
        match run(&input)? {
            Tried::Refused(error) => {
                refused += 1;
                reasons += print_refusal(&error);
            }
            Tried::ByTheFile(words) => {
                refused += 1;
                reasons += print_words(&words);
            }
            Tried::Succeeded => println!("    !! 未被拒绝 NOT REFUSED"),
        }
        println!();
    }
    let all = ATTEMPTS.len();
    println!("共 {all} 种做法，拒绝 {refused} 种，理由 {reasons} 条。 {refused} of {all} attempts refused, for {reasons} reasons.");
    Ok(all - refused)
}

/// Every reason, Chinese first, English below.
fn print_refusal(error: &Error) -> usize {
    let Error::Refused(refusal) = error else { return print_words(&error.to_string()) };
    for reason in refusal.reasons() {
        print!("{}", wrapped("    × ", &short_digests(&reason.text(Lang::Zh)), WIDTH));
        print!("{}", wrapped("      ", &short_digests(&reason.text(Lang::En)), WIDTH));
    }
    refusal.reasons().len()
}

fn print_words(words: &str) -> usize {
    print!("{}", wrapped("    × ", &format!("账本拒绝 the ledger refuses: {}", short_digests(words)), WIDTH));
    1
}

/// Eight digits of a digest are enough to see that two differ.
fn short_digests(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(64).unwrap_or((part, ""));
        out.push_str("sha256:");
        out.push_str(digits.get(..8).unwrap_or(digits));
        out.push('…');
        out.push_str(rest);
    }
    out
}
