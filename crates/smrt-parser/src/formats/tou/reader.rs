//! Records to register reads.

use super::{COLUMNS, totals::Totals};
use crate::formats::{
    lp,
    table::{
        Channels, Column, Columns, Cut, Fault, Lines, NO_TIME, Oddity, Row, TimeForm, at_its_instant, line_number,
        too_many_channels,
    },
};
use crate::{BatchReader, Dialect, ErrorKind, Options, ParseError, Remark, lex::found, line::Line};
use smrt_core::{Batch, Channel, ExcessDecimals, FileHeader, Quantity, RegisterRead, Scheme, Stand, Unit};

/// What is added to the status where the meter's clock shows daylight saving time.
const DAYLIGHT_SAVING: &str = "DLS active";
/// Remarks after which the caller is given the opportunity to take them.
const MOST_REMARKS: usize = 1024;

/// Reads files of register reads; see the [module](super) for the format.
#[derive(Debug)]
pub struct Reader {
    dialect: Dialect,
    excess_decimals: ExcessDecimals,
    state: State,
    lines: Lines,
    cut: Cut,
    channels: Channels,
    totals: Totals,
    rounded: u64,
    header: FileHeader,
}

/// How far the reader has come.
#[derive(Debug)]
enum State {
    /// Nothing but blank lines has come.
    Start,
    /// The columns are known.
    Rows(Box<Plan>),
    /// They cannot be known: what follows says nothing.
    Refused,
}

/// Where everything stands in a row, counted from 0.
#[derive(Clone, Debug)]
struct Plan {
    width: usize,
    meter: usize,
    serial: Option<usize>,
    plant: Option<usize>,
    time: usize,
    data_type: usize,
    energy: usize,
    demand: Option<usize>,
    demand_at: Option<usize>,
    units: usize,
    status: Option<usize>,
    period: usize,
    daylight_saving: Option<usize>,
    reset_count: Option<usize>,
    reset_at: Option<usize>,
    rate: usize,
}

impl Plan {
    /// Looks up the columns in the first line; those that merely describe a read may lack in the lenient dialect.
    fn new(first: Row<'_>, dialect: Dialect) -> Result<(Self, Vec<Remark>), ParseError> {
        let mut columns = Columns::new(first, true);
        let named = COLUMNS.map(Column::from);
        let may_lack = dialect == Dialect::Lenient;
        let mut needed = |index: usize| columns.needed(&named[index]);
        let (meter, time, data_type, energy) = (needed(0), needed(3), needed(4), needed(5));
        let (units, period, rate) = (needed(8), needed(10), needed(14));
        let mut describing = |index: usize| columns.describing(Some(&named[index]), may_lack);
        let plan = Self {
            width: first.cut.len(),
            meter,
            serial: describing(1),
            plant: describing(2),
            time,
            data_type,
            energy,
            demand: describing(6),
            demand_at: describing(7),
            units,
            status: describing(9),
            period,
            daylight_saving: describing(11),
            reset_count: describing(12),
            reset_at: describing(13),
            rate,
        };
        Ok((plan, columns.finish()?))
    }
}

impl Reader {
    /// A reader at the start of a file.
    pub fn new(options: &Options) -> Self {
        Self {
            dialect: options.dialect,
            excess_decimals: options.excess_decimals,
            state: State::Start,
            lines: Lines::new(),
            cut: Cut::default(),
            channels: Channels::new(options.zone.unwrap_or(lp::ZONE)),
            totals: Totals::default(),
            rounded: 0,
            header: FileHeader::default(),
        }
    }

    fn read_line(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        let Some(line) = self.lines.take(lines) else { return Ok(()) };
        match self.state {
            State::Refused => Ok(()),
            State::Rows(_) => self.row(line, batch),
            State::Start => self.begin(line),
        }
    }

    /// Looks up the columns in the first line.
    fn begin(&mut self, line: Line<'_>) -> Result<(), ParseError> {
        self.state = State::Refused;
        let first = Lines::cut_first(line, &mut self.cut, b',')?;
        let (plan, remarks) = Plan::new(first, self.dialect)?;
        self.lines.remarks.extend(remarks);
        self.state = State::Rows(Box::new(plan));
        Ok(())
    }

