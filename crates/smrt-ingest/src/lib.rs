//! The life of a file: found, settled, read, validated, loaded whole or refused with its reasons.
//!
//! ```
//! use smrt_ingest::{Options, Quiet, Stop, ingest};
//! use smrt_storage::{DatabaseUrl, Store};
//!
//! let folder = tempfile::tempdir()?;
//! let inbox = folder.path().join("inbox");
//! std::fs::create_dir(&inbox)?;
//! std::fs::write(
//!     inbox.join("PN000001.SMRT"),
//!     "\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN000001\"\n\
//!      \"CONSU\",\"0000000001\",\"20190928\",\"0100\",1.52\n\
//!      \"TRAIL\"\n",
//! )?;
//!
//! let store = Store::open(&DatabaseUrl::sqlite(folder.path().join("smrt.db")))?;
//! let report = ingest(&mut store.writer()?, &[inbox], &Options::default(), &Stop::default(), &Quiet)?;
//! assert_eq!(report.totals().inserted, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Data flows one way. One **producer** per file reads its bytes, hashes them, parses
//! them, runs the rules and puts the readings in key order; several work at once. The one **loader** takes the files
//! in their order and writes each in one transaction; a file is reported, moved or acknowledged when that is durable.
//! The write lock of the database is the claim on a file: processes that share a directory take turns at it, and each
//! looks under the lock whether the file is still to be loaded.
#![forbid(unsafe_code)]

mod archive;
mod candidate;
mod codes;
mod container;
pub mod convert;
mod discover;
mod error;
mod foreign;
mod inspect;
pub mod lake;
mod load;
mod locate;
mod measure;
mod objects;
mod observer;
mod options;
mod order;
mod original;
mod pipeline;
mod produce;
mod reject;
mod report;
mod room;
mod rules;
mod series;
mod source;
mod stdin;
mod take;
mod validate;
mod watch;

pub use candidate::Candidate;
pub use codes::codes;
pub use discover::discover;
pub use error::IngestError;
pub use inspect::{ChannelSpan, Content, Inspection, inspect};
pub use load::{dry_run, ingest, now};
pub use objects::{StoreTrouble, is_address};
pub use observer::{Observer, Quiet, Stop};
pub use options::{OnBadRecord, Options};
pub use original::{NoOriginal, original_line};
pub use report::{FileOutcome, Origin, Reason, Report, Status, Totals};
pub use rules::first_line_of_doubled;
pub use series::{Part, SeriesKey, diff, outliers};
pub use source::Fingerprint;
pub use validate::validate;
pub use watch::{WatchOptions, watch};
