//! The 250 and 550 records: two reads of a register, what flowed in between, and why somebody was there
//! (MDFF 2.5 §5.3 and §5.4).
//!
//! ```text
//! 250,VABC005890,11,1,11,11,METSER123,E,006342.8,20031005093055,A,,,007654.9,20040107100333,A,,,1312.1,kWh,20040407,20040108100333,20040108091133
//! 550,N,,A,
//! ```

use super::super::mdff::{Fault, Fields, Oddity, Remarks, codes, point};
use crate::{Dialect, ErrorKind, Options, ParseError, lex::found};
use codes::QualityMethod;
use smrt_core::{Direction, ExcessDecimals, Flag, Quality, Quantity, QuantityError, RegisterRead, Stand, Unit};

const FIELDS: usize = 23;
/// Fields up to the unit: what a read needs to be read.
const LEAST: usize = 20;
const QUANTITY: usize = 18;
const UNIT: usize = 19;
const VERSION: usize = 21;
const ORDER_FIELDS: usize = 5;
/// Longest register read and service order.
const LONGEST: usize = 15;

/// What a 250 record says: the channel, and the read without the number of its channel and its line.
#[derive(Debug)]
pub(super) struct Accumulated<'a> {
    pub(super) point: point::Point<'a>,
    pub(super) unit: &'a str,
    pub(super) read: RegisterRead,
    pub(super) was_rounded: bool,
}

/// Reads a 250 record.
pub(super) fn accumulated<'a>(
    fields: &mut Fields<'a>,
    options: &Options,
    remarks: &mut Remarks,
) -> Result<Accumulated<'a>, ParseError> {
    let dialect = options.dialect;
    fields.expect("250", LEAST, FIELDS, dialect, remarks)?;
    let point = point::point(fields, dialect, remarks)?;
    let direction = Some(direction(fields)?);
    let previous = stand(fields, 8, dialect, remarks)?;
    let current = stand(fields, 13, dialect, remarks)?;
    if current.at.is_none() {
        let found = found(fields.get(14));
        return Err(fields.error(14, Fault::DateTime { form: "CCYYMMDDhhmmss", found }));
    }
    if previous.at > current.at {
        return Err(fields.error(14, Fault::ReadOrder));
    }
    let unit_text = point::unit(fields, UNIT, dialect, remarks)?;
    let unit = Unit::of_sender(unit_text);
    let (quantity, was_rounded) = quantity(fields, options.excess_decimals, unit.is_mega)?;
    if quantity < Quantity::ZERO {
        fields.remark(remarks, QUANTITY, Oddity::Negative(1));
    }
    // A register of demand shows the greatest one and not a count, so that the quantity is no difference.
    if unit.name.ends_with('h') && !is_difference(&previous.text, &current.text, quantity, unit.is_mega) {
        fields.remark(remarks, QUANTITY, Oddity::NotDifference(found(fields.get(QUANTITY))));
    }
    point::next_read(fields, 20, dialect, remarks)?;
    mandatory_time(fields, VERSION, dialect, remarks)?;
    let version = fields.version(VERSION, dialect, remarks)?;
    fields.date_time(22, dialect, remarks)?;
    let previous = Some(previous);
    let read =
        RegisterRead { direction, previous, current, quantity: Some(quantity), version, ..RegisterRead::default() };
    Ok(Accumulated { point, unit: unit_text, read, was_rounded })
}

fn direction(fields: &Fields<'_>) -> Result<Direction, ParseError> {
    match fields.get(7) {
        b"E" => Ok(Direction::Export),
        b"I" => Ok(Direction::Import),
        other => Err(fields.error(7, Fault::Direction { found: found(other) })),
    }
}

/// Reads the five fields of a register read, from `first` on.
fn stand(fields: &Fields<'_>, first: usize, dialect: Dialect, remarks: &mut Remarks) -> Result<Stand, ParseError> {
    let expected = "a register read of at most 15 characters";
    let text = fields.text(first, LONGEST, expected, dialect, remarks)?;
    if !is_register_read(text.as_bytes()) {
        if dialect == Dialect::Strict {
            return Err(fields.error(first, Fault::RegisterRead { found: found(text.as_bytes()) }));
        }
        fields.remark(remarks, first, Oddity::RegisterRead(found(text.as_bytes())));
    }
    mandatory_time(fields, first + 1, dialect, remarks)?;
    let at = fields.date_time(first + 1, dialect, remarks)?;
    let quality = quality(fields, first + 2, remarks)?;
    let reason = fields.reason(first + 3, remarks)?;
    let reason_text = fields.text(first + 4, 240, "a text of at most 240 characters", dialect, remarks)?;
    if reason.is_none() && codes::needs_reason(quality) {
        fields.remark(remarks, first + 3, Oddity::Reason("expected a reason of the substitution, found none"));
    }
    if reason == Some(0) && reason_text.is_empty() {
        fields.remark(remarks, first + 4, Oddity::Reason("expected a text for the reason 0, found none"));
    }
    let (text, reason_text) = (text.to_owned(), reason_text.to_owned());
    Ok(Stand { at, text, quality, reason, reason_text, ..Stand::default() })
}

