//! Results on stdout: a verb describes its rows once, and they come out as a table, JSON, JSON lines, CSV or Parquet.

pub(crate) mod finding;
pub(crate) mod parquet;
pub(crate) mod report;
mod table;
mod tone;

pub(crate) use smrt_views::{Cell, Column, Numbers, Tone, csv, json};
pub(crate) use tone::{Paint, safe};

use crate::args::{Global, OutputForm};
use parquet::ParquetRows;
use std::io::{self, BufWriter, IsTerminal, Write};
use terminal_size::{Width, terminal_size_of};

/// Prints results on stdout in the form that was asked for.
pub(crate) struct Printer {
    out: Box<dyn Write>,
    form: OutputForm,
    raw: bool,
    colour: bool,
    terminal: bool,
    room: Option<usize>,
}

impl Printer {
    /// As the command line asks.
    pub(crate) fn new(global: &Global) -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        Self {
            form: global.output,
            raw: global.raw,
            terminal,
            colour: terminal && crate::messages::colour_wanted(),
            room: terminal_size_of(&stdout).filter(|_| terminal).map(|(Width(width), _)| usize::from(width)),
            out: Box::new(BufWriter::with_capacity(1 << 16, stdout.lock())),
        }
    }

    /// The form that was asked for.
    pub(crate) fn form(&self) -> OutputForm {
        self.form
    }

    /// Whether colour is wanted on stdout.
    pub(crate) fn colour(&self) -> bool {
        self.colour
    }

    /// Whether stdout is a terminal.
    pub(crate) fn is_for_terminal(&self) -> bool {
        self.terminal
    }

    /// Columns of the terminal, where stdout is one.
    pub(crate) fn room(&self) -> Option<usize> {
        self.room
    }

    /// Whether text of CSV is left as it is.
    pub(crate) fn raw(&self) -> bool {
        self.raw
    }

    /// Where lines for people go.
    pub(crate) fn out(&mut self) -> &mut dyn Write {
        &mut *self.out
    }

    /// Begins rows of these columns.
    pub(crate) fn rows(&mut self, columns: &'static [Column]) -> io::Result<Rows<'_>> {
        self.rows_without(columns, &[])
    }

    /// Begins rows of these columns, of which people do not want to see those named: nothing is in them.
    pub(crate) fn rows_without(&mut self, columns: &'static [Column], unseen: &[&'static str]) -> io::Result<Rows<'_>> {
        self.rows_of(columns, unseen, Numbers::Exact)
    }

    /// Begins rows as [`Printer::rows_without`] does, whose numbers are of a kind.
    pub(crate) fn rows_of(
        &mut self,
        columns: &'static [Column],
        unseen: &[&'static str],
        numbers: Numbers,
    ) -> io::Result<Rows<'_>> {
        let shown = |column: &Column| if unseen.contains(&column.name) { column.unseen() } else { *column };
        let out = &mut *self.out;
        let sink = match self.form {
            OutputForm::Table => Sink::Table({
                let columns = columns.iter().map(shown).collect();
                table::TableRows::new(out, columns, self.room, self.colour)
            }),
            OutputForm::Json => Sink::Array(out),
            OutputForm::Ndjson => Sink::Lines(out),
            OutputForm::Csv => Sink::Csv(Box::new(csv::CsvRows::new(out, columns, self.raw)?)),
            OutputForm::Parquet => Sink::Parquet(Box::new(ParquetRows::new(out, columns, numbers)?)),
        };
        Ok(Rows { sink, columns, count: 0 })
    }

    /// Prints one object as JSON.
    pub(crate) fn object(&mut self, object: &Cell<'_>) -> io::Result<()> {
        match self.form {
            OutputForm::Json => {
                json::write(&mut *self.out, object)?;
                self.out.write_all(b"\n")?;
            }
            _ => json::write_line(&mut *self.out, object)?,
        }
        self.out.flush()
    }
}

/// Rows on their way out; nothing is sure to be written before [`Rows::finish`].
pub(crate) struct Rows<'p> {
    sink: Sink<'p>,
    columns: &'static [Column],
    count: u64,
}

