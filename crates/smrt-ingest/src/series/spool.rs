//! Readings in a temporary file without a name: appended one by one, read back by stretches.

use crate::order::{ROW, from_bytes, to_bytes};
use smrt_core::Reading;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    os::unix::fs::FileExt,
};

/// Readings that are read back at once.
const WINDOW: u64 = 1024;

/// A stretch of readings: the first one and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) first: u64,
    pub(super) count: u64,
}

/// Takes readings.
#[derive(Debug)]
pub(super) struct Spool {
    out: BufWriter<File>,
    pub(super) count: u64,
}

impl Spool {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { out: BufWriter::with_capacity(256 * 1024, tempfile::tempfile()?), count: 0 })
    }

    pub(super) fn push(&mut self, reading: &Reading) -> io::Result<()> {
        self.count += 1;
        self.out.write_all(&to_bytes(reading))
    }

    /// The file, to be read.
    pub(super) fn finish(self) -> io::Result<File> {
        self.out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// Reads a stretch back in its order.
#[derive(Debug)]
pub(super) struct Stretch<'a> {
    file: &'a File,
    left: Extent,
    window: std::vec::IntoIter<Reading>,
}

impl<'a> Stretch<'a> {
    pub(super) fn new(file: &'a File, extent: Extent) -> Self {
        Self { file, left: extent, window: Vec::new().into_iter() }
    }

    fn fill(&mut self) -> io::Result<()> {
        let count = self.left.count.min(WINDOW);
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(0) * ROW];
        self.file.read_exact_at(&mut bytes, self.left.first * ROW as u64)?;
        self.left = Extent { first: self.left.first + count, count: self.left.count - count };
        let (rows, _) = bytes.as_chunks::<ROW>();
        self.window = rows.iter().map(from_bytes).collect::<Vec<_>>().into_iter();
        Ok(())
    }
}

impl Iterator for Stretch<'_> {
    type Item = io::Result<Reading>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.window.len() == 0
            && self.left.count > 0
            && let Err(error) = self.fill()
        {
            return Some(Err(error));
        }
        self.window.next().map(Ok)
    }
}
