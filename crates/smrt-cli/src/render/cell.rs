//! One value of a result, in a shape that every output can print.

use smrt_core::{MarketZone, Quantity, Signal, civil_from_days};
use std::{borrow::Cow, fmt};

/// A value of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    /// Nothing is known.
    Null,
    /// Text that came from outside.
    Text(Cow<'a, str>),
    /// A word of smrt's own, coloured on a terminal.
    Word(&'static str, Tone),
    /// A count.
    Integer(u64),
    /// An exact decimal number.
    Decimal(String),
    /// An instant or a date; nothing in it can be taken for a formula.
    Time(String),
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
    pub(crate) fn stated(text: &'a str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.into()) }
    }

    /// Text.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Text that may be missing.
    pub(crate) fn maybe(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    /// A quantity or a sum of quantities.
    pub(crate) fn decimal(number: impl fmt::Display) -> Self {
        Self::Decimal(number.to_string())
    }

    /// A quantity that may be missing.
    pub(crate) fn maybe_decimal(number: Option<Quantity>) -> Self {
        number.map_or(Self::Null, Self::decimal)
    }

    /// An instant (UTC epoch seconds) in a zone.
    pub(crate) fn instant(epoch: i64, zone: MarketZone) -> Self {
        Self::Time(zone.rfc3339(epoch))
    }

    /// An instant in epoch microseconds, in UTC: what sensors measured.
    pub(crate) fn micros(micros: i64) -> Self {
        Self::Time(MarketZone::Utc.rfc3339_micros(micros))
    }

    /// A sensor's value, or what is computed of several, that may be missing.
    pub(crate) fn signal(value: Option<f64>) -> Self {
        value.and_then(Signal::new).map_or(Self::Null, Self::decimal)
    }

    /// An instant in UTC that may be missing.
    pub(crate) fn maybe_utc(epoch: Option<i64>) -> Self {
        epoch.map_or(Self::Null, |epoch| Self::instant(epoch, MarketZone::Utc))
    }

    /// A day, given in days since 1970-01-01.
    pub(crate) fn date(day: i32) -> Self {
        let (year, month, day) = civil_from_days(day);
        Self::Time(format!("{year:04}-{month:02}-{day:02}"))
    }

    /// A number that may be missing.
    pub(crate) fn maybe_integer(number: Option<impl Into<u64>>) -> Self {
        number.map_or(Self::Null, |number| Self::Integer(number.into()))
    }

    /// Several named values.
    pub(crate) fn object<const N: usize>(fields: [(&'static str, Cell<'a>); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, cell)| (name.into(), cell)).collect())
    }

    /// A row of a table as an object.
    pub(crate) fn row(columns: &'static [Column], row: Vec<Cell<'a>>) -> Self {
        Self::Object(columns.iter().map(|column| column.name.into()).zip(row).collect())
    }

    /// How it reads as one text.
    pub(crate) fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "".into(),
            Self::Text(text) => text.as_ref().into(),
            Self::Word(word, _) => (*word).into(),
            Self::Integer(number) => number.to_string().into(),
            Self::Decimal(text) | Self::Time(text) | Self::Told(_, text) => text.into(),
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

/// What a colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
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

impl Tone {
    /// Text in this tone, where colour is wanted.
    pub(crate) fn paint(self, text: &str, colour: bool) -> Cow<'_, str> {
        let code = match self {
            Self::Plain => return text.into(),
            _ if !colour => return text.into(),
            Self::Good => "32",
            Self::Warn => "33",
            Self::Bad => "1;31",
            Self::Dim => "2",
            Self::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m").into()
    }
}

/// A column of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its stable name.
    pub(crate) name: &'static str,
    /// Whether it holds numbers: those stand to the right and are never cut.
    pub(crate) number: bool,
    /// Whether it may be cut where the terminal is narrow.
    pub(crate) flexible: bool,
    /// Whether people see it too; machines see every column.
    pub(crate) table: bool,
}

impl Column {
    /// A column of text that may be cut.
    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, number: false, flexible: true, table: true }
    }

    /// A column of short words or times that are never cut.
    pub(crate) const fn word(name: &'static str) -> Self {
        Self { name, number: false, flexible: false, table: true }
    }

    /// A column of numbers.
    pub(crate) const fn number(name: &'static str) -> Self {
        Self { name, number: true, flexible: false, table: true }
    }

    /// The same column, for machines alone.
    pub(crate) const fn unseen(self) -> Self {
        Self { table: false, ..self }
    }
}

/// Text that a terminal can show as one line: control characters, by which a file name could move the cursor or
/// colour what follows, become `�`.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) {
        let shown = |c: char| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        };
        text.chars().map(shown).collect::<String>().into()
    } else {
        text.into()
    }
}
