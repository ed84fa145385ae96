//! Rows of several sorted files in one order, in memory that does not grow with the files.
//!
//! Files whose series do not mix are read one after the other, as one lane; so the parts of a large day cost one open
//! file. Where more lanes than [`LANES`] would be open, some are merged into temporary files first.

use crate::{
    Home, LakeError,
    file::FileWriter,
    read::{Cursor, Want},
    row::Row,
};
use smrt_core::DataFile;
use std::{
    cmp::Ordering,
    collections::{BinaryHeap, VecDeque, binary_heap::PeekMut},
    ops::ControlFlow,
};
use tempfile::TempDir;

/// Most files that are read at the same time.
const LANES: usize = 64;

/// A file and where it is.
#[derive(Clone, Copy)]
struct Source<'a> {
    home: &'a Home,
    file: &'a DataFile,
}

/// Files that are read one after the other.
struct Lane<'a, R> {
    left: VecDeque<Source<'a>>,
    cursor: Option<Cursor<R>>,
    want: &'a Want,
    lanes: usize,
    read: u64,
}

impl<R: Row> Lane<'_, R> {
    /// Opens what comes next until there is a row.
    fn open(&mut self) -> Result<(), LakeError> {
        while self.row().is_none() {
            self.read += self.cursor.take().map_or(0, |cursor| cursor.bytes_read());
            let Some(Source { home, file }) = self.left.pop_front() else { return Ok(()) };
            self.cursor = Some(Cursor::open(home, file, self.want, self.lanes)?);
        }
        Ok(())
    }

    fn row(&self) -> Option<&R> {
        self.cursor.as_ref()?.row()
    }

    fn advance(&mut self) -> Result<(), LakeError> {
        if let Some(cursor) = &mut self.cursor {
            cursor.advance()?;
        }
        if self.row().is_some() { Ok(()) } else { self.open() }
    }

    fn bytes_read(&self) -> u64 {
        self.read + self.cursor.as_ref().map_or(0, Cursor::bytes_read)
    }
}

/// A lane in the heap, the one with the earliest row on top.
struct Head<'a, R>(Lane<'a, R>);

impl<R: Row> Ord for Head<'_, R> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0.row(), other.0.row()) {
            (Some(mine), Some(others)) => others.order(mine),
            (mine, others) => mine.is_some().cmp(&others.is_some()),
        }
    }
}

impl<R: Row> PartialOrd for Head<'_, R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<R: Row> PartialEq for Head<'_, R> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<R: Row> Eq for Head<'_, R> {}

/// What a sink says after a row.
pub(crate) type Flow = Result<ControlFlow<()>, LakeError>;

/// Gives every wanted row of some files of one table, in the order of series, time, file and line. Says how many bytes
/// of them were read.
pub(crate) fn merge<R: Row>(
    home: &Home,
    files: &[&DataFile],
    want: &Want,
    sink: &mut dyn FnMut(&R) -> Flow,
) -> Result<u64, LakeError> {
    let sources = files.iter().map(|file| Source { home, file }).collect::<Vec<_>>();
    let lanes = into_lanes(sources);
    if lanes.len() <= LANES {
        return merge_lanes(lanes, want, sink);
    }
    // The temporary files of one round are what the next one reads.
    let folder = TempDir::new().map_err(|source| LakeError::file(&std::env::temp_dir(), source))?;
    let spilled = Home::folder(folder.path());
    let mut read = 0;
    let mut runs = Vec::new();
    for lanes in split(lanes) {
        read += spill::<R>(&spilled, lanes, want, &mut runs)?;
    }
    while runs.len() > LANES {
        let (first, rest) = runs.split_at(LANES);
        let mut round = Vec::new();
        let lanes = first.iter().map(|file| VecDeque::from([Source { home: &spilled, file }])).collect();
        spill::<R>(&spilled, lanes, &Want::default(), &mut round)?;
        let paths: Vec<String> = first.iter().map(crate::file::place).collect();
        spilled.delete(&paths)?;
        runs = rest.iter().cloned().chain(round).collect();
    }
    let lanes = runs.iter().map(|file| VecDeque::from([Source { home: &spilled, file }])).collect();
    merge_lanes(lanes, &Want::default(), sink)?;
    Ok(read)
}

