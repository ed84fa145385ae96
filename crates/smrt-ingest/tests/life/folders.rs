//! What is picked up in folders, what is left alone, and where files go when they are done.

use crate::support::{Place, day, exists, smrt, statuses};
use smrt_ingest::{IngestError, Quiet, Status, Stop, ingest};
use std::fs;

const M: &str = "0000000001";

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
    let mut names: Vec<String> = fs::read_dir(place.path("bad"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
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
