//! Bugs planted on purpose, each of which a named test must notice.
//!
//! A plain `cargo test` checks the list alone. `SANZI_PLANTED=all cargo test --test planted -- --nocapture` plants them, one
//! after the other, in a copy of the crate in `target/planted`, and runs the one test that must fail; a number of the list or
//! a part of a name instead of `all` plants that one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a test that cannot go on stops"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(rename = "bug")]
    bugs: Vec<Bug>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bug {
    name: String,
    file: String,
    find: String,
    replace: String,
    gate: String,
}

impl Bug {
    /// The file with the bug in it; `None` unless there is exactly one place for it.
    fn planted(&self, code: &str) -> Option<String> {
        (code.matches(&self.find).count() == 1).then(|| code.replace(&self.find, &self.replace))
    }
}

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn list() -> Vec<Bug> {
    toml::from_str::<List>(&fs::read_to_string(home().join("tests/planted/bugs.toml")).unwrap()).unwrap().bugs
}

/// Whether the sources have a test of this whole name: modules are files, or are made inside one.
fn is_written(test: &str) -> bool {
    let mut names: Vec<&str> = test.split("::").collect();
    let Some(function) = names.pop() else { return false };
    let (mut folder, mut code) = (home().join("tests/it"), String::new());
    for name in names {
        folder.push(name);
        let files = [folder.with_extension("rs"), folder.join("mod.rs")];
        match files.iter().find_map(|file| fs::read_to_string(file).ok()) {
            Some(found) => code = found,
            None if [format!("mod {name} {{"), format!("mount!({name},")].iter().any(|made| code.contains(made)) => {}
            None => return false,
        }
    }
    code.contains(&format!("fn {function}("))
}

#[test]
fn every_bug_has_one_place_and_a_gate() {
    let bugs = list();
    assert!(bugs.len() >= 20, "{} bugs are left", bugs.len());
    let (mut names, mut wrong) = (BTreeSet::new(), Vec::new());
    for bug in &bugs {
        let mut require = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{}: {what}", bug.name));
            }
        };
        let code = fs::read_to_string(home().join(&bug.file)).unwrap_or_default();
        require(names.insert(&bug.name), "the name is there twice");
        require(bug.file.starts_with("src/"), "it is not in src");
        require(bug.planted(&code).is_some(), "`find` does not stand exactly once in the file: look the place up again");
        require(bug.find != bug.replace, "it changes nothing");
        require(is_written(&bug.gate), "no test has the name of its gate");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What became of a bug.
enum Fate {
    Killed,
    Survived,
    /// It does not compile, or its gate neither passed nor failed.
    Spoilt(String),
}

#[test]
fn every_planted_bug_is_killed_by_its_gate() {
    let Ok(wanted) = std::env::var("SANZI_PLANTED") else { return };
    let numbered = (1..).zip(list());
    let bugs: Vec<(usize, Bug)> =
        numbered.filter(|(n, bug)| wanted == "all" || wanted == n.to_string() || bug.name.contains(&wanted)).collect();
    assert!(!bugs.is_empty(), "no bug is called {wanted:?}: give `all`, a number, or a part of a name");
    let scratch = Scratch::fresh();
    let start = Instant::now();
    scratch.passes_unplanted(&bugs);
    println!("not planted: every gate passes, {:.0} s", start.elapsed().as_secs_f32());
    let mut survivors = Vec::new();
    for (n, bug) in &bugs {
        let since = Instant::now();
        let fate = scratch.plant(bug);
        let word = match &fate {
            Fate::Killed => "killed".to_owned(),
            Fate::Survived => "SURVIVED".to_owned(),
            Fate::Spoilt(why) => format!("SPOILT: {why}"),
        };
        println!("{n:>3} | {} | {} | {word} in {:.1} s", bug.name, bug.gate, since.elapsed().as_secs_f32());
        if !matches!(fate, Fate::Killed) {
            survivors.push((&bug.name, &bug.gate, word));
        }
    }
    println!("{} of {} killed, {:.0} s in all", bugs.len() - survivors.len(), bugs.len(), start.elapsed().as_secs_f32());
    assert!(survivors.is_empty(), "not killed by their gates: {survivors:#?}");
}

