//! What can be wrong only in a file of a meter data provider.

use smrt_core::{Code, Severity};

/// What can be wrong only in a file of a meter data provider: what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Not a date and time.
    #[error("expected a date and time {form}, found {found}")]
    DateTime {
        /// The form it should have.
        form: &'static str,
        /// What stands there.
        found: String,
    },
    /// Not a quality flag with its method.
    #[error("expected {expected}, found {found}")]
    Quality {
        /// The flags that may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Not a reason code, or one where none may stand.
    #[error("expected {expected}, found {found}")]
    Reason {
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Not the length of an interval.
    #[error("expected an interval length of {expected} minutes, found {found}")]
    IntervalLength {
        /// The lengths that may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Too many or too few values of a day.
    #[error("expected {expected} values, as of {minutes} minutes each, found {found}")]
    ValueCount {
        /// The length of an interval.
        minutes: u16,
        /// Intervals of a day.
        expected: usize,
        /// Values that stand there.
        found: usize,
    },
    /// A record without the one that it belongs to.
    #[error("expected a {parent} record before a {record} record, found {found}")]
    Orphan {
        /// The record that should stand before it.
        parent: &'static str,
        /// The record.
        record: &'static str,
        /// What stands before it.
        found: &'static str,
    },
    /// The 400 records of a day leave intervals out.
    #[error("expected 400 records up to interval {intervals} of the day, found none behind interval {covered}")]
    Uncovered {
        /// Intervals of the day.
        intervals: usize,
        /// Those that have a quality.
        covered: usize,
    },
    /// A 400 record that does not begin where it should, or ends outside of the day.
    #[error("expected intervals from {next} and up to {intervals}, found {found}")]
    Range {
        /// The first interval without a quality.
        next: usize,
        /// Intervals of the day.
        intervals: usize,
        /// What stands there.
        found: String,
    },
    /// Not a national metering identifier.
    #[error("expected {expected}, found {found}")]
    Nmi {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A list of suffixes that is none, or without the suffix of its record.
    #[error("expected {expected}, found {found}")]
    Configuration {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Records of NEM12 and NEM13 in one file.
    #[error("expected records of {expected} alone, found {found}")]
    MixedRecords {
        /// The format of the file.
        expected: &'static str,
        /// What is of the other one.
        found: &'static str,
    },
    /// Another kind of file.
    #[error("expected records of a meter data file, found {found}")]
    NotMdff {
        /// What it is.
        found: &'static str,
    },
    /// A day that does not follow the one before.
    #[error("expected a day after the one of the record before, found {found}")]
    DayOrder {
        /// The day.
        found: String,
    },
    /// A message whose elements are not all closed.
    #[error(
        "expected the end of the aseXML message, found the end of the file: it is cut short or still being written"
    )]
    MessageCut,
    /// Not a direction of flow.
    #[error("expected the direction E (export from the grid) or I (import into it), found {found}")]
    Direction {
        /// What stands there.
        found: String,
    },
    /// Not what a register can show.
    #[error("expected a register read, digits with at most one point, found {found}")]
    RegisterRead {
        /// What stands there.
        found: String,
    },
    /// A current read before the previous one.
    #[error("expected the current read at or after the previous one, found an earlier time")]
    ReadOrder,
}

impl Fault {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match self {
            Self::DateTime { .. } => &DATE_TIME,
            Self::Quality { .. } => &QUALITY,
            Self::Reason { .. } => &REASON,
            Self::IntervalLength { .. } => &INTERVAL_LENGTH,
            Self::ValueCount { .. } => &VALUE_COUNT,
            Self::Orphan { .. } => &ORPHAN,
            Self::Uncovered { .. } => &UNCOVERED,
            Self::Range { .. } => &RANGE,
            Self::Nmi { .. } => &NMI,
            Self::Configuration { .. } => &CONFIGURATION,
            Self::MixedRecords { .. } => &MIXED_RECORDS,
            Self::NotMdff { .. } => &NOT_MDFF,
            Self::DayOrder { .. } => &DAY_ORDER,
            Self::MessageCut => &MESSAGE_CUT,
            Self::Direction { .. } => &DIRECTION,
            Self::RegisterRead { .. } => &REGISTER_READ,
            Self::ReadOrder => &READ_ORDER,
        }
    }
}

macro_rules! codes {
    ($($constant:ident = $id:literal $name:literal $explanation:literal;)*) => {
        $(static $constant: Code = Code { id: $id, name: $name, severity: Severity::Error, explanation: $explanation };)*
        /// All codes of faults that only these files have.
        pub(crate) static CODES: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    DATE_TIME = "P017" "bad-date-time"
        "A date and time of a meter data file has twelve or fourteen digits, as its field demands, exists in the calendar and lies within the day; midnight at the end of a day is 000000 of the next one.";
    QUALITY = "P018" "bad-quality"
        "A quality is A or N alone, or E, S or F with a method of two digits, such as S14; V stands only in a 300 record and says that 400 records follow. What a letter outside this list means nobody can know, so the record is refused.";
    REASON = "P019" "bad-reason"
        "A reason is a number of one to three digits, and none may stand beside the flag V, whose reasons stand in the 400 records.";
    INTERVAL_LENGTH = "P020" "bad-interval-length"
        "The specification knows intervals of 5, 15 and 30 minutes. With --lenient any length is read that divides a day evenly; of 0 or 7 minutes no day can be made, and all days of the record are refused.";
    VALUE_COUNT = "P021" "value-count"
        "A day has as many values as intervals: 48 of 30 minutes, 96 of 15, 288 of 5; daylight saving never changes that. Another number means a wrong interval length in the 200 record, a line that was cut, or a decimal comma, and no value of the day can be given its time.";
    ORPHAN = "P022" "orphan-record"
        "A 300 record belongs to the 200 record before it, a 400 or 500 record to a 300 record, a 550 record to a 250 record. Without it, or where it was refused itself, nobody knows what was measured.";
    UNCOVERED = "P023" "uncovered-intervals"
        "The flag V of a 300 record says that the 400 records behind it give the quality of every interval of the day, and they leave some out. The whole day is refused. With --lenient its values are kept, those left out without a quality.";
    RANGE = "P024" "bad-interval-range"
        "The intervals of a 400 record are numbers from 1 to the last of the day, the first not above the last, and each 400 record begins where the one before it ended: gaps and overlaps leave the quality of an interval open. The whole day is refused.";
    NMI = "P025" "bad-nmi"
        "A national metering identifier has ten characters, digits and capital letters without I and O. An eleventh one is a check digit, which the field must not hold; where it stands there, is to be read and is wrong, one of the characters is wrong too.";
    CONFIGURATION = "P026" "bad-configuration"
        "The configuration of a 200 or 250 record lists the suffixes of all channels of the meter point, two characters each and none twice, and the suffix of the record must be among them.";
    MIXED_RECORDS = "P027" "mixed-records"
        "A file holds interval data (200 and 300 records, NEM12) or accumulated data (250 records, NEM13), never both. The whole file is refused: nobody knows which parts of two files it was made of.";
    NOT_MDFF = "P028" "not-mdff"
        "The file looks like something else than meter data of the Australian market: a table of a customer portal, text in UTF-16, or lines that end in a carriage return alone. Ask the sender for a NEM12 or NEM13 file, or read it as the table that it is, with a layout of its own.";
    DAY_ORDER = "P029" "day-order"
        "The days of a 200 record must ascend, and none may come twice. With --lenient they are read in any order; of a day that comes twice the later version wins.";
    MESSAGE_CUT = "P030" "message-cut"
        "The file is an aseXML message and ends before all its elements are closed, so that whole transactions may be missing. The whole file is refused, however complete the meter data inside look; it may come again under the same name once it is complete.";
    DIRECTION = "P031" "bad-direction"
        "The direction of a 250 record is E, from the grid to the customer, or I, from the customer into the grid. With any other letter nobody knows whether energy was consumed or generated, and the record is refused.";
    REGISTER_READ = "P032" "bad-register-read"
        "A register read is what the dials show: digits, leading and trailing zeros kept, with at most one point. With --lenient another text is kept as written, as the quantity is stated beside it.";
    READ_ORDER = "P033" "read-order"
        "The current read of a 250 record lies before the previous one, so that there is no period the quantity could belong to. Both times may be equal: that is the first read of a new meter.";
}
