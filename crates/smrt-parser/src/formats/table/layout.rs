//! What a table of readings means: which column holds what, and how it is written.

use super::TimeForm;

/// A column: its name in the line of column names, without regard to case, else its number, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column(pub String);

impl Column {
    /// Its place counted from 0, where it is given by number.
    pub(crate) fn number(&self) -> Option<usize> {
        self.0.trim().parse::<usize>().ok()?.checked_sub(1)
    }
}

impl From<&str> for Column {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A text that is the same in all rows, or stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// The same for all rows.
    Fixed(String),
    /// In this column.
    Column(Column),
}

/// What the values of a table are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// What flowed in an interval.
    #[default]
    Readings,
    /// What a register showed.
    Registers,
}

/// What a table of readings means. Zone, stamp and length of intervals stand in [`crate::Options`].
///
/// ```
/// use smrt_parser::csv::{Column, Layout, Text};
///
/// let layout = Layout {
///     meter: Text::Fixed("4100000001".into()),
///     time: "timestamp".into(),
///     values: vec!["import".into(), "export".into()],
///     unit: Some(Text::Fixed("kWh".into())),
///     ..Layout::new()
/// };
/// assert_eq!(layout.problem(), None);
/// # let _: Column = "1".into();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What stands between fields.
    pub separator: u8,
    /// Whether the first line names the columns.
    pub has_names: bool,
    /// Whether numbers are written `1,52`.
    pub decimal_comma: bool,
    /// How times are written.
    pub time_form: TimeForm,
    /// The meter point's code.
    pub meter: Text,
    /// The channel; where there is none, or several values, it is called after the column of the value.
    pub channel: Option<Text>,
    /// Date and time, or the time of day alone where there is [`Layout::date`].
    pub time: Column,
    /// The date, where it stands in a column of its own.
    pub date: Option<Column>,
    /// The values, each column a channel.
    pub values: Vec<Column>,
    /// The unit of all values.
    pub unit: Option<Text>,
    /// The quality of all values: `A`, `E`, `S`, `F` or `N`, perhaps with a method, or nothing.
    pub quality: Option<Column>,
    /// Serial number of the meter; describes the channel.
    pub serial: Option<Column>,
    /// Plant code; describes the channel.
    pub plant: Option<Column>,
    /// A text about the reading, kept beside it.
    pub status: Option<Column>,
    /// What the values are.
    pub kind: Kind,
}

impl Layout {
    /// A layout in which nothing is said of the columns yet: separated by commas, with names, times in ISO 8601.
    pub fn new() -> Self {
        Self {
            separator: b',',
            has_names: true,
            decimal_comma: false,
            time_form: TimeForm::Iso,
            meter: Text::Fixed(String::new()),
            channel: None,
            time: Column(String::new()),
            date: None,
            values: Vec::new(),
            unit: None,
            quality: None,
            serial: None,
            plant: None,
            status: None,
            kind: Kind::Readings,
        }
    }

    /// What is wrong with the layout itself, whatever the table; `None` where it can be read by.
    pub fn problem(&self) -> Option<String> {
        let meter_is_empty = matches!(&self.meter, Text::Fixed(code) if code.trim().is_empty());
        let unnumbered = self.columns().find(|column| !self.has_names && column.number().is_none());
        if meter_is_empty {
            Some("the meter is missing: its code, or the column that holds it".into())
        } else if self.time.0.trim().is_empty() {
            Some("the column of the time is missing".into())
        } else if self.values.is_empty() {
            Some("the column of the value is missing".into())
        } else if self.columns().any(|column| column.0.trim().is_empty()) {
            Some("a column is given without a name".into())
        } else if let Some(column) = unnumbered {
            Some(format!(
                "expected the number of a column, counted from 1, found {:?}: the table has no names",
                column.0
            ))
        } else if !self.separator.is_ascii()
            || b"\r\n\"".contains(&self.separator)
            || self.separator.is_ascii_alphanumeric()
        {
            Some(format!("expected a separator such as , or ; or a tab, found {:?}", char::from(self.separator)))
        } else if self.decimal_comma && self.separator == b',' {
            Some("a comma cannot both separate fields and begin decimals".into())
        } else if self.date.is_some() && self.time_form.is_pattern() && self.time_form.has_clock() {
            Some("expected a pattern without %H, because the date has a column of its own".into())
        } else {
            None
        }
    }

    /// All columns that are named.
    fn columns(&self) -> impl Iterator<Item = &Column> {
        let texts = [Some(&self.meter), self.channel.as_ref(), self.unit.as_ref()].into_iter().flatten();
        let texts = texts.filter_map(|text| match text {
            Text::Column(column) => Some(column),
            Text::Fixed(_) => None,
        });
        let others = [&self.date, &self.quality, &self.serial, &self.plant, &self.status].into_iter().flatten();
        texts.chain(others).chain([&self.time]).chain(&self.values)
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self::new()
    }
}
