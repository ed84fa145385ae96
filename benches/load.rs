//! Loading: rows into a database, whole files into a database, each beside what people would write instead.

use criterion::{
    BatchSize, BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use smrt_benches::{batches, small_files, smrt_file, yardstick};
use smrt_core::{Batch, FileHeader, Findings, Version};
use smrt_ingest::{Options, Quiet, Stop, ingest};
use smrt_parser::smrt::Order;
use smrt_storage::{DatabaseUrl, FinishedFile, NewFile, NewRun, Precedence, Store};
use std::{fs, path::PathBuf, time::Duration};
use tempfile::TempDir;

const SQLITE_BYTES: usize = 100_000_000;
const POSTGRES_BYTES: usize = 20_000_000;
const SMALL_FILES: u32 = 1_000;

/// A place for databases that goes with the bench.
fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn rows(batches: &[Batch]) -> u64 {
    batches.iter().map(|batch| batch.len() as u64).sum()
}

/// The same readings, as if their sender stated a version of each day.
fn versioned(batches: &[Batch]) -> Vec<Batch> {
    let mut batches = batches.to_vec();
    for batch in &mut batches {
        batch.version.fill(Version::from_epoch(1_700_000_000));
    }
    batches
}

/// Writes batches as one file of a new database.
fn store(url: &DatabaseUrl, batches: &[Batch]) -> u64 {
    let mut writer = Store::open(url).and_then(|store| store.writer()).expect("a new database");
    writer.start_run(&NewRun { id: "bench", started_at: 0, command: "bench", version: "0" }).expect("a run");
    writer.begin(Duration::from_secs(1), &mut |_| true).expect("nobody else writes");
    let file = NewFile {
        name: "bench.SMRT",
        path: "bench.SMRT",
        format: "smrt",
        received_at: 0,
        run_id: "bench",
        precedence: Precedence::Received,
        created_at: None,
    };
    let mut load = writer.begin_file(&file).expect("a load");
    for batch in batches {
        load.write(batch).expect("a batch");
    }
    let counts = load
        .finish(&FinishedFile {
            sha256: &"0".repeat(64),
            size: 1,
            header: &FileHeader::default(),
            records: rows(batches),
            refused: 0,
            findings: &Findings::default(),
            quarantined: &[],
            duration: Duration::ZERO,
        })
        .expect("all records are accounted for");
    writer.commit().expect("a commit");
    counts.inserted
}

/// Takes files in, into a new database.
fn take(url: &DatabaseUrl, path: PathBuf) -> u64 {
    let mut writer = Store::open(url).and_then(|store| store.writer()).expect("a new database");
    let report = ingest(&mut writer, &[path], &Options::default(), &Stop::default(), &Quiet).expect("a report");
    report.totals().inserted
}

fn slow(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(1));
}

fn sqlite(c: &mut Criterion) {
    let batches = batches(&smrt_file(SQLITE_BYTES, Order::Meter));
    let rows = rows(&batches);
    let mut group = c.benchmark_group("load/sqlite");
    slow(&mut group);
    group.throughput(Throughput::Elements(rows));
    let fresh = || {
        let folder = folder();
        (DatabaseUrl::sqlite(folder.path().join("smrt.db")), folder)
    };
    group.bench_function("rows/100MB", |b| {
        b.iter_batched(
            fresh,
            |(url, folder)| (assert_eq!(store(&url, &batches), rows), folder),
            BatchSize::PerIteration,
        );
    });
    let with_versions = versioned(&batches);
    group.bench_function("rows under versions/100MB", |b| {
        b.iter_batched(
            fresh,
            |(url, folder)| (assert_eq!(store(&url, &with_versions), rows), folder),
            BatchSize::PerIteration,
        );
    });
    drop(with_versions);
    group.bench_function("rows/100MB/yardstick: one prepared INSERT ON CONFLICT", |b| {
        b.iter_batched(
            fresh,
            |(url, folder)| {
                let path = url.path().expect("a file");
                (assert_eq!(yardstick::sqlite_prepared_loop(path, &batches).expect("an insert"), rows), folder)
            },
            BatchSize::PerIteration,
        );
    });
    for (order, name) in [(Order::Meter, "by-meter"), (Order::Time, "by-time"), (Order::Shuffled, "shuffled")] {
        let inbox = folder();
        let path = inbox.path().join("PN000001.SMRT");
        fs::write(&path, smrt_file(SQLITE_BYTES, order)).expect("a sample file");
        group.bench_function(format!("ingest {name}/100MB"), |b| {
            b.iter_batched(
                fresh,
                |(url, folder)| (assert_eq!(take(&url, path.clone()), rows), folder),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn sqlite_small_files(c: &mut Criterion) {
    let inbox = folder();
    small_files(inbox.path(), SMALL_FILES).expect("sample files");
    let mut group = c.benchmark_group("load/sqlite");
    slow(&mut group);
    group.throughput(Throughput::Elements(u64::from(SMALL_FILES)));
    group.bench_function("ingest files of 24 rows/1000", |b| {
        b.iter_batched(
            folder,
            |folder| {
                let url = DatabaseUrl::sqlite(folder.path().join("smrt.db"));
                assert_eq!(take(&url, inbox.path().to_owned()), u64::from(SMALL_FILES) * 24);
                folder
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn postgres(c: &mut Criterion) {
    let batches = batches(&smrt_file(POSTGRES_BYTES, Order::Meter));
    let rows = rows(&batches);
    let mut group = c.benchmark_group("load/postgres");
    slow(&mut group);
    group.throughput(Throughput::Elements(rows));
    let fresh = || smrt_testkit::postgres::database();
    if fresh().is_none() {
        return;
    }
    group.bench_function("rows/20MB", |b| {
        b.iter_batched(
            || fresh().and_then(|url| url.parse().ok()).expect("a database"),
            |url| assert_eq!(store(&url, &batches), rows),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("rows/20MB/yardstick: COPY to a temporary table, INSERT ON CONFLICT", |b| {
        b.iter_batched(
            || fresh().expect("a database"),
            |url| assert_eq!(yardstick::postgres_copy_upsert(&url, &batches).expect("an insert"), rows),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(loading, sqlite, sqlite_small_files, postgres);
criterion_main!(loading);
