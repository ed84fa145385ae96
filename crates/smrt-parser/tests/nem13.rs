//! The NEM13 format against its specification: fixtures, rules, messages, damage.

mod common;

use common::{
    check::{self, Read},
    findings,
};
use proptest::prelude::*;
use smrt_core::{Direction, RegisterRead};
use smrt_parser::{Dialect, Format, Options, nem13::Sample};

const BASIC: &str = include_str!("../testdata/nem13/basic.csv");
const MESSAGE: &str = include_str!("../testdata/nem13/message.xml");
const HEADER: &str = "100,NEM13,202401101030,MDP1,RETAIL1";
const READ: &str = "250,VABC005890,11,1,11,11,METSER123,E,006342.8,20231005093055,A,,,007654.9,20240107100333,A,,,1312.1,kWh,20240407,20240108100333,";
/// 2024-01-07 10:03:33, NEM time.
const READ_AT: i64 = 1_704_585_813;

fn options(dialect: Dialect) -> Options {
    Options { dialect, ..Options::default() }
}

fn read_in(dialect: Dialect, text: &str) -> Read {
    check::read(Format::Nem13, &options(dialect), text.as_bytes())
}

/// Reads one record between header and trailer in both dialects and compares the codes.
#[track_caller]
fn check(record: &str, strict: &[&str], lenient: &[&str]) -> Vec<RegisterRead> {
    let text = format!("{HEADER}\n{record}\n900\n");
    let codes = |dialect| -> Vec<String> {
        let findings = findings(&read_in(dialect, &text));
        findings.iter().filter_map(|finding| finding.split_once(' ')).map(|(_, code)| code.to_owned()).collect()
    };
    assert_eq!(codes(Dialect::Strict), strict, "strict: {record}");
    assert_eq!(codes(Dialect::Lenient), lenient, "lenient: {record}");
    read_in(Dialect::Lenient, &text).batch.register_reads
}

/// The record with one field (counted from 1) replaced.
fn with(field: usize, text: &str) -> String {
    let mut fields: Vec<&str> = READ.split(',').collect();
    fields[field - 1] = text;
    fields.join(",")
}

#[test]
fn a_whole_file_gives_its_channels_and_register_reads() {
    let all = read_in(Dialect::Strict, BASIC);
    assert_eq!(findings(&all), [""; 0]);
    assert_eq!(
        (all.decoded.header.sender.as_deref(), all.decoded.header.created_at),
        (Some("MDP1"), Some(1_704_846_600))
    );
    let channels: Vec<_> =
        all.batch.new_channels.iter().map(|c| format!("{} {} {} {}", c.meter, c.name, c.unit, c.serial)).collect();
    assert_eq!(channels, ["VABC005890 11 kWh METSER123", "VDEF005890 11 kWh MET12345", "VDEF005890 41 kWh MET5678"]);
    let [first, second, third] = all.batch.register_reads.as_slice() else { panic!("three reads") };
    let previous = first.previous.as_ref().unwrap();
    assert_eq!((previous.text.as_str(), first.current.text.as_str()), ("006342.8", "007654.9"));
    assert_eq!((first.current.at, first.direction, first.line), (Some(READ_AT), Some(Direction::Export), 2));
    assert_eq!((first.current.trans_code.as_str(), first.current.service_order.as_str()), ("A", "SO123"));
    assert_eq!(first.quantity.map(|quantity| quantity.to_string()).as_deref(), Some("1312.1"));
    assert_eq!(first.version.epoch(), Some(READ_AT + 86_400));
    let codes = |read: &RegisterRead| {
        [read.previous.as_ref().unwrap(), &read.current]
            .map(|stand| (stand.trans_code.clone(), stand.service_order.clone()))
    };
    assert_eq!(codes(second), [("N,O".into(), ",SO7".into()), ("E,S".into(), ",".into())]);
    let previous = third.previous.as_ref().unwrap();
    assert_eq!(
        (previous.quality.to_string(), previous.reason, previous.reason_text.as_str()),
        ("S61".into(), Some(0), "Locked gate")
    );
    assert_eq!((third.current.reason, third.direction), (Some(51), Some(Direction::Import)));
    assert_eq!(
        third.quantity.map(|quantity| quantity.to_string()).as_deref(),
        Some("20"),
        "mega-units are kept in kilo"
    );
}

