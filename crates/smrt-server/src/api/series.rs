//! Series: readings, days, gaps, where a value came from, reads of registers.

use super::{AFTER_ROW, CHANNEL, CODE, FORMAT, FROM, METER, PER, TO, channel, channels};
use crate::{
    auth::Scope,
    clock,
    endpoint::{Answer, Endpoint, Fresh, Question, Rows},
    openapi::{columns, date, list, merge, nullable, object, string, whole},
    params::{Kind, Param},
    problem::Problem,
};
use serde_json::{Value, json};
use smrt_analytics::Step;
use smrt_core::MarketZone;
use smrt_storage::StoredChannel;
use smrt_views::{
    AskError, Range, SECOND, STRETCHES, Series, daily, gaps, profile::Profile, readings, registers, summary, trace,
};
use std::io;

const RESAMPLE: Param = Param::query(
    "resample",
    Kind::Length,
    "Gather readings into stretches of this length: 30s, 5m, 1h, 1d, counted from the beginning of each civil day",
    "1h",
);
const MOST: Param =
    Param::query("limit", Kind::Whole(1, 100_000), "Most rows of the page; all if it is left out", "1000");
const TIME: Param = Param::query(
    "time",
    Kind::Time,
    "The start of an interval or any instant within it; of a sensor, when it measured",
    "2024-01-15T07:00",
)
.needed();
const SERIAL: Param =
    Param::query("serial", Kind::Text, "Only channels of a meter with this serial number", "M00000101");
const DATE: Param = Param::query("date", Kind::Date, "Only this day, in the channel's zone", "2024-01-15");
const SUPERSEDED: Param =
    Param::query("superseded", Kind::Word(&["true", "false"]), "Also reads that others took the place of", "true");

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/meters/{code}/readings",
        name: "listReadings",
        tag: "series",
        summary: "The readings of a meter or sensor, each with the file and line it came from",
        about: "However many there are, they are streamed. With `limit` they come page by page. With `resample` they are \
                gathered into stretches of time: count, sum, min, max, mean and last; those without a reading are left out.",
        params: &[CODE, CHANNEL, FROM, TO, RESAMPLE, AFTER_ROW, MOST, FORMAT],
        answer: Answer::Either(readings::COLUMNS, STRETCHES),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: all_readings,
    },
    Endpoint {
        path: "/api/v1/meters/{code}/profile",
        name: "getProfile",
        tag: "series",
        summary: "A channel laid out by civil day and slot, as a load profile or a heat map needs it",
        about: "Days of 23 and 25 hours have as many slots as they have time. A letter for each slot tells its quality: \
                A, E, S, F, N, U for one that is not stated, - for nothing.",
        params: &[CODE, CHANNEL, FROM, TO],
        answer: Answer::Object(profile_schema),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: profile,
    },
    Endpoint {
        path: "/api/v1/meters/{code}/trace",
        name: "traceReading",
        tag: "series",
        summary: "Where a value came from, and the values that gave way to it",
        about: "",
        params: &[CODE, CHANNEL, TIME],
        answer: Answer::Object(trace_schema),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: traced,
    },
    Endpoint {
        path: "/api/v1/meters/{code}/registers",
        name: "listRegisterReads",
        tag: "series",
        summary: "What the registers of a meter showed",
        about: "`from` and `to` choose by the time of the read.",
        params: &[CODE, CHANNEL, FROM, TO, SUPERSEDED, FORMAT],
        answer: Answer::Rows(registers::COLUMNS),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: register_reads,
    },
    Endpoint {
        path: "/api/v1/daily",
        name: "listDays",
        tag: "series",
        summary: "Count, sum, min, max and mean of each day",
        about: "Of one meter, or of all. A day is complete when its count is what was expected.",
        params: &[METER, SERIAL, CHANNEL, DATE, FROM, TO, PER, FORMAT],
        answer: Answer::Rows(daily::COLUMNS),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: days,
    },
    Endpoint {
        path: "/api/v1/summary",
        name: "summarise",
        tag: "series",
        summary: "Min, max, mean, sum and count over days",
        about: "Of one meter, or of all; over one day, a range, or all days.",
        params: &[METER, SERIAL, CHANNEL, DATE, FROM, TO, PER, FORMAT],
        answer: Answer::Rows(summary::COLUMNS),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: summaries,
    },
    Endpoint {
        path: "/api/v1/gaps",
        name: "listGaps",
        tag: "series",
        summary: "Where readings are missing",
        about: "A gap lies between two readings of a channel; time before its first and behind its last is none.",
        params: &[METER, CHANNEL, FROM, TO, FORMAT],
        answer: Answer::Rows(gaps::COLUMNS),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: all_gaps,
    },
];

/// Pushes the rows of one channel in a stretch of time.
type Each<'e> = dyn FnMut(&mut Series, &StoredChannel, &Range, &mut Rows<'_>) -> Result<(), AskError> + 'e;

/// Hands each channel to `each` and ends the rows.
fn of_channels(
    question: &mut Question<'_>,
    columns: &'static [smrt_views::Column],
    each: &mut Each<'_>,
) -> Result<(), Problem> {
    let channels = channels(question)?;
    let range = range(question);
    let (series, mut rows) = question.rows(columns)?;
    series.expect(&channels)?;
    for stored in &channels {
        each(series, stored, &range, &mut rows)?;
    }
    rows.finish(None)
}

/// The stretch of time that `from`, `to` and `date` mean.
fn range(question: &Question<'_>) -> Range {
    match question.params.day("date") {
        Some(day) => {
            // Years behind the last one that has a name have none either.
            let to = Some(clock::date(day + 1)).filter(|date| date.len() == "9999-12-31".len());
            Range { from: Some(clock::date(day)), to }
        }
        None => question.params.range(),
    }
}

