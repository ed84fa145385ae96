//! Sensors: their names and days, the list of a lake's files, objects that are known, and copies of readings.

use crate::support::{File, Fixture, HALF_HOUR, SEPTEMBER, assert_healthy, batch, begin, channel, reading};
use smrt_core::{Batch, Channel, DataFile, Dataset, MarketZone, Scheme, SensorId, SensorName};
use smrt_storage::{
    Counts, DataFileFilter, LakeRow, MovedName, Operation, Publication, SensorDay, SourceObject, StoreError, Writer,
};

fn sensor(number: u128) -> Channel {
    let (scheme, meter) = (Scheme::Sensor, SensorId(number).to_string());
    Channel { scheme, meter, unit: String::new(), source_unit: String::new(), zone: MarketZone::Utc, ..channel("") }
}

fn names(names: &[(&str, u128)]) -> Batch {
    let name = |(line, &(name, sensor)): (u32, &(&str, u128))| SensorName {
        name: name.to_owned(),
        sensor: SensorId(sensor),
        line,
    };
    Batch { sensor_names: (2..).zip(names).map(name).collect(), ..Batch::default() }
}

/// Loads a mapping: inserted, replaced, unchanged, and the names that moved.
fn map(writer: &mut Writer, file: &str, said: &[(&str, u128)]) -> ((u64, u64, u64), Vec<MovedName>) {
    let file = File::new(file, vec![names(said)]);
    begin(writer);
    let mut load = file.write(writer).unwrap();
    let moved = load.write_names().unwrap();
    let counts = file.finish(load).unwrap();
    writer.commit().unwrap();
    ((counts.inserted, counts.replaced, counts.unchanged), moved)
}

pub(crate) fn sensors_are_found_by_their_names_and_by_their_uuids(fixture: &Fixture) {
    let mut writer = fixture.writer();
    File::new("data", vec![Batch { new_channels: vec![sensor(1), sensor(2)], ..Batch::default() }]).load(&mut writer);
    assert_eq!(map(&mut writer, "first", &[("boiler", 1), ("attic", 3)]), ((2, 0, 0), vec![]));
    let mut store = fixture.store();
    let mut found = |code: &str| -> Vec<(String, Option<String>)> {
        let channels = store.channels(Some(code)).unwrap();
        channels.into_iter().map(|stored| (stored.channel.meter, stored.alias)).collect()
    };
    let boiler = [(SensorId(1).to_string(), Some("boiler".to_owned()))];
    assert_eq!(found("boiler"), boiler);
    assert_eq!(found(&SensorId(1).to_string().to_uppercase()), boiler);
    assert_eq!(found(&SensorId(2).to_string()), [(SensorId(2).to_string(), None)]);
    assert!(found("attic").is_empty(), "it has a name and has measured nothing");
    assert!(found("").is_empty());
    assert_healthy(&mut store);
}

pub(crate) fn names_are_exchanged_moved_and_kept(fixture: &Fixture) {
    let mut writer = fixture.writer();
    map(&mut writer, "first", &[("a", 1), ("b", 2), ("c", 3)]);
    assert_eq!(map(&mut writer, "exchange", &[("b", 1), ("a", 2), ("c", 3)]), ((0, 2, 1), vec![]));
    let moved = MovedName { name: "c".to_owned(), from: SensorId(3).to_string(), to: SensorId(4).to_string(), line: 2 };
    assert_eq!(map(&mut writer, "move", &[("c", 4)]), ((1, 0, 0), vec![moved]));
    assert_healthy(&mut fixture.store());
    let names = "SELECT code || ' ' || coalesce(name, '-') AS line FROM meter_point ORDER BY code";
    let named: Vec<String> =
        [(1, "b"), (2, "a"), (3, "-"), (4, "c")].map(|(id, name)| format!("{} {name}", SensorId(id))).into();
    assert_eq!(fixture.ask(names), named);
    let history = "SELECT n.name || ' ' || f.name || ' ' || coalesce(s.name, '-') AS line FROM sensor_name n \
         JOIN source_file f ON f.id = n.file_id LEFT JOIN source_file s ON s.id = n.superseded_by ORDER BY n.id";
    let told = ["a first exchange", "b first exchange", "c first move", "b exchange -", "a exchange -", "c move -"];
    assert_eq!(fixture.ask(history), told);
}

