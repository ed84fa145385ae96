//! The SMRT gas-meter flow: hourly consumption of gas meters, sent by a central data provider to a shipper.
//!
//! ```text
//! "HEADR","SMRT","GAZ","20191011","134942","PN007505"
//! "CONSU","0000000001","20190928","0000",0.00
//! "CONSU","0000000001","20190928","0100",1.52
//! "TRAIL"
//! ```
//!
//! One header first, any number of consumption records, one trailer last. Fields may be quoted or bare, with blanks
//! around the commas; blank lines, lines that begin with `#`, CRLF line ends and a byte order mark are accepted. All
//! times are UTC and name the start of the measured hour. The unit is not stated. The trailer carries no count, so a
//! file that lost lines in its middle cannot be told from a whole one by its grammar: gaps in a meter's hours can.
//!
//! [`Records`] gives the records one by one; [`Reader`] fills batches.

mod fast;
mod grammar;
mod reader;
mod record;
mod sample;
mod sequence;

pub use reader::Reader;
pub use record::{Consumption, Header, Record, Records};
pub use sample::{Order, Sample};

/// Whether bytes look like the start of an SMRT file: a record id of the format at the start of the first line that
/// is neither blank nor a comment.
pub(crate) fn recognises(first_bytes: &[u8]) -> bool {
    let text = first_bytes.strip_prefix(crate::line::BYTE_ORDER_MARK).unwrap_or(first_bytes);
    let first = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !grammar::is_skipped(line));
    first.is_some_and(|line| {
        let line = line.strip_prefix(b"\"").unwrap_or(line);
        [grammar::HEADER, grammar::CONSUMPTION, grammar::TRAILER].iter().any(|id| {
            let rest = line.strip_prefix(id.as_bytes());
            rest.is_some_and(|rest| rest.first().is_none_or(|&b| b == b',' || b == b'"' || b.is_ascii_whitespace()))
        })
    })
}

/// Whether the last record in the last lines of a file is the trailer; `None` where they hold no record.
pub(crate) fn ends_complete(last_lines: &[u8]) -> Option<bool> {
    let lines = last_lines.rsplit(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let last = lines.into_iter().find(|line| !grammar::is_skipped(line));
    let start = smrt_core::Position::START;
    last.map(|line| matches!(grammar::record(line, start, Default::default()), Ok((Record::Trailer, _))))
}

/// The bytes that a field takes in a line, counted from 1.
pub(crate) fn field(line: &[u8], field: usize) -> Option<std::ops::Range<usize>> {
    let fields = crate::lex::fields::<6>(line).ok()?;
    (1..=fields.count.min(6)).contains(&field).then(|| fields.place(line, field - 1))
}
