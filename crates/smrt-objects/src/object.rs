//! What a store says of one object.

/// An object as a store lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Its key: a name and no path, whatever is in it.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// The tag of its content, without the signs around it; empty where the store gives none.
    pub etag: String,
    /// When it was put, in UTC epoch seconds, where the store says so.
    pub last_modified: Option<i64>,
}
