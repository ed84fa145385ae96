//! Saying what a file is that smrt does not read, and what to do about it.

use smrt_parser::Format;

/// What was expected instead.
pub(crate) fn formats() -> String {
    format!("one of the formats {}", Format::ALL.map(Format::name).join(", "))
}

/// What first bytes look like, in words, with what to do where that is known.
pub(crate) fn describe(first_bytes: &[u8]) -> String {
    let known = MAGIC.iter().find(|(magic, _)| first_bytes.starts_with(magic)).map(|(_, what)| *what);
    if let Some(what) = known {
        return what.to_owned();
    }
    let text = first_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_bytes).trim_ascii_start();
    let begins =
        |start: &str| text.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start.as_bytes()));
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    match text {
        [] if first_bytes.is_empty() => "an empty file".to_owned(),
        [] => "nothing but blanks".to_owned(),
        _ if begins("<!doctype html") || begins("<html") => {
            "a page of the web (HTML), as a portal sends it where a login has ended: download the file again".to_owned()
        }
        [b'<', ..] => "XML: ask for the file as CSV".to_owned(),
        [b'{' | b'[', ..] => "JSON: ask for the file as CSV".to_owned(),
        [first, 0, second, 0, ..] | [0, first, 0, second, ..] if *first > 0 && *second > 0 => UTF_16.to_owned(),
        _ if first_bytes.contains(&0) => "bytes that are no text".to_owned(),
        _ if line == b"100" || line.starts_with(b"100,") => {
            "a 100 record that names neither NEM12 nor NEM13: ask the sender for one of these".to_owned()
        }
        _ if is_table(line) => format!(
            "a table with the first line {}: if it holds interval values or register reads, tell its layout with \
             --format csv",
            quoted(line, 60)
        ),
        _ => quoted(text, 16),
    }
}

const UTF_16: &str = "UTF-16 text: save it as UTF-8";

/// How files of other kinds begin.
const MAGIC: [(&[u8], &str); 9] = [
    (b"\xff\xfe", UTF_16),
    (b"\xfe\xff", UTF_16),
    (b"%PDF", "a PDF document: ask for the file as CSV"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet or document (xls, doc): save its table as CSV"),
    (b"Rar!", "a RAR archive: unpack it, or pack it anew as zip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it, or pack it anew as zip"),
    (b"\x28\xb5\x2f\xfd", "zstd data: unpack it, or pack it anew as gzip"),
    (b"BZh", "bzip2 data: unpack it, or pack it anew as gzip"),
];

/// Whether a line has names of columns: words parted by one and the same sign.
fn is_table(line: &[u8]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let parts = |separator| line.split(separator).filter(|part| part.chars().any(char::is_alphabetic)).count();
    !line.starts_with('#') && [',', ';', '\t'].into_iter().any(|separator| parts(separator) >= 3)
}

fn quoted(text: &[u8], most: usize) -> String {
    format!("\"{}\"", text[..text.len().min(most)].escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &str) {
        let found = describe(bytes);
        assert!(found.contains(expected), "{found}");
    }

    #[test]
    fn what_smrt_does_not_read_is_named() {
        check(b"", "an empty file");
        check(b" \n", "nothing but blanks");
        check(b"\xff\xfe1\0", "save it as UTF-8");
        check(b"1\x000\x000\0", "save it as UTF-8");
        check(b"\x001\x000\x000", "save it as UTF-8");
        check(b"%PDF-1.7", "PDF");
        check(b"<!DOCTYPE html><html>", "login");
        check(b"\xef\xbb\xbf<?xml version=\"1.0\"?>", "XML");
        check(b"{\"a\": 1}", "JSON");
        check(b"\xd0\xcf\x11\xe0\xa1\xb1", "spreadsheet");
        check(b"SQLite format 3\0", "SQLite");
        check(b"abc\0def", "no text");
        check(b"NMI,DATE,USAGE,QUALITY\r\n1,2,3,A\r\n", "--format csv");
        check(b"100\n200,6001,kWh\n", "neither NEM12 nor NEM13");
        check(b"100,NEM14,200402070911,MDP1,RET1\n", "neither NEM12 nor NEM13");
        check(b"# hello\n", "\"# hello\\n\"");
    }
}
