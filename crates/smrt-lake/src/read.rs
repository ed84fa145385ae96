//! Reading one data file: what a question can leave out is not read, what is read is checked against what the
//! database knows of the file.

use crate::{
    Home, LakeError,
    blob::Blob,
    file::place,
    row::{self, Row},
};
use arrow_array::RecordBatch;
use parquet::{
    arrow::arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    },
    errors::ParquetError,
    file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader},
};
use smrt_core::DataFile;
use std::{
    cmp::Ordering,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

mod prune;

/// Rows that are decoded at once.
const ROWS: usize = 4_096;

/// What is wanted of the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Want {
    /// Of the series from the first to the last of these alone, both included.
    pub(crate) series: Option<(String, String)>,
    /// From this instant on.
    pub(crate) from: Option<i64>,
    /// Before this one.
    pub(crate) to: Option<i64>,
}

impl Want {
    /// Whether a file may hold some of it.
    pub(crate) fn may_be_in(&self, file: &DataFile) -> bool {
        self.overlaps(file.first_at, file.last_at)
            && self.series_overlap(Some(file.first_series.as_bytes()), Some(file.last_series.as_bytes()))
    }

    /// Whether some of the series between two may be wanted; a bound that is not known is far away.
    fn series_overlap(&self, least: Option<&[u8]>, greatest: Option<&[u8]>) -> bool {
        self.series.as_ref().is_none_or(|(first, last)| {
            least.is_none_or(|least| least <= last.as_bytes())
                && greatest.is_none_or(|greatest| first.as_bytes() <= greatest)
        })
    }

    fn overlaps(&self, first: i64, last: i64) -> bool {
        self.from.is_none_or(|from| last >= from) && self.to.is_none_or(|to| first < to)
    }

    fn everything(&self) -> bool {
        *self == Self::default()
    }
}

/// The wanted rows of one file in their order.
pub(crate) struct Cursor<R> {
    path: String,
    blob: Blob,
    reader: Option<ParquetRecordBatchReader>,
    rows: Vec<R>,
    next: usize,
    want: Want,
    /// What the list says of the file, and how many rows came of it.
    expected: u64,
    seen: u64,
}

impl<R: Row> Cursor<R> {
    /// Opens a file that is read together with others.
    pub(crate) fn open(home: &Home, file: &DataFile, want: &Want, others: usize) -> Result<Self, LakeError> {
        let path = home.display(&place(file));
        let (blob, metadata) = footer(home, file)?;
        let options = ArrowReaderOptions::new().with_schema(row::schema::<R>()).with_skip_arrow_metadata(true);
        let described = guarded(&path, || ArrowReaderMetadata::try_new(metadata.into(), options))?;
        let picked = guarded(&path, || Ok(prune::pick::<R>(described.metadata(), blob.size(), want)))?;
        let picked = picked.ok_or_else(|| LakeError::damaged(&path, "an index of its pages", "none that fits"))?;
        let mut cursor = Self {
            path,
            blob,
            reader: None,
            rows: Vec::new(),
            next: 0,
            want: want.clone(),
            expected: file.rows,
            seen: 0,
        };
        if !picked.groups.is_empty() {
            cursor.blob.expect(picked.ranges, others);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(cursor.blob.clone(), described)
                .with_row_groups(picked.groups)
                .with_row_selection(picked.rows)
                .with_batch_size(ROWS);
            cursor.reader = Some(guarded(&cursor.path, || builder.build())?);
        }
        cursor.fill()?;
        Ok(cursor)
    }

    /// The row it stands at; `None` at the end.
    pub(crate) fn row(&self) -> Option<&R> {
        self.rows.get(self.next)
    }

    /// Goes to the next row.
    pub(crate) fn advance(&mut self) -> Result<(), LakeError> {
        self.next += 1;
        if self.next < self.rows.len() { Ok(()) } else { self.fill() }
    }

    /// Bytes read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.blob.bytes_read()
    }

    /// Decodes on until there is a row that is wanted.
    fn fill(&mut self) -> Result<(), LakeError> {
        let last = self.rows.pop();
        self.rows.clear();
        self.next = 0;
        while self.rows.is_empty() {
            let Some(reader) = &mut self.reader else { return Ok(()) };
            match guarded(&self.path, || reader.next().transpose().map_err(ParquetError::from))? {
                Some(batch) => self.take(&batch, last.as_ref())?,
                None => {
                    self.reader = None;
                    if self.want.everything() && self.seen != self.expected {
                        return Err(self.damaged(format!("{} rows", self.expected), format!("{}", self.seen)));
                    }
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, batch: &RecordBatch, last: Option<&R>) -> Result<(), LakeError> {
        self.seen += batch.num_rows() as u64;
        if let Err(found) = R::decode(batch, &mut self.rows) {
            return Err(self.damaged("rows of its table".to_owned(), found));
        }
        let ordered = self.rows.is_sorted_by(|a, b| a.order(b) != Ordering::Greater);
        let goes_on = last.zip(self.rows.first()).is_none_or(|(a, b)| a.order(b) != Ordering::Greater);
        if !(ordered && goes_on) {
            return Err(self.damaged("rows in the order of series and time".to_owned(), "others between".to_owned()));
        }
        let want = &self.want;
        if !want.everything() {
            let mut series: Option<(R, bool)> = None;
            self.rows.retain(|row| {
                let of_series = match (&want.series, &series) {
                    (None, _) => true,
                    (Some(_), Some((before, is))) if before.same_series(row) => *is,
                    (Some((first, last)), _) => {
                        let is = (first..=last).contains(&&row.series());
                        series = Some((row.clone(), is));
                        is
                    }
                };
                of_series && want.overlaps(row.at(), row.at())
            });
        }
        Ok(())
    }

    fn damaged(&self, expected: String, found: String) -> LakeError {
        LakeError::damaged(&self.path, expected, found)
    }
}

/// Opens a file and reads what its end says of it; it has the size and rows that the list says.
pub(crate) fn footer(home: &Home, file: &DataFile) -> Result<(Blob, ParquetMetaData), LakeError> {
    let path = home.display(&place(file));
    let blob = home.open(&place(file), Some(file.size))?;
    if blob.size() != file.size {
        let found = format!("{}", blob.size());
        return Err(LakeError::damaged(&path, format!("{} bytes", file.size), found));
    }
    let metadata = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    let metadata = guarded(&path, || metadata.parse_and_finish(&blob))?;
    let rows = metadata.file_metadata().num_rows();
    if u64::try_from(rows) != Ok(file.rows) {
        return Err(LakeError::damaged(&path, format!("{} rows", file.rows), rows.to_string()));
    }
    Ok((blob, metadata))
}

/// Runs what the library does with the bytes of a file. It checks most of them, and panics at some that are damaged.
fn guarded<T>(path: &str, work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, LakeError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => outcome.map_err(|error| unreadable(path, error)),
        Err(_) => Err(LakeError::damaged(path, "a whole Parquet file", "bytes that cannot be decoded")),
    }
}

/// A failure of the library: of what it reads from, or of what it read.
fn unreadable(path: &str, error: ParquetError) -> LakeError {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) if error.kind() == io::ErrorKind::NotFound => LakeError::Missing { path: path.to_owned() },
            Ok(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                LakeError::damaged(path, "a whole Parquet file", error.to_string())
            }
            Ok(source) => LakeError::File { path: path.to_owned(), source: *source },
            Err(error) => LakeError::damaged(path, "a whole Parquet file", error.to_string()),
        },
        error => LakeError::damaged(path, "a whole Parquet file", error.to_string()),
    }
}