enum Sink<'p> {
    Table(table::TableRows<'p>),
    Array(&'p mut (dyn Write + 'static)),
    Lines(&'p mut (dyn Write + 'static)),
    Csv(Box<csv::CsvRows<&'p mut (dyn Write + 'static)>>),
    Parquet(Box<ParquetRows<&'p mut (dyn Write + 'static)>>),
}

/// The results of files, one after the other as they come.
pub(crate) enum PerFile<'p> {
    /// A few lines about each, for people.
    Lines(&'p mut Printer),
    Rows(Rows<'p>),
}

impl<'p> PerFile<'p> {
    /// Rows with these columns, where they are not for people.
    pub(crate) fn new(printer: &'p mut Printer, columns: &'static [Column]) -> io::Result<Self> {
        match printer.form() {
            OutputForm::Table => Ok(Self::Lines(printer)),
            _ => printer.rows(columns).map(Self::Rows),
        }
    }

    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Lines(printer) => printer.out().flush(),
            Self::Rows(rows) => rows.finish().map(drop),
        }
    }
}

impl Rows<'_> {
    /// Takes a row: one cell for each column.
    pub(crate) fn push(&mut self, cells: Vec<Cell<'_>>) -> io::Result<()> {
        debug_assert_eq!(cells.len(), self.columns.len(), "one cell for each column");
        self.count += 1;
        match &mut self.sink {
            Sink::Table(table) => table.row(&cells),
            Sink::Array(out) => {
                out.write_all(if self.count > 1 { b",\n" } else { b"[\n" })?;
                json::write(*out, &Cell::row(self.columns, cells))
            }
            Sink::Lines(out) => json::write_line(*out, &Cell::row(self.columns, cells)),
            Sink::Csv(csv) => csv.row(&cells),
            Sink::Parquet(parquet) => parquet.row(self.columns, &cells),
        }
    }

    /// Hands on what was pushed so far, for somebody who is waiting for it.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Table(table) => table.flush(),
            Sink::Array(out) | Sink::Lines(out) => out.flush(),
            Sink::Csv(csv) => csv.flush(),
            // Nothing of it can be read before its end.
            Sink::Parquet(_) => Ok(()),
        }
    }

    /// Ends the rows and tells how many there were.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        if let Sink::Array(out) = &mut self.sink {
            out.write_all(if self.count > 0 { b"\n]\n" } else { b"[]\n" })?;
        }
        match self.sink {
            Sink::Parquet(parquet) => parquet.finish()?,
            _ => self.flush()?,
        }
        Ok(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    const COLUMNS: &[Column] = &[Column::text("meter"), Column::number("value"), Column::text("file").unseen()];

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn printed(form: OutputForm, rows: u64) -> String {
        let shared = Shared::default();
        let out = Box::new(shared.clone());
        let mut printer = Printer { out, form, raw: false, colour: false, terminal: false, room: None };
        let mut sink = printer.rows(COLUMNS).unwrap();
        for row in 0..rows {
            sink.push(vec![Cell::text("1"), Cell::Integer(row), Cell::text("f")]).unwrap();
        }
        assert_eq!(sink.finish().unwrap(), rows);
        String::from_utf8(shared.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn the_same_rows_in_every_form() {
        assert_eq!(
            printed(OutputForm::Json, 2),
            "[\n{\"meter\":\"1\",\"value\":0,\"file\":\"f\"},\n{\"meter\":\"1\",\"value\":1,\"file\":\"f\"}\n]\n"
        );
        assert_eq!(printed(OutputForm::Ndjson, 1), "{\"meter\":\"1\",\"value\":0,\"file\":\"f\"}\n");
        assert_eq!(printed(OutputForm::Csv, 1), "meter,value,file\n1,0,f\n");
        assert_eq!(printed(OutputForm::Table, 1), "METER  VALUE\n─────  ─────\n1          0\n");
    }

    #[test]
    fn no_rows_are_an_answer_too() {
        assert_eq!(printed(OutputForm::Json, 0), "[]\n");
        assert_eq!(printed(OutputForm::Ndjson, 0), "");
        assert_eq!(printed(OutputForm::Csv, 0), "meter,value,file\n");
        assert_eq!(printed(OutputForm::Table, 0), "");
    }
}
