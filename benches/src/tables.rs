//! Load profiles to measure with, and what people would write to read them.

use crate::Digest;
use smrt_core::{Batch, IntervalLength, Quality, Quantity, Reading, Version};
use smrt_parser::lp::Sample;
use std::collections::HashMap;

/// A sample load profile of about `bytes`: a month of each meter, channel after channel, or all channels of a time
/// after the other.
pub fn lp_file(bytes: usize, by_time: bool) -> Vec<u8> {
    const LINE: usize = 82;
    const MONTH: usize = 30 * 96 * 3;
    let meters = u32::try_from(bytes / LINE / MONTH).unwrap_or(u32::MAX).max(1);
    let mut text = Vec::with_capacity(bytes + bytes / 8);
    Sample { meters, days: 30, ..Sample::default() }.write(&mut text).expect("memory can be written");
    if !by_time {
        return text;
    }
    let (names, rows) = text.split_at(text.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1));
    let mut rows: Vec<&[u8]> = rows.split_inclusive(|&byte| byte == b'\n').collect();
    // The time stands behind three fields of fixed width: dd/MM/yyyy HH:mm:ss of one month sorts as text.
    rows.sort_by_key(|row| row.splitn(5, |&byte| byte == b',').nth(3).map(<[u8]>::to_vec));
    [names, &rows.concat()].concat()
}

/// The yardstick of tables: the `csv` crate's `ByteRecord` loop doing the same conversions into the same columns, with
/// the length of all intervals known.
///
/// # Errors
/// When the file is no CSV.
pub fn parse_lp_with_csv(text: &[u8], batch: &mut Batch) -> Result<Digest, csv::Error> {
    let mut reader = csv::Reader::from_reader(text);
    let mut record = csv::ByteRecord::new();
    let mut channels = HashMap::<Vec<u8>, u32>::new();
    let (mut digest, mut key) = (Digest::default(), Vec::new());
    let minutes = IntervalLength::from_minutes(15).unwrap_or(IntervalLength::HOUR);
    while reader.read_byte_record(&mut record)? {
        key.clear();
        for field in [0, 4, 6] {
            key.extend_from_slice(&record[field]);
            key.push(0);
        }
        let channel = match channels.get(&key) {
            Some(&channel) => channel,
            None => {
                let next = u32::try_from(channels.len()).unwrap_or(u32::MAX);
                *channels.entry(key.clone()).or_insert(next)
            }
        };
        let number = |text: &[u8]| text.iter().fold(0u16, |number, digit| number * 10 + u16::from(digit - b'0'));
        let small = |text: &[u8]| u8::try_from(number(text)).unwrap_or(0);
        let time = &record[3];
        let days = smrt_core::days_from_civil(number(&time[6..10]), small(&time[3..5]), small(&time[..2])).unwrap_or(0);
        let seconds = [11, 14, 17].iter().fold(0, |sum, &at| sum * 60 + i64::from(number(&time[at..at + 2])));
        let line = record.position().map_or(0, csv::Position::line);
        batch.push(Reading {
            channel,
            start: i64::from(days) * 86_400 + seconds - 36_000,
            minutes,
            quantity: Quantity::parse(&record[5]).unwrap_or(Quantity::ZERO),
            quality: Quality::UNSTATED,
            version: Version::UNSTATED,
            line: u32::try_from(line).unwrap_or(u32::MAX),
        });
        if batch.is_full() {
            digest.add(batch);
            batch.clear();
        }
    }
    digest.add(batch);
    batch.clear();
    Ok(digest)
}
