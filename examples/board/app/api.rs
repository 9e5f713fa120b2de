//! The guard by HTTP, for platforms that cannot link this crate. `openapi.json` says it all, and the tests hold the two together.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use sanzi::case::Command;
use sanzi::dongsha::Dongsha;
use sanzi::value::{CaseId, Digest, PersonId};
use serde_json::json;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::access::{Rights, Token};
use super::acts::Act;
use super::problem::Fault;
use super::{API, Shared, answers, ask};

/// The document, as it is served.
pub(crate) const DOCUMENT: &str = include_str!("../openapi.json");

/// What can be done with a case: the last part of the address, and the command's name in records.
const VERBS: [(&str, &str); 10] = [
    ("perform", "perform"),
    ("note", "note"),
    ("publish", "publish"),
    ("advance", "advance"),
    ("object", "object"),
    ("rule", "answer"),
    ("raise", "raise"),
    ("recall", "recall"),
    ("terminate", "terminate"),
    ("set-clock", "set-clock"),
];

/// Every address and what it answers to: what is routed is what is documented.
pub(crate) fn operations() -> Vec<(String, MethodRouter<Shared>)> {
    let mut all = vec![
        ("/openapi.json".to_owned(), get(|| async { ([(CONTENT_TYPE, "application/json")], DOCUMENT) })),
        ("/procedure".to_owned(), get(answers::procedure)),
        ("/cases".to_owned(), get(answers::cases).post(open)),
        ("/cases/{case}".to_owned(), get(answers::case)),
        ("/cases/{case}/plan".to_owned(), get(answers::plan)),
        ("/cases/{case}/history".to_owned(), get(answers::history)),
        ("/cases/{case}/notices/{number}".to_owned(), get(answers::notice)),
        ("/cases/{case}/check/{step}".to_owned(), get(answers::check)),
        ("/owed".to_owned(), get(answers::owed)),
        ("/late".to_owned(), get(answers::late)),
        ("/checkpoint".to_owned(), get(answers::checkpoint)),
    ];
    for (verb, command) in VERBS {
        let act = move |board: State<Shared>, caller: Caller, case: Path<String>, headers: HeaderMap, body: Body| {
            act(board, caller, case, command, headers, body)
        };
        all.push((format!("/cases/{{case}}/{verb}"), post(act)));
    }
    all
}

pub(crate) fn routes() -> Router<Shared> {
    operations().into_iter().fold(Router::new(), |routes, (path, methods)| routes.route(&path, methods))
}

/// Whoever acts: the token's own person, or whom a platform names.
pub(crate) struct Caller {
    pub(crate) person: PersonId,
    rights: Rights,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, board: &Shared) -> Result<Caller, Fault> {
        let said = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' '));
        let given = said.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let unauthorized = |zh: &str, en: &str| Fault::new(StatusCode::UNAUTHORIZED, zh, en);
        let given = given.ok_or_else(|| unauthorized("请带令牌：Authorization: Bearer …", "Send a token: Authorization: Bearer …"))?;
        let token = board.keys.find(given).ok_or_else(|| unauthorized("令牌不对或已停用。", "The token is not known here."))?;
        let named = parts.headers.get("sanzi-person").map(|value| value.to_str().unwrap_or_default());
        let person = person(&token, named)?;
        Ok(Caller { person, rights: token.rights })
    }
}

fn person(token: &Token, named: Option<&str>) -> Result<PersonId, Fault> {
    match (token.person, named) {
        (None, Some(named)) => PersonId::new(named).map_err(|error| Fault::invalid(&error)),
        (None, None) => {
            Err(Fault::new(StatusCode::BAD_REQUEST, "平台令牌须用 Sanzi-Person 说明是谁办理。", "A platform says who acts: Sanzi-Person."))
        }
        (Some(person), Some(named)) if person.as_str() != named => {
            let (zh, en) = ("个人令牌只能代表本人。", "A person's token acts for that person only.");
            Err(Fault::new(StatusCode::FORBIDDEN, zh, en))
        }
        (Some(person), _) => Ok(person),
    }
}

/// A body of JSON, read but not yet understood.
pub(crate) struct Body(Box<RawValue>);

impl FromRequest<Shared> for Body {
    type Rejection = Fault;

