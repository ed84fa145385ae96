//! Rows of any columns as one Parquet file: plain values in, bytes out.
//!
//! This is what results and exports are written with; the tables of the lake have files of their own. The same rows give
//! the same bytes: nothing of the machine or the time goes into them. Memory holds one row group at most, whatever the
//! number of rows.

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{
        BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
        TimestampMicrosecondBuilder,
    },
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
    schema::types::ColumnPath,
};
use std::{
    borrow::Cow,
    fmt,
    io::{self, BufRead, Write},
    sync::Arc,
};

/// Rows that become columns at once.
const BATCH: usize = 8 * 1024;
/// Rows of a row group.
const GROUP: usize = 128 * 1024;
/// Level of zstd.
const LEVEL: i32 = 3;
/// Digits of an exact number, and those after the point.
const DIGITS: (u8, i8) = (38, 6);

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowType {
    /// Text: STRING.
    Text,
    /// A whole number: INT64.
    Whole,
    /// A floating-point number: DOUBLE.
    Double,
    /// An exact number of millionths: DECIMAL(38, 6).
    Exact,
    /// An instant: TIMESTAMP of microseconds in UTC.
    Instant,
    /// A civil date: DATE.
    Date,
    /// Yes or no: BOOLEAN.
    Truth,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowValue<'a> {
    /// Nothing is known; every column may say so.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Whole(i64),
    /// A floating-point number.
    Double(f64),
    /// Millionths. In a column of floating-point numbers it becomes the nearest of these.
    Exact(i128),
    /// UTC epoch microseconds.
    Instant(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Yes or no.
    Truth(bool),
}

/// Writes rows as Parquet.
///
/// ```
/// use smrt_lake::{RowType, RowValue, RowWriter};
///
/// let columns = vec![("meter".to_owned(), RowType::Text), ("value".to_owned(), RowType::Exact)];
/// let mut rows = RowWriter::new(Vec::new(), columns)?;
/// rows.row(&[RowValue::Text("0001".into()), RowValue::Exact(1_520_000)])?;
/// rows.row(&[RowValue::Text("0001".into()), RowValue::Null])?;
/// let bytes = rows.finish()?;
/// assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RowWriter<W> {
    out: W,
    schema: SchemaRef,
    columns: Vec<Values>,
    held: usize,
    /// Writes into memory, which is emptied into `out` after each batch: so `out` may be bound to a thread, and what
    /// goes wrong with it stays the error that it is.
    writer: ArrowWriter<Vec<u8>>,
}

impl<W> fmt::Debug for RowWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowWriter").field("schema", &self.schema).field("held", &self.held).finish_non_exhaustive()
    }
}

impl<W: Write> RowWriter<W> {
    /// Rows of these columns, each with its name.
    ///
    /// # Errors
    /// Where the library refuses the columns.
    pub fn new(out: W, columns: Vec<(String, RowType)>) -> io::Result<Self> {
        let field = |(name, kind): &(String, RowType)| Field::new(name, kind.arrow(), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let options = ArrowWriterOptions::new()
            .with_properties(properties(&columns).map_err(library)?)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(&schema), options).map_err(library)?;
        let columns = columns.into_iter().map(|(name, kind)| Values::new(name, kind)).collect();
        Ok(Self { out, schema, columns, held: 0, writer })
    }

