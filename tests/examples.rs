//! The example programs as a user runs them: processes, their exit status, and the lines that matter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]
#![cfg(feature = "sqlite")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::{NaiveTime, TimeDelta};
use sanzi::calendar::{Calendar, china_date};
use sanzi::case::Entry;
use sanzi::dongsha::Dongsha;
use sanzi::ledger::{Audit, Checkpoint, KeyName, Record, Scheme, SecretKey, Signer};
use sanzi::store::{Position, SqliteStore, Store, verify};
use sanzi::value::OrgId;
use tempfile::TempDir;

const DATA: &str = include_str!("../examples/data/dongtang_2018.json");

/// Cargo builds the examples beside the tests: `target/…/deps/this` and `target/…/examples/that`.
fn example(name: &str) -> Command {
    let this = std::env::current_exe().unwrap();
    let path = this.ancestors().nth(2).unwrap().join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is not built: run `cargo build --examples` first", path.display());
    Command::new(path)
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// In memory where the system has such a place: thousands of commits are waited for.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).or_else(|_| TempDir::new()).unwrap() } else { TempDir::new().unwrap() }
}

/// Runs the main example on some input, and says where the ledger is to be.
fn dongtang(dir: &TempDir, input: &[u8]) -> (Output, PathBuf) {
    let (file, ledger) = (dir.path().join("input.json"), dir.path().join("ledger.sqlite"));
    std::fs::write(&file, input).unwrap();
    (example("dongtang").arg(&file).arg(&ledger).output().unwrap(), ledger)
}

#[test]
fn fifty_transactions_add_up_and_their_ledger_verifies() {
    let dir = scratch();
    let (output, ledger) = dongtang(&dir, DATA.as_bytes());
    assert!(output.status.success(), "{}", complained(&output));
    let said = said(&output);
    assert!(said.contains("合计 total: 50 笔 transactions, 1,300,000.00 元 yuan"), "{said}");
    assert!(said.contains("已核验 verified: 50 宗交易 cases"), "{said}");
    assert!(!said.contains('\u{1b}') && !complained(&output).contains('\u{1b}'), "no escape codes where nobody sees colours");
    let returned: Vec<&str> =
        said.lines().filter(|line| line.contains(" DT-") && line.split_whitespace().rev().nth(1) == Some("1")).collect();
    assert_eq!(returned.len(), 3, "two returns and one failed bidding: {returned:#?}");
    let paper = |text: &str| said.matches(text).count();
    assert_eq!((paper("16. 备案、公开与归档"), paper("16. filing, disclosure, archive")), (1, 1));

    let store = SqliteStore::open(&ledger, OrgId::new("dongtang").unwrap()).unwrap();
    assert_eq!(verify(&store).unwrap().cases, 50);
    let mut before = None;
    for (position, record) in store.scan(Position::START, 10_000).unwrap() {
        let entry: Entry<Dongsha> = record.body().unwrap();
        assert!(Calendar::china().is_working(china_date(entry.at)).unwrap(), "position {position}: the office is closed");
        let time = (entry.at + TimeDelta::hours(8)).time();
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        assert!(hour(9) <= time && time <= hour(17), "position {position} at {time}");
        assert!(before <= Some(entry.at), "position {position}: the ledger is in the order of time");
        before = Some(entry.at);
    }
}

#[test]
fn a_ledger_is_never_written_over() {
    let dir = scratch();
    std::fs::write(dir.path().join("ledger.sqlite"), "somebody's file").unwrap();
    let (output, ledger) = dongtang(&dir, DATA.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("exists already"), "{}", complained(&output));
    assert_eq!(std::fs::read_to_string(ledger).unwrap(), "somebody's file");
}

