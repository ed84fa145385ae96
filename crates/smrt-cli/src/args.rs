//! What can be typed: the verbs, and the groups of options that several of them share.
//!
//! The options of one verb alone stand in that verb's file.

use crate::{
    exit::CliError,
    objects::ObjectArgs,
    tables::TableArgs,
    verbs::{
        anomalies, completions, convert, daily, diff, doctor, estimate, explain, export, files, gaps, generate, ingest,
        inspect, lake, meters, outliers, readings, registers, serve, token, trace, validate, warehouse, watch,
    },
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use smrt_core::MarketZone;
use smrt_ingest::IngestError;
use smrt_parser::Format;
use smrt_storage::{Store, StoredChannel};
use smrt_views::{Range, channels_of};
use std::path::{Path, PathBuf};

const ABOUT: &str = "Interval-data files into trusted, queryable time series";

const EXAMPLES: &str = "\
Start here:
  smrt generate smrt --out PN000001.SMRT   a sample file to play with
  smrt validate PN000001.SMRT              every problem in it, with its place
  smrt ingest PN000001.SMRT                load it into smrt.db
  smrt meters                              what is there now
  smrt readings 0000000001 --from 2019-09-28 --to 2019-09-29
  smrt trace 0000000001 2019-09-28T01:00   where one value came from

Exit codes: 0 done, 1 unexpected error, 2 usage, 3 some files rejected, 4 all files rejected,
6 findings of severity error, 73/74 cannot write, 75 try again later, 130 interrupted (run it again to go on)";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "smrt", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 100)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options of every verb, before or after it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// The database: sqlite://FILE or postgres://… [default: sqlite://smrt.db]
    #[arg(long, global = true, value_name = "URL", env = "SMRT_DATABASE", hide_env_values = true)]
    #[arg(help_heading = "Options of every verb")]
    pub(crate) database: Option<String>,
    /// The configuration [default: smrt.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Options of every verb")]
    pub(crate) config: Option<PathBuf>,
    /// The lake of measurements, a folder or s3://BUCKET/PREFIX; one that a load makes takes readings of meters, too
    /// [default: where the database says, else smrt-lake beside it]
    #[arg(long, global = true, value_name = "PLACE", env = "SMRT_LAKE", help_heading = "Options of every verb")]
    pub(crate) lake: Option<String>,
    #[command(flatten)]
    pub(crate) objects: ObjectArgs,
    /// How results are printed
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORM")]
    #[arg(help_heading = "Options of every verb")]
    pub(crate) output: OutputForm,
    /// Print text of CSV as it is, also where a spreadsheet would take it for a formula
    #[arg(long, global = true, help_heading = "Options of every verb")]
    pub(crate) raw: bool,
    /// Only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Options of every verb")]
    pub(crate) quiet: bool,
    /// Also which database, each file, how long it took
    #[arg(short, long, global = true, help_heading = "Options of every verb")]
    pub(crate) verbose: bool,
    /// No progress bar
    #[arg(long, global = true, help_heading = "Options of every verb")]
    pub(crate) no_progress: bool,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputForm {
    /// For people
    #[default]
    Table,
    /// One array or object
    Json,
    /// One object a line
    Ndjson,
    /// With a header line
    Csv,
    /// A file with typed columns, for verbs that answer with rows
    Parquet,
}

/// What smrt can be asked to do, in the order people meet it.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Ingest(ingest::IngestArgs),
    Watch(watch::WatchArgs),
    Validate(validate::ValidateArgs),
    Inspect(inspect::InspectArgs),
    Convert(convert::ConvertArgs),
    Diff(diff::DiffArgs),
    Outliers(outliers::OutliersArgs),
    Files(files::FilesArgs),
    Meters(meters::MetersArgs),
    Readings(readings::ReadingsArgs),
    Registers(registers::RegistersArgs),
    Daily(daily::DailyArgs),
    Gaps(gaps::GapsArgs),
    /// Count everything: meters, readings, files, findings
    #[command(after_help = "Examples:\n  smrt stats\n  smrt -o json stats")]
    Stats,
    Trace(trace::TraceArgs),
    Anomalies(anomalies::AnomaliesArgs),
    Estimate(estimate::EstimateArgs),
    Export(export::ExportArgs),
    Lake(lake::LakeArgs),
    Warehouse(warehouse::WarehouseArgs),
    Serve(serve::ServeArgs),
    Token(token::TokenArgs),
    Doctor(doctor::DoctorArgs),
    /// Print one hash over all current readings, register reads and measurements
    ///
    /// Two databases that received the same files in the same order have the same digest, SQLite or Postgres.
    #[command(after_help = "Examples:\n  smrt digest\n  smrt --database postgres://db.example/gas digest")]
    Digest,
    Generate(generate::GenerateArgs),
    Explain(explain::ExplainArgs),
    Completions(completions::CompletionsArgs),
    Man(completions::ManArgs),
}