fn split<T>(mut all: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    std::iter::from_fn(move || {
        let rest = all.split_off(all.len().min(LANES));
        let part = std::mem::replace(&mut all, rest);
        (!part.is_empty()).then_some(part)
    })
}

/// Merges some lanes into one temporary file.
fn spill<R: Row>(
    into: &Home,
    lanes: Vec<VecDeque<Source<'_>>>,
    want: &Want,
    runs: &mut Vec<DataFile>,
) -> Result<u64, LakeError> {
    let mut file = FileWriter::<R>::new(into, 0);
    let read = merge_lanes(lanes, want, &mut |row: &R| {
        file.push(row.clone())?;
        Ok(ControlFlow::Continue(()))
    })?;
    runs.extend(file.finish()?);
    Ok(read)
}

/// As few lanes as can be: each file goes behind one whose series end before its own begin.
fn into_lanes(mut sources: Vec<Source<'_>>) -> Vec<VecDeque<Source<'_>>> {
    sources.sort_by(|a, b| (&a.file.first_series, &a.file.path).cmp(&(&b.file.first_series, &b.file.path)));
    let mut lanes: Vec<VecDeque<Source<'_>>> = Vec::new();
    // The lane that ends first is the one to go behind, if any is.
    let mut ends: BinaryHeap<std::cmp::Reverse<(&str, usize)>> = BinaryHeap::new();
    for source in sources {
        let index = match ends.peek() {
            Some(std::cmp::Reverse((end, index))) if *end < source.file.first_series.as_str() => {
                let index = *index;
                ends.pop();
                index
            }
            _ => {
                lanes.push(VecDeque::new());
                lanes.len() - 1
            }
        };
        ends.push(std::cmp::Reverse((source.file.last_series.as_str(), index)));
        lanes[index].push_back(source);
    }
    lanes
}

fn merge_lanes<R: Row>(
    lanes: Vec<VecDeque<Source<'_>>>,
    want: &Want,
    sink: &mut dyn FnMut(&R) -> Flow,
) -> Result<u64, LakeError> {
    let count = lanes.len();
    let mut read = 0;
    let mut heap = BinaryHeap::with_capacity(count);
    for left in lanes {
        let mut lane = Lane { left, cursor: None, want, lanes: count, read: 0 };
        lane.open()?;
        match lane.row() {
            Some(_) => heap.push(Head(lane)),
            None => read += lane.bytes_read(),
        }
    }
    while let Some(mut top) = heap.peek_mut() {
        let flow = match top.0.row() {
            Some(row) => sink(row)?,
            None => ControlFlow::Continue(()),
        };
        top.0.advance()?;
        if top.0.row().is_none() {
            read += PeekMut::pop(top).0.bytes_read();
        }
        if flow.is_break() {
            break;
        }
    }
    Ok(read + heap.iter().map(|head| head.0.bytes_read()).sum::<u64>())
}

/// Of rows that come in order, the latest of each series and time; each earlier one goes to `lost` together with the
/// one that came next.
pub(crate) struct Latest<R> {
    held: Option<R>,
}

impl<R: Row> Latest<R> {
    pub(crate) fn new() -> Self {
        Self { held: None }
    }

    /// Takes the next row; gives the one before if it holds.
    pub(crate) fn next(
        &mut self,
        row: &R,
        lost: impl FnOnce(R, &R) -> Result<(), LakeError>,
    ) -> Result<Option<R>, LakeError> {
        match self.held.replace(row.clone()) {
            Some(before) if before.same(row) => lost(before, row).map(|()| None),
            before => Ok(before),
        }
    }

    /// The last row that holds.
    pub(crate) fn end(self) -> Option<R> {
        self.held
    }
}
