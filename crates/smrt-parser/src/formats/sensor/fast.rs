//! The fast path for lines that are written as nearly all of them are.
//!
//! Three things make it fast. A time is mostly that of the line before, else one of the same hour, whose instant is
//! known once the hour's is. A sensor is mostly the one that followed the sensor before it the last time, so comparing
//! its text is enough. And digits are read eight at a time. Whatever is written otherwise is left to the slow way,
//! which stays the reference: a property test holds both equal.

use super::{
    number,
    sensors::Sensors,
    stamp::{MICROS, decimals},
};
use crate::swar::{eight_hex_digits, word};
use smrt_core::{SensorId, Signal};

/// Most sensors whose texts are remembered; others are looked up each time.
const MOST: usize = 65_536;
/// Longest text of a time that is remembered.
const LONGEST_TIME: usize = 40;
/// Characters of a time up to its hour, and up to its second.
const TO_HOUR: usize = 13;
const TO_SECOND: usize = 19;
/// Characters of a time with its zone, such as `+01:00`.
const WITH_ZONE: usize = 25;
/// The number of no sensor.
const NONE: u32 = u32::MAX;

/// Where the columns stand in a row, counted from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) width: usize,
    pub(super) time: usize,
    pub(super) sensor: usize,
    pub(super) value: usize,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Time,
    Sensor,
    Value,
    Other,
}

/// What a row says: its sensor, its instant and its value.
pub(super) type Said = (u32, i64, Signal);

/// What is known of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Fast {
    separator: u8,
    /// What the columns hold; empty where lines cannot be read fast.
    columns: Vec<Kind>,
    /// Whether they are the three that count, in the order senders write them.
    is_plain: bool,
    times: Times,
    followers: Followers,
}

impl Fast {
    pub(super) fn new(separator: u8, columns: Columns) -> Self {
        let mut kinds = vec![Kind::Other; columns.width];
        kinds[columns.time] = Kind::Time;
        kinds[columns.sensor] = Kind::Sensor;
        kinds[columns.value] = Kind::Value;
        let is_plain = kinds == [Kind::Time, Kind::Sensor, Kind::Value];
        Self { separator, columns: kinds, is_plain, ..Self::default() }
    }

    /// Remembers the texts of a row that was read field by field. `hour` says when the hour of its time begins, if that
    /// tells when all of its times are.
    pub(super) fn learn(&mut self, time: &[u8], sensor: &[u8], number: u32, at: i64, hour: impl Fn() -> Option<i64>) {
        self.times.learn(time, at, hour);
        if let Ok(text) = sensor.try_into() {
            self.followers.follow(number, text);
        }
    }

    /// Reads the line at the front of `lines`; gives what it says and the lines behind it.
    #[inline(always)]
    pub(super) fn read<'a>(&mut self, lines: &'a [u8], sensors: &Sensors) -> Option<(Said, &'a [u8])> {
        let ((sensor, at, value), rest) =
            if self.is_plain { self.plain(lines, sensors) } else { self.by_column(lines, sensors) }?;
        let rest = match rest {
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => rest,
            _ => return None,
        };
        self.followers.last = sensor;
        Some(((sensor, at, value), rest))
    }

    /// The three columns that count, in the order senders write them.
    #[inline(always)]
    fn plain<'a>(&mut self, line: &'a [u8], sensors: &Sensors) -> Option<(Said, &'a [u8])> {
        let (at, rest) = self.times.read(line)?;
        let (sensor, rest) = self.followers.read(behind(rest, self.separator)?, sensors)?;
        let (value, rest) = number::front(behind(rest, self.separator)?)?;
        Some(((sensor, at, value), rest))
    }

    /// Columns in any order.
    fn by_column<'a>(&mut self, line: &'a [u8], sensors: &Sensors) -> Option<(Said, &'a [u8])> {
        let (mut sensor, mut at, mut value) = (NONE, 0, Signal::default());
        let mut rest = line;
        for (column, kind) in self.columns.iter().enumerate() {
            if column > 0 {
                rest = behind(rest, self.separator)?;
            }
            match kind {
                Kind::Time => (at, rest) = self.times.read(rest)?,
                Kind::Sensor => (sensor, rest) = self.followers.read(rest, sensors)?,
                Kind::Value => (value, rest) = number::front(rest)?,
                Kind::Other => rest = other(rest, self.separator)?,
            }
        }
        (!self.columns.is_empty()).then_some(((sensor, at, value), rest))
    }
}

