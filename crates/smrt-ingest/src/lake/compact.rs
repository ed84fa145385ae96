//! Many small data files into few, beside those who read and write.
//!
//! The new files are written without any lock. Then, under the database's write lock, they take the place of the old ones
//! in the list, if these are all still there; if another has been at it meanwhile, the new ones are thrown away. The old
//! files stay where they are for those who read by an older list; [`super::gc()`] takes them away later.

use super::Attached;
use crate::{IngestError, Observer, Stop, load::now};
use smrt_core::{DataFile, Dataset};
use smrt_storage::{DataFileFilter, Operation, Publication, StoreError, Writer};
use std::time::Duration;

/// Bytes from which on a data file is large enough.
const LARGE: u64 = 64 << 20;
/// Most files that are merged at once.
const MOST_FILES: usize = 256;
/// How many data files change with one publication, before it is made.
const GROUP: usize = 256;

/// What a compaction has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compaction {
    /// Days whose files were merged.
    pub days: u64,
    /// Files that were merged.
    pub before: u64,
    /// Files that took their place.
    pub after: u64,
    /// Bytes before.
    pub bytes_before: u64,
    /// Bytes after.
    pub bytes_after: u64,
    /// Rows that were moved out of the way because others took their place.
    pub superseded: u64,
    /// Days that were left as they are because another was at them.
    pub skipped: u64,
}

/// The merged files of some days that wait for their publication.
#[derive(Debug, Default)]
struct Merged {
    removes: Vec<DataFile>,
    adds: Vec<DataFile>,
    superseded: Vec<DataFile>,
    days: u64,
}

/// Merges the data files of each day that has several small ones, or some that overlap.
///
/// # Errors
/// When the lake or the database cannot be read or written, or the end is asked for; what was done before stays done.
pub fn compact(
    writer: &mut Writer,
    lake: &Attached,
    patience: Duration,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Compaction, IngestError> {
    // What waits for the log is shown first, whatever there is to merge.
    lake.publish(writer)?;
    let mut done = Compaction::default();
    for dataset in Dataset::ALL {
        let mut run = Run { writer: &mut *writer, lake, dataset, patience, stop, observer, done: &mut done };
        run.table()?;
    }
    Ok(done)
}

/// The compaction of one table.
struct Run<'a> {
    writer: &'a mut Writer,
    lake: &'a Attached,
    dataset: Dataset,
    patience: Duration,
    stop: &'a Stop,
    observer: &'a dyn Observer,
    done: &'a mut Compaction,
}

