//! One request over HTTP, repeated where that is harmless, and what its failure means.

use std::thread;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body, Error, Timeout};

use super::PublishError;

/// The largest answer that is read, in bytes.
const MOST: u64 = 8 << 20;

/// How often, and how patiently, a channel is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often it is tried in all; at least once.
    pub attempts: u32,
    /// How long to wait before the second try; twice as long before each further one.
    pub pause: Duration,
    /// After how long one try is given up.
    pub deadline: Duration,
}

/// Three tries, a second apart at first, twenty seconds each.
impl Default for Retries {
    fn default() -> Retries {
        Retries { attempts: 3, pause: Duration::from_secs(1), deadline: Duration::from_secs(20) }
    }
}

/// What a channel is asked.
pub(super) struct Request<'a> {
    pub(super) post: bool,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'static str, String)],
    pub(super) body: &'a [u8],
    /// Whether it does no harm to send it again when the answer was lost.
    pub(super) repeatable: bool,
}

/// An answer: the HTTP status, and the text.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Reply {
    pub(super) fn json(&self) -> Result<Value, PublishError> {
        serde_json::from_str(&self.text).map_err(|error| PublishError::Answer(format!("{error}: {}", shortened(&self.text))))
    }
}

pub(super) struct Web {
    agent: Agent,
    retries: Retries,
}

impl Web {
    pub(super) fn new(retries: Retries) -> Web {
        let config = Agent::config_builder()
            .timeout_global(Some(retries.deadline))
            .http_status_as_error(false)
            // A notice and its signature go where they were meant to go, or nowhere.
            .max_redirects(0)
            .build();
        Web { agent: config.into(), retries }
    }

    /// Asks until there is an answer, or the tries are used up.
    pub(super) fn ask(&self, request: &Request<'_>) -> Result<Reply, PublishError> {
        let (mut left, mut pause) = (self.retries.attempts.max(1), self.retries.pause);
        loop {
            left = left.saturating_sub(1);
            match self.once(request) {
                Err(error) if left > 0 && may_repeat(&error, request.repeatable) => thread::sleep(pause),
                told => return told,
            }
            pause = pause.saturating_mul(2);
        }
    }

    fn once(&self, request: &Request<'_>) -> Result<Reply, PublishError> {
        let sent = if request.post {
            let call = request.headers.iter().fold(self.agent.post(request.url), |call, (name, value)| call.header(*name, value));
            call.content_type("application/json").send(request.body)
        } else {
            let call = request.headers.iter().fold(self.agent.get(request.url), |call, (name, value)| call.header(*name, value));
            call.call()
        };
        let reply = sent.and_then(read).map_err(|error| failure(&error))?;
        match reply.status {
            429 | 503 => Err(PublishError::Unavailable(format!("HTTP {}: {}", reply.status, shortened(&reply.text)))),
            500.. => Err(PublishError::Unknown(format!("HTTP {}: {}", reply.status, shortened(&reply.text)))),
            _ => Ok(reply),
        }
    }
}

fn read(mut response: Response<Body>) -> Result<Reply, Error> {
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(MOST).lossy_utf8(true).read_to_string()?;
    Ok(Reply { status, text })
}

/// Whether anything can have been sent.
fn failure(error: &Error) -> PublishError {
    let told = error.to_string();
    match error {
        Error::HostNotFound | Error::ConnectionFailed | Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            PublishError::Unavailable(told)
        }
        Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => PublishError::Unavailable(told),
        Error::BadUri(_) => PublishError::Address(told),
        _ => PublishError::Unknown(told),
    }
}

fn may_repeat(error: &PublishError, repeatable: bool) -> bool {
    match error {
        PublishError::Unavailable(_) => true,
        PublishError::Unknown(_) => repeatable,
        _ => false,
    }
}

/// What somebody else's server said, as much as a person reads.
pub(super) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
