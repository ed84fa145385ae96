//! The fast path for rows that differ from an earlier one of their channel just in the time of day and the value.
//!
//! A row that was read field by field is remembered for its channel, and so is which channel followed which: the next
//! line is compared, piece by piece, with the row of the channel that came next the last time. So it does not matter
//! whether a table has channel after channel or all channels of a time after each other. Whatever differs in the least
//! is left to the slow way, which stays the reference: a property test holds both equal. The columns may stand in any
//! order, as long as the time comes before the value.

use smrt_core::{Quality, Quantity};
use std::ops::Range;

/// Most digits of a number that is read here: far inside the range of a quantity.
const DIGITS: usize = 12;
const SCALE: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// Most bytes that rows are remembered in; beyond that all are forgotten and learnt anew.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The number of no shape.
const NONE: u32 = u32::MAX;

/// The rows of each channel, as they were read field by field last.
#[derive(Debug)]
pub(crate) struct Alike {
    /// The fixed bytes of all shapes.
    bytes: Vec<u8>,
    shapes: Vec<Shape>,
    /// The shape of each channel.
    of_channel: Vec<u32>,
    /// The shape of the row before; none where that cannot be read fast.
    last: u32,
    /// The same before the row in hand.
    before: u32,
    time: Time,
}

/// What is the same in all rows of a channel: everything but the time and the value.
#[derive(Clone, Debug)]
struct Shape {
    /// Where its bytes begin: from the start of the line to the time, from there to the value, and from there to the
    /// next line, line end included.
    start: usize,
    to_time: usize,
    to_value: usize,
    to_end: usize,
    channel: u32,
    quality: Quality,
    status: Option<Box<str>>,
    /// The shape of the row that followed one like this the last time.
    next: u32,
}

/// The time of the row before.
#[derive(Debug, Default)]
struct Time {
    text: Vec<u8>,
    /// Bytes before the time of day, which takes the rest.
    date: usize,
    /// Seconds of the day.
    seconds: i64,
    /// Midnight of the day: the instant, and by its own clock.
    midnight: (i64, i64),
}

/// A row that has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Like<'a> {
    pub(crate) channel: u32,
    /// The time: the instant, and by its own clock.
    pub(crate) instant: (i64, i64),
    pub(crate) quality: Quality,
    /// The sender's status; empty where there is none.
    pub(crate) status: &'a str,
}

impl Default for Alike {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            shapes: Vec::new(),
            of_channel: Vec::new(),
            last: NONE,
            before: NONE,
            time: Time::default(),
        }
    }
}

impl Alike {
    /// Tells that the next row is read field by field.
    pub(crate) fn interrupt(&mut self) {
        self.before = std::mem::replace(&mut self.last, NONE);
    }

    /// Whether the next row may be like one that is remembered.
    #[inline]
    pub(crate) fn is_known(&self) -> bool {
        self.last != NONE
    }

    /// Forgets the rows of all channels.
    fn forget(&mut self) {
        self.bytes.clear();
        self.shapes.clear();
        self.of_channel.clear();
        self.before = NONE;
    }

    /// Remembers a row with its line end, by the places of its time and of its value, unless rows like it cannot be
    /// read fast. With `has_date` the date stands in a column of its own.
    pub(crate) fn learn(
        &mut self,
        (line, line_end): (&[u8], &[u8]),
        (time, value): (Range<usize>, Range<usize>),
        row: Like<'_>,
        has_date: bool,
    ) {
        let ends = line_end.ends_with(b"\n") && time.end <= value.start;
        if !ends || line.contains(&b'"') || decimal(&line[value.clone()]).is_none_or(|(_, used)| used != value.len()) {
            return;
        }
        let is_new_day = self.time.learn(&line[time.clone()], row.instant);
        match is_new_day {
            None => return,
            Some(true) if has_date => self.forget(),
            Some(_) => {}
        }
        if self.bytes.len() + line.len() + self.shapes.len() * size_of::<Shape>() > MOST_BYTES {
            self.forget();
        }
        let number = self.shape(row.channel);
        let Some(shape) = self.shapes.get_mut(number as usize) else { return };
        (shape.quality, shape.status) = (row.quality, (!row.status.is_empty()).then(|| row.status.into()));
        let parts = [&line[..time.start], &line[time.end..value.start], &line[value.end..], line_end];
        let lengths = parts.map(<[u8]>::len);
        let is_longer = lengths.iter().sum::<usize>() > shape.to_time + shape.to_value + shape.to_end;
        if is_longer {
            shape.start = self.bytes.len();
            self.bytes.extend(parts.iter().copied().flatten());
        } else {
            let places = self.bytes[shape.start..].iter_mut();
            places.zip(parts.iter().copied().flatten()).for_each(|(place, byte)| *place = *byte);
        }
        (shape.to_time, shape.to_value, shape.to_end) = (lengths[0], lengths[1], lengths[2] + lengths[3]);
        if let Some(before) = self.shapes.get_mut(self.before as usize) {
            before.next = number;
        }
        self.last = number;
    }

    /// The shape of a channel. A new one is taken to be followed by its like.
    fn shape(&mut self, channel: u32) -> u32 {
        let index = channel as usize;
        if index >= self.of_channel.len() {
            self.of_channel.resize(index + 1, NONE);
        }
        let known = self.of_channel[index];
        if known != NONE {
            return known;
        }
        let next = u32::try_from(self.shapes.len()).unwrap_or(NONE);
        self.of_channel[index] = next;
        let (quality, status) = (Quality::UNSTATED, None);
        self.shapes.push(Shape { start: 0, to_time: 0, to_value: 0, to_end: 0, channel, quality, status, next });
        next
    }

