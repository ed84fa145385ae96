//! What is odd in a file of a meter data provider and believed all the same, and where remarks on it wait.

use crate::{Remark, RemarkKind};
use smrt_core::{Code, Severity, Span};
use std::{collections::VecDeque, fmt};

/// What can be odd only in a file of a meter data provider: what was found, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// There is no 100 record.
    HeaderAssumed,
    /// There is no 900 record.
    TrailerMissing,
    /// A line that says nothing.
    BlankLine,
    /// A record behind the 900 record, or a second 100 record.
    FurtherBlock,
    /// Something in the 100 record.
    Header(&'static str),
    /// Empty fields behind the last one of the record.
    Padded(usize),
    /// Fields at the end of the record that were left out.
    Shortened(usize),
    /// Blanks around fields.
    Blanks,
    /// An identifier that is no NMI.
    Nmi(String),
    /// An eleventh character that is the check digit of the other ten, or a field that holds it.
    CheckDigit(&'static str),
    /// Something in a 200 or 250 record.
    Details(&'static str),
    /// An interval length outside of the specification.
    IntervalLength(u16),
    /// An interval length that the values tell, against the 200 record.
    LengthInferred(u16),
    /// A unit that is none of the list.
    Unit(String),
    /// Negative values.
    Negative(usize),
    /// Intervals without a value.
    NoValue(usize),
    /// Intervals without a quality, or a 400 record whose intervals had to be cut to fit.
    Uncovered(&'static str),
    /// A 400 record behind a 300 record that needs none.
    EventsOverFlag,
    /// A reason or its text that is missing or one too many.
    Reason(&'static str),
    /// A reason, method or transaction code outside of the lists.
    UnlistedCode(&'static str, String),
    /// A comma inside a text.
    CommaInText,
    /// A 300 record on several lines.
    Rejoined(usize),
    /// A date and time in another form, or none at all, and what was made of it.
    DateTime(String, &'static str),
    /// A day that does not follow the one before.
    DayOrder,
    /// A 200 record without a 300 record.
    NoDays,
    /// A register read that is no number.
    RegisterRead(String),
    /// A quantity that is not what lies between the register reads.
    NotDifference(String),
}

impl Oddity {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match self {
            Self::HeaderAssumed => &HEADER_ASSUMED,
            Self::TrailerMissing => &TRAILER_MISSING,
            Self::BlankLine => &BLANK_LINE,
            Self::FurtherBlock => &FURTHER_BLOCK,
            Self::Header(_) => &HEADER,
            Self::Padded(_) => &PADDED,
            Self::Shortened(_) => &SHORTENED,
            Self::Blanks => &BLANKS,
            Self::Nmi(_) => &NMI,
            Self::CheckDigit(_) => &CHECK_DIGIT,
            Self::Details(_) => &DETAILS,
            Self::IntervalLength(_) => &INTERVAL_LENGTH,
            Self::LengthInferred(_) => &LENGTH_INFERRED,
            Self::Unit(_) => &UNIT,
            Self::Negative(_) => &NEGATIVE,
            Self::NoValue(_) => &NO_VALUE,
            Self::Uncovered(_) => &UNCOVERED,
            Self::EventsOverFlag => &EVENTS_OVER_FLAG,
            Self::Reason(_) => &REASON,
            Self::UnlistedCode(..) => &UNLISTED_CODE,
            Self::CommaInText => &COMMA_IN_TEXT,
            Self::Rejoined(_) => &REJOINED,
            Self::DateTime(..) => &DATE_TIME,
            Self::DayOrder => &DAY_ORDER,
            Self::NoDays => &NO_DAYS,
            Self::RegisterRead(_) => &REGISTER_READ,
            Self::NotDifference(_) => &NOT_DIFFERENCE,
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderAssumed => f.write_str("expected a 100 record first, found none: sender and time are unknown"),
            Self::TrailerMissing => {
                f.write_str("expected a 900 record at the end, found none: the file may be cut short")
            }
            Self::BlankLine => f.write_str("expected a record, found a blank line: skipped"),
            Self::FurtherBlock => f.write_str("expected one block from 100 to 900, found a further one: read as well"),
            Self::Header(what) | Self::Details(what) | Self::CheckDigit(what) => f.write_str(what),
            Self::Uncovered(what) | Self::Reason(what) => f.write_str(what),
            Self::Padded(count) => write!(f, "expected no more fields, found {count} empty ones: left out"),
            Self::Shortened(count) => {
                write!(f, "expected {count} more fields, found the end of the line: taken as empty")
            }
            Self::Blanks => f.write_str("expected no blanks around fields, found some: left out"),
            Self::Nmi(found) => write!(f, "expected an NMI of ten characters, found {found}: kept as written"),
            Self::IntervalLength(found) => write!(f, "expected intervals of 5, 15 or 30 minutes, found {found}"),
            Self::LengthInferred(minutes) => {
                write!(
                    f,
                    "found as many values as intervals of {minutes} minutes need: read so up to the next 200 record"
                )
            }
            Self::Unit(found) => write!(f, "expected a unit of the list, found {found}: kept as written"),
            Self::Negative(count) => write!(f, "expected no negative value, found {count}: kept as read"),
            Self::NoValue(count) => write!(f, "found {count} intervals without a value: kept as null, out of all sums"),
            Self::EventsOverFlag => f.write_str("expected the flag V in a 300 record before a 400 record: applied"),
            Self::UnlistedCode(what, found) => write!(f, "expected a {what} of the list, found {found}: kept"),
            Self::CommaInText => f.write_str("expected no comma inside the text of a reason, found one: kept as text"),
            Self::Rejoined(lines) => write!(f, "expected a record on one line, found it on {lines}: joined"),
            Self::DateTime(found, done) => write!(f, "expected a date and time CCYYMMDDhhmmss, found {found}: {done}"),
            Self::DayOrder => f.write_str("expected a day after the one of the record before, found an earlier one"),
            Self::NoDays => f.write_str("expected a 300 record behind this 200 record, found none"),
            Self::RegisterRead(found) => write!(f, "expected a register read, found {found}: kept as written"),
            Self::NotDifference(found) => {
                write!(f, "expected the difference of the register reads, found {found}: kept as stated")
            }
        }
    }
}

/// Remarks that wait until they are taken. A reader stops before a line where too many wait, so that they are bounded.
#[derive(Debug, Default)]
pub(crate) struct Remarks(VecDeque<Remark>);

impl Remarks {
    /// Remarks from which on a reader hands them over before it reads on; one line adds a handful.
    const MOST: usize = 512;

    /// Adds one.
    pub(crate) fn add(&mut self, oddity: Oddity, span: Span) {
        self.0.push_back(Remark { kind: RemarkKind::Mdff(oddity), span });
    }

    /// The next one, in the order of the source.
    pub(crate) fn take(&mut self) -> Option<Remark> {
        self.0.pop_front()
    }

    /// Whether they must be handed over first.
    pub(crate) fn are_many(&self) -> bool {
        self.0.len() >= Self::MOST
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives all from number `first` on another place.
    pub(crate) fn place_from(&mut self, first: usize, span: Span) {
        self.0.iter_mut().skip(first).for_each(|remark| remark.span = span);
    }
}

macro_rules! codes {
    ($($constant:ident = $id:literal $name:literal $severity:ident $explanation:literal;)*) => {
        $(static $constant: Code =
            Code { id: $id, name: $name, severity: Severity::$severity, explanation: $explanation };)*
        /// All codes of oddities that only these files have.
        pub(crate) static CODES: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    HEADER_ASSUMED = "D001" "header-assumed" Warning
        "The file has no 100 record, as some portals send it. With --lenient it is read all the same; who made it and when is then unknown, so that it is ordered among other files by its name alone.";
    TRAILER_MISSING = "D002" "trailer-missing" Warning
        "The file has no 900 record. With --lenient what is there is read. It may be the beginning of a longer file: compare its last day with what you expect, and ask the sender if days are missing.";
    BLANK_LINE = "D003" "blank-line" Note
        "A line is blank, holds nothing but commas, or is the end mark of an old system (Ctrl-Z). It is skipped and counted.";
    FURTHER_BLOCK = "D004" "further-block" Warning
        "Behind the 900 record there are further records, or there is a second 100 record: several files were joined. With --lenient all are read as one; sender and time are those of the last 100 record.";
    HEADER = "D005" "odd-header" Warning
        "A field of the 100 record is not as specified: a participant that is missing or too long, a time of creation that is none. With --lenient it is read as far as it makes sense.";
    PADDED = "D006" "padded-record" Note
        "The record has empty fields behind its last one, as spreadsheets write them that make all lines equally wide. With --lenient they are left out; a further field that holds something is an error.";
    SHORTENED = "D007" "shortened-record" Note
        "Optional fields at the end of the record were left out together with their commas. With --lenient they are taken as empty.";
    BLANKS = "D008" "blanks-around-fields" Note
        "There are blanks around fields, where the specification has none, though its own examples do. They are left out.";
    NMI = "D009" "odd-nmi" Warning
        "The identifier of the meter point is no NMI: another length, lower case, or other characters. With --lenient it is kept as it is written; the same meter point under its real NMI would be another one.";
    CHECK_DIGIT = "D010" "check-digit" Note
        "The check digit of the NMI was sent along, as an eleventh character or in a field of its own. It is right, and left out: the meter point is known by ten characters.";
    DETAILS = "D011" "odd-details" Warning
        "A field that describes the channel is not as specified: a configuration that is empty, of odd length or without the suffix, an overlong register or serial number, a next read date that is none. With --lenient it is kept as written. No value depends on it.";
    INTERVAL_LENGTH = "D012" "odd-interval-length" Note
        "The intervals are neither of 5, 15 nor 30 minutes, but divide a day evenly. With --lenient they are read like any other.";
    LENGTH_INFERRED = "D013" "length-inferred" Warning
        "The number of values fits another interval length of the specification than the 200 record states. With --lenient the values are believed up to the next 200 record, and every day there must have as many.";
    UNIT = "D014" "odd-unit" Warning
        "The unit is missing or none of the list of the specification. With --lenient the values are kept with what is written.";
    NEGATIVE = "D015" "negative-value" Warning
        "Values are negative, although the direction of flow stands in the suffix. They are kept as read: some senders net consumption and generation.";
    NO_VALUE = "D016" "no-value" Warning
        "Intervals have no value: their quality is N, or with --lenient the field is empty. They are kept as places in time without a value and are part of no sum; the number that stands beside the quality N is a filler.";
    UNCOVERED = "D017" "uncovered-interval" Warning
        "The 400 records do not cover the day as they must. With --lenient they are cut to what fits, the first that names an interval decides, and intervals that none names have no quality.";
    EVENTS_OVER_FLAG = "D018" "events-over-flag" Note
        "The 300 record states a quality for the whole day, and 400 records follow that state others. They are applied, as an example of the specification itself demands.";
    REASON = "D019" "odd-reason" Warning
        "A substituted value has no reason, a reason 0 has no text, or a reason stands where none may. The quality is kept as stated.";
    UNLISTED_CODE = "D020" "unlisted-code" Note
        "A reason, method or transaction code is obsolete or in no list known here. Lists grow, and history keeps old codes: it is kept as stated.";
    COMMA_IN_TEXT = "D021" "comma-in-text" Note
        "The text of a reason holds a comma, for which the format has no way of writing. With --lenient the fields behind it are taken as one text.";
    REJOINED = "D022" "rejoined-record" Warning
        "A 300 record was broken over several lines. With --lenient the lines are joined where together they make exactly one record.";
    DATE_TIME = "D023" "odd-date-time" Warning
        "The time of an update or of a read is written with twelve digits, or is no time. With --lenient one of twelve digits is read to the minute and any other left out; a day without a time of update is older than any with one.";
    DAY_ORDER = "D024" "days-out-of-order" Warning
        "The days of a 200 record do not ascend. With --lenient they are read in any order; of a day that comes twice the later version wins, then the later line.";
    REGISTER_READ = "D025" "odd-register-read" Warning
        "A register read is empty or no plain number. With --lenient it is kept as written, since the quantity is stated beside it; whether that is their difference cannot be told.";
    NOT_DIFFERENCE = "D026" "not-the-difference" Note
        "The quantity is not what lies between the two register reads, with or without the dials having passed all nines. It is believed: a multiplier of the meter, an estimate or an exchange of the meter explain it. If none applies, ask the meter data provider.";
    NO_DAYS = "D039" "no-days" Warning
        "A 200 record has no 300 record behind it: the channel is announced and no value given. Ask the sender if there should be one.";
}
