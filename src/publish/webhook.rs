//! A platform's own interface: a signed request for each notice, which may be sent twice and counts once.
//!
//! The signature is that of the Standard Webhooks specification 1.0: the headers `webhook-id`, `webhook-timestamp` and
//! `webhook-signature`, the last `v1,` and in base64 the HMAC-SHA256 of `id.timestamp.body`. The id is the order's
//! [key](crate::publish::Order::key): the same for the same notice, for ever, so a receiver that remembers ids does nothing twice.
//!
//! | request | answer |
//! |---|---|
//! | `POST url` with the order as JSON | `{"standing": "live", "reference": "https://…"}` or `{"standing": "requested", "reference": "…"}` |
//! | `GET url/key` | the same, with `"digest"` of what is shown now; `"standing": "absent"`; or 404 |
//!
//! Any 4xx is a refusal; 429 and 5xx are tried again.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

use super::web::{Reply, Request, Retries, Web, shortened};
use super::{Order, PublishError, Publisher, Standing};
use crate::case::Subject;
use crate::disclosure::{Channel, Notice};
use crate::value::{Digest, Text};

/// The fewest bytes of a secret.
const ENOUGH: usize = 24;

/// What both sides know. It is never shown.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// At least 24 bytes; 32 random ones are usual.
    ///
    /// # Errors
    /// [`PublishError::WeakSecret`].
    pub fn new(bytes: &[u8]) -> Result<Secret, PublishError> {
        if bytes.len() < ENOUGH {
            return Err(PublishError::WeakSecret(bytes.len()));
        }
        Ok(Secret(bytes.to_vec()))
    }

    /// The value of `webhook-signature`.
    pub fn sign(&self, id: Uuid, at: DateTime<Utc>, body: &[u8]) -> String {
        self.mac(id, at.timestamp(), body).map_or_else(String::new, |mac| format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
    }

    fn mac(&self, id: Uuid, at: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        // A key of any length is taken.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(body);
        Some(mac)
    }
}

/// The three headers of a request that came in.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`; several may stand there with a space between.
    pub signature: &'a str,
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// A header is missing or is none.
    #[error("the header `{0}` is missing or is none")]
    Header(&'static str),
    /// It was signed long ago, or will be: it may have been caught and sent again.
    #[error("the request was signed {seconds} seconds from now: sign it when you send it, and set the clock")]
    Stale {
        /// How far from now.
        seconds: i64,
    },
    /// Nobody with the secret signed this.
    #[error("the signature is not that of this request")]
    Signature,
}

/// How far a request's moment may be from now.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Believes a request that came in, or not, and gives its id. Remember ids for as long as requests may come again: a replayed
/// one has the id of the first.
///
/// ```
/// use sanzi::publish::webhook::{Headers, HookError, Secret, verify};
/// let secret = Secret::new(&[7; 32])?;
/// let (id, now) = (uuid::Uuid::from_u128(1), "2026-01-05T09:00:00+08:00".parse()?);
/// let signature = secret.sign(id, now, b"{}");
/// let headers = Headers { id: &id.to_string(), timestamp: &now.timestamp().to_string(), signature: &signature };
/// assert_eq!(verify(&secret, headers, b"{}", now), Ok(id));
/// assert_eq!(verify(&secret, headers, b"{\"more\":1}", now), Err(HookError::Signature));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`HookError`].
pub fn verify(secret: &Secret, headers: Headers<'_>, body: &[u8], now: DateTime<Utc>) -> Result<Uuid, HookError> {
    let id: Uuid = headers.id.parse().map_err(|_| HookError::Header("webhook-id"))?;
    let at: i64 = headers.timestamp.parse().map_err(|_| HookError::Header("webhook-timestamp"))?;
    let seconds = now.timestamp().saturating_sub(at);
    if seconds.saturating_abs() > TOLERANCE.num_seconds() {
        return Err(HookError::Stale { seconds });
    }
    let versions = headers.signature.split(' ').filter_map(|part| part.strip_prefix("v1,"));
    let good = |said: &str| {
        let bytes = BASE64.decode(said.as_bytes()).ok();
        bytes.zip(secret.mac(id, at, body)).is_some_and(|(bytes, mac)| mac.verify_slice(&bytes).is_ok())
    };
    if versions.take(8).any(good) { Ok(id) } else { Err(HookError::Signature) }
}

