//! Walking through the lines of a table, and what every record of one has to go through.

use super::{
    Channels, Fault, Oddity,
    channels::Skipped,
    cut::{Cut, Row, bad_quotes},
    time::Civil,
};
use crate::{
    Dialect, ErrorKind, ParseError, Remark, RemarkKind,
    interner::Interner,
    lex::found,
    line::{self, Line},
};
use smrt_core::{Position, Span};
use std::collections::VecDeque;

/// The lines of a source, and the remarks about them.
#[derive(Debug)]
pub(crate) struct Lines {
    /// Start of the next line.
    pub(crate) next: Position,
    pub(crate) remarks: VecDeque<Remark>,
    /// Whether anything but blank lines has come.
    has_content: bool,
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self { next: Position::START, remarks: VecDeque::new(), has_content: false }
    }

    /// Steps over a byte order mark at the start of the source.
    pub(crate) fn begin(&mut self, lines: &mut &[u8]) {
        if self.next == Position::START {
            let (text, skipped) = line::without_mark(lines);
            (*lines, self.next.offset) = (text, skipped);
        }
    }

    /// Takes the next line off `lines`; `None` where it is blank.
    pub(crate) fn take<'a>(&mut self, lines: &mut &'a [u8]) -> Option<Line<'a>> {
        let start = self.next;
        let text = line::next_line(lines, &mut self.next);
        let is_blank = text.trim_ascii().is_empty();
        self.has_content |= !is_blank;
        (!is_blank).then_some(Line { text, start })
    }

    pub(crate) fn remark(&mut self, oddity: Oddity, span: Span) {
        self.remarks.push_back(Remark { kind: RemarkKind::Table(oddity), span });
    }

    /// Checks that the source held anything.
    pub(crate) fn finish(&self) -> Result<(), ParseError> {
        if self.has_content {
            return Ok(());
        }
        Err(ParseError::new(ErrorKind::Empty, Span { position: self.next, length: 0 }).of_frame())
    }

    /// Cuts the first line of a table.
    pub(crate) fn cut_first<'a>(line: Line<'a>, cut: &'a mut Cut, separator: u8) -> Result<Row<'a>, ParseError> {
        cut.line(line.text, separator).map_err(|bad| bad_quotes(bad, line.text, line.start).of_frame())?;
        Ok(Row { line: line.text, cut, start: line.start })
    }

    /// Cuts a line into the fields of its record, as many as there are `columns`. One that has fewer may be borne; one
    /// that has more never is, because a decimal comma shifts what stands behind it.
    pub(crate) fn cut<'a>(
        &mut self,
        line: Line<'a>,
        cut: &'a mut Cut,
        separator: u8,
        columns: usize,
        dialect: Dialect,
    ) -> Result<Row<'a>, ParseError> {
        cut.line(line.text, separator).map_err(|bad| bad_quotes(bad, line.text, line.start))?;
        let row = Row { line: line.text, cut, start: line.start };
        let (expected, found) = (columns, row.cut.len());
        if expected == found {
            return Ok(row);
        }
        let is_borne = dialect == Dialect::Lenient && (found < expected || is_blank(&row));
        if !is_borne {
            let span = if found > expected { row.span(Some(expected)) } else { row.whole() };
            return Err(ParseError::new(ErrorKind::FieldCount { record: "table", expected, found }, span));
        }
        if !is_blank(&row) {
            self.remark(Oddity::ShortRow { expected, found }, row.whole());
        }
        Ok(row)
    }

    /// Whether a row holds nothing but separators; said where that is borne, else the row is left to be refused.
    pub(crate) fn is_blank_row(&mut self, row: &Row<'_>, dialect: Dialect) -> bool {
        let is_borne = dialect == Dialect::Lenient && is_blank(row);
        if is_borne {
            self.remark(Oddity::BlankRow, row.whole());
        }
        is_borne
    }
}

fn is_blank(row: &Row<'_>) -> bool {
    (0..row.cut.len()).all(|index| row.get(Some(index)).is_empty())
}

/// The number of a line as readings carry it.
pub(crate) fn line_number(row: &Row<'_>) -> Result<u32, ParseError> {
    u32::try_from(row.start.line).map_err(|_| too_many(row, "lines", u32::MAX))
}

/// The error of more channels than can be numbered.
pub(crate) fn too_many_channels(row: &Row<'_>) -> ParseError {
    too_many(row, "channels", Interner::MOST)
}

/// The error of more of something than can be numbered.
pub(crate) fn too_many(row: &Row<'_>, what: &'static str, limit: u32) -> ParseError {
    let kind = ErrorKind::TooMany { what, limit: u64::from(limit) };
    ParseError::new(kind, row.whole()).of_frame()
}

/// The instant of a civil time of a channel, UTC epoch seconds, and the time by the zone's own clock.
pub(crate) fn at_its_instant(
    civil: Civil,
    channel: u32,
    channels: &mut Channels,
    row: &Row<'_>,
    column: usize,
    lines: &mut Lines,
) -> Result<(i64, i64), ParseError> {
    if let Some(offset) = civil.offset {
        let at = civil.local - offset;
        return Ok((at, at + i64::from(channels.zone.offset_seconds(at))));
    }
    match channels.instant(channel, civil.local) {
        Ok((at, None)) => Ok((at, civil.local)),
        Ok((at, Some(oddity))) => {
            lines.remark(oddity, row.span(Some(column)));
            Ok((at, civil.local))
        }
        Err(Skipped) => {
            let fault = Fault::SkippedTime { zone: channels.zone, found: found(row.get(Some(column))) };
            Err(row.error(Some(column), ErrorKind::Table(fault)))
        }
    }
}
