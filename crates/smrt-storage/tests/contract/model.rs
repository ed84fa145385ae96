//! The store against a naive one that does one day after the other, and of each one reading after the other.

use crate::support::{File, Fixture, SEPTEMBER, assert_healthy, batch, channel, minutes, readings};
use smrt_core::{Batch, Channel, Flag, Quality, Quantity, Reading, Scheme, Sum, Version};
use smrt_storage::Store;
use std::collections::BTreeMap;

/// What a file states about the time it was made, and whether that decides between unversioned values.
#[derive(Clone, Copy)]
struct Rule {
    created: Option<i64>,
    decides: bool,
    /// Whether days are sent whole, also where they state no version.
    in_days: bool,
}

/// Minutes, quantity, quality, file and line.
type Value = (u16, i64, i16, usize, u64);

/// What a store should hold, kept the slow way.
#[derive(Default)]
struct Model {
    current: BTreeMap<(String, i64), Value>,
    history: BTreeMap<(String, i64), Vec<(Value, usize)>>,
    /// What was last said of a day of a meter: version, time of the file, file.
    days: BTreeMap<(String, i64), (u32, Option<i64>, usize)>,
    created: Vec<Option<i64>>,
}

fn says(reading: &Reading) -> (u16, i64, i16) {
    (reading.minutes.minutes(), reading.quantity.micros(), reading.quality.code())
}

fn value(reading: &Reading, file: usize) -> Value {
    let (minutes, micros, quality) = says(reading);
    (minutes, micros, quality, file, u64::from(reading.line))
}

impl Model {
    /// Takes a file: inserted, replaced, unchanged.
    fn load(&mut self, batches: &[Batch], names: &[String], rule: Rule) -> (u64, u64, u64) {
        let file = self.created.len();
        self.created.push(rule.created);
        let mut counts = (0, 0, 0);
        let all: Vec<Reading> = batches.iter().flat_map(Batch::readings).collect();
        let day_of = |reading: &Reading| (names[reading.channel as usize].clone(), reading.start.div_euclid(86_400));
        for said in all.chunk_by(|a, b| day_of(a) == day_of(b)) {
            let day = day_of(&said[0]);
            let top = said.iter().map(|reading| reading.version).max().unwrap();
            let rank = (top.number(), rule.created, file);
            let known = self.days.get(&day).copied();
            if let Some((.., holder)) = known.filter(|known| *known > rank) {
                for reading in said {
                    let current = self.current.get(&(day.0.clone(), reading.start));
                    let holds = current.map(|current| (current.0, current.1, current.2));
                    self.lose(&day.0, reading, holds, holder);
                }
                counts.2 += said.len() as u64;
                continue;
            }
            if top == Version::UNSTATED && !rule.in_days {
                said.iter().for_each(|reading| self.take(&day.0, reading, rule.decides, &mut counts));
                continue;
            }
            if top != Version::UNSTATED {
                self.days.insert(day.clone(), rank);
            }
            let of_top = said.iter().filter(|reading| reading.version == top);
            let minutes = of_top.max_by_key(|reading| reading.line).unwrap().minutes;
            let (win, lose): (Vec<&Reading>, Vec<&Reading>) =
                said.iter().partition(|reading| reading.version == top && reading.minutes == minutes);
            win.iter().for_each(|reading| self.take(&day.0, reading, false, &mut counts));
            self.withdraw(&day, minutes.minutes());
            for reading in &lose {
                let holds = win.iter().rfind(|other| other.start == reading.start).map(|other| says(other));
                self.lose(&day.0, reading, holds, file);
            }
            counts.2 += lose.len() as u64;
        }
        counts
    }

    /// One reading; where `created_decides`, a file made later keeps what it said.
    fn take(&mut self, meter: &str, reading: &Reading, created_decides: bool, counts: &mut (u64, u64, u64)) {
        let file = self.created.len() - 1;
        let key = (meter.to_owned(), reading.start);
        let value = value(reading, file);
        let Some(&before) = self.current.get(&key) else {
            self.current.insert(key, value);
            counts.0 += 1;
            return;
        };
        let same = (before.0, before.1, before.2) == says(reading);
        if created_decides && self.created[before.3] > self.created[file] {
            counts.2 += 1;
            if !same {
                self.history.entry(key).or_default().push((value, before.3));
            }
        } else if same {
            counts.2 += 1;
            if created_decides && before.3 != file {
                self.current.insert(key, value);
            }
        } else {
            counts.1 += 1;
            self.history.entry(key.clone()).or_default().push((before, file));
            self.current.insert(key, value);
        }
    }

    /// A reading whose day is held by another version: kept unless what holds says the same.
    fn lose(&mut self, meter: &str, reading: &Reading, holds: Option<(u16, i64, i16)>, holder: usize) {
        let key = (meter.to_owned(), reading.start);
        if holds != Some(says(reading)) {
            self.history.entry(key).or_default().push((value(reading, self.created.len() - 1), holder));
        }
    }

