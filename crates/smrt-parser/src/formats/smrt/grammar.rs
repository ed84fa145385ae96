//! The grammar of one line: the reference that every faster way is held to.

use super::{Consumption, Header, Record};
use crate::{
    ErrorKind, ParseError,
    lex::{self, Field, Fields, found},
    line::Line,
};
use smrt_core::{ExcessDecimals, Generation, Position, Quantity};
use std::borrow::Cow;

pub(super) const HEADER: &str = "HEADR";
pub(super) const CONSUMPTION: &str = "CONSU";
pub(super) const TRAILER: &str = "TRAIL";
const FILE_TYPE: &str = "SMRT";
const RECORD_IDS: &str = "a record id HEADR, CONSU or TRAIL";
/// Longest meter number or company that is believed to be one.
const LONGEST_TEXT: usize = 64;
/// Fields of the longest record.
const MOST_FIELDS: usize = 6;

/// Whether a line says nothing: blank, or a comment.
pub(super) fn is_skipped(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), None | Some(b'#'))
}

/// Whether a line's record id is, or is meant to be, `id`.
pub(super) fn begins_with(line: &[u8], id: &str) -> bool {
    let line = line.trim_ascii_start();
    line.strip_prefix(b"\"").unwrap_or(line).starts_with(id.as_bytes())
}

/// What the fields of a record must be.
impl<'a> Line<'a> {
    /// Checks the number of fields of a record.
    fn count(self, fields: &Fields<'a, MOST_FIELDS>, record: &'static str, expected: usize) -> Result<(), ParseError> {
        if fields.count == expected {
            return Ok(());
        }
        let surplus = if fields.count > expected { fields.get(expected).text } else { b"" };
        let part = if surplus.is_empty() { self.text } else { surplus };
        Err(self.error(part, ErrorKind::FieldCount { record, expected, found: fields.count }))
    }

    /// A text field: 1 to 64 bytes of printable UTF-8.
    fn text(self, field: Field<'a>, expected: &'static str) -> Result<Cow<'a, str>, ParseError> {
        std::str::from_utf8(field.text)
            .ok()
            .map(|text| if field.doubled_quotes { Cow::from(text.replace("\"\"", "\"")) } else { Cow::from(text) })
            .filter(|text| !text.trim().is_empty() && text.len() <= LONGEST_TEXT && !text.chars().any(char::is_control))
            .ok_or_else(|| self.error(field.text, ErrorKind::Text { expected, found: found(field.text) }))
    }

    /// A date and a time of day as epoch seconds.
    fn instant(
        self,
        date: Field<'a>,
        time: Field<'a>,
        form: &'static str,
        seconds: impl Fn(&[u8]) -> Option<i64>,
    ) -> Result<i64, ParseError> {
        let days =
            lex::date(date.text).ok_or_else(|| self.error(date.text, ErrorKind::Date { found: found(date.text) }))?;
        let seconds = seconds(time.text)
            .ok_or_else(|| self.error(time.text, ErrorKind::Time { expected: form, found: found(time.text) }))?;
        Ok(i64::from(days) * 86_400 + seconds)
    }
}

/// Reads one line that is neither blank nor a comment and starts at `start`; tells whether a value was rounded.
pub(super) fn record(line: &[u8], start: Position, excess: ExcessDecimals) -> Result<(Record<'_>, bool), ParseError> {
    let place = Line { text: line, start };
    let fields = lex::fields::<MOST_FIELDS>(line)
        .map_err(|error| place.error(error.at, ErrorKind::Quoting { expected: error.expected }))?;
    let id = fields.get(0).text;
    if id == CONSUMPTION.as_bytes() {
        consumption(place, &fields, excess).map(|(record, rounded)| (Record::Consumption(record), rounded))
    } else if id == HEADER.as_bytes() {
        header(place, &fields).map(|record| (Record::Header(record), false))
    } else if id == TRAILER.as_bytes() {
        place.count(&fields, TRAILER, 1).map(|()| (Record::Trailer, false))
    } else {
        let part = if id.is_empty() { line } else { id };
        Err(place.error(part, ErrorKind::UnknownRecord { expected: RECORD_IDS, found: found(id) }))
    }
}

fn header<'a>(line: Line<'a>, fields: &Fields<'a, MOST_FIELDS>) -> Result<Header<'a>, ParseError> {
    line.count(fields, HEADER, 6)?;
    let file_type = fields.get(1).text;
    if file_type != FILE_TYPE.as_bytes() {
        return Err(line.error(file_type, ErrorKind::FileType { expected: FILE_TYPE, found: found(file_type) }));
    }
    let company = line.text(fields.get(2), "a company, 1 to 64 printable bytes")?;
    let created_at = line.instant(fields.get(3), fields.get(4), "HHMMSS", lex::hour_minute_second)?;
    let number = fields.get(5).text;
    let generation =
        Generation::parse(number).ok_or_else(|| line.error(number, ErrorKind::Generation { found: found(number) }))?;
    Ok(Header { company, created_at, generation })
}

fn consumption<'a>(
    line: Line<'a>,
    fields: &Fields<'a, MOST_FIELDS>,
    excess: ExcessDecimals,
) -> Result<(Consumption<'a>, bool), ParseError> {
    line.count(fields, CONSUMPTION, 5)?;
    let meter = line.text(fields.get(1), "a meter number, 1 to 64 printable bytes")?;
    let start = line.instant(fields.get(2), fields.get(3), "HHMM", lex::hour_minute)?;
    let text = fields.get(4).text;
    let expected = "a consumption";
    let (consumption, rounded) = match Quantity::parse_with(text, excess) {
        Ok(_) if text.first() == Some(&b'-') => {
            return Err(line.error(text, ErrorKind::Negative { expected, found: found(text) }));
        }
        Ok(parsed) => parsed,
        Err(reason) => {
            return Err(line.error(text, ErrorKind::Quantity { expected, found: found(text), reason }));
        }
    };
    Ok((Consumption { meter, start, consumption }, rounded))
}
