//! What must hold for every reader, whatever bytes it is given.
//!
//! Bytes come in; a broken promise is a panic. The fuzz targets run this on what they invent and the parser's tests run
//! it on the committed corpus, so it is included by path in both and is part of no crate. What holds for one format
//! alone has a file of its own here.

mod nem12;
mod nem13;
mod smrt;

use smrt_core::{Batch, FileHeader};
use smrt_parser::{
    BatchReader, Blocks, Decoded, Dialect, ErrorKind, Format, Framer, Options, ParseError, Remark, Sink, decode, drive,
};
use std::convert::Infallible;

/// The ways to read a format whose results may differ.
pub(crate) fn ways(format: Format) -> Vec<Options> {
    let lenient = Options { dialect: Dialect::Lenient, ..Options::default() };
    match format {
        Format::Smrt => vec![Options::default()],
        _ => vec![Options::default(), lenient],
    }
}

/// Checks every promise on one text.
pub(crate) fn check(format: Format, text: &[u8]) {
    for options in ways(format) {
        let whole = read(format, &options, text);
        for most in [1, 40, 1000] {
            let pieces = read_in_pieces(format, &options, text, most);
            assert_eq!(whole, pieces, "how a text is cut into blocks changes nothing");
        }
        problems_have_their_place(text, &whole);
        looks_agree_with_reading(format, text, &whole, &options);
        match format {
            Format::Smrt => smrt::check(text, &whole),
            Format::Nem12 => nem12::check(text, &options, &whole),
            Format::Nem13 => nem13::check(&options, &whole),
            _ => {}
        }
    }
}

/// All that a text gives.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) batch: Batch,
    /// Each problem with the text that came with it.
    pub(crate) problems: Vec<(ParseError, Vec<u8>)>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) decoded: Decoded,
}

impl Sink for Read {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        assert!(batch.len() < Batch::CAPACITY + 1440, "a batch goes over its capacity by less than a day");
        batch.readings().for_each(|reading| self.batch.push(reading));
        self.batch.new_channels.append(&mut batch.new_channels);
        self.batch.events.append(&mut batch.events);
        self.batch.register_reads.append(&mut batch.register_reads);
        Ok(())
    }

    fn remark(&mut self, remark: Remark, line: &[u8]) -> Result<(), Infallible> {
        assert!(!line.contains(&b'\n'));
        assert!(!remark.kind.to_string().chars().any(char::is_control), "{remark:?}: not printable");
        self.remarks.push(remark);
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Infallible> {
        assert!(!line.contains(&b'\n'));
        self.problems.push((problem, line.to_vec()));
        Ok(())
    }
}

impl Read {
    fn finish(mut self, decoded: Decoded) -> Self {
        assert_eq!(decoded.records, self.batch.records() as u64);
        assert!(self.batch.channel.iter().all(|&channel| (channel as usize) < self.batch.new_channels.len()));
        self.decoded = decoded;
        self
    }
}

/// Reads a text as one block.
pub(crate) fn read(format: Format, options: &Options, text: &[u8]) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = decode(format, options, &mut { text }, &mut read);
    read.finish(decoded)
}

/// Reads a text as one block by a reader at its start.
pub(crate) fn read_by(reader: &mut impl BatchReader, text: &[u8]) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = drive(reader, &mut { text }, &mut read);
    read.finish(decoded)
}

/// Reads a text cut into blocks of whole lines, from pieces of one to `most` bytes.
pub(crate) fn read_in_pieces(format: Format, options: &Options, text: &[u8], most: u64) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = decode(format, options, &mut Pieces::new(text, most), &mut read);
    read.finish(decoded)
}

/// A text that comes in pieces of one to `most` bytes, other ones for each text but the same at each run.
struct Pieces<'a> {
    rest: &'a [u8],
    most: u64,
    random: u64,
    framer: Framer,
}

impl<'a> Pieces<'a> {
    fn new(text: &'a [u8], most: u64) -> Self {
        Self { rest: text, most, random: text.len() as u64 | 1, framer: Framer::with_sizes(16, text.len()) }
    }
}

impl Blocks<Infallible> for Pieces<'_> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, Infallible> {
        loop {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            let step = usize::try_from(self.random % self.most).unwrap_or_default() + 1;
            let spare = self.framer.spare();
            let count = step.min(self.rest.len()).min(spare.len());
            assert!(count > 0 || self.rest.is_empty(), "there is always room for the next bytes");
            spare[..count].copy_from_slice(&self.rest[..count]);
            self.rest = &self.rest[count..];
            self.framer.advance(count);
            let last = self.rest.is_empty();
            if self.framer.cut(last) == Ok(true) {
                return Ok(Some(self.framer.block()));
            }
            if last {
                return Ok(None);
            }
        }
    }
}

/// Each problem and each remark names a line of the text and a place in it.
fn problems_have_their_place(text: &[u8], whole: &Read) {
    let without_mark = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines: Vec<&[u8]> =
        without_mark.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    let line_of = |span: smrt_core::Span| {
        let line = span.line_in(text, 0);
        let expected = usize::try_from(span.position.line - 1).ok().and_then(|at| lines.get(at)).copied();
        assert_eq!(line, expected.unwrap_or_default(), "{span:?}");
        assert!(span.position.offset <= text.len() as u64);
        line
    };
    for (problem, given) in &whole.problems {
        let line = line_of(problem.span);
        let is_lack = matches!(problem.kind, ErrorKind::MissingTrailer { .. } | ErrorKind::Empty);
        if is_lack || (is_message(text) && given.is_empty()) {
            // What is missing is missing at the end of the text, behind all lines.
            assert!(given.is_empty() && problem.span.position.offset == text.len() as u64, "{problem}");
        } else {
            // A record that was put together from several lines begins with the one that is named; of one that was
            // taken out of a message, there is the record alone.
            assert!(given.starts_with(line) || is_message(text), "{problem}: came with another line");
            let first = problem.span.position.column as usize - 1;
            assert!(first + problem.span.length as usize <= line.len(), "{problem}: outside of its line");
        }
        assert!(!problem.kind.to_string().chars().any(char::is_control), "{problem:?}: not printable");
    }
    for remark in &whole.remarks {
        let line = line_of(remark.span);
        let first = remark.span.position.column as usize - 1;
        let is_behind_all = remark.span.position.offset == text.len() as u64 && remark.span.length == 0;
        assert!(is_behind_all || first + remark.span.length as usize <= line.len(), "{remark:?}: outside of its line");
    }
}

/// Whether a text is XML, from which readers take the records out.
pub(crate) fn is_message(text: &[u8]) -> bool {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start().starts_with(b"<")
}

/// What is told from the first and last bytes alone is no other than what reading tells.
fn looks_agree_with_reading(format: Format, text: &[u8], whole: &Read, options: &Options) {
    let peeked = format.peek(text);
    let complete = format.ends_complete(text, true) == Some(true);
    for length in [1, 16, 256, 4096] {
        let last = &text[text.len().saturating_sub(length)..];
        let told = format.ends_complete(last, last.len() == text.len());
        assert!(told.is_none_or(|told| told == complete), "the last bytes tell no other than all bytes");
    }
    for line in text.split(|&byte| byte == b'\n') {
        for field in 0..8 {
            if let Some(place) = format.field(line, field) {
                assert!(line.get(place).is_some());
            }
        }
    }
    if options.dialect == Dialect::Strict && whole.problems.is_empty() {
        assert!(complete, "a text without a problem has its end");
        assert_eq!(Format::sniff(text, ""), Some(format), "a text without a problem is recognised");
        assert_eq!(peeked, whole.decoded.header);
    }
}
