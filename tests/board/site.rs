//! A board of its own for each test: a copy of the sample's ledger, served at a port of the machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use chrono::TimeDelta;
use sanzi::Engine;
use sanzi::store::SqliteStore;
use sanzi::value::PersonId;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::app::access::{Rights, mint};
use crate::app::clock::Clock;
use crate::app::config::{Config, Limits, TokenEntry};
use crate::app::{Board, sample, site};
use crate::document::DOCUMENT;

/// The sample's ledger is written once.
static SAMPLE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let dir = scratch();
    let path = dir.path().join("sample.sqlite");
    drop(sample::write(&path).unwrap());
    (dir, path)
});

/// In memory where the system has such a place: thousands of commits are waited for.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).or_else(|_| TempDir::new()).unwrap() } else { TempDir::new().unwrap() }
}

pub(crate) struct Site {
    pub(crate) board: Arc<Board>,
    pub(crate) address: String,
    tokens: Vec<(&'static str, String)>,
    agent: ureq::Agent,
    _runtime: tokio::runtime::Runtime,
    _dir: TempDir,
}

/// An answer, whatever it is.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The codes of the reasons in a problem document, or of a check.
    pub(crate) fn codes(&self) -> Vec<String> {
        let json = self.json();
        let reasons = json["reasons"].as_array().cloned().unwrap_or_default();
        reasons.iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
    }

    /// The last part of a problem's type.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let json = self.json();
        assert_eq!(json["status"], self.status);
        json["type"].as_str().unwrap().strip_prefix("urn:sanzi:problem:").unwrap().to_owned()
    }
}

/// Generous, so that only the tests of limits meet them.
pub(crate) fn roomy() -> Limits {
    Limits {
        requests_per_second: 10_000.try_into().unwrap(),
        burst: 10_000.try_into().unwrap(),
        filings_per_minute: 1_000.try_into().unwrap(),
        ..Limits::default()
    }
}

impl Site {
    pub(crate) fn start() -> Site {
        Site::with(roomy())
    }

