//! Decimal text to the nearest floating-point number.
//!
//! [`signal`] reads a whole field and is the reference: it checks the characters and leaves the number to the standard
//! library. [`front`] reads a plain number off the front of a text, digits eight at a time, and never guesses: it
//! gives what the standard library would, or nothing. A test holds both equal.
//!
//! A number of at most 19 digits, `decimals` of them behind the point, is a 64-bit integer divided by a power of ten.
//! That is the integer times a 128-bit reciprocal of a power of five, shifted; as long as the power itself fits into 64
//! bits, the product is always exact enough to tell which double is nearest (D. Lemire, "Number parsing at a gigabyte
//! per second", 2021; N. Mushtak and D. Lemire, "Fast number parsing without fallback", 2023).

use crate::swar::{eight_digits, halves, low_bytes, not_digits, word};
use smrt_core::Signal;

/// Most digits of a number that is read fast: any such number fits into 64 bits.
const DIGITS: usize = 19;
/// Bits of the mantissa of a double that are written down.
const MANTISSA_BITS: u32 = 52;
/// What the exponent of a double is counted from.
const EXPONENT_BIAS: u64 = 1023;

/// 10 to the power of minus the index, as a number of 128 significant bits and its binary exponent.
#[derive(Clone, Copy)]
struct Reciprocal {
    high: u64,
    low: u64,
    /// Of the leading bit of an integer of 64 significant bits times the power of ten, with the bias added.
    exponent: u64,
}

const RECIPROCALS: [Reciprocal; DIGITS + 1] = reciprocals();

const POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

const fn reciprocals() -> [Reciprocal; DIGITS + 1] {
    // 1.0, whose bits are a lone one.
    let mut all = [Reciprocal { high: 1 << 63, low: 0, exponent: 63 + EXPONENT_BIAS }; DIGITS + 1];
    let mut power = 1u128;
    let mut decimals = 1;
    while decimals <= DIGITS {
        power *= 5;
        // The first 128 bits of 1 / power, rounded up, by long division. The first step gives the leading one.
        let bits = 128 - power.leading_zeros();
        let (mut rest, mut quotient, mut step) = (1u128 << bits, 0u128, 0);
        while step < 128 {
            quotient <<= 1;
            if rest >= power {
                quotient |= 1;
                rest -= power;
            }
            rest <<= 1;
            step += 1;
        }
        quotient += 1;
        #[expect(clippy::cast_possible_truncation, reason = "the halves of a number; constants know no TryFrom")]
        let (high, low) = ((quotient >> 64) as u64, quotient as u64);
        // 10^-n is 2^-n times 5^-n, and 5^-n is the quotient times 2^-(bits + 127).
        let exponent = 63 + EXPONENT_BIAS - decimals as u64 - bits as u64;
        all[decimals] = Reciprocal { high, low, exponent };
        decimals += 1;
    }
    all
}

/// The value of a whole field: an optional minus sign, digits with a point or without, and perhaps an exponent. `None`
/// for anything else, and beyond the range of finite numbers.
pub(super) fn signal(text: &[u8]) -> Option<Signal> {
    // The standard library also reads words such as inf, and a leading plus.
    let is_plain = |&byte: &u8| byte.is_ascii_digit() || b".-+eE".contains(&byte);
    if text.first() == Some(&b'+') || !text.iter().all(is_plain) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok().and_then(Signal::new)
}

/// A number at the front of a text, and what stands behind it: `1`, `-1.5`, at most 19 digits. `None` leaves the answer
/// to [`signal`]: where the number is written otherwise, or the text ends close behind it.
#[inline(always)]
pub(super) fn front(text: &[u8]) -> Option<(Signal, &[u8])> {
    let is_negative = text.first() == Some(&b'-');
    let start = usize::from(is_negative);
    let front = word(text, start)?;
    let whole = not_digits(front).trailing_zeros() / 8;
    let is_point = whole > 0 && whole < 8 && (front >> (whole * 8)) & 0xff == u64::from(b'.');
    let end = start + whole as usize;
    if !is_point {
        let (integer, count) = digits(front);
        let is_number = count > 0 && count < 8;
        return Signal::new(nearest(integer, 0, is_negative)).zip(text.get(end..)).filter(|_| is_number);
    }
    // The digits without the point: those before it, and those behind it one place further to the front.
    let before = low_bytes(whole);
    let (first, of_first) = digits(front & before | word(text, start + 1)? & !before);
    let (mut number, mut count) = (first, of_first);
    if of_first == 8 {
        let (second, of_second) = digits(word(text, start + 9)?);
        (number, count) = (then(number, second, of_second), count + of_second);
        if of_second == 8 {
            let (third, of_third) = digits(word(text, start + 17)?);
            (number, count) = (then(number, third, of_third), count + of_third);
        }
    }
    // More digits than these may be more than 64 bits hold.
    let decimals = count.checked_sub(whole as usize).filter(|&decimals| decimals > 0 && count <= DIGITS)?;
    Signal::new(nearest(number, decimals, is_negative)).zip(text.get(start + 1 + count..))
}

