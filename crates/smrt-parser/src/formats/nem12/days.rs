//! Days to rows of the batch: the 300 records, the 400 and 500 records behind them, and records broken over lines.

use super::super::mdff::{Fault, Fields, Oddity, codes::QualityMethod, time};
use super::{
    broken::Broken,
    day::{self, Day, Measure, Values},
    event, fast,
    open::OpenDay,
    reader::{Reader, too_many},
};
use crate::{Dialect, ParseError, lex::found, line::Line};
use smrt_core::{Batch, Flag, IntervalEvent, IntervalLength, Quality, Quantity, RegisterRead, Span, Version};

/// The 200 record that is in force.
#[derive(Debug)]
pub(super) enum Block {
    None,
    Refused,
    Of(Days),
}

/// What the days behind a 200 record need of it.
#[derive(Debug)]
pub(super) struct Days {
    pub(super) channel: u32,
    pub(super) measure: Measure,
    pub(super) length: IntervalLength,
    /// Whether `length` is that of the values, not of the record.
    pub(super) is_inferred: bool,
    /// The day of the 300 record before, days since 1970-01-01.
    pub(super) last: Option<i32>,
    /// The version of the last day.
    pub(super) version: Version,
    /// Where the record stands, until a 300 record has come.
    pub(super) without_days: Option<Span>,
}

/// The 300 record that 400 records may follow.
#[derive(Debug)]
pub(super) enum Open {
    None,
    /// It was refused, and they with it.
    Refused,
    Day(OpenDay),
}

impl Days {
    /// The length that so many values of the first day need, where it is finer than the one stated.
    fn finer_length(&self, values: usize) -> Option<IntervalLength> {
        self.without_days?;
        day::finer_length(values, self.measure.minutes).and_then(IntervalLength::from_minutes)
    }

    /// Goes on with intervals of another length.
    pub(super) fn set_length(&mut self, length: IntervalLength, is_inferred: bool) {
        (self.measure.minutes, self.length, self.is_inferred) = (length.minutes(), length, is_inferred);
    }

    /// A day whose readings will stand behind those of the batch.
    fn open(&self, batch: &Batch, start: i64, span: Span) -> OpenDay {
        OpenDay {
            span,
            text: Vec::new(),
            first_row: batch.len(),
            first_event: batch.events.len(),
            channel: self.channel,
            start,
            length: self.length,
            intervals: self.measure.intervals(),
            covered: 0,
            varies: false,
            reason: None,
            bends: self.measure.dialect == Dialect::Lenient && !self.is_inferred,
            rounded: 0,
        }
    }

    /// Appends a day.
    fn fill(&self, batch: &mut Batch, day: &Day<'_>, values: &Values, line: u32) {
        let (row, start) = (batch.len(), time::day_start(day.days));
        let quality = match day.quality {
            QualityMethod::Of(quality) => quality,
            QualityMethod::Variable => Quality::UNSTATED,
        };
        batch.quantity.extend_from_slice(&values.quantities);
        self.push(batch, start, quality, day.version, line);
        if quality == Quality::NULL {
            batch.quantity[row..].fill(Quantity::ZERO);
        }
        for &missing in &values.missing {
            batch.quality[row + missing] = Quality::NULL;
        }
        if day.reason.is_some() || !day.text.is_empty() {
            let (channel, end) = (self.channel, start + 86_400);
            let (reason, text) = (day.reason, day.text.to_owned());
            batch.events.push(IntervalEvent { channel, start, end, quality, reason, text, line });
        }
    }

    /// Appends everything but the quantities of a day, which are in the batch already.
    #[inline]
    fn push(&self, batch: &mut Batch, start: i64, quality: Quality, version: Version, line: u32) {
        let filled = batch.quantity.len();
        let step = self.length.seconds();
        let count = i64::try_from(filled - batch.start.len()).unwrap_or(0);
        batch.start.extend((0..count).map(|index| start.wrapping_add(index.wrapping_mul(step))));
        batch.channel.resize(filled, self.channel);
        batch.minutes.resize(filled, self.length);
        batch.quality.resize(filled, quality);
        batch.version.resize(filled, version);
        batch.line.resize(filled, line);
    }
}

