//! Many files of one day into few: the latest of each series and instant stays, what it took the place of goes to a
//! table of its own, and nothing is lost.
//!
//! What comes out is neither durable nor decided, like what a load writes. All files of a day are merged in one go, so
//! each replaced row names the very next value of its instant. Where just some are given, give them in a stretch of
//! source files without others between; then several passes come to the same as one.

use crate::{
    Home, LakeError, Measured, Metered, Replaced, WITHDRAWN,
    file::{FileWriter, place},
    merge::{Latest, merge},
    read::Want,
    row::Row,
};
use smrt_core::{DataFile, Dataset};
use std::ops::ControlFlow;

/// About the bytes of a file that compaction makes.
const TARGET: usize = 128 * 1024 * 1024;

/// What comes out of compaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files that take the place of those that went in.
    pub current: Vec<DataFile>,
    /// Files of what was replaced; of measurements alone.
    pub superseded: Vec<DataFile>,
    /// Rows that went in.
    pub rows: u64,
    /// Rows that are in no file any more: readings that were replaced or withdrawn, whose history the database keeps.
    pub dropped: u64,
}

impl Compacted {
    /// Every row that went in must be somewhere.
    fn accounted(self, table: &str) -> Result<Self, LakeError> {
        let written: u64 = self.current.iter().chain(&self.superseded).map(|file| file.rows).sum();
        let found = written + self.dropped;
        let table = table.to_owned();
        if found == self.rows { Ok(self) } else { Err(LakeError::Unaccounted { table, expected: self.rows, found }) }
    }
}

/// Files of one day and table into few. `whole` says that these are all files of the day: then a reading that was
/// withdrawn goes for good, as there is nothing left that it hides.
pub(crate) fn compact(home: &Home, files: &[DataFile], whole: bool) -> Result<Compacted, LakeError> {
    sized(home, files, whole, TARGET)
}

fn sized(home: &Home, files: &[DataFile], whole: bool, target: usize) -> Result<Compacted, LakeError> {
    let Some(first) = files.first() else { return Ok(Compacted::default()) };
    if let Some(other) = files.iter().find(|file| (file.dataset, file.day) != (first.dataset, first.day)) {
        let found = format!("{} and {}", place(first), place(other));
        return Err(LakeError::Input { expected: "files of one table and day", found });
    }
    let mut made = Vec::new();
    let compacted = match first.dataset {
        Dataset::Measurements => measurements(home, files, target, &mut made),
        Dataset::Superseded => superseded(home, files, target, &mut made),
        Dataset::Readings => readings(home, files, whole, target, &mut made),
    };
    let expected: u64 = files.iter().map(|file| file.rows).sum();
    let compacted = compacted.and_then(|compacted| {
        let compacted = compacted.accounted(first.dataset.as_str())?;
        let (table, found) = (first.dataset.as_str().to_owned(), compacted.rows);
        if found == expected { Ok(compacted) } else { Err(LakeError::Unaccounted { table, expected, found }) }
    });
    compacted.inspect_err(|_| {
        // Of no use to anybody; what cannot be taken away is listed as nobody's.
        let _ = home.delete(&made);
    })
}

fn measurements(
    home: &Home,
    files: &[DataFile],
    target: usize,
    made: &mut Vec<String>,
) -> Result<Compacted, LakeError> {
    let mut current = Cut::<Measured>::new(home, files, target);
    let mut lost = Cut::<Replaced>::new(home, files, target);
    let mut rows = 0;
    let mut latest = Latest::new();
    let outcome = each(home, files, |row: &Measured| {
        rows += 1;
        let before = latest.next(row, |was, next| lost.push(Replaced { was, by: next.file }))?;
        before.map_or(Ok(()), |row| current.push(row))
    });
    let outcome = outcome.and_then(|()| latest.end().map_or(Ok(()), |row| current.push(row)));
    let (current, superseded) = (current.end(made), lost.end(made));
    outcome?;
    Ok(Compacted { current: current?, superseded: superseded?, rows, dropped: 0 })
}

