//! Answers as rows and objects: what a question asks of the database and its lake, and how the answer reads.
//!
//! The command line and the HTTP service ask the same questions. Each is one module here with the columns of its rows
//! and a function that hands them over one by one, so that both give the same names, the same exact numbers and the same
//! order. How rows are printed is up to the caller; JSON and CSV of a single [`Cell`] or row are in [`json`] and
//! [`csv`]. Nothing here knows arguments, sockets or terminals.
//!
//! ```
//! use smrt_storage::{DatabaseUrl, Store};
//! use smrt_views::{csv::CsvRows, meters};
//!
//! let folder = tempfile::tempdir()?;
//! let mut store = Store::open(&DatabaseUrl::sqlite(folder.path().join("smrt.db")))?;
//! let mut rows = CsvRows::new(Vec::new(), meters::COLUMNS, false)?;
//! for meter in store.meters(&Default::default())? {
//!     rows.row(&meters::row(&meter))?;
//! }
//! assert!(rows.take()?.starts_with(b"code,scheme,name,"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod anomalies;
mod cell;
mod channels;
pub mod csv;
pub mod daily;
mod error;
mod examined;
pub mod files;
pub mod findings;
pub mod gaps;
mod gathered;
pub mod json;
mod measured_days;
pub mod meters;
pub mod profile;
mod range;
pub mod readings;
pub mod registers;
pub mod reports;
mod series;
pub mod statistics;
pub mod stats;
pub mod summary;
pub mod trace;
mod traced_measurements;

pub use cell::{Cell, Column, RowType, Tone};
pub use channels::{channel_named, channels_of, unstated};
pub use error::AskError;
pub use gathered::COLUMNS as STRETCHES;
pub use range::Range;
pub(crate) use series::time;
pub use series::{Numbers, SECOND, Series, is_sensor, label, numbers};
