//! Lines to batches: which record may follow which, and what each adds to the batch.

use super::super::mdff::{self, Fault, Fields, Frame, Oddity, Part, Remarks, codes::QualityMethod, time};
use super::{
    broken::{self, Broken},
    day::{self, Measure, Values},
    details, event, fast,
    open::OpenDay,
};
use crate::{
    BatchReader, Dialect, ErrorKind, Options, ParseError, Remark,
    asexml::{self, Embedded},
    interner::Interner,
    lex::found,
    line::{self, Line},
};
use smrt_core::{
    Batch, Channel, ExcessDecimals, FileHeader, Flag, IntervalEvent, IntervalLength, MarketZone, Position, Quality,
    Quantity, RegisterRead, Scheme, Span, Unit, Version,
};

const FORMAT: &str = "NEM12";
const INDICATORS: &str = "a record 100, 200, 300, 400, 500 or 900";

/// Reads NEM12 files; see the [module](super) for the format.
///
/// A channel is a suffix of an NMI in one unit. Each value of a 300 record is a reading of the line that the record
/// stands in, with the quality that the record or a 400 record gives it and the time of the update as its version. A
/// 500 record is a register read without a quantity.
#[derive(Debug)]
pub struct Reader {
    dialect: Dialect,
    excess: ExcessDecimals,
    header: FileHeader,
    frame: Frame,
    channels: Interner,
    remarks: Remarks,
    /// Start of the next line.
    next: Position,
    rounded: u64,
    block: Block,
    open: Open,
    /// The open day while no batch is in hand.
    held: Batch,
    broken: Option<Broken>,
    values: Values,
    stamps: fast::Stamps,
    refused: Option<Vec<u8>>,
    takes_fast_path: bool,
}

/// The 200 record that is in force.
#[derive(Debug)]
enum Block {
    None,
    Refused,
    Of(Days),
}

/// What the days behind a 200 record need of it.
#[derive(Debug)]
struct Days {
    channel: u32,
    measure: Measure,
    length: IntervalLength,
    /// Whether `length` is that of the values, not of the record.
    is_inferred: bool,
    /// The day of the 300 record before, days since 1970-01-01.
    last: Option<i32>,
    /// The version of the last day.
    version: Version,
    /// Where the record stands, until a 300 record has come.
    without_days: Option<Span>,
}

/// The 300 record that 400 records may follow.
#[derive(Debug)]
enum Open {
    None,
    /// It was refused, and they with it.
    Refused,
    Day(OpenDay),
}

impl Reader {
    /// A reader at the start of a file.
    pub fn new(options: &Options) -> Self {
        Self {
            dialect: options.dialect,
            excess: options.excess_decimals,
            header: FileHeader::default(),
            frame: Frame::new(options.dialect),
            channels: Interner::default(),
            remarks: Remarks::default(),
            next: Position::START,
            rounded: 0,
            block: Block::None,
            open: Open::None,
            held: Batch::default(),
            broken: None,
            values: Values::default(),
            stamps: fast::Stamps::default(),
            refused: None,
            takes_fast_path: true,
        }
    }

    /// A reader that goes by the grammar alone: slower, and what the fast path is compared with.
    pub fn by_grammar(options: &Options) -> Self {
        Self { takes_fast_path: false, ..Self::new(options) }
    }

    fn is_lenient(&self) -> bool {
        self.dialect == Dialect::Lenient
    }

    fn read_records(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        while !lines.is_empty() && !self.must_hand_over(batch) {
            if !self.read_fast(lines, batch) {
                self.read_line(lines, batch)?;
            }
        }
        Ok(())
    }

    /// Whether the batch is full without the open day, or too many remarks wait.
    fn must_hand_over(&self, batch: &Batch) -> bool {
        let (readings, events) = match &self.open {
            Open::Day(day) => (day.first_row, day.first_event),
            _ => (batch.len(), batch.events.len()),
        };
        readings >= Batch::CAPACITY
            || batch.new_channels.len() >= Batch::CHANNELS
            || events + batch.register_reads.len() >= Batch::TEXTS
            || self.remarks.are_many()
    }

