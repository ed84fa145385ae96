//! The 300 record: one day of one channel (MDFF 2.5 §4.4). This grammar is the reference that the fast path is held to.
//!
//! ```text
//! 300,20040201,1.111,…,1.111,A,,,20040202120025,20040202142516
//! ```

use super::super::mdff::{Fault, Fields, Oddity, Remarks, codes, codes::QualityMethod, time};
use super::details::{LENGTHS, MINUTES_PER_DAY};
use crate::{Dialect, ErrorKind, ParseError, lex::found};
use smrt_core::{ExcessDecimals, Flag, Quality, Quantity, QuantityError, Version};

/// Fields before the values.
pub(super) const BEFORE: usize = 2;
/// Fields behind them.
pub(super) const BEHIND: usize = 5;
/// Longest text of a reason.
pub(super) const REASON_TEXT: usize = 240;

/// How the values of a channel are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// Minutes of an interval.
    pub(super) minutes: u16,
    /// Whether they are in a thousand of the channel's unit.
    pub(super) is_mega: bool,
    pub(super) dialect: Dialect,
    pub(super) excess: ExcessDecimals,
}

impl Measure {
    /// Intervals of a day.
    pub(super) fn intervals(self) -> usize {
        usize::from(MINUTES_PER_DAY / self.minutes)
    }
}

/// What a 300 record says beside its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day<'a> {
    /// Days since 1970-01-01.
    pub(super) days: i32,
    pub(super) quality: QualityMethod,
    pub(super) reason: Option<u16>,
    pub(super) text: &'a str,
    pub(super) version: Version,
    /// Values that were rounded.
    pub(super) rounded: u64,
}

/// The values of a day.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) quantities: Vec<Quantity>,
    /// Indexes of those that are missing, and zero in `quantities`.
    pub(super) missing: Vec<usize>,
}

/// How many values the record has, going by the place of its quality, the first field with a letter.
pub(super) fn count_values(fields: &Fields<'_>) -> Option<usize> {
    let behind_date = fields.range(BEFORE, fields.len());
    behind_date.iter().position(|field| field.first().is_some_and(u8::is_ascii_alphabetic))
}

/// The interval length of the specification that so many values a day need, if it is finer than the one stated.
pub(super) fn finer_length(values: usize, stated: u16) -> Option<u16> {
    LENGTHS.into_iter().find(|&minutes| minutes < stated && usize::from(MINUTES_PER_DAY / minutes) == values)
}

/// Reads a 300 record; its values go to `values`.
pub(super) fn day<'a>(
    fields: &mut Fields<'a>,
    measure: Measure,
    values: &mut Values,
    remarks: &mut Remarks,
) -> Result<Day<'a>, ParseError> {
    let dialect = measure.dialect;
    let count = measure.intervals();
    let counted = count_values(fields);
    let found_values = counted.unwrap_or(fields.len().saturating_sub(BEFORE));
    let lacks_quality = counted.is_none() && fields.len() > BEFORE + count && fields.get(BEFORE + count).is_empty();
    // Where the number of fields is right, it is a value or the quality that is not.
    if found_values != count && fields.len() != BEFORE + count + BEHIND && !lacks_quality {
        let kind = Fault::ValueCount { minutes: measure.minutes, expected: count, found: found_values };
        return Err(fields.line().error(fields.line().text, kind.into()));
    }
    fields.expect("300", BEFORE + count + 1, BEFORE + count + BEHIND, dialect, remarks)?;
    let date = fields.get(1);
    let days = time::date(date).ok_or_else(|| fields.error(1, ErrorKind::Date { found: found(date) }))?;
    let rounded = read_values(fields, measure, values, remarks)?;
    let at = BEFORE + count;
    let quality = quality(fields, at, true)?;
    let reason = fields.reason(at + 1, remarks)?;
    let text = reason_text(fields, at + 2)?;
    match quality {
        QualityMethod::Of(quality) => check_reason(fields, at + 1, quality, reason, text, remarks),
        QualityMethod::Variable if reason.is_none() && text.is_empty() => {}
        QualityMethod::Variable if dialect == Dialect::Lenient => {
            fields.remark(remarks, at + 1, Oddity::Reason("expected no reason beside the flag V, found one: kept"));
        }
        QualityMethod::Variable => {
            let expected = "no reason and no text beside the flag V";
            let part = if reason.is_some() { at + 1 } else { at + 2 };
            return Err(fields.error(part, Fault::Reason { expected, found: found(fields.get(part)) }));
        }
    }
    let version = fields.version(at + 3, dialect, remarks)?;
    fields.date_time(at + 4, dialect, remarks)?;
    Ok(Day { days, quality, reason, text, version, rounded })
}

