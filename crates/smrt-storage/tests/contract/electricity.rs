//! Versions of days, reasons of intervals and reads of registers.

use crate::support::{
    File, Fixture, HALF_HOUR, SEPTEMBER, assert_healthy, batch, channel, minutes, reading, readings, values,
};
use smrt_core::{Batch, Channel, Flag, IntervalEvent, Quality, Quantity, Reading, RegisterRead, Stand, Version};
use smrt_storage::{Store, StoredRegisterRead};

const ACTUAL: Quality = Quality { flag: Flag::Actual, method: 0 };

/// A half hour in a version.
fn versioned(slot: i64, micros: i64, version: i64, line: u32) -> Reading {
    Reading { version: Version::from_epoch(version), quality: ACTUAL, ..reading(0, slot, micros, line) }
}

/// The first half hours of a day, one value for all, on one line.
fn day(micros: i64, version: i64, slots: std::ops::Range<i64>) -> Vec<Reading> {
    slots.map(|slot| versioned(slot, micros, version, 3)).collect()
}

fn file<'a>(name: &'a str, readings: &[Reading]) -> File<'a> {
    File::new(name, vec![batch(&[channel("1")], readings)])
}

/// Value, version and file of the history of a start, and the file whose word holds.
fn history(store: &mut Store, slot: i64) -> Vec<(i64, Option<i64>, String, String)> {
    let trace = store.trace(1, SEPTEMBER + slot * HALF_HOUR).unwrap();
    let past = trace.history.into_iter();
    past.map(|old| (old.value.quantity.micros(), old.value.version.epoch(), old.value.file.name, old.superseded_by))
        .collect()
}

pub(crate) fn a_later_version_wins_and_an_older_one_goes_to_the_history(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    assert_eq!(file("a", &day(1, 100, 0..2)).load(&mut writer), (2, 0, 0));
    assert_eq!(file("b", &day(2, 300, 0..2)).load(&mut writer), (0, 2, 0));
    assert_eq!(file("late", &day(3, 200, 0..2)).load(&mut writer), (0, 0, 2));
    assert_eq!(values(&mut store), [2, 2]);
    let old = |value, version, name: &str| (value, version, name.to_owned(), "b".to_owned());
    assert_eq!(history(&mut store, 0), [old(3, Some(200), "late"), old(1, Some(100), "a")]);
    // The same values under a later version: nothing changes but what it takes to change them.
    assert_eq!(file("again", &day(2, 500, 0..2)).load(&mut writer), (0, 0, 2));
    assert_eq!(file("between", &day(4, 400, 0..3)).load(&mut writer), (0, 0, 3));
    assert_eq!(file("unstated", &[reading(0, 0, 9, 1)]).load(&mut writer), (0, 0, 1));
    assert_eq!(values(&mut store), [2, 2]);
    assert!(readings(&mut store, 1).iter().all(|found| &*found.file == "b"));
    // Of equal versions the later arrival wins; what loses and says the same leaves no trace.
    assert_eq!(file("equal", &day(5, 500, 0..1)).load(&mut writer), (0, 1, 0));
    assert_eq!(file("older", &day(5, 450, 0..1)).load(&mut writer), (0, 0, 1));
    assert_eq!(values(&mut store), [5, 2]);
    let names: Vec<_> = history(&mut store, 0).into_iter().map(|(.., name, _)| name).collect();
    assert_eq!(names, ["unstated", "between", "late", "b", "a"]);
    assert_healthy(&mut store);
}

pub(crate) fn a_day_in_another_length_is_replaced_whole(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let short = |slot: i64, half: i64, micros| Reading {
        start: SEPTEMBER + slot * HALF_HOUR + half * HALF_HOUR / 2,
        minutes: minutes(15),
        ..versioned(slot, micros, 200, 3)
    };
    assert_eq!(file("a", &day(1, 100, 0..50)).load(&mut writer), (50, 0, 0));
    // Two half hours become four quarters; the other forty-six of that day go, the next day stays.
    let quarters = [short(0, 0, 5), short(0, 1, 6), short(1, 0, 7), short(1, 1, 8)];
    assert_eq!(file("b", &quarters).load(&mut writer), (2, 2, 0));
    assert_eq!(values(&mut store), [5, 6, 7, 8, 1, 1]);
    let days = store.daily(1, None, None).unwrap();
    assert_eq!((days[0].count, days[0].expected, days[0].sum.micros()), (4, 96, 26));
    assert_eq!(history(&mut store, 40), [(1, Some(100), "a".to_owned(), "b".to_owned())]);
    let stats = store.stats().unwrap();
    assert_eq!((stats.readings, stats.superseded), (6, 48));
    assert_healthy(&mut store);
    // The old length again, later: back to half hours, also over what no version was stated of.
    assert_eq!(file("c", &day(2, 300, 0..48)).load(&mut writer), (46, 2, 0));
    assert_eq!(values(&mut store)[..48], [2; 48]);
    let plain = Reading { minutes: minutes(60), ..reading(0, 100, 1, 1) };
    assert_eq!(file("d", &[plain]).load(&mut writer), (1, 0, 0));
    assert_eq!(file("e", &[versioned(101, 3, 1, 1)]).load(&mut writer), (1, 0, 0));
    assert_eq!(values(&mut store)[50..], [3]);
    assert_healthy(&mut store);
}