pub(crate) fn a_mapping_repeats_the_last_one_of_its_name_or_none(fixture: &Fixture) {
    let mut writer = fixture.writer();
    map(&mut writer, "mapping", &[("a", 1)]);
    fixture.execute("UPDATE source_file SET format = 'sensor-mapping'");
    let sha256 = File::new("mapping", vec![]).sha256();
    let id = |found: Option<smrt_storage::LoadedFile>| found.map(|file| file.id);
    assert_eq!(id(writer.loaded_mapping("mapping", &sha256).unwrap()), Some(1));
    assert_eq!(id(writer.loaded_mapping("copy", &sha256).unwrap()), Some(1));
    // The same name again with other content: the guard lets mappings through.
    fixture.execute(&format!(
        "INSERT INTO source_file (id, name, path, format, sha256, size, received_at, status, records, inserted, replaced, \
         unchanged, refused, findings, duration_ms, attempts, run_id) VALUES (9, 'mapping', 'mapping', 'sensor-mapping', \
         '{:064}', 1, 200, 'loaded', 0, 0, 0, 0, 0, 0, 1, 1, 'run')",
        7
    ));
    assert_eq!(id(writer.loaded_mapping("mapping", &sha256).unwrap()), None, "it says something else by now");
    assert_eq!(id(writer.loaded_mapping("copy", &sha256).unwrap()), None);
    assert_eq!(id(writer.loaded_mapping("mapping", &format!("{:064}", 7)).unwrap()), Some(9));
}

pub(crate) fn measurements_are_accounted_for_with_the_file(fixture: &Fixture) {
    let mut writer = fixture.writer();
    let mut measured = Batch { new_channels: vec![sensor(1)], ..Batch::default() };
    for at in [10, 20, 30] {
        let value = smrt_core::Signal::default();
        measured.measurements.push(smrt_core::Measurement { channel: 0, at, value, line: 2 });
    }
    let file = File::new("data", vec![measured]);
    begin(&mut writer);
    let mut load = file.write(&mut writer).unwrap();
    let (channel, zone) = load.channel(0).unwrap();
    assert_eq!(zone, MarketZone::Utc);
    assert!(load.sensor_days(&[(channel, 0), (channel, 1)]).unwrap().is_empty());
    let day = SensorDay { channel, day: 0, count: 2, first: 10, last: 20 };
    load.set_sensor_days(&[day]).unwrap();
    load.account_measurements(Counts { inserted: 2, replaced: 0, unchanged: 0 });
    assert_eq!(load.sensor_days(&[(channel, 0), (channel, 1)]).unwrap(), [day]);
    assert!(matches!(file.finish(load), Err(StoreError::Unaccounted { records: 3, inserted: 2, .. })));
    let mut load = file.write(&mut writer).unwrap();
    let (channel, _) = load.channel(0).unwrap();
    assert!(load.sensor_days(&[(channel, 0)]).unwrap().is_empty(), "what was taken back is gone");
    load.set_sensor_days(&[SensorDay { count: 2, last: 30, ..day }]).unwrap();
    load.account_measurements(Counts { inserted: 2, replaced: 0, unchanged: 1 });
    file.finish(load).unwrap();
    writer.commit().unwrap();
    let mut store = fixture.store();
    assert_eq!(store.sensor_days(channel, None, None).unwrap(), [SensorDay { count: 2, last: 30, ..day }]);
    assert_eq!(store.measured_files().unwrap()[0].counts, Counts { inserted: 2, replaced: 0, unchanged: 1 });
    let stats = store.stats().unwrap();
    assert_eq!((stats.measurements, stats.readings, stats.first), (2, 0, Some(0)));
    let meter = store.meters(&Default::default()).unwrap().remove(0);
    assert_eq!((meter.measurements, meter.readings), (2, 0));
    assert_healthy(&mut store);
    fixture.execute("UPDATE sensor_day SET count = 3");
    let broken: Vec<&str> = store.doctor().unwrap().iter().filter(|check| !check.ok).map(|check| check.name).collect();
    assert_eq!(broken, ["readings-inserted", "sensor-days-agree"]);
}

