//! Where files go when they are done: loaded ones to the archive, refused ones to the quarantine.
//!
//! A file is moved only after what the database says of it is durable. When the process dies in between, the next run
//! finds the file known and moves it then. Several processes may move files of one folder to one folder: a name is
//! taken by the very step that gives it, so that no file ever takes the place of another.

use crate::{
    FileOutcome, Options, Origin, Status,
    reject::{report, report_of_archive},
    source::{Fingerprint, OpenError, open},
};
use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};
use sha2::{Digest, Sha256};
use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// What stands behind the name of a refused file for its findings.
pub(crate) const REPORT_SUFFIX: &str = ".reject.json";

/// Bytes of the longest name that file systems take.
const LONGEST_NAME: usize = 255;

/// A file could not be moved as it should have been, which changes nothing in the database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MoveError {
    #[error("{} stays where it is: cannot move it to {}: {source}", from.display(), to.display())]
    Failed { from: PathBuf, to: PathBuf, source: io::Error },
    #[error("{} was replaced after it was read; the new one is taken at the next run", path.display())]
    Replaced { path: PathBuf },
    #[error("{} was moved to {}, which could not be completed: {source}", from.display(), to.display())]
    Incomplete { from: PathBuf, to: PathBuf, source: io::Error },
}

/// How a move ended, where nothing failed.
#[derive(Debug, PartialEq, Eq)]
enum Move {
    Done(PathBuf),
    /// Somebody else has moved the file, as a process that shares the folder does.
    Gone,
    /// Another file has its path, of which nothing is known yet.
    Replaced,
}

/// A file that is to be moved.
struct Leaver<'a> {
    path: &'a Path,
    /// What it was when it was read.
    fingerprint: Option<Fingerprint>,
    folder: &'a Path,
    /// What is to stand beside it.
    report: Option<Vec<u8>>,
}

/// Moves a file according to its outcome; gives where to, if anywhere.
pub(crate) fn settle(outcome: &FileOutcome, options: &Options) -> Result<Option<PathBuf>, MoveError> {
    let folder = match outcome.status {
        Status::Loaded | Status::AlreadyLoaded | Status::Duplicate => options.archive.as_deref(),
        Status::Rejected | Status::NameConflict => options.quarantine.as_deref(),
        Status::Skipped => None,
    };
    let Some(folder) = folder.filter(|_| outcome.origin == Origin::File) else { return Ok(None) };
    let report = outcome.status.is_refused().then(|| report(outcome)).transpose();
    leave(&outcome.path, outcome.fingerprint, folder, report)
}

/// Moves an archive once all that it holds is settled: to the quarantine if anything of it was refused, not at all if
/// anything could not be read just now.
pub(crate) fn settle_archive(members: &[&FileOutcome], options: &Options) -> Result<Option<PathBuf>, MoveError> {
    let Some(first) = members.first() else { return Ok(None) };
    let is_waiting = |member: &&FileOutcome| member.status == Status::Skipped && !member.is_foreign();
    if first.origin == Origin::Stream || members.iter().any(is_waiting) {
        return Ok(None);
    }
    let refused = members.iter().any(|member| member.status.is_refused());
    let folder = if refused { options.quarantine.as_deref() } else { options.archive.as_deref() };
    let Some(folder) = folder else { return Ok(None) };
    let report = refused.then(|| report_of_archive(members)).transpose();
    leave(&first.path, first.fingerprint, folder, report)
}

fn leave(
    path: &Path,
    fingerprint: Option<Fingerprint>,
    folder: &Path,
    report: io::Result<Option<Vec<u8>>>,
) -> Result<Option<PathBuf>, MoveError> {
    let failed = |source| MoveError::Failed { from: path.to_owned(), to: folder.to_owned(), source };
    let leaver = Leaver { path, fingerprint, folder, report: report.map_err(failed)? };
    // A file that was named may lie where it belongs already, beside what was found the last time.
    if is_same(parent_of(path), folder) {
        return renew_report(&leaver).map(|()| None).map_err(failed);
    }
    let (moved, report) = move_file(&leaver).map_err(failed)?;
    match moved {
        Move::Gone => Ok(None),
        Move::Replaced => Err(MoveError::Replaced { path: path.to_owned() }),
        Move::Done(target) => match complete(&leaver, &target, report) {
            Ok(()) => Ok(Some(target)),
            Err(source) => Err(MoveError::Incomplete { from: path.to_owned(), to: target, source }),
        },
    }
}

