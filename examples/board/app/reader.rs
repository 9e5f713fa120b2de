//! Who reads a page: in which language, and signed in as whom.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use sanzi::value::Lang;
use serde::de::DeserializeOwned;

use super::access::Session;
use super::guards::Client;
use super::views::Frame;
use super::{Board, Shared};

/// The cookie of a session.
pub(crate) const COOKIE: &str = "sanzi";

/// The language is part of the address, so that a link to a page says what it says.
pub(crate) fn lang_of(path: &str) -> Lang {
    if path == "/en" || path.starts_with("/en/") { Lang::En } else { Lang::Zh }
}

/// Whoever asked for a page.
pub(crate) struct Reader {
    pub(crate) lang: Lang,
    /// The page's address without its language.
    pub(crate) here: String,
    pub(crate) session: Option<Session>,
    pub(crate) client: Option<Client>,
}

impl Reader {
    pub(crate) fn frame(&self, board: &Board) -> Frame {
        Frame::new(board, self.lang, self.here.clone(), self.session.as_ref())
    }
}

impl FromRequestParts<Shared> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, board: &Shared) -> Result<Reader, Infallible> {
        let original = parts.extensions.get::<axum::extract::OriginalUri>().map(|uri| uri.0.path().to_owned());
        let path = original.unwrap_or_else(|| parts.uri.path().to_owned());
        let lang = lang_of(&path);
        let here = if lang == Lang::En { path.strip_prefix("/en").unwrap_or_default().to_owned() } else { path };
        let here = if here.is_empty() { "/".to_owned() } else { here };
        let session = cookie(&parts.headers).and_then(|cookie| board.sessions.find(&cookie));
        Ok(Reader { lang, here, session, client: parts.extensions.get::<Client>().copied() })
    }
}

/// What the session's cookie says.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}

/// A cookie that no script reads and no other website's link or form sends along.
pub(crate) fn set_cookie(value: String, https: bool) -> Cookie<'static> {
    Cookie::build((COOKIE, value)).path("/").http_only(true).same_site(SameSite::Strict).secure(https).build()
}

/// What stands behind the question mark. An address that was mistyped there shows the page as it is without.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequestParts<Shared> for Asked<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Asked<T>, Infallible> {
        Ok(Asked(Query::try_from_uri(&parts.uri).map_or_else(|_| T::default(), |Query(asked)| asked)))
    }
}
