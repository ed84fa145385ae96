//! Compaction moves rows and changes no answer.

use crate::common::{DAY, START, all, columns, expected, generated, on_disk, row};
use proptest::prelude::*;
use smrt_core::{DataFile, Quantity};
use smrt_lake::{Lake, Measured, Metered, Query, Said, WITHDRAWN};
use std::{collections::BTreeMap, sync::Arc};

fn history(lake: &Lake, files: &[DataFile]) -> Vec<Said> {
    lake.history(files, &Query::default()).unwrap().0
}

fn by_day(files: &[DataFile]) -> BTreeMap<i32, Vec<DataFile>> {
    let mut days: BTreeMap<i32, Vec<DataFile>> = BTreeMap::new();
    for file in files {
        days.entry(file.day).or_default().push(file.clone());
    }
    days
}

/// Who follows whom, of all that was said.
fn successors(rows: &[Measured]) -> Vec<Said> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| (row.sensor, row.at, row.file, row.line));
    let next = |index: usize| {
        let (row, next) = (rows[index], rows.get(index + 1)?);
        (row.sensor == next.sensor && row.at == next.at).then_some(next.file)
    };
    (0..rows.len()).map(|index| Said { row: rows[index], superseded_by: next(index) }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn compaction_in_any_passes_changes_no_answer_and_loses_no_row(
        loads in proptest::collection::vec(
            proptest::collection::vec((0..3_u128, 0..8_i64, -9..9_i8), 1..12),
            1..8,
        ),
        first_pass in 0..8_usize,
    ) {
        let (_folder, lake) = on_disk();
        let mut rows = Vec::new();
        let mut files = Vec::new();
        for (file, load) in (1_i64..).zip(&loads) {
            let load: Vec<Measured> = (1_u32..)
                .zip(load)
                .map(|(line, &(sensor, at, value))| row(sensor, START + at * DAY / 6, f64::from(value), file, line))
                .collect();
            files.extend(lake.write(&columns(&load)).unwrap());
            rows.extend(load);
        }
        let digest = lake.digest(&files).unwrap();
        let (mut current, mut superseded) = (Vec::new(), Vec::new());
        for files in by_day(&files).into_values() {
            // Some files first, in the order of their sources, then what came of them with the rest.
            let (some, rest) = files.split_at(first_pass.min(files.len()));
            let first = lake.compact(some, false).unwrap();
            let mut left = first.current;
            left.extend_from_slice(rest);
            let second = lake.compact(&left, true).unwrap();
            superseded.extend(first.superseded.into_iter().chain(second.superseded));
            current.extend(second.current);
        }
        let held = expected(&rows, &Query::default());
        prop_assert_eq!(&all(&lake, &current), &held);
        prop_assert_eq!(current.iter().map(|file| file.rows).sum::<u64>(), held.len() as u64);
        prop_assert_eq!(lake.digest(&current).unwrap(), digest);
        let everything: Vec<DataFile> = current.into_iter().chain(superseded).collect();
        prop_assert_eq!(everything.iter().map(|file| file.rows).sum::<u64>(), rows.len() as u64);
        prop_assert_eq!(history(&lake, &everything), successors(&rows));
        for file in &everything {
            lake.check(file, true).unwrap();
        }
    }
}

#[test]
fn more_files_than_are_opened_at_once_are_merged_as_well() {
    let (_folder, lake) = on_disk();
    let (mut rows, mut files) = (Vec::new(), Vec::new());
    for file in 0..150 {
        // Each load covers all sensors, overlaps the next in time, and says something else.
        let load: Vec<Measured> = (0..40_u32)
            .map(|n| row(u128::from(n % 4), START + (file + i64::from(n)) * 1_000_000, f64::from(n), file, n + 1))
            .collect();
        files.extend(lake.write(&columns(&load)).unwrap());
        rows.extend(load);
    }
    assert_eq!(all(&lake, &files), expected(&rows, &Query::default()));
    let compacted = lake.compact(&files, true).unwrap();
    assert_eq!(compacted.current.len(), 1);
    assert_eq!(all(&lake, &compacted.current), expected(&rows, &Query::default()));
    let everything: Vec<DataFile> = compacted.current.into_iter().chain(compacted.superseded).collect();
    assert_eq!(history(&lake, &everything), successors(&rows));
}

#[test]
fn superseded_files_become_one_without_loss() {
    let (_folder, lake) = on_disk();
    let rows: Vec<Measured> = (1..5).flat_map(|file| generated(2, 1, 10, file)).collect();
    let halves: Vec<_> = rows.chunks(40).map(|half| lake.write(&columns(half)).unwrap()).collect();
    let first = lake.compact(&halves[0], false).unwrap();
    let second = lake.compact(&[first.current, halves[1].clone()].concat(), true).unwrap();
    let lost = [first.superseded, second.superseded].concat();
    assert_eq!(lost.len(), 2);
    let one = lake.compact(&lost, true).unwrap();
    assert_eq!((one.current.len(), one.rows, one.dropped), (1, 60, 0));
    assert_eq!(history(&lake, &[second.current, one.current].concat()), successors(&rows));
}

fn metered(meter: &str, start: i64, quantity: Option<i64>, file: i64) -> Metered {
    Metered {
        meter: Arc::from(meter),
        channel: Arc::from("E1"),
        unit: Arc::from("kWh"),
        start: START + start * 1_800_000_000,
        minutes: 30,
        quantity: quantity.map(Quantity::from_micros),
        quality: Arc::from(if quantity.is_some() { "A" } else { WITHDRAWN }),
        file,
        line: 7,
    }
}

#[test]
fn of_readings_the_latest_stay_and_withdrawn_ones_go_once_nothing_is_left_below() {
    let (_folder, lake) = on_disk();
    let loads = [
        vec![metered("B", 0, Some(1), 1), metered("A", 1, Some(-2_500_000), 1), metered("A", 0, Some(3), 1)],
        vec![metered("A", 1, None, 2), metered("B", 0, Some(4), 2)],
    ];
    let files: Vec<_> = loads.iter().flat_map(|load| lake.write_readings(load).unwrap()).collect();
    assert_eq!((files[0].first_series.as_str(), files[0].last_series.as_str()), ("A", "B"));
    // The file that withdraws alone: what it hides is elsewhere, so it must stay.
    let part = lake.compact(&files[1..], false).unwrap();
    assert_eq!((part.current[0].rows, part.dropped), (2, 0));
    let compacted = lake.compact(&[files[0].clone(), part.current[0].clone()], true).unwrap();
    assert_eq!((compacted.rows, compacted.dropped, compacted.current[0].rows), (5, 3, 2));
    assert_eq!(compacted.superseded, []);
    lake.check(&compacted.current[0], true).unwrap();
}

#[test]
fn files_of_several_days_or_tables_are_not_mixed() {
    let (_folder, lake) = on_disk();
    let files = lake.write(&columns(&generated(1, 2, 4, 1))).unwrap();
    assert!(lake.compact(&files, true).unwrap_err().to_string().contains("files of one table and day"));
    assert_eq!(lake.compact(&[], true).unwrap().rows, 0);
}