/// The crate once more, to be broken, and what is built of it.
struct Scratch {
    home: PathBuf,
    target: PathBuf,
}

impl Scratch {
    fn fresh() -> Scratch {
        // The same target: what the crate is built on is built already.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let copy = Scratch { home: target.join("planted"), target: target.to_owned() };
        fs::create_dir_all(&copy.home).unwrap();
        for part in [
            "Cargo.toml",
            "Cargo.lock",
            "src",
            "docs",
            "tests/it",
            "tests/snapshots",
            "tests/vectors",
            "tests/traced",
            "examples",
            "benches",
        ] {
            bring(&home().join(part), &copy.home.join(part));
        }
        copy
    }

    /// The built tests, or what the compiler said.
    fn build(&self) -> Result<PathBuf, String> {
        let output = Command::new(env!("CARGO"))
            .args(["test", "--locked", "--test", "it", "--no-run", "--message-format=json-render-diagnostics"])
            .args(["--config", "profile.dev.package.sanzi.debug=0"])
            .current_dir(&self.home)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "1")
            .output()
            .unwrap();
        let messages = String::from_utf8_lossy(&output.stdout);
        let built = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut tests = built.filter(|message| message["profile"]["test"] == true);
        match tests.find_map(|message| message["executable"].as_str().map(PathBuf::from)) {
            Some(tests) if output.status.success() => Ok(tests),
            _ => Err(format!("it does not compile:\n{}", String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// Runs these tests alone: what they said, and whether all passed; `None` where they came to no result.
    fn run(&self, tests: &Path, names: &BTreeSet<&str>) -> (String, Option<bool>) {
        let output = Command::new(tests).args(names).arg("--exact").current_dir(&self.home).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let ran = match names.len() {
            1 => said.contains("running 1 test\n"),
            count => said.contains(&format!("running {count} tests\n")),
        };
        let result = match (said.contains("test result: ok. "), said.contains("test result: FAILED. ")) {
            _ if !ran => None,
            (true, false) if output.status.success() => Some(true),
            (false, true) if output.status.code() == Some(101) => Some(false),
            _ => None,
        };
        (said, result)
    }

    fn passes_unplanted(&self, bugs: &[(usize, Bug)]) {
        let gates = bugs.iter().map(|(_, bug)| bug.gate.as_str()).collect();
        let tests = self.build().unwrap_or_else(|why| panic!("without any bug {why}"));
        let (said, result) = self.run(&tests, &gates);
        assert!(result == Some(true), "without any bug the gates must pass:\n{said}");
    }

    fn plant(&self, bug: &Bug) -> Fate {
        let file = self.home.join(&bug.file);
        let whole = fs::read_to_string(&file).unwrap();
        fs::write(&file, bug.planted(&whole).unwrap()).unwrap();
        let fate = match self.build().map(|tests| self.run(&tests, &BTreeSet::from([bug.gate.as_str()]))) {
            Ok((_, Some(false))) => Fate::Killed,
            Ok((_, Some(true))) => Fate::Survived,
            Ok((said, None)) => Fate::Spoilt(format!("its gate came to no result:\n{said}")),
            Err(why) => Fate::Spoilt(why),
        };
        fs::write(&file, whole).unwrap();
        fate
    }
}

/// Copies a file or a folder. What is the same already is left alone, so that it is not built again.
fn bring(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            bring(&from.join(&name), &to.join(&name));
        }
    } else {
        let bytes = fs::read(from).unwrap();
        if fs::read(to).ok().as_ref() != Some(&bytes) {
            fs::write(to, bytes).unwrap();
        }
    }
}
