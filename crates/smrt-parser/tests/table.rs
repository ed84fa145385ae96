//! Tables (LP, TOU, interval CSV) against what is known of them: fixtures, properties, damage.

mod common;

use common::{
    check::{self, Read, layouts},
    fixture,
};
use proptest::prelude::*;
use smrt_core::{IntervalLength, Quantity};
use smrt_parser::{Dialect, Format, Options, Stamp, lp, tou};

fn read_with(format: Format, options: &Options, text: &[u8]) -> Read {
    check::read(format, options, text)
}

fn lp(text: &[u8]) -> Read {
    read_with(Format::Lp, &Options::default(), text)
}

/// What is said of a text, in short: how many readings and register reads it gives, then each code with its line.
fn said(format: Format, options: &Options, text: &[u8]) -> String {
    let read = read_with(format, options, text);
    let problems = read.problems.iter().map(|(problem, _)| {
        let frame = if problem.in_frame { "!" } else { "" };
        (problem.span.position.line, format!("{}{frame}", problem.kind.code().id))
    });
    let remarks = read.remarks.iter().map(|(remark, _)| (remark.span.position.line, remark.kind.code().id.to_owned()));
    let mut all: Vec<(u64, String)> = problems.chain(remarks).collect();
    all.sort();
    let all: Vec<String> = all.into_iter().map(|(line, code)| format!("{line}:{code}")).collect();
    format!("{}+{} {}", read.batch.len(), read.batch.register_reads.len(), all.join(" ")).trim_end().to_owned()
}

#[test]
fn what_is_said_of_each_fixture() {
    for (name, strict, lenient) in [
        ("lp/bad-texts.csv", "0+0 2:P010 3:P010 4:P010 5:P008 6:P008", "0+0 2:P010 3:P010 4:P010 5:P008 6:P008"),
        (
            "lp/bad-values.csv",
            "1+0 2:P014 3:P014 4:P014 5:P014 6:P014 7:P014 8:D048",
            "2+0 2:D044 2:D048 3:P014 4:P014 5:P014 6:P014 7:P014",
        ),
        ("lp/basic.csv", "6+0", "6+0"),
        ("lp/blank-in-header.csv", "6+0", "6+0"),
        ("lp/blank-lines-only.csv", "0+0 4:P001!", "0+0 4:P001!"),
        ("lp/bom-crlf.csv", "6+0", "6+0"),
        ("lp/by-time.csv", "12+0", "12+0"),
        ("lp/decimal-comma.csv", "1+0 2:P007 3:D048", "1+0 2:P007 3:D048"),
        ("lp/doubled-column.csv", "0+0 1:P042!", "0+0 1:P042!"),
        ("lp/empty.csv", "0+0 1:P001!", "0+0 1:P001!"),
        ("lp/five-and-fifteen-minutes.csv", "7+0", "7+0"),
        ("lp/header-only.csv", "0+0", "0+0"),
        ("lp/mega-units.csv", "2+0", "2+0"),
        ("lp/missing-column.csv", "0+0 1:P041!", "0+0 1:P041!"),
        ("lp/month-first.csv", "1+0 2:P043 3:D048", "1+0 2:P043 3:D048"),
        ("lp/negative-energy.csv", "2+0 2:D045", "2+0 2:D045"),
        ("lp/no-column-names.csv", "0+0 1:P040!", "0+0 1:P040!"),
        ("lp/no-last-line-end.csv", "6+0", "6+0"),
        ("lp/off-grid.csv", "9+0 10:D047", "9+0 10:D047"),
        ("lp/one-reading.csv", "1+0 2:D048", "1+0 2:D048"),
        ("lp/quoted.csv", "6+0", "6+0"),
        ("lp/short-and-blank-rows.csv", "1+0 2:P007 3:P007 4:P043 5:P014 6:D048", "3+0 2:D042 3:P007 4:D043 5:D044"),
        ("lp/reordered-and-extra.csv", "6+0 1:D040", "6+0 1:D040"),
        ("lp/units-of-any-case.csv", "4+0 5:D048", "4+0 5:D048"),
        ("lp/without-serial-plant-status.csv", "0+0 1:P041!", "6+0 1:D041"),
        (
            "tou/bad-entries.csv",
            "0+0 2:P046 3:P046 4:P046 5:P043 6:P043 7:P043 8:P014 9:P010 10:P010 11:P014",
            "0+0 2:P046 3:P046 4:P046 5:P043 6:P043 7:P043 8:P014 9:P010 10:P010 11:P014",
        ),
        ("tou/basic.csv", "0+8", "0+8"),
        ("tou/crlf-quoted.csv", "0+8", "0+8"),
        ("tou/daylight-saving.csv", "0+2", "0+2"),
        ("tou/doubled-column.csv", "0+0 1:P042!", "0+0 1:P042!"),
        ("tou/empty.csv", "0+0 1:P001!", "0+0 1:P001!"),
        ("tou/missing-columns.csv", "0+0 1:P041!", "0+8 1:D041"),
        ("tou/negative.csv", "0+1 2:D045", "0+1 2:D045"),
        ("tou/no-column-names.csv", "0+0 1:P040!", "0+0 1:P040!"),
        ("tou/nothing-stated.csv", "0+1", "0+1"),
        ("tou/surplus-and-blank-rows.csv", "0+0 2:P007 3:P014", "0+0 2:P007 3:D043"),
        ("tou/reordered-and-extra.csv", "0+8 1:D040", "0+8 1:D040"),
        ("tou/total-mismatch.csv", "0+3 4:D049", "0+3 4:D049"),
    ] {
        let format: Format = name.split('/').next().unwrap_or_default().parse().unwrap();
        let said = |dialect| said(format, &Options { dialect, ..Options::default() }, &fixture(name));
        assert_eq!((said(Dialect::Strict).as_str(), said(Dialect::Lenient).as_str()), (strict, lenient), "{name}");
    }
}

