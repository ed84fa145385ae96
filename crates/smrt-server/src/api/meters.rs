//! Meters, sensors and their channels.

use super::{AFTER, CODE, FORMAT, KIND, LIMIT, PREFIX, SCHEME, cut, limit, meter};
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
    Cell,
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

/// The meters of a page and one more, which tells that there is another page.
pub(super) fn chosen(question: &Question<'_>, limit: u64) -> Result<MeterFilter, Problem> {
    let params = question.params;
    Ok(MeterFilter {
        prefix: params.text("prefix").map(str::to_owned),
        scheme: params.parsed("scheme"),
        after: params.meter_cursor()?,
        limit: Some(limit + 1),
        ..MeterFilter::default()
    })
}

/// A page of meters, of sensors or of both, and where the next one begins.
pub(crate) fn page_of_meters(
    question: &mut Question<'_>,
    sensors: Option<bool>,
    limit: u64,
) -> Result<(Vec<Meter>, Option<String>), Problem> {
    let filter = MeterFilter { sensors, ..chosen(question, limit)? };
    let mut meters = question.series.store.meters(&filter)?;
    // What is looked at a second time by the database may be left out of its answer: the page ends where it ends.
    let next = cut(&mut meters, limit, |meter| cursor_of(&meter.code, meter.scheme));
    Ok((meters, next))
}

/// The page that `kind`, `limit` and `after` mean.
fn page(question: &mut Question<'_>) -> Result<(Vec<Meter>, Option<String>), Problem> {
    let sensors = question.params.text("kind").map(|kind| kind == "sensor");
    page_of_meters(question, sensors, limit(question))
}

fn meters(question: &mut Question<'_>) -> Result<(), Problem> {
    let (meters, next) = page(question)?;
    let (_, mut rows) = question.rows(COLUMNS)?;
    meters.iter().try_for_each(|meter| rows.push(row(meter)))?;
    rows.finish(next)
}

fn one(question: &mut Question<'_>) -> Result<(), Problem> {
    let (meter, channels) = meter(question)?;
    let mut fields = Cell::fields(COLUMNS, row(&meter));
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
    found.iter().try_for_each(|stored| rows.push(channel_row(stored)))?;
    rows.finish(next)
}
