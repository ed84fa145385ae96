//! Which files there are: those named, and those in named folders and below, in the order they are taken.

use crate::{
    IngestError, Observer, Options, Stop,
    candidate::{Candidate, DATABASE},
    container::{Spool, expand},
    objects::{self, is_address},
    source::Source,
    stdin::{self, is_stdin},
};
use std::{
    collections::HashSet,
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Ends of names that senders and transfer programs give to files that are not complete yet.
const TEMPORARY: [&str; 9] =
    [".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~", crate::archive::REPORT_SUFFIX];

/// Whether a name is that of a file that is not complete yet.
pub(crate) fn is_temporary(name: &str) -> bool {
    TEMPORARY.iter().any(|suffix| name.to_ascii_lowercase().ends_with(suffix))
}

/// Ends of the names of the files that SQLite keeps beside a database.
const BESIDE_DATABASE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Whether a file is a database in use, or one of those that SQLite keeps beside a database.
fn is_beside_database(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    let bases = BESIDE_DATABASE.iter().filter_map(|end| bytes.strip_suffix(end.as_bytes()));
    is_in_use(path) || bases.map(|base| Path::new(OsStr::from_bytes(base))).any(is_database)
}

/// Whether a file is a database that somebody has open, which the files beside it tell. It must not be opened to find
/// out: closing it again would take away the locks that SQLite in this process has on it.
fn is_in_use(path: &Path) -> bool {
    let beside = |end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        Path::new(&name).is_file()
    };
    path.is_file() && beside("-wal") && beside("-shm")
}

fn is_database(path: &Path) -> bool {
    is_in_use(path)
        || Source::at(path, true)
            .is_ok_and(|source| source.first_bytes().is_ok_and(|first| first.starts_with(DATABASE)))
}

/// Finds the files at `paths`: each that is named, all below each folder, what archives hold, the objects below
/// `s3://bucket/prefix`, and standard input for `-`. Hidden files, temporary names, links
/// inside folders and whatever is no regular file are left alone, and so are the archive, the quarantine and
/// databases. A folder below a named one that cannot be listed is left out with a warning.
///
/// # Errors
/// [`IngestError::Unreadable`] when a path that was named is not there or cannot be listed;
/// [`IngestError::Destination`] when a folder that was named is where files are to be moved, and
/// [`IngestError::ObjectsStay`] when objects would have to be; [`IngestError::Objects`] when a store cannot be listed.
pub fn discover(paths: &[PathBuf], options: &Options, observer: &dyn Observer) -> Result<Vec<Candidate>, IngestError> {
    discover_unknown(paths, options, &Stop::default(), observer, &mut |_| Ok(None))
}

/// Finds files as [`discover`] does, until the end is asked for. Objects that are `known` are not looked at.
pub(crate) fn discover_unknown(
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
    known: &mut objects::Known<'_>,
) -> Result<Vec<Candidate>, IngestError> {
    objects::must_stay(paths, options)?;
    let mut spool = Spool::default();
    let places: Vec<PathBuf> = paths.iter().filter(|path| !is_address(path)).cloned().collect();
    let mut found = list(&places, options, observer)?;
    let mut addresses: Vec<&PathBuf> = paths.iter().filter(|path| is_address(path)).collect();
    addresses.sort_by_key(|path| path.as_os_str());
    addresses.dedup_by_key(|path| path.as_os_str());
    let mut taken = HashSet::new();
    for path in addresses {
        let objects = objects::find(path, options, stop, known, &mut spool)?;
        // One address may stand below another. As paths, keys that differ in empty segments would be one.
        found.extend(objects.into_iter().filter(|object| taken.insert(object.path.as_os_str().to_owned())));
    }
    if paths.iter().any(|path| is_stdin(path)) {
        found.push(stdin::candidate(options, &mut spool)?);
    }
    expand(found, options, &mut spool)
}

/// Finds files of this machine as [`discover`] does, and leaves those that hold files as they are.
pub(crate) fn list(
    paths: &[PathBuf],
    options: &Options,
    observer: &dyn Observer,
) -> Result<Vec<Candidate>, IngestError> {
    let own = destinations(paths, options)?;
    let mut candidates = Vec::new();
    for path in paths.iter().filter(|path| !is_stdin(path)) {
        let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        if metadata.is_dir() {
            let mut found = Vec::new();
            walk(path, &own, observer, &mut found).map_err(|source| unreadable(path, source))?;
            candidates.extend(found.into_iter().filter_map(|found| candidate(found, Some(path), options)));
        } else {
            match candidate(path.clone(), None, options) {
                Some(candidate) => candidates.push(candidate),
                // Refusing it would move a database away, as the shell names it with `*`.
                None => observer.warned(&format!("{} belongs to a database: it is left alone", path.display())),
            }
        }
    }
    candidates.sort_by(|a, b| a.order().cmp(&b.order()));
    candidates.dedup_by(|a, b| a.path == b.path);
    Ok(candidates)
}

/// A file at a path, unless it belongs to a database; it was named, or is below a folder that was.
fn candidate(path: PathBuf, root: Option<&Path>, options: &Options) -> Option<Candidate> {
    if is_beside_database(&path) { None } else { Candidate::at(path, root, options) }
}

/// The folders that files are moved to, where they exist.
fn destinations(paths: &[PathBuf], options: &Options) -> Result<Vec<PathBuf>, IngestError> {
    let mut found = Vec::new();
    for (role, folder) in [("archive", &options.archive), ("quarantine", &options.quarantine)] {
        let Some((folder, real)) = folder.as_ref().and_then(|folder| Some((folder, folder.canonicalize().ok()?)))
        else {
            continue;
        };
        if paths.iter().any(|path| path.canonicalize().is_ok_and(|path| path == real)) {
            return Err(IngestError::Destination { role, path: folder.clone() });
        }
        found.push(real);
    }
    Ok(found)
}

fn unreadable(path: &Path, source: io::Error) -> IngestError {
    IngestError::Unreadable { path: path.to_owned(), source }
}

/// Lists the files below a folder. One that vanishes meanwhile, as when another process moves it, is not missed.
fn walk(folder: &Path, leave_out: &[PathBuf], observer: &dyn Observer, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            if path.canonicalize().is_ok_and(|path| leave_out.contains(&path)) {
                continue;
            }
            // What lies elsewhere can be taken all the same.
            if let Err(error) = walk(&path, leave_out, observer, found) {
                observer.warned(&format!("{} is left out: cannot list it: {error}", path.display()));
            }
        } else if kind.is_file() && !is_temporary(&name) {
            found.push(path);
        }
    }
    Ok(())
}

/// Passes each warning on just once, for looks that are repeated.
pub(crate) struct WarnOnce<'a> {
    observer: &'a dyn Observer,
    told: Mutex<HashSet<String>>,
}

impl<'a> WarnOnce<'a> {
    pub(crate) fn new(observer: &'a dyn Observer) -> Self {
        Self { observer, told: Mutex::default() }
    }
}

impl Observer for WarnOnce<'_> {
    fn told(&self, message: &str) {
        self.observer.told(message);
    }

    fn warned(&self, message: &str) {
        // A set of messages is whole whatever became of another thread.
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(message.to_owned()) {
            self.observer.warned(message);
        }
    }
}
