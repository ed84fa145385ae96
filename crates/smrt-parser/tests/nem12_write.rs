//! What is written as NEM12 is read back, strictly, as it was.

mod common;

use common::{check, findings};
use proptest::prelude::*;
use smrt_core::{Flag, IntervalEvent, IntervalLength, Quality, Quantity, Version};
use smrt_parser::nem12::{Day, Description, Envelope, Sample, WriteError, Writer};
use smrt_parser::{Format, Options};

const ACTUAL: Quality = Quality { flag: Flag::Actual, method: 0 };
const ENVELOPE: Envelope<'_> = Envelope { created_at: 1_704_067_200, from: "MDP1", to: "RETAIL1" };

fn description(unit: &'static str, minutes: u16) -> Description<'static> {
    let length = IntervalLength::from_minutes(minutes).expect("a length");
    let (nmi, suffix) = ("6305123456", "E1");
    Description { nmi, configuration: "E1B1", register: "01", suffix, stream: "N1", serial: "S1", unit, length }
}

/// First second of a day in NEM time.
fn midnight(date: i32) -> i64 {
    i64::from(date) * 86_400 - 36_000
}

/// A count as a number to reckon with.
fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("a small number")
}

/// A run of intervals: how many, their quality, reason and text.
type Stretch = (usize, Quality, Option<u16>, String);

fn stretch() -> impl Strategy<Value = Stretch> {
    let plain = (1usize..60).prop_map(|count| (count, ACTUAL, None, String::new()));
    let flag = prop_oneof![Just(Flag::Estimated), Just(Flag::Substituted), Just(Flag::Final)];
    let reason = prop_oneof![Just(0u16), Just(43), Just(76), Just(79), Just(89)];
    let reasoned = (1usize..60, flag, 11u8..=25, reason, "[a-z]([a-z ]{0,8}[a-z])?")
        .prop_map(|(count, flag, method, reason, text)| (count, Quality { flag, method }, Some(reason), text));
    let actual = (1usize..300).prop_map(|count| (count, ACTUAL, Some(79), String::new()));
    prop_oneof![plain, reasoned, actual]
}

proptest! {
    #[test]
    fn days_that_are_written_are_read_as_they_were(
        minutes in prop_oneof![Just(5u16), Just(15), Just(30)],
        unit in prop_oneof![Just("kWh"), Just("MWh"), Just("kVArh")],
        days in proptest::collection::btree_map(0i32..40_000, (proptest::collection::vec(stretch(), 1..5), 0i64..i64::MAX / 1_000, any::<u32>()), 1..4),
    ) {
        let description = description(unit, minutes);
        let intervals = usize::from(1440 / minutes);
        let mut writer = Writer::new(Vec::new(), &ENVELOPE).unwrap();
        writer.channel(&description).unwrap();
        let (mut readings, mut events) = (Vec::new(), Vec::<IntervalEvent>::new());
        for (&date, (stretches, value, version)) in &days {
            let version = Version::from_number(*version);
            let values: Vec<_> = (0..intervals).map(|at| Quantity::from_micros(value / (signed(at) + 1))).collect();
            let mut qualities = Vec::new();
            let mut of_day = Vec::<IntervalEvent>::new();
            for (count, quality, reason, text) in stretches.iter().cycle() {
                let count = (*count).min(intervals - qualities.len());
                if count == 0 {
                    break;
                }
                let start = midnight(date) + signed(qualities.len()) * description.length.seconds();
                let end = start + signed(count) * description.length.seconds();
                qualities.resize(qualities.len() + count, *quality);
                let (reason, text) = (*reason, text.clone());
                let same = |event: &&mut IntervalEvent| event.end == start && event.quality == *quality && event.reason == reason && event.text == text;
                match of_day.last_mut().filter(same) {
                    Some(event) => event.end = end,
                    None if reason.is_none() => {}
                    None => of_day.push(IntervalEvent { channel: 0, start, end, quality: *quality, reason, text, line: 0 }),
                }
            }
            writer.day(&Day { date, values: &values, qualities: &qualities, events: &of_day, version }).unwrap();
            let starts = (0..).map(|at| midnight(date) + at * description.length.seconds());
            readings.extend(starts.zip(values).zip(qualities).map(|((start, value), quality)| (start, value, quality, version)));
            events.append(&mut of_day);
        }
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        let all = check::read(Format::Nem12, &Options::default(), text.as_bytes());
        prop_assert_eq!(findings(&all), Vec::<String>::new());
        let read: Vec<_> = all.batch.readings().map(|reading| (reading.start, reading.quantity, reading.quality, reading.version)).collect();
        prop_assert_eq!(read, readings);
        let read: Vec<_> = all.batch.events.into_iter().map(|event| IntervalEvent { line: 0, ..event }).collect();
        prop_assert_eq!(read, events);
    }
}

