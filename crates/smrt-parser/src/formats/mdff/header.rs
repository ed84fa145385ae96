//! The 100 record: which format, made when, by whom, for whom (MDFF 2.5 §4.2).
//!
//! ```text
//! 100,NEM12,200402070911,MDP1,Retailer1
//! ```

use super::{Fault, Fields, Oddity, Remarks, time};
use crate::{Dialect, ErrorKind, ParseError, lex::found};
use smrt_core::FileHeader;

/// Longest name of a participant.
const PARTICIPANT: usize = 10;
const FIELDS: usize = 5;

/// Reads a 100 record of `format`, `NEM12` or `NEM13`.
pub(crate) fn header(
    fields: &mut Fields<'_>,
    format: &'static str,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<FileHeader, ParseError> {
    let version = fields.get(1);
    if !version.eq_ignore_ascii_case(format.as_bytes()) {
        return Err(fields.error(1, ErrorKind::FileType { expected: format, found: found(version) }));
    }
    fields.expect("100", 2, FIELDS, dialect, remarks)?;
    let created_at = created_at(fields, dialect, remarks)?;
    let from = participant(fields, 3, dialect, remarks)?;
    participant(fields, 4, dialect, remarks)?;
    Ok(FileHeader { created_at, sender: (!from.is_empty()).then(|| from.to_owned()), generation: None })
}

fn created_at(fields: &Fields<'_>, dialect: Dialect, remarks: &mut Remarks) -> Result<Option<i64>, ParseError> {
    let field = fields.get(2);
    if let Some(epoch) = time::date_time_to_the_minute(field) {
        return Ok(Some(epoch));
    }
    if dialect == Dialect::Strict {
        return Err(fields.error(2, Fault::DateTime { form: "CCYYMMDDhhmm", found: found(field) }));
    }
    let epoch = time::date_time(field);
    let what = match epoch {
        Some(_) => "expected a time of creation CCYYMMDDhhmm, found one with seconds",
        None => "expected a time of creation CCYYMMDDhhmm, found none: unknown",
    };
    fields.remark(remarks, 2, Oddity::Header(what));
    Ok(epoch)
}

/// The name of a participant; in the lenient dialect it may be empty or longer.
fn participant<'a>(
    fields: &Fields<'a>,
    index: usize,
    dialect: Dialect,
    remarks: &mut Remarks,
) -> Result<&'a str, ParseError> {
    let field = fields.get(index);
    let expected = "a participant, 1 to 10 printable characters";
    let error = || fields.error(index, ErrorKind::Text { expected, found: found(field) });
    let most = if dialect == Dialect::Lenient { super::fields::LONGEST_TEXT } else { PARTICIPANT };
    let text = std::str::from_utf8(field).map_err(|_| error())?;
    if text.len() > most || text.chars().any(char::is_control) || (text.is_empty() && dialect == Dialect::Strict) {
        return Err(error());
    }
    if text.is_empty() || text.len() > PARTICIPANT {
        fields.remark(
            remarks,
            index,
            Oddity::Header("expected a participant of 1 to 10 characters, found another text"),
        );
    }
    Ok(text)
}
