//! What must hold for the SMRT reader, whatever bytes it is given.
//!
//! Bytes come in; a broken promise is a panic. The fuzz target runs this on what it invents and the parser's tests run
//! it on the committed corpus, so it is included by path in both and is part of no crate.

use smrt_core::{Batch, FileHeader};
use smrt_parser::smrt::{Record, Records};
use smrt_parser::{Blocks, Decoded, ErrorKind, Format, Framer, Options, ParseError, Sink, decode};
use std::convert::Infallible;

/// Checks every promise on one text.
pub(crate) fn check(text: &[u8]) {
    let whole = read(&mut { text });
    for most in [1, 40, 1000] {
        assert_eq!(whole, read(&mut Pieces::new(text, most)), "how a text is cut into blocks changes nothing");
    }
    records_and_batches_agree(text, &whole);
    problems_have_their_place(text, &whole);
    looks_agree_with_reading(text, &whole);
}

/// All that a text gives.
#[derive(Debug, Default, PartialEq)]
struct Read {
    batch: Batch,
    /// Each problem with the line that came with it.
    problems: Vec<(ParseError, Vec<u8>)>,
    decoded: Decoded,
}

impl Sink for Read {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        batch.readings().for_each(|reading| self.batch.push(reading));
        self.batch.new_channels.append(&mut batch.new_channels);
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Infallible> {
        self.problems.push((problem, line.to_vec()));
        Ok(())
    }
}

fn read(blocks: &mut impl Blocks<Infallible>) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = decode(Format::Smrt, &Options::default(), blocks, &mut read);
    assert_eq!(decoded.records, read.batch.len() as u64);
    assert!(read.batch.channel.iter().all(|&channel| (channel as usize) < read.batch.new_channels.len()));
    read.decoded = decoded;
    read
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

/// Two ways to read the same text: record by record through the grammar, and in batches through the fast path.
fn records_and_batches_agree(text: &[u8], whole: &Read) {
    let mut readings = whole.batch.readings();
    let mut problems = whole.problems.iter().map(|(problem, _)| problem);
    let mut header = FileHeader::default();
    for record in Records::new(text) {
        match record {
            Ok(record) => {
                prints_and_reads_back(&record);
                match record {
                    Record::Consumption(record) => {
                        let reading = readings.next().expect("a reading for each record");
                        assert_eq!(whole.batch.new_channels[reading.channel as usize].meter, *record.meter);
                        assert_eq!((reading.start, reading.quantity), (record.start, record.consumption));
                    }
                    Record::Header(record) => {
                        header.sender = Some(record.company.into_owned());
                        header.created_at = Some(record.created_at);
                        header.generation = Some(record.generation);
                    }
                    Record::Trailer => {}
                }
            }
            Err(problem) => assert_eq!(Some(&problem), problems.next()),
        }
    }
    assert_eq!(readings.next(), None, "no reading without a record");
    assert_eq!(problems.next(), None);
    assert_eq!(header, whole.decoded.header);
}

/// A record that was read can be written, and is then read as the same.
fn prints_and_reads_back(record: &Record<'_>) {
    if matches!(record, Record::Trailer) {
        return;
    }
    let line = record.to_string();
    // A record alone lacks what must stand around it; of a consumption record the reader then says just that.
    let header = "HEADR,SMRT,GAZ,20191011,134942,PN007505\n";
    let text = if matches!(record, Record::Header(_)) { line } else { format!("{header}{line}") };
    let back = Records::new(text.as_bytes()).filter_map(Result::ok).last();
    assert_eq!(back.as_ref(), Some(record), "{text}");
}

/// Each problem names a line of the text and a place in it.
fn problems_have_their_place(text: &[u8], whole: &Read) {
    let without_mark = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines: Vec<&[u8]> =
        without_mark.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    for (problem, given) in &whole.problems {
        let position = problem.span.position;
        let line = problem.span.line_in(text, 0);
        let expected = usize::try_from(position.line - 1).ok().and_then(|at| lines.get(at)).copied();
        assert_eq!(line, expected.unwrap_or_default(), "{problem}");
        let first = position.column as usize - 1;
        if matches!(problem.kind, ErrorKind::MissingTrailer { .. } | ErrorKind::Empty) {
            // What is missing is missing at the end of the text, behind all lines.
            assert!(given.is_empty() && position.offset == text.len() as u64, "{problem}");
        } else {
            assert_eq!(line, given, "{problem}");
            assert!(first + problem.span.length as usize <= line.len(), "{problem}: outside of its line");
        }
        assert!(position.offset <= text.len() as u64);
        assert!(!problem.kind.to_string().chars().any(char::is_control), "{problem:?}: not printable");
    }
}

/// What is told from the first and last bytes alone is no other than what reading tells.
fn looks_agree_with_reading(text: &[u8], whole: &Read) {
    let peeked = Format::Smrt.peek(text);
    let complete = Format::Smrt.ends_complete(text, true) == Some(true);
    for length in [1, 16, 256, 4096] {
        let last = &text[text.len().saturating_sub(length)..];
        let told = Format::Smrt.ends_complete(last, last.len() == text.len());
        assert!(told.is_none_or(|told| told == complete), "the last bytes tell no other than all bytes");
    }
    for line in text.split(|&byte| byte == b'\n') {
        for field in 0..8 {
            if let Some(place) = Format::Smrt.field(line, field) {
                assert!(line.get(place).is_some());
            }
        }
    }
    if whole.problems.is_empty() {
        assert!(complete, "a text without a problem has its end");
        assert_eq!(Format::sniff(text, ""), Some(Format::Smrt), "a text without a problem is recognised");
        assert_eq!(peeked, whole.decoded.header);
    }
}
