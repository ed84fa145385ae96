//! Digits handled eight at a time, as one number ("SIMD within a register"), in safe code.
//!
//! All words are little-endian: the first byte of the text is the lowest byte of the word.

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The eight bytes of `text` from `at`; `None` where it has fewer.
#[inline]
pub(crate) fn word(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The lowest `bytes` bytes set.
#[inline]
pub(crate) fn low_bytes(bytes: u32) -> u64 {
    if bytes >= 8 { u64::MAX } else { (1 << (bytes * 8)) - 1 }
}

/// The high bit of every byte of `word` that is no digit.
#[inline]
pub(crate) fn not_digits(word: u64) -> u64 {
    let digits = word ^ ZEROS;
    // 0 to 9 plus 0x76 stays below 0x80; the masking keeps a byte's sum out of its neighbour.
    ((digits & !HIGH_BITS).wrapping_add(0x7676_7676_7676_7676) | digits) & HIGH_BITS
}

/// Eight digits as a number. Bytes that are no digits give nonsense: check with [`not_digits`].
#[inline]
pub(crate) fn eight_digits(word: u64) -> u64 {
    // Pairs, then fours, then all eight: each step multiplies the left part and adds the right one.
    let digits = word & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// Eight hexadecimal digits of either case as a number; `None` where a byte is none.
#[inline]
pub(crate) fn eight_hex_digits(word: u64) -> Option<u32> {
    let low = word & !HIGH_BITS;
    // From a on the high bit of the first sum is set, from g on that of the second, too; either case looks lower.
    let folded = low | 0x2020_2020_2020_2020;
    let letters = (folded + 0x1f1f_1f1f_1f1f_1f1f) & !(folded + 0x1919_1919_1919_1919) & !word & HIGH_BITS;
    if not_digits(word) & !letters != 0 {
        return None;
    }
    // A letter's low four bits count from one for a.
    let digits = (word & 0x0f0f_0f0f_0f0f_0f0f) + (letters >> 7) * 9;
    let pairs = (digits << 4 | digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs << 8 | pairs >> 16) & 0x0000_ffff_0000_ffff;
    u32::try_from((fours << 16 | fours >> 32) & 0xffff_ffff).ok()
}

/// An unsigned decimal number of at most seven characters at the front of `word`: its digits without the point, how
/// many of them are decimals, and how many characters it takes. `None` where it is longer or has no digit.
#[inline(always)]
pub(crate) fn short_decimal(word: u64) -> Option<(u64, usize, usize)> {
    let others = not_digits(word);
    let whole = others.trailing_zeros() / 8;
    if whole == 8 {
        return None;
    }
    let digits = word ^ ZEROS;
    let has_point = (word >> (whole * 8)) & 0xff == u64::from(b'.');
    if !has_point {
        if whole == 0 {
            return None;
        }
        return Some((eight_digits(digits << ((8 - whole) * 8)), 0, whole as usize));
    }
    let behind = others & (others - 1);
    let length = behind.trailing_zeros() / 8;
    if length == 8 || length == 1 {
        return None;
    }
    let decimals = length - whole - 1;
    let joined = (digits & low_bytes(whole)) | (((digits >> (whole * 8)) >> 8) & low_bytes(decimals)) << (whole * 8);
    // A number without its point has at most six digits here, so that there is always something to shift in.
    let number = eight_digits(joined << ((9 - length) * 8));
    Some((number, decimals as usize, length as usize))
}

/// Whether `text` begins with `prefix`, which has at least eight bytes.
#[inline]
pub(crate) fn begins_with(text: &[u8], prefix: &[u8]) -> bool {
    let Some(front) = text.get(..prefix.len()) else { return false };
    let (words, _) = prefix.as_chunks::<8>();
    let (front_words, _) = front.as_chunks::<8>();
    // The last eight bytes overlap the words before; together they cover everything.
    let last = prefix.last_chunk::<8>().zip(front.last_chunk::<8>());
    last.is_some_and(|(a, b)| a == b) && words.iter().zip(front_words).all(|(a, b)| a == b)
}

/// The low and the high half of a wide number.
#[inline]
pub(crate) fn halves(wide: u128) -> [u64; 2] {
    let half = |shift: u32| u64::try_from((wide >> shift) & u128::from(u64::MAX)).unwrap_or_default();
    [half(0), half(64)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn load(text: &str) -> u64 {
        let mut bytes = [b'\n'; 8];
        bytes[..text.len().min(8)].copy_from_slice(&text.as_bytes()[..text.len().min(8)]);
        u64::from_le_bytes(bytes)
    }

    #[test]
    fn every_byte_is_told_from_a_digit() {
        for at in 0..8 {
            for byte in 0..=255u8 {
                let mut bytes = *b"12345678";
                bytes[at] = byte;
                let expected = if byte.is_ascii_digit() { 0 } else { 0x80 << (at * 8) };
                assert_eq!(not_digits(u64::from_le_bytes(bytes)), expected);
            }
        }
    }

    #[test]
    fn every_byte_is_told_from_a_hexadecimal_digit() {
        assert_eq!(eight_hex_digits(load("0aF9b3Ed")), Some(0x0af9_b3ed));
        for at in 0..8 {
            for byte in 0..=255u8 {
                let mut bytes = *b"12345678";
                bytes[at] = byte;
                let text = std::str::from_utf8(&bytes).ok().filter(|_| byte.is_ascii_hexdigit());
                let expected = text.and_then(|text| u32::from_str_radix(text, 16).ok());
                assert_eq!(eight_hex_digits(u64::from_le_bytes(bytes)), expected, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn short_decimals() {
        for (text, expected) in [
            ("0", Some((0, 0, 1))),
            ("0.00", Some((0, 2, 4))),
            ("12.34", Some((1234, 2, 5))),
            ("5.", Some((5, 0, 2))),
            ("1234567", Some((1_234_567, 0, 7))),
            ("1.23456", Some((123_456, 5, 7))),
            ("12345678", None),
            ("1.234567", None),
            (".5", Some((5, 1, 2))),
            (".012345", Some((12_345, 6, 7))),
            (".", None),
            (".,1", None),
            ("-1", None),
            ("", None),
            ("1.2.3", Some((12, 1, 3))),
        ] {
            assert_eq!(short_decimal(load(text)), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn eight_digits_are_a_number(number in 0u64..100_000_000) {
            prop_assert_eq!(eight_digits(load(&format!("{number:08}"))), number);
        }

        #[test]
        fn prefixes_are_those_of_the_library(text in prop::collection::vec(0u8..3, 0..40), length in 8usize..40, flip in 0usize..60) {
            let mut prefix = text.get(..length).unwrap_or(&text).to_vec();
            if let Some(byte) = prefix.get_mut(flip) { *byte ^= 1; }
            if prefix.len() >= 8 {
                prop_assert_eq!(begins_with(&text, &prefix), text.starts_with(&prefix));
            }
        }
    }
}
