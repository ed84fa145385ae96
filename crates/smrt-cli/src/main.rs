//! The command line of smrt: interval-data files into trusted, queryable time series.
//!
//! Arguments come in, one library call is made, rows or an object go out on stdout and everything else on stderr. No
//! SQL and no grammar lives here: a verb is one file in `verbs/`, what it prints goes through `render/`, and what a
//! failure means for the exit code stands in `exit.rs`.
#![forbid(unsafe_code)]

mod args;
mod config;
mod context;
mod durable;
mod exit;
mod messages;
mod objects;
mod progress;
mod publish;
mod render;
mod signals;
mod tables;
mod verbs;

use clap::Parser;
use context::Context;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::of_clap(&error),
    };
    let mut context = Context::new(&cli.global);
    let result = verbs::run(cli.verb, &mut context);
    exit::report(result, context.messages())
}
