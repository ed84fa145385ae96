//! The fast path for consumption records: lines laid out like the one before.
//!
//! Senders write all lines of a file in one layout, and mostly many lines of one meter and day in a row. So the layout
//! of a line that the grammar has accepted is remembered, and the next line is compared with it piece by piece instead
//! of being parsed: a few eight-byte words each. Whatever differs in the least is left to the grammar, which stays the
//! reference: a property test holds both equal.

use crate::{lex, swar};
use smrt_core::Quantity;
use std::ops::Range;

const SCALE: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
/// Digits of a time of day.
const TIME: usize = 4;

/// How the last accepted consumption line was laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The line from its start to the digits of the time: record id, meter, date and all between. Empty while no
    /// layout is known.
    prefix: Vec<u8>,
    meter: Range<usize>,
    date: Range<usize>,
    /// What stands between the time and the value.
    after_time: Piece,
    /// What stands between the value and the next line, line end included.
    after_value: Piece,
    /// The date in `prefix` as days since 1970-01-01.
    days: i32,
}

/// Up to four bytes that must stand at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Piece {
    bytes: u64,
    mask: u64,
    length: usize,
}

impl Piece {
    /// `None` where there are more than four bytes.
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut word = [0; 8];
        word.get_mut(..bytes.len()).filter(|_| bytes.len() <= 4)?.copy_from_slice(bytes);
        let mask = swar::low_bytes(u32::try_from(bytes.len()).ok()?);
        Some(Self { bytes: u64::from_le_bytes(word), mask, length: bytes.len() })
    }

    /// Whether `word` begins with it.
    #[inline]
    fn begins(self, word: u64) -> bool {
        word & self.mask == self.bytes
    }
}

/// What a line says behind its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// Seconds of the day.
    pub(super) time: i64,
    pub(super) quantity: Quantity,
    /// Bytes of the whole line, line end included.
    pub(super) length: usize,
}

impl Layout {
    /// Remembers the layout of a consumption line that the grammar has accepted, with its line end.
    pub(super) fn learn(&mut self, line: &[u8], line_end: &[u8]) {
        if self.try_learn(line, line_end).is_none() {
            self.prefix.clear();
        }
    }

    fn try_learn(&mut self, line: &[u8], line_end: &[u8]) -> Option<()> {
        let fields = lex::fields::<5>(line).ok()?;
        if line_end.is_empty() || (0..5).any(|index| fields.get(index).doubled_quotes) {
            return None;
        }
        let range = |index: usize| fields.place(line, index);
        let (time, value) = (range(3), range(4));
        self.after_time = Piece::of(&line[time.end..value.start])?;
        self.after_value = Piece::of(&[&line[value.end..], line_end].concat())?;
        (self.meter, self.date) = (range(1), range(2));
        self.days = lex::date(&line[self.date.clone()])?;
        self.prefix.clear();
        self.prefix.extend_from_slice(&line[..time.start]);
        (self.prefix.len() >= 8).then_some(())
    }

    /// Whether a layout is known.
    pub(super) fn is_known(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// Whether a line is of the same meter and day as the one before.
    #[inline]
    pub(super) fn same_meter_and_day(&self, lines: &[u8]) -> bool {
        swar::begins_with(lines, &self.prefix)
    }

    /// The meter and the day of a line that differs from the one before in just these; it becomes the one to compare
    /// with.
    #[inline]
    pub(super) fn turn<'a>(&mut self, lines: &'a [u8]) -> Option<(&'a [u8], i32)> {
        let prefix = lines.get(..self.prefix.len())?;
        let same = |range: Range<usize>| prefix[range.clone()] == self.prefix[range];
        if !same(0..self.meter.start)
            || !same(self.meter.end..self.date.start)
            || !same(self.date.end..self.prefix.len())
        {
            return None;
        }
        let meter = &prefix[self.meter.clone()];
        // Letters and digits mean the same quoted or bare; anything else is looked at by the grammar.
        if !meter.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        if !same(self.date.clone()) {
            self.days = lex::date(&prefix[self.date.clone()])?;
        }
        self.prefix.copy_from_slice(prefix);
        Some((meter, self.days))
    }

    /// Reads what stands behind the prefix of the line at the front of `lines`.
    ///
    /// The last few bytes of a block are left to the grammar, because whole words are read here.
    #[inline]
    pub(super) fn tail(&self, lines: &[u8]) -> Option<Tail> {
        let at = self.prefix.len();
        let word = swar::word(lines, at)?;
        let time = hour_minute(word)?;
        if !self.after_time.begins(word >> (TIME * 8)) {
            return None;
        }
        let at = at + TIME + self.after_time.length;
        let (number, decimals, length) = swar::short_decimal(swar::word(lines, at)?)?;
        let at = at + length;
        if !self.after_value.begins(swar::word(lines, at)?) {
            return None;
        }
        // At most seven digits and six decimals: far inside the range.
        let micros = i64::try_from(number * SCALE[decimals]).ok()?;
        Some(Tail { time, quantity: Quantity::from_micros(micros), length: at + self.after_value.length })
    }
}

/// `HHMM` in the low four bytes of a word as seconds of the day.
#[inline]
fn hour_minute(word: u64) -> Option<i64> {
    if swar::not_digits(word) & 0x8080_8080 != 0 {
        return None;
    }
    let [h1, h2, m1, m2, ..] = (word & 0x0f0f_0f0f).to_le_bytes().map(i64::from);
    let (hour, minute) = (h1 * 10 + h2, m1 * 10 + m2);
    (hour < 24 && minute < 60).then_some(hour * 3600 + minute * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_grammar() {
        let read = |text: &[u8; 4]| hour_minute(u64::from(u32::from_le_bytes(*text)) | 0x2c22_0000_0000);
        for number in 0..=9999u32 {
            let text = format!("{number:04}");
            let bytes: [u8; 4] = text.as_bytes().try_into().unwrap();
            assert_eq!(read(&bytes), lex::hour_minute(&bytes), "{text}");
        }
        for text in [b"00:0", b"0 00", b"-100", b"\xff000", b"000\x00", b"/000", b"000:"] {
            assert_eq!(read(text), None);
        }
    }

    #[test]
    fn a_line_like_the_one_before_is_read_and_any_other_is_not() {
        let mut layout = Layout::default();
        layout.learn(br#""CONSU","0000000001","20190928","0000",0.00"#, b"\r\n");
        let tail = |line: &str| {
            let lines = format!("{line}\r\nnext line");
            layout.same_meter_and_day(lines.as_bytes()).then(|| layout.tail(lines.as_bytes())).flatten()
        };
        let line = r#""CONSU","0000000001","20190928","0100",1.52"#;
        let expected = Tail { time: 3600, quantity: Quantity::from_micros(1_520_000), length: line.len() + 2 };
        assert_eq!(tail(line), Some(expected));
        for other in ["1.52 ", "-1.52", "1.5e2", "1,52", "", "12345678", " 1.52", "\"1.52\""] {
            assert_eq!(tail(&line.replace("1.52", other)), None, "{other}");
        }
        assert_eq!(tail(&line.replace("0100", "2500")), None);
        assert_eq!(tail(&line.replace("20190928", "20190929")), None);
    }
}
