//! How the rows of one part are written.
//!
//! A part stays open until the end of the export, so its rows are gathered as bytes that can be appended to its file bit
//! by bit. CSV is that already. Parquet is not: its rows wait in a file in a form of their own, and become Parquet one
//! part after the other when all are known, so that memory holds a row group of one of them.

use crate::{
    exit::CliError,
    render::{
        Cell, Column, Numbers,
        csv::CsvRows,
        parquet::{types, values},
    },
};
use sha2::{Digest, Sha256};
use smrt_lake::{RowValue, RowWriter};
use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Write},
    path::Path,
};

/// The form of all files, and their columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet {
    columns: &'static [Column],
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Csv { raw: bool },
    Parquet(Numbers),
}

impl Sheet {
    /// CSV.
    pub(super) const fn csv(columns: &'static [Column], raw: bool) -> Self {
        Self { columns, form: Form::Csv { raw } }
    }

    /// Parquet.
    pub(super) const fn parquet(columns: &'static [Column], numbers: Numbers) -> Self {
        Self { columns, form: Form::Parquet(numbers) }
    }

    /// The rows of a new part.
    pub(super) fn begin(&self) -> io::Result<PartRows> {
        Ok(match self.form {
            Form::Csv { raw } => PartRows::Csv(Box::new(CsvRows::new(Vec::new(), self.columns, raw)?)),
            Form::Parquet(_) => PartRows::Packed(self.columns, Vec::new()),
        })
    }

    /// Makes of the bytes that were gathered at `path` what the file is to be, durable, and tells its SHA-256.
    pub(super) fn complete(&self, path: &Path, gathered: Sha256) -> Result<String, CliError> {
        let failed = |error| CliError::File(path.to_owned(), error);
        let Form::Parquet(numbers) = self.form else {
            File::open(path).and_then(|file| file.sync_all()).map_err(failed)?;
            return Ok(hex(gathered));
        };
        let finished = path.with_extension("done");
        let hash = self.convert(path, &finished, numbers).map_err(failed)?;
        fs::rename(&finished, path).map_err(failed)?;
        Ok(hex(hash))
    }

    fn convert(&self, from: &Path, to: &Path, numbers: Numbers) -> io::Result<Sha256> {
        // A part without rows has no file yet.
        let mut source = BufReader::new(File::options().read(true).append(true).create(true).open(from)?);
        let out = Hashed { out: BufWriter::new(File::create(to)?), hash: Sha256::default() };
        let mut rows = RowWriter::new(out, types(self.columns, numbers))?;
        while let Some(row) = RowValue::unpack(&mut source, self.columns.len())? {
            rows.row(&row)?;
        }
        let Hashed { out, hash } = rows.finish()?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(hash)
    }
}

/// Rows of a part that are held in memory.
#[derive(Debug)]
pub(super) enum PartRows {
    Csv(Box<CsvRows<Vec<u8>>>),
    Packed(&'static [Column], Vec<u8>),
}

impl PartRows {
    /// Takes a row.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        match self {
            Self::Csv(rows) => rows.row(cells),
            Self::Packed(columns, bytes) => {
                RowValue::pack(&values(columns, cells)?, bytes);
                Ok(())
            }
        }
    }

    /// How many bytes are held, but for a few rows.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Csv(rows) => rows.held(),
            Self::Packed(_, bytes) => bytes.len(),
        }
    }

    /// Takes out what is held.
    pub(super) fn take(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(rows) => rows.take(),
            Self::Packed(_, bytes) => Ok(std::mem::take(bytes)),
        }
    }
}

/// Bytes on their way into a file, hashed.
struct Hashed<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
