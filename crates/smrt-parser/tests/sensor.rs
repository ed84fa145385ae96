//! Sensors, what they measured and what they are called, against what is known of them: fixtures, properties, damage.

mod common;

use common::{
    check::{self, Read},
    fixture,
};
use proptest::prelude::*;
use smrt_core::{CivilInstants, MarketZone, SensorId, Signal};
use smrt_parser::{Dialect, Format, Options, sensor, sensor_mapping};

const A: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const B: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
const HEADER: &str = "timestamp;sensor_uuid;sensor_value\n";

fn read(text: &[u8]) -> Read {
    check::read(Format::Sensor, &Options::default(), text)
}

/// What is said of a text, in short: how many measurements and names it gives, then each code with its line.
fn said(format: Format, options: &Options, text: &[u8]) -> String {
    let read = check::read(format, options, text);
    let problems = read.problems.iter().map(|(problem, _)| {
        let frame = if problem.in_frame { "!" } else { "" };
        (problem.span.position.line, format!("{}{frame}", problem.kind.code().id))
    });
    let remarks = read.remarks.iter().map(|(remark, _)| (remark.span.position.line, remark.kind.code().id.to_owned()));
    let mut all: Vec<(u64, String)> = problems.chain(remarks).collect();
    all.sort();
    let all: Vec<String> = all.into_iter().map(|(line, code)| format!("{line}:{code}")).collect();
    let count = read.batch.measurements.len() + read.batch.sensor_names.len();
    format!("{count} {}", all.join(" ")).trim_end().to_owned()
}

#[test]
fn what_is_said_of_each_fixture() {
    for (name, strict, lenient) in [
        ("sensor/another-separator.csv", "1 2:P007", "1 2:D042 2:P043"),
        ("sensor/bad-sensors.csv", "1 2:P049 3:P049 4:P049 5:P049 6:P049", ""),
        ("sensor/bad-times.csv", "1 2:P043 3:P043 4:P043 5:P043 6:P043 7:P043 8:P043", ""),
        ("sensor/bad-values.csv", "1 2:P048 3:P048 4:P048 5:P048 6:P048 7:P048 8:P048 9:P048 10:P048", ""),
        ("sensor/basic.csv", "6", ""),
        ("sensor/blank-lines-only.csv", "0 4:P001!", ""),
        ("sensor/bom-crlf.csv", "6", ""),
        ("sensor/broken-quotes.csv", "1 2:P008 3:P008", ""),
        ("sensor/commas.csv", "6", ""),
        (
            "sensor/daylight-saving.csv",
            "14 4:D046 5:D046 6:D046 7:D046 8:D046 9:D046 10:D046 11:D046 15:P044 16:P044",
            "",
        ),
        ("sensor/decimal-comma.csv", "1 2:P007", ""),
        ("sensor/doubled-column.csv", "0 1:P042!", ""),
        ("sensor/empty.csv", "0 1:P001!", ""),
        ("sensor/exponents.csv", "4", ""),
        ("sensor/extra.csv", "6 1:D040", ""),
        ("sensor/header-only.csv", "0", ""),
        ("sensor/missing-column.csv", "0 1:P041!", ""),
        ("sensor/no-column-names.csv", "0 1:P040!", ""),
        ("sensor/no-last-line-end.csv", "6", ""),
        ("sensor/reordered-and-extra.csv", "6 1:D040", ""),
        (
            "sensor/short-and-blank-rows.csv",
            "2 1:D040 4:P043 5:P007 6:P007 8:P007",
            "3 1:D040 4:D043 5:D042 5:P048 6:P007 8:D042",
        ),
        ("sensor/tabs.csv", "6", ""),
        ("sensor/upper-case.csv", "6", ""),
        ("sensor/with-zone.csv", "6", ""),
        ("sensor-mapping/bad-names.csv", "1 2:P010 3:P010 4:P010 5:P010 6:P052 8:P010", ""),
        ("sensor-mapping/bad-sensors.csv", "1 2:P049 3:P049", ""),
        ("sensor-mapping/basic.csv", "3", ""),
        ("sensor-mapping/doubled-column.csv", "0 1:P042!", ""),
        ("sensor-mapping/empty.csv", "0 1:P001!", ""),
        ("sensor-mapping/header-only.csv", "0", ""),
        ("sensor-mapping/missing-column.csv", "0 1:P041!", ""),
        ("sensor-mapping/no-column-names.csv", "0 1:P040!", ""),
        ("sensor-mapping/not-one-to-one.csv", "2 3:P050 4:P051", ""),
        ("sensor-mapping/reordered-and-extra.csv", "3 1:D040", ""),
        ("sensor-mapping/repeated.csv", "2 4:D050", ""),
        ("sensor-mapping/short-and-blank-rows.csv", "1 2:P010 3:P007 5:P007", "1 2:D043 3:D042 3:P049 5:P007"),
    ] {
        let format: Format = name.split('/').next().unwrap_or_default().parse().unwrap();
        let said = |dialect| said(format, &Options { dialect, ..Options::default() }, &fixture(name));
        let lenient = if lenient.is_empty() { strict } else { lenient };
        assert_eq!((said(Dialect::Strict).as_str(), said(Dialect::Lenient).as_str()), (strict, lenient), "{name}");
    }
}