impl Run<'_> {
    fn table(&mut self) -> Result<(), IngestError> {
        let files = self.writer.data_files(self.dataset, &DataFileFilter::default())?;
        let days: Vec<&[DataFile]> = files.chunk_by(|a, b| a.day == b.day).filter(|day| is_worth_it(day)).collect();
        let bytes = days.iter().flat_map(|day| day.iter()).map(|file| file.size).sum();
        self.observer.planned(days.len() as u64, bytes);
        let mut merged = Merged::default();
        for day in days {
            match self.day(day.to_vec(), &mut merged) {
                Ok(()) => {}
                Err(IngestError::Interrupted) => {
                    // What is merged already is not thrown away.
                    self.publish(merged)?;
                    return Err(IngestError::Interrupted);
                }
                Err(error) => {
                    self.lake.discard(&merged.adds);
                    self.lake.discard(&merged.superseded);
                    return Err(error);
                }
            }
            if merged.removes.len() >= GROUP {
                self.publish(std::mem::take(&mut merged))?;
            }
        }
        self.publish(merged)
    }

    /// Merges the files of a day, which come in the order of their source files.
    fn day(&mut self, mut files: Vec<DataFile>, merged: &mut Merged) -> Result<(), IngestError> {
        let removes = files.clone();
        let mut made = Vec::new();
        let mut superseded = Vec::new();
        loop {
            if self.stop.is_requested() {
                self.lake.discard(&made);
                self.lake.discard(&superseded);
                return Err(IngestError::Interrupted);
            }
            let whole = files.len() <= MOST_FILES;
            let later = files.split_off(files.len().min(MOST_FILES));
            let out = self.lake.making()?.compact(&files, whole)?;
            self.observer.read(files.iter().map(|file| file.size).sum());
            // What an earlier pass has made is nobody's once it is merged again.
            let passing: Vec<DataFile> = made.iter().filter(|file| files.contains(file)).cloned().collect();
            self.lake.discard(&passing);
            made = out.current;
            superseded.extend(out.superseded);
            if later.is_empty() {
                break;
            }
            files = made.iter().cloned().chain(later).collect();
        }
        merged.days += 1;
        merged.removes.extend(removes);
        merged.adds.extend(made);
        merged.superseded.extend(superseded);
        Ok(())
    }

    /// Lets merged files take the place of those they were made of.
    fn publish(&mut self, merged: Merged) -> Result<(), IngestError> {
        if merged.removes.is_empty() {
            return Ok(());
        }
        let new: Vec<DataFile> = merged.adds.iter().chain(&merged.superseded).cloned().collect();
        // Whoever cleared up before these files are listed may have taken them for leftovers.
        if is_gone(self.lake.sync(&new))? {
            return self.skip(&merged, &new);
        }
        self.writer.begin(self.patience, &mut |_| !self.stop.is_requested()).map_err(|error| match error {
            StoreError::Busy { .. } if self.stop.is_requested() => IngestError::Interrupted,
            error => error.into(),
        })?;
        // The same once more, now that the lock keeps everybody else from clearing up.
        match self.are_there(&new).and_then(|there| Ok(there && self.list(&merged)?)) {
            Ok(true) => self.writer.commit()?,
            Ok(false) => {
                self.writer.roll_back()?;
                return self.skip(&merged, &new);
            }
            Err(error) => {
                self.writer.roll_back()?;
                self.lake.discard(&new);
                return Err(error);
            }
        }
        self.count(&merged);
        self.lake.publish(self.writer)
    }

    /// Leaves days as they are because another was at them, or at their merged files.
    fn skip(&mut self, merged: &Merged, new: &[DataFile]) -> Result<(), IngestError> {
        self.lake.discard(new);
        self.done.skipped += merged.days;
        Ok(())
    }

    /// Whether files are still there, and whole as far as their ends tell.
    fn are_there(&self, files: &[DataFile]) -> Result<bool, IngestError> {
        for file in files {
            if is_gone(self.lake.making().and_then(|lake| Ok(lake.check(file, false)?)))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Changes the list; tells whether all old files were still in it.
    fn list(&mut self, merged: &Merged) -> Result<bool, IngestError> {
        let number = self.writer.last_publication(self.dataset)? + 1;
        let (operation, made_at) = (Operation::Compact, now());
        let publication = Publication { dataset: self.dataset, number, operation, made_at };
        if !self.writer.remove_data_files(&publication, &merged.removes)? {
            return Ok(false);
        }
        self.writer.add_data_files(&publication, &merged.adds)?;
        if !merged.superseded.is_empty() {
            let dataset = Dataset::Superseded;
            let number = self.writer.last_publication(dataset)? + 1;
            let publication = Publication { dataset, number, operation, made_at };
            self.writer.add_data_files(&publication, &merged.superseded)?;
        }
        Ok(true)
    }

    fn count(&mut self, merged: &Merged) {
        let bytes = |files: &[DataFile]| files.iter().map(|file| file.size).sum::<u64>();
        self.done.days += merged.days;
        self.done.before += merged.removes.len() as u64;
        self.done.after += merged.adds.len() as u64;
        self.done.bytes_before += bytes(&merged.removes);
        self.done.bytes_after += bytes(&merged.adds) + bytes(&merged.superseded);
        self.done.superseded += merged.superseded.iter().map(|file| file.rows).sum::<u64>();
    }
}

/// Whether it failed because a file was taken away; other failures stay failures.
fn is_gone(outcome: Result<(), IngestError>) -> Result<bool, IngestError> {
    match outcome {
        Ok(()) => Ok(false),
        Err(IngestError::Lake(error)) if error.is_missing() => Ok(true),
        Err(error) => Err(error),
    }
}

/// Whether the files of a day are better merged: several are small, or some hold the same series.
fn is_worth_it(day: &[DataFile]) -> bool {
    let small = day.iter().filter(|file| file.size < LARGE).count();
    let mut ranges: Vec<(&str, &str)> = day.iter().map(|file| (&*file.first_series, &*file.last_series)).collect();
    ranges.sort_unstable();
    small > 1 || ranges.windows(2).any(|pair| pair[1].0 <= pair[0].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: u64, first: &str, last: &str) -> DataFile {
        DataFile {
            dataset: Dataset::Measurements,
            path: String::new(),
            day: 0,
            size,
            rows: 1,
            first_series: first.into(),
            last_series: last.into(),
            first_at: 0,
            last_at: 0,
            first_file: 1,
            last_file: 1,
            sha256: String::new(),
        }
    }

    #[test]
    fn large_files_whose_series_do_not_mix_are_left_alone() {
        assert!(!is_worth_it(&[file(1, "a", "z")]));
        assert!(is_worth_it(&[file(1, "a", "b"), file(1, "c", "d")]), "both are small");
        assert!(!is_worth_it(&[file(LARGE, "a", "b"), file(LARGE, "c", "d"), file(1, "e", "f")]));
        assert!(is_worth_it(&[file(LARGE, "a", "c"), file(LARGE, "c", "d")]), "one series is in both");
    }
}
