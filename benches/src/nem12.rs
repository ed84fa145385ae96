//! NEM12 for the benches: a sample of a given size, and the yardstick of parsing it.

use crate::Digest;
use smrt_core::{Batch, Flag, IntervalLength, Quality, Quantity, Reading, Version, civil_from_days, days_from_civil};
use std::fmt::Write as _;

/// First day of the sample: 2023-01-01 as days since 1970-01-01.
const FIRST_DAY: i32 = 19_358;
/// Days of one channel.
const DAYS: i32 = 365;
/// NEM time in seconds east of UTC.
const NEM_SECONDS: i64 = 36_000;

/// A sample NEM12 file of about `bytes`, with a year of each channel in intervals of `minutes`.
pub fn nem12_file(bytes: usize, minutes: u32) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + bytes / 8);
    text.push_str("100,NEM12,202401010000,MDP1,RET1\n");
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for meter in 0u32.. {
        if text.len() >= bytes {
            break;
        }
        let put = |text: &mut String, line: std::fmt::Arguments<'_>| text.write_fmt(line).expect("text can be written");
        put(&mut text, format_args!("200,VA{meter:08},E1,1,E1,N1,M{meter:08},kWh,{minutes},\n"));
        for day in 0..DAYS {
            let (year, month, day) = civil_from_days(FIRST_DAY + day);
            put(&mut text, format_args!("300,{year:04}{month:02}{day:02},"));
            for _ in 0..1440 / minutes {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                // A household mostly draws little: one to three digits before the point, three behind it.
                let value = random % [10_000, 10_000, 100_000, 200_000][(random >> 60) as usize % 4];
                put(&mut text, format_args!("{}.{:03},", value / 1000, value % 1000));
            }
            put(&mut text, format_args!("A,,,{year:04}{month:02}{day:02}120025,\n"));
        }
    }
    text.push_str("900\n");
    text.into_bytes()
}

/// The yardstick of parsing NEM12: the `csv` crate's `ByteRecord` loop doing the same conversions into the same columns.
///
/// # Errors
/// When the file is no CSV.
pub fn parse_nem12_with_csv(text: &[u8], batch: &mut Batch) -> Result<Digest, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut record = csv::ByteRecord::new();
    let mut digest = Digest::default();
    let mut channel = 0;
    let mut length = IntervalLength::HOUR;
    while reader.read_byte_record(&mut record)? {
        if &record[0] == b"200" {
            channel += 1;
            length = u16::try_from(number(&record[8])).ok().and_then(IntervalLength::from_minutes).unwrap_or(length);
        }
        if &record[0] != b"300" {
            continue;
        }
        let count = 1440 / usize::from(length.minutes());
        let midnight = day(&record[1]);
        let version = Version::from_epoch(time(&record[count + 5]));
        let flag = if &record[count + 2] == b"A" { Flag::Actual } else { Flag::Unstated };
        let line = u32::try_from(record.position().map_or(0, csv::Position::line)).unwrap_or(u32::MAX);
        for (start, value) in
            (midnight..).step_by(usize::from(length.minutes()) * 60).zip(record.iter().skip(2).take(count))
        {
            batch.push(Reading {
                channel: channel - 1,
                start,
                minutes: length,
                quantity: decimal(value),
                quality: Quality { flag, method: 0 },
                version,
                line,
            });
        }
        if batch.is_full() {
            digest.add(batch);
            batch.clear();
        }
    }
    digest.add(batch);
    batch.clear();
    Ok(digest)
}

fn number(text: &[u8]) -> u32 {
    text.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// A decimal number with up to six decimals, digit by digit: the quickest plain way, which checks less than smrt does.
fn decimal(text: &[u8]) -> Quantity {
    let (mut digits, mut decimals) = (0i64, None);
    for &byte in text {
        match byte {
            b'.' => decimals = Some(0),
            digit => {
                digits = digits * 10 + i64::from(digit.wrapping_sub(b'0'));
                decimals = decimals.map(|count| count + 1);
            }
        }
    }
    const SCALE: [i64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    Quantity::from_micros(digits * SCALE[decimals.unwrap_or(0)])
}

/// First second of a date `YYYYMMDD`, UTC epoch seconds.
fn day(text: &[u8]) -> i64 {
    let small = |text: &[u8]| u8::try_from(number(text)).unwrap_or(0);
    let year = u16::try_from(number(&text[..4])).unwrap_or(0);
    let days = days_from_civil(year, small(&text[4..6]), small(&text[6..])).unwrap_or(0);
    i64::from(days) * 86_400 - NEM_SECONDS
}

/// `YYYYMMDDhhmmss` as UTC epoch seconds.
fn time(text: &[u8]) -> i64 {
    let part = |from: usize| i64::from(number(&text[from..from + 2]));
    day(&text[..8]) + part(8) * 3600 + part(10) * 60 + part(12)
}
