//! The few files beside the pages.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

use super::Shared;

const STYLE: &str = include_str!("../board.css");
const ICON: &str = include_str!("../icon.svg");

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=3600")], text)
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/board.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/icon.svg", get(|| async { file("image/svg+xml", ICON) }))
        .route(
            "/robots.txt",
            get(|| async { file("text/plain; charset=utf-8", "User-agent: *\nDisallow: /sign-in\nDisallow: /en/sign-in\n") }),
        )
}
