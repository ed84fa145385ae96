//! What a store answers.

use crate::support::{
    File, Fixture, HALF_HOUR, NULL, SEPTEMBER, assert_healthy, batch, channel, minutes, reading, values,
};
use smrt_core::{Channel, Interval, Quantity, Reading, Sum};
use smrt_storage::{FileStatus, Gap, MeterFilter, Store};
use std::ops::ControlFlow;

fn zoned(meter: &str, zone: &str) -> Channel {
    Channel { zone: zone.parse().unwrap(), ..channel(meter) }
}

/// Count, expected and sum of the days of a meter.
fn days(store: &mut Store, meter: &str) -> Vec<(i32, u64, u64, i128)> {
    let id = store.channels(Some(meter)).unwrap()[0].id;
    let rows = store.daily(id, None, None).unwrap();
    rows.iter().map(|row| (row.day, row.count, row.expected, row.sum.micros())).collect()
}

pub(crate) fn days_follow_the_zone_of_the_channel(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    // 2019-10-26T22:00Z to 2019-10-27T23:00Z is one day of 25 hours in Berlin.
    let october = 1_572_127_200;
    let zones = ["Europe/Berlin", "UTC", "+10:00"];
    let channels: Vec<_> = zones.iter().map(|zone| zoned(zone, zone)).collect();
    let at = |channel: u32, slot: i64| Reading { start: october + slot * HALF_HOUR, ..reading(channel, 0, 1, 1) };
    let all: Vec<_> = (0..3).flat_map(|n| (0..50).map(move |slot| at(n, slot))).collect();
    File::new("a", vec![batch(&channels, &all)]).load(&mut writer);
    let day = 18_196; // 2019-10-27
    assert_eq!(days(&mut store, "Europe/Berlin"), [(day, 50, 50, 50)]);
    assert_eq!(days(&mut store, "UTC"), [(day - 1, 4, 48, 4), (day, 46, 48, 46)]);
    assert_eq!(days(&mut store, "+10:00"), [(day, 32, 48, 32), (day + 1, 18, 48, 18)]);
    // Corrections of the doubled hour, and quarters of an hour: both days are computed again.
    let quarter =
        |slot: i64, micros| Reading { minutes: minutes(15), quantity: Quantity::from_micros(micros), ..at(0, slot) };
    File::new("b", vec![batch(&channels[..1], &[quarter(4, 10), quarter(5, 20), quarter(50, 5)])]).load(&mut writer);
    assert_eq!(days(&mut store, "Europe/Berlin"), [(day, 50, 100, 78), (day + 1, 1, 96, 5)]);
    let found = store.daily(1, Some(day), Some(day + 1)).unwrap();
    assert_eq!(
        (found.len(), found[0].min.map(Quantity::micros), found[0].max.map(Quantity::micros)),
        (1, Some(1), Some(20))
    );
    assert_healthy(&mut store);
}

pub(crate) fn readings_without_a_value_are_not_summed(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let null = |slot| Reading { quality: NULL, ..reading(0, slot, 99, 1) };
    File::new("a", vec![batch(&[channel("1")], &[null(0), null(1), null(48), reading(0, 49, 7, 1)])]).load(&mut writer);
    assert_eq!(days(&mut store, "1"), [(18_140, 0, 48, 0), (18_141, 1, 48, 7)]);
    assert_eq!(store.daily(1, None, None).unwrap()[0].min, None);
    File::of_meter("b", &[(0, 5)]).load(&mut writer);
    File::new("c", vec![batch(&[channel("1")], &[null(49)])]).load(&mut writer);
    assert_eq!(days(&mut store, "1"), [(18_140, 1, 48, 5), (18_141, 0, 48, 0)]);
    assert_eq!(values(&mut store), [5, 99, 99, 99]);
    assert_healthy(&mut store);
}

