//! Where a value came from, and what stood in its place before.

use crate::{
    FileRow, Store, StoreError,
    backend::Database,
    error::Doing,
    ledger::{Ledger, count},
    queries::readings::{interval_length, parse_quality},
    schema::{reading::dsl as r, reading_history::dsl as h, source_file::dsl as f},
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use smrt_core::{IntervalLength, Quality, Quantity};

/// Everything that is known of one interval of one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The current value.
    pub current: Option<TracedValue>,
    /// The values it replaced, the latest first.
    pub history: Vec<SupersededValue>,
}

/// A value with the file and line it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedValue {
    /// Length of the interval.
    pub minutes: IntervalLength,
    /// What was measured, in the channel's unit.
    pub quantity: Quantity,
    /// How trustworthy it is.
    pub quality: Quality,
    /// The file.
    pub file: FileRow,
    /// Line of that file, from 1.
    pub line: u64,
}

/// A value that another took the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupersededValue {
    /// The value.
    pub value: TracedValue,
    /// Name of the file whose value took its place. Equal to the value's own file where that file holds the key
    /// twice; a file received earlier where the sender's time decides.
    pub superseded_by: String,
}

/// Minutes, quantity, quality, file and line.
type ValueRow = (i32, i64, i16, i64, i64);

const WHAT: &str = "tracing a reading";

impl Store {
    /// The value of a channel at the interval that starts at `start` (UTC epoch seconds), and its history.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn trace(&mut self, channel: i64, start: i64) -> Result<Trace, StoreError> {
        self.snapshot(|connection| {
            let current: Option<ValueRow> = r::reading
                .find((channel, start))
                .select((r::minutes, r::quantity, r::quality, r::file_id, r::line))
                .first(connection)
                .optional()
                .doing(WHAT)?;
            // In the order of files and lines, not of writing: that is the same on both databases.
            let history: Vec<(i32, i64, i16, i64, i64, i64)> = h::reading_history
                .filter(h::channel_id.eq(channel))
                .filter(h::start.eq(start))
                .order((h::file_id.desc(), h::line.desc(), h::id.desc()))
                .select((h::minutes, h::quantity, h::quality, h::file_id, h::line, h::superseded_by))
                .load(connection)
                .doing(WHAT)?;
            let mut values = Vec::with_capacity(history.len());
            for (minutes, quantity, quality, file, line, superseded_by) in history {
                let value = traced(connection, (minutes, quantity, quality, file, line))?;
                values.push(SupersededValue { value, superseded_by: file_row(connection, superseded_by)?.name });
            }
            Ok(Trace { current: current.map(|row| traced(connection, row)).transpose()?, history: values })
        })
    }
}

fn traced(
    connection: &mut Database,
    (minutes, quantity, quality, file, line): ValueRow,
) -> Result<TracedValue, StoreError> {
    Ok(TracedValue {
        minutes: interval_length(minutes)?,
        quantity: Quantity::from_micros(quantity),
        quality: parse_quality(quality)?,
        file: file_row(connection, file)?,
        line: count(line),
    })
}

fn file_row(connection: &mut Database, id: i64) -> Result<FileRow, StoreError> {
    let row: Ledger = f::source_file.find(id).select(Ledger::as_select()).first(connection).doing(WHAT)?;
    row.into_row()
}
