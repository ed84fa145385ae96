//! Validating: a file on disk through reading, hashing, parsing and all rules, without a database.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use smrt_benches::smrt_file;
use smrt_ingest::{IngestError, Options, Quiet, Stop, validate};
use smrt_parser::smrt::Order;
use std::{fs, hint::black_box, io::Read, time::Duration};

const BYTES: usize = 100_000_000;

fn benches(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = c.benchmark_group("validate/smrt");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    group.throughput(Throughput::Bytes(BYTES as u64));
    for (order, name) in [(Order::Meter, "by-meter"), (Order::Shuffled, "shuffled")] {
        let path = folder.path().join(name).with_extension("SMRT");
        fs::write(&path, smrt_file(BYTES, order)).expect("a sample file");
        let paths = [path];
        let check = || {
            let mut last = None;
            validate::<IngestError>(&paths, &Options::default(), &Stop::default(), &Quiet, &mut |outcome| {
                last = Some(outcome);
                Ok(())
            })
            .expect("files that can be read");
            last.expect("an outcome")
        };
        let outcome = check();
        assert!(outcome.records > 2_000_000 && outcome.refused == 0, "the sample has no fault");
        group.bench_function(format!("{name}/100MB"), |b| b.iter(|| black_box(check())));
        if order == Order::Meter {
            group.bench_function(format!("{name}/100MB/floor: read the file"), |b| {
                let mut buffer = vec![0; 256 * 1024];
                b.iter(|| {
                    let mut file = fs::File::open(&paths[0]).expect("the sample");
                    while file.read(&mut buffer).expect("bytes") > 0 {}
                });
            });
        }
    }
    group.finish();
}

criterion_group!(validating, benches);
criterion_main!(validating);