#[test]
fn marks_line_ends_and_blanks_change_nothing() {
    let plain = read_in(Dialect::Strict, BASIC);
    let other = read_in(Dialect::Strict, include_str!("../testdata/nem13/bom-crlf.csv"));
    assert_eq!((findings(&other), other.batch), (vec![], plain.batch));
    let blanks = read_in(Dialect::Strict, include_str!("../testdata/nem13/blanks.csv"));
    assert_eq!(findings(&blanks), ["2:115 blanks-around-fields"]);
    assert_eq!(blanks.batch.register_reads[0].version.epoch(), Some(READ_AT + 86_400));
}

#[test]
fn what_is_wrong_is_refused() {
    for (field, text, code) in [
        (8, "X", "bad-direction"),
        (8, "", "bad-direction"),
        (11, "V", "bad-quality"),
        (16, "N", "bad-quality"),
        (16, "A14", "bad-quality"),
        (15, "", "bad-date-time"),
        (15, "20231005093054", "read-order"),
        (19, "", "bad-quantity"),
        (19, "1e3", "bad-quantity"),
        (12, "1234", "bad-reason"),
        (9, "\u{1}", "bad-text"),
    ] {
        let lenient: &[&str] = match (field, text) {
            (15, "") => &["bad-date-time", "odd-date-time"],
            _ => &[code],
        };
        assert_eq!(check(&with(field, text), &[code], lenient), [], "{text}");
    }
    check("250,VABC005890", &["field-count"], &["field-count"]);
    check(&format!("{READ},x"), &["field-count"], &["field-count"]);
    // A comma in a text moves all fields behind it: a later one must not become the quantity.
    let comma = with(18, "read 5,3");
    assert_eq!(check(&comma, &["field-count"], &["bad-text", "padded-record", "odd-details"]), []);
    check("260,1", &["unknown-record"], &["unknown-record"]);
    check("300,20240101,1", &["mixed-records"], &["mixed-records"]);
    check("550,N,,A,", &["orphan-record"], &["orphan-record"]);
}

#[test]
fn what_is_odd_is_believed_where_the_dialect_allows() {
    for (field, text, strict, lenient) in [
        (2, "VABC00589I", "bad-nmi", "odd-nmi"),
        (3, "E1", "bad-configuration", "odd-details"),
        (9, "unread", "bad-register-read", "odd-register-read"),
        (10, "", "bad-date-time", "odd-date-time"),
        (20, "therms", "bad-text", "odd-details"),
        (21, "2024", "bad-date", "odd-details"),
        (22, "202401081003", "bad-date-time", "odd-date-time"),
    ] {
        let record = with(field, text);
        let lenient: &[&str] = if text == "therms" { &["odd-details", "odd-unit"] } else { &[lenient] };
        check(&record, &[strict], lenient);
    }
}

#[test]
fn a_quantity_is_believed_and_remarked_on_where_it_is_no_difference() {
    let quantity = |record: &str| record.split(',').nth(18).map(str::to_owned);
    for (record, codes) in [
        (with(19, "1312.100"), &[][..]),
        (with(19, "13121"), &["not-the-difference"]),
        (with(19, "-1312.1"), &["negative-value"]),
        (with(19, "-5"), &["negative-value", "not-the-difference"]),
        // All nines passed: 998000 to 007654.9.
        (with(9, "998000.0").replace("1312.1", "9654.9"), &[]),
        // A register of demand counts nothing.
        (with(20, "kW").replace("1312.1", "7654.9"), &[]),
        // Fifteen dials are more than can be compared.
        (with(14, "999999999999999"), &[]),
        (with(12, "94"), &["unlisted-code"]),
        (with(11, "S61"), &["odd-reason"]),
    ] {
        let reads = check(&record, codes, codes);
        let expected = quantity(&record).map(|text| smrt_core::Quantity::parse(text.as_bytes()).unwrap());
        assert_eq!(reads[0].quantity, expected, "{record}");
    }
}

#[test]
fn a_first_read_takes_no_time() {
    let record = with(10, "20240107100333").replace("006342.8", "007654.9").replace("1312.1", "0");
    let reads = check(&record, &[], &[]);
    assert_eq!(reads[0].previous.as_ref().unwrap().at, reads[0].current.at);
}

