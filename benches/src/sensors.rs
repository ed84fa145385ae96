//! Measurements of sensors to measure with, and what people would write to read them.

use smrt_core::{Batch, CivilInstants, FileHeader, MarketZone, Measurement, Signal, days_from_civil};
use smrt_parser::{Blocks, Format, Options, ParseError, Sink, decode, sensor::Sample};
use std::{collections::HashMap, convert::Infallible};

/// How the sensors of a file follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// All of a time in the same order, as loggers write.
    ByTime,
    /// All of a time in an order that is another each time.
    Shuffled,
}

/// A sample of about `bytes`: five-minute values of 26 sensors by the civil time of Berlin.
pub fn sensor_file(bytes: usize, order: Order) -> Vec<u8> {
    const LINE: usize = 75;
    const SENSORS: usize = 26;
    let times = u32::try_from(bytes / LINE / SENSORS).unwrap_or(u32::MAX).max(1);
    let mut text = Vec::with_capacity(bytes + bytes / 8);
    Sample { sensors: 26, times, ..Sample::default() }.write(&mut text).expect("memory can be written");
    if order == Order::ByTime {
        return text;
    }
    let mut lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let mut random = 1u64;
    for rows in lines[1..].chunks_mut(SENSORS) {
        for last in (1..rows.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rows.swap(last, usize::try_from(random >> 33).unwrap_or(0) % (last + 1));
        }
    }
    lines.concat()
}

/// What a reader of measurements must end up with, to compare readers by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Measurements.
    pub rows: u64,
    /// Sum of the numbers of their sensors.
    pub sensors: u64,
    /// Sum of their instants.
    pub instants: i64,
    /// Sum of the bits of their values.
    pub bits: u64,
}

impl Digest {
    fn add(&mut self, batch: &Batch) {
        let all = &batch.measurements;
        self.rows += all.len() as u64;
        self.sensors += all.channel.iter().map(|&channel| u64::from(channel)).sum::<u64>();
        self.instants = all.at.iter().fold(self.instants, |sum, &at| sum.wrapping_add(at));
        self.bits = all.value.iter().fold(self.bits, |sum, value| sum.wrapping_add(value.get().to_bits()));
    }
}

/// Takes batches and keeps just what is compared.
#[derive(Default)]
struct Totals(Digest);

impl Sink for Totals {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        self.0.add(batch);
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, _line: &[u8]) -> Result<(), Infallible> {
        panic!("the sample has a fault: {problem}")
    }
}

/// What the reader of smrt makes of a text that comes in blocks.
///
/// # Panics
/// When the text has a fault.
pub fn parse_sensors(blocks: &mut impl Blocks<Infallible>) -> Digest {
    let mut totals = Totals::default();
    let Ok(_) = decode(Format::Sensor, &Options::default(), blocks, &mut totals);
    totals.0
}

/// The yardstick of measurements: the `csv` crate's `ByteRecord` loop doing the same conversions into the same columns.
/// It is spared what it could not do fast either: how far the clocks are ahead is looked up once an hour, and the hour
/// that is there twice is told by the time before.
///
/// # Errors
/// When the file is no CSV.
pub fn parse_sensors_with_csv(text: &[u8], batch: &mut Batch) -> Result<Digest, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text);
    let mut record = csv::ByteRecord::new();
    let mut sensors = HashMap::<u128, u32>::new();
    let mut digest = Digest::default();
    let mut clock = Clock::default();
    while reader.read_byte_record(&mut record)? {
        let at = clock.instant(&record[0]);
        let next = u32::try_from(sensors.len()).unwrap_or(u32::MAX);
        let channel = *sensors.entry(identity(&record[1])).or_insert(next);
        let value = std::str::from_utf8(&record[2]).ok().and_then(|text| text.parse().ok()).and_then(Signal::new);
        let line = record.position().map_or(0, csv::Position::line);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        batch.measurements.push(Measurement { channel, at, value: value.unwrap_or_default(), line });
        if batch.is_full() {
            digest.add(batch);
            batch.clear();
        }
    }
    digest.add(batch);
    batch.clear();
    Ok(digest)
}

/// The bytes of a UUID, by a table of hexadecimal digits.
fn identity(text: &[u8]) -> u128 {
    const DIGITS: [u8; 256] = {
        let mut digits = [0; 256];
        let mut digit = 0;
        while digit < 16 {
            digits[b"0123456789abcdef"[digit as usize] as usize] = digit;
            digits[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
            digit += 1;
        }
        digits
    };
    let digits = text.iter().filter(|&&byte| byte != b'-');
    digits.fold(0, |id, &byte| id << 4 | u128::from(DIGITS[usize::from(byte)]))
}

/// Turns civil times of Berlin into instants.
#[derive(Default)]
struct Clock {
    hour: i64,
    /// Seconds the clock is ahead of UTC in this hour; none where it goes through it twice.
    ahead: Option<i64>,
    last: i64,
}

impl Clock {
    fn instant(&mut self, time: &[u8]) -> i64 {
        let number = |text: &[u8]| text.iter().fold(0u16, |number, digit| number * 10 + u16::from(digit - b'0'));
        let small = |text: &[u8]| u8::try_from(number(text)).unwrap_or(0);
        let days = days_from_civil(number(&time[..4]), small(&time[5..7]), small(&time[8..10])).unwrap_or(0);
        let seconds = [11, 14, 17].iter().fold(0, |sum, &at| sum * 60 + i64::from(number(&time[at..at + 2])));
        let local = i64::from(days) * 86_400 + seconds;
        let ahead = match self.ahead.filter(|_| local / 3600 == self.hour) {
            Some(ahead) => ahead,
            None => {
                let (ahead, is_plain) = match MarketZone::BERLIN.instants(local) {
                    CivilInstants::Once(at) => (local - at, true),
                    CivilInstants::Twice(first, _) if first >= self.last => (local - first, false),
                    CivilInstants::Twice(_, second) => (local - second, false),
                    CivilInstants::Skipped => (0, false),
                };
                (self.hour, self.ahead) = (local / 3600, is_plain.then_some(ahead));
                ahead
            }
        };
        self.last = local - ahead;
        self.last * 1_000_000
    }
}
