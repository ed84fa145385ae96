//! Lines to batches.

use super::{Record, fast::Layout, grammar, sequence::Sequence};
use crate::{
    BatchReader, ErrorKind, Options, ParseError, Splittable,
    interner::Interner,
    line::{self, Line},
};
use smrt_core::{
    Batch, Channel, ExcessDecimals, FileHeader, IntervalLength, MarketZone, Position, Quality, Quantity, Reading,
    Scheme, Span, Version,
};

/// Most lines that the fast path reads at once.
const RUN: usize = 256;

/// Reads SMRT files; see the [module](super) for the format.
///
/// Each reading is one hour of one meter. A meter is one channel, without name and unit.
#[derive(Debug)]
pub struct Reader {
    excess_decimals: ExcessDecimals,
    header: FileHeader,
    sequence: Sequence,
    meters: Interner,
    layout: Layout,
    /// Meter and day of the line that `layout` remembers.
    meter: u32,
    day_start: i64,
    /// Start of the next line.
    next: Position,
    rounded: u64,
}

impl Reader {
    /// A reader at the start of a file.
    pub fn new(options: &Options) -> Self {
        Self {
            excess_decimals: options.excess_decimals,
            header: FileHeader::default(),
            sequence: Sequence::default(),
            meters: Interner::default(),
            layout: Layout::default(),
            meter: 0,
            day_start: 0,
            next: Position::START,
            rounded: 0,
        }
    }

    /// Reads lines laid out like the one before, until one differs.
    fn read_alike(&mut self, lines: &mut &[u8], batch: &mut Batch) {
        loop {
            let most = RUN.min(Batch::CAPACITY - batch.len());
            // Line numbers of a whole run fit where the last one does.
            let numbers = u32::try_from(self.next.line).ok().zip(u32::try_from(self.next.line + RUN as u64).ok());
            let Some((first_line, _)) = numbers else { return };
            let count = self.read_run(lines, most, first_line, batch);
            self.next.line += count as u64;
            if count < RUN || batch.is_full() {
                return;
            }
        }
    }

    /// Reads up to `most` lines into columns on the stack, which costs less than growing six vectors row by row, and
    /// appends them to the batch.
    fn read_run(&mut self, lines: &mut &[u8], most: usize, first_line: u32, batch: &mut Batch) -> usize {
        let mut channel = [0; RUN];
        let mut start = [0; RUN];
        let mut quantity = [Quantity::ZERO; RUN];
        let mut rest = *lines;
        let mut count = 0;
        while count < most {
            let same = self.layout.same_meter_and_day(rest);
            let Some(tail) = self.layout.tail(rest) else { break };
            if !same && !self.turn(rest, batch) {
                break;
            }
            channel[count] = self.meter;
            start[count] = self.day_start + tail.time;
            quantity[count] = tail.quantity;
            rest = &rest[tail.length..];
            count += 1;
        }
        batch.channel.extend_from_slice(&channel[..count]);
        batch.start.extend_from_slice(&start[..count]);
        batch.quantity.extend_from_slice(&quantity[..count]);
        let filled = batch.start.len();
        batch.minutes.resize(filled, IntervalLength::HOUR);
        batch.quality.resize(filled, Quality::UNSTATED);
        batch.version.resize(filled, Version::UNSTATED);
        batch.line.extend((first_line..).take(count));
        self.next.offset += (lines.len() - rest.len()) as u64;
        *lines = rest;
        count
    }

    /// Turns to another meter or day where just these differ from the line before.
    fn turn(&mut self, lines: &[u8], batch: &mut Batch) -> bool {
        let Some((meter, days)) = self.layout.turn(lines) else { return false };
        let Ok(meter) = intern(&mut self.meters, meter, batch) else { return false };
        self.meter = meter;
        self.day_start = i64::from(days) * 86_400;
        true
    }

