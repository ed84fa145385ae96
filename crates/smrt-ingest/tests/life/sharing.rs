//! Several at work on one folder and one database.

use crate::support::{Place, day};
use smrt_ingest::{Quiet, Report, Status, Stop, ingest};
use smrt_storage::{DatabaseUrl, Store};
use smrt_testkit::postgres;
use std::{path::PathBuf, thread};

/// Lets four take in the inbox at the same time.
fn four_at_once(place: &Place, url: &DatabaseUrl) -> Vec<Report> {
    let inbox: PathBuf = place.inbox();
    thread::scope(|scope| {
        let take = || {
            let mut writer = Store::open(url).unwrap().writer().unwrap();
            ingest(&mut writer, std::slice::from_ref(&inbox), &place.options, &Stop::default(), &Quiet).unwrap()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
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
