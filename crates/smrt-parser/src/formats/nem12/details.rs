//! The 200 record: which channel the days behind it are of (MDFF 2.5 §4.3).
//!
//! ```text
//! 200,VABD000163,E1Q1,1,E1,N1,METSER123,kWh,30,20040120
//! ```

use super::super::mdff::{Fault, Fields, Oddity, Remarks, checksum, codes, is_nmi, time};
use crate::{Dialect, ErrorKind, ParseError, lex::found};
use smrt_core::IntervalLength;

const FIELDS: usize = 10;
/// Fields up to the interval length: what a day needs to be read.
const LEAST: usize = 9;
/// Longest configuration of a meter point.
const CONFIGURATION: usize = 240;
/// Longest identifier and suffix that are believed to be one.
const LONGEST_NMI: usize = 32;
const LONGEST_SUFFIX: usize = 16;
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
    let nmi = nmi(fields, dialect, remarks)?;
    let suffix = suffix(fields, dialect, remarks)?;
    configuration(fields, suffix, dialect, remarks)?;
    let register = fields.text(3, 10, "a register of at most 10 characters", dialect, remarks)?;
    fields.text(5, 2, "a data stream of at most 2 characters", dialect, remarks)?;
    let serial = fields.text(6, 12, "a serial number of at most 12 characters", dialect, remarks)?;
    let unit = unit(fields, dialect, remarks)?;
    let length = length(fields, dialect, remarks)?;
    next_read(fields, dialect, remarks)?;
    Ok(Details { nmi, register, suffix, serial, unit, length })
}

/// Takes out a check digit that stands in a field of its own behind the NMI, which moves all others by one.
fn take_check_digit(fields: &mut Fields<'_>, remarks: &mut Remarks) -> Result<(), ParseError> {
    let [digit] = *fields.get(2) else { return Ok(()) };
    let is_moved = codes::is_listed_unit(fields.get(8)) && !codes::is_listed_unit(fields.get(7));
    let nmi: Option<&[u8; 10]> = fields.get(1).try_into().ok();
    if let Some(nmi) = nmi.filter(|nmi| digit.is_ascii_digit() && is_moved && is_nmi(*nmi)) {
        check(fields, 2, nmi, digit)?;
        let what = "expected the configuration behind the NMI, found its check digit: left out";
        fields.remark(remarks, 2, Oddity::CheckDigit(what));
        fields.remove(2);
    }
    Ok(())
}

/// Checks the check digit of an NMI.
fn check(fields: &Fields<'_>, index: usize, nmi: &[u8; 10], digit: u8) -> Result<(), ParseError> {
    if digit == checksum(nmi) + b'0' {
        return Ok(());
    }
    let expected = "an NMI that its check digit fits";
    Err(fields.error(index, Fault::Nmi { expected, found: found(fields.get(1)) }))
}

fn nmi<'a>(fields: &Fields<'a>, dialect: Dialect, remarks: &mut Remarks) -> Result<&'a str, ParseError> {
    let field = fields.get(1);
    let expected = "an NMI, ten digits and capital letters without I and O";
    let error = || fields.error(1, Fault::Nmi { expected, found: found(field) });
    let text = std::str::from_utf8(field).map_err(|_| error())?;
    if is_nmi(field) {
        return Ok(text);
    }
    let is_text = (1..=LONGEST_NMI).contains(&text.len()) && !text.chars().any(char::is_control);
    if dialect == Dialect::Strict || !is_text {
        return Err(error());
    }
    if let Some((nmi, digit @ b'0'..=b'9')) = field.split_first_chunk::<10>().and_then(|(nmi, rest)| match rest {
        [digit] => Some((nmi, *digit)),
        _ => None,
    }) && is_nmi(nmi)
    {
        check(fields, 1, nmi, digit)?;
        let what = "expected an NMI of ten characters, found one with its check digit: left out";
        fields.remark(remarks, 1, Oddity::CheckDigit(what));
        return Ok(&text[..nmi.len()]);
    }
    fields.remark(remarks, 1, Oddity::Nmi(found(field)));
    Ok(text)
}

fn suffix<'a>(fields: &Fields<'a>, dialect: Dialect, remarks: &mut Remarks) -> Result<&'a str, ParseError> {
    let field = fields.get(4);
    let expected = "a suffix of two characters, such as E1";
    let error = || fields.error(4, ErrorKind::Text { expected, found: found(field) });
    let text = std::str::from_utf8(field).map_err(|_| error())?;
    if field.len() == 2 && field.iter().all(u8::is_ascii_alphanumeric) {
        return Ok(text);
    }
    let is_text = (1..=LONGEST_SUFFIX).contains(&text.len()) && !text.chars().any(char::is_control);
    if dialect == Dialect::Strict || !is_text {
        return Err(error());
    }
    fields.remark(remarks, 4, Oddity::Details("expected a suffix of two characters, found this: kept as written"));
    Ok(text)
}

/// Checks the list of all suffixes of the meter point.
fn configuration(fields: &Fields<'_>, suffix: &str, dialect: Dialect, remarks: &mut Remarks) -> Result<(), ParseError> {
    let field = fields.get(2);
    let (pairs, rest) = field.as_chunks::<2>();
    let twice = pairs.iter().enumerate().any(|(at, pair)| pairs[..at].contains(pair));
    let lacks = !pairs.iter().any(|pair| pair == suffix.as_bytes());
    let expected = if field.is_empty() || field.len() > CONFIGURATION || !rest.is_empty() {
        "a configuration of suffixes, two characters each"
    } else if lacks {
        "the suffix of the record in its configuration"
    } else if twice {
        "each suffix once in the configuration"
    } else {
        return Ok(());
    };
    if dialect == Dialect::Strict {
        return Err(fields.error(2, Fault::Configuration { expected, found: found(field) }));
    }
    fields.remark(
        remarks,
        2,
        Oddity::Details("expected all suffixes, each once, found another configuration: not used"),
    );
    Ok(())
}

fn unit<'a>(fields: &Fields<'a>, dialect: Dialect, remarks: &mut Remarks) -> Result<&'a str, ParseError> {
    let text = fields.text(7, 5, "a unit of the list, such as kWh", dialect, remarks)?;
    if codes::is_listed_unit(text.as_bytes()) {
        return Ok(text);
    }
    let expected = "a unit of the list, such as kWh";
    if dialect == Dialect::Strict {
        return Err(fields.error(7, ErrorKind::Text { expected, found: found(text.as_bytes()) }));
    }
    fields.remark(remarks, 7, Oddity::Unit(found(text.as_bytes())));
    Ok(text)
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

/// Checks the date of the next read, which nothing depends on.
fn next_read(fields: &Fields<'_>, dialect: Dialect, remarks: &mut Remarks) -> Result<(), ParseError> {
    let field = fields.get(9);
    if field.is_empty() || time::date(field).is_some() {
        return Ok(());
    }
    if dialect == Dialect::Strict {
        return Err(fields.error(9, ErrorKind::Date { found: found(field) }));
    }
    fields.remark(remarks, 9, Oddity::Details("expected the date of the next read, found none: not used"));
    Ok(())
}
