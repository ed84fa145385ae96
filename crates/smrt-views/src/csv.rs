//! Cells as CSV: a header line, commas, `\n`; text that a spreadsheet would take for a formula is made harmless.

use crate::{Cell, Column};
use smrt_ingest::convert::defused;
use std::{
    borrow::Cow,
    io::{self, Write},
};

/// Bytes of the buffer between the rows and where they go.
const BUFFER: usize = 256;

/// Rows of CSV on their way out.
#[derive(Debug)]
pub struct CsvRows<W: Write> {
    writer: ::csv::Writer<W>,
    raw: bool,
}

impl<W: Write> CsvRows<W> {
    /// Begins with the header line; with `raw`, text that a spreadsheet would take for a formula stays as it is.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn new(out: W, columns: &[Column], raw: bool) -> io::Result<Self> {
        let mut rows = Self { writer: builder().from_writer(out), raw };
        rows.writer.write_record(columns.iter().map(|column| column.name)).map_err(as_written)?;
        Ok(rows)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            self.writer.write_field(field(cell, self.raw).as_bytes()).map_err(as_written)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(as_written)
    }

    /// Hands on what is buffered.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The error of the writer below, with its kind: a closed pipe must still be known as one.
fn as_written(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

impl CsvRows<Vec<u8>> {
    /// How much is held, but for a few rows.
    pub fn held(&self) -> usize {
        self.writer.get_ref().len()
    }

    /// Takes out what is held.
    ///
    /// # Errors
    /// Never; a buffer in memory takes everything.
    pub fn take(&mut self) -> io::Result<Vec<u8>> {
        let full = std::mem::replace(&mut self.writer, builder().from_writer(Vec::new()));
        full.into_inner().map_err(|error| error.into_error())
    }
}

/// How rows are written. The buffer is small, because an export keeps one for each of its files.
fn builder() -> ::csv::WriterBuilder {
    let mut builder = ::csv::WriterBuilder::new();
    builder.buffer_capacity(BUFFER);
    builder
}

/// A cell as the text of a field.
fn field<'a>(cell: &'a Cell<'_>, raw: bool) -> Cow<'a, str> {
    let text = cell.plain();
    let foreign = matches!(cell, Cell::Text(_) | Cell::Told(..) | Cell::Object(_) | Cell::List(_));
    if foreign && !raw { defused(&text).into_owned().into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 2] = [Column::text("meter"), Column::value("value")];

    fn csv(raw: bool, text: &str, value: &str) -> String {
        let mut rows = CsvRows::new(Vec::new(), &COLUMNS, raw).unwrap();
        let value = smrt_core::Quantity::parse(value.as_bytes()).unwrap();
        rows.row(&[Cell::text(text), Cell::decimal(value)]).unwrap();
        String::from_utf8(rows.writer.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn formulas_are_made_harmless_and_numbers_stay() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\0x"] {
            assert_eq!(csv(false, text, "-1.5"), format!("meter,value\n'{text},-1.5\n"), "{text:?}");
            assert_eq!(csv(true, text, "-1.5"), format!("meter,value\n{text},-1.5\n"), "{text:?}");
        }
        assert_eq!(csv(false, "\rx", "1"), "meter,value\n\"'\rx\",1\n");
        assert_eq!(csv(false, "0001", "1"), "meter,value\n0001,1\n");
        assert_eq!(csv(false, "a,\"b\"", "1"), "meter,value\n\"a,\"\"b\"\"\",1\n");
    }
}
