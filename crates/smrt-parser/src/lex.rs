//! Fields and numbers as the formats share them: nom parsers over one line.
//!
//! The input is one line without its line end. A failure says what was expected and, by the slice it carries, where;
//! nothing is allocated for it.

use nom::{
    IResult, Parser, branch::alt, bytes::complete::take_while, character::complete::char, error::ParseError as _,
};
use smrt_core::days_from_civil;
use std::ops::Range;

/// A failure inside a line: what should have stood at the start of `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LexError<'a> {
    /// The rest of the line where it was expected.
    pub(crate) at: &'a [u8],
    /// What was expected.
    pub(crate) expected: &'static str,
}

impl<'a> nom::error::ParseError<&'a [u8]> for LexError<'a> {
    fn from_error_kind(at: &'a [u8], _kind: nom::error::ErrorKind) -> Self {
        Self { at, expected: "another character" }
    }

    fn append(_at: &'a [u8], _kind: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

pub(crate) type Lexed<'a, O> = IResult<&'a [u8], O, LexError<'a>>;

/// A field of a line: its text without blanks and quotes around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// The text between the quotes, or the bare text.
    pub(crate) text: &'a [u8],
    /// Whether quotes inside the text are doubled.
    pub(crate) doubled_quotes: bool,
}

/// Fields of one line; those past `N` are counted and not kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a, const N: usize> {
    kept: [Field<'a>; N],
    /// How many the line has.
    pub(crate) count: usize,
}

impl<'a, const N: usize> Fields<'a, N> {
    /// The field at `index`, empty where the line has none.
    pub(crate) fn get(&self, index: usize) -> Field<'a> {
        self.kept.get(index).copied().unwrap_or_default()
    }

    /// Where the field at `index` stands in the line that the fields were cut from.
    pub(crate) fn place(&self, line: &[u8], index: usize) -> Range<usize> {
        let text = self.get(index).text;
        let start = (text.as_ptr() as usize).saturating_sub(line.as_ptr() as usize).min(line.len());
        start..(start + text.len()).min(line.len())
    }
}

fn blanks(input: &[u8]) -> Lexed<'_, &[u8]> {
    take_while(|byte| byte == b' ' || byte == b'\t')(input)
}

/// `"text"`, quotes inside doubled.
fn quoted(input: &[u8]) -> Lexed<'_, Field<'_>> {
    let (mut rest, _) = char('"')(input)?;
    let text = rest;
    let mut doubled_quotes = false;
    loop {
        let Some(at) = memchr::memchr(b'"', rest) else {
            return Err(nom::Err::Failure(LexError { at: input, expected: "a closing quote on the same line" }));
        };
        rest = &rest[at + 1..];
        match rest.first() {
            Some(b'"') => {
                doubled_quotes = true;
                rest = &rest[1..];
            }
            _ => return Ok((rest, Field { text: &text[..text.len() - rest.len() - 1], doubled_quotes })),
        }
    }
}

/// Text up to the next comma, without blanks at its ends.
fn bare(input: &[u8]) -> Lexed<'_, Field<'_>> {
    let end = memchr::memchr(b',', input).unwrap_or(input.len());
    Ok((&input[end..], Field { text: input[..end].trim_ascii_end(), doubled_quotes: false }))
}

fn field(input: &[u8]) -> Lexed<'_, Field<'_>> {
    let (rest, _) = blanks(input)?;
    let (rest, field) = alt((quoted, bare)).parse(rest)?;
    let (rest, _) = blanks(rest)?;
    match rest.first() {
        None | Some(b',') => Ok((rest, field)),
        Some(_) => Err(nom::Err::Failure(LexError { at: rest, expected: "a comma behind the closing quote" })),
    }
}

/// Cuts a line into its fields.
pub(crate) fn fields<const N: usize>(line: &[u8]) -> Result<Fields<'_, N>, LexError<'_>> {
    let mut fields = Fields { kept: [Field::default(); N], count: 0 };
    let mut rest = line;
    loop {
        let (after, field) = field(rest).map_err(|error| match error {
            nom::Err::Error(error) | nom::Err::Failure(error) => error,
            nom::Err::Incomplete(_) => LexError::from_error_kind(rest, nom::error::ErrorKind::Complete),
        })?;
        if let Some(place) = fields.kept.get_mut(fields.count) {
            *place = field;
        }
        fields.count += 1;
        match after {
            [b',', more @ ..] => rest = more,
            _ => return Ok(fields),
        }
    }
}

