//! What LP, TOU, interval CSV and sensors share: tables with a line of column names.
//!
//! Lines come in, readings or register reads go out. Columns are found by their names, in any order
//! (`columns.rs`), fields are cut by RFC 4180 within one line (`cut.rs`), times are in one stated form (`time.rs`),
//! and intervals get the length that the times themselves tell (`lengths.rs`). [`Reader`] reads every table of readings
//! by its [`Layout`]; a table of another kind, such as TOU or measurements, brings a reader of its own.

mod channels;
mod columns;
mod cut;
mod fast;
mod fault;
mod groups;
mod layout;
mod lengths;
mod lines;
mod oddity;
mod plan;
mod reader;
mod time;

pub(crate) use channels::{Channels, is_second_pass};
pub(crate) use columns::Columns;
pub(crate) use cut::{Cut, Row};
pub(crate) use fault::FAULT_CODES;
pub use fault::Fault;
pub use layout::{Column, Kind, Layout, Text};
pub(crate) use lines::{Lines, at_its_instant, line_number, too_many, too_many_channels};
pub(crate) use oddity::ODDITY_CODES;
pub use oddity::Oddity;
pub use reader::Reader;
pub(crate) use time::{DAY, NO_TIME, number, of_clock, utc_offset};
pub use time::{TimeForm, UnknownTimeForm};

use crate::line;

/// The separators that lines of column names are looked at with.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The bytes that a field takes in a line, counted from 1. The separator is not known here: the one that the line has
/// most of is taken.
pub(crate) fn field(line: &[u8], field: usize) -> Option<std::ops::Range<usize>> {
    let separator = SEPARATORS.into_iter().max_by_key(|&byte| memchr::memchr_iter(byte, line).count())?;
    let mut cut = Cut::default();
    cut.line(line, separator).ok()?;
    cut.place(field.checked_sub(1)?)
}

/// The first line of a text that is not blank, without a byte order mark.
pub(crate) fn first_line(first_bytes: &[u8]) -> &[u8] {
    let (text, _) = line::without_mark(first_bytes);
    let mut lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// Whether the first line of a text names all of some columns, with commas between them.
pub(crate) fn names_columns(first_bytes: &[u8], columns: &[&str]) -> bool {
    count_named(first_line(first_bytes), b',', columns) == columns.len()
}

/// How many of some columns a line names.
pub(crate) fn count_named(line: &[u8], separator: u8, columns: &[&str]) -> usize {
    let mut cut = Cut::default();
    if cut.line(line, separator).is_err() {
        return 0;
    }
    let has = |name: &&&str| {
        let mut places = (0..cut.len()).filter_map(|index| cut.place(index));
        places.any(|place| line[place].trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
    };
    columns.iter().filter(has).count()
}
