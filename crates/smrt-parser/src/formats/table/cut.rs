//! Cuts a line into its fields (RFC 4180 within one line), in a buffer that is used again for each line.

use super::fast::short_quantity;
use crate::lex::{self, found};
use crate::{ErrorKind, ParseError};
use smrt_core::{ExcessDecimals, Position, Quantity, Span};
use std::{borrow::Cow, ops::Range};

/// Longest text of a field that is believed to be a name.
const LONGEST_NAME: usize = 64;

/// One field as a place in its line, without blanks and quotes around it.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    end: usize,
    doubled_quotes: bool,
}

/// The fields of one line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut {
    places: Vec<Place>,
    /// Whether any field has doubled quotes: its bytes then do not say what its text is.
    pub(crate) has_doubled_quotes: bool,
}

/// Why a line cannot be cut: what should stand at a byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadQuotes {
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

impl Cut {
    /// Cuts a line; what was cut before is forgotten.
    pub(crate) fn line(&mut self, line: &[u8], separator: u8) -> Result<(), BadQuotes> {
        self.places.clear();
        self.has_doubled_quotes = false;
        if memchr::memchr(b'"', line).is_none() {
            let mut start = 0;
            for end in memchr::memchr_iter(separator, line).chain([line.len()]) {
                self.places.push(bare(line, start, end, separator));
                start = end + 1;
            }
            return Ok(());
        }
        let mut start = 0;
        loop {
            let end = self.field(line, start, separator)?;
            if end >= line.len() {
                return Ok(());
            }
            start = end + 1;
        }
    }

    /// Cuts the field that begins at `start`; gives the place of the separator behind it, or the end of the line.
    fn field(&mut self, line: &[u8], start: usize, separator: u8) -> Result<usize, BadQuotes> {
        let is_blank = |byte: u8| byte != separator && (byte == b' ' || byte == b'\t');
        let first = (start..line.len()).find(|&at| !is_blank(line[at])).unwrap_or(line.len());
        if line.get(first) != Some(&b'"') {
            let end = memchr::memchr(separator, &line[start..]).map_or(line.len(), |at| start + at);
            self.places.push(bare(line, start, end, separator));
            return Ok(end);
        }
        let (mut at, mut doubled_quotes) = (first + 1, false);
        let end = loop {
            let Some(quote) = memchr::memchr(b'"', &line[at..]).map(|found| at + found) else {
                return Err(BadQuotes { at: first, expected: "a closing quote on the same line" });
            };
            if line.get(quote + 1) != Some(&b'"') {
                break quote;
            }
            (at, doubled_quotes) = (quote + 2, true);
        };
        self.places.push(Place { start: first + 1, end, doubled_quotes });
        self.has_doubled_quotes |= doubled_quotes;
        let behind = (end + 1..line.len()).find(|&at| !is_blank(line[at])).unwrap_or(line.len());
        match line.get(behind) {
            Some(&byte) if byte != separator => {
                Err(BadQuotes { at: behind, expected: "a separator behind the closing quote" })
            }
            _ => Ok(behind),
        }
    }

    /// How many fields there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Where a field stands in its line (fields counted from 0); `None` where the line has none.
    pub(crate) fn place(&self, index: usize) -> Option<Range<usize>> {
        self.places.get(index).map(|place| place.start..place.end)
    }
}

/// A field without quotes.
fn bare(line: &[u8], mut start: usize, mut end: usize, separator: u8) -> Place {
    let is_blank = |byte: u8| byte != separator && (byte == b' ' || byte == b'\t');
    while start < end && is_blank(line[start]) {
        start += 1;
    }
    while end > start && is_blank(line[end - 1]) {
        end -= 1;
    }
    Place { start, end, doubled_quotes: false }
}

/// A line that was cut, with its place in the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) line: &'a [u8],
    pub(crate) cut: &'a Cut,
    pub(crate) start: Position,
}

