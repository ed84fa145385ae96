//! A layout brought to the columns of one table, and what one row of it says.

use super::{Column, Columns, Fault, Layout, Row, Text, time::Civil};
use crate::{Dialect, ErrorKind, ParseError, Remark, lex::found};
use smrt_core::{Flag, Quality};
use std::borrow::Cow;

/// Where everything stands in a row, counted from 0.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// How many columns there are.
    pub(super) width: usize,
    /// The columns that tell one channel from another and describe it.
    pub(super) key: Vec<usize>,
    pub(super) meter: Source,
    pub(super) channel: Option<Source>,
    pub(super) unit: Source,
    pub(super) time: usize,
    pub(super) date: Option<usize>,
    pub(super) values: Vec<Value>,
    pub(super) quality: Option<usize>,
    pub(super) serial: Option<usize>,
    pub(super) plant: Option<usize>,
    pub(super) status: Option<usize>,
}

/// Where a text comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Fixed(String),
    Column(usize),
}

/// A column of values.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) column: usize,
    pub(super) name: String,
}

impl Value {
    fn of(column: &Column, columns: &mut Columns<'_>) -> Self {
        let column = columns.needed(column);
        Self { column, name: columns.name(column) }
    }
}

impl Source {
    fn of(text: &Text, columns: &mut Columns<'_>) -> Self {
        match text {
            Text::Fixed(text) => Self::Fixed(text.clone()),
            Text::Column(column) => Self::Column(columns.needed(column)),
        }
    }

    /// The column, where the text stands in one.
    fn column(&self) -> Option<usize> {
        match self {
            Self::Fixed(_) => None,
            Self::Column(column) => Some(*column),
        }
    }

    /// The text in a row.
    pub(super) fn text<'a>(
        &'a self,
        row: &Row<'a>,
        expected: &'static str,
        may_be_empty: bool,
    ) -> Result<Cow<'a, str>, ParseError> {
        match self {
            Self::Fixed(text) => Ok(Cow::Borrowed(text)),
            Self::Column(column) => row.text(Some(*column), expected, may_be_empty),
        }
    }
}

impl Plan {
    /// Looks up the columns of a layout in the first line of a table.
    pub(super) fn new(layout: &Layout, first: Row<'_>, dialect: Dialect) -> Result<(Self, Vec<Remark>), ParseError> {
        let mut columns = Columns::new(first, layout.has_names);
        let may_lack = dialect == Dialect::Lenient;
        let mut plan = Self {
            width: first.cut.len(),
            key: Vec::new(),
            meter: Source::of(&layout.meter, &mut columns),
            channel: layout.channel.as_ref().map(|text| Source::of(text, &mut columns)),
            unit: layout.unit.as_ref().map_or(Source::Fixed(String::new()), |text| Source::of(text, &mut columns)),
            time: columns.needed(&layout.time),
            date: layout.date.as_ref().map(|column| columns.needed(column)),
            values: layout.values.iter().map(|column| Value::of(column, &mut columns)).collect(),
            quality: columns.describing(layout.quality.as_ref(), false),
            serial: columns.describing(layout.serial.as_ref(), may_lack),
            plant: columns.describing(layout.plant.as_ref(), may_lack),
            status: columns.describing(layout.status.as_ref(), may_lack),
        };
        let sources = [Some(&plan.meter), plan.channel.as_ref(), Some(&plan.unit)];
        let texts = sources.into_iter().flatten().filter_map(Source::column);
        plan.key = texts.chain([plan.serial, plan.plant].into_iter().flatten()).collect();
        let remarks = columns.finish()?;
        Ok((plan, remarks))
    }

    /// The time of a row.
    pub(super) fn civil(&self, row: &Row<'_>, layout: &Layout, or_date: bool) -> Result<Civil, ParseError> {
        let form = &layout.time_form;
        let text = row.get(Some(self.time));
        let civil = match self.date {
            Some(date) => form.date_and_clock(row.get(Some(date)), text),
            None => form.instant(text, or_date),
        };
        civil.ok_or_else(|| {
            let (column, expected) = match self.date {
                Some(date) if form.date_and_clock(row.get(Some(date)), b"00:00").is_none() => {
                    (date, format!("whose date is written {}", form.date_part()))
                }
                Some(_) => (self.time, "HH:mm:ss".to_owned()),
                None => (self.time, form.to_string()),
            };
            let fault = Fault::Stamp { expected, found: found(row.get(Some(column))) };
            row.error(Some(column), ErrorKind::Table(fault))
        })
    }

    /// The quality of the values of a row.
    pub(super) fn quality(&self, row: &Row<'_>) -> Result<Quality, ParseError> {
        let text = row.get(self.quality);
        let expected = "a quality A, E, S, F or N, perhaps with two digits for the method";
        quality(text).ok_or_else(|| {
            let fault = Fault::Quality { expected, found: found(text) };
            row.error(self.quality, ErrorKind::Table(fault))
        })
    }
}

/// A quality flag and its method.
fn quality(text: &[u8]) -> Option<Quality> {
    let Some((letter, method)) = text.split_first() else { return Some(Quality::UNSTATED) };
    let flag = match letter {
        b'A' => Flag::Actual,
        b'E' => Flag::Estimated,
        b'S' => Flag::Substituted,
        b'F' => Flag::Final,
        b'N' => Flag::Null,
        _ => return None,
    };
    let digit = |byte: u8| byte.checked_sub(b'0').filter(|&digit| digit <= 9);
    let method = match method {
        [] => 0,
        &[tens, ones] => digit(tens)? * 10 + digit(ones)?,
        _ => return None,
    };
    Some(Quality { flag, method })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_a_letter_and_perhaps_two_digits() {
        for text in ["A", "S14", "E52", "F05", "N"] {
            assert_eq!(quality(text.as_bytes()).map(|quality| quality.to_string()).as_deref(), Some(text));
        }
        assert_eq!(quality(b""), Some(Quality::UNSTATED));
        for text in ["V", "a", "S1", "S144", "Sxx", "14", " A"] {
            assert_eq!(quality(text.as_bytes()), None, "{text}");
        }
    }
}
