//! Lakes and rows for tests.

use object_store::{memory::InMemory, path::Path};
use smrt_core::{DataFile, SensorId, Signal};
use smrt_lake::{Home, Lake, Measured, MeasuredRows, Query, ScanStats};
use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};
use tempfile::TempDir;

pub(crate) const DAY: i64 = 86_400_000_000;
/// 2026-03-01.
pub(crate) const START: i64 = 20_513 * DAY;

pub(crate) fn on_disk() -> (TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(Home::folder(folder.path().join("lake")), "db-1").unwrap();
    (folder, lake)
}

pub(crate) fn in_memory() -> Lake {
    let home = Home::objects(Arc::new(InMemory::new()), Path::from("a b/lake"), "s3://bucket/a b/lake");
    Lake::create(home, "db-1").unwrap()
}

pub(crate) fn row(sensor: u128, at: i64, value: f64, file: i64, line: u32) -> Measured {
    Measured { sensor: SensorId(sensor), at, value: Signal::new(value).unwrap(), file, line }
}

pub(crate) fn columns(rows: &[Measured]) -> MeasuredRows {
    let mut columns = MeasuredRows::default();
    let mut known = BTreeMap::new();
    for row in rows {
        let next = u32::try_from(known.len()).unwrap();
        let index = *known.entry(row.sensor).or_insert_with(|| {
            columns.sensors.push(row.sensor);
            next
        });
        columns.sensor.push(index);
        columns.at.push(row.at);
        columns.value.push(row.value);
        columns.file.push(row.file);
        columns.line.push(row.line);
    }
    columns
}

pub(crate) fn scan(lake: &Lake, files: &[DataFile], query: &Query) -> (Vec<Measured>, ScanStats) {
    let mut found = Vec::new();
    let stats = lake.scan(files, query, &mut |rows| {
        found.extend_from_slice(rows);
        ControlFlow::Continue(())
    });
    (found, stats.unwrap())
}

pub(crate) fn all(lake: &Lake, files: &[DataFile]) -> Vec<Measured> {
    scan(lake, files, &Query::default()).0
}

/// What a lake must give: the latest of each sensor and instant, day by day.
pub(crate) fn expected(rows: &[Measured], query: &Query) -> Vec<Measured> {
    let mut latest: BTreeMap<(i64, SensorId, i64), Measured> = BTreeMap::new();
    for row in rows {
        let wanted = query.sensors.is_none_or(|(first, last)| first <= row.sensor && row.sensor <= last)
            && query.from.is_none_or(|from| row.at >= from)
            && query.to.is_none_or(|to| row.at < to);
        if wanted {
            let held = latest.entry((row.at.div_euclid(DAY), row.sensor, row.at)).or_insert(*row);
            if (row.file, row.line) >= (held.file, held.line) {
                *held = *row;
            }
        }
    }
    latest.into_values().collect()
}

/// Rows of some sensors over some days, at random places, with digits at random.
pub(crate) fn generated(sensors: u128, days: i64, per_day: i64, file: i64) -> Vec<Measured> {
    let mut rows = Vec::new();
    let mut line = 0;
    for instant in 0..days * per_day {
        for sensor in 0..sensors {
            line += 1;
            let at = START + instant * (DAY / per_day);
            rows.push(row(sensor * 7_919 + 1, at, (f64::from(line) * 1.7).sin() * 40.0, file, line));
        }
    }
    rows
}
