//! The fast path for rows laid out like the one before: just the time of day and the value differ.
//!
//! The layout of a row that was read field by field is remembered, and the next line is compared with it piece by
//! piece. Whatever differs in the least is left to the slow way, which stays the reference: a property test holds both
//! equal. The columns may stand in any order, as long as the time comes before the value.

use smrt_core::Quantity;
use std::ops::Range;

/// Most digits of a number that is read here: far inside the range of a quantity.
const DIGITS: usize = 12;
const SCALE: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// A row that was read field by field, in pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    /// From the start of the line to the time of day. Empty while nothing is known.
    before: Vec<u8>,
    /// Characters of the time of day: 5 or 8.
    clock: usize,
    /// From there to the value.
    between: Vec<u8>,
    /// From there to the next line, line end included.
    after: Vec<u8>,
}

/// What a row says where it differs from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Seconds of the day.
    pub(crate) seconds: i64,
    pub(crate) quantity: Quantity,
    /// Bytes of the whole line, line end included.
    pub(crate) length: usize,
}

impl Template {
    /// Forgets the row.
    pub(crate) fn forget(&mut self) {
        self.before.clear();
    }

    /// Whether a row is remembered.
    #[inline]
    pub(crate) fn is_known(&self) -> bool {
        !self.before.is_empty()
    }

    /// Remembers a row with its line end, by the places of its time and of its value. Gives the seconds of its time of
    /// day, or `None` where rows like it cannot be read fast.
    pub(crate) fn learn(
        &mut self,
        line: &[u8],
        line_end: &[u8],
        time: Range<usize>,
        value: Range<usize>,
    ) -> Option<i64> {
        self.forget();
        let clock = [8, 5].into_iter().find_map(|length| {
            let start = time.end.checked_sub(length).filter(|&start| start >= time.start && start > 0)?;
            let (seconds, found) = clock(&line[start..], length)?;
            // A shorter text of digits may be the end of a longer one.
            (found == length && !line[start - 1].is_ascii_digit() && line[start - 1] != b':')
                .then_some((start, seconds))
        });
        let (start, seconds) = clock?;
        let ends = line_end.ends_with(b"\n") && time.end <= value.start;
        if !ends || line.contains(&b'"') || decimal(&line[value.clone()]).is_none_or(|(_, used)| used != value.len()) {
            return None;
        }
        self.clock = time.end - start;
        self.before.extend_from_slice(&line[..start]);
        self.between.clear();
        self.between.extend_from_slice(&line[time.end..value.start]);
        self.after.clear();
        self.after.extend_from_slice(&line[value.end..]);
        self.after.extend_from_slice(line_end);
        Some(seconds)
    }

    /// Reads the line at the front of `lines`, if it is laid out like the one before.
    #[inline]
    pub(crate) fn read(&self, lines: &[u8]) -> Option<Tail> {
        let rest = lines.strip_prefix(self.before.as_slice())?;
        let (seconds, used) = clock(rest, self.clock)?;
        let rest = rest[used..].strip_prefix(self.between.as_slice())?;
        let (quantity, used) = decimal(rest)?;
        let rest = rest[used..].strip_prefix(self.after.as_slice())?;
        Some(Tail { seconds, quantity, length: lines.len() - rest.len() })
    }
}

/// `HH:mm` or `HH:mm:ss` of `length` characters as seconds of the day.
#[inline]
fn clock(text: &[u8], length: usize) -> Option<(i64, usize)> {
    let two = |at: usize| {
        let (tens, ones) = (text.get(at)?.wrapping_sub(b'0'), text.get(at + 1)?.wrapping_sub(b'0'));
        (tens <= 9 && ones <= 9).then(|| i64::from(tens) * 10 + i64::from(ones))
    };
    let colon = |at: usize| text.get(at) == Some(&b':');
    let (hour, minute) = (two(0)?, two(3).filter(|_| colon(2))?);
    let second = if length == 8 { two(6).filter(|_| colon(5))? } else { 0 };
    (hour < 24 && minute < 60 && second < 60).then_some((hour * 3600 + minute * 60 + second, length))
}

/// A whole text that is an unsigned number of few digits; `None` leaves the answer to [`Quantity::parse`].
#[inline]
pub(crate) fn short_quantity(text: &[u8]) -> Option<Quantity> {
    decimal(text).filter(|&(_, used)| used == text.len()).map(|(quantity, _)| quantity)
}

/// An unsigned number at the front of a text, and the bytes it takes.
#[inline]
fn decimal(text: &[u8]) -> Option<(Quantity, usize)> {
    let mut number = 0u64;
    let mut point = None;
    let mut used = 0;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = number * 10 + u64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(used);
        } else {
            break;
        }
        used += 1;
        if used > DIGITS {
            return None;
        }
    }
    let decimals = point.map_or(0, |point| used - point - 1);
    let digits = used - usize::from(point.is_some());
    let scale = SCALE.get(decimals).filter(|_| digits > 0)?;
    Some((Quantity::from_micros(i64::try_from(number * scale).ok()?), used))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_like_the_one_before_is_read_and_any_other_is_not() {
        let line = b"1,31/08/2015 00:45:00,Import,0.500000,kwh,\n";
        let mut template = Template::default();
        assert_eq!(template.learn(&line[..line.len() - 1], b"\n", 2..21, 29..37), Some(2700));
        let read = |from: &str, to: &str| {
            let text = String::from_utf8_lossy(line).replace(from, to);
            template.read(text.as_bytes()).map(|tail| (tail.seconds, tail.quantity.micros(), tail.length == text.len()))
        };
        assert_eq!(read("00:45:00", "23:59:59"), Some((86_399, 500_000, true)));
        assert_eq!(read("0.500000", "12"), Some((2700, 12_000_000, true)));
        for (from, to) in [
            ("00:45:00", "24:00:00"),
            ("00:45:00", "0:45:00"),
            ("00:45:00", "00:45"),
            ("0.500000", "-0.5"),
            ("0.500000", "1e5"),
            ("0.500000", ""),
            ("0.500000", "."),
            ("0.500000", "0.5 "),
            ("0.500000", "0.1234567"),
            ("0.500000", "1234567890123"),
            ("31/08", "01/09"),
            ("Import", "Export"),
            (",\n", ",GN\n"),
            (",\n", ","),
        ] {
            assert_eq!(read(from, to), None, "{from} as {to}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_slow_way(text in "-?[0-9]{0,14}(\\.[0-9]{0,8})?") {
            if let Some(quantity) = short_quantity(text.as_bytes()) {
                prop_assert_eq!(Quantity::parse(text.as_bytes()), Ok(quantity));
            }
        }

        #[test]
        fn times_are_those_of_the_slow_way(hour in 0u32..30, minute in 0u32..70, second in 0u32..70) {
            for (text, length) in [(format!("{hour:02}:{minute:02}:{second:02}"), 8), (format!("{hour:02}:{minute:02}"), 5)] {
                let date = format!("1970-01-01 {text}");
                let slow = crate::formats::table::TimeForm::Iso.instant(date.as_bytes(), false).map(|civil| civil.local);
                prop_assert_eq!(clock(text.as_bytes(), length).map(|(seconds, _)| seconds), slow);
            }
        }
    }
}