/// What dials can show: digits, and a point at most.
fn is_register_read(text: &[u8]) -> bool {
    let points = text.iter().filter(|&&byte| byte == b'.').count();
    points <= 1 && text.len() > points && text.iter().all(|&byte| byte == b'.' || byte.is_ascii_digit())
}

/// Checks that a time is there at all; whether it is one is seen when it is read.
fn mandatory_time(
    fields: &Fields<'_>,
    index: usize,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<(), ParseError> {
    if !fields.get(index).is_empty() {
        return Ok(());
    }
    let nothing = found(b"");
    if dialect == Dialect::Strict {
        return Err(fields.error(index, Fault::DateTime { form: "CCYYMMDDhhmmss", found: nothing }));
    }
    fields.remark(remarks, index, Oddity::DateTime(nothing, "left out"));
    Ok(())
}

/// A quality; neither `V` nor `N` has a meaning here.
fn quality(fields: &Fields<'_>, index: usize, remarks: &mut Remarks) -> Result<Quality, ParseError> {
    let field = fields.get(index);
    match QualityMethod::parse(field) {
        Some(QualityMethod::Of(quality)) if quality.flag != Flag::Null => {
            if !codes::is_listed_method(quality.method) {
                fields.remark(remarks, index, Oddity::UnlistedCode("method", found(field)));
            }
            Ok(quality)
        }
        _ => {
            let expected = "A, or E, S or F with a method of two digits";
            Err(fields.error(index, Fault::Quality { expected, found: found(field) }))
        }
    }
}

fn quantity(fields: &Fields<'_>, excess: ExcessDecimals, is_mega: bool) -> Result<(Quantity, bool), ParseError> {
    let field = fields.get(QUANTITY);
    scaled(field, excess, is_mega).map_err(|reason| {
        let expected = "a quantity";
        fields.error(QUANTITY, ErrorKind::Quantity { expected, found: found(field), reason })
    })
}

fn scaled(text: &[u8], excess: ExcessDecimals, is_mega: bool) -> Result<(Quantity, bool), QuantityError> {
    if is_mega { Quantity::parse_thousands(text, excess) } else { Quantity::parse_with(text, excess) }
}

/// Whether a quantity is what lies between two reads, with or without the dials having passed all nines; also where
/// a read is no number, which has been told of already, or too large a one. The sign is that of the direction.
fn is_difference(previous: &str, current: &str, quantity: Quantity, is_mega: bool) -> bool {
    let read = |text: &str| scaled(text.as_bytes(), ExcessDecimals::RoundHalfEven, is_mega).ok();
    let (Some((before, _)), Some((after, _))) = (read(previous), read(current)) else { return true };
    let difference = i128::from(after.micros()) - i128::from(before.micros());
    let dials = previous.find('.').unwrap_or(previous.len());
    let unit: i128 = if is_mega { 1_000_000_000 } else { 1_000_000 };
    let round = 10i128.checked_pow(u32::try_from(dials).unwrap_or(u32::MAX)).and_then(|all| all.checked_mul(unit));
    let quantity = i128::from(quantity.micros()).abs();
    let rolled = difference < 0 && round.is_some_and(|round| difference + round == quantity);
    difference.abs() == quantity || rolled
}

/// Reads a 550 record into the read that it belongs to. Of several, the codes and the orders stand side by side with
/// commas between them.
pub(super) fn order(
    fields: &mut Fields<'_>,
    read: &mut RegisterRead,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<(), ParseError> {
    fields.expect("550", 2, ORDER_FIELDS, dialect, remarks)?;
    let previous = visit(fields, 1, dialect, remarks)?;
    let current = visit(fields, 3, dialect, remarks)?;
    for (stand, (code, order)) in [(read.previous.as_mut(), previous), (Some(&mut read.current), current)] {
        let Some(stand) = stand else { continue };
        for (text, more) in [(&mut stand.trans_code, code), (&mut stand.service_order, order)] {
            if read.further_records > 0 {
                text.push(',');
            }
            text.push_str(more);
        }
    }
    Ok(())
}

/// Reads a transaction code and the service order behind it.
fn visit<'a>(
    fields: &Fields<'a>,
    first: usize,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<(&'a str, &'a str), ParseError> {
    let code = point::transaction(fields, first, dialect, remarks)?;
    let order = fields.text(first + 1, LONGEST, "a service order of at most 15 characters", dialect, remarks)?;
    Ok((code, order))
}
