//! How trustworthy a reading is, in the words of the meter data business.

use std::fmt;

/// The quality flag of a reading, as meter data providers state it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Flag {
    /// The format does not say.
    #[default]
    Unstated = 0,
    /// Measured.
    Actual = 1,
    /// Estimated ahead of a measurement.
    Estimated = 2,
    /// Put in place of a measurement that failed.
    Substituted = 3,
    /// A substitution that will not change any more.
    Final = 4,
    /// No value: kept as a place in time, left out of every sum.
    Null = 5,
}

impl Flag {
    const ALL: [Self; 6] = [Self::Unstated, Self::Actual, Self::Estimated, Self::Substituted, Self::Final, Self::Null];
}

/// A quality flag and, where the sender gives one, the two-digit method behind it (`S14`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quality {
    /// The flag.
    pub flag: Flag,
    /// The method, 1 to 99; 0 where none is stated.
    pub method: u8,
}

impl Quality {
    /// The format does not state a quality.
    pub const UNSTATED: Self = Self { flag: Flag::Unstated, method: 0 };

    /// There is no value.
    pub const NULL: Self = Self { flag: Flag::Null, method: 0 };

    /// The number that stores keep: 100 × flag + method.
    pub const fn code(self) -> i16 {
        self.flag as i16 * 100 + self.method as i16
    }

    /// The reverse of [`Quality::code`]; `None` for a number that is no quality.
    pub fn from_code(code: i16) -> Option<Self> {
        let flag = *Flag::ALL.get(usize::try_from(code / 100).ok()?)?;
        Some(Self { flag, method: u8::try_from(code % 100).ok()? })
    }
}

impl fmt::Display for Quality {
    /// The letter of the flag and the method (`A`, `S14`), or `unstated`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.flag {
            Flag::Unstated => return f.pad("unstated"),
            Flag::Actual => 'A',
            Flag::Estimated => 'E',
            Flag::Substituted => 'S',
            Flag::Final => 'F',
            Flag::Null => 'N',
        };
        if self.method == 0 { write!(f, "{letter}") } else { write!(f, "{letter}{:02}", self.method) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_nothing_else_is_a_quality() {
        for code in -200..1000 {
            match Quality::from_code(code) {
                Some(quality) => assert_eq!(quality.code(), code),
                None => assert!(!(0..600).contains(&code), "{code}"),
            }
        }
    }

    #[test]
    fn the_letters_are_those_of_the_business() {
        assert_eq!(Quality { flag: Flag::Substituted, method: 14 }.to_string(), "S14");
        assert_eq!(Quality { flag: Flag::Actual, method: 0 }.to_string(), "A");
        assert_eq!(Quality::UNSTATED.to_string(), "unstated");
    }
}
