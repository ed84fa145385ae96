//! The NEM12 format against its specification: fixtures for what senders do, properties, damage.

mod common;

use common::check::{self, Read};
use proptest::prelude::*;
use smrt_core::{ExcessDecimals, FileHeader, Quality, Quantity};
use smrt_parser::{Dialect, Format, Options};
use std::{collections::BTreeSet, fs, path::Path};

fn options(dialect: Dialect) -> Options {
    Options { dialect, ..Options::default() }
}

fn read(dialect: Dialect, text: &[u8]) -> Read {
    check::read(Format::Nem12, &options(dialect), text)
}

fn fixture(name: &str) -> Vec<u8> {
    common::fixture(&format!("nem12/{name}.csv"))
}

/// What reading says: readings (those without a value, those without a quality), events, register reads, and each
/// problem and remark as `line:column code`.
fn outcome(dialect: Dialect, text: &[u8]) -> String {
    let read = read(dialect, text);
    let of = |quality: Quality| read.batch.quality.iter().filter(|&&other| other == quality).count();
    let mut said = vec![read.batch.len().to_string()];
    for (count, what) in [
        (of(Quality::NULL), "null"),
        (of(Quality::UNSTATED), "unstated"),
        (read.batch.events.len(), "events"),
        (read.batch.register_reads.len(), "reads"),
    ] {
        if count > 0 {
            said.push(format!("{count} {what}"));
        }
    }
    let problems = read.problems.iter().map(|(problem, _)| (problem.span.position, problem.kind.code().id));
    let remarks = read.remarks.iter().map(|(remark, _)| (remark.span.position, remark.kind.code().id));
    let mut places: Vec<_> = problems.chain(remarks).collect();
    places.sort();
    said.extend(places.iter().map(|(position, id)| format!("{position} {id}")));
    said.join(", ")
}