/// What stands behind a separator.
#[inline(always)]
fn behind(text: &[u8], separator: u8) -> Option<&[u8]> {
    text.split_first().filter(|(first, _)| **first == separator).map(|(_, rest)| rest)
}

/// What stands behind a field that says nothing here; quotes may hide where it ends.
#[inline]
fn other(text: &[u8], separator: u8) -> Option<&[u8]> {
    let end = text.iter().position(|&byte| byte == separator || byte == b'\n' || byte == b'"')?;
    let (field, rest) = text.split_at(end);
    match rest.first() {
        Some(b'"') => None,
        Some(b'\n') if field.ends_with(b"\r") => Some(&text[end - 1..]),
        _ => Some(rest),
    }
}

/// The texts of sensors, and which followed which.
#[derive(Debug)]
struct Followers {
    sensors: Vec<Known>,
    /// The sensor of the row before.
    last: u32,
}

/// A sensor that has come.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Its text, as it was written last.
    text: [u8; SensorId::TEXT],
    /// The sensor that followed the last time.
    next: u32,
}

impl Default for Followers {
    fn default() -> Self {
        Self { sensors: Vec::new(), last: NONE }
    }
}

impl Followers {
    /// The sensor at the front of a text, if it is known, and what stands behind it.
    #[inline(always)]
    fn read<'a>(&mut self, text: &'a [u8], sensors: &Sensors) -> Option<(u32, &'a [u8])> {
        let (text, rest) = text.split_first_chunk()?;
        let guess = self.sensors.get(self.last as usize).map_or(NONE, |last| last.next);
        if self.sensors.get(guess as usize).is_some_and(|known| is_same(&known.text, text)) {
            return Some((guess, rest));
        }
        Some((self.look_up(text, sensors)?, rest))
    }

    /// A sensor that is another one than it was the last time.
    fn look_up(&mut self, text: &[u8; SensorId::TEXT], sensors: &Sensors) -> Option<u32> {
        let number = sensors.find(identity(text)?)?;
        let last = self.last;
        self.follow(number, text);
        // Until the line is known to be one of this way.
        self.last = last;
        Some(number)
    }

    /// Tells which sensor the next row is of, and how that is written.
    fn follow(&mut self, number: u32, text: &[u8; SensorId::TEXT]) {
        let index = number as usize;
        if index >= MOST {
            self.last = NONE;
            return;
        }
        if index >= self.sensors.len() {
            self.sensors.resize(index + 1, Known { text: [0; SensorId::TEXT], next: NONE });
        }
        self.sensors[index].text = *text;
        if let Some(last) = self.sensors.get_mut(self.last as usize) {
            last.next = number;
        }
        self.last = number;
    }
}

/// The time of the row before, and its hour.
#[derive(Debug)]
struct Times {
    text: [u8; LONGEST_TIME],
    /// Bytes of the text; none where no time is known.
    length: usize,
    /// Its instant, UTC epoch microseconds.
    at: i64,
    /// When its hour begins, where its text is as long as to have seconds.
    hour: Option<i64>,
    /// What stands behind its seconds and their decimals: how far the clock is ahead of UTC, or nothing.
    suffix: Vec<u8>,
}

impl Default for Times {
    fn default() -> Self {
        Self { text: [0; LONGEST_TIME], length: 0, at: 0, hour: None, suffix: Vec::new() }
    }
}

impl Times {
    /// Remembers a time of an hour through which the clock runs once and without a step.
    fn learn(&mut self, text: &[u8], at: i64, hour: impl Fn() -> Option<i64>) {
        if self.read(text).is_some_and(|(_, rest)| rest.is_empty()) {
            return;
        }
        self.length = 0;
        let Some(hour) = hour().filter(|_| text.len() > TO_HOUR) else { return };
        self.hour = None;
        self.remember(text, at);
        if let Some((seconds, behind)) = text.split_at_checked(TO_SECOND)
            && seconds[TO_SECOND - 3] == b':'
            && let Some((_, suffix)) = decimals(behind)
        {
            self.hour = Some(hour);
            self.suffix.clear();
            self.suffix.extend_from_slice(suffix);
        }
    }

