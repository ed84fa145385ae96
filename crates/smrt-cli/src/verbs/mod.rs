//! The verbs: one file for each with its options, what it asks of the libraries and which rows it prints.

pub(crate) mod anomalies;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod daily;
pub(crate) mod diff;
mod digest;
pub(crate) mod doctor;
pub(crate) mod estimate;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod files;
pub(crate) mod gaps;
pub(crate) mod generate;
pub(crate) mod ingest;
pub(crate) mod inspect;
pub(crate) mod lake;
pub(crate) mod meters;
pub(crate) mod outliers;
pub(crate) mod readings;
pub(crate) mod registers;
pub(crate) mod serve;
mod stats;
pub(crate) mod token;
pub(crate) mod trace;
pub(crate) mod validate;
pub(crate) mod warehouse;
pub(crate) mod watch;

use crate::{
    args::{OutputForm, Verb},
    context::Context,
    exit::{CliError, Outcome},
};

/// What is said where there is nothing to show.
const NOTHING_YET: &str = "no meters yet; load some with `smrt ingest DIR`";

/// Runs one verb.
pub(crate) fn run(verb: Verb, context: &mut Context) -> Result<Outcome, CliError> {
    if context.printer.form() == OutputForm::Parquet {
        can_be_parquet(&verb, context)?;
    }
    match verb {
        Verb::Ingest(args) => ingest::run(&args, context),
        Verb::Watch(args) => watch::run(&args, context),
        Verb::Validate(args) => validate::run(&args, context),
        Verb::Inspect(args) => inspect::run(&args, context),
        Verb::Convert(args) => convert::run(&args, context),
        Verb::Diff(args) => diff::run(&args, context),
        Verb::Outliers(args) => outliers::run(&args, context),
        Verb::Files(args) => files::run(&args, context),
        Verb::Meters(args) => meters::run(&args, context),
        Verb::Readings(args) => readings::run(&args, context),
        Verb::Registers(args) => registers::run(&args, context),
        Verb::Daily(args) => daily::run(&args, context),
        Verb::Gaps(args) => gaps::run(&args, context),
        Verb::Stats => stats::run(context),
        Verb::Trace(args) => trace::run(&args, context),
        Verb::Anomalies(args) => anomalies::run(&args, context),
        Verb::Estimate(args) => estimate::run(&args, context),
        Verb::Export(args) => export::run(&args, context),
        Verb::Lake(args) => lake::run(&args, context),
        Verb::Warehouse(args) => warehouse::run(&args, context),
        Verb::Serve(args) => serve::run(&args, context),
        Verb::Token(args) => token::run(&args, context),
        Verb::Doctor(args) => doctor::run(&args, context),
        Verb::Digest => digest::run(context),
        Verb::Generate(args) => generate::run(&args, context),
        Verb::Explain(args) => explain::run(&args, context),
        Verb::Completions(args) => completions::run(&args, context),
        Verb::Man(args) => completions::run_man(&args, context),
    }
}

/// Refuses what is no table, or what a terminal could not show, before anything is done.
fn can_be_parquet(verb: &Verb, context: &Context) -> Result<(), CliError> {
    let answers_with_rows = match verb {
        Verb::Files(args) => !args.tries_again(),
        Verb::Warehouse(args) => args.answers_with_rows(),
        Verb::Diff(_)
        | Verb::Outliers(_)
        | Verb::Meters(_)
        | Verb::Readings(_)
        | Verb::Registers(_)
        | Verb::Daily(_)
        | Verb::Gaps(_)
        | Verb::Anomalies(_)
        | Verb::Estimate(_)
        | Verb::Trace(_) => true,
        _ => false,
    };
    if !answers_with_rows {
        let rows = "diff, outliers, files, meters, readings, registers, daily, gaps, trace, anomalies, estimate and warehouse statistics";
        let elsewhere = "`smrt export --format parquet` and `smrt convert --to parquet` write files";
        return Err(CliError::Usage(format!(
            "-o parquet: it is for verbs that answer with rows ({rows}); {elsewhere}"
        )));
    }
    if context.printer.is_for_terminal() {
        let message = "-o parquet: it is no text to show on a terminal; write it to a file with > FILE, or pipe it on";
        return Err(CliError::Usage(message.into()));
    }
    Ok(())
}
