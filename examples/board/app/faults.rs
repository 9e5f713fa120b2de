//! Faults written for whoever reads them: programs or people.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse};

use super::problem::Fault;
use super::views::{self, Frame};
use super::{API, Shared, reader};

/// Whatever went wrong inside, and whoever said so.
pub(crate) async fn written(State(board): State<Shared>, request: Request, next: Next) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let lang = reader::lang_of(&path);
    let response = next.run(request).await;
    if response.extensions().get::<Told>().is_some() {
        return response;
    }
    let Some(fault) = Fault::of(&response) else { return response };
    let mut written = if path.starts_with(API) {
        fault.document(&path)
    } else {
        page(&board, &fault, lang).unwrap_or_else(|| fault.status.into_response())
    };
    Fault::keep_headers(&response, &mut written);
    written
}

fn page(board: &Shared, fault: &Fault, lang: sanzi::value::Lang) -> Option<Response<Body>> {
    let frame = Frame::new(board, lang, "", None);
    let reasons = fault.refusal.as_ref().map(|refusal| views::reasons(refusal.reasons(), lang)).unwrap_or_default();
    let mut detail = fault.detail.in_lang(lang).to_owned();
    if detail.is_empty() {
        detail = fault.title.in_lang(lang).to_owned();
    }
    let view = views::FaultPage { frame, status: fault.status.as_u16(), title: fault.title.in_lang(lang).to_owned(), detail, reasons };
    let mut response = Html(askama::Template::render(&view).ok()?).into_response();
    *response.status_mut() = fault.status;
    if let (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, Some(seconds)) = (fault.status, fault.retry_after) {
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
    }
    Some(response)
}

/// A page that says itself what is wrong, with its status.
pub(crate) fn answered(status: StatusCode, page: impl IntoResponse) -> Response<Body> {
    let mut response = page.into_response();
    *response.status_mut() = status;
    response.extensions_mut().insert(Told);
    response
}

/// Marks a response that says itself what went wrong.
#[derive(Clone, Copy)]
struct Told;
