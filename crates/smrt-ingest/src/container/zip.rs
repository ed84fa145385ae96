//! The members of a zip archive, one after the other as its directory lists them.
//!
//! Their names are text and never a path; duplicates stay two. Just the directory is read here.

use super::{
    Fault,
    piece::{Extent, Packing, Promise, Range},
};
use std::io::{self, BufReader, Seek, SeekFrom};
use zip::{
    CompressionMethod,
    read::Config,
    result::ZipError,
    unstable::read::{ZipIterable, ZipIterableFiles},
};

/// Bytes of a local header before its name.
const LOCAL_HEADER: usize = 30;
const LOCAL_MAGIC: [u8; 4] = *b"PK\x03\x04";
/// Bytes read at once from the directory.
const WINDOW: usize = 4096;

/// What the directory says of a member.
#[derive(Debug)]
pub(crate) struct Member {
    /// The path inside the archive, as text that can be shown and stored.
    pub(crate) name: String,
    /// Where it is and how it is packed, or why it cannot be read.
    pub(crate) body: Result<Body, Fault>,
    /// Unpacked bytes, as stated.
    pub(crate) size: u64,
}

/// Where a member is and how it is packed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    /// Within the archive.
    pub(crate) extent: Extent,
    pub(crate) packing: Packing,
    pub(crate) promise: Promise,
}

/// The members of an archive.
pub(crate) struct Members {
    zip: ZipIterable<BufReader<Range>>,
}

impl Members {
    /// Reads the end of the archive, where its directory is announced.
    pub(crate) fn open(archive: Range) -> Result<Self, io::Error> {
        let reader = BufReader::with_capacity(WINDOW, archive);
        ZipIterable::try_new(reader, Config::default()).map(|zip| Self { zip }).map_err(damaged)
    }

    /// How many the directory announces.
    pub(crate) fn announced(&self) -> u64 {
        self.zip.len() as u64
    }

    /// Gives each member but those that are none of smrt's business: folders, links, what is hidden. Ends at the first
    /// error.
    pub(crate) fn each<E: From<io::Error>>(&mut self, mut give: impl FnMut(Member) -> Result<(), E>) -> Result<(), E> {
        let files = self.zip.files().map_err(damaged)?;
        while let Some(entry) = files.next() {
            let entry = entry.map_err(damaged)?;
            let name = entry.name().map_err(damaged)?;
            let is_left_alone = entry.is_dir() || entry.is_symlink() || is_hidden(&name);
            let body = match packing(entry.compression()) {
                _ if is_left_alone => None,
                _ if entry.encrypted() => Some(Err(Fault::Encrypted)),
                Err(fault) => Some(Err(fault)),
                Ok(packing) => {
                    let promise = Promise { size: entry.size(), crc: entry.crc32() };
                    let length = entry.compressed_size();
                    let start = data_start(files, entry.header_start())?;
                    Some(start.map(|start| Body { extent: Extent { start, length }, packing, promise }))
                }
            };
            if let Some(body) = body {
                give(Member { name: shown(&name), body, size: entry.size() })?;
            }
        }
        Ok(())
    }
}

fn packing(method: CompressionMethod) -> Result<Packing, Fault> {
    match method {
        CompressionMethod::Stored => Ok(Packing::Stored),
        CompressionMethod::Deflated => Ok(Packing::Deflate),
        other => Err(Fault::Compression(other.to_string())),
    }
}

/// Where the bytes of a member begin: behind its local header, whose name and extra field have lengths of their own.
fn data_start(files: &mut ZipIterableFiles<BufReader<Range>>, header: u64) -> io::Result<Result<u64, Fault>> {
    let reader = files.reader_mut();
    reader.seek(SeekFrom::Start(header))?;
    let bytes = super::fill(reader, LOCAL_HEADER)?;
    let length = |at: usize| bytes.get(at..at + 2).map(|two| u64::from(two[0]) + 256 * u64::from(two[1]));
    match (length(26), length(28)) {
        (Some(name), Some(extra)) if bytes.starts_with(&LOCAL_MAGIC) => {
            Ok(Ok(header + LOCAL_HEADER as u64 + name + extra))
        }
        _ => Ok(Err(Fault::Damaged("its directory points to where no file begins".to_owned()))),
    }
}

/// Whether a member is hidden, or of the kind that one system adds for itself.
fn is_hidden(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']);
    name.starts_with("__MACOSX/") || parts.any(|part| part.starts_with('.') && part != "." && part != "..")
}

/// A name as it can be shown and stored: control characters are written as `\xNN`.
pub(crate) fn shown(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_control() {
            shown.push_str(&format!("\\x{:02x}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// An error of the disk stays one; everything else speaks against the archive.
fn damaged(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) if error.raw_os_error().is_some() => error,
        error => Fault::Damaged(error.to_string()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_system_adds_for_itself_is_left_alone_and_ways_out_are_just_names() {
        for (name, hidden) in [
            ("a.csv", false),
            ("dir/b.V01", false),
            ("../../evil.csv", false),
            ("/etc/evil.csv", false),
            ("./a.csv", false),
            (".DS_Store", true),
            ("dir/.hidden/a.csv", true),
            ("__MACOSX/._a.csv", true),
        ] {
            assert_eq!(is_hidden(name), hidden, "{name}");
        }
        assert_eq!(shown("a\0b\nc"), "a\\x00b\\x0ac");
    }
}
