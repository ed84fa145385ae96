//! A finding for people: what, where, and the place itself with a mark under it.

use super::{Cell, Column, Tone, safe};
use smrt_core::{Code, Excerpt, Finding, Severity};
use smrt_ingest::Reason;
use smrt_storage::StoredFinding;
use std::io::{self, Write};

/// A finding of whatever origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remark<'a> {
    code: &'a str,
    severity: Severity,
    line: Option<u64>,
    column: Option<u32>,
    message: &'a str,
    excerpt: Option<&'a Excerpt>,
}

impl<'a> From<&'a Finding> for Remark<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            code: finding.code.id,
            severity: finding.code.severity,
            line: finding.line(),
            column: finding.column(),
            message: &finding.message,
            excerpt: finding.excerpt.as_ref(),
        }
    }
}

impl<'a> From<&'a StoredFinding> for Remark<'a> {
    fn from(finding: &'a StoredFinding) -> Self {
        Self {
            code: &finding.code,
            severity: finding.severity,
            line: finding.line,
            column: finding.column,
            message: &finding.message,
            excerpt: finding.excerpt.as_ref(),
        }
    }
}

impl<'a> From<&'a Reason> for Remark<'a> {
    fn from(reason: &'a Reason) -> Self {
        Self {
            code: reason.code,
            severity: Severity::Error,
            line: reason.line,
            column: reason.column,
            message: &reason.message,
            excerpt: None,
        }
    }
}

/// The columns of findings, one a row.
pub(crate) const COLUMNS: &[Column] = &[
    Column::text("file"),
    Column::word("code"),
    Column::word("name"),
    Column::word("severity"),
    Column::number("line"),
    Column::number("column"),
    Column::text("message"),
    Column::text("excerpt"),
];

impl<'a> Remark<'a> {
    /// The finding as a row of [`COLUMNS`], without its file.
    pub(crate) fn row(self) -> Vec<Cell<'a>> {
        vec![
            Cell::text(self.code),
            Cell::maybe(code_of(self.code).map(|code| code.name)),
            Cell::Word(self.severity.as_str(), tone(self.severity)),
            Cell::maybe_integer(self.line),
            Cell::maybe_integer(self.column),
            Cell::text(self.message),
            Cell::stated(self.excerpt.map_or("", |excerpt| excerpt.text.as_str())),
        ]
    }

    /// Writes the finding with its place in `file`.
    pub(crate) fn write(self, out: &mut dyn Write, file: &str, colour: bool) -> io::Result<()> {
        let head = format!("{}[{}]", self.severity, safe(self.code));
        writeln!(out, "{}: {}", tone(self.severity).paint(&head, colour), safe(self.message))?;
        let place = [self.line, self.column.map(u64::from)].into_iter().flatten().map(|n| format!(":{n}"));
        let arrow = Tone::Dim.paint("-->", colour);
        writeln!(out, "  {arrow} {}{}", safe(file), place.collect::<String>())?;
        let Some(excerpt) = self.excerpt.filter(|excerpt| !excerpt.text.trim().is_empty()) else { return Ok(()) };
        let bar = Tone::Dim.paint("|", colour);
        let mark = "^".repeat(excerpt.width.max(1));
        writeln!(out, "   {bar} {}", safe(&excerpt.text))?;
        writeln!(out, "   {bar} {}{}", " ".repeat(excerpt.indent), tone(self.severity).paint(&mark, colour))
    }
}

/// The code with this id.
fn code_of(id: &str) -> Option<&'static Code> {
    smrt_ingest::codes().find(|code| code.id == id)
}

/// The colour of a severity.
pub(crate) fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Note => Tone::Dim,
        Severity::Warning => Tone::Warn,
        Severity::Error => Tone::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::{Position, Span};

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
        Remark::from(&finding).write(&mut out, "in/a\x1bb.SMRT", false).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "error[P011]: expected a date YYYYMMDD, found 20190231\n  \
             --> in/a\u{fffd}b.SMRT:12:14\n   \
             | \"CONSU\",\"1\",\"20190231\",\"0900\",1.0\n   \
             |              ^^^^^^^^\n"
        );
    }
}
