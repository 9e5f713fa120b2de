//! What must not get in, and what must not get out.

use std::io::{Read, Write};

use serde_json::json;
use uuid::Uuid;

use crate::app::config::Limits;
use crate::site::{Site, roomy};

const MARKUP: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}";

fn paths(site: &Site, case: &str) -> Vec<String> {
    let notices = site.ask(&format!("/cases/{case}"))["notices"].as_array().unwrap().len();
    let mut paths: Vec<String> = ["", "/paper", "/object"].iter().map(|part| format!("/cases/{case}{part}")).collect();
    paths.extend((1..=notices).map(|number| format!("/cases/{case}/notices/{number}")));
    paths
}

#[test]
fn no_field_becomes_markup_anywhere() {
    let site = Site::start();
    let opened = site.done("chen", "/cases", &json!({ "asset": "DT-X", "title": MARKUP }));
    let case = opened["case"].as_str().unwrap().to_owned();
    let record = json!({ "evidence": { "AssetCheck": {
        "asset": "DT-X", "title": MARKUP, "area_centi_m2": 1, "usage": MARKUP, "public_welfare": false,
    } } });
    site.done("chen", &format!("/cases/{case}/perform"), &record);
    let mut receipts = site.receipts(&case, &["platform"], None);
    receipts[0]["proof"]["reference"] = json!(MARKUP);
    site.done("chen", &format!("/cases/{case}/publish"), &json!({ "of": "step", "receipts": receipts }));
    let asked = site.titled("西塱路口3号停车位发包");
    site.done("desk", &format!("/cases/{asked}/object"), &json!({ "kind": "comment", "text": MARKUP }));
    let mut all = paths(&site, &case);
    all.extend(paths(&site, &asked));
    all.extend(["/", "/apples", "/owed", "/late", "/feed.atom"].map(str::to_owned));
    all.extend(all.clone().iter().map(|path| format!("/en{}", path.strip_suffix('/').unwrap_or(path))));
    let mut met = 0;
    for path in all {
        let answer = site.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text.contains("<script") && !answer.text.contains("<img"), "{path}");
        met += usize::from(answer.text.contains("alert(1)"));
    }
    assert!(met >= 12, "the words themselves are shown, as words: on {met} pages");
    let feed = site.get("/feed.json");
    assert!(feed.json()["items"].to_string().contains("alert(1)"));
    assert_eq!(feed.header("x-content-type-options"), "nosniff");
}

#[test]
fn what_cannot_be_seen_or_is_too_long_is_refused_and_nothing_is_lost() {
    let site = Site::with(Limits { body_bytes: 40_000, ..roomy() });
    let case = site.titled("西塱路口3号停车位发包");
    let path = format!("/cases/{case}/object");
    for (text, zh) in
        [("看\u{202e}反", "U+202E"), ("零\u{200b}宽", "U+200B"), ("a\u{0}b", "U+0000"), ("   ", "empty"), (&"长".repeat(4_001), "4001")]
    {
        let answer = site.post("desk", &path, &json!({ "kind": "comment", "text": text }));
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid"), "{}", answer.text);
        assert!(answer.json()["detail"].as_str().unwrap().contains(zh), "{}", answer.text);
        let page = site.form(&path, &[], &[("kind", "comment"), ("text", text), ("key", &Uuid::new_v4().to_string())]);
        assert_eq!(page.status, 422);
        assert!(page.text.contains("role=\"alert\"") && page.text.contains("<textarea"), "the form comes back with what is wrong");
    }
    let huge = site.post("desk", &path, &json!({ "kind": "comment", "text": "长".repeat(15_000) }));
    assert_eq!((huge.status, huge.problem().as_str()), (413, "too-large"));
    let body = format!("kind=comment&text={}&key={}", "a".repeat(45_000), Uuid::new_v4());
    let huge = site.send("POST", &path, &[("Content-Type", "application/x-www-form-urlencoded")], body.as_bytes());
    assert_eq!(huge.status, 413);
    assert!(huge.text.contains("<h1>"), "people get a page");
}

#[test]
fn a_body_must_be_json_of_the_right_kind_and_shape() {
    let site = Site::start();
    let case = site.opened();
    let path = format!("/api/v1/cases/{case}/advance");
    let bearer = format!("Bearer {}", site.token("chen"));
    let key = Uuid::new_v4().to_string();
    let send = |kind: &str, body: &[u8]| {
        site.send("POST", &path, &[("Authorization", &bearer), ("Idempotency-Key", &key), ("Content-Type", kind)], body)
    };
    assert_eq!(send("text/plain", b"{}").problem(), "media-type");
    assert_eq!(send("application/xml", b"<a/>").status, 415);
    for broken in [&b""[..], b"{", b"{\"from\":\"AssetCheck\"} {}", b"\xff\xfe", &[b'['; 10_000]] {
        assert_eq!(send("application/json", broken).status, 400, "{:?}", &broken[..broken.len().min(20)]);
    }
    for wrong in [
        "{}",
        "[]",
        "null",
        "{\"from\":7}",
        "{\"from\":\"Step17\"}",
        "{\"from\":\"AssetCheck\",\"skip\":true}",
        "{\"from\":\"AssetCheck\",\"from\":\"Bidding\"}",
    ] {
        assert_eq!(send("application/json; charset=utf-8", wrong.as_bytes()).problem(), "invalid", "{wrong}");
    }
}