    pub(crate) fn with(limits: Limits) -> Site {
        let dir = scratch();
        let path = dir.path().join("ledger.sqlite");
        std::fs::copy(&SAMPLE.1, &path).unwrap();
        let office = sample::office().unwrap();
        let store = SqliteStore::open(&path, office.org).unwrap();
        let engine = Engine::new(office, store).unwrap();
        let (mut tokens, mut entries) = (Vec::new(), Vec::new());
        let people = [("chen", Rights::Act), ("guan", Rights::Act), ("fang", Rights::Act), ("song", Rights::Act), ("tan", Rights::Ask)];
        for (person, rights) in people.into_iter().chain([("platform", Rights::Platform)]) {
            let (token, sha256) = mint().unwrap();
            let whose = (rights != Rights::Platform).then(|| PersonId::new(person).unwrap());
            entries.push(TokenEntry { sha256, rights, person: whose });
            tokens.push((person, token));
        }
        let facts = sample::facts("https://board.example").unwrap();
        let config = Config { facts, log_key: None, behind_proxy: false, https: false, limits, tokens: entries };
        let board = Arc::new(Board::new(engine, Clock::starting_at(sample::today()), &config, sample::key()).unwrap());
        board.tidy().unwrap_or_else(|fault| panic!("{fault:?}"));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let service = site(&board, &config).into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async move { axum::serve(listener, service).await.unwrap() });
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .max_idle_connections(0)
            .build();
        Site { board, address, tokens, agent: agent.into(), _runtime: runtime, _dir: dir }
    }

    pub(crate) fn token(&self, whose: &str) -> &str {
        &self.tokens.iter().find(|(person, _)| *person == whose).unwrap().1
    }

    pub(crate) fn wait(&self, days: i64) {
        self.board.clock.forward(TimeDelta::days(days));
    }

    /// Any request. What the API answers must be what its document says.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bare = body.is_empty() && method != "POST";
        let sent = if bare { self.agent.run(request.body(()).unwrap()) } else { self.agent.run(request.body(body).unwrap()) };
        let mut response = sent.unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let answer = Answer { status: response.status().as_u16(), headers: response.headers().clone(), text };
        if let Some(path) = path.strip_prefix("/api/v1").filter(|_| method != "HEAD") {
            DOCUMENT.holds(method, path, &answer);
        }
        answer
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// A question of the API that must be answered.
    pub(crate) fn ask(&self, path: &str) -> Value {
        let answer = self.get(&format!("/api/v1{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// A command of the API with a fresh key.
    pub(crate) fn post(&self, who: &str, path: &str, body: &Value) -> Answer {
        self.post_with(who, path, &[("Idempotency-Key", &Uuid::new_v4().to_string())], body)
    }

    pub(crate) fn post_with(&self, who: &str, path: &str, more: &[(&str, &str)], body: &Value) -> Answer {
        let (token, person) = match self.tokens.iter().find(|(person, _)| *person == who) {
            Some((_, token)) => (token, None),
            None => (&self.tokens.last().unwrap().1, Some(who)),
        };
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        headers.extend(person.map(|person| ("Sanzi-Person", person)));
        headers.extend_from_slice(more);
        self.send("POST", &format!("/api/v1{path}"), &headers, body.to_string().as_bytes())
    }

    /// A command that must be done.
    pub(crate) fn done(&self, who: &str, path: &str, body: &Value) -> Value {
        let answer = self.post(who, path, body);
        assert!(matches!(answer.status, 200 | 201), "{who} {path}: {}", answer.text);
        answer.json()
    }

    /// A command that must be refused for exactly these reasons.
    pub(crate) fn refused(&self, who: &str, path: &str, body: &Value, codes: &[&str]) {
        let before = self.board.engine.store_last();
        let answer = self.post(who, path, body);
        assert_eq!(
            (answer.status, answer.codes()),
            (409, codes.iter().map(|code| (*code).to_owned()).collect()),
            "{path}: {}",
            answer.text
        );
        assert_eq!(answer.problem(), "refused");
        assert_eq!(self.board.engine.store_last(), before, "a refusal records nothing");
    }

    /// A form of the website.
    pub(crate) fn form(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let encoded: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send("POST", path, &all, encoded.join("&").as_bytes())
    }

    /// A live transaction of the sample that stands so.
    pub(crate) fn at(&self, step: &str, stage: &str) -> String {
        let cases = self.ask("/cases?live=true");
        let found = cases["cases"].as_array().unwrap().iter().find(|case| case["state"]["step"] == step && case["state"]["stage"] == stage);
        found.unwrap_or_else(|| panic!("no case at {step} {stage}: {cases:#}"))["case"].as_str().unwrap().to_owned()
    }

    /// The transaction of the sample with this title.
    pub(crate) fn titled(&self, title: &str) -> String {
        let cases = self.ask("/cases");
        let found = cases["cases"].as_array().unwrap().iter().find(|case| case["title"] == title);
        found.unwrap_or_else(|| panic!("no case {title}"))["case"].as_str().unwrap().to_owned()
    }

    /// A transaction that chen has just opened on a new asset.
    pub(crate) fn opened(&self) -> String {
        let opened = self.done("chen", "/cases", &json!({ "asset": "DT-NEW-1", "title": "村口新铺位出租" }));
        opened["case"].as_str().unwrap().to_owned()
    }

    /// Receipts on these channels for the newest notice of a case.
    pub(crate) fn receipts(&self, case: &str, channels: &[&str], verified_by: Option<&str>) -> Value {
        let whole = self.ask(&format!("/cases/{case}"));
        let digest = whole["notices"].as_array().unwrap().last().unwrap()["digest"].clone();
        let at = self.board.clock.now().to_rfc3339();
        let receipt = |channel: &&str| {
            json!({
                "channel": channel, "notice": digest, "status": "confirmed", "at": at,
                "proof": { "reference": "https://example.org/n/1" }, "verified_by": verified_by,
            })
        };
        channels.iter().map(receipt).collect()
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// How many records there are.
trait StoreLast {
    fn store_last(&self) -> u64;
}

impl StoreLast for crate::app::Ledger {
    fn store_last(&self) -> u64 {
        sanzi::store::Store::last(self.store()).unwrap().number()
    }
}
