//! What is written comes back, as little as possible is read for it, and damage is told.

use crate::common::{DAY, START, all, columns, expected, generated, in_memory, on_disk, row, scan};
use proptest::prelude::*;
use smrt_core::SensorId;
use smrt_lake::{Measured, Query};

fn measured() -> impl Strategy<Value = Measured> {
    let value = prop_oneof![any::<i16>().prop_map(f64::from), -1e9..1e9_f64];
    (0..6_u128, 0..40_i64, value, 0..5_i64, 1..9_u32)
        // Some instants are the last and the first of a day; some days lie before 1970.
        .prop_map(|(sensor, hour, value, file, line)| row(sensor << 100, hour * DAY / 10 - DAY, value, file, line))
}

fn query() -> impl Strategy<Value = Query> {
    let instant = || proptest::option::of((0..40_i64).prop_map(|hour| hour * DAY / 10 - DAY));
    let sensor = proptest::option::of((0..7_u128).prop_map(|sensor| SensorId(sensor << 100)));
    (sensor, instant(), instant()).prop_map(|(sensor, from, to)| Query { sensor, from, to })
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
    let query = Query { sensor: Some(SensorId(7_920)), from: Some(START + DAY), to: Some(START + DAY + DAY / 2) };
    assert_eq!(scan(&lake, &files, &query).0, expected(&rows, &query));
}
