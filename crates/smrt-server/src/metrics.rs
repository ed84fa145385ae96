//! Figures for those who watch over the service, as Prometheus reads them.
//!
//! What is in the database is asked when somebody looks, so that it is true whoever loaded it; what happens here is
//! counted as it happens.

use crate::{app::App, problem::Problem};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use smrt_storage::{FileStatus, Stats};
use std::{
    sync::atomic::{AtomicI64, AtomicU64},
    time::Duration,
};

/// Upper ends of the classes of durations, in seconds.
const CLASSES: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    status: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: String,
}

type Count = Gauge<i64, AtomicI64>;

/// All figures.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    questions: Histogram,
    hits: Counter,
    uploads: Family<Outcome, Counter>,
    uploaded_bytes: Counter,
    refused_connections: Counter,
    files: Family<Outcome, Count>,
    findings: Family<Code, Count>,
    readings: Count,
    measurements: Count,
    meters: Count,
    last_file: Count,
    pub(crate) connections: Count,
    pending_files: Count,
    pending_oldest: Gauge<f64, AtomicU64>,
    pool_size: Count,
    pool_used: Count,
    pool_waiting: Count,
    uploads_waiting: Count,
    memory: Count,
}

fn durations() -> Histogram {
    Histogram::new(CLASSES)
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("smrt"),
            requests: Family::default(),
            durations: Family::new_with_constructor(durations as fn() -> Histogram),
            questions: durations(),
            hits: Counter::default(),
            uploads: Family::default(),
            uploaded_bytes: Counter::default(),
            refused_connections: Counter::default(),
            files: Family::default(),
            findings: Family::default(),
            readings: Gauge::default(),
            measurements: Gauge::default(),
            meters: Gauge::default(),
            last_file: Gauge::default(),
            connections: Gauge::default(),
            pending_files: Gauge::default(),
            pending_oldest: Gauge::default(),
            pool_size: Gauge::default(),
            pool_used: Gauge::default(),
            pool_waiting: Gauge::default(),
            uploads_waiting: Gauge::default(),
            memory: Gauge::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let seconds = || Unit::Seconds;
        let r = &mut self.registry;
        r.register("http_requests", "Requests by route and status", self.requests.clone());
        let durations = self.durations.clone();
        r.register_with_unit("http_request_duration", "Time until the head of an answer", seconds(), durations);
        r.register_with_unit("question_duration", "Time in the database", seconds(), self.questions.clone());
        r.register("cache_hits", "Answers that were given before and still held", self.hits.clone());
        r.register("uploads", "Uploaded files by what became of them", self.uploads.clone());
        r.register_with_unit("uploaded", "Bytes that were uploaded", Unit::Bytes, self.uploaded_bytes.clone());
        r.register("connections_refused", "Connections beyond the limit", self.refused_connections.clone());
        r.register("files", "Files in the database by how they ended", self.files.clone());
        r.register("findings", "Findings in all files by code", self.findings.clone());
        r.register("readings", "Current readings", self.readings.clone());
        r.register("measurements", "Current measurements of sensors", self.measurements.clone());
        r.register("meters", "Meter points and sensors", self.meters.clone());
        r.register("last_file_timestamp_seconds", "When the last file was received", self.last_file.clone());
        r.register("connections", "Open connections", self.connections.clone());
        r.register("watched_files_waiting", "Files of the watched folder to be loaded", self.pending_files.clone());
        let oldest = self.pending_oldest.clone();
        r.register("watched_oldest_waiting_seconds", "How long the oldest of them has waited", oldest);
        r.register("pool_connections", "Connections to the database there may be", self.pool_size.clone());
        r.register("pool_used", "Connections to the database in use", self.pool_used.clone());
        r.register("pool_waiting", "Questions that wait for a connection", self.pool_waiting.clone());
        r.register("uploads_waiting", "Uploads that are coming in or wait to be loaded", self.uploads_waiting.clone());
        r.register_with_unit("resident_memory", "Memory of the process", Unit::Bytes, self.memory.clone());
        self
    }

    /// A request was answered.
    pub(crate) fn request(&self, method: &'static str, route: &'static str, status: u16, time: Duration) {
        self.requests.get_or_create(&Request { method, route, status }).inc();
        self.durations.get_or_create(&Route { route }).observe(time.as_secs_f64());
    }

    /// The database was asked.
    pub(crate) fn asked(&self, time: Duration) {
        self.questions.observe(time.as_secs_f64());
    }

    /// The database needed not be asked.
    pub(crate) fn cache_hit(&self) {
        self.hits.inc();
    }

    /// A file was uploaded.
    pub(crate) fn uploaded(&self, status: &str, bytes: u64) {
        self.uploads.get_or_create(&Outcome { status: status.to_owned() }).inc();
        self.uploaded_bytes.inc_by(bytes);
    }

    /// So many files of the watched folder wait to be loaded, the oldest of them for so long.
    pub(crate) fn set_pending(&self, files: u64, oldest: Duration) {
        self.pending_files.set(whole(files));
        self.pending_oldest.set(oldest.as_secs_f64());
    }

    /// How many files of the watched folder wait, and for how many seconds the oldest of them has.
    pub(crate) fn pending(&self) -> (u64, Option<f64>) {
        let files = u64::try_from(self.pending_files.get()).unwrap_or(0);
        (files, Some(self.pending_oldest.get()).filter(|_| files > 0))
    }

    /// A connection was one too many.
    pub(crate) fn refused_connection(&self) {
        self.refused_connections.inc();
    }

    /// All of them as text.
    pub(crate) fn text(&self, app: &App, stats: &Stats) -> Result<String, Problem> {
        self.take(stats);
        let (size, used) = app.pool.used();
        self.pool_size.set(whole(size as u64));
        self.pool_used.set(whole(used as u64));
        self.pool_waiting.set(whole(app.pool.waiting() as u64));
        self.uploads_waiting.set(whole(app.uploads.waiting() as u64));
        self.memory.set(resident());
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(|error| Problem::failed(&error))?;
        Ok(text)
    }

    fn take(&self, stats: &Stats) {
        for status in FileStatus::ALL {
            let count = stats.files.get(&status).copied().unwrap_or_default();
            self.files.get_or_create(&Outcome { status: status.as_str().to_owned() }).set(whole(count));
        }
        // A code that none has any more is gone, not what it was.
        self.findings.clear();
        for (code, count) in &stats.findings {
            self.findings.get_or_create(&Code { code: code.clone() }).set(whole(*count));
        }
        self.readings.set(whole(stats.readings));
        self.measurements.set(whole(stats.measurements));
        self.meters.set(whole(stats.meters));
        self.last_file.set(stats.last_file.as_ref().map_or(0, |file| file.received_at));
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Bytes of memory that the process takes, where the system tells.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<i64>().ok()).map_or(0, |kib| kib * 1024)
}
