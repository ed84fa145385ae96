//! The 200 record: which channel the days behind it are of (MDFF 2.5 §4.3).
//!
//! ```text
//! 200,VABD000163,E1Q1,1,E1,N1,METSER123,kWh,30,20040120
//! ```

use super::super::mdff::{
    Fault, Fields, Oddity, Remarks, codes, is_nmi,
    point::{self, Point},
};
use crate::{Dialect, ParseError, lex::found};
use smrt_core::IntervalLength;

const FIELDS: usize = 10;
/// Fields up to the interval length: what a day needs to be read.
const LEAST: usize = 9;
pub(super) const MINUTES_PER_DAY: u16 = 1440;
/// Lengths of the specification.
pub(super) const LENGTHS: [u16; 3] = [5, 15, 30];

/// What a 200 record says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Details<'a> {
    pub(super) nmi: &'a str,
    pub(super) register: &'a str,
    pub(super) suffix: &'a str,
    pub(super) serial: &'a str,
    pub(super) unit: &'a str,
    pub(super) length: IntervalLength,
}

/// Reads a 200 record.
pub(super) fn details<'a>(
    fields: &mut Fields<'a>,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<Details<'a>, ParseError> {
    if dialect == Dialect::Lenient {
        take_check_digit(fields, remarks)?;
    }
    fields.expect("200", LEAST, FIELDS, dialect, remarks)?;
    let Point { nmi, register, suffix, serial } = point::point(fields, dialect, remarks)?;
    let unit = point::unit(fields, 7, dialect, remarks)?;
    let length = length(fields, dialect, remarks)?;
    point::next_read(fields, 9, dialect, remarks)?;
    Ok(Details { nmi, register, suffix, serial, unit, length })
}

/// Takes out a check digit that stands in a field of its own behind the NMI, which moves all others by one.
fn take_check_digit(fields: &mut Fields<'_>, remarks: &mut Remarks) -> Result<(), ParseError> {
    let [digit] = *fields.get(2) else { return Ok(()) };
    let is_moved = codes::is_listed_unit(fields.get(8)) && !codes::is_listed_unit(fields.get(7));
    let nmi: Option<&[u8; 10]> = fields.get(1).try_into().ok();
    if let Some(nmi) = nmi.filter(|nmi| digit.is_ascii_digit() && is_moved && is_nmi(*nmi)) {
        point::check(fields, 2, nmi, digit)?;
        let what = "expected the configuration behind the NMI, found its check digit: left out";
        fields.remark(remarks, 2, Oddity::CheckDigit(what));
        fields.remove(2);
    }
    Ok(())
}

fn length(fields: &Fields<'_>, dialect: Dialect, remarks: &mut Remarks) -> Result<IntervalLength, ParseError> {
    let field = fields.get(8);
    let lenient = dialect == Dialect::Lenient;
    let expected = if lenient { "a divisor of 1440" } else { "5, 15 or 30" };
    let error = || fields.error(8, Fault::IntervalLength { expected, found: found(field) });
    let is_number = matches!(field.len(), 1..=4) && field.iter().all(u8::is_ascii_digit);
    let minutes = field.iter().filter(|_| is_number).fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    let listed = LENGTHS.contains(&minutes);
    let divides = minutes > 0 && MINUTES_PER_DAY.is_multiple_of(minutes);
    let length = IntervalLength::from_minutes(minutes).filter(|_| listed || (lenient && divides));
    if length.is_some() && !listed {
        fields.remark(remarks, 8, Oddity::IntervalLength(minutes));
    }
    length.ok_or_else(error)
}