/// The file with one thing changed is refused, with this line and field and these words, and nothing is written.
#[track_caller]
fn refused(change: (&str, &str), field: &str, cause: &str) {
    let dir = scratch();
    let changed = DATA.replacen(change.0, change.1, 1);
    assert!(changed != DATA, "`{}` is not in the file", change.0);
    let (output, ledger) = dongtang(&dir, changed.as_bytes());
    let complaint = complained(&output);
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(complaint.contains(&format!("`{field}`: ")) && complaint.contains(cause), "{complaint}");
    assert!(said(&output).is_empty() && !ledger.exists(), "nothing is written");
    let line: usize = complaint.split("line ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    let last = field.rsplit(['.', '[']).next().unwrap();
    let at = changed.lines().nth(line - 1).unwrap();
    assert!(last.ends_with(']') || last == "?" || at.contains(last), "line {line} is `{at}`");
}

#[test]
fn a_wrong_file_is_refused_with_line_and_field() {
    refused(("sanzi-transactions/1", "sanzi-transactions/2"), "format", "this program reads `sanzi-transactions/1`");
    refused(("\"1300000.00\"", "\"1300000.01\""), "reported.amount", "the transactions add up to 1,300,000.00");
    refused(("\"transactions\": 50", "\"transactions\": 51"), "reported.transactions", "the file has 50");
    refused(("\"floor\": \"510.00\"", "\"floor\": \"-510.00\""), "transactions[0].terms.floor", "is not an amount");
    refused(("\"floor\": \"510.00\"", "\"floor\": 510.00"), "transactions[0].terms.floor", "invalid type");
    refused(("\"price\": \"650.00\"", "\"price\": \"90000000000000.00\""), "transactions[0].bids", "over the largest");
    refused(("\"role\": \"Board\"", "\"role\": \"Mayor\""), "register.roles[0].role", "Mayor");
    refused(("\"person\": \"chen\"", "\"person\": \"nobody\""), "register.roles[0]", "`nobody` is not in the register");
    refused(("\"DT-P-002\"", "\"DT-S-001\""), "transactions[1].asset", "is in transaction 1 already");
    refused(("东塱大街8号", "东塱\u{202e}大街8号"), "transactions[0].title", "U+202E");
    refused(("东塱大街8号", "东塱\\u0007大街8号"), "transactions[0].title", "U+0007");
    refused(("2018-01-08", "2018-02-30"), "transactions[0].opened", "out of range");
    refused(("2018-01-08", "2017-12-29"), "transactions[0].opened", "2017-12-29");
    refused(("2018-01-08", "2018-01-06"), "transactions[0].opened", "no working day");
    refused(("\"kind\": \"lease\"", "\"colour\": \"red\", \"kind\": \"lease\""), "transactions[0].colour", "unknown field `colour`");
}

#[test]
fn what_is_no_file_of_ours_is_refused() {
    for (bytes, cause) in [
        (&b""[..], "line 1"),
        (b"{", "line 1"),
        (b"[]", "line 1"),
        (b"{\"format\":\n \xff", "line 2, column 2, `.`: this is no UTF-8 text"),
    ] {
        let dir = scratch();
        let (output, ledger) = dongtang(&dir, bytes);
        assert_eq!(output.status.code(), Some(2));
        assert!(complained(&output).contains(cause), "{}", complained(&output));
        assert!(!ledger.exists());
    }
    let missing = example("dongtang").arg("no such file.json").output().unwrap();
    assert_eq!((missing.status.code(), complained(&missing).contains("`no such file.json` cannot be read")), (Some(2), true));
    let usage = example("dongtang").arg("--help").output().unwrap();
    assert_eq!((usage.status.code(), complained(&usage).contains("usage: dongtang")), (Some(2), true));
}

/// A file that is well formed but breaks a rule of the procedure stops there, with the rule's own reasons.
#[test]
fn an_unlawful_transaction_stops_with_its_reasons() {
    let dir = scratch();
    let bid = |price| format!(r#"{{"bidder": "bidder-13", "price": "{price}"}}"#);
    let lower = DATA.replacen(&bid("550.00"), &bid("520.00"), 1);
    let (output, _) = dongtang(&dir, lower.as_bytes());
    let complaint = complained(&output);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("transaction no. 1 ") && complaint.contains("加价不足"), "{complaint}");
}

#[test]
fn every_attempt_to_cheat_is_refused() {
    let output = example("cheating").output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}{}", complained(&output));
    assert!(said.contains("共 26 种做法，拒绝 26 种") && said.contains("26 of 26 attempts refused"), "{said}");
    for story in ["不表决", "化整为零", "倒签", "围标串标", "拨快时钟", "直接改账本"] {
        assert!(said.contains(story), "{story}");
    }
}

#[test]
fn a_platform_and_the_ledger_agree_row_by_row() {
    let output = example("embed").output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}{}", complained(&output));
    let rows: Vec<&str> = said.lines().filter(|line| line.contains("rows: ")).map(str::trim).collect();
    let both = |count| format!("rows: {count} in platform_action, {count} in sanzi_record");
    assert_eq!(rows, [both(1), both(1), both(1), both(2), both(2)], "a refusal and a rollback leave no row");
    assert!(said.contains("\"type\": \"urn:sanzi:problem:refused\"") && said.contains("\"code\": \"not-responsible\""), "{said}");
    assert!(said.contains("done before: the case had version 2, nothing was added"), "{said}");
}

fn run(name: &str, arguments: &[&str]) -> Output {
    example(name).args(arguments).output().unwrap()
}

