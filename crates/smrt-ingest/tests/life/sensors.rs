//! Files of sensors: into the lake, whole or not at all, counted one by one, and asked by name.

use crate::support::{Place, codes, exists, statuses};
use proptest::prelude::*;
use smrt_core::Signal;
use smrt_ingest::{
    FileOutcome, Options, Quiet, Status, Stop, dry_run,
    lake::{LakeOptions, Measurements, StoredMeasurement},
};
use std::{collections::BTreeMap, fs, ops::ControlFlow};

const HEAD: &str = "timestamp;sensor_uuid;sensor_value\n";

/// The identity of a sensor by its number.
pub(crate) fn uuid(sensor: u32) -> String {
    format!("00000000-0000-4000-8000-{sensor:012}")
}

/// A file of sensor, minute of 2016-01-01 (UTC) and value.
pub(crate) fn data(rows: &[(u32, i64, f64)]) -> String {
    let row = |&(sensor, minute, value): &(u32, i64, f64)| {
        let (day, minute) = (minute.div_euclid(1440) + 1, minute.rem_euclid(1440));
        format!("2016-01-{day:02} {:02}:{:02}:00Z;{};{value}\n", minute / 60, minute % 60, uuid(sensor))
    };
    HEAD.to_owned() + &rows.iter().map(row).collect::<String>()
}

pub(crate) fn mapping(names: &[(&str, u32)]) -> String {
    let row = |(name, sensor): &(&str, u32)| format!("{name};{}\n", uuid(*sensor));
    "sensor_name;sensor_uuid\n".to_owned() + &names.iter().map(row).collect::<String>()
}

/// What is measured at a minute as the lake tells it, in microseconds.
fn at(minute: i64) -> i64 {
    (1_451_606_400 + minute * 60) * 1_000_000
}

fn counts(file: &FileOutcome) -> (u64, u64, u64) {
    (file.inserted, file.replaced, file.unchanged)
}

#[test]
fn measurements_are_asked_by_name_whether_the_mapping_comes_before_or_after() {
    let place = Place::new();
    assert_eq!(counts(&place.take("data.csv", &data(&[(1, 0, 1.5), (2, 0, 2.5), (1, 5, 1.25)]))), (3, 0, 0));
    assert!(place.measurements("boiler").is_empty());
    let expected = [format!("{}=1.5@data.csv:2", at(0)), format!("{}=1.25@data.csv:4", at(5))];
    assert_eq!(place.measurements(&uuid(1).to_uppercase()), expected);
    assert_eq!(counts(&place.take("mapping.csv", &mapping(&[("boiler", 1), ("attic", 7)]))), (2, 0, 0));
    assert_eq!(place.measurements("boiler"), expected);
    place.take("more.csv", &data(&[(7, 0, -1.0)]));
    assert_eq!(place.measurements("attic"), [format!("{}=-1@more.csv:2", at(0))]);
    place.assert_sound();
}

#[test]
fn a_mapping_is_corrected_under_its_own_name_and_set_back() {
    let place = Place::new();
    place.take("data.csv", &data(&[(1, 0, 1.0), (2, 0, 2.0)]));
    let (first, second) = (mapping(&[("a", 1), ("b", 2)]), mapping(&[("b", 1), ("a", 2)]));
    assert_eq!(counts(&place.take("mapping.csv", &first)), (2, 0, 0));
    assert_eq!(place.take("mapping.csv", &first).status, Status::AlreadyLoaded);
    assert_eq!(counts(&place.take("mapping.csv", &second)), (0, 2, 0), "two sensors exchange their names");
    assert_eq!(place.measurements("a"), [format!("{}=2@data.csv:3", at(0))]);
    let back = place.take("mapping.csv", &first);
    assert_eq!((back.status, counts(&back)), (Status::Loaded, (0, 2, 0)));
    assert_eq!(place.measurements("a"), [format!("{}=1@data.csv:2", at(0))]);
    assert_eq!(place.take("copy.csv", &first).status, Status::Duplicate);
    place.assert_sound();
}

#[test]
fn a_name_that_moves_to_another_sensor_is_told() {
    let place = Place::new();
    place.take("mapping.csv", &mapping(&[("a", 1), ("b", 2)]));
    let moved = place.take("new.csv", &mapping(&[("a", 3)]));
    assert_eq!((moved.status, codes(&moved)), (Status::Loaded, vec!["moved-name"]));
    place.take("data.csv", &data(&[(1, 0, 1.0), (3, 0, 3.0)]));
    assert_eq!(place.measurements("a"), [format!("{}=3@data.csv:3", at(0))]);
    assert_eq!(place.measurements(&uuid(1)).len(), 1, "what was measured stays under the sensor's own identity");
    place.assert_sound();
}

