//! How to read: what a caller can choose for all formats.

use crate::formats::csv;
use smrt_core::{ExcessDecimals, IntervalLength, MarketZone};
use std::sync::Arc;

/// How to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What to do with a seventh and later decimal of a metered quantity.
    pub excess_decimals: ExcessDecimals,
    /// How far a source may stray from its specification.
    pub dialect: Dialect,
    /// The zone of civil times, for formats that do not fix it; else the format's own default.
    pub zone: Option<MarketZone>,
    /// What the time of a reading marks, for formats that do not say.
    pub stamp: Stamp,
    /// The length of all intervals, for formats that do not state it; else it is found in the times themselves.
    pub interval: Option<IntervalLength>,
    /// The layout of a table whose format is [`crate::Format::Csv`].
    pub csv: Option<Arc<csv::Layout>>,
}

/// How far a source may stray from its specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Not at all.
    #[default]
    Strict,
    /// As far as real senders do and a careful person would still read: each liberty is remarked on.
    Lenient,
}

/// What the time of a reading marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamp {
    /// The start of its interval; also where nobody knows, so that a reading is stored as it is stamped.
    #[default]
    Start,
    /// The end of its interval.
    End,
}
