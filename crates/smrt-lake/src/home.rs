//! Where a lake is, and the few things its files are asked for: to be made, read in part, listed, taken away, made
//! durable. What is in them is not known here.

use crate::{
    LakeError,
    blob::Blob,
    durable,
    output::Output,
    runtime::{Waits, block_on},
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::{
    Error as StoreError, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, path::Path as Key,
};
use std::{
    fs::{self, File},
    io,
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Where a lake is: a folder of this machine, or below a prefix in an object store.
#[derive(Clone, Debug)]
pub struct Home {
    pub(crate) place: Place,
    address: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Place {
    Folder(PathBuf),
    Objects { store: Arc<dyn ObjectStore>, prefix: Key },
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it is below the folder of its table, with forward slashes.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: SystemTime,
}

impl Home {
    /// A folder; it need not be there yet.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { address: path.display().to_string(), place: Place::Folder(path) }
    }

    /// All below a prefix of an object store, which must decide `PutMode::Create` for one of several. The address is
    /// what people call it, such as `s3://bucket/lake`; it must be a URL.
    pub fn objects(store: Arc<dyn ObjectStore>, prefix: Key, address: impl Into<String>) -> Self {
        Self { place: Place::Objects { store, prefix }, address: address.into() }
    }

    /// What people call it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What people call a file of it.
    pub(crate) fn display(&self, path: &str) -> String {
        format!("{}/{path}", self.address.trim_end_matches('/'))
    }

    /// The file of the machine that a path means; none outside of the folder.
    fn local(&self, root: &Path, path: &str) -> Result<PathBuf, LakeError> {
        let relative = Path::new(path);
        if relative.components().all(|part| matches!(part, Component::Normal(_))) {
            Ok(root.join(relative))
        } else {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "expected a path inside the lake");
            Err(LakeError::File { path: self.display(path), source })
        }
    }

    pub(crate) fn key(prefix: &Key, path: &str) -> Key {
        prefix.parts().chain(Key::from(path).parts()).collect()
    }

    /// Runs what asks an object store.
    fn ask<T>(&self, path: &str, future: impl Future<Output = Result<T, StoreError>>) -> Result<T, LakeError> {
        let outcome =
            block_on(Waits::Network, future).map_err(|source| LakeError::File { path: self.display(path), source })?;
        outcome.map_err(|source| self.refused(path, source))
    }

    fn refused(&self, path: &str, source: StoreError) -> LakeError {
        match source {
            StoreError::NotFound { .. } => LakeError::Missing { path: self.display(path) },
            source => LakeError::Store { path: self.display(path), source: Box::new(source) },
        }
    }

    fn failed(&self, path: &str, source: io::Error) -> LakeError {
        match source.kind() {
            io::ErrorKind::NotFound => LakeError::Missing { path: self.display(path) },
            _ => LakeError::File { path: self.display(path), source },
        }
    }

    /// Opens a file to read parts of it. `whole` bytes or less are asked of an object store at once.
    pub(crate) fn open(&self, path: &str, size: Option<u64>) -> Result<Blob, LakeError> {
        match &self.place {
            Place::Folder(root) => {
                let local = self.local(root, path)?;
                let file = File::open(local).map_err(|source| self.failed(path, source))?;
                let found = file.metadata().map_err(|source| self.failed(path, source))?.len();
                Ok(Blob::file(file, found))
            }
            Place::Objects { store, prefix } => {
                let key = Self::key(prefix, path);
                // What the list says of a file saves one question; that it is true shows when its end is read.
                let size = match size {
                    Some(size) => size,
                    None => self.ask(path, store.head(&key))?.size,
                };
                Ok(Blob::object(Arc::clone(store), key, size))
            }
        }
    }

    /// Starts a new file. Nothing is overwritten.
    pub(crate) fn create(&self, path: &str) -> Result<Output, LakeError> {
        match &self.place {
            Place::Folder(root) => {
                let local = self.local(root, path)?;
                let parent = local.parent().unwrap_or(root);
                let made = || fs::create_dir_all(parent).and_then(|()| File::create_new(&local));
                // Whoever takes the last file of a day away takes its folder away as well, perhaps just now.
                let file = made().or_else(|error| match error.kind() {
                    io::ErrorKind::NotFound => made(),
                    _ => Err(error),
                });
                let file = file.map_err(|source| LakeError::file(&local, source))?;
                Ok(Output::file(file))
            }
            Place::Objects { .. } => Ok(Output::memory()),
        }
    }

    /// Puts what was gathered for an object where it belongs; a file is there already.
    pub(crate) fn finish(&self, path: &str, output: Output) -> Result<(), LakeError> {
        match (&self.place, output.into_bytes()) {
            (Place::Objects { .. }, Some(bytes)) => self.put_new(path, bytes).and_then(|new| {
                let source = io::Error::from(io::ErrorKind::AlreadyExists);
                if new { Ok(()) } else { Err(LakeError::File { path: self.display(path), source }) }
            }),
            _ => Ok(()),
        }
    }

    /// Makes a small file durably unless one of that name is there; says whether it made it.
    pub(crate) fn put_new(&self, path: &str, bytes: Bytes) -> Result<bool, LakeError> {
        match &self.place {
            Place::Folder(root) => {
                let local = self.local(root, path)?;
                durable::create(&local, &bytes).map_err(|source| LakeError::file(&local, source))
            }
            Place::Objects { store, prefix } => {
                let key = Self::key(prefix, path);
                let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
                let put = async {
                    match store.put_opts(&key, bytes.into(), options).await {
                        Ok(_) => Ok(true),
                        Err(StoreError::AlreadyExists { .. }) => Ok(false),
                        Err(error) => Err(error),
                    }
                };
                self.ask(path, put)
            }
        }
    }

    /// A small file whole; `None` if it is not there.
    pub(crate) fn get(&self, path: &str) -> Result<Option<Bytes>, LakeError> {
        let found = match &self.place {
            Place::Folder(root) => {
                let local = self.local(root, path)?;
                fs::read(local).map(Bytes::from).map_err(|source| self.failed(path, source))
            }
            Place::Objects { store, prefix } => {
                let key = Self::key(prefix, path);
                self.ask(path, async { store.get(&key).await?.bytes().await })
            }
        };
        match found {
            Ok(bytes) => Ok(Some(bytes)),
            Err(LakeError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All files below a folder, hidden ones and folders that begin with `_` apart; in the order of their paths.
    pub(crate) fn list(&self, folder: &str) -> Result<Vec<Listed>, LakeError> {
        let mut found = match &self.place {
            Place::Folder(root) => self.walk(&self.local(root, folder)?)?,
            Place::Objects { store, prefix } => {
                let key = Self::key(prefix, folder);
                let listed = store.list(Some(&key)).try_collect::<Vec<ObjectMeta>>();
                let found = self.ask(folder, listed)?;
                let listed = found.into_iter().filter_map(|meta| {
                    let below = meta.location.prefix_match(&key)?;
                    let path = below.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
                    let since = u64::try_from(meta.last_modified.timestamp_millis()).unwrap_or(0);
                    let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(since);
                    Some(Listed { path, size: meta.size, modified })
                });
                listed.filter(|file| !file.path.starts_with(['_', '.'])).collect()
            }
        };
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    fn walk(&self, table: &Path) -> Result<Vec<Listed>, LakeError> {
        let mut found = Vec::new();
        let mut left = vec![(table.to_owned(), String::new())];
        while let Some((folder, below)) = left.pop() {
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(|source| LakeError::file(&folder, source))?,
            };
            for entry in entries {
                let entry = entry.map_err(|source| LakeError::file(&folder, source))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
                let of_file = |source| LakeError::file(&entry.path(), source);
                let kind = entry.file_type().map_err(of_file)?;
                if name.starts_with(['_', '.']) {
                    continue;
                } else if kind.is_dir() {
                    left.push((entry.path(), path));
                } else if kind.is_file() {
                    let meta = entry.metadata().map_err(of_file)?;
                    let modified = meta.modified().map_err(of_file)?;
                    found.push(Listed { path, size: meta.len(), modified });
                }
            }
        }
        Ok(found)
    }

    /// Takes files away; those that are gone already are no matter. Says how many were there.
    pub(crate) fn delete(&self, paths: &[String]) -> Result<u64, LakeError> {
        match &self.place {
            Place::Folder(root) => {
                let mut gone = 0;
                for path in paths {
                    let local = self.local(root, path)?;
                    match fs::remove_file(&local) {
                        Ok(()) => gone += 1,
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        Err(source) => return Err(LakeError::file(&local, source)),
                    }
                    // The folder of a day goes with its last file, and not before.
                    if let Some(day) = local.parent() {
                        let _ = fs::remove_dir(day);
                    }
                }
                Ok(gone)
            }
            Place::Objects { store, prefix } => {
                let each = futures::stream::iter(paths).map(|path| async move {
                    match store.delete(&Self::key(prefix, path)).await {
                        Ok(()) => Ok(1),
                        Err(StoreError::NotFound { .. }) => Ok(0),
                        Err(error) => Err(error),
                    }
                });
                let all = each.buffer_unordered(16).try_fold(0, |sum, one| async move { Ok(sum + one) });
                self.ask(paths.first().map_or("", String::as_str), all)
            }
        }
    }

    /// Returns when files, their folders and the folders above are on the disk. What an object store has taken it
    /// keeps.
    pub(crate) fn sync(&self, paths: &[String]) -> Result<(), LakeError> {
        let Place::Folder(root) = &self.place else { return Ok(()) };
        let locals = paths.iter().map(|path| self.local(root, path)).collect::<Result<Vec<_>, _>>()?;
        durable::sync(root, &locals).map_err(|(path, source)| LakeError::file(&path, source))
    }
}
