//! Files into rows of another form, without a database.
//!
//! Readings come in key order as for a load; rows go to an [`Output`], and what was read and what was written is
//! counted on both sides. A file gives all its rows or none: those of a file that is refused, however late, are taken
//! back. Memory does not grow with the files. No file overrides another: where two have the same channel and time,
//! both have their rows, and the days are counted.

mod channels;
mod daily;
mod error;
pub(crate) mod folded;
mod form;
mod lengths;
mod long;
mod nem12;
mod output;
mod overlap;
mod run;
mod settle;
mod sheet;
mod sql;
mod stats;
mod text;
mod wide;

pub use daily::{DailyFold, Day, Tally};
pub use error::ConvertError;
pub use form::Form;
pub use nem12::{LeftOut, Nem12Options};
pub use output::{CutBack, Output, Spooled};
pub(crate) use settle::Settled;
pub use sql::{SqlDialect, SqlOptions};
pub use stats::{Counts, Measured, WrittenOutput};
pub use text::defused;

use crate::{
    FileOutcome, Observer, Options, Status, Stop,
    produce::Want,
    validate::{Event, check_all},
};
use run::Run;
use smrt_core::IntervalLength;
use smrt_parser::Format;
use std::path::PathBuf;

/// Refuses a file of sensors where quantities are held against each other.
pub(crate) fn refuse_sensors(file: &mut FileOutcome) {
    if file.status == Status::Loaded && file.format.is_some_and(Format::is_of_sensors) {
        let message = "expected quantities of meters, found a file of sensors, whose values are not exact: load it and use \
                       `smrt readings`";
        run::refuse(file, form::Refusal { message: message.to_owned(), line: None });
    }
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A reading.
    Long,
    /// What a day of a channel comes to.
    Daily,
    /// A day of a channel, each interval in a column of its own.
    Wide {
        /// The length of the intervals; else that of the first reading.
        interval: Option<IntervalLength>,
    },
}

/// What is to be made of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What a row stands for, in forms that leave it open.
    pub shape: Shape,
    /// How it is spelled.
    pub form: Form,
}

/// What became of one file.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The file; its status is `loaded` where its rows are in the output.
    pub file: FileOutcome,
    /// What was read of it.
    pub counts: Counts,
    /// Rows of it in the output.
    pub rows: u64,
    /// Days that the form could not say.
    pub left_out: LeftOut,
    /// Whether the rows, and what was left out, stand for exactly what was read, and the reader tells of as many records.
    pub consistent: bool,
}

/// What became of all files.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// Each file, in the order taken.
    pub files: Vec<Converted>,
    /// Each output.
    pub outputs: Vec<WrittenOutput>,
    /// Days of channels that are in the rows of more than one file; `None` where there were too many to remember.
    pub doubled_days: Option<u64>,
}

impl Conversion {
    /// Whether every file's rows stand for exactly what was read of it, and the outputs have just these rows.
    pub fn is_consistent(&self) -> bool {
        let rows: u64 = self.files.iter().map(|file| file.rows).sum();
        let written: u64 = self.outputs.iter().map(|output| output.rows).sum();
        rows == written && self.files.iter().all(|file| file.consistent)
    }
}

/// Writes the readings of all files at `paths` to an output.
///
/// # Errors
/// When a named path cannot be read, the output cannot be written, or the end is asked for. What is wrong with one file
/// is told in its outcome.
pub fn convert(
    paths: &[PathBuf],
    options: &Options,
    plan: &Plan,
    output: &mut dyn Output,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Conversion, ConvertError> {
    let mut run = Run::new(plan, output)?;
    // What proves the output is counted from the readings themselves.
    let folds = plan.shape == Shape::Daily && plan.form.has_rows() && !options.hash;
    let want = if folds { Want::Days } else { Want::Accepted };
    check_all(paths, options, stop, observer, want, &mut |event| match event {
        Event::Begin(candidate) => run.begin(&candidate.name),
        Event::Batch(batch) => run.batch(batch),
        Event::Days(days) => run.days(&days),
        Event::Restart => run.restart(),
        Event::End(outcome) => run.end(*outcome),
    })?;
    run.finish()
}
