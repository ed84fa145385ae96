//! Parsing: bytes in memory to typed batches, on one core.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use smrt_benches::nem12::{nem12_file, parse_nem12_with_csv};
use smrt_benches::{parse, parse_with_csv, smrt_file};
use smrt_core::Batch;
use smrt_parser::Format;
use smrt_parser::smrt::{Order, Records};
use std::{hint::black_box, time::Duration};

const BYTES: usize = 100_000_000;

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse/smrt");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(4));
    for (order, name) in [(Order::Meter, "by-meter"), (Order::Shuffled, "shuffled")] {
        let text = smrt_file(BYTES, order);
        let mut batch = Batch::with_capacity(Batch::CAPACITY);
        assert_eq!(
            parse_with_csv(&text, &mut batch).expect("the sample is CSV"),
            parse(Format::Smrt, &text),
            "both read the same"
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name}/100MB"), |b| b.iter(|| parse(Format::Smrt, black_box(&text))));
        group.bench_function(format!("{name}/100MB/yardstick: csv ByteRecord"), |b| {
            b.iter(|| parse_with_csv(black_box(&text), &mut batch).expect("the sample is CSV"));
        });
        if order == Order::Meter {
            group.bench_function(format!("{name}/100MB/floor: count line ends"), |b| {
                b.iter(|| memchr::memchr_iter(b'\n', black_box(&text)).count());
            });
            group.bench_function(format!("{name}/100MB/records one by one"), |b| {
                b.iter(|| Records::new(black_box(&text)).filter(Result::is_ok).count());
            });
        }
    }
    group.finish();
}

fn nem12(c: &mut Criterion) {
    for minutes in [30, 5] {
        let mut group = c.benchmark_group(format!("parse/nem12-{minutes}"));
        group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(4));
        let text = nem12_file(BYTES, minutes);
        let mut batch = Batch::with_capacity(Batch::CAPACITY);
        let yardstick = parse_nem12_with_csv(&text, &mut batch).expect("the sample is CSV");
        assert_eq!(yardstick, parse(Format::Nem12, &text), "both read the same");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("100MB", |b| b.iter(|| parse(Format::Nem12, black_box(&text))));
        group.bench_function("100MB/yardstick: csv ByteRecord", |b| {
            b.iter(|| parse_nem12_with_csv(black_box(&text), &mut batch).expect("the sample is CSV"));
        });
        group.finish();
    }
}

criterion_group!(parsing, benches, nem12);
criterion_main!(parsing);
