//! Who asks: bearer tokens for programs, and sessions for people at the website.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sanzi::value::PersonId;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::config::{ConfigError, TokenEntry};

/// What a token is good for. What its person may do in a case, the register and the rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rights {
    /// To ask whether something may be done.
    Ask,
    /// To act as its person.
    Act,
    /// To act for whomever a platform has authenticated itself, and names in `Sanzi-Person`.
    Platform,
}

/// A token that was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) rights: Rights,
    pub(crate) person: Option<PersonId>,
}

type Hash = [u8; 32];

fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// 256 random bits, as text.
fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// A new token, and what is kept of it.
pub(crate) fn mint() -> Result<(String, String), getrandom::Error> {
    let token = secret()?;
    let kept = HEXLOWER.encode(&hash(&token));
    Ok((token, kept))
}

/// All tokens, each as its hash only: whoever reads the configuration has none of them.
pub(crate) struct Keys(Vec<(Hash, Token)>);

impl Keys {
    pub(crate) fn new(entries: &[TokenEntry]) -> Result<Keys, ConfigError> {
        let read = |entry: &TokenEntry| {
            let TokenEntry { sha256, rights, person } = entry;
            let wrong = |cause| ConfigError::Token { whose: person.map_or("a platform".to_owned(), |id| id.to_string()), cause };
            let bytes = HEXLOWER.decode(sha256.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
            let hash: Hash = bytes.ok_or_else(|| wrong("`sha256` has 64 hexadecimal digits in lower case"))?;
            match (rights, person) {
                (Rights::Platform, Some(_)) => Err(wrong("a platform names its people in each request; leave `person` out")),
                (Rights::Ask | Rights::Act, None) => Err(wrong("say whose it is: `person`")),
                _ => Ok((hash, Token { rights: *rights, person: *person })),
            }
        };
        entries.iter().map(read).collect::<Result<_, _>>().map(Keys)
    }

    /// Compares with every token, each in constant time.
    pub(crate) fn find(&self, given: &str) -> Option<Token> {
        let given = hash(given);
        self.0.iter().fold(None, |found, (kept, token)| if bool::from(kept.ct_eq(&given)) { Some(*token) } else { found })
    }
}

/// A person who has signed in at the website.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) person: PersonId,
    pub(crate) rights: Rights,
    /// Stands in every form: another website's form cannot know it.
    pub(crate) form: String,
    until: Instant,
}

/// Those who have signed in, under the hash of what their cookie says.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<Hash, Session>>);

impl Sessions {
    const LASTS: Duration = Duration::from_secs(8 * 60 * 60);
    const MOST: usize = 1_000;

    fn all(&self) -> MutexGuard<'_, HashMap<Hash, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session, and gives what its cookie says. `None` where there are too many, or no random numbers.
    pub(crate) fn begin(&self, person: PersonId, rights: Rights) -> Option<String> {
        let (cookie, form) = (secret().ok()?, secret().ok()?);
        let now = Instant::now();
        let until = now.checked_add(Sessions::LASTS)?;
        let mut all = self.all();
        all.retain(|_, session| session.until > now);
        if all.len() >= Sessions::MOST {
            return None;
        }
        all.insert(hash(&cookie), Session { person, rights, form, until });
        Some(cookie)
    }

    pub(crate) fn find(&self, cookie: &str) -> Option<Session> {
        self.all().get(&hash(cookie)).filter(|session| session.until > Instant::now()).cloned()
    }

    pub(crate) fn end(&self, cookie: &str) {
        self.all().remove(&hash(cookie));
    }
}

impl Session {
    /// Whether a form was sent from one of our own pages.
    pub(crate) fn knows(&self, form: &str) -> bool {
        self.form.as_bytes().ct_eq(form.as_bytes()).into()
    }
}
