//! What every request passes: headers, how often, how long, how much, and from whose page.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::Shared;
use super::config::Limits;
use super::problem::Fault;

/// No script at all, nothing from elsewhere, in nobody's frame.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The papers and notices bring their print rules along in the page.
pub(crate) const POLICY_OF_PAPERS: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (X_FRAME_OPTIONS, "DENY"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// How often each client asked.
pub(crate) struct Often {
    requests: DefaultKeyedRateLimiter<IpAddr>,
    filings: DefaultKeyedRateLimiter<IpAddr>,
}

impl Often {
    pub(crate) fn new(limits: &Limits) -> Often {
        let requests = Quota::per_second(limits.requests_per_second).allow_burst(limits.burst);
        let filings = Quota::per_minute(limits.filings_per_minute).allow_burst(limits.filings_per_minute);
        Often { requests: DefaultKeyedRateLimiter::keyed(requests), filings: DefaultKeyedRateLimiter::keyed(filings) }
    }

    /// Forgets those who have not asked for a while.
    pub(crate) fn forget(&self) {
        self.requests.retain_recent();
        self.filings.retain_recent();
    }

    fn passes(limiter: &DefaultKeyedRateLimiter<IpAddr>, client: IpAddr) -> Result<(), Fault> {
        limiter.check_key(&client).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1);
            let zh = format!("请求过多，请 {wait} 秒后再来。");
            Fault {
                retry_after: Some(wait),
                ..Fault::new(StatusCode::TOO_MANY_REQUESTS, zh, format!("Too many requests: come again in {wait} seconds."))
            }
        })
    }

    /// One more comment, objection or attempt to sign in.
    pub(crate) fn filing(&self, client: IpAddr) -> Result<(), Fault> {
        Often::passes(&self.filings, client)
    }
}

/// Whoever asks, as far as the network tells: of IPv6 the network, as one client has many addresses.
#[derive(Clone, Copy)]
pub(crate) struct Client(pub(crate) IpAddr);

impl Client {
    fn of(request: &Request, behind_proxy: bool) -> Client {
        let told = || request.headers().get("x-forwarded-for")?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok();
        let peer = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let address = if behind_proxy { told().or_else(peer) } else { peer() };
        Client(match address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)).to_canonical() {
            IpAddr::V6(long) => IpAddr::V6(Ipv6Addr::from_bits(long.to_bits() & !(u128::MAX >> 64))),
            short => short,
        })
    }
}

/// Around all routes.
pub(crate) fn guarded(routes: Router<Shared>, board: &Shared, limits: &Limits) -> Router {
    let seconds = Duration::from_secs(limits.seconds);
    routes
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .layer(RequestBodyLimitLayer::new(limits.body_bytes))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, seconds))
        .layer(from_fn(of_our_own))
        .layer(from_fn_with_state(board.clone(), not_too_often))
        .layer(from_fn_with_state(board.clone(), super::faults::written))
        .layer(from_fn(headers))
        .with_state(board.clone())
}

async fn headers(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn not_too_often(State(board): State<Shared>, mut request: Request, next: Next) -> Response<Body> {
    let client = Client::of(&request, board.behind_proxy);
    if let Err(fault) = Often::passes(&board.often.requests, client.0) {
        return fault.into_response();
    }
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// A form is taken only from a page of this website. Programs send no cookies, and are asked for their token.
async fn of_our_own(request: Request, next: Next) -> Response<Body> {
    if is_of_elsewhere(&request) {
        let (zh, en) = ("表单须从本网站的页面提交。", "A form has to be sent from a page of this website.");
        return Fault::new(StatusCode::FORBIDDEN, zh, en).into_response();
    }
    next.run(request).await
}

fn is_of_elsewhere(request: &Request) -> bool {
    if request.uri().path().starts_with(super::API) || matches!(*request.method(), Method::GET | Method::HEAD) {
        return false;
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (header("sec-fetch-site"), header(ORIGIN.as_str())) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) != header(HOST.as_str()),
        (None, None) => false,
    }
}
