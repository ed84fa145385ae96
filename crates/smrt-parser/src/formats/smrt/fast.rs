//! The fast path for consumption records: lines laid out like the one before.
//!
//! Senders write all lines of a file in one layout, and mostly many lines of one meter and day in a row. So the layout
//! of a line that the grammar has accepted is remembered, and the next line is compared with it piece by piece instead
//! of being parsed. Whatever differs in the least is left to the grammar, which stays the reference: a property test
//! holds both equal.

use crate::lex::{self, Fields};
use smrt_core::Quantity;
use std::ops::Range;

/// Most digits in front of the point that are read here; they and six decimals always fit.
const MOST_WHOLE_DIGITS: usize = 12;
const SCALE: [i64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// How the last accepted consumption line was laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The line from its start to the digits of the time: record id, meter, date and all between.
    prefix: Vec<u8>,
    meter: Range<usize>,
    date: Range<usize>,
    /// What stands between the time and the value, and between the value and the line end.
    after_time: Vec<u8>,
    after_value: Vec<u8>,
}

/// What the parts behind the prefix say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// Seconds of the day.
    pub(super) time: i64,
    pub(super) quantity: Quantity,
    /// Bytes of the line from the end of the prefix, line end included.
    pub(super) length: usize,
}

/// Why a line is not read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unlike;

impl Layout {
    /// Remembers the layout of a consumption line that the grammar has accepted.
    pub(super) fn learn(&mut self, line: &[u8]) {
        self.prefix.clear();
        let Ok(fields) = lex::fields::<5>(line) else { return };
        if (0..5).any(|index| fields.get(index).doubled_quotes) {
            return;
        }
        let range = |index: usize| place(line, &fields, index);
        let (time, value) = (range(3), range(4));
        self.prefix.extend_from_slice(&line[..time.start]);
        (self.meter, self.date) = (range(1), range(2));
        self.after_time.clear();
        self.after_time.extend_from_slice(&line[time.end..value.start]);
        self.after_value.clear();
        self.after_value.extend_from_slice(&line[value.end..]);
    }

    /// Whether a layout is known.
    pub(super) fn is_known(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// Bytes of a line in front of its time.
    pub(super) fn prefix_length(&self) -> usize {
        self.prefix.len()
    }

    /// Whether a line is of the same meter and day as the one before.
    pub(super) fn same_meter_and_day(&self, lines: &[u8]) -> bool {
        lines.starts_with(&self.prefix)
    }

    /// The meter and the date of a line that differs from the one before in just these, and becomes the one to compare
    /// with.
    pub(super) fn other_meter_or_day<'a>(&mut self, lines: &'a [u8]) -> Option<(&'a [u8], i32)> {
        let prefix = lines.get(..self.prefix.len())?;
        let (meter, date) = (&prefix[self.meter.clone()], &prefix[self.date.clone()]);
        let same = |range: Range<usize>| prefix[range.clone()] == self.prefix[range];
        let between = self.meter.end..self.date.start;
        if !same(0..self.meter.start) || !same(between) || !same(self.date.end..self.prefix.len()) {
            return None;
        }
        // Letters and digits mean the same quoted or bare; anything else is looked at by the grammar.
        let days = lex::date(date).filter(|_| meter.iter().all(u8::is_ascii_alphanumeric))?;
        self.prefix.copy_from_slice(prefix);
        Some((meter, days))
    }

    /// Reads a line from the end of its prefix.
    pub(super) fn tail(&self, rest: &[u8]) -> Result<Tail, Unlike> {
        let (time, behind) = rest.split_first_chunk::<4>().ok_or(Unlike)?;
        let time = hour_minute(*time).ok_or(Unlike)?;
        let behind = behind.strip_prefix(self.after_time.as_slice()).ok_or(Unlike)?;
        let (quantity, behind) = quantity(behind).ok_or(Unlike)?;
        let behind = behind.strip_prefix(self.after_value.as_slice()).ok_or(Unlike)?;
        let behind = match behind {
            [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..] => behind,
            _ => return Err(Unlike),
        };
        Ok(Tail { time, quantity, length: rest.len() - behind.len() })
    }
}

/// Where a field stands in its line.
fn place<const N: usize>(line: &[u8], fields: &Fields<'_, N>, index: usize) -> Range<usize> {
    let text = fields.get(index).text;
    let start = (text.as_ptr() as usize).saturating_sub(line.as_ptr() as usize).min(line.len());
    start..(start + text.len()).min(line.len())
}

/// `HHMM` as seconds of the day, the four digits handled as one number.
fn hour_minute(text: [u8; 4]) -> Option<i64> {
    let digits = u32::from_le_bytes(text) ^ 0x3030_3030;
    if (digits.wrapping_add(0x7676_7676) | digits) & 0x8080_8080 != 0 {
        return None;
    }
    let [h1, h2, m1, m2] = digits.to_le_bytes().map(i64::from);
    let (hour, minute) = (h1 * 10 + h2, m1 * 10 + m2);
    (hour < 24 && minute < 60).then_some(hour * 3600 + minute * 60)
}

/// Reads an unsigned decimal number from the front of `text`.
fn quantity(text: &[u8]) -> Option<(Quantity, &[u8])> {
    let mut at = 0;
    let mut number = 0i64;
    while let Some(digit) = digit(text, at) {
        number = number * 10 + digit;
        at += 1;
        if at > MOST_WHOLE_DIGITS {
            return None;
        }
    }
    if at == 0 {
        return None;
    }
    let mut places = 0;
    if text.get(at) == Some(&b'.') {
        at += 1;
        while let Some(digit) = digit(text, at) {
            number = number * 10 + digit;
            at += 1;
            places += 1;
            if places > 6 {
                return None;
            }
        }
    }
    Some((Quantity::from_micros(number * SCALE[places]), &text[at..]))
}

fn digit(text: &[u8], at: usize) -> Option<i64> {
    text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit <= 9).map(i64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_grammar() {
        for number in 0..=9999u32 {
            let text = format!("{number:04}");
            let bytes: [u8; 4] = text.as_bytes().try_into().unwrap();
            assert_eq!(hour_minute(bytes), lex::hour_minute(&bytes), "{text}");
        }
        for text in [*b"00:0", *b"0 00", *b"-100", *b"\xff000", *b"000\x00", *b"/000", *b"000:"] {
            assert_eq!(hour_minute(text), None);
        }
    }

    #[test]
    fn quantities_are_those_of_the_grammar() {
        for text in ["0", "0.00", "1.52", "123456789012.123456", "5.", "000.100000"] {
            let expected = Quantity::parse(text.as_bytes()).unwrap();
            assert_eq!(quantity(format!("{text}\n").as_bytes()), Some((expected, b"\n".as_slice())), "{text}");
        }
        for text in ["", "-1", ".5", "1234567890123", "0.1234567", "x"] {
            assert_eq!(quantity(text.as_bytes()), None, "{text}");
        }
    }
}
