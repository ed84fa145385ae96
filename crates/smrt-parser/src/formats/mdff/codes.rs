//! The lists of the specification: qualities with their methods, reasons, transaction codes, units.
//!
//! Flags are closed: what a letter means decides what a value is worth. The other lists grow from version to version
//! (MDFF 2.5 and Metrology Procedure B 7.8 stand here), so that what is not in them is worth a remark and no more.

use smrt_core::{Flag, Quality};

/// What a field of quality says (MDFF 2.5 §4.4, field QualityMethod).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QualityMethod {
    /// `V`: the quality stands elsewhere, interval by interval.
    Variable,
    /// One quality for all.
    Of(Quality),
}

impl QualityMethod {
    /// Reads a flag with its method; `None` for anything else.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (&flag, method) = text.split_first()?;
        let flag = match (flag, method.len()) {
            (b'V', 0) => return Some(Self::Variable),
            (b'A', 0) => Flag::Actual,
            (b'N', 0) => Flag::Null,
            (b'E', 2) => Flag::Estimated,
            (b'S', 2) => Flag::Substituted,
            (b'F', 2) => Flag::Final,
            _ => return None,
        };
        let digit = |digit: u8| digit.checked_sub(b'0').filter(|&digit| digit <= 9);
        let method = match method {
            [tens, ones] => digit(*tens)? * 10 + digit(*ones)?,
            _ => 0,
        };
        // A method 00 would read back as none at all.
        (method > 0 || matches!(flag, Flag::Actual | Flag::Null)).then_some(Self::Of(Quality { flag, method }))
    }
}

/// Whether a method stands in the lists of any type of metering installation.
pub(crate) fn is_listed_method(method: u8) -> bool {
    matches!(method, 0 | 11..=25 | 51..=59 | 61..=69 | 71..=75)
}

/// A reason code: one to three digits.
pub(crate) fn reason(text: &[u8]) -> Option<u16> {
    let digits = matches!(text.len(), 1..=3) && text.iter().all(u8::is_ascii_digit);
    digits.then(|| text.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
}

/// Whether a reason is in use (MDFF 2.5 appendix E); obsolete ones are not.
pub(crate) fn is_listed_reason(reason: u16) -> bool {
    let obsolete_or_free = matches!(reason, 4 | 16 | 19 | 30 | 46 | 49 | 50 | 56..=59 | 63 | 66 | 70 | 82..=86 | 88);
    reason <= 89 && !obsolete_or_free
}

/// Whether quality `quality` must have a reason (MDFF 2.5 §4.4, field ReasonCode).
pub(crate) fn needs_reason(quality: Quality) -> bool {
    matches!(quality.flag, Flag::Substituted | Flag::Final)
}

/// Whether a letter is a transaction code (MDFF 2.5 appendix A).
pub(crate) fn is_listed_transaction(code: u8) -> bool {
    b"ACDEGNORS".contains(&code)
}

/// Whether a unit is one of the list (MDFF 2.5 appendix B), whatever its case.
pub(crate) fn is_listed_unit(text: &[u8]) -> bool {
    const KINDS: [&[u8]; 9] = [b"Wh", b"VArh", b"VAr", b"W", b"VAh", b"VA", b"V", b"A", b"pf"];
    let listed = |text: &[u8]| KINDS.iter().position(|kind| kind.eq_ignore_ascii_case(text));
    match (listed(text), text.split_first()) {
        (Some(_), _) => true,
        (None, Some((b'k' | b'K', rest))) => listed(rest).is_some_and(|kind| kind < 8),
        (None, Some((b'm' | b'M', rest))) => listed(rest).is_some_and(|kind| kind < 6),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_a_flag_and_where_it_needs_one_a_method() {
        for text in ["A", "N", "E52", "S14", "F99"] {
            let Some(QualityMethod::Of(quality)) = QualityMethod::parse(text.as_bytes()) else { panic!("{text}") };
            assert_eq!(quality.to_string(), text);
        }
        assert_eq!(QualityMethod::parse(b"V"), Some(QualityMethod::Variable));
        for text in ["", "T", "a", "A14", "S", "S1", "S141", "S1x", "E00", "V14", "N00", "14"] {
            assert_eq!(QualityMethod::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn lists_hold_what_is_in_use() {
        for reason in [0, 1, 3, 5, 15, 29, 45, 48, 55, 60, 69, 81, 87, 89] {
            assert!(is_listed_reason(reason), "{reason}");
        }
        for reason in [4, 30, 56, 66, 82, 94, 999] {
            assert!(!is_listed_reason(reason), "{reason}");
        }
        for unit in ["kWh", "KWH", "mvarh", "Wh", "pf", "kV", "A", "MVA"] {
            assert!(is_listed_unit(unit.as_bytes()), "{unit}");
        }
        for unit in ["", "deg", "kpf", "MV", "kW/h", "kkWh"] {
            assert!(!is_listed_unit(unit.as_bytes()), "{unit}");
        }
        assert!(is_listed_method(14) && is_listed_method(0) && !is_listed_method(10) && !is_listed_method(60));
        assert_eq!((reason(b"089"), reason(b"0089"), reason(b""), reason(b"-1")), (Some(89), None, None, None));
    }
}
