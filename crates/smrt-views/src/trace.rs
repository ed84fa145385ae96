//! Where one value came from, and what stood in its place before or came too late to.

pub use crate::traced_measurements::TracedInstant;
use crate::{AskError, Cell, Column, Numbers, Series, is_sensor};
use smrt_core::{Channel, Flag, IntervalLength, MarketZone, Version};
use smrt_storage::{Store, StoredChannel, Trace, TracedValue};
use std::ops::ControlFlow;

/// Longest interval there is, in seconds.
const LONGEST: i64 = 86_400;

/// The current value first, then those before it, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("meter").unseen(),
    Column::text("channel").unseen(),
    Column::time("start"),
    Column::time("end").unseen(),
    Column::value("value"),
    Column::word("unit").unseen(),
    Column::word("quality").unseen(),
    Column::text("file"),
    Column::number("line"),
    Column::number("reason").unseen(),
    Column::text("reason_text").unseen(),
    Column::time("version"),
    Column::text("path").unseen(),
    Column::time("received_at").unseen(),
    Column::word("sha256").unseen(),
    Column::text("superseded_by"),
];

/// What is known of one interval of a meter, or of one instant of a sensor.
#[derive(Debug)]
pub enum Traced {
    /// Of an interval.
    Interval(Box<TracedInterval>),
    /// Of an instant.
    Instant(Box<TracedInstant>),
}

/// A channel with what is known of one of its intervals.
#[derive(Debug)]
pub struct TracedInterval {
    stored: StoredChannel,
    start: i64,
    trace: Trace,
}

/// Looks for the value of one of `channels` at a time as people write it: the start of its interval or any instant
/// within it; of a sensor, when it measured. `code` is what was asked for.
///
/// # Errors
/// [`AskError::NoReading`], [`AskError::NoMeasurement`] and [`AskError::SeveralChannels`] where there is not one.
pub fn trace(series: &mut Series, code: &str, channels: Vec<StoredChannel>, time: &str) -> Result<Traced, AskError> {
    if let [sensor] = channels.as_slice()
        && is_sensor(sensor)
    {
        return Ok(Traced::Instant(Box::new(TracedInstant::find(series, sensor, time)?)));
    }
    let mut found = Vec::new();
    for stored in channels {
        let start = stored.channel.zone.parse_instant(time);
        let start = start.map_err(|error| AskError::Parameter { name: "time", message: error.to_string() })?;
        found.extend(find(&mut series.store, stored, start)?);
    }
    if found.len() > 1 {
        let names = found.iter().map(|found| found.stored.channel.name.clone()).collect();
        return Err(AskError::SeveralChannels { names });
    }
    let one = found.pop().ok_or_else(|| AskError::NoReading { code: code.to_owned(), time: time.to_owned() })?;
    Ok(Traced::Interval(Box::new(one)))
}

impl Traced {
    /// As one object.
    pub fn object(&self) -> Cell<'_> {
        match self {
            Self::Interval(found) => object(found),
            Self::Instant(found) => found.object(),
        }
    }

    /// As rows of [`COLUMNS`], the value that holds first.
    pub fn rows(&self) -> Vec<Vec<Cell<'_>>> {
        match self {
            Self::Interval(found) => values(found).map(|(value, by)| row(found, value, by)).collect(),
            Self::Instant(found) => found.rows(),
        }
    }

    /// The columns that say nothing in any row.
    pub fn unstated(&self) -> &'static [&'static str] {
        match self {
            Self::Interval(found) if values(found).any(|(value, _)| value.version != Version::UNSTATED) => &[],
            _ => &["version"],
        }
    }

    /// What its numbers are.
    pub fn numbers(&self) -> Numbers {
        match self {
            Self::Interval(_) => Numbers::Exact,
            Self::Instant(_) => Numbers::Floating,
        }
    }
}

