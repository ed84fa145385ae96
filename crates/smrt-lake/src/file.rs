//! Writing one data file: rows in order in, a [`DataFile`] out.

use crate::{
    Home, LakeError, encode,
    output::Output,
    row::{self, Row},
};
use arrow_schema::SchemaRef;
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    errors::ParquetError,
};
use smrt_core::{DataFile, civil_from_days};
use std::{io::Write, ops::RangeInclusive};

/// Rows that are turned into columns at once; the encoding of a file is chosen by its first ones.
const ROWS: usize = 64 * 1024;
/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// The days that four digits of a year can name, from the year 1 on.
const DAYS: RangeInclusive<i32> = -719_162..=2_932_896;

/// The UTC day of an instant; `None` if it cannot be named in a path.
pub(crate) fn day_of(at: i64) -> Option<i32> {
    i32::try_from(at.div_euclid(DAY)).ok().filter(|day| DAYS.contains(day))
}

/// The first instant of a UTC day.
pub(crate) fn start_of(day: i32) -> i64 {
    i64::from(day) * DAY
}

/// The name of a day in paths and in Delta, `2026-03-29`.
pub(crate) fn date(day: i32) -> String {
    let (year, month, day) = civil_from_days(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A data file on its way. What is dropped before its end leaves a file that belongs to no one.
pub(crate) struct FileWriter<'a, R: Row> {
    home: &'a Home,
    schema: SchemaRef,
    file: DataFile,
    rows: Vec<R>,
    last: Option<R>,
    writer: Option<ArrowWriter<Output>>,
}

impl<'a, R: Row> FileWriter<'a, R> {
    /// A new file of a day, under a name of its own.
    pub(crate) fn new(home: &'a Home, day: i32) -> Self {
        let path = format!("date={}/{}.parquet", date(day), uuid::Uuid::new_v4().simple());
        let file = DataFile {
            dataset: R::DATASET,
            path,
            day,
            size: 0,
            rows: 0,
            first_series: String::new(),
            last_series: String::new(),
            first_at: i64::MAX,
            last_at: i64::MIN,
            first_file: i64::MAX,
            last_file: i64::MIN,
            sha256: String::new(),
        };
        Self { home, schema: row::schema::<R>(), file, rows: Vec::new(), last: None, writer: None }
    }

    /// Where it is below the lake.
    pub(crate) fn place(&self) -> String {
        place(&self.file)
    }

    /// About the bytes it has by now.
    pub(crate) fn bytes(&self) -> usize {
        self.writer.as_ref().map_or(0, |writer| writer.bytes_written() + writer.in_progress_size())
    }

    /// Whether a row is of the series of the last one.
    pub(crate) fn goes_on_with(&self, row: &R) -> bool {
        self.last.as_ref().is_some_and(|last| last.same_series(row))
    }

    pub(crate) fn push(&mut self, row: R) -> Result<(), LakeError> {
        let file = &mut self.file;
        if !self.last.as_ref().is_some_and(|last| last.same_series(&row)) {
            file.last_series = row.series();
            if file.rows == 0 {
                file.first_series.clone_from(&file.last_series);
            }
            self.last = Some(row.clone());
        }
        file.rows += 1;
        file.first_at = file.first_at.min(row.at());
        file.last_at = file.last_at.max(row.at());
        file.first_file = file.first_file.min(row.file());
        file.last_file = file.last_file.max(row.file());
        self.rows.push(row);
        if self.rows.len() == ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        if self.writer.is_none() {
            let output = self.home.create(&self.place())?;
            let properties = encode::properties(&self.rows).map_err(|source| self.broken(source))?;
            // Without Arrow's own schema, which would make others see dictionaries instead of text.
            let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
            let writer = ArrowWriter::try_new_with_options(output, self.schema.clone(), options);
            self.writer = Some(writer.map_err(|source| self.broken(source))?);
        }
        let written = match &mut self.writer {
            Some(writer) => {
                row::batch(&self.schema, &self.rows).map_err(ParquetError::from).and_then(|batch| writer.write(&batch))
            }
            None => Ok(()),
        };
        self.rows.clear();
        written.map_err(|source| self.broken(source))
    }

    /// Ends the file; `None` if there was no row. It is not durable yet.
    pub(crate) fn finish(mut self) -> Result<Option<DataFile>, LakeError> {
        if !self.rows.is_empty() {
            self.flush()?;
        }
        let Some(writer) = self.writer.take() else { return Ok(None) };
        let mut output = writer.into_inner().map_err(|source| self.broken(source))?;
        output.flush().map_err(|source| self.broken(source.into()))?;
        self.file.size = output.size();
        self.file.sha256 = output.sha256();
        self.home.finish(&self.place(), output)?;
        Ok(Some(self.file))
    }

    fn broken(&self, source: ParquetError) -> LakeError {
        let path = self.home.display(&self.place());
        match source {
            ParquetError::External(error) => match error.downcast::<std::io::Error>() {
                Ok(source) => LakeError::File { path, source: *source },
                Err(error) => LakeError::Encode { path, source: ParquetError::External(error) },
            },
            source => LakeError::Encode { path, source },
        }
    }
}

/// Where a data file is below the lake.
pub(crate) fn place(file: &DataFile) -> String {
    format!("{}/{}", file.dataset.as_str(), file.path)
}
