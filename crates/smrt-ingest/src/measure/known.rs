//! What is current of a sensor's day: in the lake, in the files written for the open transaction, and in memory.

use crate::IngestError;
use crate::lake::Attached;
use smrt_core::{DataFile, Dataset, SensorId, Signal};
use smrt_lake::Measured;
use smrt_storage::{DataFileFilter, FileLoad};
use std::{collections::HashMap, ops::RangeInclusive};

/// A value that holds, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) value: Signal,
    pub(crate) file: i64,
    pub(crate) line: u32,
}

impl From<&Measured> for Held {
    fn from(row: &Measured) -> Self {
        Self { value: row.value, file: row.file, line: row.line }
    }
}

/// The rows in memory by sensor and instant; made when it is first needed, which for most loads is never.
#[derive(Debug, Default)]
pub(crate) struct Index {
    held: HashMap<(SensorId, i64), Held>,
    /// How many of the rows are in it.
    rows: usize,
}

impl Index {
    /// Takes in the rows that came since.
    fn catch_up(&mut self, rows: &[Measured]) {
        let new = rows.get(self.rows..).unwrap_or_default();
        self.held.reserve(new.len());
        self.held.extend(new.iter().map(|row| ((row.sensor, row.at), Held::from(row))));
        self.rows = rows.len();
    }
}

/// All that is known of measurements that came before the rows in hand.
pub(crate) struct Known<'a> {
    pub(crate) lake: &'a Attached,
    /// Files that were written for the open transaction, in their order.
    pub(crate) written: &'a [DataFile],
    /// Rows in memory that came before those in hand.
    pub(crate) rows: &'a [Measured],
    pub(crate) index: &'a mut Index,
}

impl Known<'_> {
    /// What is current of a sensor in a stretch of time that lies within one of its days; `stored` where the database
    /// says that anything is.
    pub(crate) fn of_day(
        &mut self,
        load: &mut FileLoad<'_>,
        sensor: SensorId,
        stored: Option<RangeInclusive<i64>>,
        (first, last): (i64, i64),
    ) -> Result<Current<'_>, IngestError> {
        self.index.catch_up(self.rows);
        let mut of_lake = HashMap::new();
        if stored.is_some() {
            let to = last.saturating_add(1);
            let filter = DataFileFilter {
                series: Some(sensor.to_string()),
                from: Some(first),
                to: Some(to),
                ..DataFileFilter::default()
            };
            let mut files = load.data_files(Dataset::Measurements, &filter)?;
            files.extend(self.written.iter().cloned());
            self.lake.each_of_sensor(&files, sensor, (first, to), &mut |row| {
                of_lake.insert(row.at, Held::from(&row));
            })?;
        }
        Ok(Current { sensor, of_lake, index: self.index, own: HashMap::new() })
    }
}

/// What is current of one sensor.
pub(crate) struct Current<'a> {
    sensor: SensorId,
    of_lake: HashMap<i64, Held>,
    index: &'a Index,
    /// What the rows in hand have said so far.
    own: HashMap<i64, Held>,
}

impl Current<'_> {
    /// The value that holds at an instant.
    pub(crate) fn get(&self, at: i64) -> Option<Held> {
        let in_memory = || self.index.held.get(&(self.sensor, at));
        self.own.get(&at).or_else(in_memory).or_else(|| self.of_lake.get(&at)).copied()
    }

    /// Takes a row as what holds now.
    pub(crate) fn set(&mut self, row: &Measured) {
        self.own.insert(row.at, Held::from(row));
    }
}