/// Sensor, instant and value of each measurement.
fn rows(read: &Read) -> Vec<String> {
    let row = |measurement: smrt_core::Measurement| {
        let sensor = &read.batch.new_channels[measurement.channel as usize].meter[..2];
        let (seconds, micros) = (measurement.at.div_euclid(1_000_000), measurement.at.rem_euclid(1_000_000));
        let instant = MarketZone::Utc.rfc3339(seconds);
        let micros = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        format!("{sensor} {}{micros} {}", &instant[5..19], measurement.value)
    };
    read.batch.measurements.iter().map(row).collect()
}

#[test]
fn a_file_gives_a_channel_for_each_sensor_and_a_measurement_for_each_record() {
    let plain = read(&fixture("sensor/basic.csv"));
    assert_eq!(
        rows(&plain),
        [
            "0f 12-31T22:53:00 -75.33380361808872",
            "7c 12-31T22:53:00 2052.0067766516345",
            "0f 12-31T22:58:00 -75.5",
            "7c 12-31T22:58:00 2051",
            "0f 12-31T23:03:00 0.001",
            "7c 12-31T23:03:00 -0",
        ]
    );
    assert_eq!(plain.batch.measurements.line, [2, 3, 4, 5, 6, 7]);
    let channel = &plain.batch.new_channels[0];
    assert_eq!(
        (channel.meter.as_str(), channel.scheme, channel.zone.to_string()),
        (A, smrt_core::Scheme::Sensor, "Europe/Berlin".into())
    );
    for name in ["bom-crlf", "commas", "extra", "no-last-line-end", "reordered-and-extra", "tabs", "upper-case"] {
        let other = read(&fixture(&format!("sensor/{name}.csv")));
        assert_eq!((&other.batch, other.problems.as_slice()), (&plain.batch, [].as_slice()), "{name}");
    }
}

#[test]
fn a_zone_that_is_written_counts_instead_of_the_civil_one() {
    let text = fixture("sensor/with-zone.csv");
    let expected = [
        "0f 10-30T00:30:00 1",
        "0f 10-30T01:30:00 2",
        "0f 10-30T02:30:00 3",
        "0f 10-30T03:30:00 4",
        "0f 10-30T03:31:00.250000 5",
    ];
    assert_eq!(rows(&read(&text))[..5], expected);
    assert_eq!(rows(&read(&text))[5], "0f 10-30T04:00:00 6");
    let elsewhere = Options { zone: "-03:00".parse().ok(), ..Options::default() };
    let other = check::read(Format::Sensor, &elsewhere, &text);
    assert_eq!(rows(&other)[..5], expected);
    assert_eq!(rows(&other)[5], "0f 10-30T08:00:00 6");
    assert_eq!(other.batch.new_channels[0].zone.to_string(), "-03:00");
}

