//! National metering identifiers: the names of meter points in the Australian market.
//!
//! Ten characters, digits and capital letters without I and O, which are too easily taken for 1 and 0. An eleventh
//! one, the check digit, guards against mistyping; fields of meter data files leave it out (MDFF 2.5 §4.3).

/// Whether a text is an identifier without its check digit.
pub fn is_nmi(text: &[u8]) -> bool {
    text.len() == 10 && text.iter().all(|&byte| is_nmi_character(byte))
}

fn is_nmi_character(byte: u8) -> bool {
    byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O'))
}

/// The check digit of an identifier, 0 to 9 (National Metering Identifier Procedure, appendix on the checksum).
///
/// The character codes are taken from the right and every other one is doubled, the rightmost first; the check digit
/// brings the sum of the decimal digits of all of them to a multiple of ten.
///
/// ```
/// use smrt_parser::mdff::checksum;
/// assert_eq!(checksum(b"2001985732"), 8);
/// ```
pub fn checksum(nmi: &[u8; 10]) -> u8 {
    let sum: u32 = nmi
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &code)| digit_sum(u32::from(code) * if index % 2 == 0 { 2 } else { 1 }))
        .sum();
    // Below ten.
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

/// The sum of the decimal digits of a number below a thousand.
fn digit_sum(number: u32) -> u32 {
    number / 100 + number / 10 % 10 + number % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_characters_without_the_letters_that_look_like_digits() {
        for text in ["2001985732", "QAAAVZZZZZ", "NEM1201005", "0000000000"] {
            let expected = !text.contains(['I', 'O']);
            assert_eq!(is_nmi(text.as_bytes()), expected, "{text}");
        }
        for text in
            ["", "200198573", "20019857328", "200198573a", "200198573I", "200198573O", "2001 85732", "(redacted)"]
        {
            assert!(!is_nmi(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn the_check_digit_is_that_of_the_procedure() {
        for (nmi, expected) in [
            (b"2001985732", 8),
            (b"2001985733", 6),
            (b"3075621875", 8),
            (b"4316854005", 9),
            (b"6305888444", 6),
            (b"7001888333", 8),
            (b"QAAAVZZZZZ", 3),
            (b"QCDWW00010", 2),
            (b"SMVEW00085", 8),
            (b"VAAASTY576", 8),
            (b"NBBBX11110", 0),
            (b"VKTS876510", 8),
        ] {
            assert_eq!(checksum(nmi), expected, "{}", nmi.escape_ascii());
        }
    }
}
