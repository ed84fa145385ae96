//! Signing in and out: a browser shows a token once and keeps a session.

use super::html;
use crate::{
    app::App,
    pages,
    params::encoded,
    problem::{LENGTH, Problem, SLOW},
};
use axum::{
    body::{Body, to_bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use percent_encoding::percent_decode_str;
use std::sync::Arc;
use tokio::time::timeout;

/// Most bytes of a form with a token.
const LONGEST: usize = 8 << 10;

/// To where a browser shows its token, and then back.
pub(crate) fn to_sign_in(uri: &Uri) -> Response {
    let back = uri.path_and_query().map_or("/", |path| path.as_str());
    see_other(&format!("/sign-in?next={}", encoded(back)))
}

fn see_other(place: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// Where somebody shows a token.
pub(crate) async fn sign_in_page(uri: Uri) -> Response {
    html(pages::sign_in::page(&next(uri.query()), false))
}

/// Begins a session.
pub(crate) async fn sign_in(State(app): State<Arc<App>>, uri: Uri, body: Body) -> Response {
    // Nobody has shown a token yet, so nobody may take long, or send much.
    let body = match timeout(app.limits.header_time, to_bytes(body, LONGEST)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return Problem::new(LENGTH, "expected a token and nothing else").into_response(),
        Err(_) => return Problem::new(SLOW, "the body did not come in time").into_response(),
    };
    let token = field(&String::from_utf8_lossy(&body), "token").unwrap_or_default();
    let next = next(uri.query());
    match app.auth.sign_in(&token) {
        Some(cookies) => with_cookies(see_other(&next), &cookies),
        None => {
            let mut response = html(pages::sign_in::page(&next, true));
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            response
        }
    }
}

/// Ends a session.
pub(crate) async fn sign_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    with_cookies(see_other("/sign-in"), &app.auth.sign_out(&headers))
}

fn with_cookies(mut response: Response, cookies: &[String]) -> Response {
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Where somebody was going: a page of this service, whatever is written there.
fn next(query: Option<&str>) -> String {
    let next = field(query.unwrap_or_default(), "next").unwrap_or_default();
    // Browsers drop control characters, and read a backslash as a slash.
    let is_plain = !next.contains(|c: char| c == '\\' || c.is_ascii_control());
    let is_here = next.starts_with('/') && !next.starts_with("//") && is_plain;
    if is_here { next } else { "/".to_owned() }
}

/// A field of a form.
fn field(form: &str, name: &str) -> Option<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    Some(percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (query, expected) in [
            ("next=%2Ffiles%3Fstatus%3Dloaded", "/files?status=loaded"),
            ("next=https%3A%2F%2Fevil.example", "/"),
            ("next=%2F%2Fevil.example", "/"),
            ("next=%2F%5Cevil.example", "/"),
            ("next=%2F%09%2Fevil.example", "/"),
            ("", "/"),
        ] {
            assert_eq!(next(Some(query)), expected, "{query}");
        }
    }
}
