//! The SMRT format against its specification: fixtures, properties, damage.

mod common;

use common::check;
use proptest::prelude::*;
use smrt_core::{Batch, Environment, FileHeader, Generation, Quantity};
use smrt_parser::smrt::{Consumption, Header, Record, Records, Sample};
use smrt_parser::{ErrorKind, Format, Options, ParseError};

const HEADER: &str = r#""HEADR","SMRT","GAZ","20191011","134942","PN007505""#;
const READING: &str = r#""CONSU","0000000001","20190928","0100",1.52"#;
const TRAILER: &str = r#""TRAIL""#;

fn file(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

/// What an SMRT file gives.
#[derive(Debug, Default, PartialEq)]
struct Read {
    batch: Batch,
    header: FileHeader,
    problems: Vec<ParseError>,
}

impl From<check::Read> for Read {
    fn from(read: check::Read) -> Self {
        let problems = read.problems.into_iter().map(|(problem, _)| problem).collect();
        Self { batch: read.batch, header: read.decoded.header, problems }
    }
}

/// Reads a text as one block.
fn read(text: &[u8]) -> Read {
    check::read(Format::Smrt, &Options::default(), text).into()
}

/// Reads a text cut into blocks of whole lines, from pieces of one to `step` bytes.
fn read_in_blocks(text: &[u8], step: u64) -> Read {
    check::read_in_pieces(Format::Smrt, &Options::default(), text, step).into()
}

/// Reads a text and gives its problems as `line:column code`, in order.
fn problems(text: &str) -> Vec<String> {
    let place = |error: &ParseError| format!("{} {}", error.span.position, error.kind.code().name);
    let read = read(text.as_bytes());
    let by_record: Vec<String> =
        Records::new(text.as_bytes()).filter_map(Result::err).map(|error| place(&error)).collect();
    let by_batch: Vec<String> = read.problems.iter().map(place).collect();
    assert_eq!(by_record, by_batch, "records and batches see the same problems");
    by_batch
}

#[test]
fn a_whole_file_gives_its_header_and_readings() {
    let Read { batch, header, problems } = read(include_bytes!("../testdata/smrt/basic.SMRT"));
    assert_eq!(problems, []);
    assert_eq!(header.sender.as_deref(), Some("GAZ"));
    assert_eq!(header.created_at, Some(1_570_801_782));
    assert_eq!(header.generation.map(|g| g.to_string()).as_deref(), Some("PN007505"));
    let meters: Vec<&str> = batch.new_channels.iter().map(|channel| channel.meter.as_str()).collect();
    assert_eq!(meters, ["0000000001", "0000000002"]);
    let readings: Vec<_> = batch.readings().map(|r| (r.channel, r.start, r.quantity.to_string(), r.line)).collect();
    let (midnight, one) = (1_569_628_800, 1_569_632_400);
    assert_eq!(readings, [(0, midnight, "0".into(), 2), (0, one, "1.52".into(), 3), (1, midnight, "3.02".into(), 4)]);
}

#[test]
fn blanks_comments_quotes_marks_and_line_ends_change_nothing() {
    let plain = read(include_bytes!("../testdata/smrt/basic.SMRT"));
    for other in [
        include_bytes!("../testdata/smrt/spaced.SMRT").as_slice(),
        include_bytes!("../testdata/smrt/bare.SMRT"),
        include_bytes!("../testdata/smrt/bom-crlf.SMRT"),
        include_bytes!("../testdata/smrt/no-last-line-end.SMRT"),
    ] {
        let other = read(other);
        assert_eq!(other.problems, []);
        assert_eq!(other.header, plain.header);
        assert_eq!(other.batch.new_channels, plain.batch.new_channels);
        assert_eq!(
            (other.batch.start, other.batch.quantity),
            (plain.batch.start.clone(), plain.batch.quantity.clone())
        );
    }
}

#[test]
fn every_broken_record_is_placed_at_its_field() {
    for (line, problem) in [
        (r#""CONSU","0000000001","20190231","0900",1.0"#, "2:23 bad-date"),
        (r#""CONSU","0000000001","2019092","0900",1.0"#, "2:23 bad-date"),
        (r#""CONSU","0000000001","20190928","2400",1.0"#, "2:34 bad-time"),
        (r#""CONSU","0000000001","20190928","0960",1.0"#, "2:34 bad-time"),
        (r#""CONSU","","20190928","0900",1.0"#, "2:10 bad-text"),
        (r#""CONSU","0000000001","20190928","0900","#, "2:40 bad-quantity"),
        (r#""CONSU","0000000001","20190928","0900",abc"#, "2:40 bad-quantity"),
        (r#""CONSU","0000000001","20190928","0900",1e5"#, "2:40 bad-quantity"),
        (r#""CONSU","0000000001","20190928","0900",+1"#, "2:40 bad-quantity"),
        (r#""CONSU","0000000001","20190928","0900",1.23456789"#, "2:40 bad-quantity"),
        (r#""CONSU","0000000001","20190928","0900",99999999999999999999"#, "2:40 bad-quantity"),
        (r#""CONSU","0000000001","20190928","0900",-1.00"#, "2:40 negative-quantity"),
        (r#""CONSU","0000000001","20190928","0900",1,52"#, "2:42 field-count"),
        (r#""CONSU","0000000001","20190928","0900""#, "2:1 field-count"),
        (r#""CONSU","0000000001","20190928","0900"x,1.0"#, "2:39 quoting"),
        (r#""CONSU","0000000001"#, "2:9 quoting"),
        (r#""OTHER","1""#, "2:2 unknown-record"),
        (HEADER, "2:1 misplaced-header"),
    ] {
        assert_eq!(problems(&file(&[HEADER, line, READING, TRAILER])), [problem], "{line}");
    }
}

#[test]
fn header_and_trailer_must_stand_in_their_places() {
    assert_eq!(problems(""), ["1:1 empty-file"]);
    assert_eq!(problems("\n# nothing here\n"), ["3:1 empty-file"]);
    assert_eq!(problems(&file(&[READING, READING, TRAILER])), ["1:1 missing-header"]);
    assert_eq!(problems(&file(&[HEADER, READING])), ["3:1 missing-trailer"]);
    assert_eq!(problems(&file(&[HEADER, READING, "\"TRAI"])), ["3:1 quoting", "4:1 missing-trailer"]);
    assert_eq!(problems(&format!("{HEADER}\n\"TRAI")), ["2:1 quoting", "2:6 missing-trailer"]);
    assert_eq!(problems(&file(&[HEADER, TRAILER, READING])), ["3:1 data-after-trailer"]);
    assert_eq!(problems(&file(&[HEADER, TRAILER, TRAILER])), ["3:1 data-after-trailer"]);
    for rubbish in ["rubbish", "\"TRAI", "CONSU,1,20190931,0000,1", "HEADR"] {
        let text = file(&[HEADER, TRAILER, rubbish]);
        assert_eq!(problems(&text), ["3:1 data-after-trailer"], "{rubbish}");
        assert!(read(text.as_bytes()).problems[0].in_frame);
    }
    assert_eq!(problems(&file(&[TRAILER, HEADER])), ["1:1 missing-header", "2:1 data-after-trailer"]);
    assert_eq!(problems(&file(&[HEADER, TRAILER, "", "# fine"])), [] as [&str; 0]);
    for (header, problem) in [
        (HEADER.replace("\"SMRT\"", "\"SMXX\""), "1:10 file-type"),
        (HEADER.replace(",\"PN007505\"", ""), "1:1 field-count"),
        (HEADER.replace("20191011", "20191301"), "1:23 bad-date"),
        (HEADER.replace("134942", "246060"), "1:34 bad-time"),
        (HEADER.replace("PN007505", "PN07505"), "1:43 bad-generation"),
        (HEADER.replace("GAZ", ""), "1:17 bad-text"),
    ] {
        assert_eq!(problems(&file(&[&header, READING, TRAILER])), [problem], "{header}");
    }
}

#[test]
fn all_problems_are_found_and_good_records_between_them_are_kept() {
    let bad_date = READING.replace("20190928", "20190931");
    let text = file(&[HEADER, READING, &bad_date, READING, "rubbish", READING, TRAILER]);
    let read = read(text.as_bytes());
    assert_eq!(read.batch.line, [2, 4, 6]);
    assert_eq!(read.problems.len(), 2);
}

#[test]
fn a_problem_gives_its_line_back() {
    let text = file(&[HEADER, "\"CONSU\",\"1\",\"20190931\",\"0100\",1.52\r", TRAILER]);
    let problem = &read(text.as_bytes()).problems[0];
    assert_eq!(problem.span.line_in(text.as_bytes(), 0), br#""CONSU","1","20190931","0100",1.52"#);
    assert_eq!(problem.span.position.offset, HEADER.len() as u64 + 1 + 13);
    assert!(matches!(&problem.kind, ErrorKind::Date { found } if found == "\"20190931\""));
}

#[test]
fn flipping_or_cutting_any_byte_of_a_file_never_panics_and_never_goes_unseen_in_the_frame() {
    let text = include_bytes!("../testdata/smrt/basic.SMRT");
    for cut in 0..text.len() - 1 {
        let read = read(&text[..cut]);
        let whole_but_line_end = text[..cut].ends_with(b"\"TRAIL\"");
        assert_eq!(read.problems.is_empty(), whole_but_line_end, "cut at {cut}");
    }
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut damaged = text.to_vec();
            damaged[at] ^= 1 << bit;
            let whole = read(&damaged);
            assert_eq!(whole, read_in_blocks(&damaged, 7), "byte {at}, bit {bit}");
            // `"HEADR","SMRT"` at the start, `"TRAIL"` and a line end at the end.
            let is_frame =
                (1..6).contains(&at) || (9..13).contains(&at) || (text.len() - 7..text.len() - 2).contains(&at);
            assert!(!is_frame || !whole.problems.is_empty(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn a_byte_order_mark_that_comes_alone_is_skipped() {
    let text = [b"\xef\xbb\xbf".as_slice(), file(&[HEADER, READING, TRAILER]).as_bytes()].concat();
    assert_eq!(read(&text).problems, []);
    assert_eq!(Records::new(&text).filter_map(Result::ok).count(), 3);
}

fn meter() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => "[0-9]{10}",
        2 => "000000000[1-3]",
        1 => "[A-Za-z0-9]{1,12}",
        1 => "[\"a]{1,64}",
        1 => "[ -~]{1,20}".prop_filter("not blank", |text| !text.trim().is_empty()),
        1 => "\\PC{1,8}".prop_filter("short and not blank", |text| text.len() <= 64 && !text.trim().is_empty()),
    ]
}

fn consumption() -> impl Strategy<Value = Record<'static>> {
    let day = prop_oneof![Just(18_167i64), 0..100_000i64];
    (meter(), day, 0..1440i64, prop_oneof![0..10_000i64, 0..i64::MAX]).prop_map(|(meter, day, minute, micros)| {
        Record::Consumption(Consumption {
            meter: meter.into(),
            start: day * 86_400 + minute * 60,
            consumption: Quantity::from_micros(micros),
        })
    })
}

fn header() -> impl Strategy<Value = Record<'static>> {
    (meter(), 0..253_402_300_799i64, any::<bool>(), 0..1_000_000u32).prop_map(|(company, created_at, live, number)| {
        let environment = if live { Environment::Production } else { Environment::Development };
        let generation = Generation { environment, number };
        Record::Header(Header { company: company.into(), created_at, generation })
    })
}

/// A record line in one of the layouts senders use, sometimes broken.
fn line() -> impl Strategy<Value = String> {
    (consumption(), 0..12u8).prop_map(|(record, style)| {
        let text = record.to_string();
        match style {
            0 => text.replace(',', ", "),
            1 if !text.contains("\"\"") => text.replace('"', ""),
            2 => format!("{text}  "),
            3 => format!("{text}\r"),
            4 => text.replacen("\"0", "\"x", 1),
            5 => text.chars().take(text.chars().count() / 2).collect(),
            6 => format!("{text},"),
            7 => String::new(),
            _ => text,
        }
    })
}

proptest! {
    #[test]
    fn printed_records_read_back(header in header(), records in prop::collection::vec(consumption(), 0..50)) {
        let records: Vec<_> = [header].into_iter().chain(records).chain([Record::Trailer]).collect();
        let text: String = records.iter().map(|record| format!("{record}\n")).collect();
        let back: Result<Vec<_>, _> = Records::new(text.as_bytes()).collect();
        prop_assert_eq!(back.as_ref(), Ok(&records));
    }

    #[test]
    fn batches_hold_what_the_grammar_reads(lines in prop::collection::vec(line(), 0..60)) {
        let text = format!("{HEADER}\n{}\n{TRAILER}\n", lines.join("\n"));
        let mut expected = Vec::new();
        let mut problems = Vec::new();
        for record in Records::new(text.as_bytes()) {
            match record {
                Ok(Record::Consumption(r)) => expected.push((r.meter.into_owned(), r.start, r.consumption)),
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let read = read(text.as_bytes());
        let meter = |channel: u32| read.batch.new_channels[channel as usize].meter.clone();
        let got: Vec<_> = read.batch.readings().map(|r| (meter(r.channel), r.start, r.quantity)).collect();
        prop_assert_eq!(got, expected);
        prop_assert_eq!(read.problems, problems);
    }

    #[test]
    fn any_split_gives_the_same_result(lines in prop::collection::vec(line(), 0..40), block in 1u64..400, bytes in any::<bool>()) {
        let mut text = format!("{HEADER}\n{}\n{TRAILER}", lines.join("\n")).into_bytes();
        if bytes { text.extend_from_slice(b"\r\n\n"); }
        prop_assert_eq!(read(&text), read_in_blocks(&text, block));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), block in 1u64..100) {
        prop_assert_eq!(read(&bytes), read_in_blocks(&bytes, block));
    }

    #[test]
    fn samples_are_without_fault(meters in 1u32..5, hours in 1u32..50, seed: u64) {
        let mut text = Vec::new();
        Sample { meters, hours, seed, ..Sample::default() }.write(&mut text).unwrap();
        let read = read(&text);
        prop_assert_eq!(read.problems, []);
        prop_assert_eq!(read.batch.len(), (meters * hours) as usize);
    }
}
