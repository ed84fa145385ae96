//! What programs can ask, one subject a file.

mod anomalies;
mod coverage;
mod files;
mod meters;
mod operations;
mod overview;
mod series;
mod warehouse;

use crate::{
    endpoint::{Endpoint, Question},
    params::{Kind, Param},
    problem::Problem,
};
use smrt_storage::{Meter, MeterFilter, StoredChannel};
use smrt_views::{channel_named, channels_of};

pub(crate) use coverage::covered;
pub(crate) use files::{FileDetails, details, page_of_files};
pub(crate) use meters::page_of_meters;
pub(crate) use overview::{DAYS, overview};

/// All of them.
pub(crate) const ENDPOINTS: &[&[Endpoint]] = &[
    overview::ENDPOINTS,
    files::ENDPOINTS,
    meters::ENDPOINTS,
    series::ENDPOINTS,
    coverage::ENDPOINTS,
    anomalies::ENDPOINTS,
    warehouse::ENDPOINTS,
    operations::ENDPOINTS,
];

const CODE: Param =
    Param::path("code", Kind::Text, "A meter's number or NMI, or a sensor's name or UUID", "0000000101");
const METER: Param =
    Param::query("meter", Kind::Text, "A meter's number or NMI, or a sensor's name or UUID", "0000000101");
const CHANNEL: Param = Param::query("channel", Kind::Text, "Only channels of this name", "E1");
const FROM: Param = Param::query(
    "from",
    Kind::Time,
    "First instant: a date or RFC 3339; without a zone it is in the channel's",
    "2024-01-14",
);
const TO: Param = Param::query("to", Kind::Time, "First instant that is no longer meant", "2024-01-17");
const AFTER: Param =
    Param::query("after", Kind::BehindMeter, "Where the page begins: what `next` of the page before said", "");
const AFTER_ROW: Param =
    Param::query("after", Kind::BehindNumbers, "Where the page begins: what `next` of the page before said", "");
const LIMIT: Param = Param::query("limit", Kind::Whole(1, 1000), "Most rows of the page; 100 if it is left out", "50");
const FORMAT: Param =
    Param::query("format", Kind::Word(&["json", "ndjson", "csv"]), "The form, instead of the header Accept", "csv");
const PREFIX: Param =
    Param::query("prefix", Kind::Text, "Only meters and sensors whose number, name or UUID begins so", "00000001");
const SCHEME: Param = Param::query(
    "scheme",
    Kind::Word(&["gas-meter", "nmi", "meter-point", "sensor"]),
    "Only meters of this numbering",
    "gas-meter",
);
const KIND: Param = Param::query("kind", Kind::Word(&["meter", "sensor"]), "Only meters, or only sensors", "meter");
const PER: Param = Param::query(
    "per",
    Kind::Word(&["channel", "meter"]),
    "A row for each channel, or all channels of a meter in one",
    "channel",
);

/// Rows of a page where nobody says how many.
const PAGE: u64 = 100;

/// The rows of a page that are wanted.
fn limit(question: &Question<'_>) -> u64 {
    question.params.whole("limit").unwrap_or(PAGE)
}

/// Takes away the row that tells that there is another page; where that one begins, if it was there.
fn cut<T>(rows: &mut Vec<T>, limit: u64, cursor: impl FnOnce(&T) -> String) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more).map(cursor)
}

/// The channels that the parameters `code` or `meter`, `channel` and `serial` mean.
fn channels(question: &mut Question<'_>) -> Result<Vec<StoredChannel>, Problem> {
    let params = question.params;
    let code = params.text("code").or(params.text("meter"));
    let mut channels = channels_of(&mut question.series.store, code, params.text("channel"))?;
    if let Some(serial) = params.text("serial") {
        channels.retain(|stored| stored.channel.serial == serial);
    }
    let range = params.range();
    for stored in &channels {
        range.instants(stored.channel.zone)?;
    }
    Ok(channels)
}

/// The one channel that the parameters `code` and `channel` mean.
fn channel(question: &mut Question<'_>) -> Result<StoredChannel, Problem> {
    let params = question.params;
    let stored = channel_named(&mut question.series.store, params.needed("code"), params.text("channel"))?;
    params.range().instants(stored.channel.zone)?;
    Ok(stored)
}

/// The meter that `code` means, with its channels.
pub(crate) fn meter(question: &mut Question<'_>) -> Result<(Meter, Vec<StoredChannel>), Problem> {
    let code = question.params.needed("code");
    let channels = channels_of(&mut question.series.store, Some(code), None)?;
    let exact = channels.first().map_or_else(|| code.to_owned(), |stored| stored.channel.meter.clone());
    let filter = MeterFilter { code: Some(exact), ..MeterFilter::default() };
    let meter = question.series.store.meters(&filter)?.into_iter().next();
    let meter = meter.ok_or_else(|| smrt_views::AskError::NoMeter { code: code.to_owned(), near: Vec::new() })?;
    Ok((meter, channels))
}
