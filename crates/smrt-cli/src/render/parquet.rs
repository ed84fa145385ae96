//! Cells as Parquet: each column has the type that it is of, and numbers and times are exact.
//!
//! Quantities of meters are decimal numbers, what sensors measured is floating-point. A column that may hold both is
//! floating-point as a whole, because a reader expects one type of it.

use super::{Cell, Column, Numbers, json};
use smrt_lake::{RowType, RowValue, RowWriter};
use std::io;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Columns with their types.
pub(crate) fn types(columns: &[Column], numbers: Numbers) -> Vec<(String, RowType)> {
    let kind = |kind| match (kind, numbers) {
        (RowType::Exact, Numbers::Floating) => RowType::Double,
        (kind, _) => kind,
    };
    columns.iter().map(|column| (column.name.to_owned(), kind(column.kind))).collect()
}

/// A row of typed values.
pub(crate) fn values<'c>(columns: &[Column], cells: &'c [Cell<'_>]) -> io::Result<Vec<RowValue<'c>>> {
    columns.iter().zip(cells).map(|(column, cell)| value(column, cell)).collect()
}

/// A cell as a value of its column.
fn value<'c>(column: &Column, cell: &'c Cell<'_>) -> io::Result<RowValue<'c>> {
    Ok(match cell {
        Cell::Null => RowValue::Null,
        Cell::Integer(number) if column.kind == RowType::Whole => {
            let number = i64::try_from(*number).map_err(|_| {
                let message = format!("column {}: {number} is too large for 64 bits with a sign", column.name);
                io::Error::new(io::ErrorKind::InvalidData, message)
            })?;
            RowValue::Whole(number)
        }
        Cell::Exact(number) => RowValue::Exact(number.micros()),
        Cell::Signal(number) => RowValue::Double(number.get()),
        Cell::Total(number) => RowValue::Double(number.parse().map_err(io::Error::other)?),
        Cell::Instant(epoch, _) => RowValue::Instant(epoch.saturating_mul(SECOND)),
        Cell::Micros(micros) => RowValue::Instant(*micros),
        Cell::Date(day) => RowValue::Date(*day),
        Cell::Truth(truth) if column.kind == RowType::Truth => RowValue::Truth(*truth),
        // Parts that have no column of their own are text that can be taken apart again.
        Cell::Object(_) | Cell::List(_) => {
            let mut text = Vec::new();
            json::write_line(&mut text, cell)?;
            RowValue::Text(String::from_utf8(text).map_err(io::Error::other)?.trim_end().to_owned().into())
        }
        Cell::Text(_) | Cell::Word(..) | Cell::Told(..) | Cell::Truth(_) | Cell::Integer(_) => {
            RowValue::Text(cell.plain())
        }
    })
}

/// Rows of Parquet on their way out.
#[derive(Debug)]
pub(crate) struct ParquetRows<W>(RowWriter<W>);

impl<W: io::Write> ParquetRows<W> {
    /// Begins a file.
    pub(crate) fn new(out: W, columns: &[Column], numbers: Numbers) -> io::Result<Self> {
        RowWriter::new(out, types(columns, numbers)).map(Self)
    }

    /// Takes a row.
    pub(crate) fn row(&mut self, columns: &[Column], cells: &[Cell<'_>]) -> io::Result<()> {
        self.0.row(&values(columns, cells)?)
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.0.finish().map(drop)
    }
}