fn data_file(path: &str, day: i32, series: (&str, &str), at: (i64, i64)) -> DataFile {
    DataFile {
        dataset: Dataset::Measurements,
        path: path.to_owned(),
        day,
        size: 10,
        rows: 2,
        first_series: series.0.to_owned(),
        last_series: series.1.to_owned(),
        first_at: at.0,
        last_at: at.1,
        first_file: 1,
        last_file: 1,
        sha256: format!("{:064}", 1),
    }
}

pub(crate) fn the_list_of_a_lake_changes_with_its_publications(fixture: &Fixture) {
    const DAY: i64 = 86_400_000_000;
    let mut writer = fixture.writer();
    let publication =
        |number| Publication { dataset: Dataset::Measurements, number, operation: Operation::Load, made_at: 5 };
    let a = data_file("a", 0, ("a", "m"), (0, 10));
    let b = data_file("b", 1, ("k", "z"), (DAY, DAY + 10));
    begin(&mut writer);
    writer.add_data_files(&publication(1), std::slice::from_ref(&a)).unwrap();
    writer.add_data_files(&publication(1), std::slice::from_ref(&b)).unwrap();
    writer.commit().unwrap();
    let mut store = fixture.store();
    let mut paths = |filter: DataFileFilter| -> Vec<String> {
        store.data_files(Dataset::Measurements, &filter).unwrap().into_iter().map(|file| file.path).collect()
    };
    let of = |series: &str| DataFileFilter { series: Some(series.to_owned()), ..DataFileFilter::default() };
    assert_eq!(paths(DataFileFilter::default()), ["a", "b"]);
    assert_eq!(
        (paths(of("a")), paths(of("l")), paths(of("zz"))),
        (vec!["a".to_owned()], vec!["a".to_owned(), "b".to_owned()], vec![])
    );
    assert_eq!(paths(DataFileFilter { from: Some(11), ..DataFileFilter::default() }), ["b"]);
    assert_eq!(paths(DataFileFilter { to: Some(DAY), ..DataFileFilter::default() }), ["a"]);
    assert_eq!(paths(DataFileFilter { to: Some(DAY + 1), from: Some(10), ..DataFileFilter::default() }), ["a", "b"]);
    assert_eq!(paths(DataFileFilter { day: Some(1), ..DataFileFilter::default() }), ["b"]);

    let merged = data_file("c", 0, ("a", "m"), (0, 10));
    begin(&mut writer);
    assert!(writer.remove_data_files(&publication(2), std::slice::from_ref(&a)).unwrap());
    writer.add_data_files(&publication(2), std::slice::from_ref(&merged)).unwrap();
    writer.commit().unwrap();
    begin(&mut writer);
    assert!(!writer.remove_data_files(&publication(3), &[a.clone(), b.clone()]).unwrap(), "another has been there");
    writer.roll_back().unwrap();
    assert_eq!(writer.last_publication(Dataset::Measurements).unwrap(), 2);
    let after = writer.publications_after(Dataset::Measurements, 1).unwrap();
    assert_eq!(after, [publication(2)]);
    assert_eq!(writer.changes(&after[0]).unwrap(), (vec![merged], vec![a]));
    assert_eq!(paths(DataFileFilter::default()), ["c", "b"]);
    begin(&mut writer);
    let gone = ["a".to_owned(), "b".to_owned()];
    writer.forget_data_files(Dataset::Measurements, &gone).unwrap();
    writer.commit().unwrap();
    let known = fixture.store().known_data_files(Dataset::Measurements).unwrap();
    let known: Vec<&str> = known.iter().map(|known| known.file.path.as_str()).collect();
    assert_eq!(known, ["b", "c"], "what is current is never forgotten");
    assert_healthy(&mut fixture.store());
    let row = LakeRow { id: "one".into(), location: "smrt-lake".into(), readings: false, made_at: 1 };
    begin(&mut writer);
    writer.set_lake(&row).unwrap();
    let moved = LakeRow { location: "/elsewhere".into(), readings: true, ..row.clone() };
    writer.set_lake(&moved).unwrap();
    assert!(writer.set_lake(&LakeRow { id: "two".into(), ..row }).is_err());
    writer.commit().unwrap();
    assert_eq!(fixture.store().lake().unwrap(), Some(moved));
}