/// The whole way on paper: seal, cosign, bring home, export, prove, verify; and the twins that do not verify.
#[test]
fn a_ledger_is_sealed_cosigned_and_verified_by_outsiders() {
    let dir = scratch();
    let (output, ledger) = dongtang(&dir, one_transaction().as_bytes());
    assert!(output.status.success(), "{}", complained(&output));
    let ledger = ledger.to_str().unwrap().to_owned();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let write = |name: &str, text: &str| {
        std::fs::write(path(name), text).unwrap();
        path(name)
    };
    let good = |output: Output| {
        assert!(output.status.success(), "{}", complained(&output));
        said(&output)
    };
    let checkpoint = |arguments: &[&str]| run("checkpoint", arguments);
    let (log_key, street_key) = (path("log.key"), path("street.key"));
    let log = good(checkpoint(&["key", "dongtang.example/sanzi", &log_key]));
    let street = good(checkpoint(&["key", "street.example", &street_key]));
    assert!(!checkpoint(&["key", "street.example", &street_key]).status.success(), "a key is never overwritten");
    let (log, street) = (log.lines().next().unwrap(), street.lines().nth(1).unwrap().replace("NAME", "street"));
    let trust = write("trust", &format!("{log}\n{street}\nquorum street\n"));

    let sealed = checkpoint(&["seal", &ledger, &log_key]);
    let short = complained(&sealed).trim().rsplit_once(": ").unwrap().1.to_owned();
    let note = write("checkpoint", &good(sealed));
    let exported = good(checkpoint(&["export", &ledger]));
    let records = write("ledger.jsonl", &exported);
    let cosigned = write("cosigned", &good(checkpoint(&["cosign", &note, &records, &street_key, &trust])));
    good(checkpoint(&["keep", &ledger, &cosigned]));
    let again = good(checkpoint(&["cosign", &cosigned, &records, &street_key, &trust, &cosigned]));
    assert!(again.contains("street.example"));

    let verify = |arguments: &[&str]| run("verify", arguments);
    let said_of_it = good(verify(&["ledger", &records, "--checkpoint", &cosigned, "--trust", &trust]));
    assert!(said_of_it.contains("49 records") && said_of_it.contains("✓ street"), "{said_of_it}");
    let without = verify(&["ledger", &records, "--checkpoint", &note, "--trust", &trust]);
    assert_eq!(without.status.code(), Some(2), "no quorum yet");
    good(verify(&["short", &short, "--checkpoint", &note]));
    let proof = write("proof", &good(checkpoint(&["prove", &ledger, "49"])));
    let case = SqliteStore::open(&ledger, OrgId::new("dongtang").unwrap()).unwrap().cases(sanzi::store::Cases::All).unwrap()[0];
    let whole = write("case.jsonl", &good(checkpoint(&["export", &ledger, &case.to_string()])));
    good(verify(&["case", &whole, "--proof", &proof, "--trust", &trust]));
    let last = write("record.json", exported.lines().last().unwrap());
    good(verify(&["record", &last, "--proof", &proof, "--trust", &trust]));

    let refused = |arguments: &[&str], why: &str| {
        let output = verify(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(complained(&output).contains(why), "{}", complained(&output));
    };
    let cut = write("cut.jsonl", &exported.lines().take(48).map(|line| format!("{line}\n")).collect::<String>());
    refused(&["ledger", &cut, "--checkpoint", &cosigned, "--trust", &trust], "49 records, 48 are here");
    let first = write("first.json", exported.lines().next().unwrap());
    refused(&["record", &first, "--proof", &proof, "--trust", &trust], "something was changed");
    let changed = write("changed.jsonl", &exported.replacen("东塱大街", "东塱小街", 1));
    refused(&["ledger", &changed, "--checkpoint", &cosigned, "--trust", &trust], "follows");
    refused(
        &["short", &short.replace(&short[8..9], if &short[8..9] == "Q" { "P" } else { "Q" }), "--checkpoint", &note],
        "compare it with the paper",
    );
    refused(&["ledger", &records, "--checkpoint", &cosigned, "--trust", &note], "line 1 of the trusted keys");
    // The owner signs an older state anew: true by itself, but less than the witness has signed for.
    let (name, hex) =
        std::fs::read_to_string(&log_key).unwrap().trim_end().split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let seed: Vec<u8> = (0..32).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect();
    let owner = SecretKey::from_seed(KeyName::new(&name).unwrap(), Scheme::Ed25519, seed.try_into().unwrap()).unwrap();
    let mut audit = Audit::new(OrgId::new("dongtang").unwrap());
    exported.lines().take(48).for_each(|line| audit.push(&Record::from_bytes(line.as_bytes()).unwrap()).unwrap());
    let older = Checkpoint { origin: owner.public().name().clone(), head: audit.head().unwrap() }.sign(&owner).unwrap();
    let older = write("older", &older.to_string());
    good(checkpoint(&["cosign", &older, &cut, &street_key, &trust]));
    let back = checkpoint(&["cosign", &older, &cut, &street_key, &trust, &cosigned]);
    assert!(!back.status.success() && complained(&back).contains("the 49 that were signed before"), "{}", complained(&back));
    good(checkpoint(&["cosign", &note, &records, &street_key, &trust, &older]));

    let rewritten = checkpoint(&["cosign", &note, &cut, &street_key, &trust]);
    assert!(!rewritten.status.success(), "a witness does not sign for records that it has not seen");
}

/// The data's first transaction alone.
fn one_transaction() -> String {
    let mut data: serde_json::Value = serde_json::from_str(DATA).unwrap();
    let first = data["transactions"][0].clone();
    data["transactions"] = serde_json::json!([first]);
    data["reported"] = serde_json::json!({"transactions": 1, "amount": "31200.00"});
    data.to_string()
}

/// Planted logs of so many transactions.
#[cfg(feature = "audit")]
fn planted(transactions: u64) -> TempDir {
    let dir = scratch();
    let output = example("plant").arg(transactions.to_string()).arg(dir.path()).output().unwrap();
    assert!(output.status.success(), "{}", complained(&output));
    dir
}

#[test]
#[cfg(feature = "audit")]
fn an_audit_is_a_table_and_three_files_and_says_by_its_status_what_it_found() {
    let dir = planted(200);
    let at = |name: &str| dir.path().join(name);
    let mapping = at("log-csv.mapping.toml");
    let mut audit = example("audit");
    audit.arg(at("log.csv")).arg("--mapping").arg(&mapping).args(["--threads", "2", "--json"]).arg(at("a.json"));
    let output = audit.arg("--csv").arg(at("a.csv")).arg("--html").arg(at("a.html")).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "there are breaches: {}", complained(&output));
    let said = said(&output);
    assert!(said.contains("step-skipped") && said.contains("200 transactions (0 still open)"), "{said}");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(at("a.json")).unwrap()).unwrap();
    let findings = json["findings"].as_array().unwrap().len();
    let csv = std::fs::read_to_string(at("a.csv")).unwrap();
    assert_eq!((json["partial"].as_bool(), csv.lines().count()), (Some(false), findings + 1));
    assert!(std::fs::read_to_string(at("a.html")).unwrap().contains("<svg"));

    // The same transactions as a ledger, with the auditor's register; and drafted from the log itself.
    let ledger = example("audit").arg(at("ledger.jsonl")).arg("--register").arg(at("register.toml")).output().unwrap();
    assert_eq!(ledger.status.code(), Some(2), "{}", complained(&ledger));
    let draft = example("audit").arg(at("log.csv")).args(["--suggest", "csv"]).output().unwrap();
    assert!(draft.status.success() && self::said(&draft).contains("case = \"项目编号\""), "{}", self::said(&draft));
    let wrong = example("audit").arg(at("nothing.csv")).arg("--mapping").arg(&mapping).output().unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(complained(&wrong).contains("nothing.csv"), "{}", complained(&wrong));
}

