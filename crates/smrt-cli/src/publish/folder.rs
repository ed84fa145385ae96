//! A folder that files are published in: nobody else writes there meanwhile, files come all at once under their names, and
//! the manifest comes last. For the time in which files and manifest may disagree a second one, `…-pending`, lists what is
//! being put or removed: the next export puts right what an interrupted one left.

use super::manifest::{self, Entry, Manifest, PENDING};
use crate::{
    durable::{Unfinished, sync_folder},
    exit::CliError,
};
use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The hidden folder that files are written in.
const HIDDEN: &str = ".smrt-export";

/// The folder, held until it is dropped; what was written and not published is gone then.
#[derive(Debug)]
pub(crate) struct Folder {
    dest: PathBuf,
    earlier: Vec<Entry>,
    /// What an export before this may have put or removed without telling of it.
    pending: Vec<Entry>,
    /// Keeps other exports away.
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and looks at what an export before this left.
    pub(crate) fn begin(dest: &Path, what: &str) -> Result<Self, CliError> {
        let cannot_make = |error| CliError::Create(dest.to_owned(), error);
        fs::create_dir_all(dest).map_err(cannot_make)?;
        let lock = File::open(dest).map_err(cannot_make)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(CliError::Busy(format!("another export is writing to {}", dest.display())));
            }
            // Where a folder cannot be locked, one export at a time is up to the caller.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // A manifest of somebody else is found before anything is written.
        let earlier = manifest::earlier_files(dest, manifest::NAME, what)?;
        let pending = manifest::earlier_files(dest, PENDING, what)?;
        let hidden = dest.join(HIDDEN);
        // What cannot be removed shows when the folder is made.
        let _ = fs::remove_dir_all(&hidden);
        fs::create_dir(&hidden).map_err(cannot_make)?;
        Ok(Self { dest: dest.to_owned(), earlier, pending, _lock: lock })
    }

    /// The files that an export before this has left.
    pub(crate) fn earlier(&self) -> &[Entry] {
        &self.earlier
    }

    /// Whether an export before this broke off, so that files and manifest may disagree.
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Where a file is.
    pub(crate) fn place(&self, path: &str) -> PathBuf {
        self.dest.join(path)
    }

    /// Where a file is written before it has its name.
    pub(crate) fn hidden(&self, number: usize) -> PathBuf {
        self.dest.join(HIDDEN).join(number.to_string())
    }

    /// Gives durable files their names, `(where it is, path)`; removes those of the export before that are not in the
    /// manifest; writes the manifest.
    pub(crate) fn publish(&self, files: &[(PathBuf, String)], manifest: &Manifest) -> Result<(), CliError> {
        let current: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
        let before = self.earlier.iter().chain(&self.pending).map(|entry| entry.path.as_str());
        let stale: BTreeSet<&str> = before.filter(|path| !current.contains(path)).collect();
        if !files.is_empty() || !stale.is_empty() {
            let put = files.iter().map(|(_, path)| path.as_str());
            let touched: BTreeSet<&str> =
                put.chain(stale.iter().copied()).chain(self.pending.iter().map(|entry| entry.path.as_str())).collect();
            self.write(PENDING, &manifest.pending(touched)?)?;
        }
        self.rename_all(files)?;
        stale.iter().try_for_each(|path| self.remove_stale(path))?;
        self.write(manifest::NAME, &manifest.text()?)?;
        let settled = self.dest.join(PENDING);
        match fs::remove_file(&settled) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CliError::File(settled, error)),
            _ => Ok(()),
        }
    }

    /// Writes a file of this folder, durably and at once.
    fn write(&self, name: &str, text: &[u8]) -> Result<(), CliError> {
        let place = self.dest.join(name);
        let mut file = Unfinished::at(self.dest.join(HIDDEN).join(name), &place)?;
        file.write_all(text).map_err(|error| CliError::File(place, error))?;
        file.publish()
    }

    fn rename_all(&self, files: &[(PathBuf, String)]) -> Result<(), CliError> {
        let mut folders = BTreeSet::new();
        for (from, path) in files {
            let place = self.place(path);
            let failed = |error| CliError::File(place.clone(), error);
            let inside = Path::new(path).parent().unwrap_or(Path::new(""));
            fs::create_dir_all(self.dest.join(inside)).map_err(failed)?;
            fs::rename(from, &place).map_err(failed)?;
            // The folder, and those it stands in: each may be new.
            folders.extend(inside.ancestors().map(|folder| self.dest.join(folder).join("x")));
        }
        folders.iter().try_for_each(|path| sync_folder(path).map_err(|error| CliError::File(path.clone(), error)))
    }

    /// Removes a file of the export before, and the folders that become empty by it.
    fn remove_stale(&self, path: &str) -> Result<(), CliError> {
        let file = self.place(path);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(CliError::File(file, error)),
            _ => {}
        }
        for folder in Path::new(path).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
            // A folder with anything else in it stays.
            if fs::remove_dir(self.dest.join(folder)).is_err() {
                break;
            }
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is hidden and harmless.
        let _ = fs::remove_dir_all(self.dest.join(HIDDEN));
    }
}
