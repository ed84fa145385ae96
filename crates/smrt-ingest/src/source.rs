//! The bytes of a file: opened with care, read once in blocks of whole lines, hashed on the way.
//!
//! Files are read, not mapped: a mapped file that its sender cuts short would kill the process.

use crate::{Observer, Stop, produce::Halt};
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use smrt_parser::{Blocks, Format, Framer};
use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::Path,
};

/// How many of the first and last bytes are looked at to know a file.
const WINDOW: usize = 4096;
/// How many of the last bytes are looked at where fewer hold no record.
const LARGE_WINDOW: usize = 256 * 1024;

/// What tells whether a file is still the same: device, inode, size, time of change in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    device: u64,
    inode: u64,
    pub(crate) size: u64,
    changed: (i64, i64),
}

impl Fingerprint {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// An opened regular file.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) fingerprint: Fingerprint,
}

/// Why a path gives no source.
#[derive(Debug)]
pub(crate) enum OpenError {
    NotAFile,
    Io(io::Error),
}

impl Source {
    /// Opens a regular file. A link is followed just where the caller named it; a pipe never makes it wait.
    pub(crate) fn open(path: &Path, follow_links: bool) -> Result<Self, OpenError> {
        let links = if follow_links { OFlags::empty() } else { OFlags::NOFOLLOW };
        let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC | links).bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(OpenError::Io)?;
        let metadata = file.metadata().map_err(OpenError::Io)?;
        if !metadata.is_file() {
            return Err(OpenError::NotAFile);
        }
        Ok(Self { fingerprint: Fingerprint::of(&metadata), file })
    }

    /// The first bytes, without moving the place of reading.
    pub(crate) fn first_bytes(&self) -> io::Result<Vec<u8>> {
        self.bytes_at(0, WINDOW)
    }

    /// Whether its last record ends it as the format demands. A hint: many blank lines or a long comment behind the
    /// trailer can hide it, and the file may still grow.
    pub(crate) fn ends_complete(&self, format: Format) -> io::Result<bool> {
        for window in [WINDOW, LARGE_WINDOW] {
            let offset = self.fingerprint.size.saturating_sub(window as u64);
            if let Some(told) = format.ends_complete(&self.bytes_at(offset, window)?, offset == 0) {
                return Ok(told);
            }
        }
        Ok(false)
    }

    fn bytes_at(&self, offset: u64, window: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; window];
        let mut filled = 0;
        while filled < window {
            match self.file.read_at(&mut bytes[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Whether the file is as it was when it was opened.
    pub(crate) fn is_unchanged(&self) -> io::Result<bool> {
        Ok(Fingerprint::of(&self.file.metadata()?) == self.fingerprint)
    }
}

/// Reads a file from its start as blocks of whole lines, and hashes all its bytes.
pub(crate) struct HashedBlocks<'a> {
    reader: HashedReader<'a>,
    framer: Framer,
    ended: bool,
}

/// Reads a file from its start and hashes its bytes.
struct HashedReader<'a> {
    source: &'a Source,
    offset: u64,
    hash: Sha256,
    stop: &'a Stop,
    observer: &'a dyn Observer,
}

impl HashedReader<'_> {
    /// The next bytes into `buffer`; none at the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Halt> {
        if self.stop.is_requested() {
            return Err(Halt::Interrupted);
        }
        let mut file = &self.source.file;
        let count = loop {
            match file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(Halt::Unreadable)?,
            }
        };
        self.hash.update(&buffer[..count]);
        self.offset += count as u64;
        self.observer.read(count as u64);
        Ok(count)
    }
}

impl<'a> HashedBlocks<'a> {
    pub(crate) fn new(source: &'a Source, stop: &'a Stop, observer: &'a dyn Observer) -> Self {
        let reader = HashedReader { source, offset: 0, hash: Sha256::new(), stop, observer };
        Self { reader, framer: Framer::new(), ended: false }
    }

    /// Reads what is left without looking at it; the hash and the number of all bytes.
    pub(crate) fn finish(mut self) -> Result<(String, u64), Halt> {
        loop {
            // Whatever the framer still holds has been hashed already; its room is free for the rest.
            let _ = self.framer.cut(true);
            if self.reader.read(self.framer.spare())? == 0 {
                break;
            }
        }
        let digest = self.reader.hash.finalize();
        Ok((digest.iter().map(|byte| format!("{byte:02x}")).collect(), self.reader.offset))
    }
}

impl Blocks<Halt> for HashedBlocks<'_> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, Halt> {
        while !self.ended {
            let count = self.reader.read(self.framer.spare())?;
            self.framer.advance(count);
            self.ended = count == 0;
            if self.framer.cut(self.ended).map_err(Halt::LineTooLong)? {
                return Ok(Some(self.framer.block()));
            }
        }
        Ok(None)
    }
}
