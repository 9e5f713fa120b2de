//! Attempts to cheat that do not compile, one to a file, and tables that `flow!` does not take.
//!
//! Each file says in its head which error it must fail with; the whole message is beside it. After a change that is meant,
//! `TRYBUILD=overwrite cargo test --test ui` writes the messages anew: read the difference.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn no_cheat_compiles() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn each_fails_for_the_reason_it_names_and_no_other() {
    let attempts = attempts();
    assert!(attempts.len() >= 22, "{} attempts are left", attempts.len());
    for attempt in attempts {
        let head = fs::read_to_string(&attempt).unwrap();
        let expected = head.lines().find_map(|line| line.strip_prefix("//! Must fail with: ")).unwrap();
        let message = fs::read_to_string(attempt.with_extension("stderr")).unwrap();
        let errors: BTreeSet<&str> = message.lines().filter(|line| line.starts_with("error")).collect();
        let name = attempt.display();
        assert!(!errors.is_empty(), "{name} has no error");
        if expected.starts_with('E') {
            let prefix = format!("error[{expected}]");
            assert!(errors.iter().all(|error| error.starts_with(&prefix)), "{name} must fail with {expected} alone: {errors:?}");
        } else {
            let first = errors.iter().any(|error| error.contains(expected)) || message.contains(expected);
            assert!(first, "{name} must say {expected:?}: {errors:?}");
        }
    }
}

/// What a compiler says of a table is of use only if it says what to write.
#[test]
fn no_message_shows_the_inside_of_the_macro() {
    for attempt in attempts() {
        let message = fs::read_to_string(attempt.with_extension("stderr")).unwrap();
        for inside in ["__flow", "no rules expected"] {
            let shown: Vec<&str> = message.lines().filter(|line| line.starts_with("error") && line.contains(inside)).collect();
            assert!(shown.is_empty(), "{}: {shown:?}", attempt.display());
        }
    }
}

fn attempts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    all.sort();
    all
}
