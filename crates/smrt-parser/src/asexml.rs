//! Meter data files inside aseXML messages, as the market's systems hand them on.
//!
//! An aseXML message holds the text of NEM12 files in elements `CSVIntervalData` and that of NEM13 files in elements
//! `CSVConsumptionData`, one for each transaction (aseXML Guidelines, MeterDataNotification). Lines of XML come in; the
//! reader of the format gets the lines of these elements, with references and CDATA sections undone, and is told where
//! in the XML file each of them stands, so that all places it names are those of the file. What stands elsewhere in the
//! message is passed over; it is the envelope, not the data. Line by line, whatever the size of the message. A text
//! that is no XML goes to the reader as it is.
//!
//! This is no XML parser: names are matched without their prefixes, and nothing is validated but that all elements are
//! closed at the end, which tells a whole message from one that was cut short.

mod extract;

use crate::{BatchReader, ParseError, Remark, formats::mdff, line::without_mark};
use extract::Extractor;
use smrt_core::{Batch, FileHeader, Position, Span};

/// The elements that hold the text of NEM12 and NEM13 files.
pub(crate) const INTERVAL_DATA: &str = "CSVIntervalData";
pub(crate) const CONSUMPTION_DATA: &str = "CSVConsumptionData";

/// A reader of a format that may come inside aseXML.
pub(crate) trait Embedded: BatchReader {
    /// The format's name, and the element of a message that holds its text.
    const FORMAT: &'static str;
    const ELEMENT: &'static str;

    /// Says that the text comes from inside a message, where block may follow block, and that the next line stands
    /// at `at`.
    fn embed(&mut self, at: Position);
}

/// Whether the first bytes of a source are those of a message that holds data in elements of this name.
pub(crate) fn recognises(first_bytes: &[u8], element: &str) -> bool {
    is_xml(first_bytes)
        && memchr::memmem::find_iter(first_bytes, element.as_bytes())
            .any(|at| at > 0 && matches!(first_bytes[at - 1], b'<' | b':'))
}

/// Whether the last line of a source can be that of a whole message.
pub(crate) fn ends_complete(last_line: &[u8]) -> bool {
    last_line.trim_ascii_end().ends_with(b">")
}

/// Whether a text is XML, by its first byte.
pub(crate) fn is_xml(text: &[u8]) -> bool {
    without_mark(text).0.trim_ascii_start().starts_with(b"<")
}

/// What the first line with any text on it has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Unknown,
    Plain,
    Message,
}

/// Reads sources that may be aseXML messages.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    inner: R,
    source: Source,
    extractor: Extractor,
    /// The line of an element that the inner reader gets, and how much of it it has taken.
    line: Vec<u8>,
    given: usize,
    /// Bytes at the front of the source that `line` was made from.
    held: usize,
    /// Start of what comes next.
    next: Position,
}

impl<R: Embedded> Reader<R> {
    /// A reader at the start of a source.
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            source: Source::Unknown,
            extractor: Extractor::new(R::ELEMENT),
            line: Vec::new(),
            given: 0,
            held: 0,
            next: Position::START,
        }
    }

    /// Looks at the first line that is not blank; the lines before it are read like those of any text.
    fn look(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        let end = memchr::memchr(b'\n', lines).map_or(lines.len(), |newline| newline + 1);
        let (line, _) = lines.split_at(end);
        let text = if self.next == Position::START { without_mark(line).0 } else { line }.trim_ascii_start();
        if !text.is_empty() {
            self.source = if text.starts_with(b"<") { Source::Message } else { Source::Plain };
            return Ok(());
        }
        let mut rest = line;
        let read = self.inner.read(&mut rest, batch);
        self.pass(line.len() - rest.len(), lines);
        read
    }

    /// Reads the next line of an element, or passes over what is none.
    fn read_line(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        if self.held == 0 {
            self.line.clear();
            self.given = 0;
            let extracted = self.extractor.line(lines, &mut self.line);
            self.held = extracted.taken;
            if let Some(first) = extracted.first {
                let column = self.next.column.saturating_add(u32::try_from(first).unwrap_or(u32::MAX));
                self.inner.embed(Position { column, offset: self.next.offset + first as u64, ..self.next });
            }
        }
        let mut rest = &self.line[self.given..];
        let read = if rest.is_empty() { Ok(()) } else { self.inner.read(&mut rest, batch) };
        self.given = self.line.len() - rest.len();
        if self.given == self.line.len() {
            self.pass(self.held, lines);
            self.held = 0;
        }
        read
    }

    /// Takes bytes of at most one line off the front of the source.
    fn pass(&mut self, count: usize, lines: &mut &[u8]) {
        let (passed, rest) = lines.split_at(count.min(lines.len()));
        *lines = rest;
        self.next.offset += passed.len() as u64;
        if passed.ends_with(b"\n") {
            self.next.line += 1;
            self.next.column = 1;
        } else {
            self.next.column = self.next.column.saturating_add(u32::try_from(passed.len()).unwrap_or(u32::MAX));
        }
    }
}

impl<R: Embedded> BatchReader for Reader<R> {
    fn read(&mut self, lines: &mut &[u8], batch: &mut Batch) -> Result<(), ParseError> {
        while self.source == Source::Unknown && !lines.is_empty() && !batch.is_full() {
            self.look(lines, batch)?;
        }
        if self.source == Source::Plain {
            return self.inner.read(lines, batch);
        }
        while !lines.is_empty() && !batch.is_full() {
            self.read_line(lines, batch)?;
            if self.held > 0 {
                // Its remarks must be taken first.
                break;
            }
        }
        Ok(())
    }

    fn finish(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        if self.source != Source::Message {
            return self.inner.finish(batch);
        }
        self.inner.embed(self.next);
        let fault = if !self.extractor.is_closed() {
            mdff::Fault::MessageCut
        } else if self.extractor.has_seen_other() {
            mdff::Fault::MixedRecords { expected: R::FORMAT, found: "an element of the other format" }
        } else if !self.extractor.has_seen_data() {
            mdff::Fault::NotMdff { found: "XML without the element of a meter data file" }
        } else {
            return self.inner.finish(batch);
        };
        // What is left of the data is given all the same, for those who count it.
        let _ = self.inner.finish(batch);
        Err(ParseError::new(fault.into(), Span { position: self.next, length: 0 }).of_frame())
    }

    fn take_remark(&mut self) -> Option<Remark> {
        self.inner.take_remark()
    }

    fn refused(&self) -> Option<&[u8]> {
        self.inner.refused()
    }

    fn header(&self) -> &FileHeader {
        self.inner.header()
    }

    fn rounded(&self) -> u64 {
        self.inner.rounded()
    }
}
