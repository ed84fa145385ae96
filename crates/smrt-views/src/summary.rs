//! What a stretch of days adds up to, by channel or by meter.

use crate::{
    AskError, Cell, Column, Range, Series,
    daily::{Day, Per, groups},
    gathered::of_signals,
    is_sensor, label,
};
use smrt_analytics::{SignalStats, Stats};
use smrt_storage::StoredChannel;
use std::{io, ops::ControlFlow};

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
    for group in groups(channels, per) {
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
    let mut all = Day::default();
    let mut days: Option<(i32, i32)> = None;
    for stored in group {
        let (from, to) = range.days(stored.channel.zone)?;
        for day in series.store.daily(stored.id, from, to)?.iter().filter(|day| day.count > 0) {
            all.merge(day);
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
        Cell::Integer(all.count),
        Cell::decimal(all.sum),
        Cell::maybe_decimal(all.min),
        Cell::maybe_decimal(all.max),
        Cell::maybe_decimal(all.sum.mean(all.count)),
    ]))
}

fn of_sensor<'a>(
    series: &mut Series,
    stored: &'a StoredChannel,
    range: &Range,
) -> Result<Option<Vec<Cell<'a>>>, AskError> {
    let zone = stored.channel.zone;
    let (mut stats, mut ends): (SignalStats, Option<(i64, i64)>) = (SignalStats::default(), None);
    series.each_measurement(stored, range.micros_of_days(zone)?, &mut |measured| {
        stats.add(measured.value);
        ends = Some((ends.map_or(measured.at, |(first, _)| first), measured.at));
        ControlFlow::Continue(())
    })?;
    let Some((first, last)) = ends else { return Ok(None) };
    let date = |at: i64| Cell::date(zone.day(at.div_euclid(crate::SECOND)));
    let mut row = vec![Cell::text(label(stored)), Cell::Null, Cell::Null, Cell::Null, date(first), date(last)];
    // All but the last one of them.
    let [values @ .., _] = of_signals(&stats);
    row.extend(values);
    Ok(Some(row))
}
