//! One file on its way in.

use crate::support::{File, Fixture, SEPTEMBER, assert_healthy, batch, begin, channel, reading, readings, values};
use smrt_core::{Findings, MarketZone};
use smrt_storage::{FinishedFile, StoreError};
use std::time::Duration;

pub(crate) fn a_file_is_loaded_whole_and_every_reading_can_be_read_back(fixture: &Fixture) {
    let mut store = fixture.store();
    assert!(store.is_new());
    assert!(!fixture.store().is_new());
    let all: Vec<_> = (0..5000).map(|slot| reading(0, slot, slot * 7, u32::try_from(slot + 2).unwrap())).collect();
    let second = [reading(1, 3, -5, 9000)];
    let file = File::new(
        "a.csv",
        vec![batch(&[channel("1")], &all[..4999]), batch(&[channel("2")], &[&all[4999..], &second].concat())],
    );
    assert_eq!(file.load(&mut fixture.writer()), (5001, 0, 0));
    let channels = store.channels(None).unwrap();
    assert_eq!(channels.iter().map(|c| &c.channel).collect::<Vec<_>>(), [&channel("1"), &channel("2")]);
    let found = readings(&mut store, channels[0].id);
    assert_eq!(found.len(), 5000);
    for (found, expected) in found.iter().zip(&all) {
        assert_eq!((found.start, found.quantity, found.minutes), (expected.start, expected.quantity, expected.minutes));
        assert_eq!((&*found.file, found.line), ("a.csv", u64::from(expected.line)));
    }
    assert_eq!(readings(&mut store, channels[1].id)[0].quantity.to_string(), "-0.000005");
    assert_healthy(&mut store);
}

pub(crate) fn what_is_abandoned_or_dropped_or_rolled_back_was_never_there(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let file = File::of_meter("a", &[(0, 1), (1, 2), (1, 3)]);
    begin(&mut writer);
    file.write(&mut writer).unwrap().abandon().unwrap();
    drop(file.write(&mut writer).unwrap());
    writer.commit().unwrap();
    begin(&mut writer);
    file.finish(file.write(&mut writer).unwrap()).unwrap();
    writer.roll_back().unwrap();
    writer.roll_back().unwrap();
    begin(&mut writer);
    file.finish(file.write(&mut writer).unwrap()).unwrap();
    drop(writer);
    let stats = store.stats().unwrap();
    assert_eq!((stats.meters, stats.channels, stats.readings, stats.superseded), (0, 0, 0, 0));
    assert!(store.files(&Default::default()).unwrap().is_empty());
    assert_eq!(file.load(&mut fixture.writer()), (2, 1, 0));
    assert_healthy(&mut store);
}

pub(crate) fn several_files_share_a_transaction_and_one_can_be_taken_back_alone(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    begin(&mut writer);
    for (name, keep) in [("a", true), ("b", false), ("c", true)] {
        let file = File::of_meter(name, &[(0, i64::from(name.as_bytes()[0])), (1, 0)]);
        let load = file.write(&mut writer).unwrap();
        if keep { assert_eq!(file.finish(load).unwrap().total(), 2) } else { load.abandon().unwrap() }
    }
    assert!(values(&mut store).is_empty(), "nothing is seen before the commit");
    writer.commit().unwrap();
    assert_eq!(values(&mut store), [i64::from(b'c'), 0]);
    let names: Vec<_> =
        store.files(&Default::default()).unwrap().into_iter().map(|file| (file.id, file.name)).collect();
    assert_eq!(names, [(2, "c".to_owned()), (1, "a".to_owned())]);
    assert_healthy(&mut store);
}

