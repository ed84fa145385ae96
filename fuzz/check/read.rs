//! Reading a text in the ways whose results must be the same, with everything that comes of it.

use smrt_core::{Batch, FileHeader};
use smrt_parser::{
    BatchReader, Blocks, Decoded, Format, Framer, Options, ParseError, Remark, Sink, decode, decode_on, drive,
};
use std::convert::Infallible;

/// All that a text gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) batch: Batch,
    /// Each problem with the text that came with it.
    pub(crate) problems: Vec<(ParseError, Vec<u8>)>,
    /// Each remark, the same.
    pub(crate) remarks: Vec<(Remark, Vec<u8>)>,
    pub(crate) decoded: Decoded,
}

impl Sink for Read {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        assert!(batch.len() < 2 * Batch::CAPACITY, "what a reader holds back is bounded");
        batch.readings().for_each(|reading| self.batch.push(reading));
        assert!(batch.measurements.len() <= Batch::CAPACITY);
        batch.measurements.iter().for_each(|measurement| self.batch.measurements.push(measurement));
        self.batch.sensor_names.append(&mut batch.sensor_names);
        self.batch.new_channels.append(&mut batch.new_channels);
        self.batch.events.append(&mut batch.events);
        self.batch.register_reads.append(&mut batch.register_reads);
        Ok(())
    }

    fn remark(&mut self, remark: Remark, line: &[u8]) -> Result<(), Infallible> {
        assert!(!line.contains(&b'\n'));
        self.remarks.push((remark, line.to_vec()));
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Infallible> {
        assert!(!line.contains(&b'\n'));
        self.problems.push((problem, line.to_vec()));
        Ok(())
    }
}

impl Read {
    pub(super) fn without_lines_of_remarks(&self) -> Self {
        let remarks = self.remarks.iter().map(|(remark, _)| (remark.clone(), Vec::new())).collect();
        Self { remarks, ..self.clone() }
    }

    fn finish(mut self, decoded: Decoded) -> Self {
        assert_eq!(decoded.records, self.batch.records());
        let mut channels = self.batch.channel.iter().chain(&self.batch.measurements.channel);
        assert!(channels.all(|&channel| (channel as usize) < self.batch.new_channels.len()));
        self.decoded = decoded;
        self
    }
}

/// Reads a text as one block.
pub(crate) fn read(format: Format, options: &Options, text: &[u8]) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = decode(format, options, &mut { text }, &mut read);
    read.finish(decoded)
}

/// Reads a text as one block by a reader at its start.
pub(crate) fn read_by(reader: &mut impl BatchReader, text: &[u8]) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = drive(reader, &mut { text }, &mut read);
    read.finish(decoded)
}

/// Reads a text cut into blocks of whole lines, from pieces of one to `most` bytes.
pub(crate) fn read_in_pieces(format: Format, options: &Options, text: &[u8], most: u64) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = decode(format, options, &mut Pieces::new(text, most), &mut read);
    read.finish(decoded)
}

/// Reads a text as one block on three cores.
pub(super) fn read_on_three(format: Format, options: &Options, text: &[u8]) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = decode_on(3, &smrt_parser::Spare::default(), format, options, &mut { text }, &mut read);
    read.finish(decoded)
}

/// A text that comes in pieces of one to `most` bytes, other ones for each text but the same at each run.
struct Pieces<'a> {
    rest: &'a [u8],
    most: u64,
    random: u64,
    framer: Framer,
}

impl<'a> Pieces<'a> {
    fn new(text: &'a [u8], most: u64) -> Self {
        Self { rest: text, most, random: text.len() as u64 | 1, framer: Framer::with_sizes(16, text.len()) }
    }
}

impl Blocks<Infallible> for Pieces<'_> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, Infallible> {
        loop {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            let step = usize::try_from(self.random % self.most).unwrap_or_default() + 1;
            let spare = self.framer.spare();
            let count = step.min(self.rest.len()).min(spare.len());
            assert!(count > 0 || self.rest.is_empty(), "there is always room for the next bytes");
            spare[..count].copy_from_slice(&self.rest[..count]);
            self.rest = &self.rest[count..];
            self.framer.advance(count);
            let last = self.rest.is_empty();
            if self.framer.cut(last) == Ok(true) {
                return Ok(Some(self.framer.block()));
            }
            if last {
                return Ok(None);
            }
        }
    }
}