#[test]
fn the_doubled_hour_is_told_by_the_order_of_each_sensor_and_the_skipped_one_refused() {
    let read = read(&fixture("sensor/daylight-saving.csv"));
    let hours = |sensor: &str| -> Vec<String> {
        rows(&read).iter().filter(|row| row.starts_with(sensor)).map(|row| row[9..14].to_owned()).collect()
    };
    assert_eq!(hours("0f"), ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00", "00:59", "01:00"]);
    assert_eq!(hours("7c"), ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"]);
    let skipped = read.problems[0].0.to_string();
    let expected =
        "15:1: expected a time that exists in Europe/Berlin, found \"2017-03-26 02:00:00\": the clock skips it";
    assert_eq!(skipped, expected);
}

#[test]
fn days_on_which_the_clocks_change_agree_with_the_calendar_of_zones() {
    for day in ["2016-03-27", "2016-10-30", "2024-03-31", "2024-10-27", "2024-06-15"] {
        let midnight = MarketZone::Utc.parse_instant(day).unwrap();
        let mut text = HEADER.to_owned();
        let mut expected = Vec::new();
        // Every five minutes by a clock that goes through each hour twice; a sensor to itself, so that no order tells.
        for (number, minute) in (0..24 * 12).map(|step| step * 5).enumerate() {
            let id = SensorId(number as u128 + 1);
            text += &format!("{day} {:02}:{:02}:00;{id};1\n", minute / 60, minute % 60);
            match MarketZone::BERLIN.instants(midnight + minute as i64 * 60) {
                CivilInstants::Skipped => {}
                CivilInstants::Once(at) | CivilInstants::Twice(at, _) => expected.push(at * 1_000_000),
            }
        }
        let read = read(text.as_bytes());
        assert_eq!(read.batch.measurements.at, expected, "{day}");
        assert_eq!(read.problems.len() + expected.len(), 24 * 12, "{day}");
    }
}

#[test]
fn an_ordered_series_goes_through_both_passes_of_the_doubled_hour() {
    let start = MarketZone::Utc.parse_instant("2016-10-29T22:00:00").unwrap();
    for (step, sensors) in [(60, 3), (300, 26), (3600, 2), (1, 1)] {
        let times = 5 * 3600 / step;
        let mut text = Vec::new();
        sensor::Sample { sensors, times, step, start, seed: 1 }.write(&mut text).unwrap();
        let read = read(&text);
        let expected = (0..times).flat_map(|time| {
            let at = (start + i64::from(time) * i64::from(step)) * 1_000_000;
            std::iter::repeat_n(at, sensors as usize)
        });
        assert!(read.batch.measurements.at.iter().copied().eq(expected), "every {step} s");
        assert_eq!((read.problems.len(), read.remarks.len()), (0, (2 * 3600 / step * sensors) as usize));
    }
}

#[test]
fn a_mapping_gives_names_as_they_are_written_but_for_the_blanks_around_them() {
    let names = |name: &str| {
        let read = check::read(Format::SensorMapping, &Options::default(), &fixture(name));
        read.batch.sensor_names.iter().map(|pair| (pair.name.clone(), pair.sensor.to_string())).collect::<Vec<_>>()
    };
    let plain = names("sensor-mapping/basic.csv");
    assert_eq!(plain[..2], [("boiler_supply".to_owned(), A.to_owned()), ("boiler_return".to_owned(), B.to_owned())]);
    assert_eq!(plain[2].0, "Außen 1");
    assert_eq!(names("sensor-mapping/reordered-and-extra.csv"), plain);
    assert_eq!(names("sensor-mapping/repeated.csv"), plain[..2]);
}

#[test]
fn what_is_not_one_to_one_is_told_with_the_line_of_the_first() {
    let read = check::read(Format::SensorMapping, &Options::default(), &fixture("sensor-mapping/not-one-to-one.csv"));
    let said: Vec<String> = read.problems.iter().map(|(problem, _)| problem.to_string()).collect();
    assert_eq!(
        said,
        [
            format!(
                "3:15: expected one sensor for the name \"boiler_supply\", found another one: line 2 gives it to {A}"
            ),
            format!("4:1: expected one name for the sensor {A}, found another one: line 2 calls it \"boiler_supply\""),
        ]
    );
    assert_eq!(read.batch.sensor_names.len(), 2, "what was refused is not remembered");
    let repeated = check::read(Format::SensorMapping, &Options::default(), &fixture("sensor-mapping/repeated.csv"));
    assert_eq!(repeated.remarks[0].0.kind.to_string(), "expected a name once, found it again as in line 2");
}

#[test]
fn samples_are_read_without_a_word_and_belong_together() {
    let mut text = Vec::new();
    sensor::Sample { sensors: 26, times: 300, ..sensor::Sample::default() }.write(&mut text).unwrap();
    assert_eq!(said(Format::Sensor, &Options::default(), &text), format!("{}", 26 * 300));
    let sensors = read(&text).batch.new_channels.into_iter().map(|channel| channel.meter);
    text.clear();
    sensor_mapping::Sample { sensors: 26, seed: 1 }.write(&mut text).unwrap();
    let mapping = check::read(Format::SensorMapping, &Options::default(), &text);
    assert_eq!((mapping.problems.len(), mapping.remarks.len()), (0, 0));
    assert!(mapping.batch.sensor_names.iter().map(|pair| pair.sensor.to_string()).eq(sensors));
}

#[test]
fn formats_are_told_by_their_columns() {
    for (name, format) in [
        ("sensor/basic.csv", Some(Format::Sensor)),
        ("sensor/bom-crlf.csv", Some(Format::Sensor)),
        ("sensor/commas.csv", Some(Format::Sensor)),
        ("sensor/reordered-and-extra.csv", Some(Format::Sensor)),
        ("sensor/tabs.csv", Some(Format::Sensor)),
        ("sensor/missing-column.csv", None),
        ("sensor-mapping/basic.csv", Some(Format::SensorMapping)),
        ("sensor-mapping/reordered-and-extra.csv", Some(Format::SensorMapping)),
        ("sensor-mapping/missing-column.csv", None),
        ("lp/basic.csv", Some(Format::Lp)),
        ("tou/basic.csv", Some(Format::Tou)),
        ("csv/by-name.csv", None),
    ] {
        assert_eq!(Format::sniff(&fixture(name), name), format, "{name}");
    }
    let both = "sensor_name;timestamp;sensor_uuid;sensor_value\n";
    assert_eq!(Format::sniff(both.as_bytes(), "mapping.csv"), Some(Format::Sensor));
}

#[test]
fn damaged_and_cut_files_keep_the_promises() {
    let text = [HEADER, "2016-10-30 02:30:00;", A, ";-75.33380361808872\r\n2016-10-30 02:35:00+01:00;", A, ";1e-3\n"];
    let text = text.concat().into_bytes();
    let mapping = format!("sensor_name;sensor_uuid\nboiler;{A}\nroom;{B}\n").into_bytes();
    for (format, text) in [(Format::Sensor, text), (Format::SensorMapping, mapping)] {
        for at in 0..text.len() {
            check::check(format, &text[..at]);
            for flip in [0x01, 0x04, 0x10, 0x20, 0x80] {
                let mut damaged = text.clone();
                damaged[at] ^= flip;
                check::check(format, &damaged);
            }
        }
    }
}

/// A record: the sensor, seconds since the one before, a value, and ways to write them.
#[derive(Clone, Debug)]
struct Record {
    sensor: u8,
    seconds: u32,
    value: f64,
    ways: u8,
}

/// Values as sensors have them, whole ones, and any others.
fn value() -> impl Strategy<Value = f64> {
    let any = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite());
    prop_oneof![4 => -5_000.0..5_000.0, 1 => (-100i32..100).prop_map(f64::from), 1 => any]
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let seconds = prop_oneof![3 => Just(0u32), 2 => Just(60), 1 => 0u32..20_000];
    let record = (0u8..5, seconds, value(), any::<u8>());
    prop::collection::vec(
        record.prop_map(|(sensor, seconds, value, ways)| Record { sensor, seconds, value, ways }),
        1..60,
    )
}

/// Records as text, now and then in another of the ways to write the same, and the instants that are meant.
fn written(records: &[Record], end: &str) -> (String, Vec<i64>) {
    // 2016-10-29T20:00:00Z, the evening before the clocks of Berlin are put back.
    let mut at = 1_477_771_200;
    let (mut text, mut instants) = (HEADER.trim_end().to_owned() + end, Vec::new());
    for Record { sensor, seconds, value, ways } in records {
        at += i64::from(*seconds);
        instants.push(at * 1_000_000);
        let mut time = MarketZone::BERLIN.rfc3339(at);
        let is_doubled = matches!(
            MarketZone::BERLIN.instants(at + i64::from(MarketZone::BERLIN.offset_seconds(at))),
            CivilInstants::Twice(..)
        );
        if ways & 1 == 0 {
            time = time.replace('T', " ");
        }
        if !is_doubled && ways & 2 == 0 {
            time.truncate(19);
        }
        let mut id = A.replace('0', &sensor.to_string());
        if ways & 0x0c == 0 {
            id = id.to_uppercase();
        }
        let value =
            if ways & 0x30 == 0 { format!("{value:e}") } else { Signal::new(*value).unwrap_or_default().to_string() };
        let quote = if ways & 0xc0 == 0 { "\"" } else { "" };
        text += &format!("{time};{quote}{id}{quote};{value}{end}");
    }
    (text, instants)
}

proptest! {
    #[test]
    fn what_is_written_is_read_to_the_last_bit(records in records(), crlf: bool) {
        let (text, instants) = written(&records, if crlf { "\r\n" } else { "\n" });
        let read = read(text.as_bytes());
        prop_assert_eq!(&read.problems, &[]);
        prop_assert_eq!(&read.batch.measurements.at, &instants);
        let bits = |value: f64| value.to_bits();
        let values: Vec<u64> = read.batch.measurements.value.iter().map(|value| bits(value.get())).collect();
        prop_assert_eq!(values, records.iter().map(|record| bits(record.value)).collect::<Vec<_>>());
    }

    #[test]
    fn any_split_and_any_way_to_read_give_the_same(records in records(), crlf: bool) {
        check::check(Format::Sensor, written(&records, if crlf { "\r\n" } else { "\n" }).0.as_bytes());
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), header: bool) {
        for (format, names) in [(Format::Sensor, HEADER), (Format::SensorMapping, "sensor_name;sensor_uuid\n")] {
            let text = if header { [names.as_bytes(), &bytes].concat() } else { bytes.clone() };
            check::check(format, &text);
        }
    }

    #[test]
    fn lines_of_few_characters_are_read_alike_fast_and_slow(lines in prop::collection::vec("[-0-9:;. T+Ze\"]{0,60}", 0..8)) {
        let good = format!("2016-01-01 00:00:00;{A};1.5\n");
        let text = format!("{HEADER}{good}{}\n{good}", lines.join("\n"));
        check::check(Format::Sensor, text.as_bytes());
    }
}
