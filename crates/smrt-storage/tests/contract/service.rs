//! What those ask who keep a database open and look at it again and again.

use crate::support::{File, Fixture, SEPTEMBER, batch, channel, reading};
use smrt_core::Scheme;
use smrt_storage::{CoveredDay, FileFilter, FileStatus, MeterFilter, Store};

/// 2019-09-01 as days since 1970-01-01.
const DAY: i32 = 18_140;

pub(crate) fn what_others_commit_moves_the_mark(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let before = store.change_mark().unwrap();
    File::of_meter("a", &[(0, 1)]).load(&mut writer);
    let after = store.change_mark().unwrap();
    assert_ne!(before, after);
    if fixture.url.path().is_some() {
        // Other databases of the server move that of Postgres as well.
        assert_eq!(store.change_mark().unwrap(), after);
    }
}

pub(crate) fn a_thawed_store_sees_what_came_meanwhile(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let meters = |store: &mut Store| store.meters(&MeterFilter::default()).unwrap().len();
    store.freeze().unwrap();
    File::of_meter("a", &[(0, 1)]).load(&mut writer);
    assert_eq!(meters(&mut store), 0);
    store.thaw().unwrap();
    assert_eq!(meters(&mut store), 1);
    store.thaw().unwrap();
    store.freeze().unwrap();
    assert_eq!(meters(&mut store), 1);
}

pub(crate) fn files_and_meters_come_page_by_page(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    for (name, meter) in [("a1", "3"), ("a2", "1"), ("b1", "2"), ("b2", "4"), ("b3", "5")] {
        File::new(name, vec![batch(&[channel(meter)], &[reading(0, 0, 1, 1)])]).load(&mut writer);
    }
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let filter = FileFilter { after, newest: Some(2), ..FileFilter::default() };
        let page = store.files(&filter).unwrap();
        after = page.last().map(|file| (file.received_at, file.id));
        names.extend(page.into_iter().map(|file| file.name));
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["b3", "b2", "b1", "a2", "a1"]);
    let with = |filter: FileFilter, store: &mut Store| store.files(&filter).unwrap().len();
    assert_eq!(with(FileFilter { prefix: Some("b".into()), ..FileFilter::default() }, &mut store), 3);
    assert_eq!(with(FileFilter { from: Some(100), to: Some(101), ..FileFilter::default() }, &mut store), 5);
    assert_eq!(with(FileFilter { from: Some(101), ..FileFilter::default() }, &mut store), 0);
    assert_eq!(with(FileFilter { to: Some(100), ..FileFilter::default() }, &mut store), 0);
    assert_eq!(store.find_file(1).unwrap().unwrap().name, "a1");
    assert_eq!(store.find_file(6).unwrap(), None);

    let mut codes = Vec::new();
    let mut after = None;
    loop {
        let page = store.meters(&MeterFilter { after, limit: Some(2), ..MeterFilter::default() }).unwrap();
        after = page.last().map(|meter| (meter.code.clone(), meter.scheme));
        codes.extend(page.into_iter().map(|meter| meter.code));
        if after.is_none() {
            break;
        }
    }
    assert_eq!(codes, ["1", "2", "3", "4", "5"]);
    let of = |scheme, store: &mut Store| {
        store.meters(&MeterFilter { scheme: Some(scheme), ..MeterFilter::default() }).unwrap().len()
    };
    assert_eq!((of(Scheme::GasMeter, &mut store), of(Scheme::Nmi, &mut store)), (5, 0));
}

pub(crate) fn coverage_tells_what_came_of_what_was_expected(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let two = [channel("1"), smrt_core::Channel { name: "E2".into(), ..channel("1") }, channel("2")];
    let rows = (0..48).map(|slot| reading(0, slot, 1, 1)).chain([reading(1, 3, 1, 1), reading(2, 50, 1, 1)]);
    File::new("a", vec![batch(&two, &rows.collect::<Vec<_>>())]).load(&mut writer);
    let days = (DAY, DAY + 1);
    let found = store.coverage(&MeterFilter::default(), days).unwrap();
    let told: Vec<_> = found.iter().map(|meter| (meter.code.as_str(), meter.last, meter.days.clone())).collect();
    let day = CoveredDay { day: DAY, count: 49, expected: Some(96) };
    assert_eq!(told, [("1", Some(DAY), vec![day]), ("2", Some(DAY + 1), vec![])]);
    let page = MeterFilter { after: Some(("1".into(), Scheme::GasMeter)), limit: Some(1), ..MeterFilter::default() };
    assert_eq!(store.coverage(&page, days).unwrap().len(), 1);
    let none = MeterFilter { prefix: Some("x".into()), ..page };
    assert_eq!(store.coverage(&none, days).unwrap(), []);
}

pub(crate) fn silence_and_arrivals_are_told(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    File::of_meter("a", &[(0, 1), (1, 2)]).created(40).load(&mut writer);
    File::new("b", vec![batch(&[channel("2")], &[reading(0, 48, 1, 1)])]).load(&mut writer);
    let arrivals = store.arrivals(0).unwrap();
    assert_eq!(arrivals.len(), 1);
    let day = arrivals[0];
    assert_eq!((day.day, day.status, day.files, day.readings), (0, FileStatus::Loaded, 2, 3));
    assert_eq!(store.arrivals(SEPTEMBER).unwrap(), []);
    let silent = store.silent_meters((DAY - 30, DAY + 2), 1).unwrap();
    assert_eq!((silent.count, silent.first.len(), silent.first[0].code.as_str()), (2, 1, "2"));
    assert_eq!(store.silent_meters((DAY - 30, DAY + 1), 9).unwrap().count, 1);
    assert_eq!(store.silent_meters((DAY - 30, DAY), 9).unwrap().count, 0);
    assert_eq!(store.typical_delay(10).unwrap(), Some(60));
}
