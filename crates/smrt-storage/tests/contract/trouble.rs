//! Others at the same database, faults, and misuse.

use crate::support::{File, Fixture, assert_healthy, begin, values};
use smrt_storage::{FileFilter, Store, StoreError};
use std::{
    thread,
    time::{Duration, Instant},
};

pub(crate) fn a_second_writer_waits_and_then_gives_up(fixture: &Fixture) {
    let (mut first, mut second) = (fixture.writer(), fixture.writer());
    begin(&mut first);
    let begun = Instant::now();
    let result = second.begin(Duration::from_millis(300), &mut |_| true);
    assert!(matches!(result, Err(StoreError::Busy { waited }) if waited >= Duration::from_millis(300)), "{result:?}");
    assert!(result.is_err_and(|error| error.is_temporary()));
    let mut asked = 0;
    let result = second.begin(Duration::from_secs(60), &mut |_| {
        asked += 1;
        asked < 3
    });
    assert!(matches!(result, Err(StoreError::Busy { .. })), "{result:?}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    File::of_meter("a", &[(0, 1)]).finish(File::of_meter("a", &[(0, 1)]).write(&mut first).unwrap()).unwrap();
    first.commit().unwrap();
    assert_eq!(File::of_meter("b", &[(0, 2)]).load(&mut second), (0, 1, 0));
}

pub(crate) fn four_writers_lose_nothing(fixture: &Fixture) {
    fixture.writer();
    thread::scope(|scope| {
        for worker in 0..4i64 {
            scope.spawn(move || {
                let mut writer = fixture.writer();
                for n in 0..10 {
                    File::of_meter(&format!("{worker}-{n}"), &[(n, worker), (100 + worker * 10 + n, 1)])
                        .load(&mut writer);
                }
            });
        }
    });
    let mut store = fixture.store();
    let stats = store.stats().unwrap();
    assert_eq!(stats.readings, 50);
    let files = store.files(&FileFilter::default()).unwrap();
    assert_eq!(files.iter().map(|file| file.id).collect::<Vec<_>>(), (1..=40).rev().collect::<Vec<_>>());
    assert_healthy(&mut store);
}

pub(crate) fn a_new_database_can_be_opened_by_many_at_once(fixture: &Fixture) {
    let new: Vec<bool> = thread::scope(|scope| {
        let openers: Vec<_> = (0..8).map(|_| scope.spawn(|| Store::open(&fixture.url).unwrap().is_new())).collect();
        openers.into_iter().map(|opener| opener.join().unwrap()).collect()
    });
    assert_eq!(new.into_iter().filter(|&new| new).count(), 1);
}

pub(crate) fn a_database_of_a_newer_smrt_is_refused(fixture: &Fixture) {
    fixture.store();
    fixture.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
    let result = Store::open(&fixture.url);
    assert!(
        matches!(&result, Err(StoreError::NewerSchema { found, known }) if found == "99990101000000" && known < found),
        "{result:?}"
    );
}

pub(crate) fn the_doctor_finds_planted_faults(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    File::of_meter("a", &[(0, 1), (1, 2), (2, 3)]).load(&mut writer);
    File::of_meter("b", &[(1, 3)]).load(&mut writer);
    assert_healthy(&mut store);
    for (fault, cure, found) in [
        (
            "UPDATE source_file SET records = 9 WHERE id = 1",
            "UPDATE source_file SET records = 3 WHERE id = 1",
            &["records-accounted"][..],
        ),
        ("UPDATE daily_summary SET sum_units = 5", "UPDATE daily_summary SET sum_units = 0", &["days-agree"]),
        (
            "UPDATE reading_history SET superseded_by = 7",
            "UPDATE reading_history SET superseded_by = 2",
            &["history-of-loaded-files"],
        ),
        (
            "UPDATE source_file SET findings = 1 WHERE id = 2",
            "UPDATE source_file SET findings = 0 WHERE id = 2",
            &["findings-counted"],
        ),
        (
            "UPDATE source_file SET status = 'rejected' WHERE id = 2",
            "UPDATE source_file SET status = 'loaded' WHERE id = 2",
            &["readings-of-loaded-files", "history-of-loaded-files", "nothing-of-refused-files"],
        ),
        (
            "INSERT INTO reading VALUES (5, 0, 30, 1, 0, 1, 1)",
            "DELETE FROM reading WHERE channel_id = 5",
            &["readings-inserted", "readings-of-known-channels", "days-agree"],
        ),
        (
            "INSERT INTO reading_history (channel_id, start, minutes, quantity, quality, file_id, line, superseded_by) VALUES (1, 0, 30, 1, 0, 1, 1, 2)",
            "DELETE FROM reading_history WHERE start = 0",
            &["history-replaced"],
        ),
    ] {
        fixture.execute(fault);
        let broken: Vec<_> =
            store.doctor().unwrap().into_iter().filter(|check| !check.ok).map(|check| check.name).collect();
        assert_eq!(broken, found, "{fault}");
        fixture.execute(cure);
    }
    assert_healthy(&mut store);
}

pub(crate) fn a_store_for_questions_cannot_write(fixture: &Fixture) {
    // Seen from outside: asking everything leaves the database as it was, and its lock free.
    let mut store = fixture.store();
    let digest = store.digest().unwrap();
    let mut writer = fixture.writer();
    begin(&mut writer);
    store.doctor().unwrap();
    store.stats().unwrap();
    assert_eq!(store.digest().unwrap(), digest);
    assert!(values(&mut store).is_empty());
}

pub(crate) fn writing_must_be_begun(fixture: &Fixture) {
    let mut writer = fixture.writer();
    let file = File::of_meter("a", &[(0, 1)]);
    assert!(matches!(file.write(&mut writer).map(drop), Err(StoreError::Misuse(_))));
    assert!(matches!(writer.commit(), Err(StoreError::Misuse(_))));
    begin(&mut writer);
    assert!(matches!(writer.begin(Duration::ZERO, &mut |_| true), Err(StoreError::Misuse(_))));
    writer.roll_back().unwrap();
    // A run is written down in the open transaction, or in one of its own.
    writer.finish_run("run", 1).unwrap();
    begin(&mut writer);
    writer.finish_run("run", 2).unwrap();
    writer.commit().unwrap();
}