    /// Takes a row: one value for each column.
    ///
    /// # Errors
    /// Where a value is none of its column, or the rows cannot be written.
    pub fn row(&mut self, values: &[RowValue<'_>]) -> io::Result<()> {
        if values.len() != self.columns.len() {
            let message = format!("expected a row of {} values, found {}", self.columns.len(), values.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.columns.iter_mut().zip(values).try_for_each(|(column, value)| column.push(value))?;
        self.held += 1;
        if self.held == BATCH { self.write_out() } else { Ok(()) }
    }

    fn write_out(&mut self) -> io::Result<()> {
        let columns: Vec<ArrayRef> = self.columns.iter_mut().map(Values::take).collect::<io::Result<_>>()?;
        self.held = 0;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(library)?;
        let ready = std::mem::take(self.writer.inner_mut());
        self.out.write_all(&ready)
    }

    /// Ends the file and gives back where it was written to.
    ///
    /// # Errors
    /// Where the rest cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        if self.held > 0 {
            self.write_out()?;
        }
        let rest = self.writer.into_inner().map_err(library)?;
        self.out.write_all(&rest)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// How the file is packed. Texts and exact numbers come again and again; times mostly grow.
fn properties(columns: &[(String, RowType)]) -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_created_by("smrt".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_max_row_group_row_count(Some(GROUP));
    for (name, kind) in columns {
        // A name is one part of a path, whatever points it has.
        let path = || ColumnPath::new(vec![name.clone()]);
        if matches!(kind, RowType::Whole | RowType::Instant | RowType::Date) {
            properties = properties
                .set_column_dictionary_enabled(path(), false)
                .set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(properties.build())
}

impl RowType {
    fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Whole => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Exact => DataType::Decimal128(DIGITS.0, DIGITS.1),
            Self::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Date => DataType::Date32,
            Self::Truth => DataType::Boolean,
        }
    }
}

/// The values of a column that are not written yet.
struct Values {
    name: String,
    builder: Builder,
}

enum Builder {
    Text(StringBuilder),
    Whole(Int64Builder),
    Double(Float64Builder),
    Exact(Decimal128Builder),
    Instant(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    Truth(BooleanBuilder),
}

impl Values {
    fn new(name: String, kind: RowType) -> Self {
        let builder = match kind {
            RowType::Text => Builder::Text(StringBuilder::new()),
            RowType::Whole => Builder::Whole(Int64Builder::new()),
            RowType::Double => Builder::Double(Float64Builder::new()),
            RowType::Exact => Builder::Exact(Decimal128Builder::new().with_data_type(kind.arrow())),
            RowType::Instant => Builder::Instant(TimestampMicrosecondBuilder::new().with_data_type(kind.arrow())),
            RowType::Date => Builder::Date(Date32Builder::new()),
            RowType::Truth => Builder::Truth(BooleanBuilder::new()),
        };
        Self { name, builder }
    }

    fn push(&mut self, value: &RowValue<'_>) -> io::Result<()> {
        use RowValue as Value;
        match (&mut self.builder, value) {
            (Builder::Text(column), Value::Null) => column.append_null(),
            (Builder::Whole(column), Value::Null) => column.append_null(),
            (Builder::Double(column), Value::Null) => column.append_null(),
            (Builder::Exact(column), Value::Null) => column.append_null(),
            (Builder::Instant(column), Value::Null) => column.append_null(),
            (Builder::Date(column), Value::Null) => column.append_null(),
            (Builder::Truth(column), Value::Null) => column.append_null(),
            (Builder::Text(column), Value::Text(text)) => column.append_value(text),
            (Builder::Whole(column), Value::Whole(number)) => column.append_value(*number),
            (Builder::Double(column), Value::Double(number)) => column.append_value(*number),
            (Builder::Double(column), Value::Exact(micros)) => column.append_value(nearest(*micros)),
            (Builder::Exact(column), Value::Exact(micros)) if micros.unsigned_abs() < 10_u128.pow(DIGITS.0.into()) => {
                column.append_value(*micros);
            }
            (Builder::Instant(column), Value::Instant(at)) => column.append_value(*at),
            (Builder::Date(column), Value::Date(day)) => column.append_value(*day),
            (Builder::Truth(column), Value::Truth(truth)) => column.append_value(*truth),
            (_, value) => {
                let message = format!("column {} cannot hold {value:?}", self.name);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        Ok(())
    }

    fn take(&mut self) -> io::Result<ArrayRef> {
        Ok(match &mut self.builder {
            Builder::Text(column) => Arc::new(column.finish()),
            Builder::Whole(column) => Arc::new(column.finish()),
            Builder::Double(column) => Arc::new(column.finish()),
            Builder::Exact(column) => Arc::new(column.finish()),
            Builder::Instant(column) => Arc::new(column.finish()),
            Builder::Date(column) => Arc::new(column.finish()),
            Builder::Truth(column) => Arc::new(column.finish()),
        })
    }
}

/// The floating-point number nearest to so many millionths. Its text is what the number is: reading that rounds once,
/// where a division of a rounded number would round twice.
fn nearest(micros: i128) -> f64 {
    format!("{micros}e-6").parse().unwrap_or(f64::NAN)
}

fn library(error: ParquetError) -> io::Error {
    io::Error::other(format!("cannot be written as Parquet: {error}"))
}

impl RowValue<'_> {
    /// Appends the values of a row in a form that [`RowValue::unpack`] reads: for rows that wait in a temporary file.
    /// It is no format to keep.
    pub fn pack(row: &[Self], out: &mut Vec<u8>) {
        for value in row {
            let (tag, bytes): (u8, &[u8]) = match value {
                Self::Null => (0, &[]),
                Self::Text(text) => (1, &(text.len() as u64).to_le_bytes()),
                Self::Whole(number) => (2, &number.to_le_bytes()),
                Self::Double(number) => (3, &number.to_le_bytes()),
                Self::Exact(micros) => (4, &micros.to_le_bytes()),
                Self::Instant(at) => (5, &at.to_le_bytes()),
                Self::Date(day) => (6, &day.to_le_bytes()),
                Self::Truth(truth) => (7, &[u8::from(*truth)]),
            };
            out.push(tag);
            out.extend_from_slice(bytes);
            if let Self::Text(text) = value {
                out.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// Reads the next row of so many values; `None` at the end.
    ///
    /// # Errors
    /// Where it cannot be read, or is not what was packed.
    pub fn unpack(source: &mut impl BufRead, width: usize) -> io::Result<Option<Vec<RowValue<'static>>>> {
        if source.fill_buf()?.is_empty() {
            return Ok(None);
        }
        (0..width).map(|_| unpacked(source)).collect::<io::Result<_>>().map(Some)
    }
}

fn unpacked(source: &mut impl BufRead) -> io::Result<RowValue<'static>> {
    fn bytes<const N: usize>(source: &mut impl BufRead) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        source.read_exact(&mut bytes)?;
        Ok(bytes)
    }
    Ok(match bytes::<1>(source)? {
        [0] => RowValue::Null,
        [1] => {
            let length = usize::try_from(u64::from_le_bytes(bytes(source)?)).map_err(io::Error::other)?;
            let mut text = vec![0; length];
            source.read_exact(&mut text)?;
            RowValue::Text(String::from_utf8(text).map_err(io::Error::other)?.into())
        }
        [2] => RowValue::Whole(i64::from_le_bytes(bytes(source)?)),
        [3] => RowValue::Double(f64::from_le_bytes(bytes(source)?)),
        [4] => RowValue::Exact(i128::from_le_bytes(bytes(source)?)),
        [5] => RowValue::Instant(i64::from_le_bytes(bytes(source)?)),
        [6] => RowValue::Date(i32::from_le_bytes(bytes(source)?)),
        [7] => RowValue::Truth(bytes::<1>(source)? != [0]),
        [tag] => return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a value of an unknown kind {tag}"))),
    })
}
