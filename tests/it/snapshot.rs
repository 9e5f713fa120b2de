//! Texts kept under `tests/snapshots`: a change of one is a change that somebody has read.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Compares a text with the one that is kept. `UPDATE_SNAPSHOTS=1` writes it anew.
#[track_caller]
pub fn assert_kept(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        return fs::write(&path, found).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == found,
        "tests/snapshots/{name} differs (- kept, + found):\n{}\nif the change is meant: UPDATE_SNAPSHOTS=1 cargo test --test it, then read the diff",
        difference(&kept, found)
    );
}

/// The lines between the common head and the common tail.
fn difference(kept: &str, found: &str) -> String {
    let (kept, found): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), found.lines().collect());
    let head = kept.iter().zip(&found).take_while(|(kept, found)| kept == found).count();
    let same = |(kept, found): &(&&str, &&str)| kept == found;
    let tail = kept[head..].iter().rev().zip(found[head..].iter().rev()).take_while(same).count();
    let mut out = String::new();
    for (sign, lines) in [("-", &kept[head..kept.len() - tail]), ("+", &found[head..found.len() - tail])] {
        for (number, line) in lines.iter().enumerate() {
            writeln!(out, "{:>4} {sign} {line}", head + number + 1).unwrap();
        }
    }
    out
}

#[test]
fn a_difference_shows_what_changed_and_nothing_else() {
    assert_eq!(difference("a\nb\nc\n", "a\nx\ny\nc\n"), "   2 - b\n   2 + x\n   3 + y\n");
    assert_eq!(difference("a\n", "a\nb\n"), "   2 + b\n");
}
