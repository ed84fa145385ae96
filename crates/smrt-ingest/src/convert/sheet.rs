//! Rows on their way into an output: spelled, counted, hashed, and taken back where their source is refused.

use super::{
    ConvertError,
    form::{Column, Field, Form, Kind, Refusal, Rows},
    output::{CutBack, Output},
    stats::{Measured, WrittenOutput, hex},
};
use sha2::{Digest, Sha256};
use smrt_core::Sum;
use smrt_lake::{RowValue, RowWriter};
use std::{
    collections::BTreeMap,
    io::{self, BufReader, BufWriter, Write},
};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 64 * 1024;

/// Why a row was not written.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Its source cannot be written in this form.
    Refused(Refusal),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What was written of an output, or would have been if the source in hand is taken back.
#[derive(Clone, Debug, Default)]
struct Extent {
    begun: bool,
    rows: u64,
    bytes: u64,
    hash: Sha256,
    /// Whether values of sensors are in it.
    has_signals: bool,
}

/// Takes rows of some columns and writes them in their form.
pub(super) struct Sheet<'o> {
    output: &'o mut dyn Output,
    /// Where rows wait that cannot be written before all are known.
    waiting: Option<CutBack>,
    form: Form,
    rows: Rows,
    columns: Vec<Column>,
    buffer: Vec<u8>,
    /// With the source in hand.
    now: Extent,
    /// Without it.
    kept: Extent,
    /// What the rows of the source in hand stand for, by unit.
    written: BTreeMap<String, Measured>,
    outputs: Vec<WrittenOutput>,
    source: String,
}

impl<'o> Sheet<'o> {
    /// Begins with nothing.
    ///
    /// # Errors
    /// Where no temporary file can be had for a form that needs one.
    pub(super) fn new(output: &'o mut dyn Output, form: &Form) -> io::Result<Self> {
        let waiting = match form {
            Form::Parquet => Some(CutBack::new(tempfile::tempfile()?)?),
            Form::Csv { .. } | Form::Ndjson | Form::Sql(_) | Form::Nem12(_) => None,
        };
        Ok(Self {
            output,
            waiting,
            form: form.clone(),
            rows: Rows::new(form),
            columns: Vec::new(),
            buffer: Vec::with_capacity(2 * BUFFER),
            now: Extent::default(),
            kept: Extent::default(),
            written: BTreeMap::new(),
            outputs: Vec::new(),
            source: String::new(),
        })
    }

    /// Turns to the next source.
    pub(super) fn begin_source(&mut self, name: &str) -> io::Result<()> {
        name.clone_into(&mut self.source);
        self.output.begin(name)
    }

