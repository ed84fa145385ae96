//! What can be wrong with the text of a source, with its place.

use crate::formats::{mdff, table};
use smrt_core::{Code, QuantityError, Severity, Span};

/// A problem of the grammar and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}", position = span.position)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where: the field, or the place where something is missing.
    pub span: Span,
    /// Whether it concerns the frame of the file, its header or trailer, and not just one record: such a file cannot
    /// be trusted in any part.
    pub in_frame: bool,
}

/// What is wrong: what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source holds no record at all.
    #[error("the file holds no record: expected at least one line of its format, found none")]
    Empty,
    /// The first record is not the header.
    #[error("expected the header {expected} as first record, found {found}")]
    MissingHeader {
        /// The header record's id.
        expected: &'static str,
        /// What stands there instead.
        found: String,
    },
    /// A second header.
    #[error("expected one header, found another one")]
    MisplacedHeader,
    /// The source ends without its trailer.
    #[error(
        "expected the trailer {expected} at the end, found the end of the file: it is cut short or still being written"
    )]
    MissingTrailer {
        /// The trailer record's id.
        expected: &'static str,
    },
    /// A record behind the trailer.
    #[error("expected nothing behind the trailer, found {found}")]
    AfterTrailer {
        /// What stands there.
        found: String,
    },
    /// A record id that the format does not have.
    #[error("expected {expected}, found {found}")]
    UnknownRecord {
        /// The ids that the format has.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A record with too few or too many fields.
    #[error("expected {expected} fields in a {record} record, found {found}")]
    FieldCount {
        /// The record's id.
        record: &'static str,
        /// Fields of the specification.
        expected: usize,
        /// Fields that stand there.
        found: usize,
    },
    /// A quote that is not closed, or text around a quoted field.
    #[error("expected {expected}")]
    Quoting {
        /// What should stand there.
        expected: &'static str,
    },
    /// A header of another file type.
    #[error("expected the file type {expected}, found {found}")]
    FileType {
        /// The type's name.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A field of text that is empty, too long, or holds what is not text.
    #[error("expected {expected}, found {found}")]
    Text {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Not a date of the calendar.
    #[error("expected a date YYYYMMDD, found {found}")]
    Date {
        /// What stands there.
        found: String,
    },
    /// Not a time of day.
    #[error("expected a time {expected}, found {found}")]
    Time {
        /// The form it should have.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Not a generation number.
    #[error("expected a generation number, PN or DV and six digits, found {found}")]
    Generation {
        /// What stands there.
        found: String,
    },
    /// Not a quantity.
    #[error("expected {expected}, found {found}: {reason}")]
    Quantity {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
        /// Why it is none.
        reason: QuantityError,
    },
    /// A negative quantity where the format has none.
    #[error("expected {expected}, found {found}: it is negative")]
    Negative {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// What only files of meter data providers (NEM12, NEM13) can have wrong.
    #[error(transparent)]
    Mdff(mdff::Fault),
    /// What only files with a line of column names (LP, TOU, interval CSV, sensors) can have wrong.
    #[error(transparent)]
    Table(table::Fault),
    /// More meters or lines than can be numbered.
    #[error("the file has more {what} than smrt can number ({limit})")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
}

impl ErrorKind {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match self {
            Self::Empty => &EMPTY,
            Self::MissingHeader { .. } => &MISSING_HEADER,
            Self::MisplacedHeader => &MISPLACED_HEADER,
            Self::MissingTrailer { .. } => &MISSING_TRAILER,
            Self::AfterTrailer { .. } => &AFTER_TRAILER,
            Self::UnknownRecord { .. } => &UNKNOWN_RECORD,
            Self::FieldCount { .. } => &FIELD_COUNT,
            Self::Quoting { .. } => &QUOTING,
            Self::FileType { .. } => &FILE_TYPE,
            Self::Text { .. } => &TEXT,
            Self::Date { .. } => &DATE,
            Self::Time { .. } => &TIME,
            Self::Generation { .. } => &GENERATION,
            Self::Quantity { .. } => &QUANTITY,
            Self::Negative { .. } => &NEGATIVE,
            Self::Mdff(fault) => fault.code(),
            Self::Table(fault) => fault.code(),
            Self::TooMany { .. } => &TOO_MANY,
        }
    }
}

impl ParseError {
    /// An error of one record.
    pub(crate) const fn new(kind: ErrorKind, span: Span) -> Self {
        Self { kind, span, in_frame: false }
    }

    /// The same error, known to concern the frame of the file.
    pub(crate) fn of_frame(self) -> Self {
        Self { in_frame: true, ..self }
    }
}

macro_rules! codes {
    ($($constant:ident = $id:literal $name:literal $explanation:literal;)*) => {
        $(static $constant: Code = Code { id: $id, name: $name, severity: Severity::Error, explanation: $explanation };)*
        /// All codes of grammar errors.
        pub(crate) static CODES: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    EMPTY = "P001" "empty-file"
        "The file holds no record, just nothing, blank lines or comments. Nothing is loaded; the name may come again with content.";
    MISSING_HEADER = "P002" "missing-header"
        "The first record must be the header: without it neither sender nor time of creation are known. The whole file is refused. Ask the sender for the file again.";
    MISPLACED_HEADER = "P003" "misplaced-header"
        "There is more than one header. Perhaps two files were joined: the whole file is refused; cut it at the second header.";
    MISSING_TRAILER = "P004" "missing-trailer"
        "The file ends without its trailer, so it may have been cut short on its way. The whole file is refused; it may come again under the same name once it is complete.";
    AFTER_TRAILER = "P005" "data-after-trailer"
        "Something stands behind the trailer, which must be the last record. The whole file is refused.";
    UNKNOWN_RECORD = "P006" "unknown-record"
        "A line begins with a record id that the format does not have. It is never skipped in silence: it is refused like any bad record.";
    FIELD_COUNT = "P007" "field-count"
        "A record has too few or too many fields. Often a decimal comma (1,52) or a line that was cut.";
    QUOTING = "P008" "quoting"
        "A quote is not closed on its line, or text stands outside the quotes of a quoted field.";
    FILE_TYPE = "P009" "file-type"
        "The header names another file type than the one this format is for.";
    TEXT = "P010" "bad-text"
        "A text field is empty, too long, or holds control characters or bytes that are no UTF-8.";
    DATE = "P011" "bad-date"
        "A date must have eight digits, YYYYMMDD, and exist in the calendar.";
    TIME = "P012" "bad-time"
        "A time must have the stated number of digits and lie within the day; the end of a day is 0000 of the next one, never 2400.";
    GENERATION = "P013" "bad-generation"
        "A generation number is PN (production) or DV (development) and six digits.";
    QUANTITY = "P014" "bad-quantity"
        "A quantity is a plain decimal number with a point and at most six decimals: no exponent, no sign, no separators. More decimals can be accepted, rounded, where the reader is told so (excess-decimals = \"round-half-even\").";
    NEGATIVE = "P015" "negative-quantity"
        "The quantity is negative, and the format has no negative quantities.";
    TOO_MANY = "P016" "too-many"
        "The file has more meters or more lines than smrt can number. Cut it into several files.";
}