/// Moves the file, and gives the report that is to stand beside it, which has no name of its own yet and vanishes when
/// it gets none.
///
/// The report is durable before the file moves and gets its name right after it. The other order would leave, each time
/// that another process is faster, a report without its file, which nobody can tell from one that is about to be used.
/// The price: when the process dies between the two steps, the reasons of that file stand in the database only.
fn move_file(leaver: &Leaver<'_>) -> io::Result<(Move, Option<NamedTempFile>)> {
    let &Leaver { path: from, fingerprint: expected, folder, .. } = leaver;
    let name = from.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    if let Some(end) = differs(from, expected)? {
        return Ok((end, None));
    }
    fs::create_dir_all(folder)?;
    let report = leaver.report.as_deref().map(|report| written(folder, report)).transpose()?;
    let moved = match to_free_name(from, folder, name) {
        Ok(target) => Move::Done(target),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_durably(from, expected, folder, name)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_gone(from) => Move::Gone,
        Err(error) => return Err(error),
    };
    Ok((moved, report))
}

fn renew_report(leaver: &Leaver<'_>) -> io::Result<()> {
    let &Leaver { path, fingerprint, folder, .. } = leaver;
    let Some(report) = &leaver.report else { return Ok(()) };
    if differs(path, fingerprint)?.is_some() {
        return Ok(());
    }
    written(folder, report)?.persist(report_path(path)).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// What is left to do once a file has moved.
fn complete(leaver: &Leaver<'_>, target: &Path, report: Option<NamedTempFile>) -> io::Result<()> {
    if let Some(report) = report {
        // This name goes with the file's, which is ours: what may stand there is of a file that somebody took away.
        report.persist(report_path(target)).map_err(|error| error.error)?;
    }
    sync_folder(leaver.folder)?;
    sync_folder(parent_of(leaver.path))
}

/// How a move ends before it begins, unless the file that was read still has its path. A link is read just where it was
/// named, and then what it leads to.
fn differs(path: &Path, expected: Option<Fingerprint>) -> io::Result<Option<Move>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(expected.filter(|expected| *expected != Fingerprint::of(&metadata)).map(|_| Move::Replaced)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Some(Move::Gone)),
        Err(error) => Err(error),
    }
}

fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Gives a file its name in a folder, or the name with a number where another file has it.
fn to_free_name(from: &Path, folder: &Path, name: &OsStr) -> io::Result<PathBuf> {
    // Without a number, a file that is named like a report would stand where one may come.
    let first = u32::from(name.as_bytes().ends_with(REPORT_SUFFIX.as_bytes()));
    for number in first..10_000 {
        let ending = if number == 0 { String::new() } else { format!(".{number}") };
        let target = folder.join(fitting(name, &ending));
        match rename_to_free(from, &target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(|()| target),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "ten thousand files have this name there"))
}

/// A name with an ending, cut at the end of a character where both together were too long.
fn fitting(name: &OsStr, ending: &str) -> OsString {
    let name = name.as_bytes();
    let mut end = name.len().min(LONGEST_NAME - ending.len());
    while end > 0 && name.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    let mut fitting = OsStr::from_bytes(&name[..end]).to_owned();
    fitting.push(ending);
    fitting
}

/// Where the report of a file stands that has moved to `target`. Names too long for the suffix are told apart by a hash.
fn report_path(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default();
    if name.len() + REPORT_SUFFIX.len() <= LONGEST_NAME {
        return target.with_file_name(fitting(name, REPORT_SUFFIX));
    }
    let hash = Sha256::digest(name.as_bytes());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    target.with_file_name(fitting(name, &format!("~{hash}{REPORT_SUFFIX}")))
}

/// Renames a file unless another has the name.
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems, as those of networks, cannot do both in one.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => rename_to_reserved(from, to),
        other => Ok(other?),
    }
}

/// Reserves the name by an empty file, which just one process can make, and puts the file in its place. A hard link
/// would reserve it as well, but not every file system has them, and the old name would have to be removed in a second
/// step, by which time it may be that of a new file.
fn rename_to_reserved(from: &Path, to: &Path) -> io::Result<()> {
    File::create_new(to)?;
    fs::rename(from, to).inspect_err(|_| {
        // The error of the rename is the one to tell.
        let _ = fs::remove_file(to);
    })
}