#[test]
fn of_a_doubled_measurement_the_last_counts_and_equal_ones_change_nothing() {
    let place = Place::new();
    let file = place.take("data.csv", &data(&[(1, 0, 1.0), (1, 5, 2.0), (1, 0, 1.0), (1, 5, 3.0)]));
    assert_eq!((counts(&file), codes(&file)), ((2, 1, 1), vec!["doubled-measurement", "doubled-measurement"]));
    assert_eq!(place.measurements(&uuid(1)), [format!("{}=1@data.csv:2", at(0)), format!("{}=3@data.csv:5", at(5))]);
    place.assert_sound();
}

#[test]
fn what_is_replaced_stays_traceable() {
    let place = Place::new();
    place.take("a.csv", &data(&[(1, 0, 1.0)]));
    place.take("b.csv", &data(&[(1, 0, 2.0)]));
    let mut store = place.store();
    let mut measurements = Measurements::of(&mut store, &place.options.lake).unwrap().unwrap();
    let channel = store.channels(Some(&uuid(1))).unwrap().remove(0);
    let traced = measurements.trace(&mut store, &channel, at(0)).unwrap();
    let said: Vec<_> = traced
        .iter()
        .map(|said| (said.value.get(), said.file.name.as_str(), said.line, said.superseded_by.as_deref()))
        .collect();
    assert_eq!(said, [(2.0, "b.csv", 2, None), (1.0, "a.csv", 2, Some("b.csv"))]);
}

#[test]
fn files_are_known_by_their_folders_below_the_one_that_was_named() {
    let place = Place::new();
    place.put("Timeseries/a/data.csv", &data(&[(1, 0, 1.0)]));
    place.put("Timeseries/b/data.csv", &data(&[(1, 5, 2.0)]));
    place.put("mapping.csv", &mapping(&[("boiler", 1)]));
    let names = ["mapping.csv", "Timeseries/a/data.csv", "Timeseries/b/data.csv"];
    let report = place.ingest();
    assert_eq!(statuses(&report), names.map(|name| (name, Status::Loaded)), "names come before what they name");
    assert_eq!(statuses(&place.ingest()), names.map(|name| (name, Status::AlreadyLoaded)));
    place.put("Timeseries/a/data.csv", &data(&[(1, 0, 9.0)]));
    assert_eq!(place.ingest().files[1].status, Status::NameConflict);
    let below = place.ingest_paths(&[place.inbox().join("Timeseries/b")]);
    assert_eq!(statuses(&below), [("data.csv", Status::Duplicate)], "what is known under another name changes nothing");
}

#[test]
fn nothing_of_a_refused_file_reaches_the_lake() {
    let place = Place::new();
    let bad = data(&[(1, 0, 1.0)]) + "2016-01-01 00:05:00Z;" + &uuid(1) + ";NaN\n";
    let file = place.take("bad.csv", &bad);
    assert_eq!((file.status, file.reason.unwrap().line), (Status::Rejected, Some(3)));
    assert!(!exists(&place.path("smrt-lake")), "no lake is made for nothing");
    place.take("good.csv", &data(&[(1, 10, 1.0)]));
    assert_eq!(place.measurements(&uuid(1)).len(), 1);
    assert!(exists(&place.path("smrt-lake/measurements/_delta_log")));
    place.assert_sound();
}

#[test]
fn a_dry_run_counts_and_leaves_nothing() {
    let place = Place::new();
    place.take("a.csv", &data(&[(1, 0, 1.0), (1, 5, 2.0)]));
    let before = place.digest();
    place.put("b.csv", &data(&[(1, 5, 3.0), (1, 10, 4.0)]));
    let mut writer = place.store().writer().unwrap();
    let report = dry_run(&mut writer, &[place.inbox()], &place.options, &Stop::default(), &Quiet).unwrap();
    assert_eq!(counts(&report.files[1]), (1, 1, 0));
    assert_eq!(place.digest(), before);
    let files = fs::read_dir(place.path("smrt-lake/measurements/date=2016-01-01")).unwrap().count();
    assert_eq!(files, 1);
    let other = Place::new();
    other.put("a.csv", &data(&[(1, 0, 1.0), (1, 5, 2.0)]));
    let mut options = other.options.clone();
    options.lake.most_rows = 1;
    let mut writer = other.store().writer().unwrap();
    let report = dry_run(&mut writer, &[other.inbox()], &options, &Stop::default(), &Quiet).unwrap();
    assert_eq!((counts(&report.files[0]), exists(&other.path("smrt-lake"))), ((2, 0, 0), false));
}

