//! What goes wrong with objects, in words that name the object, what was tried, and what helps.

use crate::AddressError;
use std::{io, time::Duration};

/// Why something with objects did not work.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// A text that is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The settings make no sense.
    #[error("cannot reach object stores: {0}")]
    Settings(String),
    /// There are no keys to ask with.
    #[error(
        "{place}: no keys to ask with ({why}): give --s3-access-key-id and --s3-secret-access-key, set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where AWS hands out the keys of a role"
    )]
    NoKeys {
        /// What was asked for.
        place: String,
        /// Why there are none.
        why: String,
    },
    /// The store says that these keys may not do this.
    #[error("{place}: the store denies access ({said}): check the keys, their rights and the region")]
    Denied {
        /// What was asked for.
        place: String,
        /// What the store said.
        said: String,
    },
    /// There is no such object or bucket.
    #[error("{place}: not found ({said})")]
    NotFound {
        /// What was asked for.
        place: String,
        /// What the store said.
        said: String,
    },
    /// Another object stands there than was listed.
    #[error("{place}: it was replaced since it was listed ({how})")]
    Replaced {
        /// The object.
        place: String,
        /// How that shows.
        how: String,
    },
    /// It was to be written only where nothing is.
    #[error("{place}: there is an object of this key already")]
    Exists {
        /// The object.
        place: String,
    },
    /// Two readings of one object differ.
    #[error("{place}: two readings of it differ and neither has the MD5 that the store states: corrupted on the way")]
    Corrupt {
        /// The object.
        place: String,
    },
    /// No address can hold the key.
    #[error("{place}: its key has the segment {segment:?}, which no address can hold: copy the object to another key")]
    Unaddressable {
        /// The object.
        place: String,
        /// The segment, `.` or `..`.
        segment: String,
    },
    /// The store cannot be reached, breaks off or asks to come again, however often it is tried.
    #[error("{place}: the store is not available: tried {attempts} times in {} s, at last: {last}", .waited.as_secs())]
    Unavailable {
        /// What was asked for.
        place: String,
        /// How often.
        attempts: u32,
        /// Since the first failure of these.
        waited: Duration,
        /// The last failure.
        last: String,
    },
    /// The end was asked for.
    #[error("interrupted")]
    Interrupted,
    /// The store says something that was not expected.
    #[error("{place}: expected {expected}, found {found}")]
    Unexpected {
        /// What was asked for.
        place: String,
        /// What should have come.
        expected: &'static str,
        /// What came.
        found: String,
    },
}

impl ObjectError {
    /// Whether trying again later may help.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Replaced { .. } | Self::Corrupt { .. })
    }

    /// The error that came as one of reading; other errors come back.
    ///
    /// # Errors
    /// The error itself where it is none of objects.
    pub fn of(error: io::Error) -> Result<Self, io::Error> {
        error.downcast()
    }
}

impl From<ObjectError> for io::Error {
    fn from(error: ObjectError) -> Self {
        let kind = match error {
            ObjectError::NotFound { .. } => io::ErrorKind::NotFound,
            ObjectError::Denied { .. } | ObjectError::NoKeys { .. } => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
