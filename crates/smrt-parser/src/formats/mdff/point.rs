//! The fields that 200 and 250 records begin with: whose channel it is, and which (MDFF 2.5 §4.3 and §5.3).
//!
//! Both have the same ones in the same places; further on they part. What else both formats say of a meter point stands
//! here too.

use super::{Fault, Fields, Oddity, Remarks, checksum, codes, is_nmi, time};
use crate::{Dialect, ErrorKind, ParseError, lex::found};

/// Longest configuration of a meter point.
const CONFIGURATION: usize = 240;
/// Longest identifier and suffix that are believed to be one.
const LONGEST_NMI: usize = 32;
const LONGEST_SUFFIX: usize = 16;

/// What the fields 2 to 7 of a record say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point<'a> {
    pub(crate) nmi: &'a str,
    pub(crate) register: &'a str,
    pub(crate) suffix: &'a str,
    pub(crate) serial: &'a str,
}

/// Reads the fields 2 to 7 of a record.
pub(crate) fn point<'a>(fields: &Fields<'a>, dialect: Dialect, remarks: &mut Remarks) -> Result<Point<'a>, ParseError> {
    let nmi = nmi(fields, dialect, remarks)?;
    let suffix = suffix(fields, dialect, remarks)?;
    configuration(fields, suffix, dialect, remarks)?;
    let register = fields.text(3, 10, "a register of at most 10 characters", dialect, remarks)?;
    fields.text(5, 2, "a data stream of at most 2 characters", dialect, remarks)?;
    let serial = fields.text(6, 12, "a serial number of at most 12 characters", dialect, remarks)?;
    Ok(Point { nmi, register, suffix, serial })
}

/// Checks the check digit of the NMI.
pub(crate) fn check(fields: &Fields<'_>, index: usize, nmi: &[u8; 10], digit: u8) -> Result<(), ParseError> {
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
    if let Some((nmi, [digit @ b'0'..=b'9'])) = field.split_first_chunk::<10>()
        && is_nmi(nmi)
    {
        check(fields, 1, nmi, *digit)?;
        let what = "expected an NMI of ten characters, found one with its check digit: left out";
        fields.remark(remarks, 1, Oddity::CheckDigit(what));
        return Ok(&text[..nmi.len()]);
    }
    fields.remark(remarks, 1, Oddity::Nmi(found(field)));
    Ok(text)
}

fn suffix<'a>(fields: &Fields<'a>, dialect: Dialect, remarks: &mut Remarks) -> Result<&'a str, ParseError> {
    let field = fields.get(4);
    let expected = "a suffix of two characters, such as E1 or 11";
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

/// Reads a unit.
pub(crate) fn unit<'a>(
    fields: &Fields<'a>,
    index: usize,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<&'a str, ParseError> {
    let expected = "a unit of the list, such as kWh";
    let text = fields.text(index, 5, expected, dialect, remarks)?;
    if codes::is_listed_unit(text.as_bytes()) {
        return Ok(text);
    }
    // A number is a field that has slipped out of its place, as behind a comma in a text: so has the value beside it.
    let is_unit = text.bytes().next().is_none_or(|first| first.is_ascii_alphabetic());
    if dialect == Dialect::Strict || !is_unit {
        return Err(fields.error(index, ErrorKind::Text { expected, found: found(text.as_bytes()) }));
    }
    fields.remark(remarks, index, Oddity::Unit(found(text.as_bytes())));
    Ok(text)
}

/// Checks the date of the next read, which nothing depends on.
pub(crate) fn next_read(
    fields: &Fields<'_>,
    index: usize,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<(), ParseError> {
    let field = fields.get(index);
    if field.is_empty() || time::date(field).is_some() {
        return Ok(());
    }
    if dialect == Dialect::Strict {
        return Err(fields.error(index, ErrorKind::Date { found: found(field) }));
    }
    fields.remark(remarks, index, Oddity::Details("expected the date of the next read, found none: not used"));
    Ok(())
}

/// Reads a transaction code: why somebody was at the meter.
pub(crate) fn transaction<'a>(
    fields: &Fields<'a>,
    index: usize,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<&'a str, ParseError> {
    let expected = "a transaction code, one letter";
    let code = fields.text(index, 1, expected, dialect, remarks)?;
    match code.as_bytes() {
        [letter] if codes::is_listed_transaction(*letter) => {}
        [] if dialect == Dialect::Strict => {
            return Err(fields.error(index, ErrorKind::Text { expected, found: found(b"") }));
        }
        other => fields.remark(remarks, index, Oddity::UnlistedCode("transaction code", found(other))),
    }
    Ok(code)
}
