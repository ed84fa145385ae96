//! At a glance: what came lately, what was refused, who is silent, and the whole database in numbers.

use crate::{
    auth::Scope,
    clock,
    endpoint::{Answer, Endpoint, Fresh, Question},
    openapi::{columns, date, list, nullable, object, string, whole},
    problem::Problem,
};
use serde_json::{Value, json};
use smrt_storage::{Arrivals, FileFilter, FileRow, FileStatus, Silence, SilentMeter, Stats};
use smrt_views::{
    Cell,
    files::{COLUMNS, row},
    stats,
};

/// Days that are looked back on.
pub(crate) const DAYS: i32 = 30;
/// How many files and meters are named.
const NAMED: u64 = 10;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/overview",
        name: "getOverview",
        tag: "overview",
        summary: "What came lately, what was refused, and who is silent",
        about: "Days are those of UTC. A meter is silent when it delivered within the last 30 days, but nothing of yesterday.",
        params: &[],
        answer: Answer::Object(schema),
        fresh: Fresh::Minute,
        scope: Scope::Read,
        reserved: false,
        ask: answer,
    },
    Endpoint {
        path: "/api/v1/stats",
        name: "getStats",
        tag: "overview",
        summary: "How many meters, files, readings and findings; the last file",
        about: "",
        params: &[],
        answer: Answer::Object(stats_schema),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: all_stats,
    },
];

/// What an overview tells.
#[derive(Debug)]
pub(crate) struct Overview {
    /// The day of UTC, as days since 1970-01-01.
    pub(crate) today: i32,
    pub(crate) stats: Stats,
    pub(crate) arrivals: Vec<Arrivals>,
    pub(crate) latest: Vec<FileRow>,
    pub(crate) refused: Vec<FileRow>,
    pub(crate) silence: Silence,
    /// Seconds from when senders make files to when they are received.
    pub(crate) delay: Option<i64>,
    /// How many files of the watched folder wait, and for how many seconds the oldest of them has.
    pub(crate) pending: (u64, Option<f64>),
}

/// What an overview tells.
pub(crate) fn overview(question: &mut Question<'_>) -> Result<Overview, Problem> {
    let (store, today) = (&mut question.series.store, clock::today());
    let newest = |status| FileFilter { status, newest: Some(NAMED), ..FileFilter::default() };
    let mut refused = store.files(&newest(Some(FileStatus::Rejected)))?;
    refused.extend(store.files(&newest(Some(FileStatus::NameConflict)))?);
    refused.sort_by_key(|file| std::cmp::Reverse((file.received_at, file.id)));
    refused.truncate(usize::try_from(NAMED).unwrap_or(usize::MAX));
    Ok(Overview {
        today,
        stats: store.stats()?,
        arrivals: store.arrivals(i64::from(today - DAYS + 1) * 86_400)?,
        latest: store.files(&newest(None))?,
        refused,
        silence: store.silent_meters((today - DAYS, today - 1), NAMED)?,
        delay: store.typical_delay(200)?,
        pending: question.app.metrics.pending(),
    })
}

fn answer(question: &mut Question<'_>) -> Result<(), Problem> {
    let found = overview(question)?;
    let arrival = |day: &Arrivals| {
        Cell::object([
            ("date", Cell::date(day.day)),
            ("status", Cell::text(day.status.as_str())),
            ("files", Cell::Integer(day.files)),
            ("readings", Cell::Integer(day.readings)),
        ])
    };
    let silent = |meter: &SilentMeter| {
        Cell::object([
            ("meter", Cell::text(meter.code.clone())),
            ("scheme", Cell::text(meter.scheme.as_str())),
            ("name", Cell::maybe(meter.name.clone())),
            ("last", Cell::date(meter.last)),
        ])
    };
    let (waiting, oldest) = found.pending;
    let object = Cell::object([
        ("today", Cell::date(found.today)),
        ("meters", Cell::Integer(found.stats.meters)),
        ("readings", Cell::Integer(found.stats.readings)),
        ("measurements", Cell::Integer(found.stats.measurements)),
        ("last_interval", Cell::maybe_utc(found.stats.last)),
        ("waiting_files", Cell::Integer(waiting)),
        ("oldest_waiting_seconds", Cell::signal(oldest)),
        ("typical_delay_seconds", Cell::maybe_integer(found.delay.and_then(|delay| u64::try_from(delay).ok()))),
        ("days", Cell::List(found.arrivals.iter().map(arrival).collect())),
        ("latest", Cell::List(found.latest.iter().map(|file| Cell::row(COLUMNS, row(file))).collect())),
        ("refused", Cell::List(found.refused.iter().map(|file| Cell::row(COLUMNS, row(file))).collect())),
        ("silent_meters", Cell::Integer(found.silence.count)),
        ("silent", Cell::List(found.silence.first.iter().map(silent).collect())),
    ]);
    question.object(&object)
}

fn all_stats(question: &mut Question<'_>) -> Result<(), Problem> {
    let database = question.series.store.url().to_string();
    let found = question.series.store.stats()?;
    question.object(&stats::object(&found, &database))
}

fn schema() -> Value {
    let day = object(&[("date", date()), ("status", string()), ("files", whole()), ("readings", whole())]);
    let silent = object(&[("meter", string()), ("scheme", string()), ("name", nullable(string())), ("last", date())]);
    object(&[
        ("today", date()),
        ("meters", whole()),
        ("readings", whole()),
        ("measurements", whole()),
        ("last_interval", nullable(string())),
        ("waiting_files", whole()),
        ("oldest_waiting_seconds", json!({"type": ["number", "null"]})),
        ("typical_delay_seconds", nullable(whole())),
        ("days", list(day)),
        ("latest", list(columns(COLUMNS))),
        ("refused", list(columns(COLUMNS))),
        ("silent_meters", whole()),
        ("silent", list(silent)),
    ])
}

fn stats_schema() -> Value {
    let counts = || json!({"type": "object", "additionalProperties": {"type": "integer"}});
    let last = object(&[("name", string()), ("status", string()), ("received_at", string())]);
    object(&[
        ("database", string()),
        ("meters", whole()),
        ("channels", whole()),
        ("readings", whole()),
        ("measurements", whole()),
        ("register_reads", whole()),
        ("superseded", whole()),
        ("lake_files", whole()),
        ("lake_bytes", whole()),
        ("first", nullable(string())),
        ("last", nullable(string())),
        ("files", counts()),
        ("findings", counts()),
        ("last_file", nullable(last)),
    ])
}
