//! Any other table of interval values or register reads: what its columns mean is told by a [`Layout`].
//!
//! ```text
//! timestamp;meter;import;quality
//! 2024-03-01 00:15;4100000001;0,125;A
//! ```
//!
//! The caller names the columns that hold the meter, the time and the values, by their names or numbers, and says how
//! numbers and times are written. Nothing is guessed: a time in another form is a problem with its line. Several
//! columns of values are several channels. The zone is the caller's, else UTC.

pub use super::table::{Column, Kind, Layout, Text, TimeForm, UnknownTimeForm};

use super::table::Reader;
use crate::Options;
use smrt_core::MarketZone;

/// A reader at the start of a file.
pub fn reader(options: &Options) -> Reader {
    Reader::new(options.csv.clone(), options, MarketZone::Utc)
}