pub(crate) fn an_object_is_known_while_it_is_the_same(fixture: &Fixture) {
    let mut writer = fixture.writer();
    let file = File::of_meter("a", &[(0, 1)]);
    let object = SourceObject { address: "s3://b/a", etag: "x", size: 1 };
    begin(&mut writer);
    let mut load = file.write(&mut writer).unwrap();
    load.record_object(&object).unwrap();
    file.finish(load).unwrap();
    writer.commit().unwrap();
    assert_eq!(writer.known_object(&object).unwrap().unwrap().name, "a");
    for other in [
        SourceObject { etag: "y", ..object },
        SourceObject { size: 2, ..object },
        SourceObject { address: "s3://b/c", ..object },
    ] {
        assert_eq!(writer.known_object(&other).unwrap(), None, "{other:?}");
    }
    begin(&mut writer);
    writer.record_object(&SourceObject { etag: "y", ..object }, 1).unwrap();
    writer.commit().unwrap();
    assert_eq!(writer.known_object(&object).unwrap(), None);
}

pub(crate) fn what_a_file_has_made_current_is_read_back(fixture: &Fixture) {
    let mut writer = fixture.writer();
    let copy = |writer: &mut Writer, file: &File<'_>| -> Vec<(i64, i64)> {
        begin(writer);
        let mut load = writer.begin_file(&file.as_new()).unwrap();
        load.remember_ranges();
        file.batches.iter().for_each(|batch| load.write(batch).unwrap());
        let mut cursor = load.current_readings().unwrap();
        let mut all = Vec::new();
        while let Some(page) = load.next_current(&mut cursor).unwrap() {
            all.extend(
                page.iter().map(|row| ((row.start - SEPTEMBER) / HALF_HOUR, row.quantity.map_or(-1, |q| q.micros()))),
            );
        }
        file.finish(load).unwrap();
        writer.commit().unwrap();
        all
    };
    assert_eq!(copy(&mut writer, &File::of_meter("a", &[(0, 10), (1, 11), (5, 15)])), [(0, 10), (1, 11), (5, 15)]);
    // Equal ones stay the first file's; of a doubled key the last one is current.
    let b = File::of_meter("b", &[(0, 10), (1, 12), (1, 13), (6, 16)]);
    assert_eq!(copy(&mut writer, &b), [(1, 13), (6, 16)]);
    let many: Vec<(i64, i64)> = (0..9000).map(|slot| (slot + 10, slot)).collect();
    assert_eq!(copy(&mut writer, &File::of_meter("c", &many)).len(), 9000, "page by page");
    let totals = fixture.store().reading_totals().unwrap();
    assert_eq!((totals[0].count, totals[0].sum), (9004, 10 + 13 + 15 + 16 + 9000 * 8999 / 2));
    let mut cursor = writer.all_current_readings().unwrap();
    let mut all = 0;
    while let Some(page) = writer.next_current(&mut cursor).unwrap() {
        all += page.len();
    }
    assert_eq!(all, 9004);
    // A day in another length takes the place of the whole day: what is not said again is withdrawn.
    let nmi = Channel { scheme: Scheme::Nmi, ..channel("4100000000") };
    let day = |name, slots: std::ops::Range<i64>, length: u16| {
        let readings = (1..).zip(slots).map(|(line, slot)| smrt_core::Reading {
            start: SEPTEMBER + slot * i64::from(length) * 60,
            minutes: crate::support::minutes(length),
            ..reading(0, 0, slot, line)
        });
        File::new(name, vec![batch(std::slice::from_ref(&nmi), &readings.collect::<Vec<_>>())])
    };
    assert_eq!(copy(&mut writer, &day("d", 0..48, 30)).len(), 48);
    let hours = copy(&mut writer, &day("e", 0..24, 60));
    let withdrawn = hours.iter().filter(|(_, micros)| *micros == -1).count();
    assert_eq!((hours.len(), withdrawn), (48, 24));
    assert_healthy(&mut fixture.store());
}