/// Moves to another file system: the copy is durable before the original goes.
fn copy_durably(from: &Path, expected: Option<Fingerprint>, folder: &Path, name: &OsStr) -> io::Result<Move> {
    let (mut source, fingerprint) = match open(from, true) {
        Ok(opened) => opened,
        Err(OpenError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(Move::Gone),
        Err(OpenError::Io(error)) => return Err(error),
        Err(OpenError::NotAFile | OpenError::Changed | OpenError::Unfetched(_)) => {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
    };
    let mut copy = temporary(folder)?;
    io::copy(&mut source, copy.as_file_mut())?;
    copy.as_file().set_permissions(source.metadata()?.permissions())?;
    copy.as_file().sync_all()?;
    if expected.is_some_and(|expected| expected != fingerprint) {
        return Ok(Move::Replaced);
    }
    // Copying takes its time.
    if let Some(end) = differs(from, Some(fingerprint))? {
        return Ok(end);
    }
    let target = to_free_name(copy.path(), folder, name)?;
    match sync_folder(folder).and_then(|()| fs::remove_file(from)) {
        Ok(()) => Ok(Move::Done(target)),
        Err(error) => {
            // The original stays or is another process's: a copy beside each original would be one more at every run.
            fs::remove_file(&target)?;
            if error.kind() == io::ErrorKind::NotFound { Ok(Move::Gone) } else { Err(error) }
        }
    }
}

/// A durable file without a name of its own yet.
fn written(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A new file under a short name that nobody else has; it is removed unless it is renamed.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // What is readable for whom is for the umask to say, as with all files.
    builder.prefix(".smrt-").suffix(".tmp").permissions(Permissions::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_left_alone_with_and_without_the_help_of_the_file_system() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for rename in [rename_to_free, rename_to_reserved] {
            fs::write(&from, "new").unwrap();
            fs::write(&to, "old").unwrap();
            assert_eq!(rename(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&to).unwrap(), b"old");
            fs::remove_file(&to).unwrap();
            rename(&from, &to).unwrap();
            assert_eq!(fs::read(&to).unwrap(), b"new");
            fs::remove_file(&to).unwrap();
            assert_eq!(rename(&from, &to).unwrap_err().kind(), io::ErrorKind::NotFound);
            assert!(is_gone(&to), "a name that was reserved for nothing is free again");
        }
    }

    #[test]
    fn no_file_is_lost_where_many_move_files_of_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let bad = folder.path().join("bad");
        fs::create_dir(&bad).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (from, bad) = (folder.path().join(thread.to_string()), &bad);
                scope.spawn(move || {
                    for _ in 0..50 {
                        fs::write(&from, "text").unwrap();
                        to_free_name(&from, bad, OsStr::new("a")).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(&bad).unwrap().count(), 400);
    }

    #[test]
    fn a_copy_leaves_one_file_and_takes_no_file_it_does_not_know() {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, done) = (folder.path().join("inbox"), folder.path().join("done"));
        fs::create_dir(&inbox).unwrap();
        fs::create_dir(&done).unwrap();
        let (from, name) = (inbox.join("a"), OsStr::new("a"));
        let count = |folder: &Path| fs::read_dir(folder).unwrap().count();
        assert_eq!(copy_durably(&from, None, &done, name).unwrap(), Move::Gone);
        fs::write(&from, "other").unwrap();
        let read = Some(Fingerprint::of(&fs::metadata(&from).unwrap()));
        fs::write(&from, "longer than it was").unwrap();
        assert_eq!(copy_durably(&from, read, &done, name).unwrap(), Move::Replaced);
        assert_eq!((count(&inbox), count(&done)), (1, 0));
        fs::write(done.join("a"), "another").unwrap();
        assert_eq!(copy_durably(&from, None, &done, name).unwrap(), Move::Done(done.join("a.1")));
        assert_eq!((count(&inbox), count(&done)), (0, 2));
        assert_eq!(fs::read(done.join("a.1")).unwrap(), b"longer than it was");
    }

    #[test]
    fn names_are_cut_between_characters_and_reports_of_long_names_are_told_apart() {
        let name = |end: &str| PathBuf::from("ü".repeat(124) + end);
        for end in ["", "a", "ab", "ab.csv"] {
            let report = report_path(&name(end));
            let text = report.to_str().unwrap();
            assert!(text.len() <= LONGEST_NAME && text.ends_with(REPORT_SUFFIX), "{text}");
            assert!(text.starts_with(&"ü".repeat(100)), "{text}");
        }
        assert_ne!(report_path(&name("a")), report_path(&name("b")));
        assert_eq!(report_path(Path::new("bad/a")), Path::new("bad/a.reject.json"));
        assert_eq!(fitting(OsStr::new(&"x".repeat(255)), ".1").len(), LONGEST_NAME);
    }
}
