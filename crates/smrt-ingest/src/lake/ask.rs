//! Asking what sensors measured: which data files there are comes from the database, what is in them from the lake.

use super::{Attached, LakeOptions, ahead::Ahead};
use crate::IngestError;
use smrt_core::{Dataset, SensorId, Signal};
use smrt_lake::{LakeError, Measured, Query, ScanStats};
use smrt_storage::{DataFileFilter, FileRow, Store, StoredChannel};
use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

/// A measurement as the lake holds it, with where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredMeasurement {
    /// When, UTC epoch microseconds.
    pub at: i64,
    /// What.
    pub value: Signal,
    /// Name of the file it came in.
    pub file: Arc<str>,
    /// Line of that file, from 1.
    pub line: u32,
}

/// A value that was once said of a sensor and an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedMeasurement {
    /// The value.
    pub value: Signal,
    /// The file it came in.
    pub file: FileRow,
    /// Line of that file, from 1.
    pub line: u32,
    /// Name of the file whose value came next; nothing for the one that holds.
    pub superseded_by: Option<String>,
}

/// The measurements of a database: its lake, opened for questions.
#[derive(Debug)]
pub struct Measurements {
    lake: Attached,
    names: HashMap<i64, Arc<str>>,
    ahead: Ahead,
    /// What the questions so far took.
    taken: ScanStats,
}