/// `N` digits as a number, nothing around them.
fn digits<const N: usize>(text: &[u8]) -> Option<u16> {
    let digits: &[u8; N] = text.try_into().ok()?;
    let mut number = 0u16;
    for digit in digits {
        number = number * 10 + u16::from(digit.checked_sub(b'0').filter(|&digit| digit <= 9)?);
    }
    Some(number)
}

fn two_digits(text: &[u8]) -> Option<u8> {
    digits::<2>(text).and_then(|number| u8::try_from(number).ok())
}

/// `YYYYMMDD` as days since 1970-01-01. The calendar of dates in files begins with the year 1.
pub(crate) fn date(text: &[u8]) -> Option<i32> {
    if text.len() != 8 {
        return None;
    }
    let year = digits::<4>(&text[..4]).filter(|&year| year >= 1)?;
    days_from_civil(year, two_digits(&text[4..6])?, two_digits(&text[6..])?)
}

/// `HHMM` as seconds of the day.
pub(crate) fn hour_minute(text: &[u8]) -> Option<i64> {
    if text.len() != 4 {
        return None;
    }
    let (hour, minute) = (two_digits(&text[..2])?, two_digits(&text[2..])?);
    (hour < 24 && minute < 60).then(|| i64::from(hour) * 3600 + i64::from(minute) * 60)
}

/// `HHMMSS` as seconds of the day.
pub(crate) fn hour_minute_second(text: &[u8]) -> Option<i64> {
    if text.len() != 6 {
        return None;
    }
    let second = two_digits(&text[4..]).filter(|&second| second < 60)?;
    Some(hour_minute(&text[..4])? + i64::from(second))
}

/// A short window of what was found, for a message: quoted, printable, at most some forty characters.
pub(crate) fn found(text: &[u8]) -> String {
    const MOST: usize = 32;
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let window = &text[..text.len().min(MOST)];
    let more = if text.len() > MOST { "…" } else { "" };
    match std::str::from_utf8(window) {
        Ok(readable) if readable.chars().any(char::is_control) => format!("\"{}{more}\"", window.escape_ascii()),
        // Quotes of the text itself are easier to see between other ones.
        Ok(readable) if readable.contains('"') => format!("'{readable}{more}'"),
        Ok(readable) => format!("\"{readable}{more}\""),
        Err(_) => format!("\"{}{more}\"", window.escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Result<Vec<String>, (&'static str, usize)> {
        let fields = fields::<8>(line.as_bytes()).map_err(|e| (e.expected, line.len() - e.at.len()))?;
        Ok((0..fields.count).map(|i| String::from_utf8_lossy(fields.get(i).text).into_owned()).collect())
    }

    #[test]
    fn quoted_bare_and_blank_padded_fields_are_the_same() {
        for line in ["a,b,c", "\"a\",\"b\",\"c\"", " a , \"b\" ,\tc ", "\"a\", b, \"c\""] {
            assert_eq!(texts(line).unwrap(), ["a", "b", "c"], "{line}");
        }
        assert_eq!(texts("").unwrap(), [""]);
        assert_eq!(texts("a,,").unwrap(), ["a", "", ""]);
        assert_eq!(texts("\"a,b\",\"say \"\"hi\"\"\"").unwrap(), ["a,b", "say \"\"hi\"\""]);
        assert_eq!(texts("1,2,3,4,5,6,7,8,9,10").unwrap().len(), 10);
    }

    #[test]
    fn broken_quotes_are_placed() {
        assert_eq!(texts("a,\"TRAI"), Err(("a closing quote on the same line", 2)));
        assert_eq!(texts("\"a\"b,c"), Err(("a comma behind the closing quote", 3)));
    }

    #[test]
    fn times_lie_within_the_day() {
        assert_eq!(hour_minute(b"0000"), Some(0));
        assert_eq!(hour_minute(b"2359"), Some(86_340));
        for text in ["2400", "1260", "960", "09:0", "", "09000"] {
            assert_eq!(hour_minute(text.as_bytes()), None, "{text}");
        }
        assert_eq!(hour_minute_second(b"134942"), Some(49_782));
        assert_eq!(hour_minute_second(b"246060"), None);
        assert_eq!(hour_minute_second(b"000060"), None);
    }

    #[test]
    fn what_was_found_is_short_and_printable() {
        assert_eq!(found(b""), "nothing");
        assert_eq!(found(b"abc"), "\"abc\"");
        assert_eq!(found(b"\"TRAI"), "'\"TRAI'");
        assert_eq!(found(b"\x00\x1b[2J"), "\"\\x00\\x1b[2J\"");
        assert!(found(&[b'x'; 1000]).chars().count() < 40);
    }
}