    /// Reads one line by the grammar.
    fn read_line(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        let start = self.next;
        let text = *lines;
        let line = line::next_line(lines, &mut self.next);
        if grammar::is_skipped(line) {
            return Ok(());
        }
        let mut was_rounded = false;
        let parsed = grammar::record(line, start, self.excess_decimals).map(|(record, rounded)| {
            was_rounded = rounded;
            record
        });
        match self.sequence.check(parsed, line, start)? {
            Record::Header(header) => {
                self.header = FileHeader {
                    created_at: Some(header.created_at),
                    sender: Some(header.company.into_owned()),
                    generation: Some(header.generation),
                };
            }
            Record::Consumption(record) => {
                let span = Line { text: line, start }.whole();
                self.meter = intern(&mut self.meters, record.meter.as_bytes(), batch)
                    .map_err(|_| too_many("meters", Interner::MOST, span))?;
                let line_number = u32::try_from(start.line).map_err(|_| too_many("lines", u32::MAX, span))?;
                batch.push(reading(self.meter, record.start, record.consumption, line_number));
                self.day_start = record.start.div_euclid(86_400) * 86_400;
                self.layout.learn(line, &text[line.len()..text.len() - lines.len()]);
                self.rounded += u64::from(was_rounded);
            }
            Record::Trailer => {}
        }
        Ok(())
    }
}

/// The number of a meter; a new one is described in the batch.
fn intern(meters: &mut Interner, meter: &[u8], batch: &mut Batch) -> Result<u32, crate::interner::Full> {
    let (number, is_new) = meters.intern(meter)?;
    if is_new {
        batch.new_channels.push(channel(String::from_utf8_lossy(meter).into_owned()));
    }
    Ok(number)
}

fn channel(meter: String) -> Channel {
    let nothing = String::new;
    Channel {
        scheme: Scheme::GasMeter,
        meter,
        name: nothing(),
        unit: nothing(),
        source_unit: nothing(),
        serial: nothing(),
        register: nothing(),
        plant: nothing(),
        zone: MarketZone::Utc,
    }
}

fn reading(channel: u32, start: i64, quantity: Quantity, line: u32) -> Reading {
    let (quality, version) = (Quality::UNSTATED, Version::UNSTATED);
    Reading { channel, start, minutes: IntervalLength::HOUR, quantity, quality, version, line }
}

fn too_many(what: &'static str, limit: u32, span: Span) -> ParseError {
    ParseError::new(ErrorKind::TooMany { what, limit: u64::from(limit) }, span).of_frame()
}

impl BatchReader for Reader {
    fn read(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        if self.next == Position::START {
            let (text, skipped) = line::without_mark(lines);
            (*lines, self.next.offset) = (text, skipped);
        }
        while !lines.is_empty() && !batch.is_full() {
            if self.sequence.in_body() && self.layout.is_known() {
                self.read_alike(lines, batch);
                if lines.is_empty() || batch.is_full() {
                    break;
                }
            }
            self.read_line(lines, batch)?;
        }
        Ok(())
    }

    fn finish(&mut self, _batch: &mut Batch) -> Result<(), ParseError> {
        self.sequence.finish(Span { position: self.next, length: 0 })
    }

    fn header(&self) -> &FileHeader {
        &self.header
    }

    fn rounded(&self) -> u64 {
        self.rounded
    }
}

/// Every line stands for itself, once the header has come.
impl Splittable for Reader {
    type State = Sequence;

    fn start(_options: &Options) -> Sequence {
        Sequence::default()
    }

    fn resume(options: &Options, state: &Sequence, at: Position) -> Self {
        Self { sequence: *state, next: at, ..Self::new(options) }
    }

    fn state(&self) -> Sequence {
        self.sequence
    }

    fn position(&self) -> Position {
        self.next
    }

    fn split(lines: &[u8]) -> Option<usize> {
        memchr::memrchr(b'\n', lines).map(|newline| newline + 1)
    }

    fn predict(_options: &Options, _state: &Sequence, _lines: &[u8]) -> Sequence {
        Sequence::Body
    }
}