    /// Reads a plain 300 record; whether there was one.
    fn read_fast(&mut self, lines: &mut &[u8], batch: &mut Batch) -> bool {
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
        let start = push_day(batch, days, read.days, quality, read.version, line_number);
        let position = self.next;
        self.next.line += 1;
        self.next.offset += read.length as u64;
        self.open = Open::Day(OpenDay {
            span: Span { position, length: 0 },
            text: Vec::new(),
            first_row: row,
            first_event: batch.events.len(),
            channel: days.channel,
            start,
            length: days.length,
            intervals: count,
            covered: 0,
            varies: false,
            reason: None,
            bends: self.dialect == Dialect::Lenient && !days.is_inferred,
            rounded: 0,
        });
        *lines = &lines[read.length..];
        true
    }

    /// Reads one line by the grammar, or ends what a line before has begun and leaves the line for the next time.
    fn read_line(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        let (mut rest, mut next) = (*lines, self.next);
        let line = Line { text: line::next_line(&mut rest, &mut next), start: self.next };
        let continues = self.broken.is_some() && broken::is_continuation(line.text);
        if self.broken.is_some() && !continues {
            return self.finish_broken(batch);
        }
        if !matches!(self.open, Open::None) && !continues && self.ends_day(line.text) {
            return self.close_day(batch);
        }
        (*lines, self.next) = (rest, next);
        if continues { self.continue_broken(line, batch) } else { self.read_record(line, batch) }
    }

    /// Whether a line is a record that ends the day before it.
    fn ends_day(&self, text: &[u8]) -> bool {
        let indicator = text.split(|&byte| byte == b',').next().unwrap_or_default();
        let indicator = if self.is_lenient() { indicator.trim_ascii() } else { indicator };
        matches!(indicator, b"100" | b"200" | b"250" | b"300" | b"900")
    }

    fn read_record(&mut self, line: Line<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        if self.frame.is_foreign() {
            return Ok(());
        }
        if mdff::is_blank(line.text) {
            self.remarks.add(Oddity::BlankLine, line.whole());
            return Ok(());
        }
        if let Some(found) = self.frame.is_at_start().then(|| other_kind(line.text)).flatten() {
            self.frame.give_up();
            return Err(line.error(line.text, Fault::NotMdff { found }.into()).of_frame());
        }
        let mut fields = if self.is_lenient() && line.text.trim_ascii_start().starts_with(b"400") {
            Fields::cut_first(event::EVENT_FIELDS, line, self.dialect, &mut self.remarks)
        } else {
            Fields::cut(line, self.dialect, &mut self.remarks)
        };
        let part = match fields.get(0) {
            b"100" => Part::Header,
            b"900" => Part::Trailer,
            b"250" => return Err(mixed(line, "250")),
            b"550" => return Err(mixed(line, "550")),
            _ => Part::Body,
        };
        self.frame.check(part, line, &mut self.remarks).inspect_err(|_| {
            if fields.get(0) == b"200" {
                self.block = Block::Refused;
            }
        })?;
        match fields.get(0) {
            b"100" => {
                self.end_block();
                let header = mdff::header(&mut fields, FORMAT, self.dialect, &mut self.remarks);
                self.header = header.map_err(ParseError::of_frame)?;
                Ok(())
            }
            b"200" => self.read_details(fields, batch),
            b"300" => self.read_day(fields, batch),
            b"400" => self.read_event(fields, batch),
            b"500" => self.read_stand(fields, batch),
            b"900" => {
                self.end_block();
                fields.expect(mdff::TRAILER, 1, 1, self.dialect, &mut self.remarks).map_err(ParseError::of_frame)
            }
            other => {
                let part = if other.is_empty() { line.text } else { other };
                let kind = ErrorKind::UnknownRecord { expected: INDICATORS, found: found(other) };
                Err(line.error(part, kind))
            }
        }
    }

    /// Ends what a 200 record has begun.
    fn end_block(&mut self) {
        if let Block::Of(Days { without_days: Some(span), .. }) = std::mem::replace(&mut self.block, Block::None) {
            self.remarks.add(Oddity::NoDays, span);
        }
    }

