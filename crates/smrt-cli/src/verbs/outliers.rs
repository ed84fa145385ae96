//! `smrt outliers`: values that lie far from the median of their channel, or of their file.

use crate::{
    args::{PathArgs, ReadArgs},
    context::{Context, reading_options},
    exit::{CliError, Outcome},
    progress::Progress,
    render::{
        Cell, Column,
        report::{counted, explain_left_out, outcome_of},
        safe,
    },
};
use clap::ValueEnum;
use smrt_core::{Quantity, Sum};
use smrt_ingest::{
    Status,
    outliers::{Against, Judged, Measure, Outlier, outliers},
};

const EXAMPLES: &str = "\
Examples:
  smrt outliers LP_210095893_20150901T011608049.csv   20 % above or below the median of their channel
  smrt outliers meters/ --per file                    of all values of their file, whatever they measure
  smrt -o csv outliers meters/ --percent 50 > far.csv

A value is listed where |value - median| > PERCENT of |median|. Of a median of 0 every other value is far.
Files that have just register reads (TOU) are judged by these.";

/// List values that are far from the median of their channel or file; needs no database
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct OutliersArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    read: ReadArgs,
    /// How far a value must be from the median, in percent of it
    #[arg(long, value_name = "PERCENT", default_value = "20", value_parser = a_percentage)]
    percent: u64,
    /// Whose median a value is held against
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    per: Per,
}

/// Whose median.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Per {
    /// Of its channel
    #[default]
    Channel,
    /// Of all values of its file
    File,
}

/// Millionths of a percent.
fn a_percentage(text: &str) -> Result<u64, String> {
    let number = Quantity::parse(text.as_bytes()).ok().and_then(|percent| u64::try_from(percent.micros()).ok());
    number.ok_or_else(|| format!("expected percent such as 20 or 12.5, found {text:?}"))
}

/// Values, one a row.
const COLUMNS: &[Column] = &[
    Column::text("file"),
    Column::time("start"),
    Column::value("value"),
    Column::value("median"),
    Column::value("deviation"),
    Column::text("meter"),
    Column::text("channel"),
    Column::word("unit"),
    Column::number("line").unseen(),
];

pub(crate) fn run(args: &OutliersArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let options = args.paths.name_stdin(reading_options(&args.read, &context.config()?)?);
    let stop = context.stop();
    let messages = context.messages().clone();
    let against = if args.per == Per::File { Against::File } else { Against::Series };
    let measure = Measure { against, percent: args.percent };
    let mut rows = context.printer.rows(COLUMNS)?;
    let progress = Progress::without_bar(&messages);
    let judged =
        outliers(&args.paths.paths, &options, measure, &stop, &progress, &mut |outlier| rows.push(row(&outlier)))?;
    drop(progress);
    rows.finish()?;
    explain_left_out(judged.iter().map(|judged| &judged.file), "none of its values was looked at", &messages);
    if judged.is_empty() {
        messages.note("nothing to do: no file was found");
    }
    for file in judged.iter().filter(|judged| judged.file.status == Status::Loaded) {
        messages.note(&summary(file));
    }
    Ok(outcome_of(judged.iter().map(|judged| &judged.file)))
}

fn row<'a>(outlier: &Outlier<'a>) -> Vec<Cell<'a>> {
    let (value, median) = (i128::from(outlier.value.micros()), outlier.median.micros());
    vec![
        Cell::text(outlier.file),
        Cell::instant(outlier.start, outlier.zone),
        Cell::decimal(outlier.value),
        Cell::decimal(Sum::from_micros(median)),
        Cell::decimal(Sum::from_micros(value - median)),
        Cell::text(&outlier.series.meter),
        Cell::text(outlier.series.name()),
        Cell::stated(&outlier.series.unit),
        Cell::Integer(outlier.line.into()),
    ]
}

fn summary(judged: &Judged) -> String {
    let Judged { file, values, above, below, unreadable } = judged;
    let mut text = format!("{}: {above} above and {below} below of {}", safe(&file.name), counted(*values, "value"));
    if *unreadable > 0 {
        text.push_str(&format!("; left out because they are no numbers: {}", counted(*unreadable, "register read")));
    }
    text
}
