//! The frame of a file: one 100 record first, one 900 record last (MDFF 2.5 §4.1).

use super::{Oddity, Remarks};
use crate::{Dialect, ErrorKind, ParseError, lex::found, line::Line};
use smrt_core::Span;

/// The first record's indicator.
pub(crate) const HEADER: &str = "100";
/// The last record's indicator.
pub(crate) const TRAILER: &str = "900";

/// Which part of a file a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The 100 record.
    Header,
    /// Any between.
    Body,
    /// The 900 record.
    Trailer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing has come yet.
    Start,
    /// The header has come, or its lack has been told.
    Body,
    /// The trailer has come.
    End,
    /// The file is of another kind: that was said once, and nothing of it is read.
    Foreign,
}

/// Which record may come next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    stage: Stage,
    dialect: Dialect,
    /// Whether several blocks may follow each other, as in an envelope that holds several.
    several: bool,
}

impl Frame {
    /// At the start of a file.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { stage: Stage::Start, dialect, several: false }
    }

    /// Allows several blocks from 100 to 900, without a remark.
    pub(crate) fn allow_several(&mut self) {
        self.several = true;
    }

    /// Takes the header as read.
    pub(crate) fn enter_body(&mut self) {
        self.stage = Stage::Body;
    }

    /// Whether another record of the body may follow as it is.
    pub(crate) fn in_body(&self) -> bool {
        self.stage == Stage::Body
    }

    /// Whether no record has come yet.
    pub(crate) fn is_at_start(&self) -> bool {
        self.stage == Stage::Start
    }

    /// Reads no more of a file of another kind.
    pub(crate) fn give_up(&mut self) {
        self.stage = Stage::Foreign;
    }

    /// Whether the file is of another kind.
    pub(crate) fn is_foreign(&self) -> bool {
        self.stage == Stage::Foreign
    }

    /// Checks that a record stands in its place.
    pub(crate) fn check(&mut self, part: Part, line: Line<'_>, remarks: &mut Remarks) -> Result<(), ParseError> {
        let lenient = self.dialect == Dialect::Lenient;
        let before = std::mem::replace(&mut self.stage, if part == Part::Trailer { Stage::End } else { Stage::Body });
        let (kind, oddity) = match (before, part) {
            (Stage::Start, Part::Header) | (Stage::Body, Part::Body | Part::Trailer) => return Ok(()),
            (Stage::Foreign, _) => {
                self.stage = Stage::Foreign;
                return Ok(());
            }
            (Stage::End, Part::Header) if self.several => return Ok(()),
            (Stage::Start, _) => {
                let found = found(line.text);
                (ErrorKind::MissingHeader { expected: HEADER, found }, Oddity::HeaderAssumed)
            }
            (Stage::Body, Part::Header) => (ErrorKind::MisplacedHeader, Oddity::FurtherBlock),
            (Stage::End, _) => {
                if !lenient {
                    self.stage = Stage::End;
                }
                (ErrorKind::AfterTrailer { found: found(line.text) }, Oddity::FurtherBlock)
            }
        };
        if lenient {
            remarks.add(oddity, line.whole());
            return Ok(());
        }
        Err(line.error(line.text, kind).of_frame())
    }

    /// Checks that the text may end at `at`.
    pub(crate) fn finish(&self, at: Span, remarks: &mut Remarks) -> Result<(), ParseError> {
        let lack = match self.stage {
            Stage::End | Stage::Foreign => return Ok(()),
            Stage::Start => ErrorKind::Empty,
            Stage::Body if self.dialect == Dialect::Lenient => {
                remarks.add(Oddity::TrailerMissing, at);
                return Ok(());
            }
            Stage::Body => ErrorKind::MissingTrailer { expected: TRAILER },
        };
        Err(ParseError::new(lack, at).of_frame())
    }
}
