//! What NEM12 and NEM13 share: the files of meter data providers (AEMO MDFF).

mod nmi;

pub use nmi::{checksum, is_nmi};

use smrt_core::Code;
use std::fmt;

/// What can be wrong only in a file of a meter data provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {}

impl Fault {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match *self {}
    }
}

/// What can be odd only in a file of a meter data provider.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {}

impl Oddity {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match *self {}
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

pub(crate) static FAULT_CODES: &[&Code] = &[];
pub(crate) static ODDITY_CODES: &[&Code] = &[];

/// Whether the last record in the last lines of a file is the trailer; `None` where they hold no record.
pub(crate) fn ends_complete(_last_lines: &[u8]) -> Option<bool> {
    None
}

/// The bytes that a field takes in a line, counted from 1.
pub(crate) fn field(_line: &[u8], _field: usize) -> Option<std::ops::Range<usize>> {
    None
}