impl Measurements {
    /// Those of a database; `None` where it has no lake.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(store: &mut Store, options: &LakeOptions) -> Result<Option<Self>, IngestError> {
        let Some(row) = store.lake()? else { return Ok(None) };
        let (lake, names) = (Attached::new(row, options)?, HashMap::new());
        Ok(Some(Self { lake, names, ahead: Ahead::default(), taken: ScanStats::default() }))
    }

    /// What all questions so far took: files opened, bytes read, rows given.
    pub fn taken(&self) -> ScanStats {
        self.taken
    }

    /// Says which channels will be asked soon, in their order: then sensors are read together.
    pub fn expect(&mut self, channels: &[StoredChannel]) {
        self.ahead.expect(channels);
    }

    /// Hands what holds of a sensor in `from` <= at < `to` (UTC epoch microseconds) to `each`, in the order of time,
    /// until it breaks off.
    ///
    /// # Errors
    /// When the database or the lake cannot be read.
    pub fn each(
        &mut self,
        store: &mut Store,
        channel: &StoredChannel,
        range: (Option<i64>, Option<i64>),
        each: &mut dyn FnMut(StoredMeasurement) -> ControlFlow<()>,
    ) -> Result<(), IngestError> {
        let sensor = sensor_of(channel)?;
        if let Some(rows) = self.read_ahead(store, sensor, range)? {
            let mut naming = Naming { names: &mut self.names, store, each, failed: None };
            let _ = naming.give(&rows);
            let failed = naming.failed;
            self.ahead.put_back(sensor, rows);
            return failed.map_or(Ok(()), Err);
        }
        let filter = DataFileFilter { series: Some(sensor.to_string()), from: range.0, to: range.1, day: None };
        let files = store.data_files(Dataset::Measurements, &filter)?;
        if files.is_empty() {
            return Ok(());
        }
        let query = Query { from: range.0, to: range.1, ..Query::of(sensor) };
        let mut naming = Naming { names: &mut self.names, store, each, failed: None };
        let taken = self.lake.lake()?.scan(&files, &query, &mut |rows| naming.give(rows))?;
        let failed = naming.failed;
        self.note(taken);
        failed.map_or(Ok(()), Err)
    }

    /// What was read of a sensor together with others, or is now; `None` where it is better read by itself.
    fn read_ahead(
        &mut self,
        store: &mut Store,
        sensor: SensorId,
        range: (Option<i64>, Option<i64>),
    ) -> Result<Option<Vec<Measured>>, IngestError> {
        if let Some(rows) = self.ahead.take(sensor, range) {
            return Ok(Some(rows));
        }
        let together = self.ahead.together(store, sensor, range)?;
        let ends = together.iter().min().zip(together.iter().max());
        let Some((&first, &last)) = ends.filter(|(first, last)| first != last) else { return Ok(None) };
        let (from, to) = range;
        let files =
            store.data_files(Dataset::Measurements, &DataFileFilter { from, to, ..DataFileFilter::default() })?;
        self.ahead.begin(&together, range);
        if !files.is_empty() {
            let query = Query { sensors: Some((first, last)), from, to };
            let taken = self.lake.lake()?.scan(&files, &query, &mut |rows| {
                self.ahead.push(rows);
                ControlFlow::Continue(())
            })?;
            self.note(taken);
        }
        Ok(self.ahead.take(sensor, range))
    }

    /// All values that were ever said of a sensor at an instant (UTC epoch microseconds), the latest first.
    ///
    /// # Errors
    /// When the database or the lake cannot be read.
    pub fn trace(
        &mut self,
        store: &mut Store,
        channel: &StoredChannel,
        at: i64,
    ) -> Result<Vec<TracedMeasurement>, IngestError> {
        let sensor = sensor_of(channel)?;
        let (from, to) = (Some(at), Some(at.saturating_add(1)));
        let filter = DataFileFilter { series: Some(sensor.to_string()), from, to, day: None };
        let mut files = store.data_files(Dataset::Measurements, &filter)?;
        files.extend(store.data_files(Dataset::Superseded, &filter)?);
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let (said, taken) = self.lake.lake()?.history(&files, &Query { from, to, ..Query::of(sensor) })?;
        self.note(taken);
        let mut traced = Vec::with_capacity(said.len());
        let mut next: Option<String> = None;
        // The last one holds; each of the others gave way to the one behind it.
        for said in said.into_iter().rev() {
            let file = store.file(said.row.file)?;
            let superseded_by = next.replace(file.name.clone());
            traced.push(TracedMeasurement { value: said.row.value, file, line: said.row.line, superseded_by });
        }
        Ok(traced)
    }

    /// The hash of all measurements that hold; `None` where there are none.
    ///
    /// # Errors
    /// When the database or the lake cannot be read.
    pub fn digest(&mut self, store: &mut Store) -> Result<Option<[u8; 32]>, IngestError> {
        let files = store.data_files(Dataset::Measurements, &DataFileFilter::default())?;
        if files.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.lake.lake()?.digest(&files)?))
    }

    fn note(&mut self, taken: ScanStats) {
        self.taken.files += taken.files;
        self.taken.bytes_read += taken.bytes_read;
        self.taken.rows += taken.rows;
    }
}

/// The identity of the sensor whose channel it is.
fn sensor_of(channel: &StoredChannel) -> Result<SensorId, IngestError> {
    let meter = &channel.channel.meter;
    meter.parse().map_err(|_| LakeError::Input { expected: "a sensor's UUID", found: meter.clone() }.into())
}

/// Gives rows on with the names of their files.
struct Naming<'a> {
    names: &'a mut HashMap<i64, Arc<str>>,
    store: &'a mut Store,
    each: &'a mut dyn FnMut(StoredMeasurement) -> ControlFlow<()>,
    failed: Option<IngestError>,
}

impl Naming<'_> {
    fn give(&mut self, rows: &[Measured]) -> ControlFlow<()> {
        for row in rows {
            match self.name(row.file) {
                Ok(file) => (self.each)(StoredMeasurement { at: row.at, value: row.value, file, line: row.line })?,
                Err(error) => {
                    self.failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn name(&mut self, file: i64) -> Result<Arc<str>, IngestError> {
        if let Some(name) = self.names.get(&file) {
            return Ok(Arc::clone(name));
        }
        let name: Arc<str> = self.store.file(file)?.name.into();
        self.names.insert(file, Arc::clone(&name));
        Ok(name)
    }
}