/// Each fixture, and what the strict and the lenient dialect say of it.
#[rustfmt::skip]
const FIXTURES: &[(&str, &str, &str)] = &[
    ("actual-with-time-reset", "48, 2 events", "48, 2 events"),
    ("basic", "144", "144"),
    ("byte-order-mark", "48", "48"),
    ("control-character", "0, 2:19 P010, 3:1 P022", "0, 2:19 P010, 3:1 P022"),
    ("d01-no-header", "0, 1:1 P002, 2:1 P022", "48, 1:1 D001"),
    ("d02-no-trailer", "48, 4:1 P004", "48, 4:1 D002"),
    ("d03-last-line-cut-behind-quality", "0, 3:1 P007, 3:112 P004", "48, 3:1 D007, 3:112 D002"),
    ("d03-last-line-cut-in-values", "48, 4:1 P021, 4:61 P004", "48, 4:1 P021, 4:61 D002"),
    ("d04-blank-lines", "48, 1:1 D003, 3:1 D003, 5:1 D003, 7:1 D003, 9:1 D003", "48, 1:1 D003, 3:1 D003, 5:1 D003, 7:1 D003, 9:1 D003"),
    ("d05-data-behind-trailer", "48, 5:1 P005, 6:1 P005", "96, 5:1 D004, 7:1 D002"),
    ("d05-further-block", "48, 5:1 P005, 6:1 P005, 7:1 P005, 8:1 P005", "96, 5:1 D004"),
    ("d05-second-header", "96, 4:1 P003", "96, 4:1 D004"),
    ("d06-same-day-twice", "96", "96"),
    ("d07-inferred-and-events-of-half", "0, 3:1 P021", "0, 3:1 D013, 3:1 P023"),
    ("d07-inferred-and-then-not", "48, 3:1 P021", "96, 3:1 D013, 4:1 P021"),
    ("d07-ninety-six-values-under-thirty", "0, 3:1 P021, 4:1 P021", "192, 3:1 D013"),
    ("d08-forty-eight-values-under-fifteen", "0, 3:1 P021", "0, 3:1 P021"),
    ("d09-too-few-values", "48, 3:1 P021, 4:1 P021, 5:1 P021", "48, 3:1 P021, 4:1 P021, 5:1 P021"),
    ("d10-continuation-like-a-record", "0, 3:1 P021, 5:1 P006", "48, 3:1 D022"),
    ("d10-record-over-lines-that-do-not-fit", "48, 3:1 P021, 4:1 P006", "48, 3:1 P021"),
    ("d10-record-over-three-lines", "48, 3:1 P021, 4:1 P006, 5:1 P006", "96, 3:1 D022"),
    ("d11-garbage-behind-days", "96, 4:1 P006, 6:1 P006", "96, 4:1 P006, 6:1 P006"),
    ("d12-padded-rows", "0, 1:1 P007, 2:1 P007, 3:1 P022, 4:1 P007", "48, 1:34 D006, 2:38 D006, 4:5 D006"),
    ("d12-padded-with-something", "0, 2:39 P007, 3:1 P022", "0, 2:39 P007, 3:1 P022"),
    ("d13-trailer-with-more-digits", "48, 4:1 P006, 5:1 P004", "48, 4:1 P006, 5:1 D002"),
    ("d14-shortened-records", "0, 2:1 P007, 3:1 P022, 4:1 P022", "96, 2:1 D007, 3:1 D007, 4:1 D007, 5:1 D007"),
    ("d15-check-digit-in-a-field", "0, 2:1 P007, 3:1 P022", "48, 2:16 D010"),
    ("d15-wrong-check-digit-in-a-field", "0, 2:1 P007, 3:1 P022", "0, 2:16 P025, 3:1 P022"),
    ("d16-excess-decimals", "0, 3:14 P014", "0, 3:14 P014"),
    ("d16-value-empty", "0, 3:108 P014", "48, 1 null, 3:108 D016"),
    ("d16-value-exponent", "0, 3:108 P014", "0, 3:108 P014"),
    ("d16-value-hexadecimal", "0, 3:108 P014", "0, 3:108 P014"),
    ("d16-value-inf", "0, 3:108 P014", "0, 3:108 P014"),
    ("d16-value-nan", "0, 3:108 P014", "0, 3:108 P014"),
    ("d16-value-plus", "0, 3:108 P014", "0, 3:108 P014"),
    ("d16-value-two-points", "0, 3:108 P014", "0, 3:108 P014"),
    ("d16-value-underscore", "0, 3:108 P014", "0, 3:108 P014"),
    ("d17-negative-value", "0, 3:16 P015", "48, 3:16 D015"),
    ("d20-null-quality", "96, 49 null, 3:110 D016, 6:11 D016", "96, 49 null, 3:110 D016, 6:11 D016"),
    ("d20-null-quality-with-a-reason", "48, 48 null, 1 events, 3:110 D016, 3:112 D019", "48, 48 null, 1 events, 3:110 D016, 3:112 D019"),
    ("d21-events-end-empty", "48, 4:5 P024", "96, 48 unstated, 3:1 D017, 4:5 D017"),
    ("d21-events-gap", "48, 5:5 P024", "96, 1 unstated, 1 events, 5:5 D017"),
    ("d21-events-none", "48, 3:1 P023", "96, 48 unstated, 3:1 D017"),
    ("d21-events-overlap", "48, 5:5 P024", "96, 1 events, 5:5 D017"),
    ("d21-events-short", "48, 3:1 P023", "96, 28 unstated, 3:1 D017"),
    ("d21-events-start-above-end", "48, 5:5 P024", "96, 5:5 D017"),
    ("d21-events-start-behind-the-day", "48, 5:5 P024", "96, 5:5 D017"),
    ("d21-events-start-empty", "48, 4:5 P024", "96, 4:5 D017"),
    ("d21-events-start-zero", "48, 4:5 P024", "96, 4:5 D017"),
    ("d22-quality-a-with-method", "0, 3:110 P018", "0, 3:110 P018"),
    ("d22-quality-empty", "0, 3:110 P018", "0, 3:110 P018"),
    ("d22-quality-left-out", "0, 3:1 P007", "0, 3:1 D007, 3:110 P018"),
    ("d22-quality-method-alone", "0, 3:110 P018", "0, 3:110 P018"),
    ("d22-quality-s-without-method", "0, 3:110 P018", "0, 3:110 P018"),
    ("d22-quality-unknown", "0, 3:110 P018", "0, 3:110 P018"),
    ("d22-variable-inside-an-event", "0, 4:10 P018", "0, 4:10 P018"),
    ("d23-events-over-actual", "48, 4:1 D018", "48, 4:1 D018"),
    ("d24-no-reason", "96, 3:114 D019, 4:114 D019", "96, 3:114 D019, 4:114 D019"),
    ("d25-comma-in-text", "0, 4:23 P007", "48, 1 events, 4:16 D021"),
    ("d25-overlong-text", "0, 3:116 P010", "0, 3:116 P010"),
    ("d25-reason-beside-variable", "0, 3:112 P019", "48, 2 events, 3:112 D019"),
    ("d25-reason-is-no-number", "0, 3:114 P019", "0, 3:114 P019"),
    ("d25-reason-without-text", "48, 1 events, 3:116 D019", "48, 1 events, 3:116 D019"),
    ("d26-unlisted-codes", "96, 2 events, 1 reads, 3:114 D020, 4:110 D020, 5:5 D020", "96, 2 events, 1 reads, 3:114 D020, 4:110 D020, 5:5 D020"),
    ("d27-day-without-details", "0, 2:1 P022", "0, 2:1 P022"),
    ("d27-days-behind-refused-details", "0, 2:5 P025, 3:1 P022, 5:1 P022", "0, 2:5 P025, 3:1 P022, 5:1 P022"),
    ("d27-event-without-day", "48, 3:1 P022, 5:1 P006", "48, 3:1 P022, 5:1 P006"),
    ("d27-read-without-day", "48, 3:1 P022", "48, 3:1 P022"),
    ("d28-doubled-configuration", "0, 2:16 P026, 3:1 P022", "48, 2:16 D011"),
    ("d28-empty-configuration", "0, 2:16 P026, 3:1 P022", "48, 2:16 D011"),
    ("d28-odd-configuration", "0, 2:16 P026, 3:1 P022", "48, 2:16 D011"),
    ("d28-suffix-not-in-configuration", "0, 2:16 P026, 3:1 P022", "48, 2:16 D011"),
    ("d29-no-days", "48, 2:1 D039", "48, 2:1 D039"),
    ("d30-length-0", "0, 2:34 P020, 3:1 P022", "0, 2:34 P020, 3:1 P022"),
    ("d30-length-05", "288", "288"),
    ("d30-length-10", "0, 2:34 P020, 3:1 P022", "144, 2:34 D012"),
    ("d30-length-1440", "0, 2:34 P020, 3:1 P022", "1, 2:34 D012"),
    ("d30-length-60", "0, 2:34 P020, 3:1 P022", "24, 2:34 D012"),
    ("d30-length-7", "0, 2:34 P020, 3:1 P022", "0, 2:34 P020, 3:1 P022"),
    ("d30-length-empty", "0, 2:34 P020, 3:1 P022", "0, 2:34 P020, 3:1 P022"),
    ("d31-case-of-units", "96", "96"),
    ("d31-empty-unit", "0, 2:32 P010, 3:1 P022", "48, 2:32 D014"),
    ("d31-unknown-unit", "0, 2:30 P010, 3:1 P022", "48, 2:30 D014"),
    ("d32-two-lengths", "336", "336"),
    ("d33-date-empty", "0, 3:5 P011", "0, 3:5 P011"),
    ("d33-date-impossible", "0, 3:5 P011", "0, 3:5 P011"),
    ("d33-date-in-year-zero", "0, 3:5 P011", "0, 3:5 P011"),
    ("d33-date-of-six-digits", "0, 3:5 P011", "0, 3:5 P011"),
    ("d34-load-time-odd", "0, 3:129 P017", "48, 3:129 D023"),
    ("d34-update-impossible", "0, 3:114 P017", "48, 3:114 D023"),
    ("d34-update-missing", "48", "48"),
    ("d34-update-of-fifteen-digits", "0, 3:114 P017", "48, 3:114 D023"),
    ("d34-update-of-twelve-digits", "0, 3:114 P017", "48, 3:114 D023"),
    ("d35-days-not-ascending", "48, 4:5 P029, 5:5 P029", "144, 4:5 D024, 5:5 D024"),
    ("d36-read-odd", "48, 4:5 P010, 5:8 P017", "48, 2 reads, 4:5 D020, 5:8 D023"),
    ("d36-reads-in-a-lump", "96, 2 reads", "96, 2 reads"),
    ("d38-meter-change", "96", "96"),
    ("d42-nmi-lower-case", "0, 2:5 P025, 3:1 P022", "48, 2:5 D009"),
    ("d42-nmi-overlong", "0, 2:5 P025, 3:1 P022", "0, 2:5 P025, 3:1 P022"),
    ("d42-nmi-redacted", "0, 2:5 P025, 3:1 P022", "48, 2:5 D009"),
    ("d42-nmi-short", "0, 2:5 P025, 3:1 P022", "48, 2:5 D009"),
    ("d42-nmi-with-check-digit", "0, 2:5 P025, 3:1 P022", "48, 2:5 D010"),
    ("d42-nmi-with-letter-o", "0, 2:5 P025, 3:1 P022", "48, 2:5 D009"),
    ("d42-nmi-with-wrong-check-digit", "0, 2:5 P025, 3:1 P022", "0, 2:5 P025, 3:1 P022"),
    ("d43-header-empty-participants", "48, 1:24 P010", "48, 1:24 D005, 1:25 D005"),
    ("d43-header-no-time", "48, 1:11 P017", "48, 1:11 D005"),
    ("d43-header-of-nem13", "48, 1:5 P009", "48, 1:5 P009"),
    ("d43-header-overlong-participant", "48, 1:24 P010", "48, 1:24 D005"),
    ("d43-header-time-with-seconds", "48, 1:11 P017", "48, 1:11 D005"),
    ("d43-header-without-recipient", "48, 1:1 P007", "48, 1:1 D007, 1:28 D005"),
    ("d46-carriage-returns", "0, 1:1 P028", "0, 1:1 P028"),
    ("d46-mixed-line-ends", "48", "48"),
    ("d46-utf-16", "0, 1:1 P028", "0, 1:1 P028"),
    ("d47-blanks", "0, 3:114 P017, 4:1 P006", "48, 3:114 D008, 4:1 D008, 4:1 D018"),
    ("d49-empty", "0, 1:1 P001", "0, 1:1 P001"),
    ("d50-mixed-with-nem13", "48, 4:1 P027", "48, 4:1 P027"),
    ("d58-portal-table", "0, 1:1 P028", "0, 1:1 P028"),
    ("d58-simple-nem12", "0, 1:1 P028", "0, 1:1 P028"),
    ("five-and-fifteen-minutes", "384", "384"),
    ("lower-case-version", "48", "48"),
    ("mega-unit", "48", "48"),
    ("no-days-in-file", "0", "0"),
    ("odd-details", "0, 2:37 P010, 3:1 P022", "48, 2:16 D011, 2:19 D011, 2:37 D011, 2:54 D011"),
    ("quality-runs", "144, 3 events, 2 reads", "144, 3 events, 2 reads"),
    ("wide-values", "48", "48"),
];

