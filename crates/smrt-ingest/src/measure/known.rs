//! What is current of a sensor's day: in the lake, in the files written for the open transaction, and in memory.

use super::{account::Sensor, waiting::Waiting};
use crate::IngestError;
use crate::lake::Attached;
use hashbrown::{HashTable, hash_table::Entry};
use smrt_core::{DataFile, Dataset, SensorId, Signal};
use smrt_lake::Measured;
use smrt_storage::{DataFileFilter, FileLoad};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

/// A value that holds, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) value: Signal,
    pub(super) file: i64,
    pub(super) line: u32,
}

impl From<&Measured> for Held {
    fn from(row: &Measured) -> Self {
        Self { value: row.value, file: row.file, line: row.line }
    }
}

impl From<&Waiting> for Held {
    fn from(row: &Waiting) -> Self {
        Self { value: row.value, file: row.file, line: row.line }
    }
}

/// The rows in memory by sensor and instant; made when it is first needed, which for most loads is never. It holds just
/// the places of rows, which tell their keys themselves.
#[derive(Debug, Default)]
pub(super) struct Index {
    places: HashTable<u32>,
    hasher: RandomState,
    /// How many of the rows are in it.
    rows: usize,
}

impl Index {
    /// Takes in the rows that came since.
    fn catch_up(&mut self, rows: &[Waiting]) {
        for (place, row) in (0_u32..).zip(rows).skip(self.rows) {
            let hash_of = |&place: &u32| rows.get(place as usize).map_or(0, |row| self.hasher.hash_one(key(row)));
            let is_same = |&other: &u32| rows.get(other as usize).is_some_and(|other| key(other) == key(row));
            // The later row of a key is the one that holds.
            match self.places.entry(self.hasher.hash_one(key(row)), is_same, hash_of) {
                Entry::Occupied(mut known) => *known.get_mut() = place,
                Entry::Vacant(free) => {
                    free.insert(place);
                }
            }
        }
        self.rows = rows.len();
    }

    /// The row that holds of a sensor at an instant.
    fn get<'r>(&self, rows: &'r [Waiting], wanted: (i64, u32)) -> Option<&'r Waiting> {
        let is_it = |&place: &u32| rows.get(place as usize).is_some_and(|row| key(row) == wanted);
        rows.get(*self.places.find(self.hasher.hash_one(wanted), is_it)? as usize)
    }
}

fn key(row: &Waiting) -> (i64, u32) {
    (row.at, row.sensor)
}

/// All that is known of measurements that came before the rows in hand.
pub(super) struct Known<'a> {
    pub(super) lake: &'a Attached,
    /// Files that were written for the open transaction, in their order.
    pub(super) written: &'a [DataFile],
    /// Rows in memory that came before those in hand.
    pub(super) rows: &'a [Waiting],
    pub(super) index: &'a mut Index,
}

/// A stretch of time of a sensor, within one of its days, of which something may be known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    pub(super) sensor: Sensor,
    /// Its first instant and its last.
    pub(super) range: (i64, i64),
    /// How many instants of the day the database knows of.
    pub(super) stored: u64,
}

/// Rows of the files of a stretch of time for each row that is looked for, from which on sensors are asked one by one.
const ONE_BY_ONE: u64 = 16;

impl Known<'_> {
    /// What is current of some sensors in some stretches of time. All of it is in memory: see [`Doubt::stored`].
    pub(super) fn of(&mut self, load: &mut FileLoad<'_>, doubts: &[Doubt]) -> Result<Current<'_>, IngestError> {
        self.index.catch_up(self.rows);
        let mut of_lake = HashMap::new();
        let stored = || doubts.iter().filter(|doubt| doubt.stored > 0);
        let first = stored().map(|doubt| doubt.range.0).min();
        let last = stored().map(|doubt| doubt.range.1).max();
        if let (Some(first), Some(last)) = (first, last) {
            let range = (first, last.saturating_add(1));
            let (from, to) = (Some(range.0), Some(range.1));
            let mut files =
                load.data_files(Dataset::Measurements, &DataFileFilter { from, to, ..DataFileFilter::default() })?;
            files.extend(self.written.iter().cloned());
            let wanted: HashMap<SensorId, u32> = stored().map(|doubt| (doubt.sensor.id, doubt.sensor.number)).collect();
            let mut keep = |row: Measured| {
                if let Some(&number) = wanted.get(&row.sensor) {
                    of_lake.insert((row.at, number), Held::from(&row));
                }
            };
            let rows: u64 = files.iter().map(|file| file.rows).sum();
            if rows / ONE_BY_ONE <= stored().map(|doubt| doubt.stored).sum() {
                self.lake.each(&files, None, range, &mut keep)?;
            } else {
                for Doubt { sensor, range: (first, last), .. } in stored() {
                    self.lake.each(&files, Some(sensor.id), (*first, last.saturating_add(1)), &mut keep)?;
                }
            }
        }
        let (rows, index) = (self.rows, &*self.index);
        Ok(Current { of_lake, rows, index, own: HashMap::new() })
    }
}

/// What is current of some sensors, by instant and number of the sensor.
pub(super) struct Current<'a> {
    of_lake: HashMap<(i64, u32), Held>,
    rows: &'a [Waiting],
    index: &'a Index,
    /// What the rows in hand have said so far.
    own: HashMap<(i64, u32), Held>,
}

impl Current<'_> {
    /// The value that holds where a row is.
    pub(super) fn get(&self, row: &Waiting) -> Option<Held> {
        let wanted = key(row);
        let in_memory = || self.index.get(self.rows, wanted).map(Held::from);
        self.own.get(&wanted).copied().or_else(in_memory).or_else(|| self.of_lake.get(&wanted).copied())
    }

    /// Takes a row as what holds now.
    pub(super) fn set(&mut self, row: &Waiting) {
        self.own.insert(key(row), Held::from(row));
    }
}