pub(crate) fn a_day_that_straddles_batches_is_one_day(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let long: Vec<_> = (0..24).map(|hour| Reading { minutes: minutes(60), ..versioned(hour * 2, 1, 100, 3) }).collect();
    assert_eq!(file("a", &long).load(&mut writer), (24, 0, 0));
    let all = day(2, 200, 0..48);
    let mut batches: Vec<Batch> = all.chunks(7).map(|part| batch(&[], part)).collect();
    batches[0].new_channels.push(channel("1"));
    assert_eq!(File::new("b", batches).load(&mut writer), (24, 24, 0));
    assert_eq!(values(&mut store), [2; 48]);
    assert_healthy(&mut store);
}

pub(crate) fn two_meters_of_one_channel_and_day_go_by_version(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let mut exchanged = channel("1");
    exchanged.serial = "new".to_owned();
    let of_second = |reading: Reading| Reading { channel: 1, ..reading };
    let older: Vec<_> = day(2, 100, 0..2).into_iter().map(of_second).collect();
    let batches = vec![batch(&[channel("1"), exchanged], &day(1, 200, 0..2)), batch(&[], &older)];
    assert_eq!(File::new("a", batches).load(&mut writer), (2, 0, 2));
    assert_eq!(values(&mut store), [1, 1]);
    assert_eq!(history(&mut store, 0), [(2, Some(100), "a".to_owned(), "a".to_owned())]);
    assert_healthy(&mut store);
}

fn event(slots: std::ops::Range<i64>, reason: Option<u16>, text: &str, line: u32) -> IntervalEvent {
    let at = |slot: i64| SEPTEMBER + slot * HALF_HOUR;
    let (start, end) = (at(slots.start), at(slots.end));
    IntervalEvent { channel: 0, start, end, quality: ACTUAL, reason, text: text.to_owned(), line }
}

pub(crate) fn reasons_are_those_of_the_file_of_the_reading(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let mut first = file("a", &day(1, 100, 0..4));
    first.batches[0].events = vec![event(0..48, Some(79), "outage", 3), event(1..3, Some(0), "storm\0", 4)];
    first.load(&mut writer);
    let mut second = file("b", &day(2, 200, 2..4));
    second.batches[0].events = vec![event(3..4, None, "checked", 3)];
    second.load(&mut writer);
    let said: Vec<_> = readings(&mut store, 1)
        .into_iter()
        .map(|found| found.reason.map(|reason| (reason.code, reason.text)))
        .collect();
    let some = |code, text: &str| Some((code, text.to_owned()));
    assert_eq!(said, [some(Some(79), "outage"), some(Some(0), "storm\u{fffd}"), None, some(None, "checked")]);
    assert!(store.has_reasons(1).unwrap() && !store.has_reasons(2).unwrap());
    let trace = store.trace(1, SEPTEMBER + 2 * HALF_HOUR).unwrap();
    let past = &trace.history[0].value;
    assert_eq!((past.reason.as_ref().and_then(|reason| reason.code), past.version.epoch()), (Some(0), Some(100)));
    assert_eq!(trace.current.map(|current| (current.reason, current.version.epoch())), Some((None, Some(200))));
    assert_healthy(&mut store);
}

/// A period of accumulated energy between two stands: days, quantity, version.
fn accumulated(from: i64, to: i64, micros: i64, version: i64) -> RegisterRead {
    let stand = |day: i64| Stand {
        at: Some(SEPTEMBER + day * 86_400),
        text: format!("{day:06}"),
        quality: ACTUAL,
        trans_code: "N".to_owned(),
        ..Stand::default()
    };
    RegisterRead {
        previous: Some(stand(from)),
        current: stand(to),
        quantity: Some(Quantity::from_micros(micros)),
        version: Version::from_epoch(version),
        line: 3,
        ..RegisterRead::default()
    }
}

fn registers<'a>(name: &'a str, reads: &[RegisterRead]) -> File<'a> {
    let described = Channel { serial: "S1".to_owned(), ..channel("1") };
    File::new(name, vec![Batch { register_reads: reads.to_vec(), ..batch(&[described], &[]) }])
}

