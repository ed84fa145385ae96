//! What every request must pass and every answer carries, whatever is asked: the name by which the service is called, the
//! site that asks, the headers that tell browsers what a page may do.
//!
//! A page of a foreign site can make a browser send requests here. By a name of its own that leads to this address it could
//! read the answers too (DNS rebinding), so names must be known; and nothing is changed for a page of another origin.

use crate::problem::{HOST, ORIGIN, Problem};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use std::net::IpAddr;

/// What a page may do: load from here, and nothing else.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// Whether a request may come in.
pub(crate) fn check(method: &Method, uri: &Uri, headers: &HeaderMap, names: &[String]) -> Result<(), Problem> {
    let host = host(uri, headers)?;
    let name = name_of(&host);
    let is_known = name.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if !is_known {
        let detail = format!("expected an address, localhost or a name listed as `hosts` in smrt.toml, found {name:?}");
        return Err(Problem::new(HOST, detail));
    }
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let foreign = |found: &str| Err(Problem::new(ORIGIN, format!("expected a page of {host}, found one of {found}")));
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let of = origin.split_once("://").map_or("", |(_, of)| of);
        if !of.eq_ignore_ascii_case(&host) {
            return foreign(origin);
        }
    }
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return foreign("another site");
    }
    Ok(())
}

/// By what name and port the service was called.
fn host(uri: &Uri, headers: &HeaderMap) -> Result<String, Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().map(str::to_owned),
        _ => None,
    };
    let named = uri.authority().map(|authority| authority.as_str().to_owned()).or(named);
    named.filter(|host| !host.is_empty()).ok_or_else(|| Problem::new(HOST, "expected one header Host"))
}

/// A host without its port and without the brackets of an address.
fn name_of(host: &str) -> &str {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

/// Tells browsers what an answer may do.
pub(crate) fn dress(response: &mut Response) {
    const ALWAYS: [(&str, &str); 5] = [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        // Not `no-referrer`: forms would be sent with the origin `null`, and be turned away as those of another site.
        ("referrer-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in ALWAYS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(method: Method, pairs: &[(&str, &str)]) -> Option<crate::problem::Kind> {
        let pairs = pairs.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
        let headers: HeaderMap = pairs.collect();
        check(&method, &"/".parse().unwrap(), &headers, &["smrt.example".into()]).err().map(|problem| problem.kind)
    }

    #[test]
    fn just_known_names_are_answered() {
        for host in ["127.0.0.1:8080", "localhost:1", "[::1]:8080", "10.1.2.3", "SMRT.example:80"] {
            assert_eq!(checked(Method::GET, &[("host", host)]), None, "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example", ""] {
            assert_eq!(checked(Method::GET, &[("host", host)]), Some(HOST), "{host}");
        }
        assert_eq!(checked(Method::GET, &[]), Some(HOST));
    }

    #[test]
    fn nothing_is_changed_for_pages_of_others() {
        let post = |more: &[(&str, &str)]| checked(Method::POST, &[&[("host", "localhost:1")], more].concat());
        assert_eq!(post(&[]), None);
        assert_eq!(post(&[("origin", "http://localhost:1")]), None);
        assert_eq!(post(&[("sec-fetch-site", "same-origin")]), None);
        for origin in ["http://localhost:2", "http://evil.example", "null", "http://localhost:1.evil.example"] {
            assert_eq!(post(&[("origin", origin)]), Some(ORIGIN), "{origin}");
        }
        assert_eq!(post(&[("sec-fetch-site", "cross-site")]), Some(ORIGIN));
        assert_eq!(checked(Method::GET, &[("host", "localhost"), ("origin", "http://evil.example")]), None);
    }
}
