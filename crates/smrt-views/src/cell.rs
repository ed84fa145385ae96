//! One value of an answer, in a shape that every output can print.

use smrt_core::{MarketZone, Quantity, Signal, Sum, civil_from_days};
pub use smrt_lake::RowType;
use std::borrow::Cow;

/// A value of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing is known.
    Null,
    /// Text that came from outside.
    Text(Cow<'a, str>),
    /// A word of smrt's own, coloured on a terminal.
    Word(&'static str, Tone),
    /// A count.
    Integer(u64),
    /// An exact decimal number.
    Exact(Sum),
    /// A number of a sensor.
    Signal(Signal),
    /// A decimal number of any size, as text.
    Total(String),
    /// An instant (UTC epoch seconds), shown in a zone.
    Instant(i64, MarketZone),
    /// An instant (UTC epoch microseconds).
    Micros(i64),
    /// A civil date, days since 1970-01-01.
    Date(i32),
    /// Yes or no.
    Truth(bool),
    /// Several named values.
    Object(Vec<(Cow<'a, str>, Cell<'a>)>),
    /// Several values.
    List(Vec<Cell<'a>>),
    /// A value of several parts, and how it reads where there is room for one text only.
    Told(Box<Cell<'a>>, String),
}

impl<'a> Cell<'a> {
    /// Text; a text that is empty was not stated.
    pub fn stated(text: &'a str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.into()) }
    }

    /// Text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Text that may be missing.
    pub fn maybe(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    /// A quantity, a sum of quantities, or what a sensor measured.
    pub fn decimal(number: impl Into<Self>) -> Self {
        number.into()
    }

    /// A quantity that may be missing.
    pub fn maybe_decimal(number: Option<Quantity>) -> Self {
        number.map_or(Self::Null, Self::decimal)
    }

    /// An instant (UTC epoch seconds) in a zone.
    pub fn instant(epoch: i64, zone: MarketZone) -> Self {
        Self::Instant(epoch, zone)
    }

    /// An instant in epoch microseconds, in UTC: what sensors measured.
    pub fn micros(micros: i64) -> Self {
        Self::Micros(micros)
    }

    /// A sensor's value, or what is computed of several, that may be missing.
    pub fn signal(value: Option<f64>) -> Self {
        value.and_then(Signal::new).map_or(Self::Null, Self::decimal)
    }

    /// An instant in UTC that may be missing.
    pub fn maybe_utc(epoch: Option<i64>) -> Self {
        epoch.map_or(Self::Null, |epoch| Self::instant(epoch, MarketZone::Utc))
    }

    /// A day, given in days since 1970-01-01.
    pub fn date(day: i32) -> Self {
        Self::Date(day)
    }

    /// A number that may be missing.
    pub fn maybe_integer(number: Option<impl Into<u64>>) -> Self {
        number.map_or(Self::Null, |number| Self::Integer(number.into()))
    }

    /// Several named values.
    pub fn object<const N: usize>(fields: [(&'static str, Cell<'a>); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, cell)| (name.into(), cell)).collect())
    }

    /// A row of a table as an object.
    pub fn row(columns: &'static [Column], row: Vec<Cell<'a>>) -> Self {
        Self::Object(Self::fields(columns, row))
    }

    /// A row of a table as the fields of an object.
    pub fn fields(columns: &'static [Column], row: Vec<Cell<'a>>) -> Vec<(Cow<'static, str>, Cell<'a>)> {
        columns.iter().map(|column| column.name.into()).zip(row).collect()
    }

    /// How it reads as one text.
    pub fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "".into(),
            Self::Text(text) => text.as_ref().into(),
            Self::Word(word, _) => (*word).into(),
            Self::Integer(number) => number.to_string().into(),
            Self::Exact(number) => number.to_string().into(),
            Self::Signal(number) => number.to_string().into(),
            Self::Total(number) => number.into(),
            Self::Instant(epoch, zone) => zone.rfc3339(*epoch).into(),
            Self::Micros(micros) => MarketZone::Utc.rfc3339_micros(*micros).into(),
            Self::Date(day) => {
                let (year, month, day) = civil_from_days(*day);
                format!("{year:04}-{month:02}-{day:02}").into()
            }
            Self::Told(_, text) => text.into(),
            Self::Truth(true) => "true".into(),
            Self::Truth(false) => "false".into(),
            Self::Object(fields) => fields
                .iter()
                .map(|(name, cell)| format!("{name}={}", cell.plain()))
                .collect::<Vec<_>>()
                .join(" ")
                .into(),
            Self::List(cells) => cells.iter().map(Cell::plain).collect::<Vec<_>>().join(", ").into(),
        }
    }
}

impl From<Quantity> for Cell<'_> {
    fn from(quantity: Quantity) -> Self {
        Self::Exact(Sum::from_micros(quantity.micros().into()))
    }
}

impl From<Sum> for Cell<'_> {
    fn from(sum: Sum) -> Self {
        Self::Exact(sum)
    }
}

impl From<Signal> for Cell<'_> {
    fn from(signal: Signal) -> Self {
        Self::Signal(signal)
    }
}

/// What a colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// All is well.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// In the background.
    Dim,
    /// A headline.
    Strong,
}

/// A column of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its stable name.
    pub name: &'static str,
    /// What it holds, for those who want to know before they read it.
    pub kind: RowType,
    /// Whether it may be cut where the terminal is narrow.
    pub flexible: bool,
    /// Whether people see it too; machines see every column.
    pub table: bool,
    /// Whether each is a finding, with its place: an object where the form of an answer has such, else text.
    pub finding: bool,
}

impl Column {
    const fn new(name: &'static str, kind: RowType) -> Self {
        Self { name, kind, flexible: false, table: true, finding: false }
    }

    /// A column of text that may be cut.
    pub const fn text(name: &'static str) -> Self {
        Self { flexible: true, ..Self::word(name) }
    }

    /// A column of findings, each with its place.
    pub const fn finding(name: &'static str) -> Self {
        Self { finding: true, ..Self::text(name) }
    }

    /// A column of short words that are never cut.
    pub const fn word(name: &'static str) -> Self {
        Self::new(name, RowType::Text)
    }

    /// A column of instants.
    pub const fn time(name: &'static str) -> Self {
        Self::new(name, RowType::Instant)
    }

    /// A column of civil dates.
    pub const fn date(name: &'static str) -> Self {
        Self::new(name, RowType::Date)
    }

    /// A column of whole numbers.
    pub const fn number(name: &'static str) -> Self {
        Self::new(name, RowType::Whole)
    }

    /// A column of quantities, or of what sensors measured.
    pub const fn value(name: &'static str) -> Self {
        Self::new(name, RowType::Exact)
    }

    /// Whether it holds numbers: those stand to the right.
    pub fn is_number(&self) -> bool {
        matches!(self.kind, RowType::Whole | RowType::Exact | RowType::Double)
    }

    /// The same column, for machines alone.
    pub const fn unseen(self) -> Self {
        Self { table: false, ..self }
    }
}
