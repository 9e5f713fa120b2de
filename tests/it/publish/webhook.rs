//! Signed requests, against a server of the shape that the book describes and that fails as told.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{TimeDelta, Utc};
use sanzi::disclosure::Channel;
use sanzi::publish::webhook::{Headers, HookError, Secret, verify};
use sanzi::publish::{PublishError, Publisher, Retries, Standing, Webhook};
use serde_json::{Value, json};
use uuid::Uuid;

use super::order;
use super::serve::{patience, serve};

fn secret() -> Secret {
    Secret::new(&[7; 32]).unwrap()
}

/// What the platform has, and which answers it gives before it behaves.
#[derive(Default)]
struct Platform {
    shown: HashMap<Uuid, Value>,
    requests: usize,
    /// Statuses to answer first; `true`: after the work was done.
    first: Vec<(u16, bool)>,
    accepts_only: bool,
}

type Shared = Arc<Mutex<Platform>>;

fn believed(headers: &HeaderMap, body: &[u8]) -> Result<Uuid, HookError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let headers = Headers { id: header("webhook-id"), timestamp: header("webhook-timestamp"), signature: header("webhook-signature") };
    verify(&secret(), headers, body, Utc::now())
}

async fn take(State(platform): State<Shared>, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    let Ok(id) = believed(&headers, &body) else { return (StatusCode::UNAUTHORIZED, Json(json!({"error": "not signed"}))) };
    let mut platform = platform.lock().unwrap();
    platform.requests += 1;
    let sent: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(sent["key"], json!(id));
    let failing = (!platform.first.is_empty()).then(|| platform.first.remove(0));
    if let Some((status, false)) = failing {
        return (StatusCode::from_u16(status).unwrap(), Json(json!({"error": "as told"})));
    }
    platform.shown.entry(id).or_insert(sent["digest"].clone());
    if let Some((status, true)) = failing {
        return (StatusCode::from_u16(status).unwrap(), Json(json!({"error": "after the work"})));
    }
    let standing = if platform.accepts_only { "requested" } else { "live" };
    (StatusCode::OK, Json(json!({"standing": standing, "reference": format!("https://platform.example/{id}")})))
}

async fn show(State(platform): State<Shared>, Path(id): Path<Uuid>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    if believed(&headers, b"").is_err() {
        return (StatusCode::UNAUTHORIZED, Json(json!({})));
    }
    match platform.lock().unwrap().shown.get(&id) {
        None => (StatusCode::NOT_FOUND, Json(json!({}))),
        Some(digest) => {
            let answer = json!({"standing": "live", "reference": format!("https://platform.example/{id}"), "digest": digest});
            (StatusCode::OK, Json(answer))
        }
    }
}

fn platform() -> (Shared, String) {
    let shared = Shared::default();
    let router = Router::new().route("/hook", post(take)).route("/hook/{id}", get(show)).with_state(Arc::clone(&shared));
    (shared, format!("http://{}/hook", serve(router)))
}

/// How many signed requests to post came in, and how many notices are shown.
fn counted(platform: &Shared) -> (usize, usize) {
    let platform = platform.lock().unwrap();
    (platform.requests, platform.shown.len())
}

fn hook(url: &str, attempts: u32) -> Webhook {
    Webhook::new(Channel::Platform, url, secret(), patience(attempts)).unwrap()
}

#[test]
fn a_notice_is_handed_over_once_and_seen_again() {
    let (platform, url) = platform();
    let (hook, order) = (hook(&url, 1), order(Channel::Platform, 14));
    assert_eq!(hook.look(&order, None), Ok(Standing::Absent));
    let live = Standing::Live(crate::village::text(&format!("https://platform.example/{}", order.key())));
    assert_eq!(hook.post(&order), Ok(live.clone()));
    assert_eq!(hook.post(&order), Ok(live.clone()));
    assert_eq!(hook.look(&order, None), Ok(live));
    assert_eq!(counted(&platform), (2, 1));
    *platform.lock().unwrap().shown.get_mut(&order.key()).unwrap() = json!("sha256:00");
    assert!(matches!(hook.look(&order, None), Ok(Standing::Altered(_))));
    *platform.lock().unwrap().shown.get_mut(&order.key()).unwrap() = Value::Null;
    assert!(matches!(hook.look(&order, None), Err(PublishError::Answer(_))), "who does not say what is shown, says nothing");
    platform.lock().unwrap().accepts_only = true;
    assert!(matches!(hook.post(&super::order(Channel::Platform, 15)), Ok(Standing::Requested(_))));
}

