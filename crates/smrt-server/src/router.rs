//! Which address leads where, and what happens to every request on its way in and out.

use crate::{
    api,
    app::App,
    dashboard,
    endpoint::Endpoint,
    guard, openapi,
    problem::{METHOD, NOT_FOUND, Problem},
    respond::{Asked, respond},
    upload,
};
use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, RawPathParams, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use std::{sync::Arc, time::Instant};

/// Where files are uploaded and listed.
pub(crate) const FILES: &str = "/api/v1/files";

/// All questions: of programs and of people.
fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    api::ENDPOINTS.iter().copied().flatten().chain(dashboard::ENDPOINTS)
}

/// All addresses.
pub(crate) fn of(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for endpoint in endpoints() {
        let mut route =
            get(move |State(app): State<Arc<App>>, path: RawPathParams, uri: Uri, headers: HeaderMap| async move {
                respond(app, endpoint, Asked { uri: &uri, headers: &headers, path }).await
            });
        if endpoint.path == FILES {
            route = route.post(post_file);
        }
        router = router.route(endpoint.path, route);
    }
    router
        .route("/openapi.json", get(|| async { openapi::response() }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/assets/{*path}", get(dashboard::asset))
        .route("/sign-in", get(dashboard::sign_in_page).merge(post(dashboard::sign_in)))
        .route("/sign-out", post(dashboard::sign_out))
        .fallback(|uri: Uri, headers: HeaderMap| async move {
            let detail = format!("{} leads nowhere; /docs lists what there is", uri.path());
            tell(&headers, Problem::new(NOT_FOUND, detail))
        })
        .method_not_allowed_fallback(|method: Method, headers: HeaderMap| async move {
            tell(&headers, Problem::new(METHOD, format!("{method} is not for this address")))
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&app), around))
        .with_state(app)
}

async fn post_file(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap, body: Body) -> Response {
    upload::upload(app, &uri, &headers, body).await.unwrap_or_else(IntoResponse::into_response)
}

/// A problem, as a page for those who want one.
fn tell(headers: &HeaderMap, problem: Problem) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") { dashboard::of_problem(&problem) } else { problem.into_response() }
}

/// What happens to every request on its way in and out.
async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let matched = request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
    let mut response = match guard::check(request.method(), request.uri(), request.headers(), &app.names) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    guard::dress(&mut response);
    if app.is_ending() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let status = response.status().as_u16();
    app.metrics.request(name_of(&method), route(matched.as_deref()), status, begun.elapsed());
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    tracing::debug!(target: "smrt_server::access", method = name_of(&method), path, status, milliseconds, "answered");
    response
}

/// A method by one of a few names, so that nobody can make up more.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

/// A route by one of a few names.
fn route(matched: Option<&str>) -> &'static str {
    const OTHERS: [&str; 5] = ["/openapi.json", "/healthz", "/assets/{*path}", "/sign-in", "/sign-out"];
    let mut all = endpoints().map(|endpoint| endpoint.path).chain(OTHERS);
    matched.and_then(|matched| all.find(|path| *path == matched)).unwrap_or("none")
}