/// Files to read.
#[derive(Args, Clone, Debug)]
pub(crate) struct PathArgs {
    /// Files, folders with all that is below them, zip archives, gzip files, s3://bucket/prefix for the objects of a store,
    /// and - for standard input
    #[arg(required = true, value_name = "PATH", value_parser = a_path)]
    pub(crate) paths: Vec<PathBuf>,
    /// What standard input is called, as a file is known by its name [default: a new name at every run]
    #[arg(long, value_name = "NAME", value_parser = a_name)]
    pub(crate) name: Option<String>,
}

pub(crate) fn a_path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("expected a path, found nothing".into()) } else { Ok(text.into()) }
}

/// A name of a file without folders.
fn a_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && !text.contains('/') && !text.chars().any(char::is_control);
    if is_name { Ok(text.into()) } else { Err("expected a file's name without folders".into()) }
}

impl PathArgs {
    /// The options with the name of standard input.
    pub(crate) fn name_stdin(&self, options: smrt_ingest::Options) -> smrt_ingest::Options {
        smrt_ingest::Options { stdin_name: self.name.clone(), ..options }
    }
}

/// Complains about a path that is not there. Whether objects are, their store is asked when they are taken.
pub(crate) fn must_exist(path: &Path) -> Result<(), CliError> {
    match path.symlink_metadata() {
        _ if path == Path::new("-") || smrt_ingest::is_address(path) => Ok(()),
        Ok(_) => Ok(()),
        Err(source) => Err(IngestError::Unreadable { path: path.to_owned(), source }.into()),
    }
}

/// How many files can be read at once.
pub(crate) const MOST_JOBS: u16 = 256;

/// The format of files.
#[derive(Args, Clone, Debug)]
pub(crate) struct FormatArgs {
    /// The format of all files, instead of recognising each by its content: smrt, nem12, nem13, lp, tou, csv, sensor,
    /// sensor-mapping
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
}

/// How files are read.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    pub(crate) format: FormatArgs,
    /// How many files are read at once [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_JOBS)))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// Read also what strays from a specification as real senders do; each liberty is told of
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Most that an archive or a packed file may hold unpacked [default: 16GB]
    #[arg(long, value_name = "SIZE", value_parser = generate::a_size)]
    pub(crate) max_unpacked: Option<u64>,
}

/// How files are loaded.
#[derive(Args, Clone, Debug)]
pub(crate) struct LoadArgs {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// What a bad record means for its file [default: reject-file]
    #[arg(long, value_enum, value_name = "RULE")]
    pub(crate) on_bad_record: Option<BadRecordRule>,
    /// Move loaded files into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
    /// Move rejected files into this folder, with what was found beside them
    #[arg(long, value_name = "DIR")]
    pub(crate) quarantine: Option<PathBuf>,
}

/// What a bad record means for its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BadRecordRule {
    /// Nothing of the file is loaded
    RejectFile,
    /// The good records are loaded, the others kept aside with their reasons
    Quarantine,
}

/// A stretch of time.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RangeArgs {
    /// First instant: a date or RFC 3339; without a zone it is in the channel's
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// First instant that is no longer meant
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
}

impl RangeArgs {
    /// The stretch that is meant.
    pub(crate) fn range(&self) -> Range {
        Range { from: self.from.clone(), to: self.to.clone() }
    }
}

/// An instant from what was typed.
pub(crate) fn instant(what: &str, text: Option<&str>, zone: MarketZone) -> Result<Option<i64>, CliError> {
    text.map(|text| zone.parse_instant(text).map_err(|error| CliError::Usage(format!("{what}: {error}")))).transpose()
}

/// A meter point and perhaps one of its channels.
#[derive(Args, Clone, Debug)]
pub(crate) struct MeterArgs {
    /// Meter number, as the sender writes it (leading zeros count), or a sensor's name or UUID
    #[arg(value_name = "CODE")]
    pub(crate) code: String,
    #[command(flatten)]
    pub(crate) channel: ChannelArgs,
}

/// All meter points or one, and perhaps one channel.
#[derive(Args, Clone, Debug)]
pub(crate) struct AnyMeterArgs {
    /// Meter number, as the sender writes it, or a sensor's name or UUID [default: all]
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
    #[command(flatten)]
    pub(crate) channel: ChannelArgs,
}

impl MeterArgs {
    /// The channels that are meant.
    pub(crate) fn channels(&self, store: &mut Store) -> Result<Vec<StoredChannel>, CliError> {
        Ok(channels_of(store, Some(&self.code), self.channel.channel.as_deref())?)
    }
}

impl AnyMeterArgs {
    /// The channels that are meant; none only where the database is empty.
    pub(crate) fn channels(&self, store: &mut Store) -> Result<Vec<StoredChannel>, CliError> {
        Ok(channels_of(store, self.code.as_deref(), self.channel.channel.as_deref())?)
    }
}

/// One of a meter point's channels.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChannelArgs {
    /// Only channels of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_has_an_example() {
        for verb in Cli::command().get_subcommands() {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("smrt {}", verb.get_name())) || help.contains(verb.get_name()), "{verb}");
            assert!(help.starts_with("Examples:"), "{verb}");
        }
    }
}
