//! The order of records: one header first, one trailer last.

use super::{Record, grammar};
use crate::{ErrorKind, ParseError, lex, line::Line};
use smrt_core::{Position, Span};

/// Which record may come next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sequence {
    /// Nothing has come yet.
    #[default]
    Start,
    /// The header has come, or its lack has been reported.
    Body,
    /// The trailer has come.
    End,
}

impl Sequence {
    /// Checks that a record stands in its place; `line` starts at `start`. An error of the record itself goes first,
    /// and a lack is reported just once.
    pub(super) fn check<'a>(
        &mut self,
        parsed: Result<Record<'a>, ParseError>,
        line: &[u8],
        start: Position,
    ) -> Result<Record<'a>, ParseError> {
        let before = *self;
        let is_header = match &parsed {
            Ok(record) => matches!(record, Record::Header(_)),
            Err(_) => grammar::begins_with(line, grammar::HEADER),
        };
        *self = match &parsed {
            Ok(Record::Trailer) => Self::End,
            _ if before == Self::Start => Self::Body,
            _ => before,
        };
        let record = match (before, parsed) {
            (Self::Start, Ok(record)) if is_header => return Ok(record),
            (Self::Start, Err(error)) if is_header => return Err(error.of_frame()),
            (Self::Body, Err(error)) => {
                let is_frame = is_header || grammar::begins_with(line, grammar::TRAILER);
                return Err(if is_frame { error.of_frame() } else { error });
            }
            (_, parsed) => parsed,
        };
        let span = Line { text: line, start }.whole();
        let kind = match (before, record) {
            (Self::Start, _) => ErrorKind::MissingHeader { expected: grammar::HEADER, found: lex::found(line) },
            (Self::End, _) => ErrorKind::AfterTrailer { found: lex::found(line) },
            (Self::Body, Ok(Record::Header(_))) => ErrorKind::MisplacedHeader,
            (Self::Body, other) => return other,
        };
        Err(ParseError::new(kind, span).of_frame())
    }

    /// Whether another record may follow as it is: the header has come and the trailer has not.
    pub(super) fn in_body(self) -> bool {
        self == Self::Body
    }

    /// Checks that the text may end at `at`.
    pub(super) fn finish(self, at: Span) -> Result<(), ParseError> {
        let lack = match self {
            Self::End => return Ok(()),
            Self::Start => ErrorKind::Empty,
            Self::Body => ErrorKind::MissingTrailer { expected: grammar::TRAILER },
        };
        Err(ParseError::new(lack, at).of_frame())
    }
}