#[test]
fn every_fixture_is_read_as_it_should_be() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/nem12");
    let stem = |entry: std::io::Result<fs::DirEntry>| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned);
    let found: BTreeSet<String> = fs::read_dir(folder).expect("the fixtures").filter_map(stem).collect();
    let listed: BTreeSet<String> = FIXTURES.iter().map(|(name, _, _)| (*name).to_owned()).collect();
    assert_eq!(found, listed, "each fixture has its row");
    for (name, strict, lenient) in FIXTURES {
        let text = fixture(name);
        assert_eq!(outcome(Dialect::Strict, &text), *strict, "{name}, strict");
        assert_eq!(outcome(Dialect::Lenient, &text), *lenient, "{name}, lenient");
    }
}

/// First second of 2023-01-15 in NEM time.
const MIDNIGHT: i64 = 1_673_704_800;

#[test]
fn a_whole_file_gives_its_header_channels_and_readings() {
    let Read { batch, decoded, .. } = read(Dialect::Strict, &fixture("basic"));
    let header = FileHeader { created_at: Some(1_672_495_200), sender: Some("MDP1".to_owned()), generation: None };
    assert_eq!((decoded.header, decoded.records), (header, 144));
    let [active, reactive] = &batch.new_channels[..] else { panic!("two channels") };
    assert_eq!((active.scheme.as_str(), active.meter.as_str(), active.name.as_str()), ("nmi", "VABD000163", "E1"));
    assert_eq!((active.unit.as_str(), active.serial.as_str(), active.register.as_str()), ("kWh", "M1", "1"));
    assert_eq!((active.zone.to_string().as_str(), reactive.unit.as_str()), ("+10:00", "kVArh"));
    let first = batch.reading(0);
    assert_eq!((first.start, first.minutes.minutes(), first.quantity.to_string()), (MIDNIGHT, 30, "0.5".to_owned()));
    assert_eq!((first.quality.to_string().as_str(), first.line), ("A", 3));
    assert_eq!(first.version.epoch(), Some(MIDNIGHT + 86_400 + 3723), "the time of the update is the version");
    let last = batch.reading(47);
    assert_eq!((last.start, last.quantity.to_string()), (MIDNIGHT + 86_400 - 1800, "47.5".to_owned()));
    // A day in July begins at the same time of UTC: there is no daylight saving.
    assert_eq!(batch.reading(48).start.rem_euclid(86_400), first.start.rem_euclid(86_400));
}

