//! What can be wrong with a table, and only with a table: each kind with its code.

use smrt_core::{Code, MarketZone, NoSensorId, SensorId, Severity};

/// What can be wrong only in a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The first line names none of the columns.
    #[error("expected a line of column names with {expected}, found {found}")]
    NoColumnNames {
        /// The columns that are needed.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// Columns that are needed are not there.
    #[error("expected the columns {missing}, found no such column among {found}")]
    MissingColumn {
        /// The columns that are not there.
        missing: String,
        /// The first line.
        found: String,
    },
    /// A column that is needed is there more than once.
    #[error("expected one column {name}, found another one of this name")]
    DoubledColumn {
        /// Its name.
        name: String,
    },
    /// Not a time of the table's form.
    #[error("expected a time {expected}, found {found}")]
    Stamp {
        /// The form it should have.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A civil time that the zone's clocks skip.
    #[error("expected a time that exists in {zone}, found {found}: the clock skips it")]
    SkippedTime {
        /// The zone.
        zone: MarketZone,
        /// What stands there.
        found: String,
    },
    /// Not a quality flag, or one that contradicts the value.
    #[error("expected {expected}, found {found}")]
    Quality {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A field of few possible words or of whole numbers that holds something else.
    #[error("expected {expected}, found {found}")]
    Entry {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Not a number that a sensor can have measured.
    #[error("expected a number such as -75.33 or 1e-3, found {found}")]
    Signal {
        /// What stands there.
        found: String,
    },
    /// Not a sensor's identity.
    #[error("{NoSensorId}, found {found}")]
    SensorId {
        /// What stands there.
        found: String,
    },
    /// A name that is another sensor's already.
    #[error("expected one sensor for the name {name}, found another one: line {line} gives it to {sensor}")]
    NameOfTwoSensors {
        /// The name.
        name: String,
        /// The sensor it was given to first.
        sensor: SensorId,
        /// The line that does so.
        line: u32,
    },
    /// A sensor that has another name already.
    #[error("expected one name for the sensor {sensor}, found another one: line {line} calls it {name}")]
    SensorOfTwoNames {
        /// The sensor.
        sensor: SensorId,
        /// The name it was given first.
        name: String,
        /// The line that does so.
        line: u32,
    },
    /// A name that looks like a sensor's identity.
    #[error("expected a name, found {found}, which is written like the identity of a sensor")]
    NameLikeId {
        /// What stands there.
        found: String,
    },
    /// The layout of the table is not known.
    #[error("expected to be told which columns hold the meter, the time and the value, found no such layout")]
    NoLayout,
}

impl Fault {
    /// The stable code with its explanation.
    pub fn code(&self) -> &'static Code {
        match self {
            Self::NoColumnNames { .. } => &NO_COLUMN_NAMES,
            Self::MissingColumn { .. } => &MISSING_COLUMN,
            Self::DoubledColumn { .. } => &DOUBLED_COLUMN,
            Self::Stamp { .. } => &STAMP,
            Self::SkippedTime { .. } => &SKIPPED_TIME,
            Self::Quality { .. } => &QUALITY,
            Self::Entry { .. } => &ENTRY,
            Self::Signal { .. } => &SIGNAL,
            Self::SensorId { .. } => &SENSOR_ID,
            Self::NameOfTwoSensors { .. } => &NAME_OF_TWO_SENSORS,
            Self::SensorOfTwoNames { .. } => &SENSOR_OF_TWO_NAMES,
            Self::NameLikeId { .. } => &NAME_LIKE_ID,
            Self::NoLayout => &NO_LAYOUT,
        }
    }
}

macro_rules! codes {
    ($($constant:ident = $id:literal $name:literal $explanation:literal;)*) => {
        $(static $constant: Code = Code { id: $id, name: $name, severity: Severity::Error, explanation: $explanation };)*
        /// All codes of faults of tables.
        pub(crate) static FAULT_CODES: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    NO_COLUMN_NAMES = "P040" "no-column-names"
        "The first line must name the columns, and it names none of those that are needed. Columns are found by their names, never by their places, so nothing of the file can be read and the whole of it is refused. Ask the sender for the file with its first line; a table without one can be read as csv with --no-header and the numbers of its columns.";
    MISSING_COLUMN = "P041" "missing-column"
        "The line of column names lacks columns that are needed. Names are compared without regard to case and to blanks around them, and may stand in any order. The whole file is refused, because no row of it can be understood. Where columns are missing that merely describe a reading, --lenient reads the file without them.";
    DOUBLED_COLUMN = "P042" "doubled-column"
        "A column that is needed is named more than once, so it is not known which of them is meant. The whole file is refused; rename or take out the other column, or read the file as csv and name the column by its number.";
    STAMP = "P043" "bad-stamp"
        "A time must be written in the one form of its table and exist in the calendar; LP and TOU files write dd/MM/yyyy HH:mm:ss, files of sensors yyyy-MM-dd HH:mm:ss. Day and month are never guessed from the numbers: 08/31/2015 is refused where the day comes first, because 08/09/2015 beside it would be read as another day than was meant. The end of a day is 00:00 of the next one, never 24:00.";
    SKIPPED_TIME = "P044" "skipped-time"
        "The civil time does not exist: the clocks of the zone are put forward over it when daylight saving begins. Nobody can have measured at that time, so the zone is probably another one, or the sender writes standard time all year. Give the right zone with --zone, such as +10:00 for a clock without daylight saving.";
    QUALITY = "P045" "bad-quality-flag"
        "A quality is A (actual), E (estimated), S (substituted), F (final) or N (no value), perhaps with two digits for the method, such as S14; empty where it is not stated. N says that there is no value, so a value other than zero beside it is refused too.";
    ENTRY = "P046" "bad-entry"
        "The field holds one of a few words or a whole number, and what stands there is neither. The record is refused; --on-bad-record quarantine keeps it aside and loads the others.";
    NO_LAYOUT = "P047" "no-layout"
        "A table of the format csv can mean anything: it must be told which columns hold the meter, the time and the value. Give --meter or --meter-column, --time-column and --value-column, or name a profile of the configuration with --profile.";
    SIGNAL = "P048" "bad-signal"
        "The value of a sensor is a finite decimal number with a point, perhaps with a minus sign and an exponent, such as -75.33380361808872 or 1e-3. Nothing, NaN, inf, a decimal comma, a leading +, separators between digits and numbers beyond the range of a double are refused: what was not measured has no value, and zero would be one.";
    SENSOR_ID = "P049" "bad-sensor-id"
        "A sensor is identified by a UUID, 32 hexadecimal digits in either case, written in groups of 8, 4, 4, 4 and 12 with hyphens between them. The record is refused; --on-bad-record quarantine keeps it aside and loads the others.";
    NAME_OF_TWO_SENSORS = "P050" "name-of-two-sensors"
        "A mapping gives one name to two sensors, so whoever asks by the name could not be told which of them is meant. The later line is refused. Ask the sender which is right; a name that moves to another sensor comes in a file of its own.";
    SENSOR_OF_TWO_NAMES = "P051" "sensor-of-two-names"
        "A mapping gives two names to one sensor. Names and sensors belong together one to one, so the later line is refused. Ask the sender which name is right.";
    NAME_LIKE_ID = "P052" "name-like-id"
        "The name of a sensor is written like a UUID, by which sensors are identified. Asked by it nobody could tell whether the name or the sensor is meant, so it is refused. Perhaps the columns of the mapping are mixed up.";
}
