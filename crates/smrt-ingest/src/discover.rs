//! Which files there are: those named, and those in named folders and below, in the order they are taken.

use crate::{
    IngestError, Options,
    source::{Fingerprint, Source},
};
use smrt_core::FileHeader;
use smrt_parser::Format;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Ends of names that senders and transfer programs give to files that are not complete yet.
const TEMPORARY: [&str; 9] =
    [".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~", crate::archive::REPORT_SUFFIX];

/// A file to be taken in.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it is.
    pub path: PathBuf,
    /// Its name without folders, which is its identity.
    pub name: String,
    /// Whether the caller named it, rather than a folder it is in.
    pub is_named: bool,
    /// Its format, where its first bytes or its name tell.
    pub format: Option<Format>,
    /// What its first bytes say of it.
    pub header: FileHeader,
    /// Whether its last bytes end it as its format demands.
    pub ends_complete: bool,
    /// What it was when it was found; `None` where it has gone meanwhile.
    pub(crate) fingerprint: Option<Fingerprint>,
}

impl Candidate {
    /// Bytes it had when it was found.
    pub fn size(&self) -> u64 {
        self.fingerprint.map_or(0, |fingerprint| fingerprint.size)
    }

    fn new(path: PathBuf, is_named: bool, options: &Options) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut candidate = Self {
            name,
            is_named,
            format: options.format,
            header: FileHeader::default(),
            ends_complete: false,
            fingerprint: fs::metadata(&path).ok().map(|metadata| Fingerprint::of(&metadata)),
            path,
        };
        // What cannot be opened now is tried again by its producer, which then says why.
        if let Ok(source) = Source::open(&candidate.path, is_named) {
            let first = source.first_bytes().unwrap_or_default();
            candidate.format = options.format.or_else(|| Format::sniff(&first, &candidate.name));
            if let Some(format) = candidate.format {
                candidate.header = format.peek(&first);
                candidate.ends_complete = source.ends_complete(format).unwrap_or(false);
            }
        }
        candidate
    }

    /// The order of loading: as the senders made them. Files that do not say when come last.
    fn order(&self) -> (bool, Option<i64>, Option<smrt_core::Generation>, &str, &Path) {
        let header = &self.header;
        (header.created_at.is_none(), header.created_at, header.generation, &self.name, &self.path)
    }
}

/// Finds the files at `paths`: each that is named, and all below each folder. Hidden files, temporary names, links
/// inside folders and whatever is no regular file are left alone, and so are the archive and the quarantine.
///
/// # Errors
/// [`IngestError::Unreadable`] when a path that was named is not there or a folder cannot be listed.
pub fn discover(paths: &[PathBuf], options: &Options) -> Result<Vec<Candidate>, IngestError> {
    let own: Vec<PathBuf> = [&options.archive, &options.quarantine]
        .into_iter()
        .flatten()
        .filter_map(|dir| dir.canonicalize().ok())
        .collect();
    let mut candidates = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        if metadata.is_dir() {
            let mut found = Vec::new();
            walk(path, &own, &mut found).map_err(|(path, source)| IngestError::Unreadable { path, source })?;
            candidates.extend(found.into_iter().map(|path| Candidate::new(path, false, options)));
        } else {
            candidates.push(Candidate::new(path.clone(), true, options));
        }
    }
    candidates.sort_by(|a, b| a.order().cmp(&b.order()));
    candidates.dedup_by(|a, b| a.path == b.path);
    Ok(candidates)
}

fn unreadable(path: &Path, source: io::Error) -> IngestError {
    IngestError::Unreadable { path: path.to_owned(), source }
}

/// Lists the files below a folder. One that vanishes meanwhile, as when another process moves it, is not missed.
fn walk(folder: &Path, leave_out: &[PathBuf], found: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            if !path.canonicalize().is_ok_and(|path| leave_out.contains(&path)) {
                walk(&path, leave_out, found)?;
            }
        } else if kind.is_file() && !TEMPORARY.iter().any(|suffix| name.to_ascii_lowercase().ends_with(suffix)) {
            found.push(path);
        }
    }
    Ok(())
}
