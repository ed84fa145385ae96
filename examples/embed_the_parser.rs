//! How do I read interval files in a program of my own, without a database?
//!
//! `cargo run -p smrt-examples --example embed_the_parser`
//!
//! Needs `smrt-parser` and `smrt-core` alone. The first way borrows record by record from a text in memory; the second
//! streams a file of any size in flat memory and hands over columns.

use smrt_core::{Batch, FileHeader, MarketZone, Sum};
use smrt_parser::smrt::{Record, Records};
use smrt_parser::{Blocks, Format, Framer, Options, ParseError, Sink, decode};
use std::{
    error::Error,
    fs::File,
    io::{self, Read, Write},
};

const GOOD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/PN000101.SMRT");
const BROKEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/broken/PN000105.SMRT");

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}

pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    record_by_record(out)?;
    batch_by_batch(out)
}

/// Each record as the format's specification has it. `?` ends at the first problem; leave it out to see them all.
fn record_by_record(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read(GOOD)?;
    let mut total = Sum::default();
    for record in Records::new(&text) {
        match record? {
            Record::Header(header) => writeln!(out, "file {} for {}", header.generation, header.company)?,
            Record::Consumption(reading) => total.add(reading.consumption),
            Record::Trailer => writeln!(out, "consumed in all: {total}")?,
        }
    }
    Ok(())
}

/// Columns of up to 65,536 readings, and every problem with its place.
fn batch_by_batch(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut blocks = Lines { file: File::open(BROKEN)?, framer: Framer::new(), ended: false };
    decode(Format::Smrt, &Options::default(), &mut blocks, &mut Show { out })?;
    Ok(())
}

/// Where the bytes come from: here a file, but a socket or a decompressor would look the same. The framer cuts what
/// comes into blocks of whole lines, in one buffer that is used again and again.
struct Lines {
    file: File,
    framer: Framer,
    ended: bool,
}

impl Blocks<io::Error> for Lines {
    fn next_block(&mut self) -> io::Result<Option<&[u8]>> {
        while !self.ended {
            let count = self.file.read(self.framer.spare())?;
            self.framer.advance(count);
            self.ended = count == 0;
            if self.framer.cut(self.ended).map_err(io::Error::other)? {
                return Ok(Some(self.framer.block()));
            }
        }
        Ok(None)
    }
}

/// Where readings and problems go.
struct Show<'a, W> {
    out: &'a mut W,
}

impl<W: Write> Sink for Show<'_, W> {
    type Error = io::Error;

    fn batch(&mut self, header: &FileHeader, batch: &mut Batch) -> io::Result<()> {
        let sender = header.sender.as_deref().unwrap_or("nobody");
        writeln!(self.out, "{} good readings for {sender}, the first of them:", batch.len())?;
        for reading in batch.readings().take(2) {
            let start = MarketZone::Utc.rfc3339(reading.start);
            writeln!(self.out, "  line {}: {start} {}", reading.line, reading.quantity)?;
        }
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> io::Result<()> {
        writeln!(self.out, "{} {problem}\n  {}", problem.kind.code().id, String::from_utf8_lossy(line))
    }
}