#[test]
fn a_lake_beside_the_database_takes_a_name_that_is_free() {
    let place = Place::new();
    fs::create_dir_all(place.path("smrt-lake")).unwrap();
    fs::write(place.path("smrt-lake/somebody"), "else's").unwrap();
    place.take("a.csv", &data(&[(1, 0, 1.0)]));
    assert!(exists(&place.path("smrt-lake-2/measurements")));
    assert_eq!(place.measurements(&uuid(1)).len(), 1);
}

#[test]
fn a_lake_that_has_vanished_is_not_made_anew() {
    let place = Place::new();
    place.take("a.csv", &data(&[(1, 0, 1.0)]));
    fs::rename(place.path("smrt-lake"), place.path("gone")).unwrap();
    let path = place.put("b.csv", &data(&[(1, 5, 2.0)]));
    let mut writer = place.store().writer().unwrap();
    let load = |writer: &mut _| {
        smrt_ingest::ingest(writer, std::slice::from_ref(&path), &place.options, &Stop::default(), &Quiet)
    };
    let error = load(&mut writer).unwrap_err().to_string();
    assert!(error.contains("found none") && error.contains("--lake"), "{error}");
    assert!(!exists(&place.path("smrt-lake")));
    fs::rename(place.path("gone"), place.path("smrt-lake")).unwrap();
    assert_eq!(load(&mut writer).unwrap().files[0].status, Status::Loaded);
    assert_eq!(place.measurements(&uuid(1)).len(), 2);
    place.assert_sound();
}

#[test]
fn a_lake_that_was_moved_is_found_again_and_another_databases_is_refused() {
    let place = Place::new();
    place.take("a.csv", &data(&[(1, 0, 1.0)]));
    fs::rename(place.path("smrt-lake"), place.path("elsewhere")).unwrap();
    let named = |name: &str| LakeOptions {
        place: Some(place.path(name).to_string_lossy().into_owned()),
        ..place.options.lake.clone()
    };
    let load = |name: &str, file: &str, minute: i64| {
        let path = place.put(file, &data(&[(1, minute, 2.0)]));
        let options = Options { lake: named(name), ..place.options.clone() };
        smrt_ingest::ingest(&mut place.store().writer().unwrap(), &[path], &options, &Stop::default(), &Quiet)
    };
    load("elsewhere", "b.csv", 5).unwrap();
    assert_eq!(place.measurements(&uuid(1)).len(), 2, "the database knows where it is now");
    let other = Place::new();
    other.take("a.csv", &data(&[(1, 0, 1.0)]));
    fs::rename(other.path("smrt-lake"), place.path("other")).unwrap();
    let error = load("other", "c.csv", 10).unwrap_err().to_string();
    assert!(error.contains("that of another database"), "{error}");
}

#[test]
fn a_log_that_lacks_publications_is_made_up_for() {
    let place = Place::new();
    place.take("a.csv", &data(&[(1, 0, 1.0)]));
    place.take("b.csv", &data(&[(1, 0, 2.0)]));
    let log = place.path("smrt-lake/measurements/_delta_log");
    let last = |log: &std::path::Path| {
        let names = fs::read_dir(log).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".json")).max().unwrap()
    };
    // As if the process had died before the last commit of the log.
    let lost = last(&log);
    fs::remove_file(log.join(&lost)).unwrap();
    assert_eq!(place.measurements(&uuid(1)), [format!("{}=2@b.csv:2", at(0))], "the database decides");
    assert_eq!(statuses(&place.ingest()).len(), 2);
    assert_eq!(last(&log), lost);
}

/// What a naive store would hold: one measurement after the other.
#[derive(Default)]
struct Naive {
    held: BTreeMap<(u32, i64), (Signal, String)>,
}

impl Naive {
    fn take(&mut self, name: &str, rows: &[(u32, i64, f64)]) -> (u64, u64, u64) {
        let mut counts = (0, 0, 0);
        for (line, &(sensor, minute, value)) in (2..).zip(rows) {
            let value = Signal::new(value).unwrap();
            let said = (value, format!("{name}:{line}"));
            match self.held.get(&(sensor, minute)) {
                None => counts.0 += 1,
                Some((held, _)) if *held == value => {
                    counts.2 += 1;
                    continue;
                }
                Some(_) => counts.1 += 1,
            }
            self.held.insert((sensor, minute), said);
        }
        counts
    }
}

/// What all sensors measured in a stretch of time, asked one after the other, and how many data files that opened.
fn asked(place: &Place, together: bool, range: (Option<i64>, Option<i64>)) -> (Vec<String>, u64) {
    let mut store = place.store();
    let mut measurements = Measurements::of(&mut store, &place.options.lake).unwrap().unwrap();
    let channels = store.channels(None).unwrap();
    if together {
        measurements.expect(&channels);
    }
    let mut said = Vec::new();
    for channel in &channels {
        let mut keep = |row: StoredMeasurement| {
            said.push(format!("{}@{}={:?} {}:{}", channel.channel.meter, row.at, row.value, row.file, row.line));
            ControlFlow::Continue(())
        };
        measurements.each(&mut store, channel, range, &mut keep).unwrap();
    }
    (said, measurements.taken().files)
}

