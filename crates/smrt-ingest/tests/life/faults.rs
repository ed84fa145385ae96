//! Loads that are broken off: whole or absent, and the next run makes up for it.

use crate::support::{Place, day, statuses};
use smrt_ingest::{Observer, Status, Stop, ingest};
use smrt_parser::smrt::Sample;
use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
};

/// Asks for the end after so many readings.
struct StopAfter {
    stop: Stop,
    left: AtomicU64,
}

impl Observer for StopAfter {
    fn handled(&self, readings: u64) {
        let left = self.left.load(Ordering::Relaxed).saturating_sub(readings);
        self.left.store(left, Ordering::Relaxed);
        if left == 0 {
            self.stop.request();
        }
    }
}

fn big(place: &Place, name: &str, first_meter: u64) {
    let mut text = Vec::new();
    Sample { meters: 300, hours: 500, first_meter, ..Sample::default() }.write(&mut text).unwrap();
    fs::write(place.inbox().join(name), text).unwrap();
}

#[test]
fn a_load_that_is_interrupted_leaves_whole_files_only_and_can_be_resumed() {
    let place = Place::new();
    big(&place, "PN000001.SMRT", 1);
    big(&place, "PN000002.SMRT", 10_001);
    let expected = {
        let other = Place::new();
        other.ingest_paths(&[place.inbox()]);
        other.digest()
    };
    for readings in [1, 100_000, 160_000, 250_000] {
        let observer = StopAfter { stop: Stop::default(), left: AtomicU64::new(readings) };
        let mut writer = place.store().writer().unwrap();
        let report = ingest(&mut writer, &[place.inbox()], &place.options, &observer.stop, &observer).unwrap();
        let loaded = place.store().stats().unwrap().readings;
        assert!(loaded.is_multiple_of(150_000), "{loaded} readings are no whole number of files");
        assert!(report.interrupted || loaded == 300_000);
        place.assert_sound();
    }
    place.ingest();
    assert_eq!(place.digest(), expected);
}

#[test]
fn a_database_that_cannot_be_written_loses_nothing_that_was_reported() {
    let place = Place::new();
    place.take("PN000001.SMRT", &day("PN000001", "0000000001"));
    let mut writer = place.store().writer().unwrap();
    // Somebody else's lock that is never given back: the writer gives up instead of waiting for ever.
    let mut other = place.store().writer().unwrap();
    other.begin(std::time::Duration::from_secs(1), &mut |_| true).unwrap();
    place.put("PN000002.SMRT", &day("PN000002", "0000000002"));
    let mut options = place.options.clone();
    options.patience = std::time::Duration::from_millis(300);
    let error = ingest(&mut writer, &[place.inbox()], &options, &Stop::default(), &smrt_ingest::Quiet).unwrap_err();
    assert!(matches!(&error, smrt_ingest::IngestError::Store(error) if error.is_temporary()), "{error}");
    other.roll_back().unwrap();
    let expected = [("PN000001.SMRT", Status::AlreadyLoaded), ("PN000002.SMRT", Status::Loaded)];
    assert_eq!(statuses(&place.ingest()), expected);
    place.assert_sound();
}