#[test]
fn what_the_format_cannot_say_is_refused_and_leaves_no_trace() {
    let mut writer = Writer::new(Vec::new(), &ENVELOPE).unwrap();
    let (values, qualities) = (vec![Quantity::ZERO; 48], vec![ACTUAL; 48]);
    let day = Day { date: 19_723, values: &values, qualities: &qualities, events: &[], version: Version::UNSTATED };
    assert!(matches!(writer.day(&day), Err(WriteError::NoChannel)));
    for wrong in [
        Description { nmi: "0000000001O", ..description("kWh", 30) },
        Description { suffix: "Q1", ..description("kWh", 30) },
        Description { configuration: "E1E1", ..description("kWh", 30) },
        Description { serial: "a,b", ..description("kWh", 30) },
        description("m3", 30),
        description("kWh", 60),
    ] {
        assert!(writer.channel(&wrong).is_err(), "{wrong:?}");
    }
    writer.channel(&description("kWh", 30)).unwrap();
    let with = |interval: usize, quality| {
        let mut qualities = qualities.clone();
        qualities[interval] = quality;
        qualities
    };
    for qualities in [
        with(7, Quality::NULL),
        with(7, Quality::UNSTATED),
        with(7, Quality { flag: Flag::Substituted, method: 14 }),
        with(7, Quality { flag: Flag::Estimated, method: 0 }),
    ] {
        let refused = writer.day(&Day { qualities: &qualities, ..day });
        assert!(matches!(refused, Err(WriteError::Interval { interval: 8, .. })), "{refused:?}");
    }
    let mut negative = values.clone();
    negative[47] = Quantity::from_micros(-1);
    assert!(matches!(writer.day(&Day { values: &negative, ..day }), Err(WriteError::Interval { interval: 48, .. })));
    assert!(matches!(
        writer.day(&Day { values: &values[1..], ..day }),
        Err(WriteError::Incomplete { expected: 48, .. })
    ));
    writer.channel(&description("kWh", 30)).unwrap();
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert_eq!(text, "100,NEM12,202401011000,MDP1,RETAIL1\r\n900\r\n");
}

#[test]
fn days_of_a_channel_ascend() {
    let mut writer = Writer::new(Vec::new(), &ENVELOPE).unwrap();
    writer.channel(&description("kWh", 15)).unwrap();
    let (values, qualities) = ([Quantity::ZERO; 96], [ACTUAL; 96]);
    let day = Day { date: 19_723, values: &values, qualities: &qualities, events: &[], version: Version::UNSTATED };
    writer.day(&day).unwrap();
    assert!(matches!(writer.day(&day), Err(WriteError::DayOrder)));
    writer.day(&Day { date: 19_725, ..day }).unwrap();
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert_eq!(check::read(Format::Nem12, &Options::default(), text.as_bytes()).batch.len(), 2 * 96);
}

#[test]
fn samples_are_read_strictly_without_a_finding_and_are_the_same_for_the_same_seed() {
    for minutes in [5, 15, 30] {
        let length = IntervalLength::from_minutes(minutes).expect("a length");
        let sample = Sample { meters: 6, days: 40, length, ..Sample::default() };
        let written = |sample: Sample| {
            let mut text = Vec::new();
            sample.write(&mut text).expect("memory");
            String::from_utf8(text).expect("text")
        };
        let text = written(sample);
        let all = check::read(Format::Nem12, &Options::default(), text.as_bytes());
        assert_eq!(findings(&all), Vec::<String>::new());
        assert_eq!(all.batch.len(), 9 * 40 * usize::from(1440 / minutes));
        assert!(!all.batch.events.is_empty() && text.contains("\n400,"), "some days vary");
        assert_eq!(text, written(sample));
        assert_ne!(text, written(Sample { seed: 2, ..sample }));
    }
}