/// Quantities and files of the reads of the first channel.
fn reads(store: &mut Store, all: bool) -> Vec<(i64, String)> {
    let reads = store.register_reads(1, None, None, all).unwrap().into_iter();
    reads.map(|found| (found.read.quantity.map_or(0, Quantity::micros), found.file.to_string())).collect()
}

fn named(reads: &[(i64, &str)]) -> Vec<(i64, String)> {
    reads.iter().map(|&(quantity, file)| (quantity, file.to_owned())).collect()
}

pub(crate) fn register_reads_are_replaced_by_version(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let other_order = RegisterRead {
        current: Stand { service_order: "S1".to_owned(), ..accumulated(0, 30, 1, 1).current },
        quantity: None,
        ..accumulated(0, 30, 1, 1)
    };
    let two = [accumulated(0, 30, -10, 100), other_order.clone()];
    assert_eq!(registers("a", &two).load(&mut writer), (2, 0, 0));
    assert_eq!(registers("b", &[accumulated(0, 30, 11, 300)]).load(&mut writer), (0, 1, 0));
    assert_eq!(registers("late", &[accumulated(0, 30, 12, 200), other_order]).load(&mut writer), (0, 0, 2));
    assert_eq!(reads(&mut store, false), named(&[(0, "a"), (11, "b")]));
    assert_eq!(reads(&mut store, true), named(&[(-10, "a"), (0, "a"), (11, "b"), (12, "late")]));
    // The same under a later version raises it, and in one file the later line wins.
    assert_eq!(registers("c", &[accumulated(0, 30, 11, 500)]).load(&mut writer), (0, 0, 1));
    assert_eq!(registers("d", &[accumulated(0, 30, 13, 400)]).load(&mut writer), (0, 0, 1));
    let twice = [accumulated(0, 30, 14, 500), accumulated(0, 30, 15, 500), accumulated(0, 30, 16, 499)];
    assert_eq!(registers("e", &twice).load(&mut writer), (0, 2, 1));
    assert_eq!(reads(&mut store, false), named(&[(0, "a"), (15, "e")]));
    let found: Vec<StoredRegisterRead> = store.register_reads(1, None, None, false).unwrap();
    assert_eq!(RegisterRead { line: 3, ..found[1].read.clone() }, accumulated(0, 30, 15, 500));
    // A read keeps the meter it was read from, whatever the channel says by now.
    let mut exchanged = registers("f", &[accumulated(30, 60, 1, 600)]);
    exchanged.batches[0].new_channels[0].serial = "S2".to_owned();
    let later = Batch { register_reads: vec![accumulated(60, 90, 1, 600)], ..Batch::default() };
    exchanged.batches.push(later);
    assert_eq!(exchanged.load(&mut writer), (2, 0, 0));
    let serials = store.register_reads(1, None, None, false).unwrap().into_iter().map(|found| found.serial);
    assert_eq!(serials.collect::<Vec<_>>(), ["S1", "S1", "S2", "S2"]);
    let behind = Some(SEPTEMBER + 30 * 86_400);
    assert_eq!(store.register_reads(1, behind, None, false).unwrap().len(), 4);
    assert_eq!(store.register_reads(1, None, behind, false).unwrap(), []);
    assert_healthy(&mut store);
}

pub(crate) fn overlapping_periods_are_replaced_and_not_added(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let estimates = [accumulated(0, 30, 10, 100), accumulated(30, 60, 20, 100), accumulated(60, 90, 30, 100)];
    assert_eq!(registers("a", &estimates).load(&mut writer), (3, 0, 0));
    // The meter was read after 45 days: both periods that this one touches go.
    assert_eq!(registers("b", &[accumulated(0, 45, 25, 200)]).load(&mut writer), (0, 1, 0));
    assert_eq!(reads(&mut store, false), named(&[(25, "b"), (30, "a")]));
    // An older version that overlaps comes late, also behind a newer one of its own file.
    assert_eq!(registers("c", &[accumulated(40, 60, 9, 150)]).load(&mut writer), (0, 0, 1));
    let chain = [accumulated(45, 60, 5, 300), accumulated(50, 70, 6, 250)];
    assert_eq!(registers("d", &chain).load(&mut writer), (1, 0, 1));
    assert_eq!(reads(&mut store, false), named(&[(25, "b"), (5, "d"), (30, "a")]));
    // What only touches stays, and so does what is said in the same version; a period of no length overlaps nothing.
    let same = [accumulated(20, 40, 7, 200), accumulated(10, 10, 0, 900)];
    assert_eq!(registers("e", &same).load(&mut writer), (2, 0, 0));
    assert_eq!(store.register_reads(1, None, None, true).unwrap().len(), 9);
    assert_healthy(&mut store);
}