#[test]
fn what_is_said_of_each_fixture_by_its_layout() {
    for (name, layout, strict, lenient) in [
        ("csv/by-name.csv", 0, "4+0 5:D045 5:D048", "4+0 5:D045 5:D048"),
        (
            "csv/daylight-saving.csv",
            0,
            "6+0 3:D046 4:D046 5:D046 6:D046 8:P044",
            "6+0 3:D046 4:D046 5:D046 6:D046 8:P044",
        ),
        ("csv/with-offset.csv", 0, "3+0", "3+0"),
        ("csv/bad-rows.csv", 0, "0+0 2:P043 3:P045 4:P045 5:P043 6:P043", "0+0 2:P043 3:P045 4:P045 5:P043 6:P043"),
        ("csv/another-header.csv", 0, "0+0 1:P040!", "0+0 1:P040!"),
        ("csv/missing-column.csv", 0, "0+0 1:P041!", "0+0 1:P041!"),
        ("csv/empty.csv", 0, "0+0 1:P001!", "0+0 1:P001!"),
        ("csv/wide-decimal-comma.csv", 1, "4+0 4:P043 5:P043 6:P014", "4+0 4:P043 5:P043 6:P014"),
        ("csv/by-number.csv", 2, "0+2 3:P007", "0+2 3:P007"),
        ("csv/too-few-columns.csv", 2, "0+0 1:P041!", "0+0 1:P041!"),
    ] {
        let said = |dialect| said(Format::Csv, &Options { dialect, ..layouts()[layout].clone() }, &fixture(name));
        assert_eq!((said(Dialect::Strict).as_str(), said(Dialect::Lenient).as_str()), (strict, lenient), "{name}");
    }
    let unknown = said(Format::Csv, &Options::default(), &fixture("csv/by-name.csv"));
    assert_eq!(unknown, "0+0 1:P047!");
}

/// Meter, channel, unit, start (by a clock ten hours ahead), minutes and value of each reading.
fn rows(read: &Read) -> Vec<String> {
    let zone = smrt_core::MarketZone::Fixed(600);
    let row = |reading: smrt_core::Reading| {
        let channel = &read.batch.new_channels[reading.channel as usize];
        let start = zone.rfc3339(reading.start);
        let (minutes, value) = (reading.minutes.minutes(), reading.quantity);
        format!("{} {} [{}] {} {minutes} {value}", channel.meter, channel.name, channel.unit, &start[5..16])
    };
    read.batch.readings().map(row).collect()
}

