//! Answering from the lake: the rows of a sensor or of all of them, the latest of each instant.
//!
//! Rows come day by day, UTC; within a day in the order of sensors and time. Just the files of one day are open at a
//! time for one thread, so that memory does not grow with the lake.

use crate::{
    Home, LakeError, Measured, Metered, Replaced, WITHDRAWN,
    merge::{Latest, merge},
    read::Want,
};
use smrt_core::{DataFile, Dataset, SensorId};
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

/// Rows that are given at once.
const ROWS: usize = 4_096;
/// Batches that a thread may be ahead.
const AHEAD: usize = 16;
/// Rows below which a second thread is not worth starting.
const MANY: u64 = 500_000;

/// What is asked of measurements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Of the sensors from the first to the last of these, both included, or of all.
    pub sensors: Option<(SensorId, SensorId)>,
    /// From this instant on, UTC epoch microseconds.
    pub from: Option<i64>,
    /// Before this one.
    pub to: Option<i64>,
}

impl Query {
    /// All of one sensor.
    pub fn of(sensor: SensorId) -> Self {
        Self { sensors: Some((sensor, sensor)), ..Self::default() }
    }

    pub(crate) fn want(&self) -> Want {
        let series = self.sensors.map(|(first, last)| (first.to_string(), last.to_string()));
        Want { series, from: self.from, to: self.to }
    }

    fn is_of_one(&self) -> bool {
        self.sensors.is_some_and(|(first, last)| first == last)
    }
}

/// What a question took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanStats {
    /// Files that were opened.
    pub files: u64,
    /// Bytes that were read of them.
    pub bytes_read: u64,
    /// Rows that were given.
    pub rows: u64,
}

/// What takes the rows; it may say that it has enough.
pub type Sink<'a> = dyn FnMut(&[Measured]) -> ControlFlow<()> + 'a;

/// What was once said of a sensor and an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// What, and where.
    pub row: Measured,
    /// Id of the source file of the value that came next; `None` for the one that holds, and for those that compaction
    /// has not seen yet.
    pub superseded_by: Option<i64>,
}

pub(crate) fn scan(
    home: &Home,
    files: &[DataFile],
    query: &Query,
    sink: &mut Sink<'_>,
) -> Result<ScanStats, LakeError> {
    let want = query.want();
    let mut days: BTreeMap<i32, Vec<&DataFile>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.dataset == Dataset::Measurements && want.may_be_in(file)) {
        days.entry(file.day).or_default().push(file);
    }
    let days: Vec<Vec<&DataFile>> = days.into_values().collect();
    let mut stats = ScanStats { files: days.iter().map(|files| files.len() as u64).sum(), ..ScanStats::default() };
    let mut counting = |rows: &[Measured]| {
        stats.rows += rows.len() as u64;
        sink(rows)
    };
    let rows: u64 = days.iter().flatten().map(|file| file.rows).sum();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(days.len());
    stats.bytes_read = if threads < 2 || rows < MANY || query.is_of_one() {
        one_by_one(home, &days, &want, &mut counting)?
    } else {
        together(home, &days, &want, threads, &mut counting)?
    };
    Ok(stats)
}

fn one_by_one(home: &Home, days: &[Vec<&DataFile>], want: &Want, sink: &mut Sink<'_>) -> Result<u64, LakeError> {
    let mut read = 0;
    for files in days {
        let (bytes, flow) = day(home, files, want, sink)?;
        read += bytes;
        if flow.is_break() {
            break;
        }
    }
    Ok(read)
}

/// The latest rows of one day.
fn day(
    home: &Home,
    files: &[&DataFile],
    want: &Want,
    sink: &mut Sink<'_>,
) -> Result<(u64, ControlFlow<()>), LakeError> {
    let mut latest = Latest::new();
    let mut rows = Vec::with_capacity(ROWS);
    let mut flow = ControlFlow::Continue(());
    let read = merge(home, files, want, &mut |row: &Measured| {
        if let Some(row) = latest.next(row, |_, _| Ok(()))? {
            rows.push(row);
            if rows.len() == ROWS {
                flow = sink(&rows);
                rows.clear();
            }
        }
        Ok(flow)
    })?;
    if flow.is_continue() {
        rows.extend(latest.end());
        if !rows.is_empty() {
            flow = sink(&rows);
        }
    }
    Ok((read, flow))
}

