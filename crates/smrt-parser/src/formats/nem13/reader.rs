//! Lines to register reads.

use super::super::mdff::{Fault, Fields, Frame, Oddity, Part, Remarks, TRAILER, header, is_blank, time};
use super::record::{self, Accumulated};
use crate::{
    BatchReader, Dialect, ErrorKind, Options, ParseError, Remark,
    asexml::{self, Embedded},
    interner::Interner,
    lex::found,
    line::{Line, next_line, without_mark},
};
use smrt_core::{Batch, Channel, FileHeader, MarketZone, Position, RegisterRead, Scheme, Span, Unit};

const FORMAT: &str = "NEM13";

/// 550 records that one read takes: far more than there are codes.
const MOST_ORDERS: u32 = 100;

/// Reads NEM13 files; see the [module](super) for the format.
///
/// Each 250 record is one register read, of the channel that NMI, suffix and unit name.
#[derive(Debug)]
pub struct Reader {
    options: Options,
    header: FileHeader,
    frame: Frame,
    remarks: Remarks,
    channels: Interner,
    /// The read of the last 250 record, for which 550 records may still come.
    held: Option<RegisterRead>,
    /// Start of the next line.
    next: Position,
    rounded: u64,
}

impl Reader {
    /// A reader at the start of a file.
    pub fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            header: FileHeader::default(),
            frame: Frame::new(options.dialect),
            remarks: Remarks::default(),
            channels: Interner::default(),
            held: None,
            next: Position::START,
            rounded: 0,
        }
    }

    fn read_line(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        let start = self.next;
        let line = Line { start, text: next_line(lines, &mut self.next) };
        if is_blank(line.text) {
            self.remarks.add(Oddity::BlankLine, line.whole());
            return Ok(());
        }
        self.read_record(line, batch)
    }

    fn read_record(&mut self, line: Line<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        // The specification's own examples have blanks before fields: they are left out in both dialects.
        let mut fields = Fields::cut(line, Dialect::Lenient, &mut self.remarks);
        let indicator = fields.get(0);
        if indicator != b"550" {
            self.give(batch);
        }
        let dialect = self.options.dialect;
        match indicator {
            b"100" => {
                let header = header(&mut fields, FORMAT, dialect, &mut self.remarks).map_err(ParseError::of_frame);
                self.frame.check(Part::Header, line, &mut self.remarks)?;
                self.header = header?;
                Ok(())
            }
            b"900" => {
                self.frame.check(Part::Trailer, line, &mut self.remarks)?;
                fields.expect(TRAILER, 1, 1, dialect, &mut self.remarks).map_err(ParseError::of_frame)
            }
            b"250" => {
                self.frame.check(Part::Body, line, &mut self.remarks)?;
                let accumulated = record::accumulated(&mut fields, &self.options, &mut self.remarks)?;
                self.hold(accumulated, line, batch)
            }
            b"550" => {
                self.frame.check(Part::Body, line, &mut self.remarks)?;
                let Some(read) = &mut self.held else {
                    let orphan = Fault::Orphan { parent: "250", record: "550", found: "none that was read" };
                    return Err(fields.error(0, orphan));
                };
                if read.further_records >= MOST_ORDERS {
                    let kind = ErrorKind::TooMany { what: "550 records for one 250", limit: u64::from(MOST_ORDERS) };
                    return Err(ParseError::new(kind, line.whole()));
                }
                record::order(&mut fields, read, dialect, &mut self.remarks)?;
                read.further_records += 1;
                Ok(())
            }
            other => Err(self.unknown(other, &fields)),
        }
    }

    /// What is wrong with a record that the format does not have.
    fn unknown(&mut self, indicator: &[u8], fields: &Fields<'_>) -> ParseError {
        if let Err(error) = self.frame.check(Part::Body, fields.line(), &mut self.remarks) {
            return error;
        }
        let of_nem12 = ["a 200 record", "a 300 record", "a 400 record", "a 500 record"];
        let of_nem12 =
            of_nem12.into_iter().find(|record| record.split(' ').nth(1).map(str::as_bytes) == Some(indicator));
        match of_nem12 {
            Some(found) => fields.error(0, Fault::MixedRecords { expected: FORMAT, found }).of_frame(),
            None => {
                let expected = "a record 100, 250, 550 or 900";
                fields.error(0, ErrorKind::UnknownRecord { expected, found: found(indicator) })
            }
        }
    }

    /// Keeps a read until all records that belong to it have come.
    fn hold(&mut self, accumulated: Accumulated<'_>, line: Line<'_>, batch: &mut Batch) -> Result<(), ParseError> {
        let too_many = |what, limit| ParseError::new(ErrorKind::TooMany { what, limit }, line.whole()).of_frame();
        let number = u32::try_from(line.start.line).map_err(|_| too_many("lines", u64::from(u32::MAX)))?;
        let Accumulated { point, unit: source_unit, read, was_rounded } = accumulated;
        let unit = Unit::of_sender(source_unit).name;
        let key = [point.nmi, point.suffix, &unit].join(",");
        let (channel, is_new) =
            self.channels.intern(key.as_bytes()).map_err(|_| too_many("channels", u64::from(Interner::MOST)))?;
        if is_new {
            batch.new_channels.push(Channel {
                scheme: Scheme::Nmi,
                meter: point.nmi.to_owned(),
                name: point.suffix.to_owned(),
                unit: unit.into_owned(),
                source_unit: source_unit.to_owned(),
                serial: point.serial.to_owned(),
                register: point.register.to_owned(),
                plant: String::new(),
                zone: MarketZone::Fixed(time::NEM_MINUTES),
            });
        }
        self.rounded += u64::from(was_rounded);
        self.held = Some(RegisterRead { channel, line: number, ..read });
        Ok(())
    }

    /// Gives the read that was held back.
    fn give(&mut self, batch: &mut Batch) {
        batch.register_reads.extend(self.held.take());
    }
}

impl BatchReader for Reader {
    fn read(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        if self.next == Position::START {
            (*lines, self.next.offset) = without_mark(lines);
        }
        while !lines.is_empty() && !batch.is_full() && !self.remarks.are_many() {
            self.read_line(lines, batch)?;
        }
        Ok(())
    }

    fn finish(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        self.give(batch);
        self.frame.finish(Span { position: self.next, length: 0 }, &mut self.remarks)
    }

    fn take_remark(&mut self) -> Option<Remark> {
        self.remarks.take()
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
    const ELEMENT: &'static str = asexml::CONSUMPTION_DATA;

    fn embed(&mut self, at: Position) {
        self.next = at;
        self.frame.allow_several();
    }
}
