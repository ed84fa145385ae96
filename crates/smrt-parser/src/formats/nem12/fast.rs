//! The fast path for 300 records: plain values, quality `A`, no reason.
//!
//! Almost every line of a file is one of these. Values are read eight bytes at a time in place; whatever differs in the
//! least is left to the grammar, which stays the reference: a property test holds both equal.

use super::super::mdff::time;
use crate::{lex, swar};
use smrt_core::{ExcessDecimals, Quantity, Version};

/// `300,` and its length with the date and the comma behind it.
const INDICATOR: &[u8] = b"300,";
const DATE_END: usize = 12;
/// What stands between the values and UpdateDateTime.
const ACTUAL: &[u8] = b"A,,,";
const STAMP: usize = 14;
/// Millionths of the last digit of a number, by its decimals.
const SCALE: [u64; 8] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1, 0];
/// The same where the number is in thousands of the unit.
const MEGA_SCALE: [u64; 8] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 0];

/// What a line says beside its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Days since 1970-01-01.
    pub(super) days: i32,
    pub(super) version: Version,
    /// Bytes of the line, line end included.
    pub(super) length: usize,
}

/// The stamps of the line before: mostly those of the next one, too.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    updated: Option<([u8; STAMP], Version)>,
    loaded: Option<[u8; STAMP]>,
}

/// Reads the line at the front of `lines`; its values fill `values`. `None` leaves the line to the grammar, whatever
/// stands in `values` by then.
#[inline]
pub(super) fn line(lines: &[u8], is_mega: bool, stamps: &mut Stamps, values: &mut [Quantity]) -> Option<Line> {
    if !lines.starts_with(INDICATOR) || lines.get(DATE_END) != Some(&b',') {
        return None;
    }
    let days = lex::date(&lines[INDICATOR.len()..DATE_END])?;
    let mut at = DATE_END + 1;
    let scale = if is_mega { &MEGA_SCALE } else { &SCALE };
    for value in values {
        let word = swar::word(lines, at)?;
        let (quantity, length) = match swar::short_decimal(word) {
            // The byte behind it is in the word, too. At most seven digits, by at most ten: far inside the range.
            Some((number, decimals, length)) if (word >> (length * 8)) & 0xff == u64::from(b',') => {
                (Quantity::from_micros(number.wrapping_mul(scale[decimals & 7]).cast_signed()), length)
            }
            _ => long_value(&lines[at..], is_mega)?,
        };
        *value = quantity;
        at += length + 1;
    }
    let (version, length) = tail(&lines[at..], stamps)?;
    Some(Line { days, version, length: at + length })
}

/// A value of more than seven characters, and how many they are.
#[cold]
fn long_value(text: &[u8], is_mega: bool) -> Option<(Quantity, usize)> {
    const LONGEST: usize = 32;
    let length = memchr::memchr(b',', &text[..text.len().min(LONGEST)])?;
    let value = &text[..length];
    let (quantity, _) = if is_mega {
        Quantity::parse_thousands(value, ExcessDecimals::Refuse)
    } else {
        Quantity::parse_with(value, ExcessDecimals::Refuse)
    }
    .ok()
    .filter(|_| value.first() != Some(&b'-'))?;
    Some((quantity, length))
}

/// The version, and the bytes from the quality to the end of the line.
#[inline]
fn tail(text: &[u8], stamps: &mut Stamps) -> Option<(Version, usize)> {
    let mut rest = text.strip_prefix(ACTUAL)?;
    let version = match rest.split_first_chunk::<STAMP>() {
        Some((stamp, behind)) if behind.first() == Some(&b',') => {
            rest = &behind[1..];
            match stamps.updated {
                Some((last, version)) if last == *stamp => version,
                _ => {
                    let version = Version::from_epoch(time::date_time(stamp)?);
                    stamps.updated = Some((*stamp, version));
                    version
                }
            }
        }
        _ => {
            rest = rest.strip_prefix(b",")?;
            Version::UNSTATED
        }
    };
    if let Some((stamp, behind)) = rest.split_first_chunk::<STAMP>()
        && stamp[0].is_ascii_digit()
    {
        if stamps.loaded != Some(*stamp) {
            time::date_time(stamp)?;
            stamps.loaded = Some(*stamp);
        }
        rest = behind;
    }
    rest = rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?;
    Some((version, text.len() - rest.len()))
}