type Part = Result<Vec<Measured>, LakeError>;

/// Days by several threads, each ahead of the sink by a little; the order stays.
fn together(
    home: &Home,
    days: &[Vec<&DataFile>],
    want: &Want,
    threads: usize,
    sink: &mut Sink<'_>,
) -> Result<u64, LakeError> {
    thread::scope(|scope| {
        let mut workers = Vec::with_capacity(threads);
        let mut receivers: Vec<Receiver<Part>> = Vec::with_capacity(threads);
        for first in 0..threads {
            let (sender, receiver) = sync_channel::<Part>(AHEAD);
            receivers.push(receiver);
            let mine = days.iter().skip(first).step_by(threads);
            workers.push(scope.spawn(move || send_days(home, mine, want, &sender)));
        }
        let outcome = receive(days.len(), &receivers, sink);
        // Whoever still sends learns that nobody listens.
        drop(receivers);
        let read = workers.into_iter().map(|worker| worker.join().unwrap_or(0)).sum();
        outcome.map(|()| read)
    })
}

/// Sends the rows of some days; an empty part ends a day. Says how many bytes were read.
fn send_days<'a>(
    home: &Home,
    days: impl Iterator<Item = &'a Vec<&'a DataFile>>,
    want: &Want,
    sender: &SyncSender<Part>,
) -> u64 {
    let mut read = 0;
    for files in days {
        let send = |part: Part| match sender.send(part) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        let outcome = day(home, files, want, &mut |rows| send(Ok(rows.to_vec())));
        let (bytes, part) = match outcome {
            Ok((bytes, _)) => (bytes, Ok(Vec::new())),
            Err(error) => (0, Err(error)),
        };
        read += bytes;
        if send(part).is_break() {
            break;
        }
    }
    read
}

fn receive(days: usize, receivers: &[Receiver<Part>], sink: &mut Sink<'_>) -> Result<(), LakeError> {
    for receiver in (0..days).map(|day| &receivers[day % receivers.len()]) {
        loop {
            let part = receiver.recv().unwrap_or_else(|_| {
                Err(LakeError::Input { expected: "all threads to end", found: "one that ended early".to_owned() })
            })?;
            if part.is_empty() {
                break;
            }
            if sink(&part).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The latest readings of meters, day by day, without those that were withdrawn.
pub(crate) fn readings(home: &Home, files: &[DataFile], sink: &mut dyn FnMut(&Metered)) -> Result<(), LakeError> {
    let mut days: BTreeMap<i32, Vec<&DataFile>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.dataset == Dataset::Readings) {
        days.entry(file.day).or_default().push(file);
    }
    let mut give = |row: Metered| {
        if &*row.quality != WITHDRAWN {
            sink(&row);
        }
    };
    for files in days.values() {
        let mut latest = Latest::new();
        merge(home, files, &Want::default(), &mut |row: &Metered| {
            latest.next(row, |_, _| Ok(()))?.into_iter().for_each(&mut give);
            Ok(ControlFlow::Continue(()))
        })?;
        latest.end().into_iter().for_each(&mut give);
    }
    Ok(())
}

/// Everything that was said of a sensor, in the order of time, file and line.
pub(crate) fn history(home: &Home, files: &[DataFile], query: &Query) -> Result<(Vec<Said>, ScanStats), LakeError> {
    let want = query.want();
    let of = |dataset| -> Vec<&DataFile> {
        files.iter().filter(|file: &&DataFile| file.dataset == dataset && want.may_be_in(file)).collect()
    };
    let (current, superseded) = (of(Dataset::Measurements), of(Dataset::Superseded));
    let mut said = Vec::new();
    let mut read = merge(home, &current, &want, &mut |&row: &Measured| {
        said.push(Said { row, superseded_by: None });
        Ok(ControlFlow::Continue(()))
    })?;
    read += merge(home, &superseded, &want, &mut |row: &Replaced| {
        said.push(Said { row: row.was, superseded_by: Some(row.by) });
        Ok(ControlFlow::Continue(()))
    })?;
    said.sort_by_key(|said| (said.row.sensor, said.row.at, said.row.file, said.row.line));
    let files = (current.len() + superseded.len()) as u64;
    Ok((said.clone(), ScanStats { files, bytes_read: read, rows: said.len() as u64 }))
}
