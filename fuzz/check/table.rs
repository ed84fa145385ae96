//! What must hold for the readers of tables (LP, TOU, interval CSV), whatever bytes they are given.
//!
//! Bytes come in; a broken promise is a panic. The fuzz targets run this on what they invent and the parser's tests run
//! it on the committed corpus, so it is included by path in both and is part of no crate.

use smrt_core::{Batch, FileHeader, IntervalLength, MarketZone};
use smrt_parser::csv::{Kind, Layout, Text, TimeForm};
use smrt_parser::{
    Blocks, Decoded, Dialect, ErrorKind, Format, Framer, Options, ParseError, Remark, Sink, Stamp, decode,
};
use std::{convert::Infallible, sync::Arc};

/// Checks every promise on one text, in both dialects; a text for csv is read by each layout of [`layouts`].
pub(crate) fn check(format: Format, text: &[u8]) {
    let given = if format == Format::Csv { layouts() } else { vec![Options::default()] };
    for options in given {
        for dialect in [Dialect::Strict, Dialect::Lenient] {
            check_with(format, &Options { dialect, ..options.clone() }, text);
        }
    }
}

fn check_with(format: Format, options: &Options, text: &[u8]) {
    let whole = read(format, options, &mut { text });
    for most in [1, 40, 1000] {
        let pieces = read(format, options, &mut Pieces::new(text, most));
        assert_eq!(whole, pieces, "how a text is cut into blocks changes nothing");
    }
    assert!(whole.batch.channel.iter().all(|&channel| (channel as usize) < whole.batch.new_channels.len()));
    remarks_and_problems_have_their_place(text, &whole);
    for line in text.split(|&byte| byte == b'\n') {
        for field in 0..4 {
            if let Some(place) = format.field(line, field) {
                assert!(line.get(place).is_some());
            }
        }
    }
    let recognised = Format::sniff(text, "");
    if whole.problems.is_empty() && format != Format::Csv && options.dialect == Dialect::Strict {
        assert_eq!(recognised, Some(format), "a text without a problem is recognised");
    }
}

/// Layouts that reach every way to read a table.
pub(crate) fn layouts() -> Vec<Options> {
    let fixed = |text: &str| Text::Fixed(text.into());
    let column = |text: &str| Text::Column(text.into());
    let by_name = Layout {
        meter: column("meter"),
        channel: Some(column("channel")),
        time: "time".into(),
        values: vec!["value".into()],
        unit: Some(column("unit")),
        quality: Some("quality".into()),
        ..Layout::new()
    };
    let wide = Layout {
        separator: b';',
        decimal_comma: true,
        time_form: TimeForm::DayFirst,
        meter: fixed("4100000001"),
        date: Some("date".into()),
        time: "time".into(),
        values: vec!["import".into(), "export".into()],
        unit: Some(fixed("MWh")),
        ..Layout::new()
    };
    let by_number = Layout {
        has_names: false,
        time_form: TimeForm::Compact,
        meter: fixed("1"),
        time: "1".into(),
        values: vec!["2".into()],
        kind: Kind::Registers,
        ..Layout::new()
    };
    let berlin = "Europe/Berlin".parse::<MarketZone>().ok();
    let interval = IntervalLength::from_minutes(30);
    vec![
        Options { csv: Some(Arc::new(by_name)), stamp: Stamp::End, zone: berlin, ..Options::default() },
        Options { csv: Some(Arc::new(wide)), interval, ..Options::default() },
        Options { csv: Some(Arc::new(by_number)), zone: berlin, ..Options::default() },
    ]
}

/// All that a text gives.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) batch: Batch,
    /// Each problem with the line that came with it.
    pub(crate) problems: Vec<(ParseError, Vec<u8>)>,
    /// Each remark, the same.
    pub(crate) remarks: Vec<(Remark, Vec<u8>)>,
    pub(crate) decoded: Decoded,
}

impl Sink for Read {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        batch.readings().for_each(|reading| self.batch.push(reading));
        self.batch.new_channels.append(&mut batch.new_channels);
        self.batch.events.append(&mut batch.events);
        self.batch.register_reads.append(&mut batch.register_reads);
        Ok(())
    }

    fn remark(&mut self, remark: Remark, line: &[u8]) -> Result<(), Infallible> {
        self.remarks.push((remark, line.to_vec()));
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Infallible> {
        self.problems.push((problem, line.to_vec()));
        Ok(())
    }
}

/// Reads a text.
pub(crate) fn read(format: Format, options: &Options, blocks: &mut impl Blocks<Infallible>) -> Read {
    let mut read = Read::default();
    let Ok(decoded) = decode(format, options, blocks, &mut read);
    assert_eq!(decoded.records, read.batch.records() as u64);
    read.decoded = decoded;
    read
}

/// Each problem and each remark names a line of the text and a place in it, and says it in printable words.
fn remarks_and_problems_have_their_place(text: &[u8], whole: &Read) {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let mark = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let without = |line: &'_ [u8]| line.strip_suffix(b"\r").unwrap_or(line).len();
    let line_length = |line: u64| {
        let line = usize::try_from(line - 1).ok().and_then(|at| lines.get(at).map(|text| (at, without(text))));
        line.map(|(at, length)| if at == 0 { length.saturating_sub(mark) } else { length })
    };
    let problems = whole.problems.iter().map(|(problem, line)| (problem.span, problem.kind.to_string(), line));
    let remarks = whole.remarks.iter().map(|(remark, line)| (remark.span, remark.kind.to_string(), line));
    for (span, words, line) in problems.chain(remarks) {
        assert!(!words.chars().any(char::is_control), "{words}: not printable");
        let position = span.position;
        if line.is_empty() {
            // What is said at the end knows just its line; what is missing is missing at the end.
            assert!(position.column == 0 || position.offset == text.len() as u64, "{words}");
            continue;
        }
        assert_eq!(span.line_in(text, 0), line.as_slice(), "{words}");
        let length = line_length(position.line).unwrap_or_default();
        assert!(position.column as usize - 1 + span.length as usize <= length, "{words}: outside of its line");
    }
    for (problem, _) in &whole.problems {
        let is_of_table = !matches!(problem.kind, ErrorKind::MissingTrailer { .. } | ErrorKind::MissingHeader { .. });
        assert!(is_of_table, "a table has neither header nor trailer: {problem}");
    }
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
