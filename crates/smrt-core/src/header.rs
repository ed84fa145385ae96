//! What a source file says of itself.

use std::fmt;

/// Which of the sender's systems a file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// Real data.
    Production,
    /// Test data of the sender.
    Development,
}

impl Environment {
    /// `production` or `development`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Development => "development",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The sender's running number of a file, such as `PN007505`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation {
    /// The system that made the file.
    pub environment: Environment,
    /// The running number, 0 to 999,999.
    pub number: u32,
}

impl Generation {
    /// Reads `(PN|DV)[0-9]{6}`; `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (prefix, digits) = text.split_at_checked(2)?;
        let environment = match prefix {
            b"PN" => Environment::Production,
            b"DV" => Environment::Development,
            _ => return None,
        };
        if digits.len() != 6 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
        Some(Self { environment, number })
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.environment {
            Environment::Production => "PN",
            Environment::Development => "DV",
        };
        write!(f, "{prefix}{:06}", self.number)
    }
}

/// What the header of a file states, as far as its format has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileHeader {
    /// When the sender made the file, UTC epoch seconds.
    pub created_at: Option<i64>,
    /// Who sent it.
    pub sender: Option<String>,
    /// The sender's running number.
    pub generation: Option<Generation>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_letters_and_six_digits_are_a_generation() {
        for text in ["PN007505", "DV000000", "PN999999"] {
            assert_eq!(Generation::parse(text.as_bytes()).map(|g| g.to_string()).as_deref(), Some(text));
        }
        for text in ["", "P", "PN", "PN12345", "PN0075055", "XX007505", "pn007505", "PN00750A", "ABCDEFGH"] {
            assert_eq!(Generation::parse(text.as_bytes()), None, "{text}");
        }
    }
}
