//! Readings gathered into stretches of time.

use super::{Cell, CliError, Column, Context, RangeArgs};
use crate::{
    channels::unstated,
    series::{SECOND, Series, is_sensor, label, numbers},
};
use smrt_analytics::{Bucket, QuantityStats, Resampler, SignalStats, Stats, Step};
use smrt_core::Flag;
use smrt_storage::StoredChannel;
use std::{io, ops::ControlFlow};

/// The columns of stretches, one a row.
const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::time("start"),
    Column::time("end"),
    Column::word("unit"),
    Column::number("count"),
    Column::value("sum"),
    Column::value("min"),
    Column::value("max"),
    Column::value("mean"),
    Column::value("last"),
];

/// Prints the stretches of channels that have a reading, and tells how many there are.
pub(super) fn print(
    series: &mut Series,
    channels: &[StoredChannel],
    range: &RangeArgs,
    step: Step,
    context: &mut Context,
) -> Result<u64, CliError> {
    let unseen = unstated(channels.iter().map(|stored| &stored.channel));
    let mut rows = context.printer.rows_of(COLUMNS, &unseen, numbers(channels))?;
    for stored in channels {
        let zone = stored.channel.zone;
        if is_sensor(stored) {
            let time = |micros| Cell::micros(micros);
            let mut gathering = Gathering::new(Resampler::<SignalStats>::new(step, zone), |bucket| {
                rows.push(row(stored, bucket, &time, of_signals(&bucket.stats)))
            });
            series.each_measurement(stored, range.micros(zone)?, &mut |measured| {
                gathering.push(measured.at, measured.value)
            })?;
            gathering.finish()?;
        } else {
            let time = |micros: i64| Cell::instant(micros.div_euclid(SECOND), zone);
            let mut gathering = Gathering::new(Resampler::<QuantityStats>::new(step, zone), |bucket| {
                rows.push(row(stored, bucket, &time, of_quantities(&bucket.stats)))
            });
            let (from, to) = range.instants(zone)?;
            series.store.readings(stored.id, from, to, &mut |reading| match reading.quality.flag {
                Flag::Null => ControlFlow::Continue(()),
                _ => gathering.push(reading.start.saturating_mul(SECOND), reading.quantity),
            })?;
            gathering.finish()?;
        }
    }
    Ok(rows.finish()?)
}

/// Values on their way into stretches, and those on their way out.
struct Gathering<S, F> {
    resampler: Resampler<S>,
    give: F,
    result: io::Result<()>,
}

impl<S: Stats, F: FnMut(&Bucket<S>) -> io::Result<()>> Gathering<S, F> {
    fn new(resampler: Resampler<S>, give: F) -> Self {
        Self { resampler, give, result: Ok(()) }
    }

    fn push(&mut self, at: i64, value: S::Value) -> ControlFlow<()> {
        if let Some(full) = self.resampler.push(at, value) {
            self.result = (self.give)(&full);
        }
        if self.result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn finish(mut self) -> io::Result<()> {
        self.result?;
        self.resampler.finish().map_or(Ok(()), |last| (self.give)(&last))
    }
}

/// Count, sum, least, greatest, mean and last.
type Values = [Cell<'static>; 6];

fn of_signals(stats: &SignalStats) -> Values {
    let value = |signal: Option<smrt_core::Signal>| Cell::signal(signal.map(smrt_core::Signal::get));
    [
        Cell::Integer(stats.count),
        Cell::signal(stats.sum()),
        value(stats.min),
        value(stats.max),
        Cell::signal(stats.mean()),
        value(stats.last),
    ]
}

fn of_quantities(stats: &QuantityStats) -> Values {
    [
        Cell::Integer(stats.count),
        Cell::decimal(stats.sum),
        Cell::maybe_decimal(stats.min),
        Cell::maybe_decimal(stats.max),
        Cell::maybe_decimal(stats.sum.mean(stats.count)),
        Cell::maybe_decimal(stats.last),
    ]
}

fn row<'a, S>(
    stored: &'a StoredChannel,
    bucket: &Bucket<S>,
    time: &dyn Fn(i64) -> Cell<'a>,
    values: Values,
) -> Vec<Cell<'a>> {
    let channel = &stored.channel;
    let mut row = vec![
        Cell::text(label(stored)),
        Cell::stated(&channel.name),
        time(bucket.start),
        time(bucket.end),
        Cell::stated(&channel.unit),
    ];
    row.extend(values);
    row
}