/// What is known of the interval that starts at `time` or holds it.
fn find(store: &mut Store, stored: StoredChannel, time: i64) -> Result<Option<TracedInterval>, AskError> {
    let mut start = time;
    let mut trace = store.trace(stored.id, start)?;
    if is_empty(&trace) {
        store.readings(stored.id, Some(time.saturating_sub(LONGEST)), Some(time), &mut |reading| {
            if reading.start + reading.minutes.seconds() > time {
                start = reading.start;
            }
            ControlFlow::Continue(())
        })?;
        trace = store.trace(stored.id, start)?;
    }
    Ok((!is_empty(&trace)).then_some(TracedInterval { stored, start, trace }))
}

fn is_empty(trace: &Trace) -> bool {
    trace.current.is_none() && trace.history.is_empty()
}

/// The current value and those before it, each with the file that took its place.
fn values(found: &TracedInterval) -> impl Iterator<Item = (&TracedValue, Option<&str>)> {
    let history = found.trace.history.iter().map(|old| (&old.value, Some(old.superseded_by.as_str())));
    found.trace.current.iter().map(|value| (value, None)).chain(history)
}

fn row<'a>(found: &'a TracedInterval, value: &'a TracedValue, superseded_by: Option<&'a str>) -> Vec<Cell<'a>> {
    let channel = &found.stored.channel;
    let mut row = vec![
        Cell::text(&channel.meter),
        Cell::stated(&channel.name),
        Cell::instant(found.start, channel.zone),
        end(channel, found.start, value.minutes),
        quantity(value),
        Cell::stated(&channel.unit),
    ];
    row.extend(origin(value, channel.zone).into_iter().skip(1).map(|(_, cell)| cell));
    row.push(Cell::maybe(superseded_by));
    row
}

fn end(channel: &Channel, start: i64, minutes: IntervalLength) -> Cell<'static> {
    Cell::instant(start + minutes.seconds(), channel.zone)
}

fn quantity(value: &TracedValue) -> Cell<'static> {
    if value.quality.flag == Flag::Null { Cell::Null } else { Cell::decimal(value.quantity) }
}

/// A value and where it came from.
fn origin(value: &TracedValue, zone: MarketZone) -> Vec<(&'static str, Cell<'_>)> {
    vec![
        ("value", quantity(value)),
        ("quality", Cell::text(value.quality.to_string())),
        ("file", Cell::text(&value.file.name)),
        ("line", Cell::Integer(value.line)),
        ("reason", Cell::maybe_integer(value.reason.as_ref().and_then(|reason| reason.code))),
        ("reason_text", value.reason.as_ref().map_or(Cell::Null, |reason| Cell::stated(&reason.text))),
        ("version", value.version.epoch().map_or(Cell::Null, |epoch| Cell::instant(epoch, zone))),
        ("path", Cell::text(&value.file.path)),
        ("received_at", Cell::maybe_utc(Some(value.file.received_at))),
        ("sha256", Cell::maybe(value.file.sha256.as_deref())),
    ]
}

fn object(found: &TracedInterval) -> Cell<'_> {
    let channel = &found.stored.channel;
    let value = |value, extra: Option<&'_ str>| {
        let mut fields: Vec<_> =
            origin(value, channel.zone).into_iter().map(|(name, cell)| (name.into(), cell)).collect();
        fields.extend(extra.map(|name| ("superseded_by".into(), Cell::text(name.to_owned()))));
        Cell::Object(fields)
    };
    let minutes = values(found).next().map(|(value, _)| value.minutes);
    Cell::object([
        ("meter", Cell::text(&channel.meter)),
        ("channel", Cell::stated(&channel.name)),
        ("start", Cell::instant(found.start, channel.zone)),
        ("end", minutes.map_or(Cell::Null, |minutes| end(channel, found.start, minutes))),
        ("unit", Cell::stated(&channel.unit)),
        ("current", found.trace.current.as_ref().map_or(Cell::Null, |current| value(current, None))),
        (
            "history",
            Cell::List(found.trace.history.iter().map(|old| value(&old.value, Some(&old.superseded_by))).collect()),
        ),
    ])
}
