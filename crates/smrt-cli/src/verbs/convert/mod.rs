//! `smrt convert`: readings of files as CSV, JSON lines, SQL, Parquet or NEM12, without a database.

mod market;
mod place;
mod stats;

use crate::{
    args::{PathArgs, ReadArgs},
    context::{Context, reading_options},
    durable::Unfinished,
    exit::{CliError, Outcome},
    progress::Progress,
    render::{
        Cell, Column, json,
        report::{counted, explain_left_out, outcome_of, shell_word},
        safe,
    },
};
use clap::ValueEnum;
use market::MarketArgs;
use place::Place;
use smrt_core::IntervalLength;
use smrt_ingest::{
    FileOutcome, Status,
    convert::{Conversion, Form, Plan, Shape, SqlDialect, SqlOptions, convert},
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  smrt convert inbox/ --out readings.csv                       one row a reading
  smrt convert inbox/ --shape daily --out daily.csv --stats -  one row a day, and counts that prove them
  smrt convert PN007505.SMRT --shape wide                      one row a day, one column an interval
  smrt convert inbox/ --to sql --shape daily --upsert --dialect postgres | psql
  smrt convert LP_1.csv --to nem12 --assume-quality A --suffix \"Export Wh Total=E1\" --out LP_1.nem12.csv
  smrt convert inbox/ --to parquet --out readings.parquet      typed columns, quantities as decimal numbers
  smrt convert inbox/ --to ndjson --out out/                   one output for each file, in a folder

A file gives all its rows or none; ends with 3 when some files were refused, with 4 when all were.";

/// Write the readings of files as CSV, JSON lines, SQL, Parquet or NEM12; needs no database
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConvertArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    read: ReadArgs,
    /// How rows are spelled
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    to: To,
    /// What a row stands for [default: long]
    #[arg(long, value_enum, value_name = "SHAPE")]
    shape: Option<RowShape>,
    /// Where rows go: a file, which is replaced as a whole, a folder, or - for standard output
    #[arg(long, value_name = "FILE|DIR|-", default_value = "-")]
    out: PathBuf,
    /// Write counts that prove the output, as JSON; - for standard output
    #[arg(long, value_name = "FILE|-")]
    stats: Option<PathBuf>,
    /// Minutes of each interval column of --shape wide [default: those of the first reading]
    #[arg(long, value_name = "MINUTES", value_parser = an_interval)]
    column_minutes: Option<IntervalLength>,
    /// The table of --to sql [default: readings, daily or wide]
    #[arg(long, value_name = "NAME", value_parser = SqlOptions::checked_table)]
    table: Option<String>,
    /// The database of --to sql [default: sqlite]
    #[arg(long, value_enum, value_name = "DATABASE")]
    dialect: Option<Dialect>,
    /// With --to sql: give the table a primary key, and overwrite rows that are there already
    #[arg(long)]
    upsert: bool,
    #[command(flatten)]
    market: MarketArgs,
}

/// How rows are spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum To {
    /// With a header line
    #[default]
    Csv,
    /// One object a line
    Ndjson,
    /// A script that makes a table and fills it in one transaction
    Sql,
    /// A file with typed columns; needs --out
    Parquet,
    /// A file of the Australian electricity market
    Nem12,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RowShape {
    /// A reading
    Long,
    /// What a day of a channel comes to
    Daily,
    /// A day of a channel with a column for each interval
    Wide,
}

/// The database that a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dialect {
    /// Times and dates are text
    Sqlite,
    /// Times are TIMESTAMPTZ, dates DATE
    Postgres,
}

/// The length of an interval; days are cut into whole ones.
fn an_interval(text: &str) -> Result<IntervalLength, String> {
    let length = text.parse().ok().and_then(IntervalLength::from_minutes);
    length
        .filter(|length| 1440 % length.minutes() == 0)
        .ok_or_else(|| format!("expected minutes that divide a day, such as 5, 15, 30 or 60, found {text:?}"))
}

/// The outputs, one a row.
const COLUMNS: &[Column] = &[
    Column::text("path"),
    Column::text("source").unseen(),
    Column::number("rows"),
    Column::number("bytes").unseen(),
    Column::word("sha256").unseen(),
];

pub(crate) fn run(args: &ConvertArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let plan = plan(args, context.printer.raw())?;
    let to_stdout = |path: &Path| path == Path::new("-");
    if to_stdout(&args.out) && args.stats.as_deref().is_some_and(to_stdout) {
        return Err(CliError::Usage("--stats -: the rows go to standard output already; give --out FILE".into()));
    }
    let mut options = args.paths.name_stdin(reading_options(&args.read, &context.config()?)?);
    // Only the counts tell of the hashes.
    options.hash = args.stats.is_some();
    let stop = context.stop();
    let mut place = Place::new(&args.out, args.to.extension(), &args.paths.paths)?;
    let progress = Progress::with_bar(context);
    let result = convert(&args.paths.paths, &options, &plan, place.output(), &stop, &progress);
    drop(progress);
    let conversion = result.map_err(|error| place.failed(error))?;
    let outcome = outcome_of(conversion.files.iter().map(|converted| &converted.file));
    // Of nothing but refused files an output would be worth less than the one that is there.
    let outputs = if matches!(outcome, Outcome::AllRejected) { Vec::new() } else { place.publish()? };
    write_stats(args, &conversion, context)?;
    tell(args, &conversion, &outputs, context)?;
    Ok(outcome)
}

impl To {
    /// The end of the names of files in a folder.
    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Sql => "sql",
            Self::Parquet => "parquet",
            Self::Nem12 => "nem12.csv",
        }
    }
}

