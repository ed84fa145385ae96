//! The tree of exported files: `year=2022/month=5/day=17/entity_stats_daily_2022_5_17.csv`, with the months of a year and
//! the days of a month below it.

use crate::exit::CliError;
use clap::ValueEnum;
use smrt_ingest::convert::defused;
use smrt_lake::{RowType, RowValue, RowWriter};
use smrt_storage::{FollowedSeries, Level, Month, Statistic, Store};
use std::{collections::BTreeMap, io};

/// How files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// With a header line
    #[default]
    Csv,
    /// With typed columns
    Parquet,
}

impl Format {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// Which part of the tree is written. A year is written with each of its months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    Year(i32),
    Month(Month),
    /// A month and all after it.
    Since(Month),
}

impl Scope {
    /// The months that are written: `from` <= month < `to`.
    fn months(self) -> (Option<Month>, Option<Month>) {
        match self {
            Self::All => (None, None),
            Self::Year(year) => (Month::new(year, 1), Month::new(year + 1, 1)),
            Self::Month(month) => (Some(month), Some(month.next())),
            Self::Since(month) => (Some(month), None),
        }
    }

    /// The months of the years that are written.
    fn years(self) -> (Option<Month>, Option<Month>) {
        let first = |month: Month| Month::new(month.year(), 1);
        match self {
            Self::All | Self::Year(_) => self.months(),
            Self::Month(month) => (first(month), Month::new(month.year() + 1, 1)),
            Self::Since(month) => (first(month), None),
        }
    }

    fn has(self, (year, month): (i32, Option<i32>)) -> bool {
        let (from, to) = if month.is_some() { self.months() } else { self.years() };
        let place = |month: Month| (month.year(), month.month());
        let found = (year, month.unwrap_or(1));
        from.is_none_or(|from| place(from) <= found) && to.is_none_or(|to| found < place(to))
    }
}

/// One file.
#[derive(Debug)]
pub(super) struct TreeFile {
    /// Below the destination.
    pub(super) path: String,
    pub(super) rows: u64,
    pub(super) bytes: Vec<u8>,
}

/// Whether a path of the tree is a file of a series that is written, so that it goes unless it is written again.
pub(super) fn is_written(path: &str, series: &str, scope: Scope) -> bool {
    let mut parts = path.split('/').peekable();
    let mut number = |name: &str| {
        let found = parts.peek()?.strip_prefix(name)?.strip_prefix('=')?.parse::<i32>().ok()?;
        parts.next();
        Some(found)
    };
    let Some(year) = number("year") else { return false };
    let (month, day) = (number("month"), number("day"));
    let Some((file, None)) = parts.next().map(|file| (file, parts.next())) else { return false };
    let is_own = [Format::Csv, Format::Parquet].iter().any(|format| file == name(series, (year, month, day), *format));
    is_own && scope.has((year, month))
}

/// What a file is called.
fn name(series: &str, (year, month, day): (i32, Option<i32>, Option<i32>), format: Format) -> String {
    let end = format.name();
    match (month, day) {
        (Some(month), Some(day)) => format!("{series}_stats_daily_{year}_{month}_{day}.{end}"),
        (Some(month), None) => format!("{series}_stats_monthly_{year}_{month}.{end}"),
        _ => format!("{series}_stats_yearly_{year}.{end}"),
    }
}

/// The files of a series, in the order of their paths.
pub(super) fn files(
    store: &mut Store,
    series: &FollowedSeries,
    scope: Scope,
    format: Format,
) -> Result<Vec<TreeFile>, CliError> {
    let keys = texts(&series.key_columns)?.into_iter().flatten().collect::<Vec<_>>();
    let mut parts: BTreeMap<String, Vec<Statistic>> = BTreeMap::new();
    for (level, months) in [(Level::Year, scope.years()), (Level::Month, scope.months()), (Level::Day, scope.months())]
    {
        for found in store.statistics(series, level, months)? {
            parts.entry(path(&series.name, &found, format)).or_default().push(found);
        }
    }
    let write = |(path, found): (String, Vec<Statistic>)| {
        let bytes = match format {
            Format::Csv => csv(&keys, &found)?,
            Format::Parquet => parquet(&keys, &found)?,
        };
        Ok(TreeFile { path, rows: found.len() as u64, bytes })
    };
    parts.into_iter().map(write).collect()
}

