//! The lake.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod blob;
mod care;
mod compact;
mod digest;
mod durable;
mod encode;
mod error;
mod file;
mod home;
mod lake;
mod merge;
mod on_disk;
mod output;
mod publish;
mod read;
mod row;
mod runtime;
mod scan;
mod write;

pub use compact::Compacted;
pub use error::LakeError;
pub use home::{Home, Listed};
pub use lake::Lake;
pub use publish::{Active, Operation, Publication};
pub use row::{Measured, Metered, Replaced, WITHDRAWN};
pub use scan::{Query, Said, ScanStats, Sink};
pub use write::MeasuredRows;
