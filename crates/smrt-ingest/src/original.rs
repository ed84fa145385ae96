//! One line of a file that was received before, as it stands in the file.
//!
//! The ledger says where a file was found; it may have been moved to the archive or the quarantine since, or be gone,
//! or be another file by now. So it is read from its start to its end and shown just where its content is still the one
//! that was received.

use crate::{
    Candidate, Options, Quiet, Stop, discover, objects::Fetcher, pipeline::Job, produce::Want, source::Source,
};
use memchr::memchr;
use sha2::{Digest, Sha256};
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Most bytes of a line that are shown.
const LONGEST: usize = 64 * 1024;
/// Bytes that are read at a time.
const BLOCK: usize = 256 * 1024;

/// Why a line cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOriginal {
    /// The file is neither where it was found nor in the archive or the quarantine, or cannot be read there.
    #[error("the file is no longer where it was found, nor in the archive or the quarantine")]
    Gone,
    /// A file is there, but its content is another one.
    #[error("the file that is there now is not the one that was received")]
    Changed,
    /// It has fewer lines.
    #[error("the file has {lines} lines")]
    NoSuchLine {
        /// How many it has.
        lines: u64,
    },
}

/// A line of the file that was found at `path`, is known as `name` and had content of this SHA-256. Lines count from 1;
/// of a very long one the first 64 KiB are given. Bytes that are no text come as the replacement character.
///
/// # Errors
/// [`NoOriginal`] where the content that was received is not to be had any more, or has no such line.
pub fn original_line(
    path: &Path,
    name: &str,
    sha256: &str,
    line: u64,
    options: &Options,
) -> Result<String, NoOriginal> {
    let mut trouble = NoOriginal::Gone;
    for place in places(path, options) {
        let Ok(candidates) =
            discover(&[place], &Options { archive: None, quarantine: None, ..options.clone() }, &Quiet)
        else {
            continue;
        };
        for candidate in candidates.iter().filter(|candidate| is_meant(candidate, name)) {
            match read(candidate, line) {
                Ok(found) if found.sha256 == sha256 => {
                    return found.text.ok_or(NoOriginal::NoSuchLine { lines: found.lines });
                }
                Ok(_) => trouble = NoOriginal::Changed,
                Err(_) => {}
            }
        }
    }
    Err(trouble)
}

/// Where a file may be now: where it was, and where files of this name are moved.
fn places(path: &Path, options: &Options) -> Vec<PathBuf> {
    let moved = [&options.archive, &options.quarantine].into_iter().flatten();
    let name = path.file_name();
    std::iter::once(path.to_owned()).chain(moved.filter_map(|folder| Some(folder.join(name?)))).collect()
}

/// Whether a file in an archive is the one; a file that is none in an archive is the one that was named.
fn is_meant(candidate: &Candidate, name: &str) -> bool {
    let member = |name: &str| name.split_once('!').map(|(_, member)| member.to_owned());
    !candidate.is_member || member(&candidate.name) == member(name)
}

/// What reading a file from its start to its end gives.
struct Found {
    text: Option<String>,
    lines: u64,
    sha256: String,
}

fn read(candidate: &Candidate, wanted: u64) -> io::Result<Found> {
    let fetcher = Fetcher::of(&[Job { candidate: candidate.clone(), want: Want::Hash, hash_first: false }]);
    fetcher.work();
    let source = Source::open(candidate, &fetcher, &Stop::default()).map_err(io::Error::other)?;
    let (mut stream, mut block) = (source.stream()?, vec![0; BLOCK]);
    let (mut hash, mut text, mut line, mut at_start) = (Sha256::default(), Vec::new(), 1, true);
    loop {
        let count = stream.read(&mut block)?;
        if count == 0 {
            break;
        }
        hash.update(&block[..count]);
        let mut rest = &block[..count];
        while !rest.is_empty() {
            let end = memchr(b'\n', rest);
            if line == wanted {
                let part = &rest[..end.unwrap_or(rest.len())];
                text.extend_from_slice(&part[..part.len().min(LONGEST.saturating_sub(text.len()))]);
            }
            line += u64::from(end.is_some());
            at_start = end.is_some_and(|end| end + 1 == rest.len());
            rest = end.map_or(&[], |end| &rest[end + 1..]);
        }
    }
    let lines = line - u64::from(at_start);
    let text = (1..=lines).contains(&wanted).then(|| String::from_utf8_lossy(&text).trim_end_matches('\r').to_owned());
    Ok(Found { text, lines, sha256: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn sha256(text: &str) -> String {
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_line_is_shown_as_it_stands_where_the_file_is_still_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (path, text) = (folder.path().join("a.csv"), "one\r\ntwo\n\nfour");
        fs::write(&path, text).unwrap();
        let options = Options::default();
        let line = |line| original_line(&path, "a.csv", &sha256(text), line, &options);
        assert_eq!(line(1).as_deref(), Ok("one"));
        assert_eq!(line(2).as_deref(), Ok("two"));
        assert_eq!(line(3).as_deref(), Ok(""));
        assert_eq!(line(4).as_deref(), Ok("four"));
        assert_eq!(line(5), Err(NoOriginal::NoSuchLine { lines: 4 }));
        assert_eq!(line(0), Err(NoOriginal::NoSuchLine { lines: 4 }));
        assert_eq!(original_line(&path, "a.csv", &sha256("other"), 1, &options), Err(NoOriginal::Changed));
        fs::write(&path, "one\ntwo\n").unwrap();
        assert_eq!(
            original_line(&path, "a.csv", &sha256("one\ntwo\n"), 3, &options),
            Err(NoOriginal::NoSuchLine { lines: 2 })
        );
    }

    #[test]
    fn a_file_that_was_moved_is_found_where_files_are_moved() {
        let folder = tempfile::tempdir().unwrap();
        let done = folder.path().join("done");
        fs::create_dir(&done).unwrap();
        fs::write(done.join("a.csv"), "one\n").unwrap();
        let path = folder.path().join("a.csv");
        let options = Options { archive: Some(done), ..Options::default() };
        assert_eq!(original_line(&path, "a.csv", &sha256("one\n"), 1, &options).as_deref(), Ok("one"));
        assert_eq!(original_line(&path, "a.csv", &sha256("one\n"), 1, &Options::default()), Err(NoOriginal::Gone));
    }
}
