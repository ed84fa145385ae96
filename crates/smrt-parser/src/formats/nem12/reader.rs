//! Lines to batches: which record may follow which. What days add to the batch stands in `days`.

use super::super::mdff::{self, Fault, Fields, Frame, Oddity, Part, Remarks, time};
use super::{
    broken::{self, Broken},
    day::{Measure, Values},
    days::{Block, Days, Open},
    details, event, fast,
};
use crate::{
    BatchReader, Dialect, ErrorKind, Options, ParseError, Remark,
    asexml::{self, Embedded},
    interner::Interner,
    lex::found,
    line::{self, Line},
};
use smrt_core::{Batch, Channel, ExcessDecimals, FileHeader, MarketZone, Position, Scheme, Span, Unit, Version};

const FORMAT: &str = "NEM12";
const INDICATORS: &str = "a record 100, 200, 300, 400, 500 or 900";

/// Reads NEM12 files; see the [module](super) for the format.
///
/// A channel is a suffix of an NMI in one unit. Each value of a 300 record is a reading of the line that the record
/// stands in, with the quality that the record or a 400 record gives it and the time of the update as its version. A
/// 500 record is a register read without a quantity.
#[derive(Debug)]
pub struct Reader {
    pub(super) dialect: Dialect,
    pub(super) excess: ExcessDecimals,
    pub(super) header: FileHeader,
    pub(super) frame: Frame,
    pub(super) channels: Interner,
    pub(super) remarks: Remarks,
    /// Start of the next line.
    pub(super) next: Position,
    pub(super) rounded: u64,
    pub(super) block: Block,
    /// The line of that record.
    pub(super) details: Vec<u8>,
    /// A channel whose 200 record stands before the part of the source that this reader began with.
    pub(super) described: Option<Channel>,
    pub(super) open: Open,
    /// The open day while no batch is in hand.
    pub(super) held: Batch,
    pub(super) broken: Option<Broken>,
    pub(super) values: Values,
    pub(super) stamps: fast::Stamps,
    pub(super) refused: Option<Vec<u8>>,
    pub(super) takes_fast_path: bool,
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
            details: Vec::new(),
            described: None,
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
            b"250" => return Err(mixed(line, "a 250 record")),
            b"550" => return Err(mixed(line, "a 550 record")),
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

    pub(super) fn read_details(&mut self, mut fields: Fields<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        self.end_block();
        self.block = Block::Refused;
        let details = details::details(&mut fields, self.dialect, &mut self.remarks)?;
        let unit = Unit::of_sender(details.unit);
        let key = [details.nmi, details.suffix, &unit.name].join("\0");
        let span = fields.line().whole();
        self.details.clear();
        self.details.extend_from_slice(fields.line().text);
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
}

fn mixed(line: Line<'_>, found: &'static str) -> ParseError {
    line.error(line.text, Fault::MixedRecords { expected: FORMAT, found }.into()).of_frame()
}

pub(super) fn too_many(what: &'static str, limit: u32, span: Span) -> ParseError {
    ParseError::new(ErrorKind::TooMany { what, limit: u64::from(limit) }, span).of_frame()
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
        batch.new_channels.extend(self.described.take());
        let read = self.read_records(lines, batch);
        if let Open::Day(day) = &mut self.open {
            day.carry(batch, &mut self.held);
        }
        read
    }

    fn finish(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        let closed = self.finish_day(batch);
        self.end_block();
        // What the whole file lacks goes before what its last day lacks, and has no lines.
        let ended = self.frame.finish(Span { position: self.next, length: 0 }, &mut self.remarks);
        if ended.is_err() {
            self.refused = None;
        }
        ended.and(closed)
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
