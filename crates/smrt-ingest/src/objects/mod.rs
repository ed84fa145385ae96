//! Objects of stores as files: found by a listing, known by their tags, fetched into temporary files when their turn
//! comes, and from then on read as any file.
//!
//! A key is a name and never a path of this machine. What cannot be fetched is left alone with its reason, and so is
//! what was replaced since it was listed.

mod fetch;
mod find;
mod remote;

pub(crate) use fetch::{EndOnDrop, Fetched, Fetcher, Slot, Unfetched};
pub(crate) use find::find;
pub(crate) use remote::Remote;

use crate::{IngestError, Options};
use smrt_storage::{LoadedFile, SourceObject, StoreError};
use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// How each address begins.
const SCHEME: &[u8] = b"s3://";

/// Tells which file an object was when it was loaded, if it was and is still the same.
pub(crate) type Known<'a> = dyn FnMut(&SourceObject<'_>) -> Result<Option<LoadedFile>, StoreError> + 'a;

/// Whether a path stands for objects of a store: `s3://bucket/prefix`.
pub fn is_address(path: &Path) -> bool {
    path.as_os_str().as_bytes().get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}

/// What kind of trouble a store of objects makes for a run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreTrouble {
    /// The address or the settings make no sense, or nothing is there.
    Usage,
    /// It may be gone the next time.
    Passing,
    /// It stays until somebody does something about it.
    Lasting,
}

/// Complains about folders to which objects cannot be moved.
pub(crate) fn must_stay(paths: &[PathBuf], options: &Options) -> Result<(), IngestError> {
    let folders = [("archive", &options.archive), ("quarantine", &options.quarantine)];
    let given = folders.into_iter().find(|(_, folder)| folder.is_some());
    match given {
        Some((role, _)) if paths.iter().any(|path| is_address(path)) => Err(IngestError::ObjectsStay { role }),
        _ => Ok(()),
    }
}

/// A key's last part as a name that can be shown and stored: control characters are written as `\xNN`.
pub(crate) fn name_of(address: &Path) -> String {
    let text = address.to_string_lossy();
    let key = text.get(SCHEME.len()..).and_then(|rest| rest.split_once('/')).map_or("", |(_, key)| key);
    let last = key.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or(key);
    crate::container::shown(last)
}
