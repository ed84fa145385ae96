//! Interval-data files: bytes in, records and batches out.
//!
//! This crate reads what senders write and does nothing else: no files, no database, no async. Feed it bytes from
//! wherever they come; it gives typed records that borrow from them, or batches of columns ready for a store, and it
//! names every problem with its line, column and byte.
//!
//! Record by record, borrowing from the text:
//!
//! ```
//! use smrt_parser::smrt::{Record, Records};
//!
//! let text = br#""HEADR","SMRT","GAZ","20191011","134942","PN007505"
//! "CONSU","0000000001","20190928","0000",0.00
//! "CONSU","0000000001","20190928","0100",1.52
//! "TRAIL"
//! "#;
//! let mut total = smrt_core::Sum::default();
//! for record in Records::new(text) {
//!     if let Record::Consumption(reading) = record? {
//!         total.add(reading.consumption);
//!     }
//! }
//! assert_eq!(total.to_string(), "1.52");
//! # Ok::<(), smrt_parser::ParseError>(())
//! ```
//!
//! Batch by batch, any size in flat memory, every problem reported: see [`decode()`].
//!
//! A format is one folder under `formats/` with its grammar, its reader and its notes on the specification; see
//! [`Format`] for the list. A reader of your own implements [`BatchReader`] and runs through [`drive`].
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod asexml;
mod cores;
mod decode;
mod error;
mod format;
mod formats;
mod framer;
mod interner;
mod lex;
mod line;
mod options;
mod parts;
mod reader;
mod remark;
mod sample;
mod spare;
mod swar;

pub use cores::{decode_on, decode_parts};
pub use decode::{Blocks, Decoded, Sink, decode, drive};
pub use error::{ErrorKind, ParseError};
pub use format::{Format, UnknownFormat};
pub use formats::{csv, lp, mdff, nem12, nem13, sensor, sensor_mapping, smrt, table, tou};
pub use framer::{Framer, LineTooLong};
pub use options::{Dialect, Options, Stamp};
pub use parts::{ChannelNumbers, Part, Splittable, Take, TooManyChannels, drive_parts};
pub use reader::BatchReader;
pub use remark::{Remark, RemarkKind};
pub use spare::Spare;

/// Every code that a problem or a remark of a reader can carry, in the order of their ids within each kind.
pub fn codes() -> impl Iterator<Item = &'static smrt_core::Code> {
    let lists = [error::CODES, formats::mdff::FAULT_CODES, formats::table::FAULT_CODES];
    let remarks = [formats::mdff::ODDITY_CODES, formats::table::ODDITY_CODES];
    lists.into_iter().chain(remarks).flatten().copied()
}
