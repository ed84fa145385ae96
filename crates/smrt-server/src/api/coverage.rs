//! How much of what was expected arrived.

use super::{AFTER, LIMIT, PREFIX, SCHEME, cut, limit, meters};
use crate::{
    auth::Scope,
    endpoint::{Answer, Endpoint, Fresh, Question},
    openapi::{date, list, nullable, object, string, whole},
    params::{Kind, Param, cursor_of},
    problem::Problem,
};
use serde_json::Value;
use smrt_storage::{CoveredDay, MeterCoverage};
use smrt_views::Cell;

const FROM: Param = Param::query("from", Kind::Date, "First day; the last 31 days if it is left out", "2024-01-01");
const TO: Param = Param::query("to", Kind::Date, "First day that is no longer meant", "2024-02-01");
/// Days of one answer.
const MOST: i32 = 366;
/// Days where nobody says how many.
const USUAL: i32 = 31;

pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    path: "/api/v1/coverage",
    name: "getCoverage",
    tag: "quality",
    summary: "What was received of what was expected, by meter and day",
    about: "Meters in the order of their numbers. A day without anything is left out; sensors expect nothing.",
    params: &[FROM, TO, PREFIX, SCHEME, AFTER, LIMIT],
    answer: Answer::Object(schema),
    fresh: Fresh::Data,
    scope: Scope::Read,
    reserved: false,
    ask: coverage,
}];

/// The days of a page of meters, and where the next page begins.
pub(crate) fn covered(
    question: &mut Question<'_>,
    days: (i32, i32),
    limit: u64,
) -> Result<(Vec<MeterCoverage>, Option<String>), Problem> {
    let filter = meters::chosen(question, limit)?;
    let mut meters = question.series.store.coverage(&filter, days)?;
    let next = cut(&mut meters, limit, |meter| cursor_of(&meter.code, meter.scheme));
    Ok((meters, next))
}

fn coverage(question: &mut Question<'_>) -> Result<(), Problem> {
    let params = question.params;
    let to = params.day("to").unwrap_or_else(|| match params.day("from") {
        Some(from) => from.saturating_add(USUAL),
        None => crate::clock::today().saturating_add(1),
    });
    let from = params.day("from").unwrap_or_else(|| to.saturating_sub(USUAL));
    if from >= to || to - from > MOST {
        return Err(Problem::parameter("from", format!("expected from 1 to {MOST} days between from and to")));
    }
    let (meters, next) = covered(question, (from, to), limit(question))?;
    question.object(&Cell::object([
        ("from", Cell::date(from)),
        ("to", Cell::date(to)),
        ("items", Cell::List(meters.iter().map(of_meter).collect())),
        ("next", Cell::maybe(next)),
    ]))
}

fn of_meter(meter: &MeterCoverage) -> Cell<'_> {
    let of_day = |day: &CoveredDay| {
        Cell::object([
            ("date", Cell::date(day.day)),
            ("count", Cell::Integer(day.count)),
            ("expected", Cell::maybe_integer(day.expected)),
        ])
    };
    Cell::object([
        ("meter", Cell::text(&meter.code)),
        ("scheme", Cell::text(meter.scheme.as_str())),
        ("name", Cell::maybe(meter.name.as_deref())),
        ("last", meter.last.map_or(Cell::Null, Cell::date)),
        ("days", Cell::List(meter.days.iter().map(of_day).collect())),
    ])
}

fn schema() -> Value {
    let day = object(&[("date", date()), ("count", whole()), ("expected", nullable(whole()))]);
    let meter = object(&[
        ("meter", string()),
        ("scheme", string()),
        ("name", nullable(string())),
        ("last", nullable(date())),
        ("days", list(day)),
    ]);
    object(&[("from", date()), ("to", date()), ("items", list(meter)), ("next", nullable(string()))])
}
