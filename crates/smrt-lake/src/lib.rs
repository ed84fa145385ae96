//! Measurements and readings as Parquet files that form Delta Lake tables, on disk or in an object store.
//!
//! **The database decides.** It keeps the list of [data files](smrt_core::DataFile); this crate keeps the files and
//! knows no database: plain values in, plain values out. A load
//!
//! 1. writes its rows into files that nobody lists yet ([`Lake::write`]),
//! 2. makes them durable ([`Lake::sync`]),
//! 3. lists them in the database, in one transaction with everything else: that is the decision,
//! 4. shows them to other readers, as one commit of the table's Delta log ([`Lake::publish`]).
//!
//! A process that dies before 3 leaves files that are nobody's; [`Lake::listing`] shows and [`Lake::delete`] removes
//! them. One that dies before 4 leaves a publication to be made, which [`Lake::published`] shows and the next process
//! makes; to make one again is no harm.
//!
//! `smrt` itself answers from the database's list ([`Lake::scan`]): no log is read for it, and no asynchronous runtime
//! started for a lake on disk. Of several rows for one sensor and instant the one of the greatest file and line holds,
//! in every order of loads and before and after [`Lake::compact`], which [`Lake::digest`] can prove.
//!
//! Rows of any columns that belong to no table, such as an answer or an export, are written by [`RowWriter`].
//!
//! Everything here waits: call it from threads of its own, not from within an asynchronous runtime.
//!
//! ```
//! use smrt_core::{Dataset, SensorId, Signal};
//! use smrt_lake::{Home, Lake, MeasuredRows, Operation, Publication, Query};
//! use std::ops::ControlFlow;
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path().join("lake");
//! let lake = Lake::create(Home::folder(folder), "database-1")?;
//! let files = lake.write(&MeasuredRows {
//!     sensors: vec![SensorId::parse(b"efa4b573-e1b1-46b3-9e8a-0b303d2bb66e").unwrap()],
//!     sensor: vec![0, 0],
//!     at: vec![1_774_742_400_000_000, 1_774_742_400_000_000], // 2026-03-29 00:00 UTC, said twice
//!     value: vec![Signal::new(20.5).unwrap(), Signal::new(21.5).unwrap()],
//!     file: vec![1, 2], // the second file corrects the first
//!     line: vec![2, 2],
//! })?;
//! lake.sync(&files)?;
//! // … here the database lists the files, as its publication 1 of this table …
//! let adds = files.clone();
//! let made_at = 1_774_800_000;
//! let first = Publication { number: 1, made_at, operation: Operation::Load, adds, removes: vec![] };
//! assert!(lake.publish(Dataset::Measurements, &first)?);
//!
//! let mut values = Vec::new();
//! lake.scan(&files, &Query::default(), &mut |rows| {
//!     values.extend(rows.iter().map(|row| row.value.get()));
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(values, [21.5]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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
mod rows;
mod runtime;
mod scan;
mod write;

pub use compact::Compacted;
pub use error::LakeError;
pub use home::{Home, Listed};
pub use lake::Lake;
pub use publish::{Active, Operation, Publication};
pub use row::{Measured, Metered, Replaced, WITHDRAWN};
pub use rows::{RowType, RowValue, RowWriter};
pub use scan::{Query, Said, ScanStats, Sink};
pub use write::MeasuredRows;
