//! The store against a naive one that does one reading after the other.

use crate::support::{File, Fixture, SEPTEMBER, assert_healthy, batch, channel, minutes, readings};
use smrt_core::{Batch, Flag, Quality, Quantity, Reading, Sum};
use smrt_storage::Store;
use std::collections::BTreeMap;

/// Minutes, quantity, quality, file and line.
type Value = (u16, i64, i16, usize, u64);

/// What a store should hold, kept the slow way.
#[derive(Default)]
struct Model {
    current: BTreeMap<(String, i64), Value>,
    history: BTreeMap<(String, i64), Vec<(Value, usize)>>,
    created: Vec<i64>,
}

impl Model {
    /// Writes one reading after the other: inserted, replaced, unchanged.
    fn load(&mut self, batches: &[Batch], names: &[String], created: Option<i64>) -> (u64, u64, u64) {
        let file = self.created.len();
        self.created.push(created.unwrap_or(0));
        let mut counts = (0, 0, 0);
        for reading in batches.iter().flat_map(Batch::readings) {
            let key = (names[reading.channel as usize].clone(), reading.start);
            let says = (reading.minutes.minutes(), reading.quantity.micros(), reading.quality.code());
            let value = (says.0, says.1, says.2, file, u64::from(reading.line));
            let Some(&before) = self.current.get(&key) else {
                self.current.insert(key, value);
                counts.0 += 1;
                continue;
            };
            let same = (before.0, before.1, before.2) == says;
            let newer = created.is_some_and(|created| self.created[before.3] > created);
            if newer {
                counts.2 += 1;
                if !same {
                    self.history.entry(key).or_default().push((value, before.3));
                }
            } else if same {
                counts.2 += 1;
                if created.is_some() && before.3 != file {
                    self.current.insert(key, value);
                }
            } else {
                counts.1 += 1;
                self.history.entry(key.clone()).or_default().push((before, file));
                self.current.insert(key, value);
            }
        }
        counts
    }

    fn assert_held_by(&self, store: &mut Store, files: &[String]) {
        let mut all = BTreeMap::new();
        for stored in store.channels(None).unwrap() {
            let mut days: BTreeMap<i64, (u64, Sum)> = BTreeMap::new();
            for found in readings(store, stored.id) {
                let file = files.iter().position(|name| **name == *found.file).unwrap();
                let value = (found.minutes.minutes(), found.quantity.micros(), found.quality.code(), file, found.line);
                all.insert((stored.channel.meter.clone(), found.start), value);
                let day = days.entry(found.start.div_euclid(86_400)).or_default();
                if found.quality.flag != Flag::Null {
                    day.0 += 1;
                    day.1.add(found.quantity);
                }
            }
            let stored_days = store.daily(stored.id, None, None).unwrap();
            let stored_days: BTreeMap<_, _> =
                stored_days.into_iter().map(|day| (i64::from(day.day), (day.count, day.sum))).collect();
            assert_eq!(stored_days, days, "{}", stored.channel.meter);
            for ((meter, start), history) in &self.history {
                if *meter == stored.channel.meter {
                    let trace = store.trace(stored.id, *start).unwrap();
                    let mut found: Vec<_> = trace
                        .history
                        .iter()
                        .map(|past| {
                            let file = |name: &str| files.iter().position(|file| file == name).unwrap();
                            let v = &past.value;
                            let says = (v.minutes.minutes(), v.quantity.micros(), v.quality.code());
                            ((says.0, says.1, says.2, file(&v.file.name), v.line), file(&past.superseded_by))
                        })
                        .collect();
                    let mut expected = history.clone();
                    found.sort_unstable();
                    expected.sort_unstable();
                    assert_eq!(found, expected, "{meter} {start}");
                }
            }
        }
        assert_eq!(all, self.current);
        let superseded: usize = self.history.values().map(Vec::len).sum();
        assert_eq!(store.stats().unwrap().superseded, superseded as u64);
        assert_healthy(store);
    }
}

/// A small generator of numbers: the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A file of few keys and few values, so that keys meet in it and with other files; its channels in an order of its
/// own, its readings in order or not.
fn random_file(numbers: &mut Numbers, keys: u64) -> (Vec<Batch>, Vec<String>) {
    let mut names: Vec<String> = (0..3).map(|n| format!("m{n}")).collect();
    names.rotate_left(usize::try_from(numbers.below(3)).unwrap());
    let count = numbers.below(60) + 1;
    let sorted = numbers.below(2) == 0;
    let mut all: Vec<Reading> = (0..count)
        .map(|line| Reading {
            channel: u32::try_from(numbers.below(3)).unwrap(),
            start: SEPTEMBER + i64::try_from(numbers.below(keys)).unwrap() * 14_400,
            minutes: minutes(if numbers.below(10) == 0 { 60 } else { 30 }),
            quantity: Quantity::from_micros(i64::try_from(numbers.below(3)).unwrap()),
            quality: if numbers.below(8) == 0 { crate::support::NULL } else { Quality::UNSTATED },
            version: smrt_core::Version::UNSTATED,
            line: u32::try_from(line + 1).unwrap(),
        })
        .collect();
    if sorted {
        all.sort_by_key(|reading| (reading.channel, reading.start, reading.line));
    }
    let size = usize::try_from(numbers.below(20) + 1).unwrap();
    let channels: Vec<_> = names.iter().map(|name| channel(name)).collect();
    let mut batches: Vec<Batch> = all.chunks(size).map(|part| batch(&[], part)).collect();
    batches[0].new_channels = channels;
    (batches, names)
}

pub(crate) fn any_sequence_of_files_leaves_what_a_naive_store_would_hold(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let (mut model, mut numbers, mut files) = (Model::default(), Numbers(7), Vec::new());
    for n in 0..40 {
        let (batches, names) = random_file(&mut numbers, 6 + n * 2);
        files.push(format!("file{n}"));
        let expected = model.load(&batches, &names, None);
        assert_eq!(File::new(&files[files.len() - 1], batches).load(&mut writer), expected, "file {n}");
    }
    model.assert_held_by(&mut store, &files);
}

pub(crate) fn the_senders_time_decides_whatever_the_order_of_receiving(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let (mut model, mut numbers, mut files) = (Model::default(), Numbers(11), Vec::new());
    for n in 0..40 {
        let (batches, names) = random_file(&mut numbers, 6 + n);
        files.push(format!("file{n}"));
        let created = i64::try_from(numbers.below(20)).unwrap();
        let expected = model.load(&batches, &names, Some(created));
        let file = File::new(&files[files.len() - 1], batches).created(created);
        assert_eq!(file.load(&mut writer), expected, "file {n}");
    }
    model.assert_held_by(&mut store, &files);
}
