//! What LP, TOU and interval CSV share: tables with a line of column names.

use smrt_core::Code;
use std::fmt;

/// What can be wrong only in a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {}

impl Fault {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match *self {}
    }
}

/// What can be odd only in a table.
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

/// The bytes that a field takes in a line, counted from 1.
pub(crate) fn field(_line: &[u8], _field: usize) -> Option<std::ops::Range<usize>> {
    None
}
