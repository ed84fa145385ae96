//! Reading a text whole or in blocks, for comparison.

#[path = "../../../../fuzz/check/mod.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
pub(crate) mod check;

use smrt_core::{Batch, FileHeader};
use smrt_parser::{Format, Options, ParseError};

/// What an SMRT file gives.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) batch: Batch,
    pub(crate) header: FileHeader,
    pub(crate) problems: Vec<ParseError>,
}

impl From<check::Read> for Read {
    fn from(read: check::Read) -> Self {
        let problems = read.problems.into_iter().map(|(problem, _)| problem).collect();
        Self { batch: read.batch, header: read.decoded.header, problems }
    }
}

/// Reads an SMRT file as one block.
pub(crate) fn read(text: &[u8]) -> Read {
    check::read(Format::Smrt, &Options::default(), text).into()
}

/// Reads an SMRT file cut into blocks of whole lines, from pieces of one to `step` bytes.
pub(crate) fn read_in_blocks(text: &[u8], step: u64) -> Read {
    check::read_in_pieces(Format::Smrt, &Options::default(), text, step).into()
}
