//! Parsing tables: load profiles in memory to typed batches, on one core.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use smrt_benches::{
    parse,
    tables::{lp_file, parse_lp_with_csv},
};
use smrt_core::Batch;
use smrt_parser::Format;
use std::{hint::black_box, time::Duration};

const BYTES: usize = 50_000_000;

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse/lp");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    for (by_time, name) in [(false, "by-channel"), (true, "by-time")] {
        let text = lp_file(BYTES, by_time);
        let mut batch = Batch::with_capacity(Batch::CAPACITY);
        assert_eq!(
            parse_lp_with_csv(&text, &mut batch).expect("the sample is CSV"),
            parse(Format::Lp, &text),
            "both read the same"
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name}/50MB"), |b| b.iter(|| parse(Format::Lp, black_box(&text))));
        group.bench_function(format!("{name}/50MB/yardstick: csv ByteRecord"), |b| {
            b.iter(|| parse_lp_with_csv(black_box(&text), &mut batch).expect("the sample is CSV"));
        });
    }
    group.finish();
}

criterion_group!(parsing, benches);
criterion_main!(parsing);
