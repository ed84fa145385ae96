//! Numbers and times as text, appended to a buffer that is used again: rows are written by the million.

use smrt_core::{MarketZone, Signal, Sum, civil_from_days};
use std::{borrow::Cow, io::Write};

/// Millionths of a unit.
const MICROS: u64 = 1_000_000;
/// First characters by which spreadsheets tell a formula, or which they skip before they look for one.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0'];

/// Text that no spreadsheet takes for a formula: where it begins like one, an apostrophe goes before it.
pub fn defused(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) { format!("'{text}").into() } else { text.into() }
}

/// Appends a whole number.
pub(super) fn push_count(out: &mut Vec<u8>, number: u64) {
    push_digits(out, number, 1);
}

/// Appends a number of millionths as the shortest decimal text, as [`Sum`] and [`smrt_core::Quantity`] print it.
pub(super) fn push_decimal(out: &mut Vec<u8>, number: Sum) {
    let micros = number.micros();
    if micros < 0 {
        out.push(b'-');
    }
    let magnitude = micros.unsigned_abs();
    // Wide division is slow, and hardly any number needs it.
    let (units, micros) = match u64::try_from(magnitude) {
        Ok(magnitude) => (u128::from(magnitude / MICROS), magnitude % MICROS),
        Err(_) => (magnitude / u128::from(MICROS), u64::try_from(magnitude % u128::from(MICROS)).unwrap_or(0)),
    };
    match u64::try_from(units) {
        Ok(units) => push_digits(out, units, 1),
        Err(_) => out.extend_from_slice(units.to_string().as_bytes()),
    }
    if micros > 0 {
        out.push(b'.');
        push_digits(out, micros, 6);
        let kept = out.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        out.truncate(kept);
    }
}

/// Appends what a sensor measured, as [`Signal`] prints it.
pub(super) fn push_signal(out: &mut Vec<u8>, number: Signal) {
    // A vector takes whatever is written.
    let _ = write!(out, "{number}");
}

/// Appends decimal digits, at least `least` of them.
fn push_digits(out: &mut Vec<u8>, mut number: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    while number > 0 || digits.len() - first < least {
        first -= 1;
        // A digit fits.
        digits[first] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
    out.extend_from_slice(&digits[first..]);
}

/// The text of a day (days since 1970-01-01), such as `2019-09-28`.
pub(super) fn date(day: i32) -> String {
    let (year, month, day) = civil_from_days(day);
    let mut text = Vec::with_capacity(12);
    // Four characters, as the formatter of the library writes it.
    let is_negative = year < 0;
    if is_negative {
        text.push(b'-');
    }
    push_digits(&mut text, u64::from(year.unsigned_abs()), if is_negative { 3 } else { 4 });
    for part in [month, day] {
        text.push(b'-');
        push_digits(&mut text, u64::from(part), 2);
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Writes instants of one zone after the other; the day of the last one is remembered.
#[derive(Debug)]
pub(super) struct Clock {
    zone: MarketZone,
    day: i64,
    /// Up to the `T`.
    date: String,
    /// Behind the seconds, where that never changes.
    offset: String,
}

impl Clock {
    pub(super) fn new(zone: MarketZone) -> Self {
        let at = zone.rfc3339(0);
        Self { zone, day: i64::MIN, date: String::new(), offset: at.get(19..).unwrap_or_default().to_owned() }
    }

    pub(super) fn zone(&self) -> MarketZone {
        self.zone
    }

    /// Appends an instant as [`MarketZone::rfc3339`] writes it.
    pub(super) fn push(&mut self, out: &mut Vec<u8>, epoch: i64) {
        if matches!(self.zone, MarketZone::Civil(_)) {
            return out.extend_from_slice(self.zone.rfc3339(epoch).as_bytes());
        }
        let local = epoch.saturating_add(i64::from(self.zone.offset_seconds(epoch)));
        let (day, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        if day != self.day {
            self.day = day;
            self.date = date(i32::try_from(day).unwrap_or(i32::MAX)) + "T";
        }
        out.extend_from_slice(self.date.as_bytes());
        for (part, after) in [(second / 3600, b':'), (second / 60 % 60, b':'), (second % 60, b' ')] {
            push_digits(out, part.unsigned_abs(), 2);
            out.push(after);
        }
        out.pop();
        out.extend_from_slice(self.offset.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::Quantity;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_read_as_core_prints_them() {
        for micros in [0, 1, -1, 10, 999_999, 1_000_000, -1_520_000, 100_000_000, i64::MAX, i64::MIN] {
            let expected = Quantity::from_micros(micros).to_string();
            assert_eq!(text(|out| push_decimal(out, Sum::from_micros(micros.into()))), expected);
        }
        for sum in [i128::MAX, i128::MIN, 12_345_678_901_234_567_890_123] {
            assert_eq!(text(|out| push_decimal(out, Sum::from_micros(sum))), Sum::from_micros(sum).to_string());
        }
        assert_eq!(text(|out| push_count(out, 0)) + &text(|out| push_count(out, u64::MAX)), "018446744073709551615");
    }

    #[test]
    fn instants_read_as_their_zone_writes_them() {
        for zone in ["UTC", "+10:00", "-03:30", "Europe/Berlin"] {
            let zone: MarketZone = zone.parse().unwrap();
            let mut clock = Clock::new(zone);
            for epoch in [0, 1, -1, 86_399, 86_400, 1_569_632_400, 1_711_846_800, 253_402_300_799, -62_167_219_200] {
                assert_eq!(text(|out| clock.push(out, epoch)), zone.rfc3339(epoch));
            }
        }
    }

    #[test]
    fn text_that_begins_like_a_formula_is_defused() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x"] {
            assert_eq!(defused(text), format!("'{text}"));
        }
        assert_eq!(defused("E1=x"), "E1=x");
    }
}
