//! Rows of a load into data files: sorted, parted by UTC day, packed on all cores.
//!
//! What comes out is neither durable nor decided: that is up to [`crate::Lake::sync`] and to the database.

use crate::{
    Home, LakeError, Measured, Metered,
    file::{DAY, FileWriter, day_of, place, start_of},
    row::{Row, acceptable},
};
use smrt_core::{DataFile, SensorId, Signal};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    thread,
};

/// Most rows of a data file.
const MOST: usize = 8_000_000;
/// Fewest rows for which a day is parted into several files, so that several cores have something to do.
const LEAST: usize = 1_000_000;
/// Bits for the time of a day in a sort key; the rest is for the series.
const TIME_BITS: u32 = 37;

/// Measurements as columns of equal length, in any order.
#[derive(Clone, Debug, Default)]
pub struct MeasuredRows {
    /// The sensors, in any order.
    pub sensors: Vec<SensorId>,
    /// Sensor of each row: index into `sensors`.
    pub sensor: Vec<u32>,
    /// When each was measured, UTC epoch microseconds.
    pub at: Vec<i64>,
    /// What was measured.
    pub value: Vec<Signal>,
    /// Id of the source file of each.
    pub file: Vec<i64>,
    /// Line of the source file, from 1.
    pub line: Vec<u32>,
}

/// Rows to be sorted and written.
trait Rows: Sync {
    type Row: Row;

    fn len(&self) -> usize;
    fn at(&self, index: usize) -> i64;
    /// The place of a row's series in the order of all series of these rows.
    fn rank(&self, index: usize) -> u64;
    fn row(&self, index: usize) -> Self::Row;
}

/// Measurements with the ranks of their sensors.
struct Ranked<'a> {
    rows: &'a MeasuredRows,
    ranks: Vec<u64>,
}

impl Rows for Ranked<'_> {
    type Row = Measured;

    fn len(&self) -> usize {
        self.rows.at.len()
    }

    fn at(&self, index: usize) -> i64 {
        self.rows.at[index]
    }

    fn rank(&self, index: usize) -> u64 {
        self.ranks[self.rows.sensor[index] as usize]
    }

    fn row(&self, index: usize) -> Measured {
        let rows = self.rows;
        Measured {
            sensor: rows.sensors[rows.sensor[index] as usize],
            at: rows.at[index],
            value: rows.value[index],
            file: rows.file[index],
            line: rows.line[index],
        }
    }
}

/// Readings with the ranks of their series.
struct RankedMetered<'a> {
    rows: &'a [Metered],
    ranks: Vec<u32>,
}

impl Rows for RankedMetered<'_> {
    type Row = Metered;

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn at(&self, index: usize) -> i64 {
        self.rows[index].start
    }

    fn rank(&self, index: usize) -> u64 {
        u64::from(self.ranks[index])
    }

    fn row(&self, index: usize) -> Metered {
        self.rows[index].clone()
    }
}

pub(crate) fn measurements(home: &Home, rows: &MeasuredRows) -> Result<Vec<DataFile>, LakeError> {
    let count = rows.at.len();
    let lengths = [rows.sensor.len(), rows.value.len(), rows.file.len(), rows.line.len()];
    if lengths.iter().any(|&length| length != count) {
        return Err(LakeError::Input { expected: "columns of one length", found: format!("{count} and {lengths:?}") });
    }
    if let Some(wrong) = rows.sensor.iter().find(|&&sensor| sensor as usize >= rows.sensors.len()) {
        let found = format!("{wrong} among {}", rows.sensors.len());
        return Err(LakeError::Input { expected: "the index of a sensor", found });
    }
    let mut order = rows.sensors.clone();
    order.sort_unstable();
    order.dedup();
    // A sensor that stands there twice has one rank.
    let rank = |sensor| order.partition_point(|other| other < sensor) as u64;
    write(home, &Ranked { rows, ranks: rows.sensors.iter().map(rank).collect() })
}

pub(crate) fn readings(home: &Home, rows: &[Metered]) -> Result<Vec<DataFile>, LakeError> {
    rows.iter().try_for_each(acceptable)?;
    let mut known: HashMap<[&str; 3], u32> = HashMap::new();
    let mut names: Vec<[&str; 3]> = Vec::new();
    let mut series = Vec::with_capacity(rows.len());
    for row in rows {
        let name = [row.meter.as_ref(), row.channel.as_ref(), row.unit.as_ref()];
        let before = series.last().filter(|&&index: &&u32| names[index as usize] == name);
        series.push(match before {
            Some(&index) => index,
            None => *known.entry(name).or_insert_with(|| {
                names.push(name);
                u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
            }),
        });
    }
    let mut order: Vec<_> = (0..names.len()).collect();
    order.sort_unstable_by_key(|&index| names[index]);
    let mut rank = vec![0; names.len()];
    for (place, index) in (0_u32..).zip(order) {
        rank[index] = place;
    }
    write(home, &RankedMetered { rows, ranks: series.iter().map(|&index| rank[index as usize]).collect() })
}

/// One file to be written: rows of a day, or of some series of it.
type Job = (i32, Vec<u32>);