/// The log comes through a pipe, so it cannot be over before it is stopped.
#[test]
#[cfg(all(unix, feature = "audit"))]
fn a_stopped_audit_reports_what_it_has_read_and_says_that_it_is_partial() {
    use std::io::Write;
    let dir = planted(200);
    let at = |name: &str| dir.path().join(name);
    let log = std::fs::read(at("ledger.jsonl")).unwrap();
    assert!(log.iter().filter(|byte| **byte == b'\n').count() > 8_192, "it looks at its watch every 4096 lines");
    let pipe = at("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let child = example("audit").arg(&pipe).arg("--json").arg(at("a.json")).stdout(std::process::Stdio::piped()).spawn().unwrap();
    // It opens the pipe when it is ready to be stopped.
    let mut into = std::fs::File::options().write(true).open(&pipe).unwrap();
    assert!(Command::new("sh").arg("-c").arg(format!("kill -INT {}", child.id())).status().unwrap().success());
    // However late the signal comes: it is fed until it hangs up.
    let hung_up = (0..500).any(|_| into.write_all(&log).is_err());
    drop(into);
    assert!(hung_up, "it did not stop");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("partial"), "{}", said(&output));
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(at("a.json")).unwrap()).unwrap();
    let events = json["events"].as_u64().unwrap();
    assert!(json["partial"] == true && events > 0 && events.is_multiple_of(4_096), "{events}");
}

#[test]
fn the_net_of_the_procedure_is_written_for_other_tools() {
    let net = said(&run("net", &["id", "--open"]));
    assert!(net.contains("<text>MemberVote</text>") && net.ends_with("</pnml>\n"), "{net}");
    assert_eq!(example("net").arg("fr").output().unwrap().status.code(), Some(1));
}
