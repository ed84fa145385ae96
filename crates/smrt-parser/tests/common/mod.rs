//! Reading a text whole or in blocks, for comparison.

use smrt_core::{Batch, FileHeader};
use smrt_parser::{Blocks, Format, Framer, Options, ParseError, Sink, decode};
use std::convert::Infallible;

/// All that a text gives.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) batch: Batch,
    pub(crate) header: FileHeader,
    pub(crate) problems: Vec<ParseError>,
}

impl Sink for Read {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        batch.readings().for_each(|reading| self.batch.push(reading));
        self.batch.new_channels.append(&mut batch.new_channels);
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Infallible> {
        assert!(!line.contains(&b'\n'));
        self.problems.push(problem);
        Ok(())
    }
}

/// Reads a text as one block.
pub(crate) fn read(text: &[u8]) -> Read {
    read_blocks(&mut { text })
}

/// Reads a text cut into blocks of whole lines, from pieces of `step` bytes.
pub(crate) fn read_in_blocks(text: &[u8], step: usize) -> Read {
    read_blocks(&mut Pieces { rest: text, step, framer: Framer::with_sizes(step, text.len()) })
}

fn read_blocks(blocks: &mut impl Blocks<Infallible>) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = decode(Format::Smrt, &Options::default(), blocks, &mut read);
    assert_eq!(decoded.records, read.batch.len() as u64);
    read.header = decoded.header;
    read
}

struct Pieces<'a> {
    rest: &'a [u8],
    step: usize,
    framer: Framer,
}

impl Blocks<Infallible> for Pieces<'_> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, Infallible> {
        loop {
            let spare = self.framer.spare();
            let count = self.rest.len().min(self.step).min(spare.len());
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
