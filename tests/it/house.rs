//! The house as written in ARCHITECTURE.md: which room may look into which, and how large a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room of `src`, and the rooms it may look into. Rules point inward, bytes point outward.
const ROOMS: [(&str, &[&str]); 14] = [
    ("value", &[]),
    ("calendar", &["value"]),
    ("disclosure", &["value", "calendar"]),
    ("flow", &["value", "disclosure"]),
    ("policy", &["value", "calendar"]),
    ("register", &["value", "flow"]),
    ("case", &["value", "calendar", "disclosure", "flow", "policy", "register"]),
    ("dongsha", &["value", "calendar", "disclosure", "flow", "policy", "register", "case"]),
    ("ledger", &["value"]),
    ("store", &["value", "ledger"]),
    ("export", &["value", "calendar", "disclosure", "flow", "policy", "case", "ledger"]),
    ("engine", &["value", "calendar", "disclosure", "flow", "case", "ledger", "store", "error"]),
    ("publish", &["value", "disclosure", "case", "store", "engine", "error", "export"]),
    ("error", &["value", "calendar", "case", "policy", "register", "ledger", "store"]),
];

/// Largest file, in lines. A table may be longer.
const MOST_LINES: usize = 600;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms that a file's code names after `crate::`; comments, macros' `$crate` and test modules do not count.
fn looks_into(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let mut rooms = Vec::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (place, _) in line.match_indices("crate::") {
            let before = line[..place].chars().next_back();
            if before.is_some_and(|c| c == '$' || c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &line[place + "crate::".len()..];
            rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    rooms
}

#[test]
fn rules_point_inward_and_bytes_point_outward() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let inside = path.strip_prefix(src()).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if room == "lib" {
            continue;
        }
        let (_, may) = ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("room `{room}` is not on the plan"));
        for other in looks_into(&fs::read_to_string(&path).unwrap()) {
            let macros = ["flow", "reason_codes"].contains(&other.as_str()) && !may.contains(&other.as_str());
            if other != room && !may.contains(&other.as_str()) && !macros {
                wrong.push(format!("{} looks into {other}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_stay_small() {
    for path in sources(&src()) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines, {MOST_LINES} are enough", path.display());
    }
}

#[test]
fn a_wrong_arrow_is_seen() {
    assert_eq!(looks_into("use crate::store::Store;\nlet x = crate::flow::check();"), ["store", "flow"]);
    assert_eq!(looks_into("// crate::store\n$crate::case::Case;\n#[cfg(test)]\nuse crate::engine;"), Vec::<String>::new());
}