pub(crate) fn sums_stay_exact_where_64_bits_end(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let extremes = [(0, i64::MAX), (1, i64::MAX), (2, -1), (48, i64::MIN), (49, i64::MIN), (50, 1)];
    // In two files, so that the second adds to the day of the first, and a third that has it computed again.
    File::of_meter("a", &extremes[..1]).load(&mut writer);
    File::of_meter("b", &extremes[1..]).load(&mut writer);
    let (max, min) = (i128::from(i64::MAX), i128::from(i64::MIN));
    let expected = [(18_140, 3, 48, 2 * max - 1), (18_141, 3, 48, 2 * min + 1)];
    assert_eq!(days(&mut store, "1"), expected);
    File::of_meter("c", &[(2, -2), (50, 2)]).load(&mut writer);
    File::of_meter("d", &[(2, -1), (50, 1)]).load(&mut writer);
    assert_eq!(days(&mut store, "1"), expected);
    assert_eq!(store.daily(1, None, None).unwrap()[0].sum, Sum::from_micros(2 * max - 1));
    assert_healthy(&mut store);
}

pub(crate) fn gaps_are_found_and_clipped(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let long = Reading { minutes: minutes(120), ..reading(0, 20, 1, 1) };
    let all = [
        reading(0, 0, 1, 1),
        reading(0, 1, 1, 1),
        reading(0, 4, 1, 1),
        reading(0, 10, 1, 1),
        long,
        reading(0, 21, 1, 1),
        reading(0, 25, 1, 1),
    ];
    File::new("a", vec![batch(&[channel("1")], &all)]).load(&mut writer);
    let at = |slot: i64| SEPTEMBER + slot * HALF_HOUR;
    let gap = |start, end, missing| Gap { interval: Interval { start: at(start), end: at(end) }, missing };
    // The long interval reaches over slot 22 and 23.
    assert_eq!(store.gaps(1, None, None).unwrap(), [gap(2, 4, 2), gap(5, 10, 5), gap(11, 20, 9), gap(24, 25, 1)]);
    assert_eq!(store.gaps(1, Some(at(3)), Some(at(6))).unwrap(), [gap(3, 4, 1), gap(5, 6, 1)]);
    assert_eq!(store.gaps(1, Some(at(12)), Some(at(13))).unwrap(), [gap(12, 13, 1)]);
    assert_eq!(store.gaps(1, Some(at(26)), None).unwrap(), []);
    assert_eq!(store.gaps(7, None, None).unwrap(), []);
}

pub(crate) fn meters_are_listed_with_what_they_hold(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    assert_eq!(store.meters(&MeterFilter::default()).unwrap(), []);
    let channels =
        [channel("b2"), channel("a1"), Channel { name: "B1".to_owned(), ..channel("b2") }, channel("B"), channel("c")];
    let all = [reading(0, 0, 1, 1), reading(0, 1, 1, 1), reading(1, 5, 1, 1), reading(2, 9, 1, 1), reading(3, 1, 1, 1)];
    File::new("a", vec![batch(&channels, &all)]).load(&mut writer);
    let mut codes = |filter: MeterFilter| -> Vec<String> {
        store.meters(&filter).unwrap().into_iter().map(|meter| meter.code).collect()
    };
    assert_eq!(codes(MeterFilter::default()), ["B", "a1", "b2", "c"], "byte by byte on both databases");
    assert_eq!(codes(MeterFilter { prefix: Some("b".to_owned()), ..Default::default() }), ["b2"]);
    assert_eq!(codes(MeterFilter { code: Some("B".to_owned()), ..Default::default() }), ["B"]);
    assert_eq!(codes(MeterFilter { limit: Some(2), ..Default::default() }), ["B", "a1"]);
    let meters = store.meters(&MeterFilter::default()).unwrap();
    let (b2, c) = (&meters[2], &meters[3]);
    assert_eq!((b2.channels, b2.readings), (2, 3));
    assert_eq!((b2.first, b2.last), (Some(SEPTEMBER), Some(SEPTEMBER + 9 * HALF_HOUR)));
    assert_eq!((c.channels, c.readings, c.first, c.last), (1, 0, None, None));
}

pub(crate) fn statistics_count_everything(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    assert_eq!(store.stats().unwrap(), Default::default());
    File::of_meter("a", &[(3, 1), (4, 2)]).load(&mut writer);
    File::of_meter("b", &[(4, 3), (5, 3)]).load(&mut writer);
    let stats = store.stats().unwrap();
    assert_eq!((stats.meters, stats.channels, stats.readings, stats.superseded), (1, 1, 3, 1));
    assert_eq!((stats.first, stats.last), (Some(SEPTEMBER + 3 * HALF_HOUR), Some(SEPTEMBER + 5 * HALF_HOUR)));
    assert_eq!(stats.files.into_iter().collect::<Vec<_>>(), [(FileStatus::Loaded, 2)]);
    assert_eq!(stats.last_file.map(|file| file.name).as_deref(), Some("b"));
}

