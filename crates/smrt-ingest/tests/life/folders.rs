//! What is picked up in folders, what is left alone, and where files go when they are done.

use crate::support::{Place, day, exists, smrt, statuses};
use smrt_ingest::{IngestError, Observer, Options, Quiet, Report, Status, Stop, WatchOptions, ingest, watch};
use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Mutex, atomic::AtomicBool, atomic::Ordering},
    time::Duration,
};

const M: &str = "0000000001";

/// What an ingest warns of.
#[derive(Default)]
pub(crate) struct Warnings(pub(crate) Mutex<Vec<String>>);

impl Observer for Warnings {
    fn warned(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

/// Does something once a file has been read to its end.
struct AfterReading<F: Fn() + Sync> {
    what: F,
    done: AtomicBool,
    warnings: Warnings,
}

impl<F: Fn() + Sync> Observer for AfterReading<F> {
    fn read(&self, bytes: u64) {
        if bytes == 0 && !self.done.swap(true, Ordering::Relaxed) {
            (self.what)();
        }
    }

    fn warned(&self, message: &str) {
        self.warnings.warned(message);
    }
}

fn observed(place: &Place, paths: &[PathBuf], observer: &dyn Observer) -> Report {
    ingest(&mut place.store().writer().unwrap(), paths, &place.options, &Stop::default(), observer).unwrap()
}

/// Takes in the inbox while something happens to a file after it was read; gives the warnings.
fn disturbed(place: &Place, what: impl Fn() + Sync) -> (Report, Vec<String>) {
    let observer = AfterReading { what, done: AtomicBool::new(false), warnings: Warnings::default() };
    let report = observed(place, &[place.inbox()], &observer);
    assert!(observer.done.into_inner());
    (report, observer.warnings.0.into_inner().unwrap())
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn folders_are_searched_to_the_bottom_and_hidden_and_temporary_names_left_alone() {
    let place = Place::new();
    place.put("PN000001.SMRT", &day("PN000001", M));
    place.put("2019/09/PN000002.smrt", &day("PN000002", "0000000002"));
    for name in [".hidden.SMRT", ".folder/PN000003.SMRT", "PN000004.SMRT.part", "PN000005.tmp", "PN000006.SMRT~"] {
        place.put(name, "half");
    }
    let report = place.ingest();
    assert_eq!(statuses(&report), [("PN000001.SMRT", Status::Loaded), ("PN000002.smrt", Status::Loaded)]);
}

#[test]
fn files_of_no_known_format_are_skipped_in_folders_and_refused_when_named() {
    let place = Place::new();
    let path = place.put("README.md", "# hello\n");
    assert_eq!(statuses(&place.ingest()), [("README.md", Status::Skipped)]);
    let report = place.ingest_paths(&[path]);
    assert_eq!(statuses(&report), [("README.md", Status::Rejected)]);
    let reason = report.files[0].reason.as_ref().unwrap();
    assert!(reason.code == "F001" && reason.message.contains("# hello"), "{reason:?}");
}

#[test]
fn what_is_no_regular_file_neither_blocks_nor_leads_out_of_the_folder() {
    let place = Place::new();
    let secret = place.path("secret.SMRT");
    fs::write(&secret, day("PN000001", M)).unwrap();
    std::os::unix::fs::symlink(&secret, place.inbox().join("PN000001.SMRT")).unwrap();
    std::os::unix::fs::symlink(place.folder.path(), place.inbox().join("loop")).unwrap();
    let pipe = place.inbox().join("PN000002.SMRT");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(statuses(&place.ingest()), []);
    let report = place.ingest_paths(&[pipe]);
    assert_eq!(report.files[0].reason.as_ref().unwrap().code, "F007");
}

#[test]
fn a_named_path_that_is_not_there_is_an_error() {
    let place = Place::new();
    let missing = place.path("nowhere");
    let mut writer = place.store().writer().unwrap();
    let error = ingest(&mut writer, &[missing], &place.options, &Stop::default(), &Quiet).unwrap_err();
    assert!(matches!(error, IngestError::Unreadable { .. }));
}

#[test]
fn loaded_files_go_to_the_archive_and_refused_ones_to_the_quarantine_with_their_reasons() {
    let mut place = Place::new();
    // Inside the inbox, as people do: they must not be searched.
    place.options.archive = Some(place.inbox().join("done"));
    place.options.quarantine = Some(place.inbox().join("bad"));
    place.put("PN000001.SMRT", &day("PN000001", M));
    place.put("sub/PN000002.SMRT", &smrt("PN000002", &[(M, 1, "abc")]));
    let report = place.ingest();
    assert_eq!(statuses(&report), [("PN000001.SMRT", Status::Loaded), ("PN000002.SMRT", Status::Rejected)]);
    assert!(exists(&place.inbox().join("done/PN000001.SMRT")) && !exists(&place.inbox().join("PN000001.SMRT")));
    assert!(exists(&place.inbox().join("bad/PN000002.SMRT")));
    let reasons = fs::read_to_string(place.inbox().join("bad/PN000002.SMRT.reject.json")).unwrap();
    let reasons: serde_json::Value = serde_json::from_str(&reasons).unwrap();
    assert_eq!((&reasons["reason"]["code"], &reasons["reason"]["line"]), (&"P014".into(), &2.into()));
    assert_eq!(reasons["findings"][0]["column"], 40);
    assert_eq!(statuses(&place.ingest()), [], "neither folder is searched");
}

#[test]
fn nothing_is_overwritten_where_files_are_moved() {
    let mut place = Place::new();
    place.options.quarantine = Some(place.path("bad"));
    for text in ["first", "second", "third"] {
        place.take("PN000001.SMRT", text);
    }
    let names = names(&place.path("bad"));
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.ends_with(".json")).collect();
    assert_eq!(names, ["PN000001.SMRT", "PN000001.SMRT.1", "PN000001.SMRT.2"]);
}

#[test]
fn a_move_that_was_cut_off_is_made_up_for() {
    let mut place = Place::new();
    place.put("PN000001.SMRT", &day("PN000001", M));
    place.ingest();
    // As if the process had died between the commit and the move.
    place.options.archive = Some(place.path("done"));
    let report = place.ingest();
    assert_eq!(statuses(&report), [("PN000001.SMRT", Status::AlreadyLoaded)]);
    assert!(exists(&place.path("done/PN000001.SMRT")));
}

#[test]
fn odd_names_are_just_names() {
    let place = Place::new();
    for (number, name) in
        ["a b.SMRT", "it's.SMRT", "%s.SMRT", "-rf.SMRT", "naïve.SMRT", "new\nline.SMRT"].iter().enumerate()
    {
        let outcome = place.take(name, &day("PN000001", &format!("{number:010}")));
        assert_eq!((outcome.name.as_str(), outcome.status), (*name, Status::Loaded));
    }
    place.assert_sound();
}

#[test]
fn a_file_that_takes_the_path_of_one_that_was_read_is_not_moved_for_it() {
    for text in [day("PN000001", M), "bad".to_owned()] {
        let mut place = Place::new();
        place.options.archive = Some(place.path("done"));
        place.options.quarantine = Some(place.path("bad"));
        let path = place.put("PN000001.SMRT", &text);
        let other = place.path("other");
        fs::write(&other, "not yet read").unwrap();
        let (_, warnings) = disturbed(&place, || fs::rename(&other, &path).unwrap());
        assert!(warnings.len() == 1 && warnings[0].contains("was replaced after it was read"), "{warnings:?}");
        assert_eq!(fs::read(&path).unwrap(), b"not yet read");
        assert!(names(&place.path("done")).is_empty() && names(&place.path("bad")).is_empty());
    }
}

#[test]
fn a_file_that_somebody_else_has_moved_is_no_trouble_and_leaves_no_report() {
    let mut place = Place::new();
    place.options.quarantine = Some(place.path("bad"));
    let path = place.put("PN000001.SMRT", "bad");
    let (report, warnings) = disturbed(&place, || fs::rename(&path, place.path("elsewhere")).unwrap());
    assert_eq!((report.files[0].moved_to.as_ref(), warnings), (None, vec![]));
    assert!(names(&place.path("bad")).is_empty());
}

#[test]
fn files_are_not_moved_to_the_folder_that_is_searched() {
    let inbox_of = |place: &Place| Some(place.inbox().join("../inbox"));
    let set: [fn(&mut Options, Option<PathBuf>); 2] =
        [|options, folder| options.archive = folder, |options, folder| options.quarantine = folder];
    for set in set {
        let mut place = Place::new();
        place.put("PN000001.SMRT", &day("PN000001", M));
        let folder = inbox_of(&place);
        set(&mut place.options, folder);
        let mut writer = place.store().writer().unwrap();
        let error = ingest(&mut writer, &[place.inbox()], &place.options, &Stop::default(), &Quiet).unwrap_err();
        assert!(matches!(error, IngestError::Destination { .. }), "{error}");
        assert_eq!(names(&place.inbox()), ["PN000001.SMRT"]);
        // A file that is named there is taken, and is where it belongs.
        place.ingest_paths(&[place.inbox().join("PN000001.SMRT")]);
        assert_eq!(names(&place.inbox()), ["PN000001.SMRT"]);
    }
}

#[test]
fn the_longest_names_can_be_quarantined() {
    let mut place = Place::new();
    place.options.quarantine = Some(place.path("bad"));
    for name in ["a".repeat(250), "a".repeat(255), "ü".repeat(125) + ".SMRT", "b".repeat(243), "c".repeat(244)] {
        let path = place.put(&name, "first");
        let warnings = Warnings::default();
        let taken = |text: &str| {
            fs::write(&path, text).unwrap();
            let moved = observed(&place, std::slice::from_ref(&path), &warnings).files.remove(0).moved_to;
            assert_eq!(*warnings.0.lock().unwrap(), [""; 0]);
            moved.unwrap()
        };
        assert_eq!(taken("first").file_name().unwrap().to_str().unwrap(), name);
        assert_eq!(fs::read_to_string(taken("second")).unwrap(), "second");
    }
    let names = names(&place.path("bad"));
    assert_eq!(names.iter().filter(|name| name.ends_with(".reject.json")).count(), 10, "{names:#?}");
    assert_eq!(names.len(), 20, "{names:#?}");
}

#[test]
fn a_report_does_not_take_the_place_of_a_file_that_is_named_like_it() {
    let mut place = Place::new();
    place.options.quarantine = Some(place.path("bad"));
    place.take("PN000001.SMRT.reject.json", "a file");
    place.take("PN000001.SMRT", "another");
    let files = ["PN000001.SMRT", "PN000001.SMRT.reject.json", "PN000001.SMRT.reject.json.1"];
    assert_eq!(names(&place.path("bad"))[..3], files);
    assert_eq!(fs::read_to_string(place.path("bad").join(files[2])).unwrap(), "a file");
}

#[test]
fn a_folder_that_cannot_be_listed_is_left_out_with_a_warning() {
    let place = Place::new();
    place.put("PN000001.SMRT", &day("PN000001", M));
    // Longer than any path may be, which holds even for those who may list everything.
    let long = PathBuf::from_iter(vec!["x".repeat(200); 12]);
    fs::create_dir_all(place.path("up").join(&long)).unwrap();
    fs::create_dir_all(place.inbox().join(&long)).unwrap();
    fs::rename(place.path("up"), place.inbox().join(&long).join("down")).unwrap();
    let warnings = Warnings::default();
    let report = observed(&place, &[place.inbox()], &warnings);
    assert_eq!(statuses(&report), [("PN000001.SMRT", Status::Loaded)]);
    let told = warnings.0.into_inner().unwrap();
    assert!(told.len() == 1 && told[0].contains("is left out: cannot list it"), "{told:?}");
}

#[test]
fn who_watches_is_warned_once_of_a_folder_that_cannot_be_listed() {
    let place = Place::new();
    let long = PathBuf::from_iter(vec!["x".repeat(200); 12]);
    fs::create_dir_all(place.path("up").join(&long)).unwrap();
    fs::create_dir_all(place.inbox().join(&long)).unwrap();
    fs::rename(place.path("up"), place.inbox().join(&long).join("down")).unwrap();
    place.put("PN000001.SMRT", &day("PN000001", M));
    let (warnings, stop) = (Warnings::default(), Stop::default());
    let quick = WatchOptions {
        settle: Duration::from_millis(200),
        rescan: Duration::from_millis(50),
        once: true,
        ..WatchOptions::default()
    };
    let mut connect = || place.store().writer();
    watch(&mut connect, &place.inbox(), &place.options, &quick, &stop, &warnings, &mut |_| ()).unwrap();
    assert_eq!(warnings.0.into_inner().unwrap().len(), 1);
}

#[test]
fn names_that_are_not_utf_8_stay_apart() {
    let place = Place::new();
    for (number, name) in [&b"PN\xff.SMRT"[..], b"PN\xfe.SMRT"].into_iter().enumerate() {
        let text = day("PN000001", &format!("{number:010}"));
        fs::write(place.inbox().join(OsStr::from_bytes(name)), text).unwrap();
    }
    let expected = [("PN\\xfe.SMRT", Status::Loaded), ("PN\\xff.SMRT", Status::Loaded)];
    assert_eq!(statuses(&place.ingest()), expected);
}

#[test]
fn databases_are_left_alone_with_all_that_is_theirs() {
    let mut place = Place::new();
    place.options.quarantine = Some(place.path("bad"));
    place.put("PN000001.SMRT", &day("PN000001", M));
    for name in ["closed.db", "closed.db-journal", "readme-wal"] {
        place.put(name, if name == "closed.db" { "SQLite format 3\0 and more" } else { "no database" });
    }
    let url = smrt_storage::DatabaseUrl::sqlite(place.inbox().join("open.data"));
    let mut writer = smrt_storage::Store::open(&url).unwrap().writer().unwrap();
    let mut take = |paths: &[PathBuf]| {
        let warnings = Warnings::default();
        let report = ingest(&mut writer, paths, &place.options, &Stop::default(), &warnings).unwrap();
        (report, warnings.0.into_inner().unwrap())
    };
    let before = names(&place.inbox());
    assert!(before.contains(&"open.data-wal".to_owned()) && before.contains(&"open.data-shm".to_owned()), "{before:?}");
    let (report, warnings) = take(&[place.inbox()]);
    assert_eq!(statuses(&report), [("PN000001.SMRT", Status::Loaded), ("readme-wal", Status::Skipped)]);
    assert_eq!(warnings, [""; 0]);
    // As the shell names them.
    let databases = ["closed.db", "open.data", "open.data-wal", "open.data-shm"].map(|name| place.inbox().join(name));
    let (report, warnings) = take(&databases);
    assert_eq!((report.files.len(), warnings.len()), (0, 4), "{warnings:?}");
    assert_eq!(names(&place.inbox()), before);
}

#[test]
fn a_file_that_is_refused_again_in_the_quarantine_stays_there_with_its_new_reasons() {
    let mut place = Place::new();
    place.options.quarantine = Some(place.path("bad"));
    let moved = place.take("PN000001.SMRT", "bad").moved_to.unwrap();
    fs::write(&moved, smrt("PN000001", &[(M, 1, "abc")])).unwrap();
    place.ingest_paths(&[moved]);
    assert_eq!(names(&place.path("bad")), ["PN000001.SMRT", "PN000001.SMRT.reject.json"]);
    let report = fs::read_to_string(place.path("bad/PN000001.SMRT.reject.json")).unwrap();
    assert!(report.contains("P014"), "{report}");
}
