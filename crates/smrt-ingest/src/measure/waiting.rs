//! Measurements that wait in memory, as compact as they can be.

use smrt_core::{SensorId, Signal};
use smrt_lake::MeasuredRows;
use std::collections::HashMap;

/// A measurement that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// When, UTC epoch microseconds.
    pub(super) at: i64,
    /// What.
    pub(super) value: Signal,
    /// Id of the source file.
    pub(super) file: i64,
    /// Number of the sensor among those of [`Sensors`].
    pub(super) sensor: u32,
    /// Line of the source file, from 1.
    pub(super) line: u32,
}

/// The sensors of all that waits, numbered.
#[derive(Debug, Default)]
pub(super) struct Sensors {
    ids: Vec<SensorId>,
    numbers: HashMap<SensorId, u32>,
}

impl Sensors {
    /// The number of a sensor.
    pub(super) fn number(&mut self, id: SensorId) -> u32 {
        *self.numbers.entry(id).or_insert_with(|| {
            self.ids.push(id);
            u32::try_from(self.ids.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// Rows as the columns that a lake takes.
    pub(super) fn columns(&self, rows: Vec<Waiting>) -> MeasuredRows {
        MeasuredRows {
            sensors: self.ids.clone(),
            sensor: rows.iter().map(|row| row.sensor).collect(),
            at: rows.iter().map(|row| row.at).collect(),
            value: rows.iter().map(|row| row.value).collect(),
            file: rows.iter().map(|row| row.file).collect(),
            line: rows.iter().map(|row| row.line).collect(),
        }
    }
}
