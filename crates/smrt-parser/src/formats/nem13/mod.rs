//! NEM13.

use crate::{BatchReader, ErrorKind, Options, ParseError};
use smrt_core::{Batch, FileHeader, Position, Span};

/// Reads NEM13 files.
#[derive(Debug)]
pub struct Reader {
    header: FileHeader,
}

impl Reader {
    /// A reader at the start of a file.
    pub fn new(_options: &Options) -> Self {
        Self { header: FileHeader::default() }
    }
}

impl BatchReader for Reader {
    fn read(&mut self, lines: &mut &[u8], _batch: &mut Batch) -> Result<(), ParseError> {
        *lines = &[];
        Ok(())
    }

    fn finish(&mut self, _batch: &mut Batch) -> Result<(), ParseError> {
        Err(ParseError::new(ErrorKind::Empty, Span { position: Position::START, length: 0 }).of_frame())
    }

    fn header(&self) -> &FileHeader {
        &self.header
    }

    fn rounded(&self) -> u64 {
        0
    }
}

pub(crate) fn recognises(_first_bytes: &[u8]) -> bool {
    false
}