impl Reader {
    /// Reads a plain 300 record; whether there was one.
    pub(super) fn read_fast(&mut self, lines: &mut &[u8], batch: &mut Batch) -> bool {
        let Block::Of(days) = &mut self.block else { return false };
        let may_follow = match &self.open {
            // The day before ends here, and nothing can be wrong with it.
            Open::Day(open) => !open.varies && !batch.is_full(),
            _ => true,
        };
        let line_number = u32::try_from(self.next.line);
        let (true, Ok(line_number)) =
            (self.takes_fast_path && may_follow && self.broken.is_none() && self.frame.in_body(), line_number)
        else {
            return false;
        };
        let (row, count) = (batch.len(), days.measure.intervals());
        batch.quantity.resize(row + count, Quantity::ZERO);
        let read = fast::line(lines, days.measure.is_mega, &mut self.stamps, &mut batch.quantity[row..]);
        let Some(read) = read.filter(|read| days.last.is_none_or(|last| last < read.days)) else {
            batch.quantity.truncate(row);
            return false;
        };
        (days.last, days.version, days.without_days) = (Some(read.days), read.version, None);
        let quality = Quality { flag: Flag::Actual, method: 0 };
        let start = time::day_start(read.days);
        // The place is that of an error alone, and nothing can be wrong with this day any more.
        let open = days.open(batch, start, Span { position: self.next, length: 0 });
        days.push(batch, start, quality, read.version, line_number);
        self.next.line += 1;
        self.next.offset += read.length as u64;
        self.open = Open::Day(open);
        *lines = &lines[read.length..];
        true
    }

    pub(super) fn read_day(&mut self, mut fields: Fields<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        self.open = Open::Refused;
        let line = fields.line();
        let line_number = number(line)?;
        let days = days_of(&mut self.block, &fields, "300")?;
        if self.dialect == Dialect::Lenient {
            let values = day::count_values(&fields);
            if values.is_none() && self.broken.is_none() && fields.len() <= day::BEFORE + days.measure.intervals() {
                self.broken = Some(Broken::new(line));
                return Ok(());
            }
            if let Some(length) = values.and_then(|values| days.finer_length(values)) {
                self.remarks.add(Oddity::LengthInferred(length.minutes()), line.whole());
                days.set_length(length, true);
            }
        }
        days.without_days = None;
        let day = day::day(&mut fields, days.measure, &mut self.values, &mut self.remarks)?;
        if days.last.is_some_and(|last| last >= day.days) {
            if self.dialect == Dialect::Strict {
                return Err(fields.error(1, Fault::DayOrder { found: found(fields.get(1)) }));
            }
            fields.remark(&mut self.remarks, 1, Oddity::DayOrder);
        }
        (days.last, days.version) = (Some(day.days), day.version);
        self.rounded += day.rounded;
        if day.quality == QualityMethod::Of(Quality::NULL) {
            let count = self.values.quantities.len();
            fields.remark(&mut self.remarks, day::BEFORE + count, Oddity::NoValue(count));
        }
        let mut open = days.open(batch, time::day_start(day.days), line.whole());
        if day.quality == QualityMethod::Variable {
            (open.varies, open.text) = (true, line.text.to_vec());
        }
        (open.reason, open.rounded) = (day.reason, day.rounded);
        days.fill(batch, &day, &self.values, line_number);
        self.open = Open::Day(open);
        Ok(())
    }

    pub(super) fn read_event(&mut self, mut fields: Fields<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        let Open::Day(day) = &mut self.open else {
            if matches!(self.open, Open::Refused) {
                return Ok(());
            }
            return Err(orphan(&fields, "300", "400", "none"));
        };
        let line_number = number(fields.line())?;
        let applied = event::event(&mut fields, self.dialect, &mut self.remarks)
            .and_then(|event| day.apply(&event, &fields, line_number, batch, &mut self.remarks));
        if applied.is_err() {
            // The error is about this line, and so is the text that comes with it.
            self.refuse_day(batch);
        }
        applied
    }

