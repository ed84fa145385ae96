//! A folder that files are published in: nobody else writes there meanwhile, files come all at once under their names, and
//! the manifest comes last.

use super::manifest::{self, Entry, Manifest};
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
    /// Keeps other exports away.
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and looks at what an export before this left.
    pub(crate) fn begin(dest: &Path) -> Result<Self, CliError> {
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
        let earlier = manifest::earlier_files(dest)?;
        let hidden = dest.join(HIDDEN);
        // What cannot be removed shows when the folder is made.
        let _ = fs::remove_dir_all(&hidden);
        fs::create_dir(&hidden).map_err(cannot_make)?;
        Ok(Self { dest: dest.to_owned(), earlier, _lock: lock })
    }

    /// The files that an export before this has left.
    pub(crate) fn earlier(&self) -> &[Entry] {
        &self.earlier
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
        self.rename_all(files)?;
        let current: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
        for stale in self.earlier.iter().filter(|file| !current.contains(file.path.as_str())) {
            self.remove_stale(&stale.path)?;
        }
        let place = self.dest.join(manifest::NAME);
        let mut file = Unfinished::at(self.dest.join(HIDDEN).join(manifest::NAME), &place)?;
        file.write_all(&manifest.text()?).map_err(|error| CliError::File(place, error))?;
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
