//! The files of an export until all of them are complete.
//!
//! Rows arrive channel by channel, so that every part of a partition stays open until the end. What each part still
//! has to write is held in memory up to a common limit; then all of it is appended to the files, which are opened just
//! for that. One file is open at a time, and memory grows by no more than some hundred bytes with each part.

use super::{
    bucket::Destination,
    manifest::{self, Manifest},
    parts::{PartRows, Sheet},
};
use crate::{
    durable::{Unfinished, sync_folder},
    exit::CliError,
    render::Cell,
};
use sha2::{Digest, Sha256};
use smrt_ingest::Stop;
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Bytes that are held in memory before they are written.
const LIMIT: usize = 16 << 20;
/// The hidden folder that files are written in.
const FOLDER: &str = ".smrt-export";

/// An export that is being written. Dropped before it is published, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Staging {
    destination: Destination,
    dest: PathBuf,
    file_name: String,
    sheet: Sheet,
    files: BTreeMap<String, Staged>,
    /// Bytes held by all files.
    held: usize,
    /// Keeps other exports away from the destination.
    _lock: File,
}

/// One file.
#[derive(Debug)]
struct Staged {
    number: usize,
    count: u64,
    hash: Sha256,
    rows: PartRows,
}

impl Staging {
    /// Begins an export, where each part is a file of this name.
    pub(super) fn begin(destination: Destination, file_name: String, sheet: Sheet) -> Result<Self, CliError> {
        let dest = destination.folder().to_owned();
        let cannot_make = |error| CliError::Create(dest.clone(), error);
        fs::create_dir_all(&dest).map_err(cannot_make)?;
        let lock = File::open(&dest).map_err(cannot_make)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(CliError::Busy(format!("another export is writing to {}", dest.display())));
            }
            // Where a folder cannot be locked, one export at a time is up to the caller.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // A manifest of somebody else is found before anything is written.
        manifest::earlier_files(&dest)?;
        let hidden = dest.join(FOLDER);
        // What cannot be removed shows when the folder is made.
        let _ = fs::remove_dir_all(&hidden);
        fs::create_dir(&hidden).map_err(cannot_make)?;
        Ok(Self { destination, dest, file_name, sheet, files: BTreeMap::new(), held: 0, _lock: lock })
    }

    /// Begins the file in `folder` (empty, or ending with `/`) although no row of it is known yet.
    pub(super) fn begin_file(&mut self, folder: &str) -> Result<(), CliError> {
        self.staged(folder)?;
        Ok(())
    }

    fn staged(&mut self, folder: &str) -> io::Result<&mut Staged> {
        let number = self.files.len();
        Ok(match self.files.entry(folder.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(Staged { number, count: 0, hash: Sha256::default(), rows: self.sheet.begin()? })
            }
        })
    }

    /// Adds a row to the file in `folder`.
    pub(super) fn row(&mut self, folder: &str, cells: &[Cell<'_>]) -> Result<(), CliError> {
        let staged = self.staged(folder)?;
        let before = staged.rows.held();
        staged.rows.row(cells)?;
        staged.count += 1;
        let more = staged.rows.held() - before;
        self.held += more;
        if self.held >= LIMIT { self.write_out() } else { Ok(()) }
    }

    /// Appends to each file what is held of it.
    fn write_out(&mut self) -> Result<(), CliError> {
        for staged in self.files.values_mut() {
            let bytes = staged.rows.take()?;
            if bytes.is_empty() {
                continue;
            }
            let path = staged.path(&self.dest);
            staged.hash.update(&bytes);
            File::options()
                .create(true)
                .append(true)
                .open(&path)
                .and_then(|mut file| file.write_all(&bytes))
                .map_err(|error| CliError::File(path, error))?;
        }
        self.held = 0;
        Ok(())
    }

    /// Puts every file in its place, removes those of the export before that no longer belong, writes the manifest.
    pub(super) fn publish(mut self, mut manifest: Manifest, stop: &Stop) -> Result<Manifest, CliError> {
        self.write_out()?;
        for (folder, staged) in &mut self.files {
            if stop.is_requested() {
                return Err(CliError::Interrupted);
            }
            let sha256 = self.sheet.complete(&staged.path(&self.dest), std::mem::take(&mut staged.hash))?;
            manifest.files.push(manifest::Entry {
                path: format!("{folder}{}", self.file_name),
                rows: staged.count,
                sha256,
            });
        }
        if let Destination::Bucket(objects, _) = &self.destination {
            let paths: Vec<PathBuf> = self.files.values().map(|staged| staged.path(&self.dest)).collect();
            objects.publish(&manifest, &paths)?;
            return Ok(manifest);
        }
        // From the first rename on the export is finished rather than given up.
        if stop.is_requested() {
            return Err(CliError::Interrupted);
        }
        self.rename_all()?;
        let current: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
        for stale in manifest::earlier_files(&self.dest)?.iter().filter(|path| !current.contains(path.as_str())) {
            remove_stale(&self.dest, stale)?;
        }
        let mut file = Unfinished::at(self.dest.join(FOLDER).join(manifest::NAME), &self.dest.join(manifest::NAME))?;
        let text = manifest.text()?;
        file.write_all(&text).map_err(|error| CliError::File(self.dest.join(manifest::NAME), error))?;
        file.publish()?;
        Ok(manifest)
    }

    fn rename_all(&self) -> Result<(), CliError> {
        let mut folders = BTreeSet::new();
        for (folder, staged) in &self.files {
            let place = self.dest.join(folder).join(&self.file_name);
            let failed = |error| CliError::File(place.clone(), error);
            fs::create_dir_all(self.dest.join(folder)).map_err(failed)?;
            fs::rename(staged.path(&self.dest), &place).map_err(failed)?;
            // The folder, and those it stands in: each may be new.
            let inside = Path::new(folder).ancestors().map(|folder| self.dest.join(folder).join(&self.file_name));
            folders.extend(inside);
        }
        folders.iter().try_for_each(|path| sync_folder(path).map_err(|error| CliError::File(path.clone(), error)))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed is hidden and harmless.
        let _ = fs::remove_dir_all(self.dest.join(FOLDER));
    }
}

impl Staged {
    /// Where its bytes are gathered, for an export to a folder.
    fn path(&self, dest: &Path) -> PathBuf {
        dest.join(FOLDER).join(self.number.to_string())
    }
}

/// Removes a file of the export before, and the folders that become empty by it.
fn remove_stale(dest: &Path, path: &str) -> Result<(), CliError> {
    let file = dest.join(path);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(CliError::File(file, error)),
        _ => {}
    }
    for folder in Path::new(path).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
        // A folder with anything else in it stays.
        if fs::remove_dir(dest.join(folder)).is_err() {
            break;
        }
    }
    Ok(())
}
