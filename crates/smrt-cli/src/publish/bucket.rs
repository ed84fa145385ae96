//! An export to a bucket: files that are whole already become objects, and the manifest comes last.
//!
//! What an object holds is known by its hash in the manifest of the export before, so that one that is still the same is
//! not put again. For the time in which objects and manifest may disagree, a second manifest beside it, `…-pending`,
//! lists what is being put or removed: the next export puts right what an interrupted one left, whatever data it has.

use super::manifest::{self, Entry, Manifest, PENDING};
use crate::exit::CliError;
use smrt_ingest::{IngestError, Stop};
use smrt_objects::{Address, Bucket, ObjectError, Settings};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Where an export goes.
#[derive(Debug)]
pub(crate) enum Destination {
    /// A folder.
    Folder(PathBuf),
    /// A bucket, by way of a temporary folder.
    Bucket(Objects, TempDir),
}

impl Destination {
    /// The destination that was named.
    pub(crate) fn new(dest: &Path, what: &str, settings: &Settings, stop: &Stop) -> Result<Self, CliError> {
        let Some(text) = dest.to_str().filter(|text| Address::is_meant(text)) else {
            return Ok(Self::Folder(dest.to_owned()));
        };
        let objects = Objects::open(text, what, settings, stop)?;
        let folder = tempfile::tempdir().map_err(|error| CliError::Create(std::env::temp_dir(), error))?;
        Ok(Self::Bucket(objects, folder))
    }

    /// The folder that files are written in.
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Bucket(_, folder) => folder.path(),
        }
    }
}

/// Objects below a prefix.
#[derive(Debug)]
pub(crate) struct Objects {
    bucket: Bucket,
    /// How all keys begin: empty, or with `/` at its end.
    prefix: String,
    earlier: Vec<Entry>,
    /// What an export before this may have put without telling of it.
    pending: Vec<Entry>,
}

impl Objects {
    /// Opens the bucket and looks at what an export before this left there: what belongs to somebody else, or cannot be
    /// reached, is found out before anything is written.
    fn open(address: &str, what: &str, settings: &Settings, stop: &Stop) -> Result<Self, CliError> {
        let address: Address = address.parse().map_err(|error| CliError::Usage(format!("--dest: {error}")))?;
        let prefix = address.prefix().trim_end_matches('/');
        if prefix.split('/').any(|part| matches!(part, "." | "..") || (part.is_empty() && !prefix.is_empty())) {
            let message = format!("--dest {address}: expected a prefix without empty parts, . and ..");
            return Err(CliError::Usage(message));
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let stop = stop.clone();
        let bucket = Bucket::open(&address, settings).map_err(failed)?.until(move || stop.is_requested());
        let mut objects = Self { bucket, prefix, earlier: Vec::new(), pending: Vec::new() };
        objects.earlier = objects.entries(manifest::NAME, what)?;
        objects.pending = objects.entries(PENDING, what)?;
        Ok(objects)
    }

    fn key(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The files that a manifest lists; none where there is none.
    fn entries(&self, name: &str, what: &str) -> Result<Vec<Entry>, CliError> {
        let key = self.key(name);
        let object = match self.bucket.head(&key) {
            Ok(object) => object,
            // That there is no such bucket is told when something is put.
            Err(ObjectError::NotFound { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let text = self.bucket.get_range(&object, 0..object.size).map_err(failed)?;
        manifest::entries(&text, &self.bucket.address().with_key(&key).to_string(), what)
    }

    /// The files that an export before this has left there.
    pub(crate) fn earlier(&self) -> &[Entry] {
        &self.earlier
    }

    /// Whether an export before this broke off, so that objects and manifest may disagree.
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Puts the files of a manifest, each with where it is, and the manifest. A file that is nowhere stays as it is.
    pub(crate) fn publish(&self, manifest: &Manifest, files: &[Option<PathBuf>]) -> Result<(), CliError> {
        let uncertain: BTreeSet<&str> = self.pending.iter().map(|entry| entry.path.as_str()).collect();
        let there: BTreeMap<&str, &str> = self
            .earlier
            .iter()
            .filter(|entry| !uncertain.contains(entry.path.as_str()))
            .map(|entry| (entry.path.as_str(), entry.sha256.as_str()))
            .collect();
        let mut changed = Vec::new();
        for (entry, file) in manifest.files.iter().zip(files) {
            let Some(file) = file else { continue };
            let same = there.get(entry.path.as_str()) == Some(&entry.sha256.as_str());
            if !(same && self.bucket.exists(&self.key(&entry.path)).map_err(failed)?) {
                changed.push((entry, file));
            }
        }
        let current: BTreeSet<&str> = manifest.files.iter().map(|entry| entry.path.as_str()).collect();
        let before = self.earlier.iter().chain(&self.pending).map(|entry| entry.path.as_str());
        let stale: BTreeSet<&str> = before.filter(|path| !current.contains(path)).collect();
        if !changed.is_empty() || !stale.is_empty() {
            // What was pending stays so until all is well.
            let put: BTreeSet<&str> = changed.iter().map(|(entry, _)| entry.path.as_str()).collect();
            let touched = put.into_iter().chain(uncertain).chain(stale.iter().copied()).collect::<BTreeSet<_>>();
            self.bucket.put(&self.key(PENDING), manifest.pending(touched)?).map_err(failed)?;
        }
        for (entry, path) in &changed {
            let mut file = File::open(path).map_err(|error| CliError::File((*path).clone(), error))?;
            let put = self.bucket.put_from(&self.key(&entry.path), &mut file);
            put.map_err(|error| match ObjectError::of(error) {
                Ok(error) => failed(error),
                Err(error) => CliError::File((*path).clone(), error),
            })?;
        }
        for path in &stale {
            self.bucket.delete(&self.key(path)).map_err(failed)?;
        }
        self.bucket.put(&self.key(manifest::NAME), manifest.text()?).map_err(failed)?;
        self.bucket.delete(&self.key(PENDING)).map_err(failed)
    }
}

fn failed(error: ObjectError) -> CliError {
    IngestError::from(error).into()
}