/// Reads all values and tells how many were rounded.
fn read_values(
    fields: &Fields<'_>,
    measure: Measure,
    values: &mut Values,
    remarks: &mut Remarks,
) -> Result<u64, ParseError> {
    let lenient = measure.dialect == Dialect::Lenient;
    let (mut rounded, mut negative) = (0, None::<(usize, usize)>);
    values.quantities.clear();
    values.missing.clear();
    for (index, field) in fields.range(BEFORE, BEFORE + measure.intervals()).iter().enumerate() {
        let expected = "a value";
        let parsed = if measure.is_mega {
            Quantity::parse_thousands(field, measure.excess)
        } else {
            Quantity::parse_with(field, measure.excess)
        };
        let (quantity, was_rounded) = match parsed {
            Ok((_, _)) if field.first() == Some(&b'-') && !lenient => {
                return Err(fields.line().error(field, ErrorKind::Negative { expected, found: found(field) }));
            }
            Ok((quantity, was_rounded)) => (quantity, was_rounded),
            Err(QuantityError::Empty) if lenient => {
                values.missing.push(index);
                (Quantity::ZERO, false)
            }
            Err(reason) => {
                return Err(fields.line().error(field, ErrorKind::Quantity { expected, found: found(field), reason }));
            }
        };
        if field.first() == Some(&b'-') {
            negative = Some(negative.map_or((index, 1), |(first, count)| (first, count + 1)));
        }
        rounded += u64::from(was_rounded);
        values.quantities.push(quantity);
    }
    if let Some((first, count)) = negative {
        fields.remark(remarks, BEFORE + first, Oddity::Negative(count));
    }
    if let Some(first) = values.missing.first() {
        fields.remark(remarks, BEFORE + first, Oddity::NoValue(values.missing.len()));
    }
    Ok(rounded)
}

/// A quality with its method; `V` only where it may stand.
pub(super) fn quality(fields: &Fields<'_>, index: usize, may_vary: bool) -> Result<QualityMethod, ParseError> {
    let parsed = QualityMethod::parse(fields.get(index));
    parsed.filter(|&quality| may_vary || quality != QualityMethod::Variable).ok_or_else(|| {
        let expected = if may_vary {
            "a quality: A, N or V, or E, S or F with a method of two digits"
        } else {
            "a quality: A or N, or E, S or F with a method of two digits"
        };
        fields.error(index, Fault::Quality { expected, found: found(fields.get(index)) })
    })
}

/// The text of a reason.
pub(super) fn reason_text<'a>(fields: &Fields<'a>, index: usize) -> Result<&'a str, ParseError> {
    let field = fields.get(index);
    let text = std::str::from_utf8(field).ok();
    text.filter(|text| text.len() <= REASON_TEXT && !text.chars().any(char::is_control)).ok_or_else(|| {
        let expected = "the text of a reason, at most 240 characters";
        fields.error(index, ErrorKind::Text { expected, found: found(field) })
    })
}

/// Remarks on a quality and its reason that do not go together. `index` is the field of the reason.
pub(super) fn check_reason(
    fields: &Fields<'_>,
    index: usize,
    quality: Quality,
    reason: Option<u16>,
    text: &str,
    remarks: &mut Remarks,
) {
    if !codes::is_listed_method(quality.method) {
        let method = quality.method.to_string();
        fields.remark(remarks, index.saturating_sub(1), Oddity::UnlistedCode("method", method));
    }
    if codes::needs_reason(quality) && reason.is_none() {
        let what = "expected a reason for a substituted value, found none";
        fields.remark(remarks, index, Oddity::Reason(what));
    } else if reason == Some(0) && text.is_empty() {
        fields.remark(remarks, index + 1, Oddity::Reason("expected a text for the reason 0, found none"));
    } else if quality.flag == Flag::Null && reason.is_some() {
        fields.remark(remarks, index, Oddity::Reason("expected no reason for the quality N, found one: kept"));
    }
}