#[test]
fn a_load_profile_gives_channels_readings_and_events() {
    let read = lp(&fixture("lp/basic.csv"));
    assert_eq!(
        rows(&read),
        [
            "210000001 Import Wh Total [kWh] 08-31T23:30 15 0.5",
            "210000001 Import Wh Total [kWh] 08-31T23:45 15 0.5",
            "210000001 Import Wh Total [kWh] 09-01T00:00 15 1.25",
            "210000001 Phase Angle A [deg] 08-31T23:30 15 -21.88",
            "210000001 Phase Angle A [deg] 08-31T23:45 15 30.75",
            "210000001 Phase Angle A [deg] 09-01T00:00 15 7",
        ]
    );
    let channel = &read.batch.new_channels[0];
    assert_eq!((channel.serial.as_str(), channel.plant.as_str()), ("210000001", "ED031000001"));
    assert_eq!((channel.source_unit.as_str(), channel.zone.to_string()), ("kwh", "+10:00".to_owned()));
    let events: Vec<_> =
        read.batch.events.iter().map(|e| (e.channel, e.text.as_str(), e.end - e.start, e.line)).collect();
    assert_eq!(events, [(1, "PL II", 900, 5), (1, "GN", 900, 6)]);
    assert_eq!(read.batch.events[0].start, read.batch.start[3]);
}

#[test]
fn marks_quotes_line_ends_order_and_surplus_columns_change_nothing() {
    let plain = lp(&fixture("lp/basic.csv"));
    for name in ["bom-crlf", "blank-in-header", "quoted", "reordered-and-extra", "no-last-line-end"] {
        let other = lp(&fixture(&format!("lp/{name}.csv")));
        assert_eq!(other.problems, [], "{name}");
        assert_eq!(other.batch, plain.batch, "{name}");
    }
}

#[test]
fn the_end_of_an_interval_may_be_stamped_and_the_zone_be_another_one() {
    let text = fixture("lp/basic.csv");
    let plain = lp(&text);
    let options = Options { stamp: Stamp::End, zone: "+09:30".parse().ok(), ..Options::default() };
    let other = read_with(Format::Lp, &options, &text);
    let shifted: Vec<i64> = plain.batch.start.iter().map(|start| start - 900 + 1800).collect();
    assert_eq!(other.batch.start, shifted);
    assert_eq!(other.batch.events[0].start, shifted[3]);
}

#[test]
fn each_channel_has_the_length_of_its_own_times() {
    let lengths = |options: &Options, name: &str| {
        let read = read_with(Format::Lp, options, &fixture(name));
        read.batch.readings().map(|reading| (reading.channel, reading.minutes.minutes())).collect::<Vec<_>>()
    };
    let found = lengths(&Options::default(), "lp/five-and-fifteen-minutes.csv");
    assert_eq!(found, [(0, 5), (0, 5), (0, 5), (0, 5), (1, 15), (1, 15), (1, 15)]);
    assert!(lengths(&Options::default(), "lp/by-time.csv").iter().all(|&(_, minutes)| minutes == 15));
    let given = Options { interval: IntervalLength::from_minutes(30), ..Options::default() };
    assert_eq!(lengths(&given, "lp/one-reading.csv"), [(0, 30)]);
    assert_eq!(said(Format::Lp, &given, &fixture("lp/one-reading.csv")), "1+0 2:D047");
}

#[test]
fn units_are_folded_and_mega_units_kept_in_kilo() {
    let read = lp(&fixture("lp/units-of-any-case.csv"));
    let units: Vec<_> = read.batch.new_channels.iter().map(|c| (c.unit.as_str(), c.source_unit.as_str())).collect();
    assert_eq!(units, [("kWh", "kwh"), ("kVAr", "kvar")]);
    let read = lp(&fixture("lp/mega-units.csv"));
    assert_eq!(read.batch.quantity, [Quantity::from_micros(1_234_500), Quantity::from_micros(1_000_000_000)]);
    assert_eq!(
        (read.batch.new_channels[0].unit.as_str(), read.batch.new_channels[0].source_unit.as_str()),
        ("kWh", "MWh")
    );
}

