//! The order of the sixteen steps as a Petri net in PNML, for a process mining tool's own replay of a log.
//!
//! ```text
//! net [zh|en|id] [--open] > dongsha.pnml
//! ```
//! The labels are the steps' names in Chinese or English, or their identifiers: take those that the log has. `--open`: cases of
//! the log may be on their way.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::process::ExitCode;

use sanzi::dongsha::{Dongsha, Step};
use sanzi::export::{CaseEnd, petri_net};

fn main() -> ExitCode {
    let (mut end, mut label): (CaseEnd, fn(Step) -> String) = (CaseEnd::LastStep, |step| step.name().zh.into_owned());
    for word in std::env::args().skip(1) {
        match word.as_str() {
            "--open" => end = CaseEnd::Anywhere,
            "zh" => label = |step| step.name().zh.into_owned(),
            "en" => label = |step| step.name().en.into_owned(),
            "id" => label = |step| step.to_string(),
            other => {
                eprintln!("✗ `{other}` is neither zh, en, id nor --open");
                return ExitCode::FAILURE;
            }
        }
    }
    print!("{}", petri_net::<Dongsha>(end, label));
    ExitCode::SUCCESS
}
