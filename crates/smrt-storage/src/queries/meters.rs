//! Which meter points and channels there are.

use crate::{Store, StoreError};
use smrt_core::{Channel, Scheme};

/// A meter point and how much is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// The numbering of its code.
    pub scheme: Scheme,
    /// Its code, as the sender writes it.
    pub code: String,
    /// A name given to it, if any.
    pub name: Option<String>,
    /// How many channels it has.
    pub channels: u64,
    /// How many readings they hold together.
    pub readings: u64,
    /// Start of the first interval, UTC epoch seconds.
    pub first: Option<i64>,
    /// Start of the last interval, UTC epoch seconds.
    pub last: Option<i64>,
}

/// Which meter points are asked for; everything left out asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeterFilter {
    /// What the code begins with.
    pub prefix: Option<String>,
    /// Only this code.
    pub code: Option<String>,
    /// No more than this many.
    pub limit: Option<u64>,
}

/// A channel with the id the store knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChannel {
    /// Its id in this database; it means nothing in another.
    pub id: i64,
    /// What it is.
    pub channel: Channel,
}

impl Store {
    /// The meter points, ordered by code.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn meters(&mut self, _filter: &MeterFilter) -> Result<Vec<Meter>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// The channels of the meter points with this code, or all of them, ordered by code, name and unit.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn channels(&mut self, _code: Option<&str>) -> Result<Vec<StoredChannel>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
