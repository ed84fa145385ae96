//! What was found in files.

use crate::{Cell, Column, Tone};
use smrt_core::{Code, Excerpt, Finding, Severity};
use smrt_ingest::Reason;
use smrt_storage::StoredFinding;

/// A finding of whatever origin.
#[derive(Clone, Copy, Debug)]
pub struct Remark<'a> {
    /// The id of its code.
    pub code: &'a str,
    /// How much it weighs.
    pub severity: Severity,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in bytes, from 1.
    pub column: Option<u32>,
    /// What was expected and what was found.
    pub message: &'a str,
    /// The source around it.
    pub excerpt: Option<&'a Excerpt>,
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
pub const COLUMNS: &[Column] = &[
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
    pub fn row(self) -> Vec<Cell<'a>> {
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
}

/// The code with this id.
pub fn code_of(id: &str) -> Option<&'static Code> {
    smrt_ingest::codes().find(|code| code.id == id)
}

/// The colour of a severity.
pub fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Note => Tone::Dim,
        Severity::Warning => Tone::Warn,
        Severity::Error => Tone::Bad,
    }
}
