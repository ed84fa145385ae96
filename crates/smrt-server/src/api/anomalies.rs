//! What is wrong with series, and what stands in the place of what is missing.

use super::{CHANNEL, CODE, FORMAT, FROM, METER, TO, channels};
use crate::{
    auth::Scope,
    endpoint::{Answer, Endpoint, Fresh, Question},
    problem::Problem,
};
use smrt_views::{
    AskError,
    anomalies::{COLUMNS, ESTIMATES, estimate_row, examine, kept_rows, unchanged},
};

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/anomalies",
        name: "listAnomalies",
        tag: "quality",
        summary: "What is wrong with a meter or sensor, and why that is believed",
        about: "Each with a sentence as its reason. Ends are the last intervals concerned. What `smrt anomalies --save` kept is \
                given where nothing has changed since.",
        params: &[METER.needed(), CHANNEL, FROM, TO, FORMAT],
        answer: Answer::Rows(COLUMNS),
        fresh: Fresh::Data,
        scope: Scope::Read,
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
        ask: estimates,
    },
];

fn anomalies(question: &mut Question<'_>) -> Result<(), Problem> {
    let (channels, range) = (channels(question)?, question.params.range());
    let (series, mut rows) = question.rows(COLUMNS)?;
    series.expect(&channels)?;
    let is_whole = range == smrt_views::Range::default();
    for stored in &channels {
        let kept = if is_whole { unchanged(series, stored)? } else { None };
        let examined = if kept.is_none() { examine(series, stored, &range)? } else { None };
        let found = kept.iter().flat_map(|saved| kept_rows(stored, saved));
        let found = found.chain(examined.iter().flat_map(|examined| examined.rows()));
        found.into_iter().try_for_each(|row| rows.push(row)).map_err(AskError::from)?;
    }
    rows.finish(None)
}

fn estimates(question: &mut Question<'_>) -> Result<(), Problem> {
    let (channels, range) = (channels(question)?, question.params.range());
    let (series, mut rows) = question.rows(ESTIMATES)?;
    for stored in &channels {
        let (from, to) = range.instants(stored.channel.zone)?;
        for estimate in series.store.estimates(stored.id, from, to).map_err(AskError::from)? {
            rows.push(estimate_row(stored, &estimate)).map_err(AskError::from)?;
        }
    }
    rows.finish(None)
}
