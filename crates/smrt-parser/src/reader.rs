//! What every format's reader can do.

use crate::{ParseError, Remark};
use smrt_core::{Batch, FileHeader};

/// Turns whole lines into readings; keeps just its state between calls, so that memory does not grow with the file.
pub trait BatchReader {
    /// Reads records from the front of `lines` into `batch` until one of them is used up: `lines` is empty or
    /// `batch` is full, or until there are remarks to take. Advances `lines` behind what it has read.
    ///
    /// `lines` holds whole lines; just the last line of the source may lack its line end. How a source is cut into
    /// such blocks never changes a result.
    ///
    /// # Errors
    /// The first problem met. `lines` then stands behind the refused line and reading can go on, so that all problems
    /// of a source are found.
    fn read(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError>;

    /// Says that the source has ended; what was held back until the next record goes into `batch`.
    ///
    /// # Errors
    /// What the source lacks: its trailer, or any record at all.
    fn finish(&mut self, batch: &mut Batch) -> Result<(), ParseError>;

    /// The next remark about what has been read, in the order of the source; taken after each [`BatchReader::read`]
    /// and after [`BatchReader::finish`].
    fn take_remark(&mut self) -> Option<Remark> {
        None
    }

    /// The record that the last problem has refused, where it does not stand in one line at the place of the problem
    /// or began in lines that were given before.
    fn refused(&self) -> Option<&[u8]> {
        None
    }

    /// What the source has said of itself so far.
    fn header(&self) -> &FileHeader;

    /// How many values have been rounded because the options allow it.
    fn rounded(&self) -> u64;
}
