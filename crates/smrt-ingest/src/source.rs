//! The bytes of a file: opened with care, unpacked where they are packed, read in blocks of whole lines, hashed on the
//! way. The hash is that of the content: a file and the same file packed have one.
//!
//! Files are read, not mapped: a mapped file that its sender cuts short would kill the process.

use crate::{
    Observer, Stop,
    candidate::{Candidate, Content},
    container::{Extent, Fault, Kind, Piece, Range, fill},
    objects::{Fetched, Fetcher, Unfetched},
    produce::Halt,
    stdin::Stdin,
};
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use smrt_parser::{Blocks, Format, Framer};
use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
    sync::Arc,
};

/// How many of the first and last bytes are looked at to know a file.
pub(crate) const WINDOW: usize = 4096;
/// How many of the last bytes are looked at where fewer hold no record.
const LARGE_WINDOW: usize = 256 * 1024;
/// How many of its last bytes hold the end of a zip archive: a record of 22 bytes and the longest comment.
const ZIP_END: usize = 22 + 65_535;

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

/// The bytes of a file that is opened.
pub(crate) struct Source {
    bytes: Bytes,
}

enum Bytes {
    /// A file as it is.
    Plain { file: Arc<File>, fingerprint: Fingerprint },
    /// An object that has been fetched.
    Fetched(Arc<Fetched>),
    /// A file in the first one, unpacked on the way.
    Packed { file: Arc<File>, fingerprint: Option<Fingerprint>, piece: Arc<Piece>, _outer: Option<Arc<Fetched>> },
    /// Bytes that come once.
    Once(Arc<Stdin>),
}

/// Why a path gives no source.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("expected a regular file")]
    NotAFile,
    /// It is not the file any more that was found.
    #[error("it has changed since it was found")]
    Changed,
    /// It is an object that cannot be fetched.
    #[error("it cannot be fetched")]
    Unfetched(Unfetched),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Source {
    /// Opens what a candidate holds; waits for what is being fetched.
    pub(crate) fn open(candidate: &Candidate, fetcher: &Fetcher, stop: &Stop) -> Result<Self, OpenError> {
        let Candidate { path, follows_link, fingerprint, .. } = candidate;
        let fetched = |remote| fetcher.take(remote, stop).map_err(OpenError::Unfetched);
        let bytes = match &candidate.content {
            Content::Packed(piece) => match &piece.temporary {
                Some(file) => {
                    let (file, piece) = (Arc::clone(file), Arc::clone(piece));
                    Bytes::Packed { file, fingerprint: None, piece, _outer: None }
                }
                None if let Some(remote) = &candidate.remote => {
                    let outer = fetched(remote)?;
                    let (file, piece) = (Arc::clone(&outer.held.file), Arc::clone(piece));
                    Bytes::Packed { file, fingerprint: None, piece, _outer: Some(outer) }
                }
                None => {
                    let (file, found) = open(path, *follows_link)?;
                    if *fingerprint != Some(found) {
                        return Err(OpenError::Changed);
                    }
                    let (file, piece) = (Arc::new(file), Arc::clone(piece));
                    Bytes::Packed { file, fingerprint: Some(found), piece, _outer: None }
                }
            },
            Content::Once(stdin) => Bytes::Once(Arc::clone(stdin)),
            Content::Plain if let Some(remote) = &candidate.remote => Bytes::Fetched(fetched(remote)?),
            Content::Plain | Content::Container(..) | Content::Known(_) | Content::Refused(_) => {
                return Self::at(path, *follows_link);
            }
        };
        Ok(Self { bytes })
    }

    /// Opens a regular file. A link is followed just where the caller named it; a pipe never makes it wait.
    pub(crate) fn at(path: &Path, follow_links: bool) -> Result<Self, OpenError> {
        let (file, fingerprint) = open(path, follow_links)?;
        Ok(Self { bytes: Bytes::Plain { file: Arc::new(file), fingerprint } })
    }

    /// Its bytes from their start.
    pub(crate) fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.bytes {
            Bytes::Plain { file, .. } => {
                // A file that grows is read on, and known by that.
                Box::new(Range::new(Arc::clone(file), Extent { start: 0, length: u64::MAX }))
            }
            Bytes::Fetched(fetched) => Box::new(Range::new(Arc::clone(&fetched.held.file), fetched.held.extent)),
            Bytes::Packed { file, piece, .. } => Box::new(piece.unpack(file)),
            Bytes::Once(stdin) => stdin.take()?,
        })
    }

    /// Whether it can be read again from its start.
    pub(crate) fn can_be_read_again(&self) -> bool {
        !matches!(self.bytes, Bytes::Once(_))
    }

    /// Whether it is unpacked on the way, so that a few bytes of a file can stand for very many.
    pub(crate) fn is_packed(&self) -> bool {
        !matches!(self.bytes, Bytes::Plain { .. } | Bytes::Fetched(_))
    }

    /// The first bytes.
    pub(crate) fn first_bytes(&self) -> io::Result<Vec<u8>> {
        fill(&mut self.stream()?, WINDOW)
    }

    /// Whether its last record ends it as the format demands. A hint: many blank lines or a long comment behind the
    /// trailer can hide it, and the file may still grow. What is packed, or comes once, shows its end when it is read.
    pub(crate) fn ends_complete(&self, format: Format) -> io::Result<bool> {
        let (file, start, size) = match &self.bytes {
            Bytes::Plain { file, fingerprint } => (file, 0, fingerprint.size),
            Bytes::Fetched(fetched) => (&fetched.held.file, fetched.held.extent.start, fetched.held.extent.length),
            Bytes::Packed { .. } | Bytes::Once(_) => return Ok(true),
        };
        for window in [WINDOW, LARGE_WINDOW] {
            let offset = size.saturating_sub(window as u64);
            let count = usize::try_from(size - offset).unwrap_or(window).min(window);
            if let Some(told) = format.ends_complete(&bytes_at(file, start + offset, count)?, offset == 0) {
                return Ok(told);
            }
        }
        Ok(false)
    }

    /// Whether a file that holds files has its end: a zip archive has its directory there. That of gzip data shows
    /// when it is read.
    pub(crate) fn container_ends(&self, kind: Kind) -> io::Result<bool> {
        match (&self.bytes, kind) {
            (Bytes::Plain { file, fingerprint }, Kind::Zip) => {
                let offset = fingerprint.size.saturating_sub(ZIP_END as u64);
                Ok(memchr::memmem::rfind(&bytes_at(file, offset, ZIP_END)?, b"PK\x05\x06").is_some())
            }
            _ => Ok(true),
        }
    }

    /// Whether the file is as it was when it was opened. What comes once is what it is.
    pub(crate) fn is_unchanged(&self) -> io::Result<bool> {
        match &self.bytes {
            Bytes::Plain { file, fingerprint } | Bytes::Packed { file, fingerprint: Some(fingerprint), .. } => {
                Ok(Fingerprint::of(&file.metadata()?) == *fingerprint)
            }
            Bytes::Packed { fingerprint: None, .. } | Bytes::Fetched(_) | Bytes::Once(_) => Ok(true),
        }
    }

    /// What the file was when it was opened; `None` for what is no file.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        match &self.bytes {
            Bytes::Plain { fingerprint, .. } => Some(*fingerprint),
            Bytes::Packed { fingerprint, .. } => *fingerprint,
            Bytes::Fetched(_) | Bytes::Once(_) => None,
        }
    }

    /// Bytes that must come, where the file itself says so.
    pub(crate) fn size(&self) -> Option<u64> {
        match &self.bytes {
            Bytes::Plain { fingerprint, .. } => Some(fingerprint.size),
            Bytes::Fetched(fetched) => Some(fetched.held.extent.length),
            Bytes::Packed { .. } | Bytes::Once(_) => None,
        }
    }
}

