//! The 400 and 500 records: what holds for some intervals of a day, and what was read at the meter (MDFF 2.5 §4.5,
//! §4.6).
//!
//! ```text
//! 400,1,20,F14,76,
//! 400,21,48,S14,0,meter was replaced
//! 500,S,RETNSRVCEORD1,20031220154500,001123.5
//! ```

use super::super::mdff::{self, Fault, Fields, Oddity, Remarks, codes::QualityMethod, point};
use super::day;
use crate::{Dialect, ParseError, lex::found};
use smrt_core::{Quality, Stand};

pub(super) const EVENT_FIELDS: usize = 6;
/// Fields up to the quality.
const EVENT_LEAST: usize = 4;
const READ_FIELDS: usize = 5;
/// Fields up to the transaction code.
const READ_LEAST: usize = 2;

/// What a 400 record says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    /// First interval, from 1; `None` where the field is none.
    pub(super) first: Option<usize>,
    /// Last interval.
    pub(super) last: Option<usize>,
    pub(super) quality: Quality,
    pub(super) reason: Option<u16>,
    pub(super) text: &'a str,
}

/// Reads a 400 record; in the lenient dialect its last field holds all that follows. Whether its intervals fit the day is left to the reader.
pub(super) fn event<'a>(
    fields: &mut Fields<'a>,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<Event<'a>, ParseError> {
    let last = fields.get(EVENT_FIELDS - 1);
    if dialect == Dialect::Lenient && last.contains(&b',') {
        let text = last.iter().rposition(|&byte| !mdff::is_blank(&[byte])).map_or(0, |at| at + 1);
        let padding = last[text..].iter().filter(|&&byte| byte == b',').count();
        let has_comma = last[..text].contains(&b',');
        let oddity = if has_comma { Oddity::CommaInText } else { Oddity::Padded(padding) };
        fields.remark(remarks, EVENT_FIELDS - 1, oddity);
        fields.shorten(EVENT_FIELDS - 1, text);
    }
    fields.expect("400", EVENT_LEAST, EVENT_FIELDS, dialect, remarks)?;
    let QualityMethod::Of(quality) = day::quality(fields, 3, false)? else {
        // Excluded by the line before; said so rather than assumed.
        return Err(fields.error(3, Fault::Quality { expected: "a quality other than V", found: found(fields.get(3)) }));
    };
    let reason = fields.reason(4, remarks)?;
    let text = day::reason_text(fields, 5)?;
    day::check_reason(fields, 4, quality, reason, text, remarks);
    Ok(Event { first: interval(fields.get(1)), last: interval(fields.get(2)), quality, reason, text })
}

/// A number of one to four digits.
fn interval(text: &[u8]) -> Option<usize> {
    let is_number = matches!(text.len(), 1..=4) && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| text.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

/// Reads a 500 record.
pub(super) fn read(fields: &mut Fields<'_>, dialect: Dialect, remarks: &mut Remarks) -> Result<Stand, ParseError> {
    fields.expect("500", READ_LEAST, READ_FIELDS, dialect, remarks)?;
    let code = point::transaction(fields, 1, dialect, remarks)?;
    let service_order = fields.text(2, 15, "a service order of at most 15 characters", dialect, remarks)?;
    let at = fields.date_time(3, dialect, remarks)?;
    let text = fields.text(4, 15, "an index read of at most 15 characters", dialect, remarks)?;
    Ok(Stand {
        at,
        text: text.to_owned(),
        trans_code: code.to_owned(),
        service_order: service_order.to_owned(),
        ..Stand::default()
    })
}
