//! Files that others read: in a folder or a bucket, whole or not at all, with a manifest that tells which they are.

pub(crate) mod bucket;
mod folder;
pub(crate) mod manifest;

pub(crate) use bucket::Destination;
pub(crate) use folder::Folder;
