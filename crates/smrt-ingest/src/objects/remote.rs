//! One object of a store.

use super::{Slot, Unfetched};
use crate::{
    codes::{OBJECT_UNAVAILABLE, UNREADABLE},
    container::{Held, NotHeld, Spool},
};
use smrt_core::Finding;
use smrt_objects::{Bucket, Object, ObjectError};
use smrt_storage::SourceObject;

/// An object that is to be read as a file.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(super) bucket: Bucket,
    pub(super) object: Object,
    pub(super) address: String,
    /// Its bytes, where they have been fetched already because they are few.
    pub(super) held: Option<Held>,
    pub(super) slot: Slot,
}

impl Remote {
    pub(super) fn new(bucket: &Bucket, object: Object) -> Self {
        let address = bucket.address().with_key(&object.key).to_string();
        Self { bucket: bucket.clone(), object, address, held: None, slot: Slot::default() }
    }

    /// Bytes.
    pub(crate) fn size(&self) -> u64 {
        self.object.size
    }

    /// Its bytes, where they have been fetched with the listing.
    pub(crate) fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    /// Where its bytes are put when they are fetched.
    pub(crate) fn slot(&self) -> &Slot {
        &self.slot
    }

    /// Fetches all its bytes into a temporary file of their own, and verifies them.
    pub(crate) fn download(&self) -> Result<Held, Unfetched> {
        self.download_into(&mut Spool::default())
    }

    pub(super) fn download_into(&self, spool: &mut Spool) -> Result<Held, Unfetched> {
        spool.hold(&mut self.bucket.verified(&self.object)).map_err(|why| match why {
            NotHeld::Temporary(error) => Unfetched::Temporary(error),
            NotHeld::Unreadable(error) => match ObjectError::of(error) {
                Ok(error) => unfetched(&error),
                Err(error) => Unfetched::Left(Box::new(Finding::of_file(&UNREADABLE, error.to_string()))),
            },
            NotHeld::Fault(fault) => Unfetched::Left(Box::new(fault.finding())),
        })
    }

    /// How the database knows it again; `None` where the store gives no tag, which tells nothing.
    pub(crate) fn as_known(&self) -> Option<SourceObject<'_>> {
        let Object { etag, size, .. } = &self.object;
        (!etag.is_empty()).then_some(SourceObject { address: &self.address, etag, size: *size })
    }
}

/// What a failure says of the object.
pub(super) fn unfetched(error: &ObjectError) -> Unfetched {
    let code = match error {
        ObjectError::Interrupted => return Unfetched::Interrupted,
        // What has gone since it was listed will not be listed again.
        ObjectError::NotFound { .. } => &OBJECT_UNAVAILABLE,
        error if error.is_temporary() => &OBJECT_UNAVAILABLE,
        _ => &UNREADABLE,
    };
    Unfetched::Left(Box::new(Finding::of_file(code, format!("cannot be fetched: {error}"))))
}