/// The way to a channel whose owner offers an interface of this shape.
pub struct Webhook {
    channel: Channel,
    url: String,
    secret: Secret,
    web: Web,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook({})", self.url)
    }
}

#[derive(Serialize)]
struct Sent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    key: Uuid,
    of: Subject,
    channel: Channel,
    digest: Digest,
    notice: &'a Notice,
}

impl Webhook {
    /// The interface at `url`.
    ///
    /// # Errors
    /// [`PublishError::Address`].
    pub fn new(channel: Channel, url: &str, secret: Secret, retries: Retries) -> Result<Webhook, PublishError> {
        let parsed = url.parse::<ureq::http::Uri>().ok().filter(|uri| uri.host().is_some() && uri.query().is_none());
        if !parsed.is_some_and(|uri| matches!(uri.scheme_str(), Some("https" | "http"))) {
            return Err(PublishError::Address(shortened(url)));
        }
        Ok(Webhook { channel, url: url.trim_end_matches('/').to_owned(), secret, web: Web::new(retries) })
    }

    fn ask(&self, post: bool, url: &str, id: Uuid, body: &[u8]) -> Result<Reply, PublishError> {
        let now = Utc::now();
        let headers = [
            ("webhook-id", id.to_string()),
            ("webhook-timestamp", now.timestamp().to_string()),
            ("webhook-signature", self.secret.sign(id, now, body)),
        ];
        // Its id makes it harmless to send again.
        self.web.ask(&Request { post, url, headers: &headers, body, repeatable: true })
    }

    fn check(&self, order: &Order) -> Result<(), PublishError> {
        if order.channel == self.channel {
            return Ok(());
        }
        Err(PublishError::OtherChannel { here: self.channel, order: order.channel })
    }
}

/// What an answer says. Whoever says what is shown now also says its digest.
fn standing(order: &Order, reply: &Reply, shown_now: bool) -> Result<Standing, PublishError> {
    if !(200..300).contains(&reply.status) {
        return Err(PublishError::Refused { code: i64::from(reply.status), said: shortened(&reply.text) });
    }
    let said = reply.json()?;
    let reference = || {
        let text = said.get("reference").and_then(Value::as_str).ok_or_else(|| PublishError::Answer("it names no reference".to_owned()))?;
        Ok::<_, PublishError>(Text::new(text)?)
    };
    let shown = said.get("digest").and_then(Value::as_str);
    match said.get("standing").and_then(Value::as_str) {
        Some("live") if shown.is_some_and(|shown| shown != order.digest().to_string()) => Ok(Standing::Altered(reference()?)),
        Some("live") if shown_now && shown.is_none() => Err(PublishError::Answer("it does not say the digest of what is shown".to_owned())),
        Some("live") => Ok(Standing::Live(reference()?)),
        Some("requested") => Ok(Standing::Requested(reference()?)),
        Some("absent") => Ok(Standing::Absent),
        other => Err(PublishError::Answer(format!("standing {other:?} is none of live, requested, absent"))),
    }
}

impl Publisher for Webhook {
    fn channel(&self) -> Channel {
        self.channel
    }

    fn post(&self, order: &Order) -> Result<Standing, PublishError> {
        self.check(order)?;
        let Order { of, channel, notice, .. } = order;
        let sent = Sent { kind: "notice.post", key: order.key(), of: *of, channel: *channel, digest: order.digest(), notice };
        let body = serde_json::to_vec(&sent).map_err(|error| PublishError::Page(error.to_string()))?;
        standing(order, &self.ask(true, &self.url, order.key(), &body)?, false)
    }

    fn look(&self, order: &Order, _: Option<&Text>) -> Result<Standing, PublishError> {
        self.check(order)?;
        let reply = self.ask(false, &format!("{}/{}", self.url, order.key()), order.key(), b"")?;
        if reply.status == 404 {
            return Ok(Standing::Absent);
        }
        standing(order, &reply, true)
    }
}
