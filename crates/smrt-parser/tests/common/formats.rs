//! Reading a text of any format, whole or cut into blocks, with everything that comes of it.

use smrt_core::{Batch, FileHeader};
use smrt_parser::{Blocks, Decoded, Format, Options, ParseError, Remark, Sink, decode};
use std::convert::Infallible;

/// All that a text gives.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Everything {
    pub(crate) batch: Batch,
    pub(crate) decoded: Decoded,
    /// Remarks and problems with the lines they stand in.
    pub(crate) remarks: Vec<(Remark, String)>,
    pub(crate) problems: Vec<(ParseError, String)>,
}

impl Everything {
    /// Reads a text as one block.
    pub(crate) fn read(format: Format, options: &Options, text: &str) -> Self {
        Self::read_by(format, options, text, usize::MAX)
    }

    /// Reads a text in blocks of at most `lines` lines.
    pub(crate) fn read_by(format: Format, options: &Options, text: &str, lines: usize) -> Self {
        let mut all = Self::default();
        let Ok(decoded) = decode(format, options, &mut Lines { rest: text.as_bytes(), lines }, &mut all);
        assert_eq!(decoded.records, all.batch.records() as u64);
        all.decoded = decoded;
        all
    }

    /// Problems and remarks as `line:column code`.
    pub(crate) fn findings(&self) -> Vec<String> {
        let problems = self.problems.iter().map(|(problem, _)| (problem.span, problem.kind.code()));
        let remarks = self.remarks.iter().map(|(remark, _)| (remark.span, remark.kind.code()));
        problems.chain(remarks).map(|(span, code)| format!("{} {}", span.position, code.name)).collect()
    }
}

impl Sink for Everything {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        batch.readings().for_each(|reading| self.batch.push(reading));
        self.batch.new_channels.append(&mut batch.new_channels);
        self.batch.events.append(&mut batch.events);
        self.batch.register_reads.append(&mut batch.register_reads);
        Ok(())
    }

    fn remark(&mut self, remark: Remark, line: &[u8]) -> Result<(), Infallible> {
        self.remarks.push((remark, String::from_utf8_lossy(line).into_owned()));
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Infallible> {
        self.problems.push((problem, String::from_utf8_lossy(line).into_owned()));
        Ok(())
    }
}

struct Lines<'a> {
    rest: &'a [u8],
    lines: usize,
}

impl Blocks<Infallible> for Lines<'_> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, Infallible> {
        let ends = self.rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let end = ends.take(self.lines).last().filter(|_| self.lines < usize::MAX).unwrap_or(self.rest.len());
        let (block, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok((!block.is_empty()).then_some(block))
    }
}
