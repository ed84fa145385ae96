//! What the columns of a table mean, from options and from a named profile of the configuration.

use crate::{config::Config, exit::CliError};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Deserializer, de::Error};
use smrt_core::{IntervalLength, MarketZone};
use smrt_ingest::Options;
use smrt_parser::{
    Format, Stamp,
    csv::{Column, Kind, Layout, Text, TimeForm},
};
use std::{fmt::Display, str::FromStr, sync::Arc};

/// How tables are read. As options they say it of one run, as `[profile.NAME]` of every file of a kind.
#[derive(Args, Clone, Debug, Default, PartialEq, Deserialize)]
#[command(next_help_heading = "Tables (csv, lp, tou, sensor)")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TableArgs {
    /// Take what follows from [profile.NAME] of the configuration; options win
    #[arg(long, value_name = "NAME")]
    #[serde(skip)]
    profile: Option<String>,
    /// The zone of times: UTC, +10:00, Europe/Berlin [default: UTC; +10:00 for lp and tou; Europe/Berlin for sensor]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    #[serde(deserialize_with = "parsed")]
    zone: Option<MarketZone>,
    /// Which end of its interval a time marks [default: start]
    #[arg(long, value_enum, value_name = "END")]
    stamp: Option<StampedEnd>,
    /// Length of all intervals in minutes [default: found in the times]
    #[arg(long, value_name = "MINUTES", value_parser = an_interval)]
    #[serde(deserialize_with = "interval")]
    interval: Option<IntervalLength>,
    /// csv: the meter point's code, the same for all rows
    #[arg(long, value_name = "CODE", conflicts_with = "meter_column")]
    meter: Option<String>,
    /// csv: the column that holds it; columns are given by name, else by number, counted from 1
    #[arg(long, value_name = "COLUMN")]
    meter_column: Option<String>,
    /// csv: the channel, the same for all rows [default: the name of the value's column]
    #[arg(long, value_name = "NAME", conflicts_with = "channel_column")]
    channel: Option<String>,
    /// csv: the column that holds it
    #[arg(long, value_name = "COLUMN")]
    channel_column: Option<String>,
    /// csv: the column of date and time, or of the time of day
    #[arg(long, value_name = "COLUMN")]
    time_column: Option<String>,
    /// csv: the column of the date, where the time of day has one of its own
    #[arg(long, value_name = "COLUMN")]
    date_column: Option<String>,
    /// csv: a column of values; several are several channels
    #[arg(long, value_name = "COLUMN")]
    #[serde(deserialize_with = "one_or_more")]
    value_column: Vec<String>,
    /// csv: the unit, the same for all rows
    #[arg(long, value_name = "UNIT", conflicts_with = "unit_column")]
    unit: Option<String>,
    /// csv: the column that holds it
    #[arg(long, value_name = "COLUMN")]
    unit_column: Option<String>,
    /// csv: the column of the quality: A, E, S, F or N
    #[arg(long, value_name = "COLUMN")]
    quality_column: Option<String>,
    /// csv: what stands between fields, one character or `tab` [default: ,]
    #[arg(long, value_name = "CHAR", value_parser = a_separator)]
    #[serde(deserialize_with = "separator")]
    separator: Option<u8>,
    /// csv: numbers are written 1,52
    #[arg(long)]
    decimal_comma: bool,
    /// csv: iso, day-first, month-first, compact, or a pattern such as %d.%m.%Y %H:%M [default: iso]
    #[arg(long, value_name = "FORM")]
    #[serde(deserialize_with = "parsed")]
    date_format: Option<TimeForm>,
    /// csv: the first line is a record and names no columns
    #[arg(long)]
    no_header: bool,
    /// csv: values are what registers show, not what flowed in intervals
    #[arg(long)]
    registers: bool,
}

/// Which end of its interval a time marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StampedEnd {
    /// The first moment of the interval
    Start,
    /// The first moment behind it
    End,
}

impl TableArgs {
    /// Writes into `options` how tables are read.
    pub(crate) fn apply(&self, config: &Config, options: &mut Options) -> Result<(), CliError> {
        let args = match &self.profile {
            Some(name) => self.over(profile(name, config)?),
            None => self.clone(),
        };
        options.parse.zone = args.zone;
        options.parse.interval = args.interval;
        options.parse.stamp = match args.stamp {
            Some(StampedEnd::End) => Stamp::End,
            Some(StampedEnd::Start) | None => Stamp::Start,
        };
        if options.format.is_none() && self.profile.is_some() && args.is_of_csv() {
            options.format = Some(Format::Csv);
        }
        if options.format == Some(Format::Csv) {
            options.parse.csv = Some(Arc::new(args.layout()?));
        } else if args.is_of_csv() {
            return Err(usage("options of columns, such as --time-column, are for --format csv"));
        }
        Ok(())
    }