#[test]
fn sensors_that_are_expected_are_read_together_and_say_the_same() {
    let place = Place::new();
    let rows = |day: i64| (0..90).map(move |n| (n % 30, day * 1440 + i64::from(n / 30) * 5, f64::from(n)));
    for day in 0..8 {
        place.take(&format!("day_{day}.csv"), &data(&rows(day).collect::<Vec<_>>()));
    }
    place.take("late.csv", &data(&[(7, 1440, -1.0), (3, 7 * 1440 + 2, -2.0)]));
    // By name the sensors stand in another order than by identity, some without one.
    let names: Vec<_> = (0..20).map(|n| (format!("sensor {:02}", n * 7 % 20), n)).collect();
    place.take("mapping.csv", &mapping(&names.iter().map(|(name, n)| (name.as_str(), *n)).collect::<Vec<_>>()));
    for (range, days) in [((None, None), 8), ((Some(at(1440)), Some(at(3 * 1440 + 1))), 3)] {
        let ((alone, _), (together, files)) = (asked(&place, false, range), asked(&place, true, range));
        assert_eq!(together, alone);
        assert!(files <= days + 2, "{files} files opened for {days} days and 2 late rows");
    }
    assert_eq!(asked(&place, true, (Some(at(1_000_000)), None)).0, [""; 0]);
}

#[test]
fn what_is_read_ahead_is_asked_in_any_order_twice_and_for_another_time() {
    let place = Place::new();
    place.take("data.csv", &data(&(0..60).map(|n| (n % 6, i64::from(n), f64::from(n))).collect::<Vec<_>>()));
    let mut store = place.store();
    let channels = store.channels(None).unwrap();
    let mut measurements = Measurements::of(&mut store, &place.options.lake).unwrap().unwrap();
    measurements.expect(&channels[..4]);
    for (number, to) in [(2, 60), (0, 60), (2, 60), (5, 60), (3, 12), (0, 60), (1, 12)] {
        let mut count = 0;
        let mut keep = |_| {
            count += 1;
            if count == 9 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        measurements.each(&mut store, &channels[number], (None, Some(at(to))), &mut keep).unwrap();
        assert_eq!(count, if to == 60 { 9 } else { 2 }, "{number} to {to}");
    }
}

/// Files with few sensors, instants and values, so that they meet often; in the order of time or not.
fn a_file() -> impl Strategy<Value = Vec<(u32, i64, f64)>> {
    let row = (0_u32..3, 0_i64..4000, 0_u8..4).prop_map(|(sensor, minute, value)| (sensor, minute, f64::from(value)));
    (prop::collection::vec(row, 1..60), any::<bool>(), 1_i64..300).prop_map(|(mut rows, in_order, grain)| {
        rows.iter_mut().for_each(|row| row.1 = row.1.div_euclid(grain) * grain);
        if in_order {
            rows.sort_by_key(|row| row.1);
        }
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_files_leaves_what_a_naive_store_would_hold(
        files in prop::collection::vec(a_file(), 1..8),
        most_rows in 1_usize..80,
        one_by_one in any::<bool>(),
    ) {
        let mut place = Place::new();
        place.options.lake.most_rows = most_rows;
        let mut naive = Naive::default();
        let mut expected = Vec::new();
        let mut outcomes = Vec::new();
        for (number, rows) in files.iter().enumerate() {
            let name = format!("data_{number}.csv");
            expected.push(naive.take(&name, rows));
            let path = place.put(&name, &data(rows));
            if one_by_one {
                outcomes.extend(place.ingest_paths(&[path]).files);
            }
        }
        if !one_by_one {
            outcomes = place.ingest().files;
        }
        for (outcome, expected) in outcomes.iter().zip(expected) {
            // A file that repeats another's bytes is a duplicate.
            if outcome.status == Status::Loaded {
                prop_assert_eq!(counts(outcome), expected, "{} of {:?}", &outcome.name, &files);
            }
        }
        for sensor in 0..3 {
            let held = naive.held.iter().filter(|((of, _), _)| *of == sensor);
            let held: Vec<String> = held.map(|((_, minute), (value, place))| format!("{}={value}@{place}", at(*minute))).collect();
            prop_assert_eq!(place.measurements(&uuid(sensor)), held);
        }
        place.assert_sound();
        prop_assert_eq!(asked(&place, true, (None, None)).0, asked(&place, false, (None, None)).0);
        // The same at once, in another lake.
        let other = Place::new();
        other.ingest_paths(&[place.inbox()]);
        prop_assert_eq!(other.digest(), place.digest());
    }
}
