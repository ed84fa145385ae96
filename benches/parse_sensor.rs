//! Parsing sensors: measurements in memory to typed batches, on one core.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use smrt_benches::{
    Cut,
    sensors::{Order, parse_sensors, parse_sensors_with_csv, sensor_file},
};
use smrt_core::Batch;
use std::{hint::black_box, time::Duration};

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse/sensor");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    for (order, name, bytes) in
        [(Order::ByTime, "by-time/100MB", 100_000_000), (Order::Shuffled, "shuffled/20MB", 20_000_000)]
    {
        let text = sensor_file(bytes, order);
        let mut batch = Batch::default();
        assert_eq!(
            parse_sensors_with_csv(&text, &mut batch).expect("the sample is CSV"),
            parse_sensors(&mut Cut(&text)),
            "both read the same"
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| parse_sensors(&mut Cut(black_box(&text)))));
        group.bench_function(format!("{name}/yardstick: csv ByteRecord"), |b| {
            b.iter(|| parse_sensors_with_csv(black_box(&text), &mut batch).expect("the sample is CSV"));
        });
    }
    group.finish();
}

criterion_group!(parsing, benches);
criterion_main!(parsing);