    fn read_details(&mut self, mut fields: Fields<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        self.end_block();
        self.block = Block::Refused;
        let details = details::details(&mut fields, self.dialect, &mut self.remarks)?;
        let unit = Unit::of_sender(details.unit);
        let key = [details.nmi, details.suffix, &unit.name].join("\0");
        let span = fields.line().whole();
        let (channel, is_new) =
            self.channels.intern(key.as_bytes()).map_err(|_| too_many("channels", Interner::MOST, span))?;
        if is_new {
            batch.new_channels.push(Channel {
                scheme: Scheme::Nmi,
                meter: details.nmi.to_owned(),
                name: details.suffix.to_owned(),
                unit: unit.name.into_owned(),
                source_unit: details.unit.to_owned(),
                serial: details.serial.to_owned(),
                register: details.register.to_owned(),
                plant: String::new(),
                zone: MarketZone::Fixed(time::NEM_MINUTES),
            });
        }
        let minutes = details.length.minutes();
        self.block = Block::Of(Days {
            channel,
            measure: Measure { minutes, is_mega: unit.is_mega, dialect: self.dialect, excess: self.excess },
            length: details.length,
            is_inferred: false,
            last: None,
            version: Version::UNSTATED,
            without_days: Some(span),
        });
        Ok(())
    }

