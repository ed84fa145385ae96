//! A lake that several work on at once: loads, merging, clearing up, proving.

use crate::{
    sensors::{data, uuid},
    support::Place,
};
use smrt_core::Dataset;
use smrt_ingest::{
    FileOutcome, Observer, Options, Quiet, Status, Stop, ingest,
    lake::{Attached, Depth, LakeOptions, Readings, compact, gc, verify},
};
use smrt_storage::{DataFileFilter, Writer};
use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

const MINUTE: Duration = Duration::from_secs(60);

fn attached(place: &Place, writer: &mut Writer) -> Attached {
    Attached::new(writer.lake().unwrap().unwrap(), &place.options.lake).unwrap()
}

fn assert_proved(place: &Place) {
    let mut store = place.store();
    let lake = Attached::new(store.lake().unwrap().unwrap(), &place.options.lake).unwrap();
    for proof in verify(&mut store, &lake, Depth::Rows, &Stop::default(), &Quiet).unwrap() {
        assert!(proof.ok, "{}: {}", proof.name, proof.detail);
    }
}

/// Clears up, without any grace, whenever a day has been merged and its files are not listed yet.
struct ClearingUp<'a>(&'a Place);

impl Observer for ClearingUp<'_> {
    fn read(&self, _bytes: u64) {
        let mut writer = self.0.store().writer().unwrap();
        let lake = attached(self.0, &mut writer);
        let collected = gc(&mut writer, &lake, Duration::ZERO, false, MINUTE).unwrap();
        assert!(collected.orphans > 0, "{collected:?}");
    }
}

#[test]
fn clearing_up_beside_a_merge_loses_nothing() {
    let place = Place::new();
    place.take("a.csv", &data(&[(1, 0, 1.0), (1, 5, 2.0)]));
    place.take("b.csv", &data(&[(1, 5, 3.0), (1, 10, 4.0)]));
    let (before, digest) = (place.measurements(&uuid(1)), place.digest());
    let mut writer = place.store().writer().unwrap();
    let lake = attached(&place, &mut writer);
    let merged = compact(&mut writer, &lake, MINUTE, &Stop::default(), &ClearingUp(&place)).unwrap();
    assert_eq!((merged.days, merged.skipped), (0, 1), "what was taken away meanwhile is not listed");
    assert_eq!((place.measurements(&uuid(1)), place.digest()), (before, digest.clone()));
    assert_proved(&place);
    let merged = compact(&mut writer, &lake, MINUTE, &Stop::default(), &Quiet).unwrap();
    assert_eq!((merged.days, place.digest()), (1, digest));
    assert_proved(&place);
}

/// All data files of measurements, listed or not.
fn data_files(place: &Place) -> BTreeSet<PathBuf> {
    let is_data = |path: &PathBuf| path.extension().is_some_and(|end| end == "parquet");
    let days = fs::read_dir(place.path("smrt-lake/measurements")).unwrap().map(|day| day.unwrap().path());
    let days = days.filter(|path| path.is_dir());
    days.flat_map(|day| fs::read_dir(day).unwrap()).map(|file| file.unwrap().path()).filter(is_data).collect()
}

#[test]
fn merged_files_that_go_while_the_lock_is_waited_for_are_not_listed() {
    let place = Place::new();
    place.take("a.csv", &data(&[(1, 0, 1.0), (1, 5, 2.0)]));
    place.take("b.csv", &data(&[(1, 5, 3.0), (1, 10, 4.0)]));
    let (before, digest, listed) = (place.measurements(&uuid(1)), place.digest(), data_files(&place));
    let mut busy = place.store().writer().unwrap();
    busy.begin(MINUTE, &mut |_| true).unwrap();
    let merged = thread::scope(|scope| {
        let merging = scope.spawn(|| {
            let mut writer = place.store().writer().unwrap();
            let lake = attached(&place, &mut writer);
            compact(&mut writer, &lake, MINUTE, &Stop::default(), &Quiet).unwrap()
        });
        let new: Vec<PathBuf> = loop {
            let new: Vec<_> = data_files(&place).difference(&listed).cloned().collect();
            if !new.is_empty() {
                break new;
            }
            thread::sleep(Duration::from_millis(10));
        };
        // It is made durable and waits for the lock by now; if not, it finds out a little earlier.
        thread::sleep(Duration::from_millis(500));
        new.iter().for_each(|path| fs::remove_file(path).unwrap());
        busy.roll_back().unwrap();
        merging.join().unwrap()
    });
    assert_eq!((merged.days, merged.skipped), (0, 1));
    assert_eq!((place.measurements(&uuid(1)), place.digest()), (before, digest));
    assert_proved(&place);
}

/// Turns the copying of readings on, as another process, once the first file is loaded; works slowly before.
struct TurningOn<'a>(&'a Place, AtomicBool);

