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

impl Span {
    /// The line it stands in, without its line end, found in a block of the source that starts at byte `block_offset`;
    /// empty where the block does not hold it.
    pub fn line_in(self, block: &[u8], block_offset: u64) -> &[u8] {
        let Position { column, offset, .. } = self.position;
        let start = (offset + 1).checked_sub(u64::from(column)).and_then(|start| start.checked_sub(block_offset));
        let Some(rest) = start.and_then(|start| usize::try_from(start).ok()).and_then(|start| block.get(start..))
        else {
            return b"";
        };
        let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}
