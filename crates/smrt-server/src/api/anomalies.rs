//! What is wrong with series, and what stands in the place of what is missing.

use super::{CHANNEL, CODE, FORMAT, FROM, METER, TO, channels};
use crate::{
    auth::Scope,
    clock,
    endpoint::{Answer, Endpoint, Fresh, Question},
    problem::Problem,
};
use smrt_views::anomalies::{COLUMNS, ESTIMATES, estimate_row, kept_rows, known};

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/anomalies",
        name: "listAnomalies",
        tag: "quality",
        summary: "What is wrong with a meter or sensor, and why that is believed",
        about: "Each with a sentence as its reason. The whole series is looked at; `from` and `to` choose among what is found. Ends \
                are the last intervals concerned. What `smrt anomalies --save` kept is given where nothing has changed since.",
        params: &[METER.needed(), CHANNEL, FROM, TO, FORMAT],
        answer: Answer::Rows(COLUMNS),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: anomalies,
    },
    Endpoint {
        path: "/api/v1/meters/{code}/estimates",
        name: "listEstimates",
        tag: "quality",
        summary: "Estimates that are kept of a meter, apart from what was measured",
        about: "`smrt estimate` makes them.",
        params: &[CODE, CHANNEL, FROM, TO, FORMAT],
        answer: Answer::Rows(ESTIMATES),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: estimates,
    },
];

fn anomalies(question: &mut Question<'_>) -> Result<(), Problem> {
    let (channels, range) = (channels(question)?, question.params.range());
    let (series, mut rows) = question.rows(COLUMNS)?;
    series.expect(&channels)?;
    for stored in &channels {
        let Some(known) = known(series, stored)? else { continue };
        let mut found = known.into_kept(clock::now())?;
        let (from, to) = range.micros(stored.channel.zone)?;
        let is_before = |end: i64| from.is_some_and(|from| end < from);
        let is_behind = |start: i64| to.is_some_and(|to| start >= to);
        found.anomalies.retain(|anomaly| !is_before(anomaly.end) && !is_behind(anomaly.start));
        kept_rows(stored, &found).into_iter().try_for_each(|row| rows.push(row))?;
    }
    rows.finish(None)
}

fn estimates(question: &mut Question<'_>) -> Result<(), Problem> {
    let (channels, range) = (channels(question)?, question.params.range());
    let (series, mut rows) = question.rows(ESTIMATES)?;
    for stored in &channels {
        let (from, to) = range.instants(stored.channel.zone)?;
        for estimate in series.store.estimates(stored.id, from, to)? {
            rows.push(estimate_row(stored, &estimate))?;
        }
    }
    rows.finish(None)
}
