//! What the benches share: sample data of a given size, and the yardsticks.

use smrt_core::{Batch, FileHeader, Quantity};
use smrt_parser::smrt::{Order, Sample};
use smrt_parser::{Blocks, Format, Options, ParseError, Sink, decode};
use std::{convert::Infallible, fs, io, path::Path};

pub mod nem12;
pub mod sensors;
pub mod tables;
pub mod yardstick;

/// A sample SMRT file of about `bytes`, of 2,000 meters or fewer, in the given order.
pub fn smrt_file(bytes: usize, order: Order) -> Vec<u8> {
    const LINE: usize = 45;
    let rows = bytes / LINE;
    let meters = (rows / 24).clamp(1, 2_000);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let sample = Sample { meters: number(meters), hours: number(rows / meters), order, ..Sample::default() };
    let mut text = Vec::with_capacity(bytes + bytes / 8);
    sample.write(&mut text).expect("memory can be written");
    text
}

/// What a reader of a file must end up with, to compare readers by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Readings.
    pub rows: u64,
    /// Sum of their starts.
    pub starts: i64,
    /// Sum of their quantities, in millionths.
    pub micros: i64,
}

/// The yardstick of parsing: the `csv` crate's `ByteRecord` loop doing the same conversions into the same columns.
///
/// # Errors
/// When the file is no CSV.
pub fn parse_with_csv(text: &[u8], batch: &mut Batch) -> Result<Digest, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut record = csv::ByteRecord::new();
    let mut meters = std::collections::HashMap::<Vec<u8>, u32>::new();
    let mut digest = Digest::default();
    while reader.read_byte_record(&mut record)? {
        if &record[0] != b"CONSU" {
            continue;
        }
        let channel = match meters.get(&record[1]) {
            Some(&channel) => channel,
            None => {
                let next = u32::try_from(meters.len()).unwrap_or(u32::MAX);
                *meters.entry(record[1].to_vec()).or_insert(next)
            }
        };
        let number = |text: &[u8]| text.iter().fold(0u16, |number, digit| number * 10 + u16::from(digit - b'0'));
        let small = |text: &[u8]| u8::try_from(number(text)).unwrap_or(0);
        let (date, time) = (&record[2], &record[3]);
        let days = smrt_core::days_from_civil(number(&date[..4]), small(&date[4..6]), small(&date[6..])).unwrap_or(0);
        let start =
            i64::from(days) * 86_400 + i64::from(number(&time[..2])) * 3600 + i64::from(number(&time[2..])) * 60;
        let line = record.position().map_or(0, csv::Position::line);
        batch.push(smrt_core::Reading {
            channel,
            start,
            minutes: smrt_core::IntervalLength::HOUR,
            quantity: Quantity::parse(&record[4]).unwrap_or(Quantity::ZERO),
            quality: smrt_core::Quality::UNSTATED,
            version: smrt_core::Version::UNSTATED,
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

impl Digest {
    /// Adds the readings of a batch.
    pub fn add(&mut self, batch: &Batch) {
        self.rows += batch.len() as u64;
        self.starts += batch.start.iter().sum::<i64>();
        self.micros += batch.quantity.iter().map(|quantity| quantity.micros()).sum::<i64>();
    }
}

/// Keeps all batches of a file.
#[derive(Default)]
struct Keep(Vec<Batch>);

impl Sink for Keep {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        self.0.push(std::mem::take(batch));
        Ok(())
    }

    fn problem(&mut self, _problem: ParseError, _line: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A file's readings as batches.
pub fn batches(text: &[u8]) -> Vec<Batch> {
    let mut keep = Keep::default();
    let Ok(_) = decode(Format::Smrt, &Options::default(), &mut { text }, &mut keep);
    keep.0
}

/// Writes files of one meter and day each into a folder.
///
/// # Errors
/// When the folder cannot be written.
pub fn small_files(folder: &Path, count: u32) -> io::Result<()> {
    for number in 0..count {
        let generation = smrt_core::Generation { environment: smrt_core::Environment::Production, number };
        let sample = Sample { meters: 1, hours: 24, first_meter: u64::from(number), generation, ..Sample::default() };
        sample.write(&mut fs::File::create(folder.join(format!("{generation}.SMRT"))).map(io::BufWriter::new)?)?;
    }
    Ok(())
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

/// Blocks as they come from a file: whole lines of 256 KiB.
#[derive(Debug)]
pub struct Cut<'a>(pub &'a [u8]);

impl Blocks<Infallible> for Cut<'_> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, Infallible> {
        let most = self.0.len().min(256 * 1024);
        let end = self.0[..most].iter().rposition(|&byte| byte == b'\n').map_or(most, |newline| newline + 1);
        let (block, rest) = self.0.split_at(end);
        self.0 = rest;
        Ok((!block.is_empty()).then_some(block))
    }
}

/// What a reader of smrt makes of a text.
///
/// # Panics
/// When the text has a fault.
pub fn parse(format: Format, text: &[u8]) -> Digest {
    let mut totals = Totals::default();
    let Ok(_) = decode(format, &Options::default(), &mut Cut(text), &mut totals);
    totals.0
}
