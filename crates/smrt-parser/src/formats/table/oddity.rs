//! What can be odd about a table and is believed all the same: each kind with its code.

use smrt_core::{Code, IntervalLength, Quantity, Severity};
use std::fmt;

/// What can be odd only in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// Columns that nobody asked for.
    ExtraColumns {
        /// How many.
        count: usize,
        /// Their names, as many as fit into a message.
        names: String,
    },
    /// Columns that describe readings and are not there.
    MissingColumns {
        /// Their names.
        names: String,
    },
    /// A row with fewer fields than there are columns.
    ShortRow {
        /// Columns.
        expected: usize,
        /// Fields.
        found: usize,
    },
    /// A row of nothing but separators.
    BlankRow,
    /// A value that is not there.
    EmptyValue,
    /// Energy that is negative.
    NegativeEnergy {
        /// What stands there.
        found: String,
    },
    /// A civil time that the clock shows twice.
    DoubledHour {
        /// Whether the second of the two is taken.
        second: bool,
    },
    /// Readings that do not begin on a boundary of their channel's intervals.
    OffGrid {
        /// Meter and channel.
        channel: String,
        /// The length of the intervals.
        length: IntervalLength,
        /// How many readings.
        count: u32,
    },
    /// A channel whose times do not tell how long its intervals are.
    AssumedLength {
        /// Meter and channel.
        channel: String,
        /// The length that is taken.
        length: IntervalLength,
    },
    /// A name that is given to its sensor once more.
    RepeatedName {
        /// The line that gave it first.
        line: u32,
    },
    /// Registers that contradict each other.
    TotalMismatch {
        /// Meter, channel and rate.
        register: String,
        /// Energy of the previous period.
        previous: Quantity,
        /// Energy of the current period.
        current: Quantity,
        /// Energy of both.
        total: Quantity,
    },
}

impl Oddity {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match self {
            Self::ExtraColumns { .. } => &EXTRA_COLUMNS,
            Self::MissingColumns { .. } => &MISSING_COLUMNS,
            Self::ShortRow { .. } => &SHORT_ROW,
            Self::BlankRow => &BLANK_ROW,
            Self::EmptyValue => &EMPTY_VALUE,
            Self::NegativeEnergy { .. } => &NEGATIVE_ENERGY,
            Self::DoubledHour { .. } => &DOUBLED_HOUR,
            Self::OffGrid { .. } => &OFF_GRID,
            Self::AssumedLength { .. } => &ASSUMED_LENGTH,
            Self::RepeatedName { .. } => &REPEATED_NAME,
            Self::TotalMismatch { .. } => &TOTAL_MISMATCH,
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExtraColumns { count: 1, names } => write!(f, "found a column that is not needed: {names}"),
            Self::ExtraColumns { count, names } => write!(f, "found {count} columns that are not needed: {names}"),
            Self::MissingColumns { names } => write!(f, "expected the columns {names}: read without them"),
            Self::ShortRow { expected, found } => write!(f, "expected {expected} fields, found {found}"),
            Self::BlankRow => f.write_str("expected a record, found nothing between the separators"),
            Self::EmptyValue => f.write_str("expected a value, found nothing: kept as a place without value"),
            Self::NegativeEnergy { found } => write!(f, "expected energy, which is not negative, found {found}"),
            Self::DoubledHour { second } => {
                let pass = if *second { "second" } else { "first" };
                write!(f, "the clock shows this time twice: taken for the {pass} of the two")
            }
            Self::OffGrid { channel, length, count: 1 } => {
                write!(f, "expected readings of {channel} every {length}, found one that is off this grid")
            }
            Self::OffGrid { channel, length, count } => {
                write!(f, "expected readings of {channel} every {length}, found {count} that are off this grid")
            }
            Self::AssumedLength { channel, length } => {
                write!(f, "the times of {channel} do not tell how long an interval is: taken for {length}")
            }
            Self::RepeatedName { line } => write!(f, "expected a name once, found it again as in line {line}"),
            Self::TotalMismatch { register, previous, current, total } => {
                write!(f, "expected a total of {previous} + {current} in {register}, found {total}")
            }
        }
    }
}

macro_rules! codes {
    ($($constant:ident = $id:literal $name:literal $severity:ident $explanation:literal;)*) => {
        $(static $constant: Code = Code { id: $id, name: $name, severity: Severity::$severity, explanation: $explanation };)*
        /// All codes of oddities of tables.
        pub(crate) static ODDITY_CODES: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    EXTRA_COLUMNS = "D040" "extra-columns" Note
        "The file has columns that are not needed. They are left out; all others are read. Told once for each file.";
    MISSING_COLUMNS = "D041" "missing-columns" Warning
        "Columns that merely describe a reading are not there, such as the serial number or the status. They are taken as empty, because --lenient was given; without it the file is refused.";
    SHORT_ROW = "D042" "short-row" Warning
        "A row has fewer fields than there are columns. Those that lack at its end are taken as empty, because --lenient was given; without it the row is refused. A row with more fields than there are columns is always refused: often a decimal comma has shifted what stands behind it.";
    BLANK_ROW = "D043" "blank-row" Warning
        "A row holds nothing but separators, as spreadsheets leave behind. It is left out, because --lenient was given; without it the row is refused.";
    EMPTY_VALUE = "D044" "empty-value" Warning
        "The field of the value is empty. The reading is kept as a place in time without a value and is left out of sums, because --lenient was given; without it the row is refused. It is never taken for zero.";
    NEGATIVE_ENERGY = "D045" "negative-energy" Warning
        "Energy that flows one way is counted up, so a negative quantity of it is odd: perhaps a net value of both ways, or a correction. It is kept as read. Power, reactive power and angles may be negative and are not remarked on.";
    DOUBLED_HOUR = "D046" "doubled-hour" Note
        "The clocks of the zone show this time twice, because they are put back when daylight saving ends. Where the channel's readings have reached the time before, it is taken for the second of the two, else for the first. If that is wrong the readings of that hour are an hour off; ask the sender for times with their offset.";
    OFF_GRID = "D047" "off-grid" Warning
        "Readings do not begin on a boundary of their channel's intervals, counted from midnight. They are kept as read, so intervals may overlap or leave gaps. Perhaps the meter's clock was set, or the length of the intervals changes within the file; --interval gives the length where it was found wrongly. Told once for each channel, at its first such reading.";
    ASSUMED_LENGTH = "D048" "assumed-length" Warning
        "The format does not state how long an interval is, and the times of the channel do not show it, because there is just one or they keep no common distance. The length of the file's other channels is taken, else 15 minutes. Give the right one with --interval.";
    TOTAL_MISMATCH = "D049" "total-mismatch" Note
        "The energy of the previous and of the current billing period should together be the total of the register, and they are not. All are kept as read. Perhaps the meter has had more than one earlier period, or one of the reads was taken at another time.";
    REPEATED_NAME = "D050" "repeated-name" Note
        "A line of a mapping says the same as an earlier one: the same name for the same sensor. It is left out, because it changes nothing.";
}
