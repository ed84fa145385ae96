//! Rows that gather until they are worth data files.
//!
//! Files come one after the other and each may be taken back until it is finished; those of many are written together.

use crate::IngestError;
use smrt_core::DataFile;

/// Rows of one table, first those of finished files, then those of the file in hand; and what became of more.
#[derive(Debug)]
pub(super) struct Gathered<R> {
    rows: Vec<R>,
    /// Of the rows, those of finished files.
    finished: usize,
    written: Vec<DataFile>,
    /// Of the written data files, how many hold rows of finished files alone.
    kept: usize,
}

impl<R> Default for Gathered<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), finished: 0, written: Vec::new(), kept: 0 }
    }
}

impl<R> Gathered<R> {
    /// All rows in memory.
    pub(super) fn rows(&self) -> &[R] {
        &self.rows
    }

    /// Appends a row of the file in hand.
    pub(super) fn push(&mut self, row: R) {
        self.rows.push(row);
    }

    /// Leaves out rows of the file in hand by their places, which rise.
    pub(super) fn leave_out(&mut self, places: impl Iterator<Item = usize>) {
        let (mut place, mut gone) = (0, places.peekable());
        self.rows.retain(|_| {
            place += 1;
            gone.next_if_eq(&(place - 1)).is_none()
        });
    }

    /// The data files written so far.
    pub(super) fn written(&self) -> &[DataFile] {
        &self.written
    }

    /// Whether anything waits for the end of the transaction.
    pub(super) fn waits(&self) -> bool {
        !self.rows.is_empty() || !self.written.is_empty()
    }

    /// The file in hand is finished.
    pub(super) fn keep(&mut self) {
        self.finished = self.rows.len();
        self.kept = self.written.len();
    }

    /// Takes the file in hand back; gives the data files that are nobody's now.
    pub(super) fn abandon(&mut self) -> Vec<DataFile> {
        self.rows.truncate(self.finished);
        self.written.split_off(self.kept)
    }

    /// Takes everything back.
    pub(super) fn abandon_all(&mut self) -> Vec<DataFile> {
        self.finished = 0;
        self.kept = 0;
        self.abandon()
    }

    /// Writes all rows into data files, those of the file in hand apart from the others.
    pub(super) fn write(
        &mut self,
        write: &mut dyn FnMut(Vec<R>) -> Result<Vec<DataFile>, IngestError>,
    ) -> Result<(), IngestError> {
        let of_file = self.rows.split_off(self.finished);
        let own = self.written.split_off(self.kept);
        self.finished = 0;
        self.written.extend(write(std::mem::take(&mut self.rows))?);
        self.kept = self.written.len();
        self.written.extend(own);
        self.written.extend(write(of_file)?);
        Ok(())
    }

    /// Writes what is left at the end of a transaction, and gives all its data files.
    pub(super) fn settle(
        &mut self,
        write: &mut dyn FnMut(Vec<R>) -> Result<Vec<DataFile>, IngestError>,
    ) -> Result<Vec<DataFile>, IngestError> {
        self.keep();
        self.write(write)?;
        self.kept = 0;
        Ok(std::mem::take(&mut self.written))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::Dataset;

    fn file(rows: &[u8]) -> DataFile {
        let path = rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
        let (dataset, text, n) = (Dataset::Measurements, String::new, rows.len() as u64);
        DataFile {
            dataset,
            path,
            day: 0,
            size: 1,
            rows: n,
            first_series: text(),
            last_series: text(),
            first_at: 0,
            last_at: 0,
            first_file: 0,
            last_file: 0,
            sha256: text(),
        }
    }

    fn write(rows: Vec<u8>) -> Result<Vec<DataFile>, IngestError> {
        Ok(if rows.is_empty() { vec![] } else { vec![file(&rows)] })
    }

    fn paths(files: &[DataFile]) -> Vec<&str> {
        files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn a_file_that_is_taken_back_leaves_what_finished_files_brought() {
        let mut gathered = Gathered::default();
        gathered.push(1);
        gathered.keep();
        gathered.push(2);
        gathered.write(&mut write).unwrap();
        gathered.push(3);
        gathered.write(&mut write).unwrap();
        assert_eq!(paths(gathered.written()), ["1", "2", "3"]);
        assert_eq!(paths(&gathered.abandon()), ["2", "3"]);
        gathered.push(4);
        gathered.push(5);
        gathered.leave_out([0].into_iter());
        gathered.keep();
        assert_eq!(paths(&gathered.settle(&mut write).unwrap()), ["1", "5"]);
        assert!(!gathered.waits());
    }
}
