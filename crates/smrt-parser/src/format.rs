//! The closed list of formats.

use std::{fmt, str::FromStr};

/// A file format that smrt reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The SMRT gas-meter flow: hourly consumption of gas meters, UTC.
    Smrt,
}

/// A text that names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format {0:?}: expected one of {list}", list = Format::names())]
pub struct UnknownFormat(pub String);

impl Format {
    /// All formats.
    pub const ALL: [Self; 1] = [Self::Smrt];

    /// The name used on the command line, in reports and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Smrt => "smrt",
        }
    }

    /// File name extensions, lower case.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Smrt => &["smrt"],
        }
    }

    /// The format of a source: by its first bytes, else by the extension of its name.
    ///
    /// A name is believed where the bytes say nothing, so that a `.SMRT` file with a damaged header is refused with
    /// the reason instead of being unknown.
    pub fn sniff(first_bytes: &[u8], name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.recognises(first_bytes)).or_else(|| {
            let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())?;
            Self::ALL.into_iter().find(|format| format.extensions().contains(&extension.as_str()))
        })
    }

    /// Whether bytes look like the start of this format.
    fn recognises(self, first_bytes: &[u8]) -> bool {
        match self {
            Self::Smrt => crate::smrt::recognises(first_bytes),
        }
    }

    /// The names of all formats, for messages.
    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}
