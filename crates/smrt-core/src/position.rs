//! Where in a source something stands.

use std::fmt;

/// A place in a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, counted from 1; blank lines and comments count.
    pub line: u64,
    /// Column in bytes, counted from 1.
    pub column: u32,
    /// Bytes from the start of the source, counted from 0.
    pub offset: u64,
}

impl Position {
    /// The first byte of a source.
    pub const START: Self = Self { line: 1, column: 1, offset: 0 };
}

impl fmt::Display for Position {
    /// `line:column`, as editors understand it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A place with its length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Where it starts.
    pub position: Position,
    /// How many bytes it takes; 0 where something is missing.
    pub length: u32,
}
