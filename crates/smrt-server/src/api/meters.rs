//! Meters, sensors and their channels.

use super::{AFTER, CODE, FORMAT, KIND, LIMIT, PREFIX, SCHEME, has_more, limit, meter};
use crate::{
    auth::Scope,
    endpoint::{Answer, Endpoint, Fresh, Question},
    openapi::{columns, list, merge, object},
    params::cursor_of,
    problem::Problem,
};
use serde_json::Value;
use smrt_storage::{Meter, MeterFilter, StoredChannel};
use smrt_views::{
    AskError, Cell,
    meters::{CHANNELS, COLUMNS, channel_row, row},
};

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/meters",
        name: "listMeters",
        tag: "meters",
        summary: "Which meters and sensors there are",
        about: "Ordered by number, with what they hold and from when to when.",
        params: &[PREFIX, SCHEME, KIND, AFTER, LIMIT, FORMAT],
        answer: Answer::Rows(COLUMNS),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: meters,
    },
    Endpoint {
        path: "/api/v1/meters/{code}",
        name: "getMeter",
        tag: "meters",
        summary: "One meter or sensor with its channels",
        about: "",
        params: &[CODE],
        answer: Answer::Object(schema),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: one,
    },
    Endpoint {
        path: "/api/v1/channels",
        name: "listChannels",
        tag: "meters",
        summary: "Which channels there are",
        about: "Ordered by meter; `limit` counts meters, all channels of which stand on one page.",
        params: &[PREFIX, SCHEME, KIND, AFTER, LIMIT, FORMAT],
        answer: Answer::Rows(CHANNELS),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: all_channels,
    },
];

/// A page of meters, and where the next one begins.
fn page(question: &mut Question<'_>) -> Result<(Vec<Meter>, Option<String>), Problem> {
    let (params, limit) = (question.params, limit(question));
    let filter = MeterFilter {
        prefix: params.text("prefix").map(str::to_owned),
        scheme: params.parsed("scheme"),
        sensors: params.text("kind").map(|kind| kind == "sensor"),
        after: params.meter_cursor()?,
        limit: Some(limit + 1),
        ..MeterFilter::default()
    };
    let mut meters = question.series.store.meters(&filter)?;
    // What is looked at a second time by the database may be left out of its answer: the page ends where it ends.
    let more = has_more(&mut meters, limit);
    let next = meters.last().filter(|_| more).map(|meter| cursor_of(&meter.code, meter.scheme));
    Ok((meters, next))
}

fn meters(question: &mut Question<'_>) -> Result<(), Problem> {
    let (meters, next) = page(question)?;
    let (_, mut rows) = question.rows(COLUMNS)?;
    meters.iter().try_for_each(|meter| rows.push(row(meter))).map_err(AskError::from)?;
    rows.finish(next)
}

fn one(question: &mut Question<'_>) -> Result<(), Problem> {
    let (meter, channels) = meter(question)?;
    let Cell::Object(mut fields) = Cell::row(COLUMNS, row(&meter)) else { return Ok(()) };
    // The number of channels gives way to the channels themselves.
    fields.retain(|(name, _)| name != "channels");
    let of_channel = |stored| Cell::row(&CHANNELS[3..], channel_row(stored).split_off(3));
    fields.push(("channels".into(), Cell::List(channels.iter().map(of_channel).collect())));
    question.object(&Cell::Object(fields))
}

fn schema() -> Value {
    let mut schema = columns(COLUMNS);
    merge(&mut schema, &object(&[("channels", list(columns(&CHANNELS[3..])))]));
    schema
}

fn all_channels(question: &mut Question<'_>) -> Result<(), Problem> {
    let (meters, next) = page(question)?;
    let mut found: Vec<StoredChannel> = Vec::new();
    for meter in &meters {
        let mut channels = question.series.store.channels(Some(&meter.code))?;
        channels.retain(|stored| stored.channel.scheme == meter.scheme && stored.channel.meter == meter.code);
        found.append(&mut channels);
    }
    let (_, mut rows) = question.rows(CHANNELS)?;
    found.iter().try_for_each(|stored| rows.push(channel_row(stored))).map_err(AskError::from)?;
    rows.finish(next)
}