#[test]
fn qualities_reasons_and_reads_are_those_of_their_intervals() {
    let Read { batch, .. } = read(Dialect::Strict, &fixture("quality-runs"));
    let qualities: Vec<String> = batch.quality.iter().map(Quality::to_string).collect();
    let runs: Vec<(&str, usize)> = qualities.chunk_by(|a, b| a == b).map(|run| (run[0].as_str(), run.len())).collect();
    assert_eq!(runs, [("A", 20), ("S14", 27), ("F55", 1), ("E52", 48), ("F14", 48)]);
    let events: Vec<_> = batch.events.iter().map(|e| (e.start, e.end, e.reason, e.text.as_str(), e.line)).collect();
    let (at, day) = (|interval: i64| MIDNIGHT + interval * 1800, MIDNIGHT + 2 * 86_400);
    assert_eq!(
        events,
        [
            (at(20), at(47), Some(24), "", 5),
            (at(47), at(48), Some(0), "meter was replaced", 6),
            (day, day + 86_400, Some(32), "Re-energised", 10),
        ]
    );
    let [index, attempt] = &batch.register_reads[..] else { panic!("two reads") };
    assert_eq!((index.current.at, index.current.text.as_str()), (Some(MIDNIGHT + 56_700), "001123.5"));
    assert_eq!((index.current.trans_code.as_str(), index.current.service_order.as_str()), ("S", "RETNSRVCEORD1"));
    assert_eq!((index.version, index.line), (batch.reading(0).version, 7), "a read is of the version of its day");
    assert_eq!((attempt.current.at, attempt.current.text.as_str(), attempt.line), (None, "", 8));
}

