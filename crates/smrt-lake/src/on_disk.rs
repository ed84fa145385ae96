//! The local file system as an object store whose puts are on the disk when they return.
//!
//! The library's own store writes and renames without waiting for the disk, so that a power cut may leave an empty
//! commit in the log, which no reader gets past. Reading, listing and deleting are left to it.

use crate::durable;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart, local::LocalFileSystem,
    path::Path as Key,
};
use std::{fmt, io, path::PathBuf, sync::Arc};

/// The whole file system of this machine.
#[derive(Debug)]
pub(crate) struct OnDisk(LocalFileSystem);

impl OnDisk {
    pub(crate) fn new() -> Self {
        Self(LocalFileSystem::new())
    }
}

impl fmt::Display for OnDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn failed(key: &Key, source: io::Error) -> Error {
    let path = key.to_string();
    match source.kind() {
        io::ErrorKind::AlreadyExists => Error::AlreadyExists { path, source: source.into() },
        _ => Error::Generic { store: "the local file system", source: source.into() },
    }
}

fn done() -> PutResult {
    PutResult { e_tag: None, version: None }
}

#[async_trait]
impl ObjectStore for OnDisk {
    async fn put_opts(&self, key: &Key, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let path = self.0.path_to_filesystem(key)?;
        let bytes = Bytes::from(payload);
        let put = match options.mode {
            PutMode::Create => durable::create(&path, &bytes)
                .and_then(|new| if new { Ok(()) } else { Err(io::ErrorKind::AlreadyExists.into()) }),
            PutMode::Overwrite => durable::replace(&path, &bytes),
            PutMode::Update(_) => return self.0.put_opts(key, bytes.into(), options).await,
        };
        put.map(|()| done()).map_err(|error| failed(key, error))
    }

    async fn put_multipart_opts(&self, key: &Key, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let path = self.0.path_to_filesystem(key)?;
        Ok(Box::new(Gathered { key: key.clone(), path, bytes: Vec::new() }))
    }

    async fn get_opts(&self, key: &Key, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(key, options).await
    }

    async fn get_ranges(&self, key: &Key, ranges: &[std::ops::Range<u64>]) -> Result<Vec<Bytes>> {
        self.0.get_ranges(key, ranges).await
    }

    fn delete_stream(&self, keys: BoxStream<'static, Result<Key>>) -> BoxStream<'static, Result<Key>> {
        self.0.delete_stream(keys)
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Key>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Key, to: &Key, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Key, to: &Key, options: RenameOptions) -> Result<()> {
        self.0.rename_opts(from, to, options).await
    }
}

/// A file that comes in parts. Just checkpoints do, and those fit memory: the library holds their content anyway.
#[derive(Debug)]
struct Gathered {
    key: Key,
    path: PathBuf,
    bytes: Vec<u8>,
}

#[async_trait]
impl MultipartUpload for Gathered {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        part.iter().for_each(|bytes| self.bytes.extend_from_slice(bytes));
        Box::pin(std::future::ready(Ok(())))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        durable::replace(&self.path, &self.bytes).map(|()| done()).map_err(|error| failed(&self.key, error))
    }

    async fn abort(&mut self) -> Result<()> {
        self.bytes.clear();
        Ok(())
    }
}

/// The store for tables on disk.
pub(crate) fn store() -> Arc<dyn ObjectStore> {
    Arc::new(OnDisk::new())
}