    /// What is left of a day in another length.
    fn withdraw(&mut self, (meter, day): &(String, i64), minutes: u16) {
        let file = self.created.len() - 1;
        let old = self
            .current
            .iter()
            .filter(|((of, start), value)| of == meter && start.div_euclid(86_400) == *day && value.0 != minutes);
        let old: Vec<_> = old.map(|(key, value)| (key.clone(), *value)).collect();
        for (key, value) in old {
            self.current.remove(&key);
            self.history.entry(key).or_default().push((value, file));
        }
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

/// How the versions of a file's readings are drawn, of so many; none where there are none to draw from.
type Versions = u64;

/// A file of few keys and few values, so that keys meet in it and with other files; its channels in an order of its
/// own, its readings in order or not. With versions they come as the orderer gives them on.
fn random_file(numbers: &mut Numbers, keys: u64, versions: Versions, in_days: bool) -> (Vec<Batch>, Vec<String>) {
    let mut names: Vec<String> = (0..3).map(|n| format!("m{n}")).collect();
    names.rotate_left(usize::try_from(numbers.below(3)).unwrap());
    let count = numbers.below(60) + 1;
    let sorted = versions > 0 || in_days || numbers.below(2) == 0;
    let length = numbers.below(3);
    let mut all: Vec<Reading> = (0..count)
        .map(|line| Reading {
            channel: u32::try_from(numbers.below(3)).unwrap(),
            start: SEPTEMBER + i64::try_from(numbers.below(keys)).unwrap() * 14_400,
            minutes: minutes(if length == 0 || numbers.below(12) == 0 { 60 } else { 30 }),
            quantity: Quantity::from_micros(i64::try_from(numbers.below(3)).unwrap()),
            quality: if numbers.below(8) == 0 { crate::support::NULL } else { Quality::UNSTATED },
            version: Version::from_number(match versions {
                0 => 0,
                limit => u32::try_from(numbers.below(limit)).unwrap(),
            }),
            line: u32::try_from(line + 1).unwrap(),
        })
        .collect();
    if sorted {
        all.sort_by_key(|reading| (reading.channel, reading.start, reading.version, reading.line));
    }
    let size = usize::try_from(numbers.below(20) + 1).unwrap();
    let scheme = if in_days { Scheme::Nmi } else { Scheme::GasMeter };
    let channels: Vec<_> = names.iter().map(|name| Channel { scheme, ..channel(name) }).collect();
    let mut batches: Vec<Batch> = all.chunks(size).map(|part| batch(&[], part)).collect();
    batches[0].new_channels = channels;
    (batches, names)
}

/// Loads files and compares; `created` tells how many times of making there are, and whether they decide.
fn compare(fixture: &Fixture, seed: u64, versions: Versions, created: Option<(u64, bool)>, in_days: bool) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let (mut model, mut numbers, mut files) = (Model::default(), Numbers(seed), Vec::new());
    for n in 0..40 {
        // Every fourth file states no version.
        let versions = if n % 4 == 3 { 0 } else { versions };
        let (batches, names) = random_file(&mut numbers, 6 + n * 2, versions, in_days);
        files.push(format!("file{n}"));
        let (at, decides) = created
            .map_or((None, false), |(times, decides)| (Some(i64::try_from(numbers.below(times)).unwrap()), decides));
        let expected = model.load(&batches, &names, Rule { created: at, decides, in_days });
        let mut file = File::new(&files[files.len() - 1], batches);
        file.header.created_at = at;
        if let (true, Some(at)) = (decides, at) {
            file = file.created(at);
        }
        assert_eq!(file.load(&mut writer), expected, "file {n}");
    }
    model.assert_held_by(&mut store, &files);
}

pub(crate) fn any_sequence_of_files_leaves_what_a_naive_store_would_hold(fixture: &Fixture) {
    compare(fixture, 7, 0, None, false);
}

pub(crate) fn the_senders_time_decides_whatever_the_order_of_receiving(fixture: &Fixture) {
    compare(fixture, 11, 0, Some((20, true)), false);
}

pub(crate) fn versions_decide_and_days_are_replaced_whole(fixture: &Fixture) {
    compare(fixture, 13, 5, None, false);
}

pub(crate) fn of_equal_versions_the_file_made_later_decides(fixture: &Fixture) {
    compare(fixture, 17, 3, Some((6, false)), false);
}

pub(crate) fn versions_come_before_the_senders_time(fixture: &Fixture) {
    compare(fixture, 19, 3, Some((6, true)), false);
}

pub(crate) fn days_that_are_sent_whole_are_replaced_whole_without_versions(fixture: &Fixture) {
    compare(fixture, 23, 0, None, true);
}

pub(crate) fn days_that_are_sent_whole_are_replaced_whole_with_versions_or_without(fixture: &Fixture) {
    compare(fixture, 29, 3, Some((6, false)), true);
}