fn superseded(home: &Home, files: &[DataFile], target: usize, made: &mut Vec<String>) -> Result<Compacted, LakeError> {
    let mut current = Cut::<Replaced>::new(home, files, target);
    let mut rows = 0;
    let outcome = each(home, files, |row: &Replaced| {
        rows += 1;
        current.push(*row)
    });
    let current = current.end(made);
    outcome?;
    Ok(Compacted { current: current?, superseded: Vec::new(), rows, dropped: 0 })
}

fn readings(
    home: &Home,
    files: &[DataFile],
    whole: bool,
    target: usize,
    made: &mut Vec<String>,
) -> Result<Compacted, LakeError> {
    let mut current = Cut::<Metered>::new(home, files, target);
    let (mut rows, mut replaced, mut withdrawn) = (0, 0, 0);
    let mut latest = Latest::new();
    let mut keep = |row: Metered| {
        if whole && row.quality.as_ref() == WITHDRAWN {
            withdrawn += 1;
            Ok(())
        } else {
            current.push(row)
        }
    };
    let outcome = each(home, files, |row: &Metered| {
        rows += 1;
        let before = latest.next(row, |_, _| {
            replaced += 1;
            Ok(())
        })?;
        before.map_or(Ok(()), &mut keep)
    });
    let outcome = outcome.and_then(|()| latest.end().map_or(Ok(()), &mut keep));
    let current = current.end(made);
    outcome?;
    Ok(Compacted { current: current?, superseded: Vec::new(), rows, dropped: replaced + withdrawn })
}

fn each<R: Row>(
    home: &Home,
    files: &[DataFile],
    mut work: impl FnMut(&R) -> Result<(), LakeError>,
) -> Result<(), LakeError> {
    let files: Vec<&DataFile> = files.iter().collect();
    let mut sink = |row: &R| work(row).map(ControlFlow::Continue);
    merge(home, &files, &Want::default(), &mut sink).map(|_| ())
}

/// Rows into files of about a size, cut between series.
struct Cut<'a, R: Row> {
    home: &'a Home,
    day: i32,
    target: usize,
    writer: Option<FileWriter<'a, R>>,
    done: Vec<DataFile>,
    begun: Vec<String>,
}

impl<'a, R: Row> Cut<'a, R> {
    fn new(home: &'a Home, files: &[DataFile], target: usize) -> Self {
        let day = files.first().map_or(0, |file| file.day);
        Self { home, day, target, writer: None, done: Vec::new(), begun: Vec::new() }
    }

    fn push(&mut self, row: R) -> Result<(), LakeError> {
        let full = |writer: &FileWriter<'_, R>| writer.bytes() >= self.target && !writer.goes_on_with(&row);
        if self.writer.as_ref().is_some_and(full)
            && let Some(writer) = self.writer.take()
        {
            self.done.extend(writer.finish()?);
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => {
                let writer = FileWriter::new(self.home, self.day);
                self.begun.push(writer.place());
                empty.insert(writer)
            }
        };
        writer.push(row)
    }

    /// Ends the last file; adds the places of all to what has to be taken away if something fails.
    fn end(mut self, made: &mut Vec<String>) -> Result<Vec<DataFile>, LakeError> {
        made.append(&mut self.begun);
        if let Some(writer) = self.writer.take() {
            self.done.extend(writer.finish()?);
        }
        Ok(self.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lake, MeasuredRows};
    use smrt_core::{SensorId, Signal};

    #[test]
    fn files_are_cut_between_series() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(Home::folder(folder.path()), "db").unwrap();
        let count = 150_000_u32;
        let rows = MeasuredRows {
            sensors: (0..3).map(SensorId).collect(),
            sensor: (0..count).map(|index| index % 3).collect(),
            at: (0..i64::from(count)).map(|index| index * 1_000).collect(),
            value: vec![Signal::default(); count as usize],
            file: vec![1; count as usize],
            line: (1..=count).collect(),
        };
        let files = lake.write(&rows).unwrap();
        let compacted = sized(lake.home(), &files, true, 1).unwrap();
        // Rows are packed 65,536 at a time, so the first cut is behind the second sensor.
        let ranges: Vec<_> = compacted.current.iter().map(|file| (file.rows, &file.first_series[35..])).collect();
        assert_eq!(ranges, [(100_000, "0"), (50_000, "2")]);
    }
}
