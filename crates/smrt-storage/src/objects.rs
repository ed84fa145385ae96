//! Objects of stores whose content is known, so that a listing alone tells that there is nothing new.

use crate::{
    FileLoad, LoadedFile, StoreError, Writer,
    backend::Database,
    error::Doing,
    ledger::{storable, whole},
    schema::{source_file::dsl as f, source_object::dsl as o},
    writer::{loaded, loaded_file},
};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

const WHAT: &str = "looking up an object";

/// An object of a store as its listing tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceObject<'a> {
    /// Its address.
    pub address: &'a str,
    /// The tag that its store gives to this content.
    pub etag: &'a str,
    /// Bytes.
    pub size: u64,
}

impl Writer {
    /// The loaded file that an object was when it was last read, if the object is still the same.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn known_object(&mut self, object: &SourceObject<'_>) -> Result<Option<LoadedFile>, StoreError> {
        let same = o::address.eq(object.address).and(o::etag.eq(object.etag)).and(o::size.eq(whole(object.size)));
        let file: Option<i64> =
            o::source_object.filter(same).select(o::file_id).first(&mut self.connection).optional().doing(WHAT)?;
        let Some(file) = file else { return Ok(None) };
        let row = loaded().filter(f::id.eq(file)).first(&mut self.connection);
        row.optional().map(|row| row.map(loaded_file)).doing(WHAT)
    }

    /// Writes down that an object holds what a loaded file held, inside the open transaction.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction.
    pub fn record_object(&mut self, object: &SourceObject<'_>, file: i64) -> Result<(), StoreError> {
        self.must_be_writing()?;
        record(&mut self.connection, object, file)
    }
}

impl FileLoad<'_> {
    /// Writes down that an object is this file.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn record_object(&mut self, object: &SourceObject<'_>) -> Result<(), StoreError> {
        let file = self.id();
        record(self.connection, object, file)
    }
}

fn record(connection: &mut Database, object: &SourceObject<'_>, file: i64) -> Result<(), StoreError> {
    let address = storable(object.address);
    diesel::delete(o::source_object.filter(o::address.eq(&address))).execute(connection).doing(WHAT)?;
    let row = (
        o::address.eq(&address),
        o::etag.eq(storable(object.etag)),
        o::size.eq(whole(object.size)),
        o::file_id.eq(file),
    );
    diesel::insert_into(o::source_object).values(row).execute(connection).map(drop).doing(WHAT)
}
