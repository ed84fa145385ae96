//! A file that stands packed inside another one: where its bytes are, and how they are had again from their start.
//!
//! What a directory of an archive promises of a member is taken at its word, and its word is held against what really
//! comes: a byte more than promised, a byte less or another checksum is damage. So what all members promise together
//! bounds what unpacking them can cost.

use super::Fault;
use flate2::{Crc, bufread::DeflateDecoder, bufread::MultiGzDecoder};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    sync::Arc,
};

/// Bytes that are read at once from the outer file.
const WINDOW: usize = 64 * 1024;

/// A stretch of the bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) start: u64,
    pub(crate) length: u64,
}

/// How the bytes of a piece are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Not at all.
    Stored,
    Deflate,
    /// One or more gzip members, one behind the other.
    Gzip,
}

/// What a directory promises of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) size: u64,
    pub(crate) crc: u32,
}

/// A file inside another one.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// The temporary file it is in; `None` where that is the file at the candidate's path.
    pub(crate) temporary: Option<Arc<File>>,
    pub(crate) extent: Extent,
    pub(crate) packing: Packing,
    pub(crate) promise: Option<Promise>,
    /// Most bytes it may hold.
    pub(crate) most: u64,
}

impl Piece {
    /// Its bytes from their start, out of the file it is in.
    pub(crate) fn unpack(&self, file: &Arc<File>) -> Unpacked<Box<dyn Read + Send>> {
        let packed = BufReader::with_capacity(WINDOW, Range::new(Arc::clone(file), self.extent));
        let reader: Box<dyn Read + Send> = match self.packing {
            Packing::Stored => Box::new(packed),
            Packing::Deflate => Box::new(DeflateDecoder::new(packed)),
            Packing::Gzip => Box::new(MultiGzDecoder::new(packed)),
        };
        Unpacked::new(reader, self.promise, self.most)
    }
}

/// Reads a stretch of a file, wherever others read in it.
#[derive(Debug)]
pub(crate) struct Range {
    file: Arc<File>,
    extent: Extent,
    at: u64,
}

impl Range {
    pub(crate) fn new(file: Arc<File>, extent: Extent) -> Self {
        Self { file, extent, at: 0 }
    }
}

impl Read for Range {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.extent.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let count = self.file.read_at(&mut buffer[..most], self.extent.start + self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Range {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.extent.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Unpacked bytes, counted and held against what was promised. What is wrong with them comes as an [`io::Error`] that
/// holds a [`Fault`]; all other errors are those of the disk.
pub(crate) struct Unpacked<R> {
    reader: R,
    promise: Option<Promise>,
    most: u64,
    given: u64,
    crc: Crc,
}

impl<R: Read> Unpacked<R> {
    pub(crate) fn new(reader: R, promise: Option<Promise>, most: u64) -> Self {
        Self { reader, promise, most, given: 0, crc: Crc::new() }
    }

    /// What is wrong with the bytes so far, of which `count` have just come.
    fn judge(&self, count: usize) -> Result<(), Fault> {
        let given = self.given;
        match self.promise {
            Some(Promise { size, .. }) if given > size => {
                Err(Fault::Damaged(format!("it holds more than the {size} bytes that the archive states")))
            }
            Some(Promise { size, .. }) if count == 0 && given < size => {
                Err(Fault::Damaged(format!("it ends after {given} of the {size} bytes that the archive states")))
            }
            Some(Promise { crc, .. }) if count == 0 && self.crc.sum() != crc => {
                Err(Fault::Damaged("its checksum is not the one that the archive states".to_owned()))
            }
            _ if given > self.most => Err(Fault::TooLarge { most: self.most }),
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = match self.reader.read(buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            // What the system says has a number; everything else is said by the decoder.
            Err(error) if error.raw_os_error().is_some() => return Err(error),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let given = self.given;
                return Err(Fault::Damaged(format!("it is cut short after {given} unpacked bytes")).into());
            }
            Err(error) => return Err(Fault::Damaged(format!("it cannot be unpacked: {error}")).into()),
        };
        self.given += count as u64;
        if self.promise.is_some() {
            self.crc.update(&buffer[..count]);
        }
        self.judge(count)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], size: u64, crc: u32, most: u64, expected: Option<&str>) {
        let mut unpacked = Unpacked::new(bytes, Some(Promise { size, crc }), most);
        let said = io::copy(&mut unpacked, &mut io::sink()).err().map(|error| error.to_string());
        match (said.as_deref(), expected) {
            (None, None) => {}
            (Some(said), Some(expected)) => assert!(said.contains(expected), "{said}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_promise_is_held_against_what_comes() {
        // The check value of CRC-32.
        let crc = 0xcbf4_3926;
        check(b"123456789", 9, crc, 9, None);
        check(b"123456789", 8, crc, 9, Some("more than the 8 bytes"));
        check(b"123456789", 10, crc, 10, Some("after 9 of the 10 bytes"));
        check(b"123456789", 9, crc + 1, 9, Some("checksum"));
        check(b"", 0, 0, 0, None);
    }

    #[test]
    fn bytes_are_counted_where_nothing_is_promised() {
        let mut unpacked = Unpacked::new(io::repeat(0), None, 1 << 20);
        let error = io::copy(&mut unpacked, &mut io::sink()).unwrap_err();
        assert!(matches!(Fault::of(error), Ok(Fault::TooLarge { most }) if most == 1 << 20));
    }
}