pub(crate) fn stands_of_different_periods_and_meters_stay_apart(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let stand = |period: &str, rate: &str, at: Option<i64>, text: &str| RegisterRead {
        period: period.to_owned(),
        rate: rate.to_owned(),
        current: Stand { at, text: text.to_owned(), ..Stand::default() },
        demand: Some(Quantity::from_micros(5)),
        status: "OK".to_owned(),
        reset_count: Some(26),
        line: 2,
        ..RegisterRead::default()
    };
    let now = Some(SEPTEMBER);
    let all = [
        stand("Total", "Unified", now, "1"),
        stand("Total", "Rate 1", now, "2"),
        stand("Current", "Unified", now, "3"),
        stand("Current", "Unified", None, "4"),
    ];
    assert_eq!(registers("a", &all).load(&mut writer), (4, 0, 0));
    assert_eq!(registers("b", &all).load(&mut writer), (0, 0, 4));
    assert_eq!(registers("c", &[stand("Current", "Unified", None, "5")]).load(&mut writer), (0, 1, 0));
    let texts: Vec<_> = store
        .register_reads(1, None, None, false)
        .unwrap()
        .into_iter()
        .map(|found| (found.read.period, found.read.current.text))
        .collect();
    let pair = |period: &str, text: &str| (period.to_owned(), text.to_owned());
    assert_eq!(texts, [pair("Current", "5"), pair("Total", "1"), pair("Total", "2"), pair("Current", "3")]);
    assert_healthy(&mut store);
}

pub(crate) fn register_reads_are_seen_everywhere(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let empty = store.digest().unwrap();
    registers("a", &[accumulated(0, 30, 10, 100), accumulated(30, 60, 10, 100)]).load(&mut writer);
    let first = store.digest().unwrap();
    assert_ne!(first, empty);
    assert_eq!(first, "c3d2fe58adc3eb83e3677748eefb2ae363d1ca800716846608750591d111fffe", "on both databases");
    let view = fixture.ask(
        "SELECT meter || ' ' || serial || ' ' || previous_at || ' ' || previous_read || ' ' || read_at || ' ' || read || ' ' || \
         quality || ' ' || CAST(quantity * 1000000 AS INTEGER) || ' ' || file AS line FROM registers ORDER BY read_at",
    );
    assert_eq!(view[0], "1 S1 2019-09-01T00:00:00Z 000000 2019-10-01T00:00:00Z 000030 A 10 a");
    assert_eq!(view.len(), 2);
    let meter = store.meters(&Default::default()).unwrap().remove(0);
    let (from, to) = (Some(SEPTEMBER + 30 * 86_400), Some(SEPTEMBER + 60 * 86_400));
    assert_eq!((meter.readings, meter.register_reads, meter.first, meter.last), (0, 2, from, to));
    let stats = store.stats().unwrap();
    assert_eq!((stats.readings, stats.register_reads, stats.first, stats.last), (0, 2, from, to));
    File::of_meter("b", &[(0, 1)]).load(&mut writer);
    let meter = store.meters(&Default::default()).unwrap().remove(0);
    assert_eq!((meter.readings, meter.register_reads, meter.first, meter.last), (1, 2, Some(SEPTEMBER), to));
    assert_eq!(store.stats().unwrap().readings, 1);
    assert_healthy(&mut store);
}

pub(crate) fn the_doctor_finds_faults_of_electricity(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let mut both = registers("a", &[accumulated(0, 30, 10, 100), accumulated(30, 60, 10, 100)]);
    day(1, 100, 0..2).into_iter().for_each(|reading| both.batches[0].push(reading));
    both.batches[0].events = vec![event(0..1, Some(1), "", 3)];
    both.load(&mut writer);
    assert_healthy(&mut store);
    for (fault, cure, found) in [
        (
            "UPDATE day_version SET file_id = 9",
            "UPDATE day_version SET file_id = 1",
            &["day-versions-of-loaded-files"][..],
        ),
        (
            "UPDATE day_version SET day = day + 1",
            "UPDATE day_version SET day = day - 1",
            &["versioned-days-have-readings"],
        ),
        (
            "UPDATE interval_event SET channel_id = 9",
            "UPDATE interval_event SET channel_id = 1",
            &["events-of-loaded-files"],
        ),
        (
            "UPDATE register_read SET channel_id = 9 WHERE id = 1",
            "UPDATE register_read SET channel_id = 1",
            &["register-reads-of-loaded-files"],
        ),
        (
            "UPDATE register_read SET superseded_by = 9 WHERE id = 1",
            "UPDATE register_read SET superseded_by = NULL",
            &["register-reads-superseded-by-loaded-files"],
        ),
        (
            "UPDATE register_read SET previous_at = 1, read_at = 2",
            "UPDATE register_read SET previous_at = id, read_at = 2",
            &["one-current-register-read"],
        ),
        (
            "UPDATE register_read SET counted = -1 WHERE id = 1",
            "UPDATE register_read SET counted = 1",
            &["readings-inserted", "history-replaced"],
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
