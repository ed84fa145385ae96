//! What NEM12 and NEM13 share: the files of meter data providers in the Australian electricity market (AEMO, Meter
//! Data File Format, MDFF).
//!
//! ```text
//! 100,NEM12,200402070911,MDP1,Retailer1
//! …
//! 900
//! ```
//!
//! Lines of fields with commas between them; nothing is quoted and no field holds a comma. One 100 record first, one
//! 900 record last. All times are NEM time: ten hours east of UTC the whole year. The strict dialect is the
//! specification; the lenient one reads what senders make of it, and each liberty is an [`Oddity`].

pub(crate) mod codes;
mod fault;
mod fields;
mod frame;
mod header;
mod nmi;
mod oddity;
pub(crate) mod point;
pub(crate) mod time;

pub(crate) use fault::CODES as FAULT_CODES;
pub use fault::Fault;
pub(crate) use fields::Fields;
pub(crate) use frame::{Frame, Part, TRAILER};
pub(crate) use header::header;
pub use nmi::{checksum, is_nmi};
pub use oddity::Oddity;
pub(crate) use oddity::{CODES as ODDITY_CODES, Remarks};

use crate::ErrorKind;

impl From<Fault> for ErrorKind {
    fn from(fault: Fault) -> Self {
        Self::Mdff(fault)
    }
}

/// Whether a line says nothing: blanks, commas, the end mark of an old system.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b',' | 0x1a))
}

/// The lines of a text that say something, without blanks at their ends.
fn speaking_lines(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !is_blank(line))
}

/// The fields of the first record in the first bytes of a source.
pub(crate) fn first_record(first_bytes: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let (text, _) = crate::line::without_mark(first_bytes);
    speaking_lines(text).next().map(|line| line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii))
}

/// Whether the last record in the last lines of a file is the trailer, or the end of an envelope around it; `None`
/// where they hold no record.
pub(crate) fn ends_complete(last_lines: &[u8]) -> Option<bool> {
    let last = speaking_lines(last_lines).next_back()?;
    let is_trailer = last.strip_prefix(TRAILER.as_bytes()).is_some_and(is_blank);
    Some(is_trailer || crate::asexml::ends_complete(last))
}

/// The bytes that a field takes in a line, counted from 1.
pub(crate) fn field(line: &[u8], field: usize) -> Option<std::ops::Range<usize>> {
    let part = line.split(|&byte| byte == b',').nth(field.checked_sub(1)?)?;
    let start = part.as_ptr() as usize - line.as_ptr() as usize;
    Some(start..start + part.len())
}
