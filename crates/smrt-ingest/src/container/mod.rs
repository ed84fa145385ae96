//! Files that hold files: zip archives and gzip files.
//!
//! In comes a candidate that is such a file; out come candidates for what it holds, each of which can be read from its
//! start like any other file. Nothing is ever unpacked into a folder, so the names inside are just names. What cannot
//! be taken apart comes back as a candidate that says why.

mod expand;
mod piece;
mod spool;
mod zip;

pub(crate) use expand::expand;
pub(crate) use piece::{Extent, Packing, Piece, Range, Unpacked};
pub(crate) use spool::{Held, NotHeld, Spool};
pub(crate) use zip::shown;

use crate::codes::{
    DAMAGED_ARCHIVE, EMPTY_ARCHIVE, ENCRYPTED, FOREIGN_COMPRESSION, NESTED_TOO_DEEP, TOO_MANY_MEMBERS,
    UNPACKED_TOO_LARGE,
};
use smrt_core::{Code, Finding};
use std::io::{self, Read};

/// Most members of an archive.
pub(crate) const MOST_MEMBERS: u64 = 100_000;
/// How deep files may stand in each other: an archive in an archive is the deepest.
pub(crate) const DEEPEST: u32 = 2;

/// What kind of file that holds files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Zip,
    Gzip,
}

impl Kind {
    /// Told by the first bytes, whatever the name says.
    pub(crate) fn sniff(first_bytes: &[u8]) -> Option<Self> {
        match first_bytes {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            _ => None,
        }
    }
}

/// Why a file that holds files, or a file in it, cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    #[error("it unpacks to more than {most} bytes (--max-unpacked)")]
    TooLarge { most: u64 },
    #[error("expected at most {MOST_MEMBERS} files in an archive, found {found}")]
    TooManyMembers { found: u64 },
    #[error("archives stand in each other more than {DEEPEST} deep")]
    TooDeep,
    #[error("it is encrypted: unpack it with its password and give what it holds")]
    Encrypted,
    #[error("expected a file that is stored or deflated, found the compression {0}: pack it anew as plain zip or gzip")]
    Compression(String),
    #[error("the archive holds no file")]
    Empty,
}

impl Fault {
    fn code(&self) -> &'static Code {
        match self {
            Self::Damaged(_) => &DAMAGED_ARCHIVE,
            Self::TooLarge { .. } => &UNPACKED_TOO_LARGE,
            Self::TooManyMembers { .. } => &TOO_MANY_MEMBERS,
            Self::TooDeep => &NESTED_TOO_DEEP,
            Self::Encrypted => &ENCRYPTED,
            Self::Compression(_) => &FOREIGN_COMPRESSION,
            Self::Empty => &EMPTY_ARCHIVE,
        }
    }

    pub(crate) fn finding(&self) -> Finding {
        Finding::of_file(self.code(), self.to_string())
    }

    /// The fault that came as an error of reading; other errors come back.
    pub(crate) fn of(error: io::Error) -> Result<Self, io::Error> {
        error.downcast()
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}

/// Reads up to so many bytes, fewer just at the end.
pub(crate) fn fill(reader: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
