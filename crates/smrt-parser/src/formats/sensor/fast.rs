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
use crate::swar::begins_with;
use smrt_core::{SensorId, Signal};

/// Most sensors whose texts are remembered; others are looked up each time.
const MOST: usize = 65_536;
/// Longest text of a time that is remembered.
const LONGEST_TIME: usize = 40;
/// Characters of a time up to its hour, and up to its second.
const TO_HOUR: usize = 13;
const TO_SECOND: usize = 19;
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

/// What is known of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Fast {
    separator: u8,
    /// What the columns hold; empty where lines cannot be read fast.
    columns: Vec<Kind>,
    times: Times,
    followers: Followers,
}

impl Fast {
    pub(super) fn new(separator: u8, columns: Columns) -> Self {
        let mut kinds = vec![Kind::Other; columns.width];
        kinds[columns.time] = Kind::Time;
        kinds[columns.sensor] = Kind::Sensor;
        kinds[columns.value] = Kind::Value;
        Self { separator, columns: kinds, ..Self::default() }
    }

    /// Remembers the texts of a row that was read field by field. `hour` says when the hour of its time begins, if that
    /// tells when all of its times are.
    pub(super) fn learn(&mut self, time: &[u8], sensor: &[u8], number: u32, at: i64, hour: impl Fn() -> Option<i64>) {
        self.times.learn(time, at, hour);
        if let Ok(text) = sensor.try_into() {
            self.followers.follow(number, text);
        }
    }

    /// Reads the line at the front of `lines`: its sensor, instant and value, and the bytes of the whole line, line end
    /// included.
    #[inline]
    pub(super) fn read(&mut self, lines: &[u8], sensors: &Sensors) -> Option<(u32, i64, Signal, usize)> {
        let (mut sensor, mut at, mut value) = (NONE, 0, None);
        let mut rest = lines;
        let mut is_first = true;
        for kind in &self.columns {
            if !is_first {
                rest = rest.strip_prefix(&[self.separator])?;
            }
            is_first = false;
            let used = match kind {
                Kind::Time => {
                    let (instant, used) = self.times.read(rest)?;
                    at = instant;
                    used
                }
                Kind::Sensor => {
                    sensor = self.followers.read(rest, sensors)?;
                    SensorId::TEXT
                }
                Kind::Value => {
                    let (signal, used) = number::front(rest)?;
                    value = Some(signal);
                    used
                }
                Kind::Other => other(rest, self.separator)?,
            };
            rest = rest.get(used..)?;
        }
        let rest = match rest {
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => rest,
            _ => return None,
        };
        let value = value?;
        self.followers.last = sensor;
        Some((sensor, at, value, lines.len() - rest.len()))
    }
}

/// Bytes of a field that says nothing here; quotes may hide where it ends.
#[inline]
fn other(text: &[u8], separator: u8) -> Option<usize> {
    let end = text.iter().position(|&byte| byte == separator || byte == b'\n' || byte == b'"')?;
    match text[end] {
        b'"' => None,
        b'\n' if end > 0 && text[end - 1] == b'\r' => Some(end - 1),
        _ => Some(end),
    }
}

/// The texts of sensors, and which followed which.
#[derive(Debug)]
struct Followers {
    /// The text of each sensor, as it was written last.
    texts: Vec<[u8; SensorId::TEXT]>,
    /// The sensor that followed each the last time.
    next: Vec<u32>,
    /// The sensor of the row before.
    last: u32,
}

impl Default for Followers {
    fn default() -> Self {
        Self { texts: Vec::new(), next: Vec::new(), last: NONE }
    }
}

impl Followers {
    /// The sensor at the front of a text, if it is known.
    #[inline]
    fn read(&mut self, text: &[u8], sensors: &Sensors) -> Option<u32> {
        let text = text.first_chunk()?;
        let guess = self.next.get(self.last as usize).copied().unwrap_or(NONE);
        if self.texts.get(guess as usize).is_some_and(|known| known == text) {
            return Some(guess);
        }
        let number = sensors.find(SensorId::parse(text)?)?;
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
        if index >= self.texts.len() {
            self.texts.resize(index + 1, [0; SensorId::TEXT]);
            self.next.resize(index + 1, NONE);
        }
        self.texts[index] = *text;
        if let Some(next) = self.next.get_mut(self.last as usize) {
            *next = number;
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
        if self.read(text).is_some_and(|(_, used)| used == text.len()) {
            return;
        }
        self.length = 0;
        let (Some(hour), true) = (hour(), text.len() > TO_HOUR) else { return };
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

    /// The instant of a time at the front of a text, and the bytes it takes.
    #[inline]
    fn read(&mut self, text: &[u8]) -> Option<(i64, usize)> {
        let known = self.text.get(..self.length).filter(|known| !known.is_empty())?;
        if begins_with(text, known) {
            return Some((self.at, self.length));
        }
        self.read_of_hour(text)
    }

    /// The same for another time of the hour.
    fn read_of_hour(&mut self, text: &[u8]) -> Option<(i64, usize)> {
        let hour = self.hour?;
        let (seconds, behind) = text.split_at_checked(TO_SECOND)?;
        let (to_hour, clock) = seconds.split_at(TO_HOUR);
        let &[b':', a, b, b':', c, d] = clock else { return None };
        let digits = [a, b, c, d].map(|byte| byte.wrapping_sub(b'0'));
        if to_hour != &self.text[..TO_HOUR] || digits.iter().any(|&digit| digit > 9) || a > b'5' || c > b'5' {
            return None;
        }
        let [minutes, seconds] =
            [[digits[0], digits[1]], [digits[2], digits[3]]].map(|[tens, ones]| i64::from(tens) * 10 + i64::from(ones));
        let (micros, rest) = decimals(behind)?;
        let rest = rest.strip_prefix(self.suffix.as_slice())?;
        let at = hour + (minutes * 60 + seconds) * MICROS + micros;
        let used = text.len() - rest.len();
        self.remember(&text[..used], at);
        Some((at, used))
    }
}