    /// Whether the columns are fixed: rows of them have begun.
    pub(super) fn is_begun(&self) -> bool {
        self.now.begun
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Fixes the columns.
    pub(super) fn begin(&mut self, columns: Vec<Column>) {
        self.columns = columns;
        self.rows.begin(&mut self.buffer, &self.columns);
        self.now.begun = true;
    }

    /// Writes a row: one field for each column.
    pub(super) fn row(&mut self, fields: &[Field<'_>]) -> Result<(), Trouble> {
        self.rows.row(&mut self.buffer, fields)?;
        self.now.rows += 1;
        self.measure(fields);
        if self.buffer.len() >= BUFFER { Ok(self.write_out()?) } else { Ok(()) }
    }

    /// Counts what a row stands for, from nothing but its fields.
    fn measure(&mut self, fields: &[Field<'_>]) {
        let mut row = Measured::default();
        let mut unit = "";
        for (column, field) in self.columns.iter().zip(fields) {
            match (column.kind, field) {
                (Kind::Unit, Field::Text(text)) => unit = text,
                (Kind::Values, Field::Count(count)) => row.values += count,
                (Kind::Value, Field::Number(number)) => {
                    row.values += 1;
                    row.sum.merge(*number);
                }
                (Kind::Value, Field::Signal(_)) => {
                    row.values += 1;
                    self.now.has_signals = true;
                }
                (Kind::Sum, Field::Number(number)) => row.sum.merge(*number),
                _ => {}
            }
        }
        match self.written.get_mut(unit) {
            Some(written) => written.merge(&row),
            None => drop(self.written.insert(unit.to_owned(), row)),
        }
    }

    /// Writes text that is no row of fields; with a unit, it stands for values as a row does.
    pub(super) fn text(&mut self, text: &[u8], values: Option<(&str, &Measured)>) -> io::Result<()> {
        self.buffer.extend_from_slice(text);
        if let Some((unit, measured)) = values {
            self.now.rows += 1;
            self.written.entry(unit.to_owned()).or_default().merge(measured);
        }
        if self.buffer.len() >= BUFFER { self.write_out() } else { Ok(()) }
    }

    fn write_out(&mut self) -> io::Result<()> {
        match &mut self.waiting {
            Some(waiting) => waiting.write_all(&self.buffer)?,
            None => Hashed { out: &mut *self.output, extent: &mut self.now }.write_all(&self.buffer)?,
        }
        self.buffer.clear();
        Ok(())
    }

    /// Writes the rows that waited.
    fn write_waiting(&mut self) -> io::Result<()> {
        let Some(waiting) = &mut self.waiting else { return Ok(()) };
        let has_signals = self.now.has_signals;
        let types = self.columns.iter().map(|column| (column.name.clone(), column.kind.typed(has_signals)));
        let out = Hashed { out: &mut *self.output, extent: &mut self.now };
        let mut rows = RowWriter::new(BufWriter::with_capacity(BUFFER, out), types.collect())?;
        let mut source = BufReader::with_capacity(BUFFER, waiting.rewound()?);
        while let Some(row) = RowValue::unpack(&mut source, self.columns.len())? {
            rows.row(&row)?;
        }
        rows.finish()?.flush()?;
        waiting.clear()
    }

    /// The rows of the source stay. Tells how many there are and what they stand for.
    pub(super) fn keep(&mut self) -> io::Result<(u64, BTreeMap<String, Measured>)> {
        self.rows.end_source(&mut self.buffer);
        let rows = self.now.rows - self.kept.rows;
        if self.output.is_apart() {
            self.end_output()?;
        } else {
            self.write_out()?;
            match &mut self.waiting {
                Some(waiting) => waiting.keep()?,
                None => self.output.keep()?,
            }
            self.kept = self.now.clone();
        }
        Ok((rows, std::mem::take(&mut self.written)))
    }

    /// The rows of the source are void.
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        self.buffer.clear();
        self.written.clear();
        self.rows.take_back();
        self.now = self.kept.clone();
        self.waiting.as_mut().map_or(Ok(()), Output::take_back)?;
        self.output.take_back()
    }

    /// Ends the one output of all sources; tells of every output.
    pub(super) fn finish(mut self) -> Result<Vec<WrittenOutput>, ConvertError> {
        if !self.output.is_apart() {
            self.source.clear();
            self.end_output().map_err(ConvertError::Output)?;
        }
        Ok(self.outputs)
    }

    fn end_output(&mut self) -> io::Result<()> {
        // What was never begun has no end either: a market file without a head would be none.
        if self.now.begun {
            self.rows.end(&mut self.buffer);
        }
        self.write_out()?;
        self.write_waiting()?;
        self.output.keep()?;
        let Extent { rows, bytes, hash, .. } = std::mem::take(&mut self.now);
        let source = (!self.source.is_empty()).then(|| self.source.clone());
        self.outputs.push(WrittenOutput { source, rows, bytes, sha256: hex(&hash.finalize()) });
        self.kept = Extent::default();
        self.rows = Rows::new(&self.form);
        Ok(())
    }
}

/// Bytes on their way into the output, hashed and counted.
struct Hashed<'h> {
    out: &'h mut dyn Output,
    extent: &'h mut Extent,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write_all(bytes)?;
        self.extent.hash.update(bytes);
        self.extent.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A quantity as a field.
pub(super) fn number(micros: i64) -> Field<'static> {
    Field::Number(Sum::from_micros(i128::from(micros)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::Spooled;

    #[test]
    fn what_is_taken_back_changes_neither_bytes_nor_hash_nor_counts() {
        let columns = || vec![Column::key("unit", Kind::Unit), Column::new("value", Kind::Value)];
        let row = |micros| [Field::Text("kWh"), number(micros)];
        let written = |with_refused: bool| {
            let mut stream = Vec::new();
            let mut spool = Spooled::new(&mut stream).unwrap();
            let mut sheet = Sheet::new(&mut spool, &Form::Csv { raw: false }).unwrap();
            if with_refused {
                sheet.begin_source("bad").unwrap();
                sheet.begin(columns());
                for micros in 0..20_000 {
                    sheet.row(&row(micros)).unwrap();
                }
                sheet.take_back().unwrap();
                assert!(!sheet.is_begun());
            }
            sheet.begin_source("good").unwrap();
            sheet.begin(columns());
            sheet.row(&row(2_000_000)).unwrap();
            sheet.row(&row(-500_000)).unwrap();
            let (rows, by_unit) = sheet.keep().unwrap();
            assert_eq!((rows, by_unit["kWh"].values, by_unit["kWh"].sum.micros()), (2, 2, 1_500_000));
            let outputs = sheet.finish().unwrap();
            drop(spool);
            (stream, outputs)
        };
        let (stream, outputs) = written(true);
        assert_eq!(stream, b"unit,value\nkWh,2\nkWh,-0.5\n");
        assert_eq!((outputs[0].rows, outputs[0].bytes), (2, stream.len() as u64));
        assert_eq!(outputs[0].sha256, hex(&Sha256::digest(&stream)));
        assert_eq!(written(false), (stream, outputs));
    }
}
