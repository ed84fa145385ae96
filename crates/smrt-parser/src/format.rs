//! The closed list of formats.

use crate::{
    BatchReader, Options, asexml,
    formats::{lp, mdff, nem12, nem13, sensor, sensor_mapping, smrt, table, tou},
};
use smrt_core::{Batch, FileHeader};
use std::{fmt, ops::Range, str::FromStr};

/// A file format that smrt reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The SMRT gas-meter flow: hourly consumption of gas meters, UTC.
    Smrt,
    /// Interval data of meter data providers (AEMO MDFF), NEM time.
    Nem12,
    /// Accumulated data of meter data providers (AEMO MDFF): register reads, NEM time.
    Nem13,
    /// Load profiles of electricity meters.
    Lp,
    /// Register reads of electricity meters by time of use.
    Tou,
    /// Any other table of interval values or register reads; its layout is told by [`Options::csv`].
    Csv,
    /// What sensors measured at instants, each named by its UUID.
    Sensor,
    /// The names of sensors.
    SensorMapping,
}

/// A text that names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format {0:?}: expected one of {list}", list = Format::names())]
pub struct UnknownFormat(pub String);

impl Format {
    /// All formats.
    pub const ALL: [Self; 8] =
        [Self::Smrt, Self::Nem12, Self::Nem13, Self::Lp, Self::Tou, Self::Csv, Self::Sensor, Self::SensorMapping];

    /// The name used on the command line, in reports and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Smrt => "smrt",
            Self::Nem12 => "nem12",
            Self::Nem13 => "nem13",
            Self::Lp => "lp",
            Self::Tou => "tou",
            Self::Csv => "csv",
            Self::Sensor => "sensor",
            Self::SensorMapping => "sensor-mapping",
        }
    }

    /// File name extensions, lower case.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Smrt => &["smrt"],
            Self::Nem12 => &["nem12"],
            Self::Nem13 => &["nem13"],
            // Everybody's tables end in .csv: the name says nothing.
            Self::Lp | Self::Tou | Self::Csv | Self::Sensor | Self::SensorMapping => &[],
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

    /// Whether it speaks of sensors: senders of those tell files apart by their folders.
    pub const fn is_of_sensors(self) -> bool {
        matches!(self, Self::Sensor | Self::SensorMapping)
    }

    /// Whether a source of this format can be read in parts, on several cores.
    pub const fn splits(self) -> bool {
        matches!(self, Self::Smrt | Self::Nem12)
    }

    /// What a source says of itself, read from its first bytes; empty where they say nothing.
    pub fn peek(self, first_bytes: &[u8]) -> FileHeader {
        let options = Options::default();
        match self {
            Self::Smrt => peek(&mut smrt::Reader::new(&options), first_bytes),
            Self::Nem12 => peek(&mut asexml::Reader::new(nem12::Reader::new(&options)), first_bytes),
            Self::Nem13 => peek(&mut asexml::Reader::new(nem13::Reader::new(&options)), first_bytes),
            Self::Lp | Self::Tou | Self::Csv | Self::Sensor | Self::SensorMapping => FileHeader::default(),
        }
    }

    /// Whether the last bytes of a source end it as the format demands: a file that is still being written, or was cut
    /// short, does not. `None` where they hold no record that could tell; `whole` says that they are the whole source.
    pub fn ends_complete(self, last_bytes: &[u8], whole: bool) -> Option<bool> {
        // A line that began before these bytes is none to judge by.
        let lines =
            if whole { Some(last_bytes) } else { memchr::memchr(b'\n', last_bytes).map(|at| &last_bytes[at..]) };
        match self {
            Self::Smrt => smrt::ends_complete(lines?).or(whole.then_some(false)),
            Self::Nem12 | Self::Nem13 => mdff::ends_complete(lines?).or(whole.then_some(false)),
            // Nothing marks the end of a table.
            Self::Lp | Self::Tou | Self::Csv | Self::Sensor | Self::SensorMapping => Some(true),
        }
    }

    /// The bytes that a field takes in a line (fields counted from 1), to point at it.
    pub fn field(self, line: &[u8], field: usize) -> Option<Range<usize>> {
        match self {
            Self::Smrt => smrt::field(line, field),
            Self::Nem12 | Self::Nem13 => mdff::field(line, field),
            Self::Lp | Self::Tou | Self::Csv | Self::Sensor | Self::SensorMapping => table::field(line, field),
        }
    }

    /// Whether bytes look like the start of this format.
    fn recognises(self, first_bytes: &[u8]) -> bool {
        match self {
            Self::Smrt => smrt::recognises(first_bytes),
            Self::Nem12 => nem12::recognises(first_bytes),
            Self::Nem13 => nem13::recognises(first_bytes),
            Self::Lp => lp::recognises(first_bytes),
            Self::Tou => tou::recognises(first_bytes),
            // A table whose layout must be told is recognised by nothing.
            Self::Csv => false,
            Self::Sensor => sensor::recognises(first_bytes),
            Self::SensorMapping => sensor_mapping::recognises(first_bytes),
        }
    }

    /// The names of all formats, for messages.
    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// The header that a reader finds in the whole lines of the first bytes; XML may have all of it on one line.
fn peek(reader: &mut impl BatchReader, first_bytes: &[u8]) -> FileHeader {
    let last = memchr::memrchr(b'\n', first_bytes).map_or(0, |newline| newline + 1);
    let whole = if asexml::is_xml(first_bytes) { first_bytes.len() } else { last };
    let (mut lines, mut batch) = (&first_bytes[..whole], Batch::default());
    while !lines.is_empty() && reader.read(&mut lines, &mut batch).is_ok() && !batch.is_full() {
        while reader.take_remark().is_some() {}
    }
    reader.header().clone()
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
