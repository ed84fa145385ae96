//! The form of an answer: what there is, what is wanted, and which of them it becomes.

use crate::problem::{FORM, Problem};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Json,
    Ndjson,
    Csv,
    Html,
    OpenMetrics,
    Text,
}

impl Form {
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Html => "text/html",
            Self::OpenMetrics => "application/openmetrics-text",
            Self::Text => "text/plain",
        }
    }

    /// With how its text is encoded.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Html => "text/html; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// The word for the parameter `format`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::OpenMetrics => "openmetrics",
            Self::Text => "text",
        }
    }
}

/// Which of the forms there are `accept` likes best; of equal ones the first.
pub(crate) fn choose(offered: &[Form], accept: Option<&str>) -> Result<Form, Problem> {
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return Ok(offered[0]) };
    let ranges: Vec<(&str, f32)> = accept.split(',').filter_map(range).collect();
    let liking = |form: &Form| {
        let matching = ranges.iter().filter_map(|(range, q)| Some((precision(range, form.media_type())?, *q)));
        matching.max_by_key(|(precision, _)| *precision).map_or(0.0, |(_, q)| q)
    };
    let mut best: Option<(Form, f32)> = None;
    for form in offered {
        let liking = liking(form);
        if liking > best.map_or(0.0, |(_, liking)| liking) {
            best = Some((*form, liking));
        }
    }
    best.map(|(form, _)| form).ok_or_else(|| {
        let there: Vec<_> = offered.iter().map(|form| form.media_type()).collect();
        Problem::new(FORM, format!("expected one of {} in Accept, found {accept:?}", there.join(", ")))
    })
}

/// A media range and how much it is liked.
fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| range.contains('/'))?;
    let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((range, q.map_or(1.0, |q| q.parse().unwrap_or(0.0))))
}

/// How precisely a media range names a type; nothing where it does not.
fn precision(range: &str, media_type: &str) -> Option<u8> {
    if range.eq_ignore_ascii_case(media_type) {
        return Some(2);
    }
    if range == "*/*" {
        return Some(0);
    }
    let (kind, any) = range.split_once('/')?;
    (any == "*" && media_type.split('/').next().is_some_and(|of| of.eq_ignore_ascii_case(kind))).then_some(1)
}

/// Whether somebody takes gzip.
pub(crate) fn takes_gzip(accept_encoding: Option<&str>) -> bool {
    let is_gzip = |name: &str| name.eq_ignore_ascii_case("gzip") || name == "*";
    accept_encoding.unwrap_or_default().split(',').any(|part| {
        let mut parts = part.split(';').map(str::trim);
        parts.next().is_some_and(is_gzip) && !parts.any(|q| q.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_liked_best_is_given() {
        use Form::{Csv, Html, Json, Ndjson};
        let rows = &[Json, Ndjson, Csv];
        for (accept, expected) in [
            (None, Some(Json)),
            (Some(""), Some(Json)),
            (Some("*/*"), Some(Json)),
            (Some("text/csv"), Some(Csv)),
            (Some("TEXT/CSV; q=0.5"), Some(Csv)),
            (Some("text/*"), Some(Csv)),
            (Some("application/json;q=0.1, application/x-ndjson"), Some(Ndjson)),
            (Some("*/*;q=0.9, application/json;q=0"), Some(Ndjson)),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Some(Json)),
            (Some("image/png"), None),
            (Some("text/csv;q=x"), None),
        ] {
            assert_eq!(choose(rows, accept).ok(), expected, "{accept:?}");
        }
        assert_eq!(choose(&[Html], Some("text/html")).ok(), Some(Html));
    }

    #[test]
    fn gzip_is_taken_by_those_who_say_so() {
        for (accept, expected) in [
            (None, false),
            (Some("gzip, deflate, br"), true),
            (Some("br;q=1, GZIP;q=0.2"), true),
            (Some("gzip;q=0"), false),
            (Some("*"), true),
            (Some("identity"), false),
        ] {
            assert_eq!(takes_gzip(accept), expected, "{accept:?}");
        }
    }
}
