//! Questions to a database of 200 meters and a year of hours each.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use smrt_ingest::{Options, Quiet, Stop, ingest};
use smrt_parser::smrt::Sample;
use smrt_storage::{DatabaseUrl, Store};
use std::{fs, io::BufWriter, ops::ControlFlow, time::Duration};

const METERS: u32 = 200;
const HOURS: u32 = 8_760;

fn benches(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("PN000001.SMRT");
    let sample = Sample { meters: METERS, hours: HOURS, ..Sample::default() };
    sample.write(&mut fs::File::create(&path).map(BufWriter::new).expect("a file")).expect("a sample");
    let url = DatabaseUrl::sqlite(folder.path().join("smrt.db"));
    let mut store = Store::open(&url).expect("a database");
    let mut writer = store.writer().expect("a writer");
    ingest(&mut writer, &[path], &Options::default(), &Stop::default(), &Quiet).expect("a load");
    let channel = store.channels(Some("0000000100")).expect("channels")[0].id;

    let mut group = c.benchmark_group("query/sqlite");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    let all = u64::from(METERS) * u64::from(HOURS);
    group.throughput(Throughput::Elements(u64::from(HOURS)));
    group.bench_function("readings of a meter/1 year", |b| {
        b.iter(|| {
            let mut count = 0;
            let mut each = |_| {
                count += 1;
                ControlFlow::Continue(())
            };
            store.readings(channel, None, None, &mut each).expect("readings");
            assert_eq!(count, HOURS);
        });
    });
    group.bench_function("gaps of a meter/1 year", |b| {
        b.iter(|| assert!(store.gaps(channel, None, None).expect("gaps").is_empty()));
    });
    group.throughput(Throughput::Elements(u64::from(HOURS) / 24));
    group.bench_function("daily of a meter/1 year", |b| {
        b.iter(|| assert_eq!(store.daily(channel, None, None).expect("days").len(), 365));
    });
    group.throughput(Throughput::Elements(u64::from(METERS)));
    group.bench_function("meters/200", |b| {
        b.iter(|| assert_eq!(store.meters(&Default::default()).expect("meters").len(), METERS as usize));
    });
    group.sample_size(10).throughput(Throughput::Elements(all));
    group.bench_function("digest/1.75M readings", |b| b.iter(|| store.digest().expect("a digest")));
    group.finish();
}

criterion_group!(querying, benches);
criterion_main!(querying);
