//! Lines to measurements.

use super::{
    COLUMNS,
    fast::{Columns as Order, Fast},
    number,
    sensors::Sensors,
    stamp::{self, Stamp},
};
use crate::{
    BatchReader, Dialect, ErrorKind, Options, ParseError, Remark,
    formats::table::{Column, Columns, Cut, Fault, Lines, Row, line_number, too_many_channels},
    lex::found,
    line::Line,
};
use smrt_core::{Batch, Channel, CivilInstants, FileHeader, MarketZone, Measurement, Scheme, SensorId, Signal};

/// The zone of times that state none, where the caller names none either.
const ZONE: MarketZone = MarketZone::BERLIN;
/// Rows that are gathered before they go into columns.
const ROWS: usize = 64;
/// Remarks after which the caller is given the opportunity to take them.
const MOST_REMARKS: usize = 1024;

/// Reads files of what sensors measured; see the [module](super) for the format.
#[derive(Debug)]
pub struct Reader {
    dialect: Dialect,
    state: State,
    lines: Lines,
    cut: Cut,
    sensors: Sensors,
    fast: Fast,
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
    time: usize,
    sensor: usize,
    value: usize,
}

impl Reader {
    /// A reader at the start of a file.
    pub fn new(options: &Options) -> Self {
        Self {
            dialect: options.dialect,
            state: State::Start,
            lines: Lines::new(),
            cut: Cut::default(),
            sensors: Sensors::new(options.zone.unwrap_or(ZONE)),
            fast: Fast::default(),
            header: FileHeader::default(),
        }
    }

    /// Reads lines that are written as nearly all are, until one is not.
    fn read_fast(&mut self, lines: &mut &[u8], batch: &mut Batch) {
        let all = &mut batch.measurements;
        let mut rows = [(0, 0, Signal::default()); ROWS];
        loop {
            let Ok(line) = u32::try_from(self.lines.next.line) else { return };
            let most = ROWS.min(Batch::CAPACITY.saturating_sub(all.len()));
            let (mut rest, mut count) = (*lines, 0);
            for row in &mut rows[..most] {
                let Some((read, behind)) = self.fast.read(rest, &self.sensors) else { break };
                self.sensors.reached(read.0, read.1);
                (*row, rest) = (read, behind);
                count += 1;
            }
            let read = &rows[..count];
            all.channel.extend(read.iter().map(|row| row.0));
            all.at.extend(read.iter().map(|row| row.1));
            all.value.extend(read.iter().map(|row| row.2));
            all.line.extend((line..).take(count));
            self.lines.next.line += count as u64;
            self.lines.next.offset += (lines.len() - rest.len()) as u64;
            *lines = rest;
            if count < ROWS {
                return;
            }
        }
    }

    /// Reads one line field by field.
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
        let separator = super::separator(line.text, &COLUMNS);
        let first = Lines::cut_first(line, &mut self.cut, separator)?;
        let width = first.cut.len();
        let mut columns = Columns::new(first, true);
        let [time, sensor, value] = COLUMNS.map(|name| columns.needed(&Column::from(name)));
        self.lines.remarks.extend(columns.finish()?);
        self.fast = Fast::new(separator, Order { width, time, sensor, value });
        self.state = State::Rows(Plan { separator, width, time, sensor, value });
        Ok(())
    }

    /// Reads one record.
    fn row(&mut self, line: Line<'_>, plan: Plan, batch: &mut Batch) -> Result<(), ParseError> {
        let row = self.lines.cut(line, &mut self.cut, plan.separator, plan.width, self.dialect)?;
        if self.lines.is_blank_row(&row, self.dialect) {
            return Ok(());
        }
        let fault = |column, fault| row.error(Some(column), ErrorKind::Table(fault));
        let [time, id, value] = [plan.time, plan.sensor, plan.value].map(|column| row.get(Some(column)));
        let stamp = Stamp::parse(time)
            .ok_or_else(|| fault(plan.time, Fault::Stamp { expected: stamp::FORM.to_owned(), found: found(time) }))?;
        let sensor = SensorId::parse(id).ok_or_else(|| fault(plan.sensor, Fault::SensorId { found: found(id) }))?;
        let value = number::signal(value).ok_or_else(|| fault(plan.value, Fault::Signal { found: found(value) }))?;
        let skipped = || fault(plan.time, Fault::SkippedTime { zone: self.sensors.zone, found: found(time) });
        let instants = match self.sensors.instants(stamp) {
            CivilInstants::Skipped => return Err(skipped()),
            instants => instants,
        };
        let line = line_number(&row)?;
        let channel = channel(&row, sensor, &mut self.sensors, batch)?;
        let Some((at, oddity)) = self.sensors.place(channel, instants) else { return Ok(()) };
        if let Some(oddity) = oddity {
            self.lines.remark(oddity, row.span(Some(plan.time)));
        }
        batch.measurements.push(Measurement { channel, at, value, line });
        self.fast.learn(time, id, channel, at, || self.sensors.hour(stamp));
        Ok(())
    }
}

/// The number of a sensor's channel; a new one is described in the batch.
fn channel(row: &Row<'_>, sensor: SensorId, sensors: &mut Sensors, batch: &mut Batch) -> Result<u32, ParseError> {
    let (number, is_new) = sensors.number(sensor).map_err(|_| too_many_channels(row))?;
    if is_new {
        batch.new_channels.push(Channel {
            scheme: Scheme::Sensor,
            meter: sensor.to_string(),
            name: String::new(),
            unit: String::new(),
            source_unit: String::new(),
            serial: String::new(),
            register: String::new(),
            plant: String::new(),
            zone: sensors.zone,
        });
    }
    Ok(number)
}

impl BatchReader for Reader {
    fn read(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        self.lines.begin(lines);
        while !lines.is_empty() && !batch.is_full() && self.lines.remarks.len() < MOST_REMARKS {
            self.read_fast(lines, batch);
            if !lines.is_empty() && !batch.is_full() {
                self.read_line(lines, batch)?;
            }
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
