//! Objects of any size, written from what is read: small ones at once, larger ones in parts.

use crate::{Bucket, ObjectError};
use bytes::Bytes;
use object_store::{Error as StoreError, MultipartUpload, ObjectStoreExt, path::Path};
use std::{
    future::Future,
    io::{self, Read},
    time::Duration,
};

/// Bytes of a part: the 10,000 that there may be come to 160 GB.
const PART: usize = 16 << 20;

impl Bucket {
    /// Writes an object of all that `source` gives, in the place of what may be there; memory holds one part of it. The
    /// object appears as a whole.
    ///
    /// # Errors
    /// When `source` cannot be read; when the store does not take the object, as an [`ObjectError`], which
    /// [`ObjectError::of`] takes out again.
    pub fn put_from(&self, key: &str, source: &mut impl Read) -> io::Result<()> {
        let first = part(source)?;
        if first.len() < PART {
            return Ok(self.put(key, first)?);
        }
        let path = Path::parse(key).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let store = self.store();
        let mut upload = self.ask(key, store.put_multipart(&path))?;
        let result = self.put_parts(key, first, source, &mut *upload);
        if result.is_err() {
            // What the store keeps of parts that belong to nothing is up to its own rules.
            let _ = self.block_on(upload.abort());
        }
        result
    }

    fn put_parts(
        &self,
        key: &str,
        first: Bytes,
        source: &mut impl Read,
        upload: &mut dyn MultipartUpload,
    ) -> io::Result<()> {
        let mut next = first;
        while !next.is_empty() {
            self.ask(key, upload.put_part(next.into()))?;
            next = part(source)?;
        }
        self.ask(key, upload.complete()).map(drop)
    }

    fn ask<T>(&self, key: &str, work: impl Future<Output = Result<T, StoreError>>) -> io::Result<T> {
        let place = || self.address().with_key(key).to_string();
        Ok(self.run(async { work.await.map_err(|error| told(error, place())) })?)
    }
}

/// The next bytes, as many as a part has unless the source ends.
fn part(source: &mut impl Read) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    source.by_ref().take(PART as u64).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

/// What the library says, in the words of this crate.
fn told(error: StoreError, place: String) -> ObjectError {
    let said = error.to_string();
    match error {
        StoreError::NotFound { .. } => ObjectError::NotFound { place, said },
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => ObjectError::Denied { place, said },
        // It has tried as often as it is told to.
        StoreError::Generic { .. } => {
            ObjectError::Unavailable { place, attempts: 1, waited: Duration::ZERO, last: said }
        }
        _ => ObjectError::Unexpected { place, expected: "an object in parts", found: said },
    }
}
