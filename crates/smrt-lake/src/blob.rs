//! Parts of one file, wherever it is, with a count of the bytes that were really read.
//!
//! A reader says which ranges it is going to need; what it asks for is then read ahead within them, so that an object
//! store is asked seldom and nothing is read for nothing.

use crate::runtime::{Waits, block_on};
use bytes::{Buf, Bytes, buf::Reader};
use object_store::{ObjectStore, ObjectStoreExt, path::Path as Key};
use parquet::{
    errors::{ParquetError, Result as ParquetResult},
    file::reader::{ChunkReader, Length},
};
use std::{
    fs::File,
    io,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Files up to this size are asked of an object store whole.
const SMALL: u64 = 1024 * 1024;
/// Least and most of the end of a file that is read at once: mostly its footer and its indexes. What is between depends
/// on the file.
const TAIL: [u64; 2] = [8 * 1024, 64 * 1024];
/// Parts kept in memory: one for each column, and some.
const PARTS: usize = 12;
/// How many times less is read at once, at most, when many files are read at once.
const FEWER: usize = 8;
/// Most that is read at once of a file of this machine, and of an object.
const AHEAD: [u64; 2] = [128 * 1024, 1024 * 1024];

/// One file, to be read in parts. Clones share what was read.
#[derive(Clone, Debug)]
pub(crate) struct Blob(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    size: u64,
    read: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
enum Source {
    File(File),
    Object { store: Arc<dyn ObjectStore>, key: Key },
}

#[derive(Debug, Default)]
struct State {
    /// What will be needed, in order; each is read at once.
    needed: Vec<Range<u64>>,
    /// What is in memory, the latest last.
    parts: Vec<(u64, Bytes)>,
}

impl Blob {
    pub(crate) fn file(file: File, size: u64) -> Self {
        Self::new(Source::File(file), size)
    }

    pub(crate) fn object(store: Arc<dyn ObjectStore>, key: Key, size: u64) -> Self {
        Self::new(Source::Object { store, key }, size)
    }

    fn new(source: Source, size: u64) -> Self {
        Self(Arc::new(Inner { source, size, read: AtomicU64::new(0), state: Mutex::default() }))
    }

    /// Bytes of the file.
    pub(crate) fn size(&self) -> u64 {
        self.0.size
    }

    /// Bytes that were read of it.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.0.read.load(Ordering::Relaxed)
    }

    /// Says what will be needed, in any order but without overlaps, while so many files are read at once.
    pub(crate) fn expect(&self, mut ranges: Vec<Range<u64>>, files: usize) {
        let ahead = match self.0.source {
            Source::File(_) => AHEAD[0],
            Source::Object { .. } => AHEAD[1],
        };
        let ahead = ahead / files.clamp(1, FEWER) as u64;
        ranges.sort_by_key(|range| range.start);
        let mut needed: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match needed.last_mut() {
                // Not longer than what is read at once, so that no byte is in two parts.
                Some(last) if range.start == last.end && range.end - last.start <= ahead => last.end = range.end,
                _ => needed.push(range),
            }
        }
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).needed = needed;
    }

    /// A part, from memory if it is there.
    pub(crate) fn part(&self, range: Range<u64>) -> io::Result<Bytes> {
        let size = self.0.size;
        if range.start > range.end || range.end > size {
            let text = format!("expected bytes {} to {}, found {size} in all", range.start, range.end);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        }
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = state.parts.iter().rev().find_map(|(start, bytes)| within(*start, bytes, &range)) {
            return Ok(found);
        }
        let wide = self.widened(&range, &state.needed);
        let bytes = self.0.source.read(&wide, size)?;
        self.0.read.fetch_add(wide.end - wide.start, Ordering::Relaxed);
        let found = within(wide.start, &bytes, &range);
        if state.parts.len() == PARTS {
            state.parts.remove(0);
        }
        state.parts.push((wide.start, bytes));
        found.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
    }

    /// What is best read when a range is asked for.
    fn widened(&self, range: &Range<u64>, needed: &[Range<u64>]) -> Range<u64> {
        let size = self.0.size;
        if matches!(self.0.source, Source::Object { .. }) && size <= SMALL {
            return 0..size;
        }
        if needed.is_empty() {
            // The end of the file is looked at before anything is known.
            let tail = size.saturating_sub((size / 16).clamp(TAIL[0], TAIL[1]));
            return if range.end == size { range.start.min(tail)..size } else { range.clone() };
        }
        let index = needed.partition_point(|needed| needed.end < range.end);
        match needed.get(index) {
            Some(needed) if needed.start <= range.start => needed.clone(),
            _ => range.clone(),
        }
    }
}