/// Opens a regular file.
pub(crate) fn open(path: &Path, follow_links: bool) -> Result<(File, Fingerprint), OpenError> {
    let links = if follow_links { OFlags::empty() } else { OFlags::NOFOLLOW };
    let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC | links).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(OpenError::NotAFile);
    }
    Ok((file, Fingerprint::of(&metadata)))
}

fn bytes_at(file: &Arc<File>, start: u64, window: usize) -> io::Result<Vec<u8>> {
    fill(&mut Range::new(Arc::clone(file), Extent { start, length: window as u64 }), window)
}

/// Reads a file from its start as blocks of whole lines, and hashes all its bytes unless nobody wants that.
pub(crate) struct HashedBlocks<'a> {
    reader: HashedReader<'a>,
    framer: Framer,
    ended: bool,
}

/// Reads a file from its start and may hash its bytes.
struct HashedReader<'a> {
    stream: Box<dyn Read + Send>,
    offset: u64,
    hash: Option<Sha256>,
    /// Why there are no more bytes, once that is said.
    fault: Option<Fault>,
    stop: &'a Stop,
    observer: &'a dyn Observer,
}

impl HashedReader<'_> {
    /// The next bytes into `buffer`; none at the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Halt> {
        if self.stop.is_requested() {
            return Err(Halt::Interrupted);
        }
        if let Some(fault) = &self.fault {
            return Err(Halt::Packed(fault.clone()));
        }
        let count = loop {
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let fault = Fault::of(error).map_err(Halt::Unreadable)?;
                    self.fault = Some(fault.clone());
                    return Err(Halt::Packed(fault));
                }
                Ok(count) => break count,
            }
        };
        if let Some(hash) = &mut self.hash {
            hash.update(&buffer[..count]);
        }
        self.offset += count as u64;
        self.observer.read(count as u64);
        Ok(count)
    }
}

impl<'a> HashedBlocks<'a> {
    /// From the start of a source.
    pub(crate) fn new(source: &Source, stop: &'a Stop, observer: &'a dyn Observer) -> Result<Self, Halt> {
        let stream = source.stream().map_err(Halt::Unreadable)?;
        let reader = HashedReader { stream, offset: 0, hash: Some(Sha256::new()), fault: None, stop, observer };
        Ok(Self { reader, framer: Framer::new(), ended: false })
    }

    /// Reads on without hashing.
    pub(crate) fn unhashed(mut self) -> Self {
        self.reader.hash = None;
        self
    }

    /// The first bytes, before any others are asked for.
    pub(crate) fn first_bytes(&mut self) -> Result<Vec<u8>, Halt> {
        let mut first = vec![0; WINDOW];
        let mut filled = 0;
        while filled < first.len() {
            match self.reader.read(&mut first[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        first.truncate(filled);
        Ok(first)
    }

    /// Bytes read so far.
    pub(crate) fn offset(&self) -> u64 {
        self.reader.offset
    }

    /// Reads what is left without looking at it; the hash of all bytes, where they are hashed.
    pub(crate) fn finish(&mut self) -> Result<Option<String>, Halt> {
        loop {
            // Whatever the framer still holds has been hashed already; its room is free for the rest.
            let _ = self.framer.cut(true);
            if self.reader.read(self.framer.spare())? == 0 {
                break;
            }
        }
        let digest = self.reader.hash.as_mut().map(Digest::finalize_reset);
        Ok(digest.map(|digest| digest.iter().map(|byte| format!("{byte:02x}")).collect()))
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