#[test]
fn nothing_is_there_but_what_is_there() {
    let site = Site::start();
    for path in [
        "/nothing",
        "/cases/7",
        "/cases/01890a5d-ac96-774b-bcce-b302099a8057",
        "/en/cases/x/act/y",
        "/board.css/",
        "/../Cargo.toml",
        "/cases/%00",
    ] {
        let answer = site.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text.contains("<h1>") && answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
    assert_eq!(site.get("/api/v1/cases/7").problem(), "not-found");
    assert_eq!(site.get("/api/v1/cases/01890a5d-ac96-774b-bcce-b302099a8057").problem(), "unknown-case");
    assert_eq!(site.send("DELETE", "/", &[], b"").status, 405);
}

#[test]
fn a_form_of_another_website_is_not_taken() {
    let site = Site::start();
    let case = site.titled("西塱路口3号停车位发包");
    let path = format!("/cases/{case}/object");
    let fields = [("kind", "comment"), ("text", "好"), ("key", "5f0c1a44-3c5e-4b19-9f5e-0c9b5a9f7a11")];
    for elsewhere in
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"), ("Origin", "null")]
    {
        assert_eq!(site.form(&path, &[elsewhere], &fields).status, 403, "{elsewhere:?}");
    }
    let taken = site.form(&path, &[("Origin", &site.address)], &fields);
    assert_eq!(taken.status, 303, "{}", taken.text);
    assert_eq!(site.form(&path, &[], &fields).header("location"), taken.header("location"), "the same form again is the same comment");
}

#[test]
fn who_asks_too_often_waits() {
    let site = Site::with(Limits { burst: 5.try_into().unwrap(), requests_per_second: 1.try_into().unwrap(), ..roomy() });
    let answers: Vec<_> = (0..8).map(|_| site.get("/api/v1/procedure")).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 5);
    let last = answers.last().unwrap();
    assert_eq!((last.status, last.problem().as_str()), (429, "too-many-requests"));
    assert!(last.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert!(site.get("/").text.contains("请求过多"), "people get a page");

    let site = Site::with(Limits { filings_per_minute: 2.try_into().unwrap(), ..roomy() });
    let signed: Vec<u16> = (0..3).map(|_| site.form("/sign-in", &[], &[("token", "guess")]).status).collect();
    assert_eq!(signed, [401, 401, 429], "guessing is slow");
}

#[test]
fn a_client_that_sends_slowly_or_garbage_does_not_hold_the_others_up() {
    let site = Site::with(Limits { seconds: 1, ..roomy() });
    let host = site.address.strip_prefix("http://").unwrap();
    let mut slow = std::net::TcpStream::connect(host).unwrap();
    slow.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let bearer = site.token("chen");
    write!(slow, "POST /api/v1/cases HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {bearer}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{{").unwrap();
    let mut garbage = std::net::TcpStream::connect(host).unwrap();
    garbage.write_all(b"\x16\x03\x01\x02\x00\r\n\r\n").unwrap();
    assert_eq!(site.get("/board.css").status, 200);
    let mut said = [0_u8; 12];
    slow.read_exact(&mut said).unwrap();
    assert_eq!(std::str::from_utf8(&said).unwrap(), "HTTP/1.1 408");
}

#[test]
fn invariant_11_nothing_private_is_on_any_page_or_in_any_answer() {
    let site = Site::start();
    let input: serde_json::Value = serde_json::from_slice(include_bytes!("../../examples/data/dongtang_2018.json")).unwrap();
    let names: Vec<&str> = input["register"]["people"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    let is_private = |text: &str| {
        names
            .iter()
            .find(|name| text.contains(*name))
            .map(|name| (*name).to_owned())
            .or_else(|| ["44010319", "622202"].into_iter().find(|number| text.contains(number)).map(str::to_owned))
    };
    let recorded = site.ask("/cases")["cases"].as_array().unwrap().iter().any(|case| {
        let records = sanzi::store::Store::read(site.board.engine.store(), case["case"].as_str().unwrap().parse().unwrap()).unwrap();
        records.iter().any(|record| is_private(std::str::from_utf8(record.bytes()).unwrap()).is_some())
    });
    assert!(recorded, "the ledger itself does hold names and numbers");
    let mut seen = 0;
    for case in site.ask("/cases")["cases"].as_array().unwrap() {
        let id = case["case"].as_str().unwrap();
        let mut all = paths(&site, id);
        all.extend(["", "/plan", "/history"].map(|part| format!("/api/v1/cases/{id}{part}")));
        let notices = site.ask(&format!("/cases/{id}"))["notices"].as_array().unwrap().len();
        all.extend((1..=notices).map(|number| format!("/api/v1/cases/{id}/notices/{number}")));
        for path in all {
            let answer = site.get(&path);
            assert_eq!((answer.status, is_private(&answer.text)), (200, None), "{path}");
            seen += 1;
        }
    }
    for path in ["/", "/owed", "/late", "/apples", "/checkpoint", "/feed.atom", "/feed.json", "/paper", "/api/v1/late", "/api/v1/owed"] {
        assert_eq!(is_private(&site.get(path).text), None, "{path}");
    }
    assert!(seen > 300, "{seen} pages and answers");
}