#[test]
fn values_are_exact_whatever_their_width_and_unit() {
    let quantities = |name| {
        let batch = read(Dialect::Strict, &fixture(name)).batch;
        batch.quantity.iter().take(5).map(Quantity::to_string).collect::<Vec<_>>()
    };
    assert_eq!(quantities("wide-values"), ["123456789.123456", "0.000001", "12.5", "1234567.1", "9999999"]);
    assert_eq!(quantities("mega-unit"), ["123.4567", "1500", "1500", "1500", "1500"]);
}

#[test]
fn excess_decimals_are_rounded_where_that_is_asked_for() {
    let options = Options { excess_decimals: ExcessDecimals::RoundHalfEven, ..Options::default() };
    let read = check::read(Format::Nem12, &options, &fixture("d16-excess-decimals"));
    assert_eq!((read.problems.len(), read.decoded.rounded), (0, 1));
    assert_eq!(read.batch.reading(0).quantity.micros(), 2);
}

#[test]
fn uncovered_intervals_have_no_quality_and_the_first_statement_wins() {
    let runs = |name| {
        let qualities: Vec<String> =
            read(Dialect::Lenient, &fixture(name)).batch.quality.iter().take(48).map(Quality::to_string).collect();
        qualities.chunk_by(|a, b| a == b).map(|run| (run[0].clone(), run.len())).collect::<Vec<_>>()
    };
    let run = |quality: &str, count| (quality.to_owned(), count);
    assert_eq!(runs("d21-events-gap"), [run("A", 20), run("unstated", 1), run("S14", 27)]);
    assert_eq!(runs("d21-events-overlap"), [run("A", 22), run("S14", 26)]);
    assert_eq!(runs("d21-events-short"), [run("A", 20), run("unstated", 28)]);
    assert_eq!(runs("d23-events-over-actual"), [run("A", 20), run("E52", 28)]);
}

