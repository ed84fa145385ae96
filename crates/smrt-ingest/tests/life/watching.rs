//! Files that arrive while somebody watches.

use crate::support::{Place, day, smrt};
use smrt_ingest::{Observer, Status, Stop, WatchOptions, watch};
use smrt_storage::StoreError;
use std::{
    fs,
    io::Write,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

const QUICK: WatchOptions = WatchOptions {
    settle: Duration::from_millis(200),
    rescan: Duration::from_millis(300),
    unfinished_after: Duration::from_millis(600),
    once: false,
};

/// What a watch has told.
#[derive(Default)]
struct Told {
    files: Mutex<Vec<(String, Status)>>,
    warnings: Mutex<Vec<String>>,
}

impl Observer for Told {
    fn finished(&self, outcome: &smrt_ingest::FileOutcome) {
        self.files.lock().unwrap().push((outcome.name.clone(), outcome.status));
    }

    fn warned(&self, message: &str) {
        self.warnings.lock().unwrap().push(message.to_owned());
    }
}

impl Told {
    fn files(&self) -> Vec<(String, Status)> {
        self.files.lock().unwrap().clone()
    }

    /// Waits until so many files are done.
    fn wait_for(&self, count: usize) {
        let until = Instant::now() + Duration::from_secs(20);
        while self.files().len() < count {
            assert!(Instant::now() < until, "{:?} {:?}", self.files(), self.warnings.lock().unwrap());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Watches the inbox while `act` runs.
fn watching(place: &Place, options: WatchOptions, act: impl FnOnce(&Told)) -> Told {
    let (told, stop) = (Told::default(), Stop::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut connect = || place.store().writer();
            let _ = watch(&mut connect, &place.inbox(), &place.options, &options, &stop, &told, &mut |_| {});
        });
        act(&told);
        stop.request();
    });
    told
}

#[test]
fn files_are_taken_when_complete_and_at_rest() {
    let place = Place::new();
    let text = day("PN000001", "0000000001");
    watching(&place, QUICK, |told| {
        place.put("PN000002.SMRT", &day("PN000002", "0000000002"));
        let mut slow = fs::File::create(place.inbox().join("PN000001.SMRT")).unwrap();
        for line in text.lines() {
            writeln!(slow, "{line}").unwrap();
            thread::sleep(Duration::from_millis(30));
        }
        told.wait_for(2);
        assert!(told.files().iter().all(|(_, status)| *status == Status::Loaded), "{:?}", told.files());
        // Files that stay are not taken again.
        thread::sleep(Duration::from_millis(800));
        assert_eq!(told.files().len(), 2);
    });
    place.assert_sound();
}

#[test]
fn a_pause_in_the_middle_of_a_file_is_no_end() {
    let place = Place::new();
    let text = day("PN000001", "0000000001");
    let (first, second) = text.split_at(text.len() / 2);
    let told = watching(&place, QUICK, |told| {
        let mut file = fs::File::create(place.inbox().join("PN000001.SMRT")).unwrap();
        file.write_all(first.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(1200));
        assert_eq!(told.files(), [], "incomplete files are left alone");
        file.write_all(second.as_bytes()).unwrap();
        told.wait_for(1);
    });
    assert_eq!(told.files(), [("PN000001.SMRT".to_owned(), Status::Loaded)]);
    assert_eq!(told.warnings.lock().unwrap().len(), 1, "it was reported as unfinished, once");
}

#[test]
fn a_watch_that_ends_and_begins_again_loads_each_file_once() {
    let place = Place::new();
    place.put("PN000001.SMRT", &day("PN000001", "0000000001"));
    watching(&place, QUICK, |told| told.wait_for(1));
    place.put("PN000002.SMRT", &smrt("PN000002", &[("0000000001", 1, "2")]));
    let told = watching(&place, QUICK, |told| told.wait_for(2));
    let mut files = told.files();
    files.sort();
    let expected = [("PN000001.SMRT", Status::AlreadyLoaded), ("PN000002.SMRT", Status::Loaded)];
    assert_eq!(files, expected.map(|(name, status)| (name.to_owned(), status)));
    place.assert_sound();
}

#[test]
fn a_watch_waits_for_a_database_that_is_away() {
    let place = Place::new();
    place.put("PN000001.SMRT", &day("PN000001", "0000000001"));
    let (told, stop) = (Told::default(), Stop::default());
    let mut attempts = 0;
    let mut connect = || {
        attempts += 1;
        if attempts < 3 {
            return Err(StoreError::Unavailable { what: "connecting", detail: "away".to_owned() });
        }
        place.store().writer()
    };
    let stop_after_one = stop.clone();
    let _ =
        watch(&mut connect, &place.inbox(), &place.options, &QUICK, &stop, &told, &mut |_| stop_after_one.request());
    assert_eq!(told.files(), [("PN000001.SMRT".to_owned(), Status::Loaded)]);
    assert_eq!(told.warnings.lock().unwrap().len(), 2);
}

#[test]
fn once_takes_what_is_there_and_ends() {
    let place = Place::new();
    place.put("PN000001.SMRT", &day("PN000001", "0000000001"));
    let half = day("PN000002", "0000000002");
    place.put("PN000002.SMRT", &half[..half.len() / 2]);
    let told = Told::default();
    let mut connect = || place.store().writer();
    let options = WatchOptions { once: true, ..QUICK };
    watch(&mut connect, &place.inbox(), &place.options, &options, &Stop::default(), &told, &mut |_| {}).unwrap();
    assert_eq!(told.files(), [("PN000001.SMRT".to_owned(), Status::Loaded)]);
    assert_eq!(told.warnings.lock().unwrap().len(), 1, "the half file is named and stays");
}
