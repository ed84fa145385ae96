//! The readings of one channel, as a stream.

use crate::{
    IntervalReason, Store, StoreError,
    backend::Database,
    error::Doing,
    ledger::count,
    queries::events::{Events, Subject},
    schema::{reading::dsl as r, source_file::dsl as f},
};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use smrt_core::{IntervalLength, Quality, Quantity};
use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

/// A reading as the store holds it, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReading {
    /// Start of the interval, UTC epoch seconds.
    pub start: i64,
    /// Length of the interval.
    pub minutes: IntervalLength,
    /// What was measured, in the channel's unit.
    pub quantity: Quantity,
    /// How trustworthy it is.
    pub quality: Quality,
    /// What its sender says of it beyond that.
    pub reason: Option<IntervalReason>,
    /// The file it came in.
    pub file: Arc<str>,
    /// Line of that file, from 1.
    pub line: u64,
}

/// Readings that are in memory at a time.
const PAGE: i64 = 4096;

/// Start, minutes, quantity, quality, file and line.
type ReadingRow = (i64, i32, i64, i16, i64, i64);

impl Store {
    /// Hands the readings of a channel with `from` <= start < `to` (UTC epoch seconds) to `each`, in the order of
    /// time, until it breaks off. However many there are, only some thousands are in memory.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn readings(
        &mut self,
        channel: i64,
        from: Option<i64>,
        to: Option<i64>,
        each: &mut dyn FnMut(StoredReading) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut names = FileNames::default();
        let mut events = Events::of(&mut self.connection, channel)?;
        let mut from = from.unwrap_or(i64::MIN);
        let to = to.unwrap_or(i64::MAX);
        loop {
            let page: Vec<ReadingRow> = r::reading
                .filter(r::channel_id.eq(channel))
                .filter(r::start.ge(from))
                .filter(r::start.lt(to))
                .order(r::start)
                .limit(PAGE)
                .select((r::start, r::minutes, r::quantity, r::quality, r::file_id, r::line))
                .load(&mut self.connection)
                .doing("reading readings")?;
            let (Some(&(first, ..)), Some(&(last, ..))) = (page.first(), page.last()) else { return Ok(()) };
            events.read(&mut self.connection, first, last)?;
            for (start, minutes, quantity, quality, file, line) in page {
                let reading = StoredReading {
                    start,
                    minutes: interval_length(minutes)?,
                    quantity: Quantity::from_micros(quantity),
                    quality: parse_quality(quality)?,
                    reason: events.reason(Subject { start, quality, file, line })?,
                    file: names.name(&mut self.connection, file)?,
                    line: count(line),
                };
                if each(reading).is_break() {
                    return Ok(());
                }
            }
            from = last.saturating_add(1);
        }
    }
}

impl Store {
    /// Whether anything is said of the intervals of a channel beyond their values.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn has_reasons(&mut self, channel: i64) -> Result<bool, StoreError> {
        Events::of(&mut self.connection, channel).map(|events| events.exist())
    }
}

/// Names of files by their id, each asked for once.
#[derive(Default)]
pub(crate) struct FileNames(HashMap<i64, Arc<str>>);

impl FileNames {
    pub(crate) fn name(&mut self, connection: &mut Database, id: i64) -> Result<Arc<str>, StoreError> {
        if let Some(name) = self.0.get(&id) {
            return Ok(Arc::clone(name));
        }
        let name: String =
            f::source_file.find(id).select(f::name).first(connection).doing("looking up the file of a reading")?;
        let name: Arc<str> = name.into();
        self.0.insert(id, Arc::clone(&name));
        Ok(name)
    }
}

/// The length of a stored interval.
pub(crate) fn interval_length(minutes: i32) -> Result<IntervalLength, StoreError> {
    u16::try_from(minutes)
        .ok()
        .and_then(IntervalLength::from_minutes)
        .ok_or_else(|| StoreError::corrupt(format!("{minutes} minutes are no interval")))
}

/// The quality behind a stored number.
pub(crate) fn parse_quality(code: i16) -> Result<Quality, StoreError> {
    Quality::from_code(code).ok_or_else(|| StoreError::corrupt(format!("{code} is no quality")))
}