fn per(question: &Question<'_>) -> daily::Per {
    if question.params.text("per") == Some("meter") { daily::Per::Meter } else { daily::Per::Channel }
}

/// Readings, or the stretches that they are gathered into; all, or page by page. A cursor is the channel and the instant from
/// which on the next page goes.
fn all_readings(question: &mut Question<'_>) -> Result<(), Problem> {
    let (channels, params) = (channels(question)?, question.params);
    let (after, limit) = (params.numbers_cursor()?, params.whole("limit"));
    let step: Option<Step> = params.parsed("resample");
    let (series, mut rows) = question.rows(if step.is_some() { STRETCHES } else { readings::COLUMNS })?;
    let mut next = None;
    let begun_before = |stored: &&StoredChannel| after.is_some_and(|(id, _)| stored.id != id);
    for stored in channels.iter().skip_while(begun_before) {
        let mut range = params.range();
        if let Some((id, at)) = after
            && stored.id == id
        {
            range.from = Some(MarketZone::Utc.rfc3339_micros(at));
            if range.micros(stored.channel.zone).is_err() {
                continue;
            }
        }
        let mut on = 0;
        let mut take = |row: Vec<smrt_views::Cell<'_>>| {
            if limit.is_some_and(|limit| rows.count() >= limit) {
                next = Some(format!("{}.{on}", stored.id));
                return Err(io::ErrorKind::Interrupted.into());
            }
            // Stretches go on where they end, readings behind their start.
            on = if step.is_some() { instant(&row[3]) } else { instant(&row[2]).saturating_add(1) };
            rows.push(row)
        };
        let taken = match step {
            Some(step) => readings::each_stretch(series, stored, &range, step, &mut take),
            None => readings::each_row(series, stored, &range, &mut |_, row| take(row)),
        };
        if next.is_some() {
            break;
        }
        taken?;
    }
    rows.finish(next)
}

/// An instant of a row, in UTC epoch microseconds.
fn instant(cell: &smrt_views::Cell<'_>) -> i64 {
    match cell {
        smrt_views::Cell::Instant(epoch, _) => epoch.saturating_mul(SECOND),
        smrt_views::Cell::Micros(micros) => *micros,
        _ => 0,
    }
}

fn profile(question: &mut Question<'_>) -> Result<(), Problem> {
    let stored = channel(question)?;
    let profile = Profile::of(question.series, &stored, &question.params.range())?;
    question.object(&profile.object())
}

fn traced(question: &mut Question<'_>) -> Result<(), Problem> {
    let (channels, params) = (channels(question)?, question.params);
    let found = trace::trace(question.series, params.needed("code"), channels, params.needed("time"))?;
    question.object(&found.object())
}

fn register_reads(question: &mut Question<'_>) -> Result<(), Problem> {
    let superseded = question.params.text("superseded") == Some("true");
    of_channels(question, registers::COLUMNS, &mut |series, stored, range, rows| {
        let (from, to) = range.instants(stored.channel.zone)?;
        let reads = series.store.register_reads(stored.id, from, to, superseded)?;
        Ok(reads.iter().try_for_each(|read| rows.push(registers::row(&stored.channel, read)))?)
    })
}

fn days(question: &mut Question<'_>) -> Result<(), Problem> {
    let (channels, range, per) = (channels(question)?, range(question), per(question));
    let (series, mut rows) = question.rows(daily::COLUMNS)?;
    series.expect(&channels)?;
    daily::each_row(series, &channels, &range, per, &mut |_, row| rows.push(row))?;
    rows.finish(None)
}

fn summaries(question: &mut Question<'_>) -> Result<(), Problem> {
    let (channels, range, per) = (channels(question)?, range(question), per(question));
    let (series, mut rows) = question.rows(summary::COLUMNS)?;
    series.expect(&channels)?;
    summary::each_row(series, &channels, &range, per, &mut |row| rows.push(row))?;
    rows.finish(None)
}

fn all_gaps(question: &mut Question<'_>) -> Result<(), Problem> {
    of_channels(question, gaps::COLUMNS, &mut |series, stored, range, rows| {
        gaps::each_row(series, stored, range, &mut |row| rows.push(row))
    })
}

fn profile_schema() -> Value {
    let day = object(&[
        ("date", date()),
        ("start", json!({"type": "integer", "description": "UTC epoch seconds"})),
        ("slots", whole()),
        ("values", list(json!({"type": ["number", "null"]}))),
        ("flags", string()),
    ]);
    object(&[
        ("meter", string()),
        ("channel", nullable(string())),
        ("unit", nullable(string())),
        ("zone", string()),
        ("step_minutes", json!({"type": "number"})),
        ("days", list(day)),
    ])
}

fn trace_schema() -> Value {
    let origin = |name: &str| {
        ["value", "quality", "file", "line", "reason", "reason_text", "version", "path", "received_at", "sha256"]
            .contains(&name)
    };
    let of = |wanted: &dyn Fn(&str) -> bool| {
        columns(&trace::COLUMNS.iter().copied().filter(|column| wanted(column.name)).collect::<Vec<_>>())
    };
    let mut past = of(&origin);
    merge(&mut past, &of(&|name| name == "superseded_by"));
    let mut schema = of(&|name| ["meter", "channel", "start", "end", "unit"].contains(&name));
    merge(&mut schema, &object(&[("current", nullable(of(&origin))), ("history", list(past))]));
    schema
}