/// What was asked for; options of another form or shape make no sense.
fn plan(args: &ConvertArgs, raw: bool) -> Result<Plan, CliError> {
    let for_sql = args.table.is_some() || args.dialect.is_some() || args.upsert;
    if for_sql && args.to != To::Sql {
        return Err(CliError::Usage("--table, --dialect and --upsert go with --to sql".into()));
    }
    if args.to == To::Parquet && args.out == Path::new("-") {
        return Err(CliError::Usage("--to parquet: give --out FILE or DIR".into()));
    }
    if args.to == To::Nem12 && args.shape.is_some() {
        return Err(CliError::Usage("--shape: --to nem12 has a shape of its own".into()));
    }
    if args.to != To::Nem12 && args.market.are_given() {
        let message = "--nmi, --suffix, --assume-quality, --sender and --recipient go with --to nem12";
        return Err(CliError::Usage(message.into()));
    }
    if args.column_minutes.is_some() && args.shape != Some(RowShape::Wide) {
        return Err(CliError::Usage("--column-minutes goes with --shape wide".into()));
    }
    let (shape, table) = match args.shape {
        None | Some(RowShape::Long) => (Shape::Long, "readings"),
        Some(RowShape::Daily) => (Shape::Daily, "daily"),
        Some(RowShape::Wide) => (Shape::Wide { interval: args.column_minutes }, "wide"),
    };
    let form = match args.to {
        To::Csv => Form::Csv { raw },
        To::Ndjson => Form::Ndjson,
        To::Parquet => Form::Parquet,
        To::Sql => Form::Sql(SqlOptions {
            dialect: match args.dialect {
                Some(Dialect::Postgres) => SqlDialect::Postgres,
                Some(Dialect::Sqlite) | None => SqlDialect::Sqlite,
            },
            table: args.table.clone().unwrap_or_else(|| table.to_owned()),
            upsert: args.upsert,
        }),
        To::Nem12 => Form::Nem12(args.market.options()),
    };
    Ok(Plan { shape, form })
}

fn write_stats(args: &ConvertArgs, conversion: &Conversion, context: &mut Context) -> Result<(), CliError> {
    let Some(path) = &args.stats else { return Ok(()) };
    let object = stats::object(conversion);
    if path == Path::new("-") {
        let out = context.printer.out();
        json::write(out, &object)?;
        writeln!(out)?;
        return Ok(out.flush()?);
    }
    let mut text = Vec::new();
    json::write(&mut text, &object)?;
    text.push(b'\n');
    let mut file = Unfinished::beside(path)?;
    file.write_all(&text).map_err(|error| CliError::File(path.clone(), error))?;
    file.publish()
}

/// Says what was written, and of each file that is not in it why.
fn tell(args: &ConvertArgs, conversion: &Conversion, paths: &[PathBuf], context: &mut Context) -> Result<(), CliError> {
    let stdout_is_taken = args.out == Path::new("-") || args.stats.as_deref() == Some(Path::new("-"));
    if !stdout_is_taken {
        let mut rows = context.printer.rows(COLUMNS)?;
        for (output, path) in conversion.outputs.iter().zip(paths) {
            rows.push(vec![
                Cell::text(path.to_string_lossy()),
                Cell::maybe(output.source.as_deref()),
                Cell::Integer(output.rows),
                Cell::Integer(output.bytes),
                Cell::text(&output.sha256),
            ])?;
        }
        rows.finish()?;
    }
    let messages = context.messages();
    explain_left_out(
        conversion.files.iter().map(|converted| &converted.file),
        "nothing of it is in the output",
        messages,
    );
    for note in notes(conversion) {
        messages.note(&note);
    }
    if !conversion.is_consistent() {
        messages
            .warning("the output does not stand for what was read: please report this; --stats FILE has the counts");
    }
    Ok(())
}

/// What is worth knowing of the run as a whole.
fn notes(conversion: &Conversion) -> Vec<String> {
    let kept = || conversion.files.iter().filter(|converted| converted.file.status == Status::Loaded);
    if conversion.files.is_empty() {
        return vec!["nothing to do: no file was found".to_owned()];
    }
    let files = conversion.files.len() as u64;
    let rows: u64 = kept().map(|converted| converted.rows).sum();
    let mut notes = vec![format!("{} of {} of {}", counted(rows, "row"), kept().count(), counted(files, "file"))];
    let odd: Vec<&FileOutcome> =
        kept().map(|converted| &converted.file).filter(|file| file.findings.total() > 0).collect();
    if let Some(first) = odd.first() {
        let findings = counted(odd.iter().map(|file| file.findings.total()).sum(), "finding");
        let path = shell_word(&first.path.display().to_string());
        notes.push(format!("{findings} in files that were converted, see `smrt validate {path}`"));
    }
    let register_reads: u64 = kept().map(|converted| converted.counts.register_reads).sum();
    if register_reads > 0 {
        notes.push(format!("{} left out: they are no intervals", counted(register_reads, "register read")));
    }
    let left_out: u64 = kept().map(|converted| converted.left_out.days).sum();
    if let Some(first) = kept().find_map(|converted| converted.left_out.first.as_ref()) {
        notes.push(format!("{} left out; the first: {}", counted(left_out, "day"), safe(first)));
    }
    match conversion.doubled_days {
        Some(0) => {}
        Some(days) => notes.push(format!(
            "{} in more than one file: each file has its rows; `smrt ingest` lets the later one win",
            counted(days, "day") + if days == 1 { " of a channel is" } else { " of channels are" }
        )),
        None => notes.push("too many days to tell whether files share some".to_owned()),
    }
    notes
}