pub(crate) fn a_later_file_overwrites_and_the_old_value_stays_traceable(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    assert_eq!(File::of_meter("a", &[(0, 10), (1, 20), (2, 30)]).load(&mut writer), (3, 0, 0));
    assert_eq!(File::of_meter("b", &[(1, 21), (2, 30), (3, 40)]).load(&mut writer), (1, 1, 1));
    assert_eq!(File::of_meter("c", &[(1, 22)]).load(&mut writer), (0, 1, 0));
    assert_eq!(values(&mut store), [10, 22, 30, 40]);
    let trace = store.trace(1, SEPTEMBER + 1800).unwrap();
    let current = trace.current.unwrap();
    assert_eq!((current.quantity.micros(), current.file.name.as_str(), current.line), (22, "c", 1));
    let past: Vec<_> = trace
        .history
        .iter()
        .map(|past| {
            (past.value.quantity.micros(), past.value.file.name.as_str(), past.value.line, &*past.superseded_by)
        })
        .collect();
    assert_eq!(past, [(21, "b", 1, "c"), (20, "a", 2, "b")]);
    let never = store.trace(1, SEPTEMBER + 99).unwrap();
    assert!(never.current.is_none() && never.history.is_empty());
    assert_eq!(store.daily(1, None, None).unwrap()[0].sum.micros(), 102);
    assert_healthy(&mut store);
}

pub(crate) fn an_equal_value_is_unchanged_and_keeps_its_first_file_and_line(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    File::of_meter("a", &[(0, 10), (1, 20)]).load(&mut writer);
    assert_eq!(File::of_meter("b", &[(1, 20), (0, 10)]).load(&mut writer), (0, 0, 2));
    let found = readings(&mut store, 1);
    assert_eq!(found.iter().map(|found| (&*found.file, found.line)).collect::<Vec<_>>(), [("a", 1), ("a", 2)]);
    assert_eq!(store.stats().unwrap().superseded, 0);
    assert_healthy(&mut store);
}

