//! What stands for objects of stores where smrt is built without them: there are none.

use super::Known;
use crate::{
    IngestError, Options, Stop, StoreTrouble,
    candidate::Candidate,
    container::{Held, Spool},
};
use smrt_storage::SourceObject;
use std::path::Path;

/// An object, of which there are none.
#[derive(Debug)]
pub(crate) enum Remote {}

impl Remote {
    pub(crate) fn size(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn held(&self) -> Option<&Held> {
        match *self {}
    }

    pub(crate) fn slot(&self) -> &super::Slot {
        match *self {}
    }

    pub(crate) fn download(&self) -> Result<Held, super::Unfetched> {
        match *self {}
    }

    pub(crate) fn as_known(&self) -> Option<SourceObject<'_>> {
        match *self {}
    }
}

pub(crate) fn find(
    _: &Path,
    _: &Options,
    _: &Stop,
    _: &mut Known<'_>,
    _: &mut Spool,
) -> Result<Vec<Candidate>, IngestError> {
    let message = "this smrt was built without object stores (the feature s3)".to_owned();
    Err(IngestError::Objects { trouble: StoreTrouble::Usage, message })
}