fn path(series: &str, found: &Statistic, format: Format) -> String {
    let name = name(series, (found.year, found.month, found.day), format);
    let part = |part: &str, number: Option<i32>| number.map_or(String::new(), |number| format!("{part}={number}/"));
    format!("year={}/{}{}{name}", found.year, part("month", found.month), part("day", found.day))
}

/// Text that came from outside, as CSV has it: a number is a number, also where it begins with a minus.
fn harmless(text: &str) -> String {
    if text.parse::<f64>().is_ok() { text.to_owned() } else { defused(text).into_owned() }
}

/// The texts of a JSON array.
fn texts(json: &str) -> Result<Vec<Option<String>>, CliError> {
    serde_json::from_str(json).map_err(|error| CliError::Output(error.into()))
}

/// The columns of a file: parts of the date, keys, statistics.
fn columns(keys: &[String], found: &[Statistic]) -> Vec<(String, RowType)> {
    let first = found.first();
    let parts = [
        ("year", true),
        ("month", first.is_some_and(|found| found.month.is_some())),
        ("day", first.is_some_and(|found| found.day.is_some())),
    ];
    let parts = parts.into_iter().filter(|(_, there)| *there).map(|(name, _)| (name.to_owned(), RowType::Whole));
    let keys = keys.iter().map(|key| (key.clone(), RowType::Text));
    let statistics = ["sum_values", "min_values", "max_values", "mean_values"];
    parts.chain(keys).chain(statistics.map(|name| (name.to_owned(), RowType::Double))).collect()
}

fn date(found: &Statistic) -> impl Iterator<Item = i32> {
    [Some(found.year), found.month, found.day].into_iter().flatten()
}

fn csv(keys: &[String], found: &[Statistic]) -> Result<Vec<u8>, CliError> {
    let mut rows = ::csv::Writer::from_writer(Vec::new());
    let failed = |error: ::csv::Error| CliError::Output(io::Error::other(error));
    rows.write_record(columns(keys, found).iter().map(|(name, _)| harmless(name))).map_err(failed)?;
    for found in found {
        let mut row: Vec<String> = date(found).map(|part| part.to_string()).collect();
        for key in texts(&found.keys)? {
            row.push(key.map_or(String::new(), |key| harmless(&key)));
        }
        row.extend([&found.sum, &found.min, &found.max].map(ToString::to_string));
        row.push(found.mean().to_string());
        rows.write_record(&row).map_err(failed)?;
    }
    rows.into_inner().map_err(|error| CliError::Output(error.into_error()))
}

fn parquet(keys: &[String], found: &[Statistic]) -> Result<Vec<u8>, CliError> {
    let mut rows = RowWriter::new(Vec::new(), columns(keys, found))?;
    for found in found {
        let mut row: Vec<RowValue<'_>> = date(found).map(|part| RowValue::Whole(part.into())).collect();
        let keys = texts(&found.keys)?.into_iter();
        row.extend(keys.map(|key| key.map_or(RowValue::Null, |key| RowValue::Text(key.into()))));
        row.extend([found.sum.value(), found.min.value(), found.max.value(), found.mean()].map(RowValue::Double));
        rows.row(&row)?;
    }
    Ok(rows.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn just_files_of_the_series_and_the_scope_are_written() {
        let may: Month = "2022-05".parse().unwrap();
        let year = "year=2022/entity_stats_yearly_2022.csv";
        let month = "year=2022/month=5/entity_stats_monthly_2022_5.csv";
        let day = "year=2022/month=5/day=7/entity_stats_daily_2022_5_7.parquet";
        let other = "year=2022/month=6/entity_stats_monthly_2022_6.csv";
        for (scope, expected) in [
            (Scope::All, [true; 4]),
            (Scope::Year(2022), [true; 4]),
            (Scope::Year(2021), [false; 4]),
            (Scope::Month(may), [true, true, true, false]),
            (Scope::Since(may), [true; 4]),
            (Scope::Since(may.next()), [true, false, false, true]),
        ] {
            assert_eq!([year, month, day, other].map(|path| is_written(path, "entity", scope)), expected, "{scope:?}");
        }
        for foreign in [
            "year=2022/other_stats_yearly_2022.csv",
            "year=2022/entity_notes.csv",
            "entity_stats_yearly_2022.csv",
            "year=2022/month=5/day=7/x/entity_stats_daily_2022_5_7.csv",
            "year=x/entity_stats_yearly_2022.csv",
        ] {
            assert!(!is_written(foreign, "entity", Scope::All), "{foreign}");
        }
    }
}