    /// Reads the line at the front of `lines`, if it is like the one that followed the row before the last time. Gives
    /// its value and the bytes of the whole line, line end included.
    #[inline]
    pub(crate) fn read(&mut self, lines: &[u8]) -> Option<(Like<'_>, Quantity, usize)> {
        let number = self.shapes.get(self.last as usize)?.next;
        let shape = self.shapes.get(number as usize)?;
        let (to_time, fixed) = self.bytes.get(shape.start..)?.split_at_checked(shape.to_time)?;
        let (to_value, fixed) = fixed.split_at_checked(shape.to_value)?;
        let rest = self.time.read(lines.strip_prefix(to_time)?, to_value)?;
        let (quantity, used) = decimal(rest)?;
        let rest = rest[used..].strip_prefix(fixed.get(..shape.to_end)?)?;
        self.last = number;
        let Time { seconds, midnight: (at, local), .. } = self.time;
        let row = Like {
            channel: shape.channel,
            instant: (at + seconds, local + seconds),
            quality: shape.quality,
            status: shape.status.as_deref().unwrap_or_default(),
        };
        Some((row, quantity, lines.len() - rest.len()))
    }
}

impl Time {
    /// Remembers a time; tells whether its day is another one than before, or `None` where it does not end with a time
    /// of day that can be read fast.
    fn learn(&mut self, text: &[u8], (at, local): (i64, i64)) -> Option<bool> {
        let (date, seconds) = [8, 5].into_iter().find_map(|length| {
            let start = text.len().checked_sub(length)?;
            let (seconds, _) = clock(&text[start..], length)?;
            // Behind other characters it may be the end of a longer one, or how far a clock is ahead.
            (start == 0 || b" T".contains(&text[start - 1])).then_some((start, seconds))
        })?;
        let midnight = (at - seconds, local - seconds);
        let is_new_day = midnight != self.midnight;
        self.text.clear();
        self.text.extend_from_slice(text);
        (self.date, self.seconds, self.midnight) = (date, seconds, midnight);
        Some(is_new_day)
    }

    /// Reads a time of the same day, with what stands `behind` it, off the front of a text.
    #[inline]
    fn read<'a>(&mut self, text: &'a [u8], behind: &[u8]) -> Option<&'a [u8]> {
        if let Some(rest) = text.strip_prefix(self.text.as_slice()) {
            return rest.strip_prefix(behind);
        }
        let (date, known) = self.text.split_at_mut_checked(self.date)?;
        let rest = text.strip_prefix(&*date)?;
        let (seconds, used) = clock(rest, known.len())?;
        let (clock, rest) = rest.split_at_checked(used)?;
        let rest = rest.strip_prefix(behind)?;
        known.copy_from_slice(clock);
        self.seconds = seconds;
        Some(rest)
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

    const AT: Like<'static> =
        Like { channel: 0, instant: (1_441_032_300, 1_441_068_300), quality: Quality::UNSTATED, status: "" };

    #[test]
    fn a_line_like_the_one_before_is_read_and_any_other_is_not() {
        let line = b"1,31/08/2015 00:45:00,Import,0.500000,kwh,\n";
        let read = |from: &str, to: &str| {
            let mut alike = Alike::default();
            alike.learn((&line[..line.len() - 1], b"\n"), (2..21, 29..37), AT, false);
            let text = String::from_utf8_lossy(line).replace(from, to);
            let (row, quantity, length) = alike.read(text.as_bytes())?;
            assert_eq!(row.instant.1 - row.instant.0, 36_000);
            Some((row.instant.0 - AT.instant.0, quantity.micros(), length == text.len()))
        };
        assert_eq!(read("00:45:00", "00:45:00"), Some((0, 500_000, true)));
        assert_eq!(read("00:45:00", "23:59:59"), Some((83_699, 500_000, true)));
        assert_eq!(read("0.500000", "12"), Some((0, 12_000_000, true)));
        for (from, to) in [
            ("00:45:00", "24:00:00"),
            ("00:45:00", "0:45:00"),
            ("00:45:00", "00:45"),
            ("00:45:00", "00:45:00.0"),
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

    #[test]
    fn rows_follow_each_other_as_they_did_the_last_time() {
        let mut alike = Alike::default();
        let lines = ["a 00:15 1\n", "b 00:15 2\n", "c 00:15 3\n"];
        for (channel, line) in (0..).zip(lines.iter().chain(&lines[..1])) {
            alike.interrupt();
            let row = Like { channel: channel % 3, ..AT };
            alike.learn((line.trim_end().as_bytes(), b"\n"), (2..7, 8..9), row, false);
        }
        for (line, expected) in [("b 00:15 7\n", 1), ("c 00:15 8\n", 2), ("a 00:30 9\n", 0), ("b 00:30 10\n", 1)] {
            let (row, _, length) = alike.read(line.as_bytes()).expect(line);
            assert_eq!((row.channel, length), (expected, line.len()), "{line}");
        }
        assert_eq!(alike.read(b"b 00:30 10\n"), None);
    }

    #[test]
    fn how_far_a_clock_is_ahead_is_no_time_of_day() {
        let mut alike = Alike::default();
        alike.learn((b"2015-08-31T00:45:00+10:00,1", b"\n"), (0..25, 26..27), AT, false);
        assert!(!alike.is_known());
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
