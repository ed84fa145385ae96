//! The lake of a database: where it is, what it holds of sensors, and its care.
//!
//! The database has the names and the list of data files, the lake has the rows; what needs both is here.

mod ahead;
mod ask;
mod compact;
mod gc;
mod place;
mod verify;

pub use ask::{Measurements, StoredMeasurement, TracedMeasurement};
pub use compact::{Compaction, compact};
pub use gc::{Collected, gc};
pub(crate) use place::copies;
pub use place::{Attached, LakeOptions, Readings};
pub use verify::{Depth, Proof, verify};