impl<'a> Row<'a> {
    /// The bytes of a field; empty where the line has none, or where there is no such column.
    pub(crate) fn get(&self, index: Option<usize>) -> &'a [u8] {
        index.and_then(|index| self.cut.place(index)).map_or(&self.line[self.line.len()..], |place| &self.line[place])
    }

    /// The place of the whole line.
    pub(crate) fn whole(&self) -> Span {
        span(self.start, 0..self.line.len())
    }

    /// The place of a field.
    pub(crate) fn span(&self, index: Option<usize>) -> Span {
        let place = index.and_then(|index| self.cut.place(index)).unwrap_or(self.line.len()..self.line.len());
        span(self.start, place)
    }

    /// A problem of a field.
    pub(crate) fn error(&self, index: Option<usize>, kind: ErrorKind) -> ParseError {
        ParseError::new(kind, self.span(index))
    }

    /// A field of text: printable UTF-8 of at most 64 bytes, empty where that is allowed.
    pub(crate) fn text(
        &self,
        index: Option<usize>,
        expected: &'static str,
        may_be_empty: bool,
    ) -> Result<Cow<'a, str>, ParseError> {
        self.text_of(index, LONGEST_NAME, expected, may_be_empty)
    }

    /// The same of at most `longest` bytes.
    pub(crate) fn text_of(
        &self,
        index: Option<usize>,
        longest: usize,
        expected: &'static str,
        may_be_empty: bool,
    ) -> Result<Cow<'a, str>, ParseError> {
        let bytes = self.get(index);
        let doubled = index.and_then(|index| self.cut.places.get(index)).is_some_and(|place| place.doubled_quotes);
        std::str::from_utf8(bytes)
            .ok()
            .map(|text| if doubled { Cow::from(text.replace("\"\"", "\"")) } else { Cow::from(text) })
            .filter(|text| may_be_empty || !text.trim().is_empty())
            .filter(|text| text.len() <= longest && !text.chars().any(char::is_control))
            .ok_or_else(|| self.error(index, ErrorKind::Text { expected, found: found(bytes) }))
    }

    /// A quantity; one in thousands of its unit where `is_mega`. Tells whether it was rounded.
    pub(crate) fn quantity(
        &self,
        index: Option<usize>,
        is_mega: bool,
        decimal_comma: bool,
        excess: ExcessDecimals,
    ) -> Result<(Quantity, bool), ParseError> {
        let bytes = self.get(index);
        if !is_mega
            && !decimal_comma
            && let Some(quantity) = short_quantity(bytes)
        {
            return Ok((quantity, false));
        }
        let point: Cow<'_, [u8]> = if decimal_comma { with_point(bytes).into() } else { bytes.into() };
        let parse = if is_mega { Quantity::parse_thousands } else { Quantity::parse_with };
        let expected = if decimal_comma { "a quantity with a decimal comma" } else { "a quantity" };
        parse(&point, excess)
            .map_err(|reason| self.error(index, ErrorKind::Quantity { expected, found: found(bytes), reason }))
    }
}

/// A number with a decimal comma as one with a point. A point of its own becomes what no number has.
fn with_point(bytes: &[u8]) -> Vec<u8> {
    let turned = |byte: &u8| match byte {
        b',' => b'.',
        b'.' => b',',
        other => *other,
    };
    bytes.iter().map(turned).collect()
}

/// The place of some bytes of a line that starts at `start`.
pub(crate) fn span(start: Position, place: Range<usize>) -> Span {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX - 1);
    let position = Position {
        column: start.column.saturating_add(number(place.start)),
        offset: start.offset + place.start as u64,
        ..start
    };
    Span { position, length: number(place.len()) }
}

/// The error of a line that cannot be cut.
pub(crate) fn bad_quotes(bad: BadQuotes, line: &[u8], start: Position) -> ParseError {
    ParseError::new(ErrorKind::Quoting { expected: bad.expected }, span(start, bad.at..line.len()))
}

/// Names for a message, as many as fit.
pub(crate) fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const MOST: usize = 12;
    let all: Vec<String> = names.into_iter().map(|name| lex::found(name.as_bytes())).collect();
    let shown = all.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if all.len() > MOST { format!("{shown} and {} more", all.len() - MOST) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str, separator: u8) -> Result<Vec<String>, (usize, &'static str)> {
        let mut cut = Cut::default();
        cut.line(line.as_bytes(), separator).map_err(|bad| (bad.at, bad.expected))?;
        let row = Row { line: line.as_bytes(), cut: &cut, start: Position::START };
        Ok((0..cut.len()).map(|index| row.text(Some(index), "text", true).unwrap().into_owned()).collect())
    }

    #[test]
    fn quotes_and_blanks_around_fields_are_not_part_of_them() {
        for line in ["a,b,c", "\"a\",\"b\",\"c\"", " a , \"b\" ,\tc ", "\"a\", b, c "] {
            assert_eq!(texts(line, b',').unwrap(), ["a", "b", "c"], "{line}");
        }
        assert_eq!(texts("", b',').unwrap(), [""]);
        assert_eq!(texts("a,,", b',').unwrap(), ["a", "", ""]);
        assert_eq!(texts("\"a\",\"\",", b',').unwrap(), ["a", "", ""]);
        assert_eq!(texts("\"a;b\";\"say \"\"hi\"\"\"", b';').unwrap(), ["a;b", "say \"hi\""]);
        assert_eq!(texts("a\t\t \"b\" \tc", b'\t').unwrap(), ["a", "", "b", "c"]);
        assert_eq!(texts("5\" pipe,b", b',').unwrap(), ["5\" pipe", "b"]);
    }

    #[test]
    fn broken_quotes_are_placed() {
        assert_eq!(texts("a,\"b", b','), Err((2, "a closing quote on the same line")));
        assert_eq!(texts("\"a\"b,c", b','), Err((3, "a separator behind the closing quote")));
    }

    #[test]
    fn a_decimal_comma_is_the_only_sign_in_its_number() {
        let quantity = |text: &str| {
            let mut cut = Cut::default();
            cut.line(text.as_bytes(), b';').unwrap();
            let row = Row { line: text.as_bytes(), cut: &cut, start: Position::START };
            row.quantity(Some(0), false, true, ExcessDecimals::Refuse).map(|(quantity, _)| quantity.micros()).ok()
        };
        assert_eq!(
            (quantity("1,5"), quantity("-0,25"), quantity("7")),
            (Some(1_500_000), Some(-250_000), Some(7_000_000))
        );
        assert_eq!((quantity("1.5"), quantity("1.234,5"), quantity("1,2,3")), (None, None, None));
    }
}
