//! Addresses made from hostile text. Only what would end or change a URL is escaped; letters of other scripts stay as they are,
//! which browsers accept and which keeps a page of long names small.

use std::fmt::Write as _;

/// One path segment or query value.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let plain = c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | ':' | ',');
        if plain || (!c.is_ascii() && !super::parts::is_unprintable(c) && !c.is_whitespace()) {
            out.push(c);
        } else {
            let mut bytes = [0u8; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// `path?a=1&b=2`, leaving out what is empty.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = String::from(path);
    let mut sign = match path.as_bytes() {
        [.., b'?'] => "",
        _ if path.contains('?') => "&",
        _ => "?",
    };
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, "{sign}{key}={}", escape(value));
        sign = "&";
    }
    out
}

/// The page of one meter point.
pub(crate) fn meter(code: &str) -> String {
    format!("/meters/{}", escape(code))
}

/// The page of one file.
pub(crate) fn file(id: i64) -> String {
    format!("/files/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_url_is_escaped() {
        assert_eq!(escape("a/b?c#d e%\"<é"), "a%2Fb%3Fc%23d%20e%25%22%3Cé");
        assert_eq!(escape("\u{202e}\n"), "%E2%80%AE%0A");
    }

    #[test]
    fn empty_values_are_left_out() {
        assert_eq!(
            with_query("/files", &[("name", ""), ("status", "loaded"), ("after", "7")]),
            "/files?status=loaded&after=7"
        );
        assert_eq!(with_query("/x?a=1", &[("b", "2")]), "/x?a=1&b=2");
        assert_eq!(with_query("?", &[("b", "2")]), "?b=2");
    }
}
