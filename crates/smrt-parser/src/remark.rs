//! What a reader believed although it is odd: liberties of the sender, bent back, each with its place.

use crate::formats::{mdff, table};
use smrt_core::{Code, Span};
use std::fmt;

/// A remark and where it stands. Nothing is refused for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What is odd.
    pub kind: RemarkKind,
    /// Where: the field or the line.
    pub span: Span,
}

/// What is odd.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemarkKind {
    /// In a file of a meter data provider (NEM12, NEM13).
    Mdff(mdff::Oddity),
    /// In a file with a line of column names (LP, TOU, interval CSV, sensors).
    Table(table::Oddity),
}

impl RemarkKind {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match self {
            Self::Mdff(oddity) => oddity.code(),
            Self::Table(oddity) => oddity.code(),
        }
    }
}

impl fmt::Display for RemarkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mdff(oddity) => oddity.fmt(f),
            Self::Table(oddity) => oddity.fmt(f),
        }
    }
}