impl Observer for TurningOn<'_> {
    fn handled(&self, _records: u64) {
        if !self.1.load(Ordering::Relaxed) {
            // Longer than any transaction is held open for more files.
            thread::sleep(Duration::from_millis(2200));
        }
    }

    fn finished(&self, outcome: &FileOutcome) {
        if !self.1.swap(true, Ordering::Relaxed) {
            assert_eq!((&*outcome.name, outcome.status), ("a.csv", Status::Loaded));
            let lake = LakeOptions { readings: Readings::FromNowOn, ..self.0.options.lake.clone() };
            let path = self.0.put("other.csv", &load_profile("214612653"));
            let options = Options { lake, ..self.0.options.clone() };
            ingest(&mut self.0.store().writer().unwrap(), &[path], &options, &Stop::default(), &Quiet).unwrap();
        }
    }
}

fn load_profile(meter: &str) -> String {
    format!(
        "MeterPoint Code,Serial Number,Plant Code,Date/Time,Data Type,Data Value,Units,Status\n\
         {meter},{meter},ED021401463,07/09/2015 14:15:00,Export Wh,27.5,kWh,GN\n\
         {meter},{meter},ED021401463,07/09/2015 14:20:00,Export Wh,34.4,kWh,GN\n"
    )
}

#[test]
fn a_load_that_goes_on_heeds_what_another_has_said_of_the_lake() {
    let place = Place::new();
    let paths = [place.put("a.csv", &data(&[(1, 0, 1.0)])), place.put("b.csv", &load_profile("214612654"))];
    let mut writer = place.store().writer().unwrap();
    let turning = TurningOn(&place, AtomicBool::new(false));
    let report = ingest(&mut writer, &paths, &place.options, &Stop::default(), &turning).unwrap();
    assert_eq!(report.files.iter().map(|file| file.status).collect::<Vec<_>>(), [Status::Loaded; 2]);
    let copied: u64 = place
        .store()
        .data_files(Dataset::Readings, &DataFileFilter::default())
        .unwrap()
        .iter()
        .map(|file| file.rows)
        .sum();
    assert_eq!(copied, 4, "those of both load profiles");
    assert_proved(&place);
}

#[test]
fn what_a_clearing_up_that_was_killed_took_away_is_forgotten_by_the_next() {
    let place = Place::new();
    place.take("a.csv", &data(&[(1, 0, 1.0)]));
    place.take("b.csv", &data(&[(1, 5, 2.0)]));
    let listed = data_files(&place);
    let mut writer = place.store().writer().unwrap();
    let lake = attached(&place, &mut writer);
    compact(&mut writer, &lake, MINUTE, &Stop::default(), &Quiet).unwrap();
    fs::remove_file(listed.first().unwrap()).unwrap();
    let known = || place.store().known_data_files(Dataset::Measurements).unwrap().len();
    assert_eq!(known(), 3);
    let dry = gc(&mut writer, &lake, Duration::ZERO, true, MINUTE).unwrap();
    assert_eq!((dry.replaced, known()), (1, 3), "nothing changes");
    let kept = gc(&mut writer, &lake, MINUTE, false, MINUTE).unwrap();
    assert_eq!((kept.kept, known()), (1, 3), "somebody may still read by the old list");
    assert_eq!(gc(&mut writer, &lake, Duration::ZERO, false, MINUTE).unwrap(), dry);
    assert_eq!(known(), 1);
    assert_proved(&place);
}

#[test]
fn loads_merges_and_proofs_go_on_beside_each_other() {
    let place = Place::new();
    place.take("first.csv", &data(&[(1, 0, 1.0)]));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..20_i64 {
                let rows: Vec<_> = (0..40).map(|slot| (1, number * 30 + slot * 5, (number * slot) as f64)).collect();
                place.take(&format!("data_{number}.csv"), &data(&rows));
            }
            done.store(true, Ordering::Relaxed);
        });
        scope.spawn(|| {
            let mut writer = place.store().writer().unwrap();
            let lake = attached(&place, &mut writer);
            while !done.load(Ordering::Relaxed) {
                compact(&mut writer, &lake, MINUTE, &Stop::default(), &Quiet).unwrap();
                gc(&mut writer, &lake, MINUTE, false, MINUTE).unwrap();
            }
        });
        while !done.load(Ordering::Relaxed) {
            assert_proved(&place);
            assert!(!place.measurements(&uuid(1)).is_empty());
        }
    });
    assert_proved(&place);
    place.assert_sound();
    // The same files one after the other, with nobody beside them.
    let alone = Place::new();
    alone.ingest_paths(&[place.inbox().join("first.csv")]);
    for number in 0..20 {
        alone.ingest_paths(&[place.inbox().join(format!("data_{number}.csv"))]);
    }
    assert_eq!(place.digest(), alone.digest());
}
