//! Rows to readings, by a layout.

use super::{
    Channels, Cut, Fault, Kind, Layout, Lines, Oddity, Row, at_its_instant,
    fast::{Alike, Like},
    groups::{Group, Groups},
    lengths::{Lengths, Stamped},
    line_number,
    plan::Plan,
};
use crate::{BatchReader, Dialect, ErrorKind, Options, ParseError, Remark, lex::found, line::Line};
use smrt_core::{Batch, ExcessDecimals, FileHeader, Flag, MarketZone, Quality, Quantity, RegisterRead, Stand};
use std::sync::Arc;

/// Remarks after which the caller is given the opportunity to take them.
const MOST_REMARKS: usize = 1024;

/// Reads a table of readings by its layout; see [`Layout`].
#[derive(Debug)]
pub struct Reader {
    layout: Option<Arc<Layout>>,
    dialect: Dialect,
    excess_decimals: ExcessDecimals,
    /// Whether a date alone is a time, because an interval is a day.
    daily: bool,
    state: State,
    lines: Lines,
    cut: Cut,
    channels: Channels,
    lengths: Lengths,
    groups: Groups,
    alike: Alike,
    values: Vec<(Quantity, Quality)>,
    rounded: u64,
    is_finished: bool,
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

impl Reader {
    /// A reader at the start of a source, with the zone of times where the options name none. Without a layout
    /// nothing can be read, which is the first problem then.
    pub fn new(layout: Option<Arc<Layout>>, options: &Options, zone: MarketZone) -> Self {
        Self {
            layout: layout.filter(|layout| layout.problem().is_none()),
            dialect: options.dialect,
            excess_decimals: options.excess_decimals,
            daily: options.interval.is_some_and(|length| length.minutes() == 1440),
            state: State::Start,
            lines: Lines::new(),
            cut: Cut::default(),
            channels: Channels::new(options.zone.unwrap_or(zone)),
            lengths: Lengths::new(options.stamp, options.interval),
            groups: Groups::default(),
            alike: Alike::default(),
            values: Vec::new(),
            rounded: 0,
            is_finished: false,
            header: FileHeader::default(),
        }
    }

    /// Reads rows like those that came before, until one differs.
    fn read_alike(&mut self, lines: &mut &[u8], batch: &mut Batch) {
        while !batch.is_full()
            && let Ok(line) = u32::try_from(self.lines.next.line)
            && let Some((row, quantity, length)) = self.alike.read(lines)
        {
            self.lengths.push(Stamped::new(row, quantity, line), batch);
            *lines = &lines[length..];
            self.lines.next.line += 1;
            self.lines.next.offset += length as u64;
        }
    }

    /// Reads one line field by field.
    fn read_line(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        self.alike.interrupt();
        let whole = *lines;
        let Some(line) = self.lines.take(lines) else { return Ok(()) };
        let line_end = &whole[line.text.len()..whole.len() - lines.len()];
        match &self.state {
            State::Refused => Ok(()),
            State::Rows(_) => self.row(line, line_end, batch),
            State::Start => {
                let has_names = self.begin(line)?;
                if has_names { Ok(()) } else { self.row(line, line_end, batch) }
            }
        }
    }

    /// Looks up the columns in the first line; tells whether it is a line of names and no record.
    fn begin(&mut self, line: Line<'_>) -> Result<bool, ParseError> {
        self.state = State::Refused;
        let Some(layout) = &self.layout else {
            return Err(line.error(line.text, ErrorKind::Table(Fault::NoLayout)).of_frame());
        };
        let first = Lines::cut_first(line, &mut self.cut, layout.separator)?;
        let (plan, remarks) = Plan::new(layout, first, self.dialect)?;
        self.lines.remarks.extend(remarks);
        self.state = State::Rows(Box::new(plan));
        Ok(layout.has_names)
    }

