//! Files that arrive while somebody watches.

use crate::support::{Place, day, smrt};
use smrt_ingest::{Observer, Options, Status, Stop, WatchOptions, watch};
use smrt_storage::{DatabaseUrl, Store, StoreError};
use std::{
    env, fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
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

    fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap().clone()
    }

    /// Waits until so many files are done.
    fn wait_for(&self, count: usize) {
        self.wait_until(|| self.files().len() >= count);
    }

    fn wait_until(&self, is_so: impl Fn() -> bool) {
        let until = Instant::now() + Duration::from_secs(30);
        while !is_so() {
            assert!(Instant::now() < until, "{:?} {:?}", self.files(), self.warnings());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Asks for the end when it is dropped, so that a test that fails does not wait for ever.
struct Ends<'a>(&'a Stop);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.request();
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
        let _ends = Ends(&stop);
        act(&told);
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

#[test]
fn once_ends_although_a_file_cannot_be_read() {
    let place = Place::new();
    let path = place.put("PN000001.SMRT", &day("PN000001", "0000000001"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser reads everything.
    let status = if fs::File::open(&path).is_ok() { Status::Loaded } else { Status::Skipped };
    let told = watching_once(&place);
    assert_eq!(told.files(), [("PN000001.SMRT".to_owned(), status)]);
}

/// Watches the inbox once, to its end.
fn watching_once(place: &Place) -> Told {
    let told = Told::default();
    let options = WatchOptions { once: true, ..QUICK };
    let mut connect = || place.store().writer();
    watch(&mut connect, &place.inbox(), &place.options, &options, &Stop::default(), &told, &mut |_| {}).unwrap();
    told
}

#[test]
fn foreign_files_are_told_once_and_left_alone_however_often_they_change() {
    let place = Place::new();
    let database = DatabaseUrl::sqlite(place.inbox().join("smrt.db"));
    let (told, stop, mut rounds) = (Told::default(), Stop::default(), 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut connect = || Store::open(&database)?.writer();
            let mut each = |_| rounds += 1;
            let _ = watch(&mut connect, &place.inbox(), &place.options, &QUICK, &stop, &told, &mut each);
        });
        let _ends = Ends(&stop);
        place.put("notes.txt", "hello");
        place.put("PN000001.SMRT", &day("PN000001", "0000000001"));
        told.wait_for(1);
        for size in 1..20 {
            place.put("notes.txt", &"hello".repeat(size));
            thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(told.files(), [("PN000001.SMRT".to_owned(), Status::Loaded)]);
        // What is recognised later is taken.
        place.put("notes.txt", &day("PN000002", "0000000002"));
        told.wait_for(2);
    });
    assert_eq!(rounds, 2);
    let notes = place.inbox().join("notes.txt");
    let about_notes = format!("{} is of no known format and is left alone", notes.display());
    assert_eq!(told.warnings().iter().filter(|warning| **warning == about_notes).count(), 1, "{:?}", told.warnings());
}

#[test]
fn once_ends_beside_a_foreign_file_that_never_rests() {
    let place = Place::new();
    place.put("PN000001.SMRT", &day("PN000001", "0000000001"));
    let stop = Stop::default();
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            for size in (1..1000).take_while(|_| !stop.is_requested()) {
                place.put("log.txt", &"line\n".repeat(size));
                thread::sleep(Duration::from_millis(20));
            }
        });
        let _ends = Ends(&stop);
        watching_once(&place)
    });
    assert_eq!(told.files(), [("PN000001.SMRT".to_owned(), Status::Loaded)]);
    assert_eq!(told.warnings().len(), 1, "{:?}", told.warnings());
}

#[test]
fn a_watch_waits_for_a_folder_that_is_away() {
    let place = Place::new();
    let away = place.path("away");
    let told = watching(&place, QUICK, |told| {
        thread::sleep(Duration::from_millis(200));
        fs::rename(place.inbox(), &away).unwrap();
        told.wait_until(|| !told.warnings().is_empty());
        thread::sleep(Duration::from_millis(800));
        fs::rename(&away, place.inbox()).unwrap();
        place.put("PN000001.SMRT", &day("PN000001", "0000000001"));
        told.wait_for(1);
    });
    assert_eq!(told.warnings().len(), 1, "{:?}", told.warnings());
}

/// Names the folder for a process of its own, because the folder for temporary files is that of a process.
const OWN_PROCESS: &str = "SMRT_TEST_WITHOUT_ROOM";

#[test]
fn a_watch_waits_for_room_to_sort() {
    let place = Place::new();
    if let Some(folder) = env::var_os(OWN_PROCESS) {
        return watch_without_room(Path::new(&folder));
    }
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "watching::a_watch_waits_for_room_to_sort", "--nocapture"]);
    let room = place.path("room");
    fs::create_dir(&room).unwrap();
    let output = test.env(OWN_PROCESS, place.folder.path()).env("TMPDIR", &room).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn watch_without_room(folder: &Path) {
    let place =
        Place { folder: tempfile::tempdir_in(folder).unwrap(), options: Options { jobs: 64, ..Options::default() } };
    let room = env::temp_dir();
    fs::remove_dir_all(&room).unwrap();
    fs::create_dir(place.inbox()).unwrap();
    // More readings than are sorted in memory, by time where the order is by meter.
    let mut text = "\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN000001\"\n".to_owned();
    for (hour, meter) in (0..24).flat_map(|hour| (0..7000).map(move |meter| (hour, meter))) {
        text.push_str(&format!("\"CONSU\",\"{meter:06}\",\"20190928\",\"{hour:02}00\",1\n"));
    }
    place.put("PN000001.SMRT", &(text + "\"TRAIL\"\n"));
    for number in 2..6 {
        place.put(&format!("PN00000{number}.SMRT"), &day(&format!("PN00000{number}"), "0000000001"));
    }
    let told = watching(&place, QUICK, |told| {
        told.wait_until(|| !told.warnings().is_empty());
        fs::create_dir(&room).unwrap();
        told.wait_until(|| told.files().iter().any(|file| *file == ("PN000001.SMRT".to_owned(), Status::Loaded)));
    });
    assert!(told.warnings()[0].contains("temporary file"), "{:?}", told.warnings());
}
