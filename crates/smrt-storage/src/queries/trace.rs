//! Where a value came from, and what stood in its place before.

use crate::{
    FileRow, IntervalReason, Store, StoreError,
    backend::Database,
    channels::parse_zone,
    error::Doing,
    ledger::{Ledger, count},
    queries::{
        events::{Events, Subject},
        readings::{interval_length, parse_quality},
        registers::version,
    },
    schema::{
        channel::dsl as c, day_version::dsl as v, reading::dsl as r, reading_history::dsl as h, source_file::dsl as f,
    },
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use smrt_core::{IntervalLength, Quality, Quantity, Version};

/// Everything that is known of one interval of one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The current value.
    pub current: Option<TracedValue>,
    /// The values that gave way, the latest first.
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
    /// What its sender says of it beyond that.
    pub reason: Option<IntervalReason>,
    /// The version of its day that it came in.
    pub version: Version,
    /// The file.
    pub file: FileRow,
    /// Line of that file, from 1.
    pub line: u64,
}

/// A value that is not current: another took its place, its day was said again in intervals of another length, or it
/// came late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupersededValue {
    /// The value.
    pub value: TracedValue,
    /// Name of the file whose word holds instead. Equal to the value's own file where that file holds the key
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
            let said = Said::of(connection, channel, start)?;
            let mut values = Vec::with_capacity(history.len());
            for (minutes, quantity, quality, file, line, superseded_by) in history {
                let value = said.traced(connection, (minutes, quantity, quality, file, line))?;
                values.push(SupersededValue { value, superseded_by: file_row(connection, superseded_by)?.name });
            }
            Ok(Trace { current: current.map(|row| said.traced(connection, row)).transpose()?, history: values })
        })
    }
}

/// What is said of one interval beyond its values.
struct Said {
    start: i64,
    events: Events,
    /// File, line and version of everything that was said of its day, the last lines first.
    versions: Vec<(i64, i64, i64)>,
}

impl Said {
    fn of(connection: &mut Database, channel: i64, start: i64) -> Result<Self, StoreError> {
        let mut events = Events::of(connection, channel)?;
        events.read(connection, start, start)?;
        let zone: Option<String> = c::channel.find(channel).select(c::zone).first(connection).optional().doing(WHAT)?;
        let versions = match zone {
            None => Vec::new(),
            Some(zone) => v::day_version
                .filter(v::channel_id.eq(channel))
                .filter(v::day.eq(parse_zone(&zone)?.day(start)))
                .order(v::line.desc())
                .select((v::file_id, v::line, v::version))
                .load(connection)
                .doing(WHAT)?,
        };
        Ok(Self { start, events, versions })
    }

    fn traced(
        &self,
        connection: &mut Database,
        (minutes, quantity, quality, file, line): ValueRow,
    ) -> Result<TracedValue, StoreError> {
        let of_value = |said: &&(i64, i64, i64)| said.0 == file && said.1 <= line;
        Ok(TracedValue {
            minutes: interval_length(minutes)?,
            quantity: Quantity::from_micros(quantity),
            quality: parse_quality(quality)?,
            reason: self.events.reason(Subject { start: self.start, quality, file, line })?,
            version: self.versions.iter().find(of_value).map_or(Version::UNSTATED, |said| version(said.2)),
            file: file_row(connection, file)?,
            line: count(line),
        })
    }
}

fn file_row(connection: &mut Database, id: i64) -> Result<FileRow, StoreError> {
    let row: Ledger = f::source_file.find(id).select(Ledger::as_select()).first(connection).doing(WHAT)?;
    row.into_row()
}