#[test]
fn a_refused_day_comes_with_the_text_of_its_record() {
    let text = fixture("d21-events-none");
    let day = text.split(|&byte| byte == b'\n').nth(2).expect("the third line");
    let read = check::read_in_pieces(Format::Nem12, &options(Dialect::Strict), &text, 1);
    assert_eq!(read.problems.iter().map(|(_, given)| given.as_slice()).collect::<Vec<_>>(), [day]);
}

#[test]
fn damage_is_never_worse_than_a_problem() {
    let text = b"100,NEM12,202301010000,MDP1,RET1\n200,VABD000163,E1,1,E1,N1,M1,kWh,720,\n\
        300,20230115,1.5,22,V,,,20230116010203,\n400,1,1,S14,24,\n400,2,2,A,,\n500,N,,20230115000001,0001\n900\n";
    for at in 0..text.len() {
        check::check(Format::Nem12, &text[..at]);
        for bit in 0..8 {
            let mut damaged = text.to_vec();
            damaged[at] ^= 1 << bit;
            check::check(Format::Nem12, &damaged);
        }
    }
}

/// A value as senders write it, and now and then as none should.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        30 => "[0-9]{1,3}\\.[0-9]{1,3}",
        4 => "[0-9]{0,12}\\.?[0-9]{0,8}",
        1 => "-?[0-9.e ]{0,9}",
    ]
}

/// A 300 record of two, three or 48 values, whole or with a field that is odd.
fn day_record() -> impl Strategy<Value = String> {
    let stamp = prop_oneof![8 => Just("20230116010203".to_owned()), 1 => "[0-9 ]{0,15}", 1 => Just(String::new())];
    let quality =
        prop_oneof![6 => Just("A,,"), 1 => Just("V,,"), 1 => Just("S14,24,"), 1 => Just("N,,"), 1 => Just("")];
    let count = prop_oneof![2 => Just(2usize), 6 => Just(3), 1 => Just(48)];
    (10u8..32, count, quality, stamp.clone(), stamp).prop_flat_map(|(day, count, quality, updated, loaded)| {
        prop::collection::vec(value(), count)
            .prop_map(move |values| format!("300,202301{day},{},{quality},{updated},{loaded}", values.join(",")))
    })
}

fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => day_record(),
        2 => prop_oneof![Just("480"), Just("30"), Just("720")].prop_map(|length| format!("200,VABD000163,E1,1,E1,N1,M1,kWh,{length},")),
        1 => Just("200,VABD000163,E1,1,E1,N1,M1,MWh,480,20230401".to_owned()),
        3 => (0u8..4, 0u8..50).prop_map(|(first, last)| format!("400,{first},{last},S14,24,")),
        1 => Just("500,N,,20230115000001,0001".to_owned()),
        1 => prop_oneof![Just("900"), Just("100,NEM12,202301010000,MDP1,RET1"), Just(""), Just("x,y"), Just("1,2,3")]
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn neither_blocks_nor_the_fast_path_change_what_is_read(lines in prop::collection::vec(any_line(), 0..30), ends in any::<bool>()) {
        let end = if ends { "\r\n" } else { "\n" };
        let head = ["100,NEM12,202301010000,MDP1,RET1", "200,VABD000163,E1,1,E1,N1,M1,kWh,480,"];
        let all: Vec<&str> = head.into_iter().chain(lines.iter().map(String::as_str)).chain(["900"]).collect();
        check::check(Format::Nem12, all.join(end).as_bytes());
    }

    #[test]
    fn plain_days_are_read_as_the_integers_they_are(
        days in prop::collection::vec(prop::collection::vec(0u32..2_000_000, 288), 1..4), decimals in 0usize..4,
    ) {
        let mut text = "100,NEM12,202301010000,MDP1,RET1\n200,VABD000163,E1,1,E1,N1,M1,kWh,5,\n".to_owned();
        for (day, values) in days.iter().enumerate() {
            let write = |value: &u32| match decimals {
                0 => value.to_string(),
                _ => format!("{}.{:0decimals$}", value / 1000, value % 10u32.pow(u32::try_from(decimals).unwrap())),
            };
            let values: Vec<String> = values.iter().map(write).collect();
            text.push_str(&format!("300,202301{:02},{},A,,,20230201000000,\n", day + 1, values.join(",")));
        }
        text.push_str("900\n");
        let read = read(Dialect::Strict, text.as_bytes());
        prop_assert!(read.problems.is_empty() && read.remarks.is_empty());
        let expected: Vec<i64> = days.concat().iter().map(|&value| {
            let value = i64::from(value);
            let unit = 10i64.pow(u32::try_from(decimals).unwrap());
            if decimals == 0 { value * 1_000_000 } else { value / 1000 * 1_000_000 + value % unit * (1_000_000 / unit) }
        }).collect();
        prop_assert_eq!(read.batch.quantity.iter().map(|quantity| quantity.micros()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check::check(Format::Nem12, &bytes);
    }
}

#[test]
fn a_file_of_many_batches_is_read_whole_whatever_the_day_that_a_batch_ends_in() {
    let (days, values) = (60, ["1.25"; 1440].join(","));
    let mut text = "200,VABD000163,E1,1,E1,N1,M1,kWh,1,\n".to_owned();
    for day in 0..days {
        let (month, day) = (day / 28 + 1, day % 28 + 1);
        text.push_str(&format!("300,2023{month:02}{day:02},{values},V,,,,\n400,1,1,S14,24,\n400,2,1440,A,,\n"));
    }
    let whole = read(Dialect::Lenient, text.as_bytes());
    assert_eq!((whole.batch.len(), whole.batch.events.len()), (1440 * days, days));
    assert!(whole.problems.is_empty());
    let pieces = check::read_in_pieces(Format::Nem12, &options(Dialect::Lenient), text.as_bytes(), 1000);
    assert_eq!(pieces, whole);
}