    pub(super) fn read_stand(&mut self, mut fields: Fields<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        let line_number = number(fields.line())?;
        let days = days_of(&mut self.block, &fields, "500")?;
        if days.without_days.is_some() {
            return Err(orphan(&fields, "300", "500", "none"));
        }
        let current = event::read(&mut fields, self.dialect, &mut self.remarks)?;
        let (channel, version) = (days.channel, days.version);
        batch.register_reads.push(RegisterRead {
            channel,
            current,
            version,
            line: line_number,
            ..RegisterRead::default()
        });
        Ok(())
    }

    /// Ends the open day: no 400 record follows.
    pub(super) fn close_day(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        let Open::Day(day) = &self.open else {
            self.open = Open::None;
            return Ok(());
        };
        let checked = day.check_whole(&mut self.remarks);
        if checked.is_err() {
            self.refused = self.refuse_day(batch);
        }
        self.open = Open::None;
        checked
    }

    /// Ends what the lines so far have begun.
    pub(super) fn finish_day(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        self.refused = None;
        batch.new_channels.extend(self.described.take());
        if let Open::Day(day) = &mut self.open {
            day.carry(&mut self.held, batch);
        }
        let rejoined = self.finish_broken(batch);
        rejoined.and(self.close_day(batch))
    }

    /// Takes the open day back; gives the text of its record.
    pub(super) fn refuse_day(&mut self, batch: &mut Batch) -> Option<Vec<u8>> {
        match std::mem::replace(&mut self.open, Open::Refused) {
            Open::Day(day) => {
                self.rounded -= day.rounded;
                Some(day.refuse(batch))
            }
            Open::None | Open::Refused => None,
        }
    }

    pub(super) fn continue_broken(&mut self, line: Line<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        let fields = match &self.block {
            Block::Of(days) => day::BEFORE + days.measure.intervals() + day::BEHIND,
            Block::None | Block::Refused => 0,
        };
        let Some(broken) = &mut self.broken else { return Ok(()) };
        broken.add(line.text);
        if broken.is_complete(fields) { self.finish_broken(batch) } else { Ok(()) }
    }

    /// Reads a record that was put together from several lines. Places in it are those of its first line.
    pub(super) fn finish_broken(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        // It stays in place while it is read, so that it is not taken for the beginning of another one.
        let Some(broken) = &mut self.broken else { return Ok(()) };
        let (text, start, span, lines) = (std::mem::take(&mut broken.text), broken.start, broken.span, broken.lines);
        let first_remark = self.remarks.len();
        let fields = Fields::cut(Line { text: &text, start }, self.dialect, &mut self.remarks);
        let read = self.read_day(fields, batch);
        self.broken = None;
        self.remarks.place_from(first_remark, span);
        if let Open::Day(day) = &mut self.open {
            day.span = span;
        }
        if read.is_ok() && lines > 1 {
            self.remarks.add(Oddity::Rejoined(lines), span);
        }
        read.map_err(|error| {
            self.refused = Some(text);
            ParseError { span, ..error }
        })
    }
}

/// The 200 record that a record belongs to.
fn days_of<'a>(block: &'a mut Block, fields: &Fields<'_>, record: &'static str) -> Result<&'a mut Days, ParseError> {
    match block {
        Block::Of(days) => Ok(days),
        Block::None => Err(orphan(fields, "200", record, "none")),
        Block::Refused => Err(orphan(fields, "200", record, "one that was refused")),
    }
}

fn orphan(fields: &Fields<'_>, parent: &'static str, record: &'static str, found: &'static str) -> ParseError {
    fields.line().error(fields.line().text, Fault::Orphan { parent, record, found }.into())
}

fn number(line: Line<'_>) -> Result<u32, ParseError> {
    u32::try_from(line.start.line).map_err(|_| too_many("lines", u32::MAX, line.whole()))
}