fn write<S: Rows>(home: &Home, rows: &S) -> Result<Vec<DataFile>, LakeError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let most = (rows.len() / threads).clamp(LEAST, MOST);
    let days = by_day(rows)?.into_iter();
    let mut jobs: Vec<Job> = days.flat_map(|(day, indices)| parted(rows, day, indices, most)).collect();
    // Large ones first, so that no core is left alone with one at the end.
    jobs.sort_by_key(|(_, indices)| indices.len());
    let jobs = Mutex::new(jobs);
    let written = Mutex::new(Vec::new());
    let work = || -> Result<(), LakeError> {
        loop {
            let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some((day, indices)) = next else { return Ok(()) };
            for part in sorted(rows, &indices)?.chunks(MOST) {
                let file = write_file(home, rows, day, part)?;
                written.lock().unwrap_or_else(PoisonError::into_inner).extend(file);
            }
        }
    };
    let outcome = on_cores(threads, &work);
    let mut written = written.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = outcome {
        // What was written is of no use to anybody; if it cannot be taken away, it is listed as nobody's.
        let paths: Vec<String> = written.iter().map(place).collect();
        let _ = home.delete(&paths);
        return Err(error);
    }
    written.sort_by(|a: &DataFile, b| (a.day, &a.first_series, a.first_at).cmp(&(b.day, &b.first_series, b.first_at)));
    Ok(written)
}

fn write_file<S: Rows>(home: &Home, rows: &S, day: i32, indices: &[u32]) -> Result<Option<DataFile>, LakeError> {
    let mut file = FileWriter::<S::Row>::new(home, day);
    let place = file.place();
    let pushed = indices.iter().try_for_each(|&index| file.push(rows.row(index as usize)));
    pushed.and_then(|()| file.finish()).inspect_err(|_| {
        let _ = home.delete(&[place]);
    })
}

/// Runs the same on several threads until each has come to its end.
fn on_cores(threads: usize, work: &(impl Fn() -> Result<(), LakeError> + Sync)) -> Result<(), LakeError> {
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let gone =
            |_| Err(LakeError::Input { expected: "all threads to end", found: "one that ended early".to_owned() });
        let mine = work();
        others.into_iter().map(|other| other.join().unwrap_or_else(gone)).fold(mine, Result::and)
    })
}

/// The rows of each UTC day, in the order they were given.
fn by_day<S: Rows>(rows: &S) -> Result<BTreeMap<i32, Vec<u32>>, LakeError> {
    let count = u32::try_from(rows.len()).map_err(|_| LakeError::Input {
        expected: "at most 4,294,967,295 rows at once",
        found: rows.len().to_string(),
    })?;
    let mut days: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    // Mostly a row is of the day of the row before, so that stretches are looked up and not rows.
    let mut from = 0;
    while from < count {
        let at = rows.at(from as usize);
        let day = day_of(at).ok_or_else(|| LakeError::Input {
            expected: "an instant whose day can be named",
            found: format!("{at} microseconds since 1970"),
        })?;
        let hours = start_of(day)..start_of(day) + DAY;
        let to = (from..count).find(|&index| !hours.contains(&rows.at(index as usize))).unwrap_or(count);
        days.entry(day).or_default().extend(from..to);
        from = to;
    }
    Ok(days)
}

/// A day as one job, or, if it is large, as several of about the same size with series of their own.
fn parted<S: Rows>(rows: &S, day: i32, indices: Vec<u32>, most: usize) -> Vec<Job> {
    if indices.len() <= most {
        return vec![(day, indices)];
    }
    let share = indices.len().div_ceil(indices.len().div_ceil(most));
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for &index in &indices {
        *counts.entry(rows.rank(index as usize)).or_default() += 1;
    }
    // The last rank of each part.
    let (mut ends, mut sum) = (Vec::new(), 0);
    for (rank, count) in counts {
        sum += count;
        if sum >= share * (ends.len() + 1) {
            ends.push(rank);
        }
    }
    let mut parts: Vec<Job> = vec![(day, Vec::new()); ends.len() + 1];
    for index in indices {
        let rank = rows.rank(index as usize);
        parts[ends.partition_point(|&end| end < rank)].1.push(index);
    }
    parts.retain(|(_, indices)| !indices.is_empty());
    parts
}

/// Rows of one day in the order of series, time, file and line.
fn sorted<S: Rows>(rows: &S, indices: &[u32]) -> Result<Vec<u32>, LakeError> {
    let mut keyed = Vec::with_capacity(indices.len());
    for &index in indices {
        let (rank, at) = (rows.rank(index as usize), rows.at(index as usize).rem_euclid(DAY));
        if rank >> (u64::BITS - TIME_BITS) != 0 {
            return Err(LakeError::Input { expected: "at most 134,217,728 series at once", found: format!("{rank}") });
        }
        keyed.push((rank << TIME_BITS | at.unsigned_abs(), index));
    }
    keyed.sort_unstable();
    // Where series and time are the same, what comes later in the sources comes later here.
    for same in keyed.chunk_by_mut(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        same.sort_by(|a, b| rows.row(a.1 as usize).order(&rows.row(b.1 as usize)));
    }
    Ok(keyed.into_iter().map(|(_, index)| index).collect())
}
