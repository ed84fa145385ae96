//! What a stretch of days adds up to, by channel or by meter.

use crate::{AskError, Cell, Column, Range, Series, daily::Per, is_sensor, label};
use smrt_analytics::{SignalStats, Stats};
use smrt_core::{Quantity, Sum};
use smrt_storage::StoredChannel;
use std::{
    cmp::{max, min},
    io,
    ops::ControlFlow,
};

/// The columns of summaries, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::text("serial"),
    Column::word("unit"),
    Column::date("from"),
    Column::date("to"),
    Column::number("count"),
    Column::value("sum"),
    Column::value("min"),
    Column::value("max"),
    Column::value("mean"),
];

/// Hands over what the days of channels that begin within a range add up to, each as a row of [`COLUMNS`]: `from` is the
/// first day with a value and `to` the last one, itself included. Channels without a value in the range have no row.
///
/// # Errors
/// When the range makes no sense, the database or its lake cannot be read, or `take` fails.
pub fn each_row(
    series: &mut Series,
    channels: &[StoredChannel],
    range: &Range,
    per: Per,
    take: &mut dyn FnMut(Vec<Cell<'_>>) -> io::Result<()>,
) -> Result<(), AskError> {
    let together = |a: &StoredChannel, b: &StoredChannel| {
        per == Per::Meter && (a.channel.scheme, &a.channel.meter) == (b.channel.scheme, &b.channel.meter)
    };
    for group in channels.chunk_by(together) {
        let row = match group {
            [sensor] if is_sensor(sensor) => of_sensor(series, sensor, range)?,
            _ => of_meter(series, group, range, per)?,
        };
        row.map_or(Ok(()), &mut *take)?;
    }
    Ok(())
}

fn of_meter<'a>(
    series: &mut Series,
    group: &'a [StoredChannel],
    range: &Range,
    per: Per,
) -> Result<Option<Vec<Cell<'a>>>, AskError> {
    let (mut count, mut sum) = (0, Sum::default());
    let (mut least, mut greatest): (Option<Quantity>, Option<Quantity>) = (None, None);
    let mut days: Option<(i32, i32)> = None;
    for stored in group {
        let (from, to) = range.days(stored.channel.zone)?;
        for day in series.store.daily(stored.id, from, to)?.iter().filter(|day| day.count > 0) {
            count += day.count;
            sum.merge(day.sum);
            least = [least, day.min].into_iter().flatten().reduce(min);
            greatest = [greatest, day.max].into_iter().flatten().reduce(max);
            days = Some(days.map_or((day.day, day.day), |(first, last)| (first.min(day.day), last.max(day.day))));
        }
    }
    let Some((first, last)) = days else { return Ok(None) };
    let channel = &group[0].channel;
    let shared = |text: fn(&StoredChannel) -> &String| {
        let first = text(&group[0]);
        if group.iter().all(|stored| text(stored) == first) { Cell::stated(first) } else { Cell::Null }
    };
    Ok(Some(vec![
        Cell::text(&channel.meter),
        if per == Per::Meter { Cell::Null } else { Cell::stated(&channel.name) },
        shared(|stored| &stored.channel.serial),
        shared(|stored| &stored.channel.unit),
        Cell::date(first),
        Cell::date(last),
        Cell::Integer(count),
        Cell::decimal(sum),
        Cell::maybe_decimal(least),
        Cell::maybe_decimal(greatest),
        Cell::maybe_decimal(sum.mean(count)),
    ]))
}

fn of_sensor<'a>(
    series: &mut Series,
    stored: &'a StoredChannel,
    range: &Range,
) -> Result<Option<Vec<Cell<'a>>>, AskError> {
    let zone = stored.channel.zone;
    let (from, to) = range.days(zone)?;
    let start = |day: i32| zone.day_start(day).saturating_mul(crate::SECOND);
    let (mut stats, mut ends): (SignalStats, Option<(i64, i64)>) = (SignalStats::default(), None);
    series.each_measurement(stored, (from.map(start), to.map(start)), &mut |measured| {
        stats.add(measured.value);
        ends = Some((ends.map_or(measured.at, |(first, _)| first), measured.at));
        ControlFlow::Continue(())
    })?;
    let Some((first, last)) = ends else { return Ok(None) };
    let date = |at: i64| Cell::date(zone.day(at.div_euclid(crate::SECOND)));
    Ok(Some(vec![
        Cell::text(label(stored)),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        date(first),
        date(last),
        Cell::Integer(stats.count),
        Cell::signal(stats.sum()),
        Cell::signal(stats.min.map(smrt_core::Signal::get)),
        Cell::signal(stats.max.map(smrt_core::Signal::get)),
        Cell::signal(stats.mean()),
    ]))
}
