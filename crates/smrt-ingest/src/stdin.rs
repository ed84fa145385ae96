//! Standard input: bytes that come once.
//!
//! What comes is looked at to know its format and then given to one producer, which reads it in flat memory. A zip
//! archive is read from its end, so it is kept in a temporary file without a name first.

use crate::{
    IngestError, Options,
    candidate::{Candidate, Content},
    container::{DEEPEST, Fault, Kind, NotHeld, Spool, Unpacked, fill},
    source::WINDOW,
};
use flate2::bufread::MultiGzDecoder;
use smrt_core::FileHeader;
use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    io::{self, BufReader, Cursor, Read},
    os::fd::AsFd,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// What stands for standard input among paths.
const PATH: &str = "-";

/// Bytes that come once; whoever takes them first has them.
pub(crate) struct Stdin(Mutex<Option<Box<dyn Read + Send>>>);

impl Stdin {
    /// The bytes; an error where somebody has them already.
    pub(crate) fn take(&self) -> io::Result<Box<dyn Read + Send>> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.ok_or_else(|| io::Error::other("standard input can be read just once"))
    }
}

impl std::fmt::Debug for Stdin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stdin")
    }
}

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == PATH
}

/// Standard input as a file to be taken in; waits for its first bytes.
pub(crate) fn candidate(options: &Options, spool: &mut Spool) -> Result<Candidate, IngestError> {
    let unreadable = |source| IngestError::Unreadable { path: PathBuf::from(PATH), source };
    let input = File::from(io::stdin().as_fd().try_clone_to_owned().map_err(unreadable)?);
    from_reader(Box::new(input), options, spool)
}

fn from_reader(
    mut input: Box<dyn Read + Send>,
    options: &Options,
    spool: &mut Spool,
) -> Result<Candidate, IngestError> {
    let unreadable = |source| IngestError::Unreadable { path: PathBuf::from(PATH), source };
    let name = options.stdin_name.clone().unwrap_or_else(new_name);
    let mut candidate = Candidate {
        path: PathBuf::from(PATH),
        below: name.clone(),
        name,
        is_member: false,
        is_named: true,
        format: options.format,
        header: FileHeader::default(),
        ends_complete: true,
        fingerprint: None,
        follows_link: false,
        remote: None,
        content: Content::Plain,
    };
    let mut first = fill(&mut input, WINDOW).map_err(unreadable)?;
    let mut input: Box<dyn Read + Send> = Box::new(Cursor::new(first.clone()).chain(input));
    for _ in 0..DEEPEST {
        if Kind::sniff(&first) != Some(Kind::Gzip) {
            break;
        }
        let unpacked: Box<dyn Read + Send> = Box::new(MultiGzDecoder::new(BufReader::new(input)));
        let mut unpacked = Unpacked::new(unpacked, None, options.max_unpacked);
        first = match fill(&mut unpacked, WINDOW).map_err(Fault::of) {
            Ok(first) => first,
            Err(Ok(fault)) => return Ok(candidate.refusing(None, fault.finding())),
            Err(Err(error)) => return Err(unreadable(error)),
        };
        input = Box::new(Cursor::new(first.clone()).chain(unpacked));
    }
    match Kind::sniff(&first) {
        Some(Kind::Zip) => {
            let held = spool.hold(&mut Unpacked::new(input, None, options.max_unpacked));
            candidate.content = match held {
                Ok(held) => Content::Container(Kind::Zip, Some(held)),
                Err(NotHeld::Fault(fault)) => return Ok(candidate.refusing(None, fault.finding())),
                Err(NotHeld::Unreadable(error)) => return Err(unreadable(error)),
                Err(NotHeld::Temporary(error)) => return Err(IngestError::Temporary(error)),
            };
        }
        Some(Kind::Gzip) => return Ok(candidate.refusing(None, Fault::TooDeep.finding())),
        None => {
            candidate.recognise(&first, options);
            candidate.content = Content::Once(Arc::new(Stdin(Mutex::new(Some(input)))));
        }
    }
    Ok(candidate)
}

/// A name for bytes that have none: those of two runs differ.
fn new_name() -> String {
    let random = RandomState::new().hash_one(std::process::id());
    format!("stdin-{:012x}", random >> 16)
}
