//! Exact metered quantities: decimal text in, decimal text out, integers between.
//!
//! A quantity is a whole number of millionths of its channel's unit, so that it is the same number on every database
//! and sums never drift. Floating point appears nowhere on the way.

use std::fmt;

/// Millionths per unit.
const MICROS: i64 = 1_000_000;
/// Decimal places a [`Quantity`] holds.
const PLACES: usize = 6;

/// A metered quantity in 10⁻⁶ of its channel's unit, exact.
///
/// The range is that of `i64`: ±9,223,372,036,854.775807 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i64);

/// Why a text is not a [`Quantity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// There is no digit at all.
    #[error("no digits")]
    Empty,
    /// A byte that is neither a digit nor the one decimal point; exponents, `NaN`, `+` and `_` end here.
    #[error("not a plain decimal number")]
    NotDecimal,
    /// More than six decimals, and the excess is not all zeros.
    #[error("more than six decimals")]
    ExcessDecimals,
    /// Too large for the range of [`Quantity`].
    #[error("outside ±9223372036854.775807")]
    OutOfRange,
}

/// What to do with a seventh and later decimal that is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExcessDecimals {
    /// Refuse the value: nothing is changed in silence.
    #[default]
    Refuse,
    /// Round to six decimals, ties to even.
    RoundHalfEven,
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A quantity from millionths of the unit.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Millionths of the unit.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads plain decimal text such as `1.52`, `-0.25`, `.5` or `5.`; up to six decimals are exact and any further
    /// zeros are fine.
    ///
    /// Sign rules belong to the format: a leading `-` is read here, a leading `+` never is.
    ///
    /// # Errors
    /// [`QuantityError`] for an empty text, any other byte, non-zero excess decimals, or a number out of range.
    pub fn parse(text: &[u8]) -> Result<Self, QuantityError> {
        Self::parse_with(text, ExcessDecimals::Refuse).map(|(quantity, _)| quantity)
    }

    /// As [`Quantity::parse`] with a rule for excess decimals; tells whether the value was rounded.
    ///
    /// # Errors
    /// As [`Quantity::parse`]; never [`QuantityError::ExcessDecimals`] when rounding is asked for.
    pub fn parse_with(text: &[u8], excess: ExcessDecimals) -> Result<(Self, bool), QuantityError> {
        Self::parse_scaled(text, excess, 0)
    }

    /// As [`Quantity::parse_with`] for a text in thousands of the unit: nine decimals are exact.
    ///
    /// # Errors
    /// As [`Quantity::parse_with`].
    pub fn parse_thousands(text: &[u8], excess: ExcessDecimals) -> Result<(Self, bool), QuantityError> {
        Self::parse_scaled(text, excess, 3)
    }

    /// Reads a text whose unit is 10 to the power of `shift` (at most 3) of the quantity's.
    fn parse_scaled(text: &[u8], excess: ExcessDecimals, shift: usize) -> Result<(Self, bool), QuantityError> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let point = digits.iter().position(|&b| b == b'.');
        let (whole, fraction) = match point {
            Some(at) => (&digits[..at], &digits[at + 1..]),
            None => (digits, &digits[..0]),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(if text.is_empty() { QuantityError::Empty } else { QuantityError::NotDecimal });
        }
        if !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
            return Err(QuantityError::NotDecimal);
        }
        let (kept, rest) = fraction.split_at(fraction.len().min(PLACES + shift));
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0u64, |number, digit| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
        };
        let units = number(whole).ok_or(QuantityError::OutOfRange)?;
        // Nine digits at most, brought to as many decimals as there are places.
        let fraction = number(kept).unwrap_or_default() * 10u64.pow(places(PLACES + shift - kept.len()));
        let mut micros =
            i128::from(units) * i128::from(MICROS) * i128::from(10u64.pow(places(shift))) + i128::from(fraction);
        let rounded = rest.iter().any(|&b| b != b'0');
        if rounded {
            match excess {
                ExcessDecimals::Refuse => return Err(QuantityError::ExcessDecimals),
                ExcessDecimals::RoundHalfEven if rounds_up(rest, micros % 2 == 1) => micros += 1,
                ExcessDecimals::RoundHalfEven => {}
            }
        }
        let signed = if negative { -micros } else { micros };
        i64::try_from(signed).map(|value| (Self(value), rounded)).map_err(|_| QuantityError::OutOfRange)
    }
}

/// A number of decimal places as an exponent.
fn places(count: usize) -> u32 {
    // At most nine.
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether decimals `rest` behind the last kept digit round it up, ties to even.
fn rounds_up(rest: &[u8], odd: bool) -> bool {
    match rest[0] {
        b'5' => odd || rest[1..].iter().any(|&b| b != b'0'),
        first => first > b'5',
    }
}

/// Writes a number of millionths as the shortest decimal text.
fn write_micros(f: &mut fmt::Formatter<'_>, micros: i128) -> fmt::Result {
    let sign = if micros < 0 { "-" } else { "" };
    let magnitude = micros.unsigned_abs();
    let (whole, fraction) = (magnitude / MICROS.unsigned_abs() as u128, magnitude % MICROS.unsigned_abs() as u128);
    if fraction == 0 {
        return f.pad_integral(true, "", &format!("{sign}{whole}"));
    }
    let text = format!("{sign}{whole}.{fraction:06}");
    f.pad_integral(true, "", text.trim_end_matches('0'))
}

impl fmt::Display for Quantity {
    /// The shortest decimal text that reads back as the same quantity.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_micros(f, i128::from(self.0))
    }
}

/// An exact sum of quantities: no number of readings makes it overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum(i128);

impl Sum {
    /// Adds one quantity.
    pub fn add(&mut self, quantity: Quantity) {
        self.0 += i128::from(quantity.0);
    }