    /// These where they are given, else those of a profile.
    fn over(&self, profile: &Self) -> Self {
        let or = |given: &Option<String>, other: &Option<String>| given.clone().or_else(|| other.clone());
        // Of two ways to say the same, the option replaces whichever the profile has.
        let either = |(fixed, column): (&Option<String>, &Option<String>),
                      other: (&Option<String>, &Option<String>)| {
            let (fixed, column) = if fixed.is_some() || column.is_some() { (fixed, column) } else { other };
            (fixed.clone(), column.clone())
        };
        let (meter, meter_column) = either((&self.meter, &self.meter_column), (&profile.meter, &profile.meter_column));
        let (channel, channel_column) =
            either((&self.channel, &self.channel_column), (&profile.channel, &profile.channel_column));
        let (unit, unit_column) = either((&self.unit, &self.unit_column), (&profile.unit, &profile.unit_column));
        let values = if self.value_column.is_empty() { profile } else { self };
        Self {
            profile: self.profile.clone(),
            zone: self.zone.or(profile.zone),
            stamp: self.stamp.or(profile.stamp),
            interval: self.interval.or(profile.interval),
            meter,
            meter_column,
            channel,
            channel_column,
            time_column: or(&self.time_column, &profile.time_column),
            date_column: or(&self.date_column, &profile.date_column),
            value_column: values.value_column.clone(),
            unit,
            unit_column,
            quality_column: or(&self.quality_column, &profile.quality_column),
            separator: self.separator.or(profile.separator),
            decimal_comma: self.decimal_comma || profile.decimal_comma,
            date_format: self.date_format.clone().or_else(|| profile.date_format.clone()),
            no_header: self.no_header || profile.no_header,
            registers: self.registers || profile.registers,
        }
    }

    /// Whether anything is said that only a table of any layout can have.
    fn is_of_csv(&self) -> bool {
        let others = Self { profile: None, zone: None, stamp: None, interval: None, ..self.clone() };
        others != Self::default()
    }

    /// The layout; whatever it lacks is told at once.
    fn layout(&self) -> Result<Layout, CliError> {
        let column = |name: &Option<String>| name.clone().map(Column);
        let text = |fixed: &Option<String>, column: &Option<String>| match (fixed, column) {
            (Some(fixed), None) => Some(Text::Fixed(fixed.trim().to_owned())),
            (_, Some(column)) => Some(Text::Column(Column(column.clone()))),
            (None, None) => None,
        };
        for (option, fixed, column) in [
            ("meter", &self.meter, &self.meter_column),
            ("channel", &self.channel, &self.channel_column),
            ("unit", &self.unit, &self.unit_column),
        ] {
            if fixed.is_some() && column.is_some() {
                return Err(usage(format!("--{option} and --{option}-column say the same: give one of them")));
            }
        }
        let meter = text(&self.meter, &self.meter_column);
        let lacking: Vec<&str> = [
            (meter.is_none(), "--meter or --meter-column"),
            (self.time_column.is_none(), "--time-column"),
            (self.value_column.is_empty(), "--value-column"),
        ]
        .into_iter()
        .filter_map(|(lacks, option)| lacks.then_some(option))
        .collect();
        let (Some(meter), Some(time), []) = (meter, column(&self.time_column), lacking.as_slice()) else {
            let lacking = lacking.join(", ");
            return Err(usage(format!(
                "--format csv: expected {lacking} as well, on the command line or in a profile"
            )));
        };
        let usual = Layout::new();
        let layout = Layout {
            separator: self.separator.unwrap_or(usual.separator),
            has_names: !self.no_header,
            decimal_comma: self.decimal_comma,
            time_form: self.date_format.clone().unwrap_or_default(),
            meter,
            channel: text(&self.channel, &self.channel_column),
            time,
            date: column(&self.date_column),
            values: self.value_column.iter().cloned().map(Column).collect(),
            unit: text(&self.unit, &self.unit_column),
            quality: column(&self.quality_column),
            kind: if self.registers { Kind::Registers } else { Kind::Readings },
            ..usual
        };
        match layout.problem() {
            Some(problem) => Err(usage(format!("--format csv: {problem}"))),
            None => Ok(layout),
        }
    }
}

fn usage(message: impl Into<String>) -> CliError {
    CliError::Usage(message.into())
}

fn profile<'a>(name: &str, config: &'a Config) -> Result<&'a TableArgs, CliError> {
    config.profile.get(name).ok_or_else(|| {
        let known: Vec<&str> = config.profile.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "[profile.NAME] in the configuration".into() } else { known.join(", ") };
        usage(format!("--profile: expected {known}, found {name:?}"))
    })
}

fn an_interval(text: &str) -> Result<IntervalLength, String> {
    let minutes = text.parse().ok().and_then(IntervalLength::from_minutes);
    minutes.ok_or_else(|| "expected a number of minutes from 1 to 1440".into())
}

fn a_separator(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        &[byte] => Ok(byte),
        _ => Err("expected one character, or tab".into()),
    }
}

/// A value that says itself how it is read.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(source: D) -> Result<Option<T>, D::Error> {
    String::deserialize(source)?.parse().map(Some).map_err(D::Error::custom)
}

fn interval<'de, D: Deserializer<'de>>(source: D) -> Result<Option<IntervalLength>, D::Error> {
    an_interval(&i64::deserialize(source)?.to_string()).map(Some).map_err(D::Error::custom)
}

fn separator<'de, D: Deserializer<'de>>(source: D) -> Result<Option<u8>, D::Error> {
    a_separator(&String::deserialize(source)?).map(Some).map_err(D::Error::custom)
}

/// One text, or a list of them.
fn one_or_more<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    Ok(match OneOrMore::deserialize(source)? {
        OneOrMore::One(text) => vec![text],
        OneOrMore::More(texts) => texts,
    })
}
