//! The lake of a database: where it is, what it holds of sensors, and its care.
//!
//! The database has the names and the list of data files, the lake has the rows; what needs both is here.

mod ask;
mod place;

pub use ask::{Measurements, StoredMeasurement, TracedMeasurement};
pub use place::{Attached, LakeOptions};