/// A number with some more digits behind it; nonsense where that is more than 64 bits hold.
#[inline(always)]
fn then(number: u64, digits: u64, count: usize) -> u64 {
    number.wrapping_mul(POWERS[count]).wrapping_add(digits)
}

/// The number that the digits at the front of a word make, and how many there are.
#[inline(always)]
fn digits(word: u64) -> (u64, usize) {
    let count = not_digits(word).trailing_zeros() / 8;
    // The digits become the last of eight, behind zeros.
    let shifted = word.checked_shl(64 - count * 8).unwrap_or_default();
    (eight_digits(shifted), count as usize)
}

/// The double nearest to `number` / 10^`decimals`, to an even one where two are; at most 19 decimals.
#[inline(always)]
fn nearest(number: u64, decimals: usize, is_negative: bool) -> f64 {
    let sign = u64::from(is_negative) << 63;
    if number == 0 {
        return f64::from_bits(sign);
    }
    let power = &RECIPROCALS[decimals];
    let zeros = number.leading_zeros();
    let number = number << zeros;
    let [mut low, mut high] = halves(u128::from(number) * u128::from(power.high));
    // Bits below the mantissa and its rounding bit that are all set: the rest of the product may carry into them.
    if high & 0x1ff == 0x1ff {
        let [_, rest] = halves(u128::from(number) * u128::from(power.low));
        let carries;
        (low, carries) = low.overflowing_add(rest);
        high = high.wrapping_add(u64::from(carries));
    }
    let upper = u32::from(high >> 63 == 1);
    let dropped = upper + 63 - MANTISSA_BITS - 2;
    let mut mantissa = high >> dropped;
    // Just between two doubles: the one that is even. Only powers of five up to this divide such a number.
    if low <= 1 && decimals <= 4 && mantissa & 3 == 1 && mantissa << dropped == high {
        mantissa &= !1;
    }
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    // A mantissa that is rounded up to the next power of two adds one to the exponent by itself.
    let exponent = power.exponent.wrapping_add(u64::from(upper)).wrapping_sub(u64::from(zeros) + 1);
    f64::from_bits(sign | (exponent << MANTISSA_BITS).wrapping_add(mantissa))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the fast way makes of a text that something follows.
    fn fast(text: &str) -> Option<f64> {
        let padded = format!("{text}\n.............................");
        let (signal, rest) = front(padded.as_bytes())?;
        (rest.len() == padded.len() - text.len()).then(|| signal.get())
    }

    #[track_caller]
    fn check(text: &str) {
        let expected: f64 = text.parse().unwrap();
        let found = fast(text).unwrap_or_else(|| panic!("{text} is not read"));
        assert_eq!(found.to_bits(), expected.to_bits(), "{text}: {found} is not {expected}");
        assert_eq!(signal(text.as_bytes()).map(|signal| signal.get().to_bits()), Some(expected.to_bits()), "{text}");
    }

    /// Numbers that look random.
    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        crate::sample::mix(*state)
    }

    /// `number` / 10^`decimals` as text.
    fn written(number: u64, decimals: usize) -> String {
        let digits = format!("{number:0width$}", width = decimals + 1);
        let (whole, behind) = digits.split_at(digits.len() - decimals);
        if behind.is_empty() { whole.to_owned() } else { format!("{whole}.{behind}") }
    }

    #[test]
    fn numbers_of_real_files_are_read_exactly() {
        for text in ["-0.6176715352664834", "2052.0067766516345", "-75.33380361808872", "0", "-0", "-0.0", "1", "7.5"] {
            check(text);
        }
    }

    /// How many random numbers each test tries; more where the optimiser helps.
    const MANY: u64 = if cfg!(debug_assertions) { 200_000 } else { 20_000_000 };

    #[test]
    fn decimals_of_every_length_are_those_of_the_standard_library() {
        let mut state = 1;
        for _ in 0..MANY {
            let length = random(&mut state) % 19 + 1;
            let number = random(&mut state) % 10u64.pow(u32::try_from(length).unwrap());
            let decimals = usize::try_from(random(&mut state) % 19).unwrap();
            let text = written(number, decimals);
            if text.len() <= 20 && text.find('.').unwrap_or(text.len()) < 8 {
                check(&text);
            }
        }
    }

    #[test]
    fn the_shortest_text_of_a_number_gives_it_back() {
        let mut state = 2;
        for _ in 0..MANY {
            // Exponents of numbers from about 1e-3 to 1e7.
            let exponent = 1023 - 10 + random(&mut state) % 33;
            let value = f64::from_bits(exponent << 52 | random(&mut state) >> 12);
            let text = value.to_string();
            if text.len() <= 20 && value < 1e7 {
                assert_eq!(fast(&text).map(f64::to_bits), Some(value.to_bits()), "{text}");
            }
        }
    }

    #[test]
    fn what_lies_between_two_numbers_is_rounded_to_the_even_one_and_what_lies_beside_to_the_nearest() {
        let mut state = 3;
        for _ in 0..MANY {
            // An odd number of 54 bits and some binary places is such a place; as a decimal it has as many places.
            let places = u32::try_from(random(&mut state) % 4).unwrap();
            let odd = (random(&mut state) >> 10) | 1 | 1 << 53;
            let Some(number) = odd.checked_mul(5u64.pow(places)) else { continue };
            for number in [number - 1, number, number + 1] {
                let expected: f64 = written(number, places as usize).parse().unwrap();
                assert_eq!(nearest(number, places as usize, false).to_bits(), expected.to_bits(), "{number} {places}");
            }
        }
        for decimals in 0..=DIGITS {
            for number in [1, 2, 9, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, (1 << 54) + 2, u64::MAX - 1, u64::MAX] {
                let expected: f64 = format!("{number}e-{decimals}").parse().unwrap();
                assert_eq!(nearest(number, decimals, false).to_bits(), expected.to_bits(), "{number}e-{decimals}");
                assert_eq!(nearest(number, decimals, true).to_bits(), (-expected).to_bits(), "-{number}e-{decimals}");
            }
        }
    }

    #[test]
    fn what_is_written_otherwise_is_left_to_the_slow_way() {
        for text in ["1e-3", "12345678", "1234567.1234567890123", ".5", "5.", "-", "", "1,5", "+1", "--1", "NaN"] {
            assert_eq!(fast(text), None, "{text}");
        }
        assert_eq!(front(b"1.5\n"), None);
    }

    #[test]
    fn just_plain_finite_numbers_are_signals() {
        for (text, value) in [
            ("1e-3", 0.001),
            ("-1E+3", -1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e-400", 0.0),
            ("5e-324", 5e-324),
            ("2.2250738585072011e-308", 2.225_073_858_507_201e-308),
            ("179769313486231570000000000000000000000e270", f64::MAX),
            ("00012", 12.0),
        ] {
            assert_eq!(signal(text.as_bytes()), Signal::new(value), "{text}");
        }
        let wrong = ["", "-", ".", "+1", "1,5", "1_000", "0x10", "NaN", "nan", "inf", "-inf", "infinity", "1e400"];
        let wrong =
            wrong.into_iter().chain(["1 000", " 1", "1e", "e5", "1e5.0", "1.2.3", "--1", "1e+-5", "1f", "-1e999"]);
        for text in wrong {
            assert_eq!(signal(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_fast_way_gives_what_the_slow_way_gives_or_nothing(text in "-?[0-9]{0,8}(\\.[0-9]{0,20})?") {
            if let Some(value) = fast(&text) {
                prop_assert_eq!(signal(text.as_bytes()), Signal::new(value));
            }
        }
    }
}
