//! Lines to names of sensors.

use super::COLUMNS;
use crate::{
    BatchReader, Dialect, ErrorKind, Options, ParseError, Remark,
    formats::{
        sensor,
        table::{Column, Columns, Cut, Fault, Lines, Oddity, Row, line_number, too_many},
    },
    interner::{Full, Interner},
    lex::found,
    line::Line,
};
use smrt_core::{Batch, FileHeader, SensorId, SensorName};

/// Longest name, in bytes.
const LONGEST_NAME: usize = 256;
/// Remarks after which the caller is given the opportunity to take them.
const MOST_REMARKS: usize = 1024;

/// Reads files of the names of sensors; see the [module](super) for the format.
#[derive(Debug)]
pub struct Reader {
    dialect: Dialect,
    state: State,
    lines: Lines,
    cut: Cut,
    known: Pairs,
    header: FileHeader,
}

/// How far the reader has come.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing but blank lines has come.
    Start,
    /// The columns are known.
    Rows(Plan),
    /// They cannot be known: what follows says nothing.
    Refused,
}

/// Where everything stands in a row, counted from 0.
#[derive(Clone, Copy, Debug)]
struct Plan {
    separator: u8,
    width: usize,
    name: usize,
    sensor: usize,
}

/// Names and sensors that belong together. Each pair has one number, by which both are kept.
#[derive(Debug, Default)]
struct Pairs {
    names: Interner,
    sensors: Interner,
    /// The line of each pair.
    lines: Vec<u32>,
}

/// What a name and a sensor are to the pairs so far.
enum Known {
    /// Both are new.
    New,
    /// They belong together already.
    Repeated(u32),
    /// The name belongs to this sensor.
    NameOf(SensorId, u32),
    /// The sensor has this name.
    SensorOf(String, u32),
}

impl Pairs {
    fn look_up(&self, name: &str, sensor: SensorId) -> Known {
        let line = |number: u32| self.lines.get(number as usize).copied().unwrap_or_default();
        let of_name = self.names.find(name.as_bytes());
        match (of_name, self.sensors.find(&sensor.0.to_be_bytes())) {
            (None, None) => Known::New,
            (Some(number), other) if other == of_name => Known::Repeated(line(number)),
            (Some(number), _) => {
                let id = self.sensors.text(number).try_into().map(u128::from_be_bytes).unwrap_or_default();
                Known::NameOf(SensorId(id), line(number))
            }
            (None, Some(number)) => {
                Known::SensorOf(String::from_utf8_lossy(self.names.text(number)).into_owned(), line(number))
            }
        }
    }

    /// Keeps a new pair. There are never more sensors than names, and they are shorter, so names are full first.
    fn add(&mut self, name: &str, sensor: SensorId, line: u32) -> Result<(), Full> {
        self.names.intern(name.as_bytes())?;
        self.sensors.intern(&sensor.0.to_be_bytes())?;
        self.lines.push(line);
        Ok(())
    }
}

impl Reader {
    /// A reader at the start of a file.
    pub fn new(options: &Options) -> Self {
        Self {
            dialect: options.dialect,
            state: State::Start,
            lines: Lines::new(),
            cut: Cut::default(),
            known: Pairs::default(),
            header: FileHeader::default(),
        }
    }

    fn read_line(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        let Some(line) = self.lines.take(lines) else { return Ok(()) };
        match self.state {
            State::Refused => Ok(()),
            State::Rows(plan) => self.row(line, plan, batch),
            State::Start => self.begin(line),
        }
    }

    /// Looks up the columns in the first line.
    fn begin(&mut self, line: Line<'_>) -> Result<(), ParseError> {
        self.state = State::Refused;
        let separator = sensor::separator(line.text, &COLUMNS);
        let first = Lines::cut_first(line, &mut self.cut, separator)?;
        let width = first.cut.len();
        let mut columns = Columns::new(first, true);
        let [name, sensor] = COLUMNS.map(|name| columns.needed(&Column::from(name)));
        self.lines.remarks.extend(columns.finish()?);
        self.state = State::Rows(Plan { separator, width, name, sensor });
        Ok(())
    }

    /// Reads one record.
    fn row(&mut self, line: Line<'_>, plan: Plan, batch: &mut Batch) -> Result<(), ParseError> {
        let row = self.lines.cut(line, &mut self.cut, plan.separator, plan.width, self.dialect)?;
        if self.lines.is_blank_row(&row, self.dialect) {
            return Ok(());
        }
        let name = name(&row, plan.name)?;
        let id = row.get(Some(plan.sensor));
        let fault = |column, fault| row.error(Some(column), ErrorKind::Table(fault));
        let sensor = SensorId::parse(id).ok_or_else(|| fault(plan.sensor, Fault::SensorId { found: found(id) }))?;
        let line = line_number(&row)?;
        match self.known.look_up(&name, sensor) {
            Known::New => {
                self.known.add(&name, sensor, line).map_err(|_| too_many(&row, "names", Interner::MOST))?;
                batch.sensor_names.push(SensorName { name, sensor, line });
                Ok(())
            }
            Known::Repeated(line) => {
                self.lines.remark(Oddity::RepeatedName { line }, row.span(Some(plan.name)));
                Ok(())
            }
            Known::NameOf(sensor, line) => {
                let name = found(name.as_bytes());
                Err(fault(plan.sensor, Fault::NameOfTwoSensors { name, sensor, line }))
            }
            Known::SensorOf(name, line) => {
                let name = found(name.as_bytes());
                Err(fault(plan.name, Fault::SensorOfTwoNames { sensor, name, line }))
            }
        }
    }
}

/// The name in a row.
fn name(row: &Row<'_>, column: usize) -> Result<String, ParseError> {
    let expected = "the name of a sensor, 1 to 256 printable bytes";
    let name = row.text_of(Some(column), LONGEST_NAME, expected, false)?;
    let name = name.trim();
    if SensorId::parse(name.as_bytes()).is_some() {
        let fault = Fault::NameLikeId { found: found(name.as_bytes()) };
        return Err(row.error(Some(column), ErrorKind::Table(fault)));
    }
    Ok(name.to_owned())
}

impl BatchReader for Reader {
    fn read(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        self.lines.begin(lines);
        while !lines.is_empty() && !batch.is_full() && self.lines.remarks.len() < MOST_REMARKS {
            self.read_line(lines, batch)?;
        }
        Ok(())
    }

    fn finish(&mut self, _batch: &mut Batch) -> Result<(), ParseError> {
        self.lines.finish()
    }

    fn take_remark(&mut self) -> Option<Remark> {
        self.lines.remarks.pop_front()
    }

    fn header(&self) -> &FileHeader {
        &self.header
    }

    fn rounded(&self) -> u64 {
        0
    }
}
