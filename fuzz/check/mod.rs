//! What must hold for every reader, whatever bytes it is given.
//!
//! Bytes come in; a broken promise is a panic. The fuzz targets run this on what they invent and the parser's tests run
//! it on the committed corpus, so it is included by path in both and is part of no crate. What holds for one format
//! alone has a file of its own here.

mod nem12;
mod nem13;
mod read;
mod sensor;
mod smrt;
mod table;

use smrt_parser::{Dialect, ErrorKind, Format, Options};

pub(crate) use read::{Read, read, read_in_pieces};
pub(crate) use table::layouts;

/// The ways to read a format whose results may differ.
pub(crate) fn ways(format: Format) -> Vec<Options> {
    let mut given = vec![Options::default()];
    match format {
        Format::Smrt => return given,
        Format::Nem12 | Format::Nem13 | Format::Lp | Format::Tou | Format::SensorMapping => {}
        Format::Csv => given.extend(layouts()),
        Format::Sensor => given.push(Options { zone: "+01:00".parse().ok(), ..Options::default() }),
    }
    let both = |options: Options| {
        let lenient = Options { dialect: Dialect::Lenient, ..options.clone() };
        [options, lenient]
    };
    given.into_iter().flat_map(both).collect()
}

/// Checks every promise on one text.
pub(crate) fn check(format: Format, text: &[u8]) {
    for options in ways(format) {
        let whole = read(format, &options, text);
        for most in [1, 40, 1000] {
            let pieces = read_in_pieces(format, &options, text, most);
            // The block that held the line of a remark may be gone when the remark is made.
            assert_eq!(
                whole.without_lines_of_remarks(),
                pieces.without_lines_of_remarks(),
                "how a text is cut into blocks changes nothing"
            );
        }
        assert_eq!(whole, read::read_on_three(format, &options, text), "several cores tell what one tells");
        findings_have_their_place(text, &whole);
        looks_agree_with_reading(format, text, &whole, &options);
        match format {
            Format::Smrt => smrt::check(text, &whole),
            Format::Nem12 => nem12::check(text, &options, &whole),
            Format::Nem13 => nem13::check(&options, &whole),
            Format::Lp | Format::Tou | Format::Csv => table::check(&options, &whole),
            Format::Sensor => sensor::check(text, &options, &whole),
            Format::SensorMapping => sensor::check_mapping(text, &options, &whole),
        }
    }
}

/// Each problem and each remark names a line of the text and a place in it, and says it in printable words.
fn findings_have_their_place(text: &[u8], whole: &Read) {
    let without_mark = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines: Vec<&[u8]> =
        without_mark.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    let problems = whole.problems.iter().map(|(problem, given)| {
        let is_lack = matches!(problem.kind, ErrorKind::MissingTrailer { .. } | ErrorKind::Empty);
        (problem.span, problem.kind.to_string(), given, is_lack, true)
    });
    let remarks =
        whole.remarks.iter().map(|(remark, given)| (remark.span, remark.kind.to_string(), given, false, false));
    for (span, words, given, is_lack, is_problem) in problems.chain(remarks) {
        assert!(!words.chars().any(char::is_control), "{words:?}: not printable");
        let position = span.position;
        let expected = usize::try_from(position.line - 1).ok().and_then(|at| lines.get(at)).copied();
        if position.column == 0 {
            // What is said of a channel at the end of the text knows just the line where the channel begins.
            assert!(given.is_empty() && expected.is_some(), "{words}");
            continue;
        }
        let line = span.line_in(text, 0);
        assert_eq!(line, expected.unwrap_or_default(), "{words}");
        let is_behind_all = position.offset == text.len() as u64 && span.length == 0;
        if is_lack || (is_problem && given.is_empty() && !line.is_empty()) {
            // What is missing is missing at the end of the text, behind all lines.
            assert!(given.is_empty() && is_behind_all, "{words}");
        }
        // A record that was put together from several lines begins with the one that is named; of one that was taken
        // out of a message, there is the record alone. A remark on an earlier record may come without its line.
        let is_its_line = given.starts_with(line) || (given.is_empty() && (is_behind_all || !is_problem));
        assert!(is_its_line || is_message(text), "{words}: came with another line");
        let end = position.column as usize - 1 + span.length as usize;
        assert!(is_behind_all || end <= line.len(), "{words}: outside of its line");
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
        let told = Format::sniff(text, "");
        // A table may have the columns of measurements and of a mapping both, and is then taken for the first.
        let is_other = format == Format::SensorMapping && told == Some(Format::Sensor);
        assert!(format == Format::Csv || is_other || told == Some(format), "a text without a problem is recognised");
        assert_eq!(peeked, whole.decoded.header);
    }
}
