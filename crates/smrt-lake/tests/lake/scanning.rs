//! What is written comes back, as little as possible is read for it, and damage is told.

use crate::common::{DAY, START, all, columns, expected, generated, in_memory, on_disk, row, scan};
use proptest::prelude::*;
use smrt_core::SensorId;
use smrt_lake::{LakeError, Measured, MeasuredRows, Query};
use std::ops::ControlFlow;

fn measured() -> impl Strategy<Value = Measured> {
    let value = prop_oneof![any::<i16>().prop_map(f64::from), -1e9..1e9_f64];
    (0..6_u128, 0..40_i64, value, 0..5_i64, 1..9_u32)
        // Some instants are the last and the first of a day; some days lie before 1970.
        .prop_map(|(sensor, hour, value, file, line)| row(sensor << 100, hour * DAY / 10 - DAY, value, file, line))
}

fn query() -> impl Strategy<Value = Query> {
    let instant = || proptest::option::of((0..40_i64).prop_map(|hour| hour * DAY / 10 - DAY));
    let sensor = |number: u128| SensorId(number << 100);
    let sensors = (0..7_u128, prop_oneof![Just(0), 0..7_u128])
        .prop_map(move |(first, more)| (sensor(first), sensor(first + more)));
    (proptest::option::of(sensors), instant(), instant()).prop_map(|(sensors, from, to)| Query { sensors, from, to })
}

/// A place in the sources says one thing.
fn distinct(rows: Vec<Measured>) -> Vec<Measured> {
    let mut known = std::collections::BTreeSet::new();
    rows.into_iter().filter(|row| known.insert((row.sensor, row.at, row.file, row.line))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_written_in_any_parts_come_back_with_the_latest_winning(
        rows in proptest::collection::vec(measured(), 0..200).prop_map(distinct),
        parts in 1..5_usize,
        query in query(),
    ) {
        let (_folder, lake) = on_disk();
        let mut files = Vec::new();
        for part in rows.chunks(rows.len().div_ceil(parts).max(1)) {
            files.extend(lake.write(&columns(part)).unwrap());
        }
        prop_assert_eq!(files.iter().map(|file| file.rows).sum::<u64>(), rows.len() as u64);
        let (found, stats) = scan(&lake, &files, &query);
        prop_assert_eq!(&found, &expected(&rows, &query));
        prop_assert_eq!(stats.rows, found.len() as u64);
    }
}

#[test]
fn an_object_store_gives_the_same() {
    let lake = in_memory();
    let rows = generated(5, 3, 700, 1);
    let files = lake.write(&columns(&rows)).unwrap();
    assert_eq!(all(&lake, &files), expected(&rows, &Query::default()));
    let query = Query { from: Some(START + DAY), to: Some(START + DAY + DAY / 2), ..Query::of(SensorId(7_920)) };
    assert_eq!(scan(&lake, &files, &query).0, expected(&rows, &query));
}

#[test]
fn a_day_of_one_sensor_is_found_by_reading_a_hundredth_of_the_lake() {
    let (_folder, lake) = on_disk();
    let rows = generated(20, 60, 288, 1);
    let files = lake.write(&columns(&rows)).unwrap();
    let bytes: u64 = files.iter().map(|file| file.size).sum();
    let day = START + 17 * DAY;
    let query = Query { from: Some(day), to: Some(day + DAY), ..Query::of(SensorId(9 * 7_919 + 1)) };
    let (found, stats) = scan(&lake, &files, &query);
    assert_eq!((found.len(), stats.files), (288, 1));
    assert_eq!(found, expected(&rows, &query));
    assert!(stats.bytes_read * 100 <= bytes, "{} of {bytes} bytes", stats.bytes_read);
}

#[test]
fn of_a_large_day_just_the_pages_of_a_sensor_are_read_and_none_is_missed() {
    let (_folder, lake) = on_disk();
    let rows = generated(300, 1, 720, 1);
    let files = lake.write(&columns(&rows)).unwrap();
    let bytes: u64 = files.iter().map(|file| file.size).sum();
    for sensor in [0, 1, 150, 298, 299, 300] {
        let sensor = SensorId(sensor * 7_919 + 1);
        for (from, to) in [(None, None), (Some(START + DAY / 3), Some(START + DAY / 2)), (Some(START + DAY - 1), None)]
        {
            let query = Query { from, to, ..Query::of(sensor) };
            let (found, stats) = scan(&lake, &files, &query);
            assert_eq!(found, expected(&rows, &query));
            assert!(stats.bytes_read * 10 <= bytes, "{} of {bytes} bytes", stats.bytes_read);
        }
    }
    // Sensors that stand together cost their pages once.
    let (first, last) = (SensorId(150 * 7_919 + 1), SensorId(160 * 7_919 + 1));
    let query = Query { sensors: Some((first, last)), ..Query::default() };
    let (found, stats) = scan(&lake, &files, &query);
    assert_eq!((found.len(), &found), (11 * 720, &expected(&rows, &query)));
    assert!(stats.bytes_read * 10 <= bytes, "{} of {bytes} bytes", stats.bytes_read);
    // Without a sensor the instants alone leave out what they can, and no row.
    let query = Query { sensors: None, from: Some(START + DAY / 3), to: Some(START + DAY / 3 + 1) };
    assert_eq!(scan(&lake, &files, &query).0, expected(&rows, &query));
    // All of it is read once, the end of each file twice.
    let (_, stats) = scan(&lake, &files, &Query::default());
    assert!(stats.bytes_read * 10 <= bytes * 11, "{} of {bytes} bytes", stats.bytes_read);
}

#[test]
fn many_rows_are_given_in_the_same_order_by_several_threads() {
    let (_folder, lake) = on_disk();
    let rows = generated(400, 3, 430, 1);
    assert!(rows.len() > 500_000);
    let files = lake.write(&columns(&rows)).unwrap();
    assert_eq!(all(&lake, &files), expected(&rows, &Query::default()));
    // A sink that has enough ends it all.
    let mut given = 0;
    let stats = lake.scan(&files, &Query::default(), &mut |rows| {
        given += rows.len();
        if given > 10_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(stats.unwrap().rows, given as u64);
    assert!(given < 20_000);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let (_folder, lake) = on_disk();
    let good = columns(&generated(2, 1, 3, 1));
    let shorter = MeasuredRows { line: Vec::new(), ..good.clone() };
    let stranger = MeasuredRows { sensors: Vec::new(), ..good.clone() };
    let late = MeasuredRows { at: vec![i64::MAX; good.at.len()], ..good };
    for wrong in [shorter, stranger, late] {
        assert!(matches!(lake.write(&wrong).unwrap_err(), LakeError::Input { .. }));
    }
    assert_eq!(lake.write(&MeasuredRows::default()).unwrap(), []);
}
