//! The questions a store answers: one file for each.
//!
//! Every question is a method of [`crate::Store`], takes domain values and gives domain values. None of them writes,
//! and none of them formats anything for a reader.

pub(crate) mod coverage;
pub(crate) mod daily;
pub(crate) mod digest;
pub(crate) mod doctor;
pub(crate) mod doubled;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod gaps;
pub(crate) mod meters;
pub(crate) mod overview;
pub(crate) mod readings;
pub(crate) mod registers;
pub(crate) mod stats;
pub(crate) mod trace;