    async fn from_request(request: Request, board: &Shared) -> Result<Body, Fault> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let (zh, en) = ("请以 application/json 发送。", "Send it as application/json.");
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, zh, en));
        }
        let bytes = Bytes::from_request(request, board).await.map_err(|error| Fault::of_status(error.status()))?;
        let not_json = |error: serde_json::Error| {
            Fault::new(StatusCode::BAD_REQUEST, format!("内容不是 JSON：{error}"), format!("The body is no JSON: {error}"))
        };
        serde_json::from_slice(&bytes).map(Body).map_err(not_json)
    }
}

impl Body {
    /// The command of this name, from its own fields.
    fn command(&self, name: &str) -> Result<Command<Dongsha>, Fault> {
        let whole = format!("{{\"{name}\":{}}}", self.0.get());
        let mut json = serde_json::Deserializer::from_str(&whole);
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let cause = error.inner().to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            let field = path.strip_prefix(name).unwrap_or(&path).trim_start_matches('.');
            Fault::invalid(&if field.is_empty() { cause.to_owned() } else { format!("`{field}`: {cause}") })
        })
    }
}

/// The idempotency key: a UUID that the client makes once for each thing it wants done.
fn key(headers: &HeaderMap) -> Result<Uuid, Fault> {
    let value = headers.get("idempotency-key").ok_or_else(Fault::key_missing)?;
    let text = value.to_str().unwrap_or_default().trim_matches('"');
    Uuid::try_parse(text).map_err(|_| {
        let (zh, en) = ("Idempotency-Key 须为 UUID。", "The Idempotency-Key has to be a UUID.");
        Fault::new(StatusCode::BAD_REQUEST, zh, en)
    })
}

/// The version of the case that the client has seen.
fn seen(headers: &HeaderMap) -> Result<Option<u64>, Fault> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    text.trim_matches('"').parse().map(Some).map_err(|_| {
        let (zh, en) = ("If-Match 须为所见版本，如 \"7\"。", "If-Match is the version that was seen, such as \"7\".");
        Fault::new(StatusCode::BAD_REQUEST, zh, en)
    })
}

fn may_act(caller: &Caller) -> Result<(), Fault> {
    if caller.rights == Rights::Ask {
        return Err(Fault::new(StatusCode::FORBIDDEN, "该令牌只能查询，不能办理。", "This token is for asking, not for acting."));
    }
    Ok(())
}

/// The case's number follows from the key, so that a request sent again opens nothing twice.
fn number_for(key: Uuid) -> CaseId {
    let digest = Digest::of_parts(&[b"sanzi board case", key.as_bytes()]);
    CaseId::new(Uuid::new_v8(digest.as_bytes().first_chunk().copied().unwrap_or_default()))
}

async fn open(State(board): State<Shared>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    may_act(&caller)?;
    let key = key(&headers)?;
    let act = Act { key, case: number_for(key), by: caller.person, command: body.command("open")?, seen: None };
    done(&board, act, StatusCode::CREATED).await
}

async fn act(
    State(board): State<Shared>,
    caller: Caller,
    Path(case): Path<String>,
    name: &'static str,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    may_act(&caller)?;
    let case = super::pages::case_of(&case)?;
    let act = Act { key: key(&headers)?, case, by: caller.person, command: body.command(name)?, seen: seen(&headers)? };
    done(&board, act, StatusCode::OK).await
}

async fn done(board: &Shared, act: Act, status: StatusCode) -> Result<Response, Fault> {
    ask(board, move |board| {
        let acted = board.act(&act)?;
        let receipt = acted.receipt;
        let answer = json!({
            "case": receipt.case,
            "version": receipt.version,
            "position": receipt.position.number(),
            "repeated": receipt.repeated,
            "number": acted.number,
            "warnings": acted.warnings,
            "state": answers::state(&acted.case),
        });
        let mut response = (status, axum::Json(answer)).into_response();
        response.headers_mut().extend(answers::tag(receipt.version).map(|tag| (ETAG, tag)));
        if status == StatusCode::CREATED {
            let place = HeaderValue::from_str(&format!("{API}/cases/{}", receipt.case)).ok();
            response.headers_mut().extend(place.map(|place| (LOCATION, place)));
        }
        Ok(response)
    })
    .await
}