pub(crate) fn readings_are_streamed_in_order_and_can_be_broken_off(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let all: Vec<_> = (0..10_000).map(|slot| (slot, slot)).collect();
    File::of_meter("a", &all).load(&mut writer);
    let at = |slot: i64| Some(SEPTEMBER + slot * HALF_HOUR);
    let mut seen = Vec::new();
    let mut take = |reading: smrt_storage::StoredReading| {
        seen.push(reading.quantity.micros());
        if seen.len() == 5000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    store.readings(1, at(100), at(9000), &mut take).unwrap();
    assert_eq!(seen, (100..5100).collect::<Vec<_>>());
    let mut count = 0;
    let mut tally = |_| {
        count += 1;
        ControlFlow::Continue(())
    };
    store.readings(1, at(9000), at(9100), &mut tally).unwrap();
    store.readings(1, at(9100), at(9100), &mut tally).unwrap();
    store.readings(2, None, None, &mut tally).unwrap();
    assert_eq!(count, 100);
}

pub(crate) fn the_views_can_be_read(fixture: &Fixture) {
    let substituted = Reading { quality: smrt_core::Quality::from_code(314).unwrap(), ..reading(0, 1, 1_520_000, 9) };
    let file = File::new("a.csv", vec![batch(&[channel("1")], &[reading(0, 0, -250_000, 8), substituted])]);
    file.load(&mut fixture.writer());
    let readings = fixture.ask(
        "SELECT meter || ' ' || start || ' ' || \"end\" || ' ' || CAST(value * 100 AS INTEGER) || ' ' || unit || ' ' || \
         quality || ' ' || file || ' ' || line AS line FROM readings ORDER BY start",
    );
    assert_eq!(
        readings,
        [
            "1 2019-09-01T00:00:00Z 2019-09-01T00:30:00Z -25 m3 unstated a.csv 8",
            "1 2019-09-01T00:30:00Z 2019-09-01T01:00:00Z 152 m3 S14 a.csv 9",
        ]
    );
    let daily = "SELECT meter || ' ' || date || ' ' || zone || ' ' || CAST(sum * 100 AS INTEGER) AS line FROM daily";
    assert_eq!(fixture.ask(daily), ["1 2019-09-01 UTC 127"]);
    for (view, parts) in
        [("daily", "year || '-' || month || '-' || day"), ("monthly", "year || '-' || month"), ("yearly", "year")]
    {
        let statistics = format!(
            "SELECT meter || ' ' || unit || ' ' || {parts} || ' ' || count || ' ' || CAST(sum * 100 AS INTEGER) || ' ' || \
             CAST(min * 100 AS INTEGER) || ' ' || CAST(max * 100 AS INTEGER) || ' ' || CAST(mean * 1000 AS INTEGER) \
             AS line FROM meter_{view}"
        );
        let time = match view {
            "daily" => "2019-9-1",
            "monthly" => "2019-9",
            _ => "2019",
        };
        assert_eq!(fixture.ask(&statistics), [format!("1 m3 {time} 2 127 -25 152 635")], "{view}");
    }
    assert_eq!(fixture.ask("SELECT name || ' ' || received_at AS line FROM files"), ["a.csv 1970-01-01T00:01:40Z"]);
}

pub(crate) fn a_frozen_store_answers_from_one_state(fixture: &Fixture) {
    let mut writer = fixture.writer();
    File::of_meter("a", &[(0, 1)]).load(&mut writer);
    let (mut frozen, mut open) = (fixture.store(), fixture.store());
    frozen.freeze().unwrap();
    let digest = frozen.digest().unwrap();
    File::of_meter("b", &[(1, 2)]).load(&mut writer);
    frozen.freeze().unwrap();
    assert_eq!(values(&mut open), [1, 2]);
    assert_eq!(values(&mut frozen), [1], "whatever is written meanwhile");
    assert_eq!((frozen.digest().unwrap(), frozen.stats().unwrap().readings), (digest, 1));
}
