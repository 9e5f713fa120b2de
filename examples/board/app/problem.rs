//! What goes wrong, as one value: problem documents (RFC 9457) for programs, pages for people.

use std::borrow::Cow;

use axum::Json;
use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use sanzi::case::{Problem, Refusal};
use sanzi::store::{Refusal as NotAppended, StoreError};
use sanzi::value::Bilingual;
use sanzi::{Error, ErrorKind};
use serde::Serialize;

/// An answer that is not the one asked for. It travels in the response's extensions until whoever knows the reader writes it.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    /// The last part of its type, stable.
    pub(crate) kind: &'static str,
    pub(crate) title: Bilingual,
    /// This occurrence, in both languages.
    pub(crate) detail: Box<Bilingual>,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    instance: &'a str,
}

/// Status, type, and title of what has no more to say.
const PLAIN: [(u16, &str, &str, &str); 13] = [
    (400, "bad-request", "请求无法读懂", "the request cannot be read"),
    (401, "unauthorized", "需要令牌", "a token is needed"),
    (403, "forbidden", "该令牌无此权限", "the token is not for this"),
    (404, "not-found", "没有这一页", "there is nothing here"),
    (405, "method-not-allowed", "不能这样请求", "not by this method"),
    (408, "timeout", "超时", "it took too long"),
    (412, "version-changed", "版本已变", "the version has changed"),
    (413, "too-large", "内容过大", "the body is too large"),
    (415, "media-type", "内容格式不对", "the media type is not accepted"),
    (422, "invalid", "内容有误", "the content is not valid"),
    (429, "too-many-requests", "请求过多", "too many requests"),
    (500, "internal", "内部错误", "an internal error"),
    (503, "unavailable", "暂不可用", "unavailable for now"),
];

impl Fault {
    /// Of a status, with what there is to say of this occurrence.
    pub(crate) fn new(status: StatusCode, zh: impl Into<String>, en: impl Into<String>) -> Fault {
        let known = PLAIN.iter().find(|(code, ..)| *code == status.as_u16());
        let (kind, title) = known.map_or(("other", Bilingual::new("无法办理", "it could not be done")), |(_, kind, zh, en)| {
            (*kind, Bilingual { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) })
        });
        Fault { status, kind, title, detail: Box::new(Bilingual::of(zh, en)), refusal: None, retry_after: None }
    }

    /// Of a status that somebody else gave without a word.
    pub(crate) fn of_status(status: StatusCode) -> Fault {
        let fault = Fault::new(status, "", "");
        Fault { detail: Box::new(fault.title.clone()), ..fault }
    }

    pub(crate) fn not_found() -> Fault {
        Fault::new(StatusCode::NOT_FOUND, "没有这一页：请核对地址或编号。", "There is nothing here: check the address or the number.")
    }

    pub(crate) fn invalid(cause: &(impl std::fmt::Display + ?Sized)) -> Fault {
        Fault::new(StatusCode::UNPROCESSABLE_ENTITY, format!("内容有误：{cause}"), format!("The content is not valid: {cause}"))
    }

    /// Of a command without its idempotency key.
    pub(crate) fn key_missing() -> Fault {
        let zh = "请带 Idempotency-Key：每件事一个 UUID，重发时不变。";
        let en = "Send an Idempotency-Key: one UUID for each thing to do, the same when it is sent again.";
        let title = Bilingual::new("缺少幂等键", "an idempotency key is needed");
        Fault { title, ..Fault::new(StatusCode::BAD_REQUEST, zh, en).kind("key-missing") }
    }

    fn kind(self, kind: &'static str) -> Fault {
        Fault { kind, ..self }
    }

    pub(crate) fn document(&self, instance: &str) -> Response<Body> {
        let mut response = match &self.refusal {
            Some(refusal) => Json(Problem::of(refusal, instance)).into_response(),
            None => Json(Document {
                kind: format!("urn:sanzi:problem:{}", self.kind),
                title: format!("{} / {}", self.title.zh, self.title.en),
                status: self.status.as_u16(),
                detail: format!("{} / {}", self.detail.zh, self.detail.en),
                instance,
            })
            .into_response(),
        };
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers.extend(self.retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
        response
    }

    /// The fault of a response that is one, whoever made it.
    pub(crate) fn of(response: &Response<Body>) -> Option<Fault> {
        let status = response.status();
        if !(status.is_client_error() || status.is_server_error()) {
            return None;
        }
        Some(response.extensions().get::<Fault>().cloned().unwrap_or_else(|| Fault::of_status(status)))
    }

    /// What the first response had to say in its headers stays said.
    pub(crate) fn keep_headers(from: &Response<Body>, to: &mut Response<Body>) {
        for name in [ALLOW, RETRY_AFTER] {
            if let Some(value) = from.headers().get(&name) {
                to.headers_mut().insert(name, value.clone());
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response<Body> {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        let fault = Fault::new(StatusCode::CONFLICT, "", "").kind("refused");
        let title = Bilingual::new("环节不得跳过", "a step cannot be skipped");
        Fault { title, refusal: Some(refusal), ..fault }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let text = error.to_string();
        let of = |status, kind, zh: &str| Fault::new(status, format!("{zh}（{text}）"), &text).kind(kind);
        let kind = error.kind();
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Conflict { .. } => of(StatusCode::CONFLICT, "conflict", "交易已有新记录，请重新读取后再办。"),
            Error::UnknownCase(_) => of(StatusCode::NOT_FOUND, "unknown-case", "本账本没有这宗交易。"),
            Error::NotAppended(NotAppended::KeyReused { .. }) => {
                of(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", "该幂等键已用于另一请求，请换一个。")
            }
            Error::NotAppended(NotAppended::AssetTaken { .. }) => of(StatusCode::CONFLICT, "asset-taken", "该资产另有进行中的交易。"),
            Error::Indeterminate { .. } => Fault {
                retry_after: Some(1),
                ..of(StatusCode::SERVICE_UNAVAILABLE, "indeterminate", "是否已记录尚不明，请用同一幂等键重发。")
            },
            _ => match kind {
                ErrorKind::Unavailable => Fault {
                    retry_after: Some(1),
                    ..of(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "账本正忙，请稍后再试。")
                },
                // What is damaged is for the office to know, not for the street.
                ErrorKind::Corrupt => Fault::of_status(StatusCode::INTERNAL_SERVER_ERROR).kind("ledger-damaged"),
                _ => of(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "内容有误。"),
            },
        }
    }
}

macro_rules! through_error {
    ($($from:ty),*) => {$(
        impl From<$from> for Fault {
            fn from(error: $from) -> Fault {
                Fault::from(Error::from(error))
            }
        }
    )*};
}
through_error!(StoreError, sanzi::calendar::CalendarError, sanzi::store::LogError, sanzi::value::DigestError, sanzi::case::ReplayError);
