//! One line of a source and the places in it, as all formats share them.

use crate::{ErrorKind, ParseError};
use smrt_core::{Position, Span};

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text behind a byte order mark, and the bytes skipped.
pub(crate) fn without_mark(text: &[u8]) -> (&[u8], u64) {
    match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (rest, BYTE_ORDER_MARK.len() as u64),
        None => (text, 0),
    }
}

/// Takes the first line off `rest` and moves `next` to the line behind it; gives the line without its line end.
pub(crate) fn next_line<'a>(rest: &mut &'a [u8], next: &mut Position) -> &'a [u8] {
    let (line, taken) = match memchr::memchr(b'\n', rest) {
        Some(newline) => {
            next.line += 1;
            (&rest[..newline], newline + 1)
        }
        None => {
            // The end of the text is on this line, behind its last byte.
            next.column = next.column.saturating_add(u32::try_from(rest.len()).unwrap_or(u32::MAX));
            (*rest, rest.len())
        }
    };
    *rest = &rest[taken..];
    next.offset += taken as u64;
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// One line with its place, to turn slices of it into spans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// The line without its line end.
    pub(crate) text: &'a [u8],
    /// Where it starts.
    pub(crate) start: Position,
}

impl Line<'_> {
    /// The place of the whole line.
    pub(crate) fn whole(self) -> Span {
        Span { position: self.start, length: u32::try_from(self.text.len()).unwrap_or(u32::MAX) }
    }

    /// The place of a part of this line.
    pub(crate) fn span(self, part: &[u8]) -> Span {
        let before = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len());
        let column = u32::try_from(before).unwrap_or(u32::MAX - 1) + self.start.column;
        let position = Position { column, offset: self.start.offset + before as u64, ..self.start };
        Span { position, length: u32::try_from(part.len()).unwrap_or(u32::MAX) }
    }

    /// An error at a part of this line.
    pub(crate) fn error(self, part: &[u8], kind: ErrorKind) -> ParseError {
        ParseError::new(kind, self.span(part))
    }
}