    fn read_day(&mut self, mut fields: Fields<'_>, batch: &mut Batch) -> Result<(), ParseError> {
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
            let finer = values.filter(|_| days.without_days.is_some());
            if let Some(minutes) = finer.and_then(|values| day::finer_length(values, days.measure.minutes))
                && let Some(length) = IntervalLength::from_minutes(minutes)
            {
                self.remarks.add(Oddity::LengthInferred(minutes), line.whole());
                (days.measure.minutes, days.length, days.is_inferred) = (minutes, length, true);
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
        let (row, first_event) = (batch.len(), batch.events.len());
        let quality = match day.quality {
            QualityMethod::Of(quality) => quality,
            QualityMethod::Variable => Quality::UNSTATED,
        };
        batch.quantity.extend_from_slice(&self.values.quantities);
        let start = push_day(batch, days, day.days, quality, day.version, line_number);
        if quality == Quality::NULL {
            batch.quantity[row..].fill(Quantity::ZERO);
            let quality_field = day::BEFORE + self.values.quantities.len();
            fields.remark(&mut self.remarks, quality_field, Oddity::NoValue(self.values.quantities.len()));
        }
        for &missing in &self.values.missing {
            batch.quality[row + missing] = Quality::NULL;
        }
        if day.reason.is_some() || !day.text.is_empty() {
            let (channel, end) = (days.channel, start + 86_400);
            let (reason, text) = (day.reason, day.text.to_owned());
            batch.events.push(IntervalEvent { channel, start, end, quality, reason, text, line: line_number });
        }
        let varies = day.quality == QualityMethod::Variable;
        self.rounded += day.rounded;
        self.open = Open::Day(OpenDay {
            span: line.whole(),
            text: if varies { line.text.to_vec() } else { Vec::new() },
            first_row: row,
            first_event,
            channel: days.channel,
            start,
            length: days.length,
            intervals: days.measure.intervals(),
            covered: 0,
            varies,
            reason: day.reason,
            bends: self.dialect == Dialect::Lenient && !days.is_inferred,
            rounded: day.rounded,
        });
        Ok(())
    }

    fn read_event(&mut self, mut fields: Fields<'_>, batch: &mut Batch) -> Result<(), ParseError> {
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

    fn read_stand(&mut self, mut fields: Fields<'_>, batch: &mut Batch) -> Result<(), ParseError> {
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
    fn close_day(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
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

    /// Takes the open day back; gives the text of its record.
    fn refuse_day(&mut self, batch: &mut Batch) -> Option<Vec<u8>> {
        match std::mem::replace(&mut self.open, Open::Refused) {
            Open::Day(day) => {
                self.rounded -= day.rounded;
                Some(day.refuse(batch))
            }
            Open::None | Open::Refused => None,
        }
    }

    fn continue_broken(&mut self, line: Line<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        let fields = match &self.block {
            Block::Of(days) => day::BEFORE + days.measure.intervals() + day::BEHIND,
            Block::None | Block::Refused => 0,
        };
        let Some(broken) = &mut self.broken else { return Ok(()) };
        broken.add(line.text);
        if broken.is_complete(fields) { self.finish_broken(batch) } else { Ok(()) }
    }

    /// Reads a record that was put together from several lines. Places in it are those of its first line.
    fn finish_broken(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        let Some(broken) =
            self.broken.as_ref().map(|broken| (broken.text.clone(), broken.start, broken.span, broken.lines))
        else {
            return Ok(());
        };
        let (text, start, span, lines) = broken;
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

/// Appends everything but the quantities of a day, which are in the batch already; gives its start.
#[inline]
fn push_day(batch: &mut Batch, days: &Days, day: i32, quality: Quality, version: Version, line: u32) -> i64 {
    let start = time::day_start(day);
    let filled = batch.quantity.len();
    let step = days.length.seconds();
    let count = i64::try_from(filled - batch.start.len()).unwrap_or(0);
    batch.start.extend((0..count).map(|index| start.wrapping_add(index.wrapping_mul(step))));
    batch.channel.resize(filled, days.channel);
    batch.minutes.resize(filled, days.length);
    batch.quality.resize(filled, quality);
    batch.version.resize(filled, version);
    batch.line.resize(filled, line);
    start
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

fn mixed(line: Line<'_>, found: &'static str) -> ParseError {
    line.error(line.text, Fault::MixedRecords { expected: FORMAT, found }.into()).of_frame()
}

fn too_many(what: &'static str, limit: u32, span: Span) -> ParseError {
    ParseError::new(ErrorKind::TooMany { what, limit: u64::from(limit) }, span).of_frame()
}

fn number(line: Line<'_>) -> Result<u32, ParseError> {
    u32::try_from(line.start.line).map_err(|_| too_many("lines", u32::MAX, line.whole()))
}

/// What a file is whose first line is no record of a meter data file but something that senders do send.
fn other_kind(line: &[u8]) -> Option<&'static str> {
    let begins_with_letter =
        line.trim_ascii_start().first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'"');
    let names_nmi = line.windows(3).any(|word| word.eq_ignore_ascii_case(b"nmi"));
    if line.contains(&0) || line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
        Some("text in UTF-16: save it as UTF-8")
    } else if line == b"100" {
        Some("the SimpleNem12 table of a portal, whose 100 record has one field")
    } else if line.contains(&b'\r') {
        Some("lines that end in a carriage return alone")
    } else if begins_with_letter && names_nmi {
        Some("a table with a line of column names, as portals send it")
    } else if line.trim_ascii_start().first() == Some(&b'<') {
        Some("XML without the element of a meter data file")
    } else {
        None
    }
}

impl BatchReader for Reader {
    fn read(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        self.refused = None;
        if self.next == Position::START {
            let (text, skipped) = line::without_mark(lines);
            (*lines, self.next.offset) = (text, skipped);
        }
        if let Open::Day(day) = &mut self.open {
            day.carry(&mut self.held, batch);
        }
        let read = self.read_records(lines, batch);
        if let Open::Day(day) = &mut self.open {
            day.carry(batch, &mut self.held);
        }
        read
    }

    fn finish(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        self.refused = None;
        if let Open::Day(day) = &mut self.open {
            day.carry(&mut self.held, batch);
        }
        let rejoined = self.finish_broken(batch);
        let closed = self.close_day(batch);
        self.end_block();
        // What the whole file lacks goes before what its last day lacks.
        self.frame.finish(Span { position: self.next, length: 0 }, &mut self.remarks)?;
        rejoined.and(closed)
    }

    fn take_remark(&mut self) -> Option<Remark> {
        self.remarks.take()
    }

    fn refused(&self) -> Option<&[u8]> {
        self.refused.as_deref()
    }

    fn header(&self) -> &FileHeader {
        &self.header
    }

    fn rounded(&self) -> u64 {
        self.rounded
    }
}

impl Embedded for Reader {
    const FORMAT: &'static str = FORMAT;
    const ELEMENT: &'static str = asexml::INTERVAL_DATA;

    fn embed(&mut self, at: Position) {
        self.next = at;
        self.frame.allow_several();
    }
}
