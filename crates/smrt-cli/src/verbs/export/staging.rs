//! The files of an export until all of them are complete.
//!
//! Rows arrive channel by channel, so that every part of a partition stays open until the end. What each part still
//! has to write is held in memory up to a common limit; then all of it is appended to the files, which are opened just
//! for that. One file is open at a time, and memory grows by no more than some hundred bytes with each part.

use super::parts::{PartRows, Sheet};
use crate::{
    exit::CliError,
    publish::{
        Destination, Folder,
        manifest::{Entry as Listed, Manifest},
    },
    render::Cell,
};
use sha2::{Digest, Sha256};
use smrt_ingest::Stop;
use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

/// Bytes that are held in memory before they are written.
const LIMIT: usize = 16 << 20;
/// An export that is being written. Dropped before it is published, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Staging {
    destination: Destination,
    folder: Folder,
    file_name: String,
    sheet: Sheet,
    files: BTreeMap<String, Staged>,
    /// Bytes held by all files.
    held: usize,
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
    pub(super) fn begin(
        destination: Destination,
        what: &str,
        file_name: String,
        sheet: Sheet,
    ) -> Result<Self, CliError> {
        let folder = Folder::begin(destination.folder(), what)?;
        Ok(Self { destination, folder, file_name, sheet, files: BTreeMap::new(), held: 0 })
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
            let path = self.folder.hidden(staged.number);
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
        let mut files = Vec::with_capacity(self.files.len());
        for (folder, staged) in &mut self.files {
            if stop.is_requested() {
                return Err(CliError::Interrupted);
            }
            let written = self.folder.hidden(staged.number);
            let sha256 = self.sheet.complete(&written, std::mem::take(&mut staged.hash))?;
            let path = format!("{folder}{}", self.file_name);
            files.push((written, path.clone()));
            manifest.files.push(Listed { path, rows: staged.count, sha256 });
        }
        if let Destination::Bucket(objects, _) = &self.destination {
            let written: Vec<Option<PathBuf>> = files.into_iter().map(|(written, _)| Some(written)).collect();
            objects.publish(&manifest, &written)?;
            return Ok(manifest);
        }
        // From the first rename on the export is finished rather than given up.
        if stop.is_requested() {
            return Err(CliError::Interrupted);
        }
        self.folder.publish(&files, &manifest)?;
        Ok(manifest)
    }
}