#[test]
fn register_reads_keep_period_and_rate_apart() {
    let read = read_with(Format::Tou, &Options::default(), &fixture("tou/basic.csv"));
    assert!(read.batch.is_empty());
    let reads = &read.batch.register_reads;
    let short: Vec<_> = reads.iter().map(|r| (r.period.as_str(), r.rate.as_str(), r.current.text.as_str())).collect();
    assert_eq!(
        short[..3],
        [("Total", "Unified", "0.150000"), ("Total", "Rate 1", "0.150000"), ("Billing Total", "Unified", "0.146000")]
    );
    assert_eq!((reads.len(), read.batch.new_channels.len()), (8, 1));
    let at = |text: &str| "+10:00".parse::<smrt_core::MarketZone>().unwrap().parse_instant(text).ok();
    assert_eq!(reads[0].current.at, at("2015-09-01 04:00:12"));
    assert_eq!((reads[0].demand, reads[0].demand_at), (Some(Quantity::from_micros(12_000)), None));
    assert_eq!(reads[4].demand_at, at("2015-09-01 00:30"));
    assert_eq!((reads[0].reset_count, reads[0].reset_at), (Some(2), at("2015-09-01")));
    assert_eq!((reads[0].status.as_str(), reads[0].line), (".....R....", 2));
    let saving = read_with(Format::Tou, &Options::default(), &fixture("tou/daylight-saving.csv"));
    let status: Vec<_> = saving.batch.register_reads.iter().map(|read| read.status.as_str()).collect();
    assert_eq!(status, [".....R.... DLS active", "DLS active"]);
    let nothing = read_with(Format::Tou, &Options::default(), &fixture("tou/nothing-stated.csv"));
    let read = &nothing.batch.register_reads[0];
    assert_eq!((read.demand, read.demand_at, read.reset_count, read.reset_at), (None, None, None, None));
    for name in ["crlf-quoted", "reordered-and-extra"] {
        let other = read_with(Format::Tou, &Options::default(), &fixture(&format!("tou/{name}.csv")));
        assert_eq!(other.batch.register_reads, *reads, "{name}");
    }
}

#[test]
fn a_table_is_read_as_its_layout_says() {
    let by_name = read_with(Format::Csv, &layouts()[0], &fixture("csv/by-name.csv"));
    let short = |read: &Read| -> Vec<String> {
        let short = |r: smrt_core::Reading| {
            format!(
                "{} {} {} {}",
                read.batch.new_channels[r.channel as usize].name,
                r.minutes.minutes(),
                r.quantity,
                r.quality
            )
        };
        read.batch.readings().map(short).collect()
    };
    assert_eq!(short(&by_name), ["E1 15 1.5 A", "E1 15 1.5 S14", "E1 15 0 N", "B1 15 -2 E"]);
    let wide = read_with(Format::Csv, &layouts()[1], &fixture("csv/wide-decimal-comma.csv"));
    let expected =
        ["Import 30 1500 unstated", "Export 30 0 unstated", "Import 30 0.0005 unstated", "Export 30 250 unstated"];
    assert_eq!(short(&wide), expected);
    let by_number = read_with(Format::Csv, &layouts()[2], &fixture("csv/by-number.csv"));
    let reads: Vec<_> =
        by_number.batch.register_reads.iter().map(|r| (r.current.at, r.current.text.as_str())).collect();
    assert_eq!(reads, [(Some(1_709_248_500), "100.5"), (Some(1_709_249_400), "101")]);
    assert_eq!(by_number.batch.new_channels[0].name, "2");
}

#[test]
fn the_hour_that_occurs_twice_is_told_by_the_order_of_the_rows() {
    for (name, hours) in [
        ("csv/daylight-saving.csv", ["23:45", "00:00", "00:30", "01:00", "01:30", "02:00"].as_slice()),
        ("csv/with-offset.csv", &["00:00", "01:00", "01:30"]),
    ] {
        let options = Options { stamp: Stamp::Start, ..layouts()[0].clone() };
        let read = read_with(Format::Csv, &options, &fixture(name));
        let starts = read.batch.start.iter().map(|&start| smrt_core::MarketZone::Utc.rfc3339(start)[11..16].to_owned());
        assert_eq!(starts.collect::<Vec<_>>(), hours, "{name}");
    }
}

#[test]
fn samples_are_read_without_a_word() {
    let mut text = Vec::new();
    lp::Sample { meters: 3, days: 2, minutes: 5, ..lp::Sample::default() }.write(&mut text).unwrap();
    assert_eq!(said(Format::Lp, &Options::default(), &text), format!("{}+0", 3 * 2 * 288 * 3));
    assert!(lp(&text).batch.minutes.iter().all(|length| length.minutes() == 5));
    text.clear();
    tou::Sample { meters: 3, ..tou::Sample::default() }.write(&mut text).unwrap();
    assert_eq!(said(Format::Tou, &Options::default(), &text), "0+24");
}

