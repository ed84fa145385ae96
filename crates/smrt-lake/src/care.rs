//! Whether a data file is there and is what was written.

use crate::{
    Home, LakeError,
    encode::key_columns,
    file::place,
    output::hex,
    read::footer,
    row::{Column, Measured, Metered, Replaced, Row},
};
use parquet::file::{metadata::ParquetMetaData, statistics::Statistics};
use sha2::{Digest, Sha256};
use smrt_core::{DataFile, Dataset};
use std::io;

/// Bytes that are read at once.
const BLOCK: u64 = 4 * 1024 * 1024;

/// Checks size, rows and ranges by the end of a file; and, if `deep`, all its bytes by their hash.
pub(crate) fn check(home: &Home, file: &DataFile, deep: bool) -> Result<(), LakeError> {
    let path = home.display(&place(file));
    let (blob, metadata) = footer(home, file)?;
    let found = match file.dataset {
        Dataset::Measurements => Ranges::of::<Measured>(&metadata),
        Dataset::Superseded => Ranges::of::<Replaced>(&metadata),
        Dataset::Readings => Ranges::of::<Metered>(&metadata),
    };
    let expected = Ranges {
        series: Some((file.first_series.clone().into_bytes(), file.last_series.clone().into_bytes())),
        at: Some((file.first_at, file.last_at)),
        file: Some((file.first_file, file.last_file)),
    };
    if !found.agrees(&expected) {
        return Err(LakeError::damaged(&path, expected.to_string(), found.to_string()));
    }
    if deep {
        let mut hash = Sha256::new();
        for start in (0..blob.size()).step_by(usize::try_from(BLOCK).unwrap_or(usize::MAX)) {
            let part = blob.part(start..blob.size().min(start + BLOCK));
            hash.update(part.map_err(|source| gone_or(&path, source))?);
        }
        let found = hex(&hash.finalize());
        if found != file.sha256 {
            return Err(LakeError::damaged(&path, format!("SHA-256 {}", file.sha256), found));
        }
    }
    Ok(())
}

fn gone_or(path: &str, source: io::Error) -> LakeError {
    match source.kind() {
        io::ErrorKind::NotFound => LakeError::Missing { path: path.to_owned() },
        _ => LakeError::File { path: path.to_owned(), source },
    }
}

/// Least and greatest values of a file, as far as its statistics say them exactly.
#[derive(Debug, Default)]
struct Ranges {
    series: Option<(Vec<u8>, Vec<u8>)>,
    at: Option<(i64, i64)>,
    file: Option<(i64, i64)>,
}

impl Ranges {
    fn of<R: Row>(metadata: &ParquetMetaData) -> Self {
        let time = key_columns::<R>() - 1;
        let source = R::COLUMNS.iter().position(|&(name, column)| name == "file" && column == Column::Long);
        let mut found = Self::default();
        for (index, group) in metadata.row_groups().iter().enumerate() {
            let statistics = |column: usize| group.columns().get(column)?.statistics();
            let ranges = Self {
                series: statistics(0).and_then(text),
                at: statistics(time).and_then(number),
                file: source.and_then(statistics).and_then(number),
            };
            found = if index == 0 { ranges } else { found.joined(ranges) };
        }
        found
    }

    fn joined(self, other: Self) -> Self {
        fn join<T: Ord>(a: Option<(T, T)>, b: Option<(T, T)>) -> Option<(T, T)> {
            let ((first, last), (other_first, other_last)) = a.zip(b)?;
            Some((first.min(other_first), last.max(other_last)))
        }
        Self { series: join(self.series, other.series), at: join(self.at, other.at), file: join(self.file, other.file) }
    }

    fn agrees(&self, other: &Self) -> bool {
        self.series.as_ref().zip(other.series.as_ref()).is_none_or(|(a, b)| a == b)
            && self.at == other.at
            && self.file == other.file
    }
}

impl std::fmt::Display for Ranges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let series = self.series.as_ref().map(|(first, last)| (text(first), text(last)));
        write!(f, "series {series:?}, instants {:?}, source files {:?}", self.at, self.file)
    }
}

fn text(statistics: &Statistics) -> Option<(Vec<u8>, Vec<u8>)> {
    // Long names are cut short in statistics and then say nothing exactly.
    let exact = statistics.min_is_exact() && statistics.max_is_exact();
    let (min, max) = (statistics.min_bytes_opt()?, statistics.max_bytes_opt()?);
    exact.then(|| (min.to_vec(), max.to_vec()))
}

fn number(statistics: &Statistics) -> Option<(i64, i64)> {
    match statistics {
        Statistics::Int64(range) => range.min_opt().copied().zip(range.max_opt().copied()),
        _ => None,
    }
}