    /// Reads one record.
    fn row(&mut self, line: Line<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        let State::Rows(plan) = &self.state else { return Ok(()) };
        let row = self.lines.cut(line, &mut self.cut, b',', plan.width, self.dialect)?;
        if self.lines.is_blank_row(&row, self.dialect) {
            return Ok(());
        }
        let source_unit = row.text(Some(plan.units), "a unit of at most 64 printable bytes", true)?;
        let unit = Unit::of_sender(&source_unit);
        let (energy, energy_rounded) = row.quantity(Some(plan.energy), unit.is_mega, false, self.excess_decimals)?;
        let (demand, demand_rounded) = match row.get(plan.demand) {
            [] => (None, false),
            _ => {
                let (demand, rounded) = row.quantity(plan.demand, unit.is_mega, false, self.excess_decimals)?;
                (Some(demand), rounded)
            }
        };
        let period = row.text(Some(plan.period), "a period, 1 to 64 printable bytes", false)?;
        let rate = row.text(Some(plan.rate), "a rate, 1 to 64 printable bytes", false)?;
        let status = status(&row, plan)?;
        let reset_count = reset_count(&row, plan.reset_count)?;
        let number = line_number(&row)?;
        if energy < Quantity::ZERO {
            let found = found(row.get(Some(plan.energy)));
            self.lines.remark(Oddity::NegativeEnergy { found }, row.span(Some(plan.energy)));
        }
        let channel = channel(&row, plan, &unit.name, &source_unit, &mut self.channels, batch)?;
        let mut instant = |column: Option<usize>| match row.get(column) {
            [] | NO_TIME => Ok(None),
            _ => instant(&row, column.unwrap_or_default(), channel, &mut self.channels, &mut self.lines).map(Some),
        };
        let (reset_at, demand_at) = (instant(plan.reset_at)?, instant(plan.demand_at)?);
        let at = self::instant(&row, plan.time, channel, &mut self.channels, &mut self.lines)?;
        let channels = &self.channels;
        if let Some(oddity) = self.totals.add(channel, &rate, &period, energy, || channels.name(channel)) {
            self.lines.remark(oddity, row.span(Some(plan.energy)));
        }
        self.rounded += u64::from(energy_rounded) + u64::from(demand_rounded);
        let text = String::from_utf8_lossy(row.get(Some(plan.energy))).into_owned();
        batch.register_reads.push(RegisterRead {
            channel,
            period: period.into_owned(),
            rate: rate.into_owned(),
            current: Stand { at: Some(at), text, ..Stand::default() },
            demand,
            demand_at,
            status,
            reset_count,
            reset_at,
            line: number,
            ..RegisterRead::default()
        });
        Ok(())
    }
}

/// The number of a record's channel; a new one is described in the batch.
fn channel(
    row: &Row<'_>,
    plan: &Plan,
    unit: &str,
    source_unit: &str,
    channels: &mut Channels,
    batch: &mut Batch,
) -> Result<u32, ParseError> {
    let meter = row.text(Some(plan.meter), "the code of a meter point, 1 to 64 printable bytes", false)?;
    let name = row.text(Some(plan.data_type), "a data type, 1 to 64 printable bytes", false)?;
    let serial = row.text(plan.serial, "a serial number of at most 64 printable bytes", true)?;
    let plant = row.text(plan.plant, "a plant code of at most 64 printable bytes", true)?;
    let (number, is_new) = channels.number(&meter, &name, unit).map_err(|_| too_many_channels(row))?;
    if is_new {
        batch.new_channels.push(Channel {
            scheme: Scheme::MeterPoint,
            meter: meter.into_owned(),
            name: name.into_owned(),
            unit: unit.to_owned(),
            source_unit: source_unit.to_owned(),
            serial: serial.into_owned(),
            register: String::new(),
            plant: plant.into_owned(),
            zone: channels.zone,
        });
    }
    Ok(number)
}

/// The instant in a column, UTC epoch seconds.
fn instant(
    row: &Row<'_>,
    column: usize,
    channel: u32,
    channels: &mut Channels,
    lines: &mut Lines,
) -> Result<i64, ParseError> {
    let text = row.get(Some(column));
    let form = TimeForm::DayFirst;
    let civil = form.instant(text, false).ok_or_else(|| {
        let fault = Fault::Stamp { expected: form.to_string(), found: found(text) };
        row.error(Some(column), ErrorKind::Table(fault))
    })?;
    at_its_instant(civil, channel, channels, row, column, lines).map(|(at, _)| at)
}

/// The status of a read: the sender's mask, and whether the meter's clock shows daylight saving time.
fn status(row: &Row<'_>, plan: &Plan) -> Result<String, ParseError> {
    let mut status = row.text(plan.status, "a status of at most 64 printable bytes", true)?.into_owned();
    let text = row.get(plan.daylight_saving);
    if text.eq_ignore_ascii_case(b"true") {
        status.push_str(if status.is_empty() { "" } else { " " });
        status.push_str(DAYLIGHT_SAVING);
    } else if !text.is_empty() && !text.eq_ignore_ascii_case(b"false") {
        let fault = Fault::Entry { expected: "True or False", found: found(text) };
        return Err(row.error(plan.daylight_saving, ErrorKind::Table(fault)));
    }
    Ok(status)
}

/// How often the billing period was reset.
fn reset_count(row: &Row<'_>, column: Option<usize>) -> Result<Option<i64>, ParseError> {
    let text = row.get(column);
    if text.is_empty() {
        return Ok(None);
    }
    let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).map(Some).ok_or_else(|| {
        let fault = Fault::Entry { expected: "a whole number", found: found(text) };
        row.error(column, ErrorKind::Table(fault))
    })
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
        self.rounded
    }
}