    fn remember(&mut self, text: &[u8], at: i64) {
        if let Some(place) = self.text.get_mut(..text.len()) {
            place.copy_from_slice(text);
            (self.length, self.at) = (text.len(), at);
        }
    }

    /// The instant of a time at the front of a text, and what stands behind it.
    #[inline(always)]
    fn read<'a>(&mut self, text: &'a [u8]) -> Option<(i64, &'a [u8])> {
        // Comparing is fast where the compiler knows how many bytes there are: a time without a zone, and one with.
        let rest = match self.length {
            0 => return None,
            TO_SECOND => behind_known::<TO_SECOND>(&self.text, text),
            WITH_ZONE => behind_known::<WITH_ZONE>(&self.text, text),
            length => self.text.get(..length).and_then(|known| text.strip_prefix(known)),
        };
        match rest {
            Some(rest) => Some((self.at, rest)),
            None => self.read_of_hour(text),
        }
    }

    /// The same for another time of the hour.
    fn read_of_hour<'a>(&mut self, text: &'a [u8]) -> Option<(i64, &'a [u8])> {
        let hour = self.hour?;
        let (seconds, behind) = text.split_at_checked(TO_SECOND)?;
        let (to_hour, clock) = seconds.split_at(TO_HOUR);
        let &[b':', a, b, b':', c, d] = clock else { return None };
        let digits = [a, b, c, d].map(|byte| byte.wrapping_sub(b'0'));
        if to_hour != &self.text[..TO_HOUR] || digits.iter().any(|&digit| digit > 9) || a > b'5' || c > b'5' {
            return None;
        }
        let [minutes, seconds] =
            [[digits[0], digits[1]], [digits[2], digits[3]]].map(|[tens, ones]| i64::from(tens * 10 + ones));
        let (micros, rest) = decimals(behind)?;
        let rest = rest.strip_prefix(self.suffix.as_slice())?;
        let at = hour + (minutes * 60 + seconds) * MICROS + micros;
        self.remember(&text[..text.len() - rest.len()], at);
        Some((at, rest))
    }
}

/// Whether two texts are the same, eight bytes at a time: a call to compare them takes longer than comparing.
#[inline(always)]
fn is_same(a: &[u8; SensorId::TEXT], b: &[u8; SensorId::TEXT]) -> bool {
    [0, 8, 16, 24, 28].into_iter().all(|at| word(a, at) == word(b, at))
}

/// What stands behind `N` bytes that are known.
#[inline(always)]
fn behind_known<'a, const N: usize>(known: &[u8; LONGEST_TIME], text: &'a [u8]) -> Option<&'a [u8]> {
    let (front, rest) = text.split_first_chunk::<N>()?;
    known.first_chunk::<N>().is_some_and(|known| known == front).then_some(rest)
}

/// What [`SensorId::parse`] gives, eight digits at a time.
#[inline]
fn identity(text: &[u8; SensorId::TEXT]) -> Option<SensorId> {
    let part = |at: usize| word(text, at);
    let hyphens = [8, 13, 18, 23].iter().all(|&at| text[at] == b'-');
    // Of the groups of four digits each word has one, and the hyphens and digits around it, which are shifted out.
    let fours = |first: u64, second: u64| first & 0xffff_ffff | second << 32;
    let words = [part(0)?, fours(part(9)?, part(14)?), fours(part(19)?, part(24)?), part(28)?];
    let digits = words.map(eight_hex_digits);
    let id = digits.into_iter().try_fold(0u128, |id, digits| Some(id << 32 | u128::from(digits?)))?;
    hyphens.then_some(SensorId(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn identities_are_those_of_the_slow_way(id: u128, at in 0usize..36, byte: u8, upper: bool) {
            let mut text = SensorId(id).to_string();
            if upper {
                text = text.to_uppercase();
            }
            let mut bytes: [u8; SensorId::TEXT] = text.as_bytes().try_into().unwrap();
            prop_assert_eq!(identity(&bytes), Some(SensorId(id)));
            bytes[at] = byte;
            prop_assert_eq!(identity(&bytes), SensorId::parse(&bytes));
        }
    }
}