#[test]
fn failures_are_repeated_where_that_is_harmless_and_told_apart() {
    let (platform, url) = platform();
    let order = order(Channel::Platform, 14);
    let with = |first: &[(u16, bool)], attempts: u32| {
        *platform.lock().unwrap() = Platform { first: first.to_vec(), ..Platform::default() };
        let told = hook(&url, attempts).post(&order);
        let (requests, shown) = counted(&platform);
        (told, requests, shown)
    };
    assert!(matches!(with(&[(503, false), (429, false)], 3), (Ok(Standing::Live(_)), 3, 1)));
    assert!(matches!(with(&[(503, false), (429, false)], 2), (Err(PublishError::Unavailable(_)), 2, 0)));
    assert!(matches!(with(&[(500, true)], 3), (Ok(Standing::Live(_)), 2, 1)), "done twice counts once");
    assert!(matches!(with(&[(502, true)], 1), (Err(PublishError::Unknown(_)), 1, 1)));
    assert!(matches!(with(&[(422, false)], 3), (Err(PublishError::Refused { code: 422, .. }), 1, 0)), "a refusal is not asked again");
    assert!(matches!(with(&[(301, false)], 3), (Err(PublishError::Refused { code: 301, .. }), 1, 0)), "nobody is sent elsewhere");
}

#[test]
fn silence_is_not_taken_for_an_answer() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = hook(&format!("http://{closed}"), 1).post(&order(Channel::Platform, 14));
    assert!(matches!(refused, Err(PublishError::Unavailable(_))), "{refused:?}");

    // Takes the request and hangs up.
    let rude = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = rude.local_addr().unwrap();
    let calls = std::thread::spawn(move || {
        (0..2).for_each(|_| {
            let (mut stream, _) = rude.accept().unwrap();
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        });
    });
    let cut = hook(&format!("http://{address}"), 2).post(&order(Channel::Platform, 14));
    assert!(matches!(cut, Err(PublishError::Unknown(_))), "{cut:?}");
    calls.join().unwrap();

    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let patience = Retries { attempts: 1, pause: Duration::ZERO, deadline: Duration::from_millis(200) };
    let mute_hook = Webhook::new(Channel::Platform, &format!("http://{}", mute.local_addr().unwrap()), secret(), patience).unwrap();
    let late = mute_hook.post(&order(Channel::Platform, 14));
    assert!(matches!(late, Err(PublishError::Unknown(_))), "{late:?}");
}

#[test]
fn what_is_not_signed_so_now_and_by_us_is_not_believed() {
    let (id, now) = (Uuid::from_u128(9), Utc::now());
    let (named, moment, signed) = (id.to_string(), now.timestamp().to_string(), secret().sign(id, now, b"body"));
    let good = Headers { id: &named, timestamp: &moment, signature: &signed };
    assert_eq!(verify(&secret(), good, b"body", now), Ok(id));
    let rotated = format!("v1,AAAA {signed}");
    assert_eq!(
        verify(&secret(), Headers { signature: &rotated, ..good }, b"body", now),
        Ok(id),
        "while a secret is changed, two stand there"
    );
    let other = Secret::new(&[8; 32]).unwrap();
    let later = (now.timestamp() + 1).to_string();
    let another = Uuid::from_u128(10).to_string();
    for (secret, headers, body) in [
        (&other, good, b"body".as_slice()),
        (&secret(), good, b"bodz"),
        (&secret(), Headers { timestamp: &later, ..good }, b"body"),
        (&secret(), Headers { id: &another, ..good }, b"body"),
        (&secret(), Headers { signature: "", ..good }, b"body"),
        (&secret(), Headers { signature: signed.trim_start_matches("v1,"), ..good }, b"body"),
    ] {
        assert_eq!(verify(secret, headers, body, now), Err(HookError::Signature));
    }
    let replayed = now + TimeDelta::minutes(6);
    assert_eq!(verify(&secret(), good, b"body", replayed), Err(HookError::Stale { seconds: 360 }));
    assert_eq!(verify(&secret(), good, b"body", now - TimeDelta::minutes(6)), Err(HookError::Stale { seconds: -360 }));
    assert_eq!(verify(&secret(), Headers { id: "", ..good }, b"body", now), Err(HookError::Header("webhook-id")));
    assert_eq!(verify(&secret(), Headers { timestamp: "soon", ..good }, b"body", now), Err(HookError::Header("webhook-timestamp")));
    assert_eq!(Secret::new(b"short").err(), Some(PublishError::WeakSecret(5)));
    assert_eq!(format!("{:?}", secret()), "Secret(…)");
    for url in ["", "platform", "ftp://x/y", "https://", "https://x/?key=1", "http://x y"] {
        assert!(matches!(Webhook::new(Channel::Platform, url, secret(), patience(1)), Err(PublishError::Address(_))), "{url}");
    }
    let wrong = hook("http://127.0.0.1:1", 1).post(&order(Channel::Office, 14));
    assert_eq!(wrong, Err(PublishError::OtherChannel { here: Channel::Platform, order: Channel::Office }));
}

/// The same bytes signed by another program.
#[test]
fn openssl_makes_the_same_signature() {
    let folder = tempfile::tempdir().unwrap();
    let (id, now) = (Uuid::from_u128(5), Utc::now());
    let message = folder.path().join("message");
    std::fs::write(&message, format!("{id}.{}.the body", now.timestamp())).unwrap();
    let key = format!("hexkey:{}", "07".repeat(32));
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &key, "-binary"]).arg(&message);
    let output = openssl.output().expect("these tests run the program `openssl`: install it");
    assert!(output.status.success());
    let theirs = format!("v1,{}", data_encoding::BASE64.encode(&output.stdout));
    assert_eq!(secret().sign(id, now, b"the body"), theirs);
}
