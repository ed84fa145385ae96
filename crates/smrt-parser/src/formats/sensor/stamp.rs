//! When a value was measured, as it is written: ISO 8601 with a blank or a `T`, to the microsecond, with or without a
//! zone.

use crate::formats::table::{DAY, TimeForm, number, of_clock, utc_offset};

/// How times are written, for messages.
pub(super) const FORM: &str = "yyyy-MM-dd HH:mm:ss, perhaps with decimals and with Z or an offset such as +01:00";
pub(super) const MICROS: i64 = 1_000_000;
/// Most decimals of a second that are kept.
const DECIMALS: usize = 6;

/// A time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Whole seconds since the clock it is of showed 1970-01-01 00:00:00.
    pub(super) local: i64,
    /// Microseconds of the second.
    pub(super) micros: i64,
    /// Seconds east of UTC, where that is written with it.
    pub(super) offset: Option<i64>,
}

impl Stamp {
    /// Reads `yyyy-MM-dd`, a blank or `T`, `HH:mm[:ss[.decimals]]`, and perhaps a blank, and `Z`, `+01`, `+01:00` or
    /// `+0100`. Decimals beyond the sixth must be zero.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (day, rest) = TimeForm::Iso.day(text)?;
        let (&between, rest) = rest.split_first()?;
        let (hour, rest) = number(rest, 2, 2).filter(|_| b" T".contains(&between))?;
        let (minute, rest) = number(rest.strip_prefix(b":")?, 2, 2)?;
        let (second, micros, rest) = match rest.strip_prefix(b":") {
            None => (0, 0, rest),
            Some(rest) => {
                let (second, rest) = number(rest, 2, 2)?;
                let (micros, rest) = decimals(rest)?;
                (second, micros, rest)
            }
        };
        let offset = match rest.strip_prefix(b" ").unwrap_or(rest) {
            [] if rest.is_empty() => None,
            zone => Some(utc_offset(zone)?),
        };
        Some(Self { local: i64::from(day) * DAY + of_clock(hour, minute, second)?, micros, offset })
    }
}

/// Decimals of a second at the front of a text as microseconds, and what stands behind them; none are zero.
pub(super) fn decimals(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else { return Some((0, text)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at(count);
    let (kept, surplus) = digits.split_at(count.min(DECIMALS));
    if digits.is_empty() || surplus.iter().any(|&digit| digit != b'0') {
        return None;
    }
    let scaled = kept.iter().chain([b'0'; DECIMALS].iter().skip(kept.len()));
    Some((scaled.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0')), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_zone_are_read() {
        let midday = 16_800 * DAY + 12 * 3600;
        for (text, seconds, micros, offset) in [
            ("2015-12-31 12:00:00", 0, 0, None),
            ("2015-12-31T12:00:00", 0, 0, None),
            ("2015-12-31 12:00", 0, 0, None),
            ("2015-12-31T12:00+01", 0, 0, Some(3600)),
            ("2015-12-31 12:00:59", 59, 0, None),
            ("2015-12-31 12:00:00.5", 0, 500_000, None),
            ("2015-12-31 12:00:00.123456", 0, 123_456, None),
            ("2015-12-31 12:00:00.000001000", 0, 1, None),
            ("2015-12-31T12:00:00Z", 0, 0, Some(0)),
            ("2015-12-31 12:00:00+01", 0, 0, Some(3600)),
            ("2015-12-31 12:00:00 +01:00", 0, 0, Some(3600)),
            ("2015-12-31 12:00:00 Z", 0, 0, Some(0)),
            ("2015-12-31 12:00:00-0330", 0, 0, Some(-12_600)),
            ("2015-12-31T12:00:00.25+00:00", 0, 250_000, Some(0)),
        ] {
            let expected = Stamp { local: midday + seconds, micros, offset };
            assert_eq!(Stamp::parse(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_no_time() {
        for text in [
            "",
            "2015-12-31",
            "2015-12-31 ",
            "2015-12-31 12",
            "2015-12-31 9:00:00",
            "2015-12-31  12:00:00",
            "2015-12-31t12:00:00",
            "2015-12-31 24:00:00",
            "2015-12-31 12:60:00",
            "2015-12-31 12:00:60",
            "2015-12-31 12:00:00.",
            "2015-12-31 12:00:00,5",
            "2015-12-31 12:00:00.1234567",
            "2015-12-31 12:00.5",
            "2015-12-31 12:00:00 ",
            "2015-12-31 12:00:00  +01",
            "2015-12-31 12:00:00+1",
            "2015-12-31 12:00:00+01:00:00",
            "2015-12-31 12:00:00+24:00",
            "2015-12-31 12:00:00 CET",
            "2015-02-29 12:00:00",
            "0000-01-01 12:00:00",
            "31.12.2015 12:00:00",
            "20151231 120000",
        ] {
            assert_eq!(Stamp::parse(text.as_bytes()), None, "{text}");
        }
    }
}