pub(crate) fn of_a_doubled_key_the_last_value_wins_and_all_are_kept(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let doubled = [(0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (1, 1), (2, 5), (2, 5), (3, 7)];
    assert_eq!(File::of_meter("a", &doubled).load(&mut writer), (4, 4, 1));
    assert_eq!(values(&mut store), [2, 1, 5, 7]);
    let trace = store.trace(1, SEPTEMBER + 1800).unwrap();
    assert_eq!(trace.current.map(|current| current.line), Some(6));
    let past: Vec<_> = trace.history.iter().map(|past| (past.value.quantity.micros(), past.value.line)).collect();
    assert_eq!(past, [(3, 5), (2, 4), (1, 3)]);
    // The same again: each first value differs from what is current, the run of changes is gone through once more.
    assert_eq!(File::of_meter("b", &doubled).load(&mut writer), (0, 5, 4));
    assert_eq!(values(&mut store), [2, 1, 5, 7]);
    assert_eq!(store.daily(1, None, None).unwrap()[0].sum.micros(), 15);
    assert_healthy(&mut store);
}

pub(crate) fn doubled_keys_across_batches_are_no_different(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let file = File::new(
        "a",
        vec![
            batch(&[channel("1")], &[reading(0, 0, 1, 1), reading(0, 1, 1, 2)]),
            batch(&[], &[reading(0, 1, 2, 3), reading(0, 1, 1, 4), reading(0, 2, 9, 5)]),
            batch(&[], &[reading(0, 2, 9, 6), reading(0, 3, 4, 7)]),
        ],
    );
    assert_eq!(file.load(&mut writer), (4, 2, 1));
    assert_eq!(values(&mut store), [1, 1, 9, 4]);
    assert_eq!(store.trace(1, SEPTEMBER + 1800).unwrap().history.len(), 2);
    assert_eq!(store.daily(1, None, None).unwrap()[0].sum.micros(), 15);
    assert_healthy(&mut store);
}

pub(crate) fn batches_may_come_in_any_order(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let line = |slot: i64| u32::try_from(slot).unwrap();
    let shuffled: Vec<_> = (0..300).map(|n| n * 77 % 300).map(|slot| reading(1, slot, slot, line(slot))).collect();
    let file = File::new(
        "a",
        vec![
            batch(&[channel("2"), channel("1")], &shuffled[..100]),
            batch(&[], &shuffled[100..250]),
            batch(&[], &[&shuffled[250..], &[reading(0, 5, 5, 1)][..]].concat()),
        ],
    );
    assert_eq!(file.load(&mut writer), (301, 0, 0));
    assert_eq!(values(&mut store), (0..300).collect::<Vec<_>>());
    assert_healthy(&mut store);
}

pub(crate) fn readings_that_are_not_accounted_for_are_refused(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    begin(&mut writer);
    let file = File::of_meter("a", &[(0, 1), (1, 2)]);
    let load = file.write(&mut writer).unwrap();
    let result = load.finish(&FinishedFile {
        sha256: &file.sha256(),
        size: 1,
        header: &file.header,
        records: 4,
        refused: 1,
        findings: &Findings::default(),
        quarantined: &[],
        duration: Duration::ZERO,
    });
    assert!(matches!(result, Err(StoreError::Unaccounted { records: 4, inserted: 2, refused: 1, .. })), "{result:?}");
    writer.commit().unwrap();
    assert_eq!(store.stats().unwrap().readings, 0);
    assert_healthy(&mut store);
}

pub(crate) fn a_channel_described_twice_is_one_channel(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let mut exchanged = channel("1");
    exchanged.serial = "new".to_owned();
    for (name, expected) in [("a", (4, 1, 0)), ("b", (0, 2, 3))] {
        let file = File::new(
            name,
            vec![
                batch(&[channel("1"), exchanged.clone()], &[reading(0, 0, 1, 1), reading(1, 1, 2, 2)]),
                batch(&[channel("1")], &[reading(2, 1, 3, 3), reading(0, 2, 4, 4), reading(1, 3, 5, 5)]),
            ],
        );
        assert_eq!(file.load(&mut writer), expected);
    }
    assert_eq!(values(&mut store), [1, 3, 4, 5]);
    assert_eq!(store.channels(None).unwrap().len(), 1);
    assert_healthy(&mut store);
}

pub(crate) fn meters_and_channels_are_found_again(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let named = |meter: &str, name: &str| smrt_core::Channel { name: name.to_owned(), ..channel(meter) };
    let mut many: Vec<_> = (0..1500).map(|n| channel(&format!("m{n:05}"))).collect();
    many.push(named("m00003", "second"));
    let all: Vec<_> = (0..).zip(&many).map(|(n, _)| reading(n, 0, i64::from(n), n)).collect();
    assert_eq!(File::new("a", vec![batch(&many, &all)]).load(&mut writer), (1501, 0, 0));
    many.reverse();
    many[0].plant = "P2".to_owned();
    many[0].zone = MarketZone::Fixed(600);
    let again: Vec<_> = (0..).zip(&many).map(|(n, _)| reading(n, 1, i64::from(n), n)).collect();
    assert_eq!(File::new("b", vec![batch(&many, &again)]).load(&mut writer), (1501, 0, 0));
    assert_eq!(store.meters(&Default::default()).unwrap().len(), 1500);
    let two = store.channels(Some("m00003")).unwrap();
    let described: Vec<_> = two.iter().map(|c| (&*c.channel.name, &*c.channel.plant, c.channel.zone)).collect();
    assert_eq!(described, [("", "", MarketZone::Utc), ("second", "P2", MarketZone::Utc)], "the zone stays");
    assert_eq!(readings(&mut store, two[1].id).len(), 2);
    assert_healthy(&mut store);
}

pub(crate) fn a_channel_nobody_described_and_an_absurd_time_are_refused(fixture: &Fixture) {
    let mut writer = fixture.writer();
    begin(&mut writer);
    let mut late = reading(0, 0, 1, 1);
    late.start = i64::MAX;
    let nul = channel("a\0b");
    for batch in [
        batch(&[], &[reading(0, 0, 1, 1)]),
        batch(&[channel("1")], &[reading(1, 0, 1, 1)]),
        batch(&[channel("1")], &[late]),
        batch(&[nul], &[reading(0, 0, 1, 1)]),
    ] {
        let result = File::new("a", vec![batch]).write(&mut writer).map(drop);
        assert!(matches!(result, Err(StoreError::Misuse(_))), "{result:?}");
    }
}
