//! Bytes that must be had again, or read from their end: kept in one temporary file that has no name and goes with the
//! process.

use super::{Fault, piece::Extent};
use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    sync::Arc,
};

/// Bytes copied at once.
const BLOCK: usize = 64 * 1024;

/// Bytes in a temporary file.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) file: Arc<File>,
    pub(crate) extent: Extent,
}

/// The temporary file of a run, made when it is needed first.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    file: Option<Arc<File>>,
    end: u64,
}

/// Why bytes are not held.
#[derive(Debug)]
pub(crate) enum NotHeld {
    /// They are not what they should be.
    Fault(Fault),
    /// They cannot be read.
    Unreadable(io::Error),
    /// There is no room for them.
    Temporary(io::Error),
}

impl Spool {
    /// Copies all bytes of a reader.
    pub(crate) fn hold(&mut self, reader: &mut dyn Read) -> Result<Held, NotHeld> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(Arc::new(tempfile::tempfile().map_err(NotHeld::Temporary)?))),
        };
        let start = self.end;
        let mut block = vec![0; BLOCK];
        loop {
            let count = match reader.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Fault::of(error).map_or_else(NotHeld::Unreadable, NotHeld::Fault)),
            };
            file.write_all_at(&block[..count], self.end).map_err(NotHeld::Temporary)?;
            self.end += count as u64;
        }
        Ok(Held { file, extent: Extent { start, length: self.end - start } })
    }
}
