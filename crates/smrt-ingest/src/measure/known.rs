//! What is current of a sensor's day: in the lake, in the files written for the open transaction, and in memory.

use super::{account::Sensor, waiting::Waiting};
use crate::IngestError;
use crate::lake::Attached;
use hashbrown::{HashTable, hash_table::Entry};
use smrt_core::{DataFile, Dataset, Signal};
use smrt_lake::Measured;
use smrt_storage::{DataFileFilter, FileLoad};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    ops::RangeInclusive,
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

impl Known<'_> {
    /// What is current of a sensor in a stretch of time that lies within one of its days; `stored` where the database
    /// says that anything is.
    pub(super) fn of_day(
        &mut self,
        load: &mut FileLoad<'_>,
        sensor: &Sensor,
        stored: Option<RangeInclusive<i64>>,
        (first, last): (i64, i64),
    ) -> Result<Current<'_>, IngestError> {
        self.index.catch_up(self.rows);
        let mut of_lake = HashMap::new();
        if stored.is_some() {
            let to = last.saturating_add(1);
            let filter = DataFileFilter {
                series: Some(sensor.id.to_string()),
                from: Some(first),
                to: Some(to),
                ..DataFileFilter::default()
            };
            let mut files = load.data_files(Dataset::Measurements, &filter)?;
            files.extend(self.written.iter().cloned());
            self.lake.each_of_sensor(&files, sensor.id, (first, to), &mut |row| {
                of_lake.insert(row.at, Held::from(&row));
            })?;
        }
        let (rows, index) = (self.rows, &*self.index);
        Ok(Current { sensor: sensor.number, of_lake, rows, index, own: HashMap::new() })
    }
}

/// What is current of one sensor.
pub(super) struct Current<'a> {
    sensor: u32,
    of_lake: HashMap<i64, Held>,
    rows: &'a [Waiting],
    index: &'a Index,
    /// What the rows in hand have said so far.
    own: HashMap<i64, Held>,
}

impl Current<'_> {
    /// The value that holds at an instant.
    pub(super) fn get(&self, at: i64) -> Option<Held> {
        let in_memory = || self.index.get(self.rows, (at, self.sensor)).map(Held::from);
        self.own.get(&at).copied().or_else(in_memory).or_else(|| self.of_lake.get(&at).copied())
    }

    /// Takes a row as what holds now.
    pub(super) fn set(&mut self, row: &Waiting) {
        self.own.insert(row.at, Held::from(row));
    }
}
