//! A finding for people: what, where, and the place itself with a mark under it.

use super::{Paint, Tone, safe};
use smrt_views::findings::{Remark, tone};
use std::io::{self, Write};

/// Writes a finding with its place in `file`.
pub(crate) fn write(remark: Remark<'_>, out: &mut dyn Write, file: &str, colour: bool) -> io::Result<()> {
    let head = format!("{}[{}]", remark.severity, safe(remark.code));
    writeln!(out, "{}: {}", tone(remark.severity).paint(&head, colour), safe(remark.message))?;
    let place = [remark.line, remark.column.map(u64::from)].into_iter().flatten().map(|n| format!(":{n}"));
    let arrow = Tone::Dim.paint("-->", colour);
    writeln!(out, "  {arrow} {}{}", safe(file), place.collect::<String>())?;
    let Some(excerpt) = remark.excerpt.filter(|excerpt| !excerpt.text.trim().is_empty()) else { return Ok(()) };
    let bar = Tone::Dim.paint("|", colour);
    let mark = "^".repeat(excerpt.width.max(1));
    writeln!(out, "   {bar} {}", safe(&excerpt.text))?;
    writeln!(out, "   {bar} {}{}", " ".repeat(excerpt.indent), tone(remark.severity).paint(&mark, colour))
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::{Excerpt, Finding, Position, Span};

    #[test]
    fn a_finding_shows_its_place() {
        let code = smrt_ingest::codes().find(|code| code.id == "P011").unwrap();
        let line = b"\"CONSU\",\"1\",\"20190231\",\"0900\",1.0";
        let finding = Finding {
            code,
            span: Some(Span { position: Position { line: 12, column: 14, offset: 0 }, length: 8 }),
            message: "expected a date YYYYMMDD, found 20190231".into(),
            excerpt: Some(Excerpt::of_line(line, 14, 8)),
        };
        let mut out = Vec::new();
        write(Remark::from(&finding), &mut out, "in/a\x1bb.SMRT", false).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "error[P011]: expected a date YYYYMMDD, found 20190231\n  \
             --> in/a\u{fffd}b.SMRT:12:14\n   \
             | \"CONSU\",\"1\",\"20190231\",\"0900\",1.0\n   \
             |              ^^^^^^^^\n"
        );
    }
}
