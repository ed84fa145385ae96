//! Cells as JSON: field names as they are, numbers exact, one row a line.

use crate::Cell;
use std::io::{self, Write};

/// Writes a value. Objects inside a list stand on a line each, so that a long answer can be read and compared.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(out: &mut dyn Write, cell: &Cell<'_>) -> io::Result<()> {
    match cell {
        Cell::Null => out.write_all(b"null"),
        Cell::Text(text) => write_text(out, text),
        Cell::Word(word, _) => write_text(out, word),
        Cell::Integer(number) => write!(out, "{number}"),
        // The text of a number of either kind is a JSON number.
        Cell::Exact(number) => write!(out, "{number}"),
        Cell::Signal(number) => write!(out, "{number}"),
        Cell::Total(number) => out.write_all(number.as_bytes()),
        Cell::Instant(..) | Cell::Micros(_) | Cell::Date(_) => write_text(out, &cell.plain()),
        Cell::Truth(truth) => write!(out, "{truth}"),
        Cell::Object(fields) => {
            out.write_all(b"{")?;
            for (index, (name, value)) in fields.iter().enumerate() {
                out.write_all(if index > 0 { b"," } else { b"" })?;
                write_text(out, name)?;
                out.write_all(b":")?;
                write(out, value)?;
            }
            out.write_all(b"}")
        }
        Cell::List(cells) => {
            let lines = cells.iter().any(|cell| matches!(cell, Cell::Object(_)));
            let (before, last): (&[u8], &[u8]) = if lines { (b"\n", b"\n]") } else { (b"", b"]") };
            out.write_all(b"[")?;
            for (index, cell) in cells.iter().enumerate() {
                out.write_all(if index > 0 { b"," } else { b"" })?;
                out.write_all(before)?;
                write(out, cell)?;
            }
            out.write_all(last)
        }
        Cell::Told(cell, _) => write(out, cell),
    }
}

/// Writes a value on one line.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_line(out: &mut dyn Write, cell: &Cell<'_>) -> io::Result<()> {
    let mut text = Vec::new();
    write(&mut text, cell)?;
    // Line ends inside texts are escaped, so those left are the ones put between list items.
    text.retain(|&byte| byte != b'\n');
    text.push(b'\n');
    out.write_all(&text)
}

/// Writes text in quotes.
fn write_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tone;

    #[test]
    fn values_are_exact_and_text_is_escaped() {
        let cell = Cell::object([
            ("value", Cell::decimal(smrt_core::Quantity::from_micros(i64::MAX))),
            ("file", Cell::text("a\"\n\u{1b}é")),
            ("reason", Cell::Null),
            ("ok", Cell::Truth(true)),
            ("status", Cell::Word("loaded", Tone::Good)),
            ("list", Cell::List(vec![Cell::Integer(1), Cell::Integer(2)])),
            ("none", Cell::List(vec![])),
        ]);
        let mut out = Vec::new();
        write(&mut out, &cell).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"value":9223372036854.775807,"file":"a\"\n\u001bé","reason":null,"ok":true,"status":"loaded","list":[1,2],"none":[]}"#
        );
    }

    #[test]
    fn a_line_is_a_line() {
        let cell = Cell::List(vec![Cell::object([("a", Cell::text("x\ny"))]), Cell::object([("a", Cell::Null)])]);
        let (mut lines, mut line) = (Vec::new(), Vec::new());
        write(&mut lines, &cell).unwrap();
        write_line(&mut line, &cell).unwrap();
        assert_eq!(lines, b"[\n{\"a\":\"x\\ny\"},\n{\"a\":null}\n]");
        assert_eq!(line, b"[{\"a\":\"x\\ny\"},{\"a\":null}]\n");
    }
}