#[test]
fn formats_are_told_by_their_columns() {
    for (name, format) in [
        ("lp/basic.csv", Some(Format::Lp)),
        ("lp/reordered-and-extra.csv", Some(Format::Lp)),
        ("lp/bom-crlf.csv", Some(Format::Lp)),
        ("lp/blank-in-header.csv", Some(Format::Lp)),
        ("tou/basic.csv", Some(Format::Tou)),
        ("tou/crlf-quoted.csv", Some(Format::Tou)),
        ("lp/no-column-names.csv", None),
        ("csv/by-name.csv", None),
    ] {
        assert_eq!(Format::sniff(&fixture(name), name), format, "{name}");
    }
}

/// A record of a load profile: which channel, which interval, the value in thousandths, the status.
type Record = (usize, u32, i64, usize);

const CHANNELS: [(&str, &str); 3] = [("Import Wh Total", "kwh"), ("Voltage Total", "V"), ("Phase Angle \"A\"", "deg")];
const STATUSES: [&str; 3] = ["", "", "PL, II"];

/// Writes records with their columns in an order, each field quoted or just where it must be.
fn written(records: &[Record], order: &[usize], quoted: bool) -> String {
    const NAMES: [&str; 8] =
        ["MeterPoint Code", "Serial Number", "Plant Code", "Date/Time", "Data Type", "Data Value", "Units", "Status"];
    let line = |fields: &[String]| {
        let fields = order.iter().map(|&index| {
            let field = &fields[index];
            let must = field.contains([',', '"']);
            if quoted || must { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.clone() }
        });
        fields.collect::<Vec<_>>().join(",") + "\n"
    };
    let mut text = line(&NAMES.map(str::to_owned));
    for &(channel, interval, value, status) in records {
        let (day, minute) = (1 + interval / 96, interval % 96 * 15);
        let time = format!("{day:02}/09/2015 {:02}:{:02}:00", minute / 60, minute % 60);
        let (name, unit) = CHANNELS[channel];
        let value = Quantity::from_micros(value * 1000).to_string();
        let fields = ["0012", "7", "ED1", &time, name, &value, unit, STATUSES[status]].map(str::to_owned);
        text += &line(&fields);
    }
    text
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec((0usize..3, 0u32..960, -5_000i64..1_000_000, 0usize..3), 1..80)
}

proptest! {
    #[test]
    fn what_is_written_is_read_whatever_the_order_of_the_columns_and_the_quotes(
        mut records in records(),
        order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
        sorted in 0..3,
    ) {
        match sorted {
            0 => records.sort(),
            1 => records.sort_by_key(|&(channel, interval, ..)| (interval, channel)),
            _ => {}
        }
        let plain = lp(written(&records, &[0, 1, 2, 3, 4, 5, 6, 7], false).as_bytes());
        prop_assert_eq!(&plain.problems, &[]);
        let found: Vec<_> = plain.batch.readings().map(|r| {
            let channel = &plain.batch.new_channels[r.channel as usize];
            (channel.name.clone(), r.start, r.quantity.micros(), r.line)
        }).collect();
        let expected: Vec<_> = (2..).zip(&records).map(|(line, &(channel, interval, value, _))| {
            let start = 1_441_029_600 + i64::from(interval) * 900;
            (CHANNELS[channel].0.to_owned(), start, value * 1000, line)
        }).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(plain.batch.events.len(), records.iter().filter(|record| record.3 == 2).count());
        for quoted in [false, true] {
            let other = lp(written(&records, &order, quoted).as_bytes());
            prop_assert_eq!(&other.problems, &[]);
            prop_assert_eq!(&other.batch, &plain.batch);
        }
    }

    #[test]
    fn any_split_gives_the_same_result(records in records(), quoted: bool) {
        check::check(Format::Lp, written(&records, &[0, 1, 2, 3, 4, 5, 6, 7], quoted).as_bytes());
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in [Format::Lp, Format::Tou, Format::Csv] {
            check::check(format, &bytes);
        }
    }
}