    /// Reads one record.
    fn row(&mut self, line: Line<'_>, line_end: &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        let (Some(layout), State::Rows(plan)) = (&self.layout, &self.state) else { return Ok(()) };
        let row = self.lines.cut(line, &mut self.cut, layout.separator, plan.width, self.dialect)?;
        if self.lines.is_blank_row(&row, self.dialect) {
            return Ok(());
        }
        let group = self.groups.of(&row, plan)?;
        let civil = plan.civil(&row, layout, self.daily)?;
        let quality = plan.quality(&row)?;
        let status = row.text(plan.status, "a status of at most 64 printable bytes", true)?;
        let number = line_number(&row)?;
        self.values.clear();
        for value in &plan.values {
            let reads = Reads { layout, group, excess: self.excess_decimals, dialect: self.dialect };
            let (quantity, quality, was_rounded) = reads.value(&row, value.column, quality, &mut self.lines)?;
            self.rounded += u64::from(was_rounded);
            self.values.push((quantity, quality));
        }
        self.groups.accept(group, &row, plan, &mut self.channels, batch)?;
        let channels = self.groups.channels(plan);
        let mut instant = (0, 0);
        for ((&(quantity, quality), &channel), value) in self.values.iter().zip(channels).zip(&plan.values) {
            instant = at_its_instant(civil, channel, &mut self.channels, &row, plan.time, &mut self.lines)?;
            match layout.kind {
                Kind::Readings => {
                    let row = Like { channel, instant, quality, status: &status };
                    self.lengths.push(Stamped::new(row, quantity, number), batch);
                }
                Kind::Registers => {
                    let text = String::from_utf8_lossy(row.get(Some(value.column))).into_owned();
                    let current = Stand { at: Some(instant.0), text, quality, ..Stand::default() };
                    let status = status.clone().into_owned();
                    batch.register_reads.push(RegisterRead {
                        channel,
                        current,
                        status,
                        line: number,
                        ..Default::default()
                    });
                }
            }
        }
        let is_plain = layout.kind == Kind::Readings
            && !layout.decimal_comma
            && !layout.time_form.is_pattern()
            && !group.is_mega
            && quality.flag != Flag::Null
            && row.cut.len() == plan.width
            && !matches!(self.channels.zone, MarketZone::Civil(_));
        if is_plain
            && let ([value], &[channel]) = (plan.values.as_slice(), channels)
            && let (Some(time), Some(value)) = (row.cut.place(plan.time), row.cut.place(value.column))
        {
            let like = Like { channel, instant, quality, status: &status };
            self.alike.learn((row.line, line_end), (time, value), like, plan.date.is_some());
        }
        Ok(())
    }
}

/// How values are read.
struct Reads<'a> {
    layout: &'a Layout,
    group: Group,
    excess: ExcessDecimals,
    dialect: Dialect,
}

impl Reads<'_> {
    /// A value with its quality, and whether it was rounded.
    fn value(
        &self,
        row: &Row<'_>,
        column: usize,
        quality: Quality,
        lines: &mut Lines,
    ) -> Result<(Quantity, Quality, bool), ParseError> {
        let text = row.get(Some(column));
        if text.is_empty() && quality.flag == Flag::Null {
            return Ok((Quantity::ZERO, quality, false));
        }
        if text.is_empty() && self.dialect == Dialect::Lenient {
            lines.remark(Oddity::EmptyValue, row.span(Some(column)));
            return Ok((Quantity::ZERO, Quality::NULL, false));
        }
        let (quantity, was_rounded) =
            row.quantity(Some(column), self.group.is_mega, self.layout.decimal_comma, self.excess)?;
        if quality.flag == Flag::Null && quantity != Quantity::ZERO {
            let fault = Fault::Quality { expected: "no value beside the quality N", found: found(text) };
            return Err(row.error(Some(column), ErrorKind::Table(fault)));
        }
        if quantity < Quantity::ZERO && self.group.is_energy {
            lines.remark(Oddity::NegativeEnergy { found: found(text) }, row.span(Some(column)));
        }
        Ok((quantity, quality, was_rounded))
    }
}

impl BatchReader for Reader {
    fn read(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        self.lines.begin(lines);
        loop {
            self.lengths.release(batch);
            if lines.is_empty() || batch.is_full() || self.lines.remarks.len() >= MOST_REMARKS {
                return Ok(());
            }
            if self.alike.is_known() {
                self.read_alike(lines, batch);
                if lines.is_empty() || batch.is_full() {
                    continue;
                }
            }
            self.read_line(lines, batch)?;
        }
    }

    fn finish(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        self.is_finished = true;
        self.lengths.finish(batch);
        self.lines.finish()
    }

    fn take_remark(&mut self) -> Option<Remark> {
        if self.is_finished && self.lines.remarks.is_empty() {
            return self.lengths.take_remark(|channel| self.channels.name(channel));
        }
        self.lines.remarks.pop_front()
    }

    fn header(&self) -> &FileHeader {
        &self.header
    }

    fn rounded(&self) -> u64 {
        self.rounded
    }
}
