//! Several at work on one folder and one database.

use crate::{
    folders::{Warnings, names},
    support::{Place, day},
};
use smrt_ingest::{Report, Status, Stop, ingest};
use smrt_storage::{DatabaseUrl, Store};
use smrt_testkit::postgres;
use std::{collections::BTreeSet, fs, path::PathBuf, thread};

/// Lets four take in the inbox at the same time, which gives nothing to warn of.
fn four_at_once(place: &Place, url: &DatabaseUrl) -> Vec<Report> {
    let inbox: PathBuf = place.inbox();
    let warnings = Warnings::default();
    let reports = thread::scope(|scope| {
        let take = || {
            let mut writer = Store::open(url).unwrap().writer().unwrap();
            ingest(&mut writer, std::slice::from_ref(&inbox), &place.options, &Stop::default(), &warnings).unwrap()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(warnings.0.into_inner().unwrap(), [""; 0]);
    reports
}

fn check(url: impl Fn(&Place) -> DatabaseUrl) {
    let place = Place::new();
    // Every file overwrites the same meter: the outcome depends on the order, which must be the same each time.
    for number in 0..30 {
        let text = day(&format!("PN{number:06}"), "0000000001").replace(".5\n", &format!(".{number:02}\n"));
        place.put(&format!("PN{number:06}.SMRT"), &text);
    }
    let alone = Place::new();
    alone.ingest_paths(&[place.inbox()]);
    let url = url(&place);
    let reports = four_at_once(&place, &url);
    let loaded = reports.iter().flat_map(|report| &report.files).filter(|file| file.status == Status::Loaded).count();
    assert_eq!(loaded, 30);
    let mut store = Store::open(&url).unwrap();
    assert_eq!(store.digest().unwrap(), alone.digest());
    let stats = store.stats().unwrap();
    assert_eq!((stats.readings, stats.superseded), (24, 24 * 29));
    for check in store.doctor().unwrap() {
        assert!(check.ok, "{}: {}", check.name, check.detail);
    }
}

#[test]
fn four_share_a_folder_on_sqlite() {
    check(|place| DatabaseUrl::sqlite(place.path("shared.db")));
}

#[test]
fn four_share_a_folder_on_postgres() {
    if let Some(url) = postgres::database() {
        check(|_| url.parse().unwrap());
    }
}

fn check_moves(url: impl Fn(&Place) -> DatabaseUrl) {
    let mut place = Place::new();
    place.options.archive = Some(place.path("done"));
    place.options.quarantine = Some(place.path("bad"));
    let mut texts = BTreeSet::new();
    for number in 0..40 {
        let good = day(&format!("PN{number:06}"), &format!("{number:010}"));
        // Many of one name, as from several senders: each is a file of its own.
        let bad = good.replace(",1.5\n", &format!(",bad {number}\n"));
        place.put(&format!("PN{number:06}.SMRT"), &good);
        place.put(&format!("{number:02}/PN999999.SMRT"), &bad);
        texts.extend([good, bad]);
    }
    let url = url(&place);
    let reports = four_at_once(&place, &url);
    let loaded = reports.iter().flat_map(|report| &report.files).filter(|file| file.status == Status::Loaded).count();
    assert_eq!(loaded, 40);
    assert_eq!(names(&place.path("done")).len(), 40);
    let bad = names(&place.path("bad"));
    let (reports, files): (Vec<_>, Vec<_>) = bad.iter().partition(|name| name.ends_with(".reject.json"));
    assert_eq!(reports.len(), files.len());
    assert_eq!(
        reports.into_iter().cloned().collect::<BTreeSet<_>>(),
        files.iter().map(|name| format!("{name}.reject.json")).collect::<BTreeSet<_>>()
    );
    let read = |folder: &str, name: &String| fs::read_to_string(place.path(folder).join(name)).unwrap();
    let mut moved: Vec<String> = names(&place.path("done")).iter().map(|name| read("done", name)).collect();
    for name in files {
        let text = read("bad", name);
        let number = text.split("bad ").nth(1).unwrap().lines().next().unwrap();
        let report = read("bad", &format!("{name}.reject.json"));
        let path = format!("{:0>2}/PN999999.SMRT", number);
        assert!(report.contains(&path), "the report of another file stands beside {name}: {report}");
        moved.push(text);
    }
    assert_eq!((moved.len(), moved.into_iter().collect::<BTreeSet<_>>()), (80, texts));
    let left = names(&place.inbox()).iter().map(|name| names(&place.inbox().join(name)).len()).sum::<usize>();
    assert_eq!((left, names(&place.inbox()).len()), (0, 40), "just the folders are left");
}

#[test]
fn four_move_files_out_of_a_folder_on_sqlite() {
    check_moves(|place| DatabaseUrl::sqlite(place.path("shared.db")));
}

#[test]
fn four_move_files_out_of_a_folder_on_postgres() {
    if let Some(url) = postgres::database() {
        check_moves(|_| url.parse().unwrap());
    }
}