    /// A sum from millionths of the unit.
    pub const fn from_micros(micros: i128) -> Self {
        Self(micros)
    }

    /// Millionths of the unit.
    pub const fn micros(self) -> i128 {
        self.0
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }

    /// The sum as whole units and millionths (0 to 999,999), rounded towards minus infinity: two columns that any
    /// database holds exactly.
    pub fn split(self) -> (i64, i32) {
        let units = self.0.div_euclid(i128::from(MICROS));
        let micros = self.0.rem_euclid(i128::from(MICROS));
        // In range: the readings of one day are far fewer than the 10⁶ that would take the whole units past `i64`.
        (i64::try_from(units).unwrap_or(i64::MAX), i32::try_from(micros).unwrap_or(0))
    }

    /// The reverse of [`Sum::split`].
    pub fn join(units: i64, micros: i32) -> Self {
        Self(i128::from(units) * i128::from(MICROS) + i128::from(micros))
    }

    /// The mean of `count` readings, rounded to millionths, ties to even; `None` of no readings.
    pub fn mean(self, count: u64) -> Option<Quantity> {
        if count == 0 {
            return None;
        }
        let count = i128::from(count);
        let (quotient, remainder) = (self.0.div_euclid(count), self.0.rem_euclid(count));
        let up = match (remainder * 2).cmp(&count) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => quotient.rem_euclid(2),
            std::cmp::Ordering::Greater => 1,
        };
        i64::try_from(quotient + up).ok().map(Quantity)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_micros(f, self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<i64, QuantityError>) {
        assert_eq!(Quantity::parse(text.as_bytes()).map(Quantity::micros), expected, "{text:?}");
    }

    #[test]
    fn plain_decimals_are_exact() {
        check("0", Ok(0));
        check("0.00", Ok(0));
        check("1.52", Ok(1_520_000));
        check("-1.5", Ok(-1_500_000));
        check(".02", Ok(20_000));
        check("5.", Ok(5_000_000));
        check("0.000001", Ok(1));
        check("0.0000010000000", Ok(1));
        check("000000000000000000000000000001.0", Ok(1_000_000));
        check("9223372036854.775807", Ok(i64::MAX));
        check("-9223372036854.775808", Ok(i64::MIN));
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        check("", Err(QuantityError::Empty));
        for text in
            [".", "-", "-.", "+1", "1e5", "NaN", "inf", "1_000", "0x10", "1,52", "1.2.3", " 1", "1 ", "--1", "१"]
        {
            check(text, Err(QuantityError::NotDecimal));
        }
        check("0.0000001", Err(QuantityError::ExcessDecimals));
        check("9223372036854.775808", Err(QuantityError::OutOfRange));
        check("99999999999999999999", Err(QuantityError::OutOfRange));
    }

    #[test]
    fn excess_decimals_round_half_even_when_asked() {
        let round = |text: &str| {
            Quantity::parse_with(text.as_bytes(), ExcessDecimals::RoundHalfEven).map(|(q, r)| (q.micros(), r))
        };
        assert_eq!(round("0.0000005"), Ok((0, true)));
        assert_eq!(round("0.0000015"), Ok((2, true)));
        assert_eq!(round("0.00000050001"), Ok((1, true)));
        assert_eq!(round("-0.0000015"), Ok((-2, true)));
        assert_eq!(round("0.00000149"), Ok((1, true)));
        assert_eq!(round("0.0000010"), Ok((1, false)));
    }

    #[test]
    fn thousands_keep_three_decimals_more() {
        let thousands = |text: &str| Quantity::parse_thousands(text.as_bytes(), ExcessDecimals::Refuse);
        assert_eq!(thousands("0.0000001").map(|(q, _)| q.micros()), Ok(100));
        assert_eq!(thousands("-1.5").map(|(q, _)| q.micros()), Ok(-1_500_000_000));
        assert_eq!(thousands("2.1234567890").map(|(q, _)| q.micros()), Ok(2_123_456_789));
        assert_eq!(thousands("0.0000000001"), Err(QuantityError::ExcessDecimals));
        assert_eq!(thousands("9223372036.854775808"), Err(QuantityError::OutOfRange));
    }

    #[test]
    fn means_round_half_even() {
        let mean = |micros, count| Sum::from_micros(micros).mean(count).map(Quantity::micros);
        assert_eq!(mean(5, 2), Some(2));
        assert_eq!(mean(7, 2), Some(4));
        assert_eq!(mean(-5, 2), Some(-2));
        assert_eq!(mean(10, 3), Some(3));
        assert_eq!(mean(1, 0), None);
    }

    proptest! {
        #[test]
        fn text_round_trips(micros: i64) {
            let quantity = Quantity::from_micros(micros);
            prop_assert_eq!(Quantity::parse(quantity.to_string().as_bytes()), Ok(quantity));
        }

        #[test]
        fn no_text_panics_and_accepted_text_agrees_with_integer_arithmetic(text in "-?[0-9]{0,14}(\\.[0-9]{0,8})?") {
            if let Ok(quantity) = Quantity::parse(text.as_bytes()) {
                let (whole, fraction) = text.trim_start_matches('-').split_once('.').unwrap_or((text.trim_start_matches('-'), ""));
                let micros: i128 = format!("{whole}{fraction:0<6.6}").parse().unwrap();
                prop_assert_eq!(i128::from(quantity.micros()).abs(), micros);
            }
        }

        #[test]
        fn sums_split_and_join(micros in -(1i128 << 80)..(1i128 << 80)) {
            let sum = Sum::from_micros(micros);
            let (units, rest) = sum.split();
            prop_assert_eq!(Sum::join(units, rest), sum);
        }
    }
}