/// A range out of a part, if it is in there.
fn within(start: u64, bytes: &Bytes, range: &Range<u64>) -> Option<Bytes> {
    let from = usize::try_from(range.start.checked_sub(start)?).ok()?;
    let to = usize::try_from(range.end.checked_sub(start)?).ok()?;
    (from <= to && to <= bytes.len()).then(|| bytes.slice(from..to))
}

impl Source {
    /// Reads a part of what should have a size.
    fn read(&self, range: &Range<u64>, expected: u64) -> io::Result<Bytes> {
        match self {
            Self::File(file) => {
                let mut bytes = vec![0; usize::try_from(range.end - range.start).map_err(io::Error::other)?];
                read_exact_at(file, &mut bytes, range.start)?;
                Ok(bytes.into())
            }
            Self::Object { store, key } => match block_on(Waits::Network, store.get_range(key, range.clone()))? {
                Ok(bytes) => Ok(bytes),
                // Beyond the end of an object there is nothing to be had by trying again.
                Err(error) => match block_on(Waits::Network, store.head(key))? {
                    Ok(found) if found.size != expected => {
                        let text = format!("expected {expected} bytes, found {}", found.size);
                        Err(io::Error::new(io::ErrorKind::UnexpectedEof, text))
                    }
                    _ => Err(error.into()),
                },
            },
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start)
}

#[cfg(not(unix))]
fn read_exact_at(mut file: &File, bytes: &mut [u8], start: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(bytes)
}

impl Length for Blob {
    fn len(&self) -> u64 {
        self.0.size
    }
}

impl ChunkReader for Blob {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        // Files of a lake have an index of their pages, so their readers ask for exact ranges; this serves the rest.
        let end = self.0.size.min(start.saturating_add(TAIL[1]));
        Ok(self.get_bytes(start, usize::try_from(end - start.min(end)).unwrap_or(0))?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let end = start.saturating_add(length as u64);
        self.part(start..end).map_err(|error| ParquetError::External(Box::new(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn blob(size: usize) -> Blob {
        let mut file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..=255).cycle().take(size).collect();
        file.write_all(&bytes).unwrap();
        Blob::file(file, size as u64)
    }

    #[test]
    fn the_tail_is_read_once_and_what_is_needed_ahead_but_not_beyond() {
        let blob = blob(1_000_000);
        assert_eq!(blob.part(999_992..1_000_000).unwrap().len(), 8);
        assert_eq!(blob.part(950_000..960_000).unwrap()[0], 240);
        assert_eq!(blob.bytes_read(), 1_000_000 / 16);
        let before = blob.bytes_read();
        blob.expect(vec![20_000..30_000, 10_000..20_000, 100_000..200_000, 200_000..280_000], 1);
        assert_eq!(blob.part(10_000..12_000).unwrap().len(), 2_000);
        assert_eq!(blob.part(29_000..30_000).unwrap()[0], 72);
        assert_eq!(blob.bytes_read(), before + 20_000);
        blob.part(100_000..100_010).unwrap();
        blob.part(199_000..200_000).unwrap();
        assert_eq!(blob.bytes_read(), before + 120_000);
        blob.part(600_000..600_010).unwrap();
        assert_eq!(blob.bytes_read(), before + 120_010);
    }

    #[test]
    fn a_range_beyond_the_end_is_an_error() {
        assert_eq!(blob(100).part(90..101).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert!(blob(100).get_bytes(u64::MAX, 8).is_err());
    }
}