#[test]
fn the_frame_must_be_whole() {
    for (text, strict, lenient) in [
        ("", vec!["1:1 empty-file"], vec!["1:1 empty-file"]),
        ("100,NEM13,202401101030,A,B\n", vec!["2:1 missing-trailer"], vec!["2:1 trailer-missing"]),
        ("900\n", vec!["1:1 missing-header"], vec!["1:1 header-assumed"]),
        ("100,NEM12,202401101030,A,B\n900\n", vec!["1:5 file-type"], vec!["1:5 file-type"]),
        ("100,NEM13,202401101030,A,B\n900,\n", vec!["2:1 field-count"], vec!["2:5 padded-record"]),
        ("100,nem13,202401101030,A,B\n900\n", vec![], vec![]),
    ] {
        assert_eq!(findings(&read_in(Dialect::Strict, text)), strict, "{text}");
        assert_eq!(findings(&read_in(Dialect::Lenient, text)), lenient, "{text}");
    }
}

#[test]
fn a_message_is_read_with_the_places_of_its_file() {
    assert_eq!(Format::sniff(MESSAGE.as_bytes(), "x.xml"), Some(Format::Nem13));
    assert_eq!(Format::Nem13.peek(MESSAGE.as_bytes()).sender.as_deref(), Some("MDP1"));
    assert_eq!(Format::Nem13.ends_complete(MESSAGE.as_bytes(), true), Some(true));
    let all = read_in(Dialect::Strict, MESSAGE);
    assert_eq!(findings(&all), [""; 0]);
    assert_eq!(all.batch.register_reads.iter().map(|read| read.line).collect::<Vec<_>>(), [7, 12]);
    assert_eq!(all.batch.register_reads[0].current.reason_text, "shed & gate");
    let broken = MESSAGE.replace("<![CDATA[100,NEM13,", "<![CDATA[100,NEM14,").replace(",E,100,", ",X,100,");
    let all = read_in(Dialect::Strict, &broken);
    let lines: Vec<&str> = broken.lines().collect();
    assert_eq!(findings(&all), ["11:93 file-type", "12:35 bad-direction", "13:1 orphan-record"]);
    assert_eq!(all.problems[0].1, lines[10].as_bytes());
    assert_eq!(all.problems[1].1, lines[11].as_bytes());
}

#[test]
fn a_message_that_is_cut_or_holds_no_data_is_refused_in_either_dialect() {
    let behind_data = MESSAGE.find("    <Transaction transactionID=\"T2\"").unwrap();
    for text in [&MESSAGE[..behind_data], MESSAGE.trim_end().strip_suffix('>').unwrap()] {
        for dialect in [Dialect::Strict, Dialect::Lenient] {
            let all = read_in(dialect, text);
            let (problem, _) = all.problems.last().unwrap();
            assert!(problem.in_frame && problem.kind.code().name == "message-cut", "{problem}");
        }
    }
    let all = read_in(Dialect::Lenient, "<html><body>404</body></html>\n");
    assert_eq!(findings(&all), ["2:1 not-mdff"]);
    assert_eq!(Format::sniff(b"<html><body>CSVConsumptionData</body></html>", "x.csv"), None);
}

#[test]
fn samples_are_read_strictly_without_a_finding() {
    let mut text = Vec::new();
    Sample { meters: 40, reads: 5, ..Sample::default() }.write(&mut text).unwrap();
    let all = read_in(Dialect::Strict, std::str::from_utf8(&text).unwrap());
    assert_eq!((findings(&all), all.batch.register_reads.len()), (vec![], 200));
}

/// Lines of a file that are cut, doubled, left out or exchanged.
fn damaged() -> impl Strategy<Value = String> {
    let text = prop_oneof![Just(BASIC), Just(MESSAGE)];
    (text, proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)).prop_map(|(text, damages)| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte) in damages {
            let at = at.index(bytes.len());
            match byte {
                0..64 => drop(bytes.remove(at)),
                64..128 => bytes.insert(at, b"\n,<>&]-\"/!?;"[usize::from(byte) % 12]),
                _ => bytes[at] = byte & 0x7f,
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

proptest! {
    #[test]
    fn damaged_files_and_messages_keep_the_promises(text in damaged()) {
        check::check(Format::Nem13, text.as_bytes());
    }
}
