//! Parsing tables: load profiles in memory to typed batches, on one core.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use smrt_benches::{
    Digest,
    tables::{lp_file, parse_lp_with_csv},
};
use smrt_core::{Batch, FileHeader};
use smrt_parser::{Blocks, Format, Options, ParseError, Sink, decode};
use std::{convert::Infallible, hint::black_box, time::Duration};

const BYTES: usize = 50_000_000;

/// Takes batches and keeps just what is compared.
#[derive(Default)]
struct Totals(Digest);

impl Sink for Totals {
    type Error = Infallible;

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
        self.0.add(batch);
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, _line: &[u8]) -> Result<(), Infallible> {
        panic!("the sample has a fault: {problem}")
    }
}

/// Blocks as they come from a file: whole lines of 256 KiB.
struct Cut<'a>(&'a [u8]);

impl Blocks<Infallible> for Cut<'_> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, Infallible> {
        let most = self.0.len().min(256 * 1024);
        let end = self.0[..most].iter().rposition(|&byte| byte == b'\n').map_or(most, |newline| newline + 1);
        let (block, rest) = self.0.split_at(end);
        self.0 = rest;
        Ok((!block.is_empty()).then_some(block))
    }
}

fn parse(text: &[u8]) -> Digest {
    let mut totals = Totals::default();
    let Ok(_) = decode(Format::Lp, &Options::default(), &mut Cut(text), &mut totals);
    totals.0
}

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse/lp");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    for (by_time, name) in [(false, "by-channel"), (true, "by-time")] {
        let text = lp_file(BYTES, by_time);
        let mut batch = Batch::with_capacity(Batch::CAPACITY);
        assert_eq!(
            parse_lp_with_csv(&text, &mut batch).expect("the sample is CSV"),
            parse(&text),
            "both read the same"
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name}/50MB"), |b| b.iter(|| parse(black_box(&text))));
        group.bench_function(format!("{name}/50MB/yardstick: csv ByteRecord"), |b| {
            b.iter(|| parse_lp_with_csv(black_box(&text), &mut batch).expect("the sample is CSV"));
        });
    }
    group.finish();
}

criterion_group!(parsing, benches);
criterion_main!(parsing);
