//! A 300 record that was broken over several lines, as some senders' systems do with long lines.
//!
//! What belongs to it is decided by what the lines behind it are not: a line that is a record of its own ends it.
//! Continuations may begin with numbers like 300 or 400, so that the indicator alone decides nothing.

use super::super::mdff::{codes::QualityMethod, time};
use crate::line::Line;
use smrt_core::{Position, Span};

/// The lines so far.
#[derive(Debug)]
pub(super) struct Broken {
    /// The lines, joined.
    pub(super) text: Vec<u8>,
    /// Where it starts.
    pub(super) start: Position,
    /// Its first line.
    pub(super) span: Span,
    /// How many lines it takes.
    pub(super) lines: usize,
}

impl Broken {
    /// Longest record that is put together: far more than a day of minutes takes.
    const LONGEST: usize = 64 * 1024;

    /// A record that begins with `line`.
    pub(super) fn new(line: Line<'_>) -> Self {
        Self { text: line.text.to_vec(), start: line.start, span: line.whole(), lines: 1 }
    }

    /// Adds a line. A comma between the lines is added where there is none: a number is never put together from two
    /// lines, as nobody could tell it from two numbers.
    pub(super) fn add(&mut self, text: &[u8]) {
        if !self.text.ends_with(b",") && !text.starts_with(b",") {
            self.text.push(b',');
        }
        self.text.extend_from_slice(text);
        self.lines += 1;
    }

    /// Whether it has all fields of a record of `fields`, or is longer than any record.
    pub(super) fn is_complete(&self, fields: usize) -> bool {
        self.text.len() > Self::LONGEST || memchr::memchr_iter(b',', &self.text).count() + 1 >= fields
    }
}

/// Whether a line may continue a record: it says something and is no record of its own.
pub(super) fn is_continuation(line: &[u8]) -> bool {
    !line.trim_ascii().is_empty() && !is_record(line)
}

/// Whether a line is a record, by its indicator and one more field.
pub(super) fn is_record(line: &[u8]) -> bool {
    let mut fields = line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let indicator = fields.next().unwrap_or_default();
    let mut field = |index: usize| fields.nth(index - 1).unwrap_or_default();
    match indicator {
        b"100" => field(1).first_chunk::<3>().is_some_and(|name| name.eq_ignore_ascii_case(b"NEM")),
        // The unit: a letter where a value would have none.
        b"200" => field(7).first().is_none_or(u8::is_ascii_alphabetic) && fields.next().is_some(),
        b"300" => time::date(field(1)).is_some(),
        b"400" => QualityMethod::parse(field(3)).is_some(),
        b"500" => matches!(field(1), [letter] if letter.is_ascii_uppercase()),
        b"900" => fields.all(<[u8]>::is_empty),
        _ => false,
    }
}
