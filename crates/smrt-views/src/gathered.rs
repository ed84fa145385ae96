//! Readings gathered into stretches of time.

use crate::{AskError, Cell, Column, Range, SECOND, Series, is_sensor, label, time};
use smrt_analytics::{Bucket, QuantityStats, Resampler, SignalStats, Stats, Step};
use smrt_core::Flag;
use smrt_storage::StoredChannel;
use std::{io, ops::ControlFlow};

/// The columns of stretches, one a row.
pub const COLUMNS: &[Column] = &[
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

/// Hands the stretches of a channel that have a reading to `take`, each as a row of [`crate::STRETCHES`].
///
/// # Errors
/// When the range makes no sense, the database or its lake cannot be read, or `take` fails.
pub fn each_stretch(
    series: &mut Series,
    stored: &StoredChannel,
    range: &Range,
    step: Step,
    take: &mut dyn FnMut(Vec<Cell<'_>>) -> io::Result<()>,
) -> Result<(), AskError> {
    let zone = stored.channel.zone;
    if is_sensor(stored) {
        let mut gathering = Gathering::new(Resampler::<SignalStats>::new(step, zone), |bucket| {
            take(row(stored, bucket, of_signals(&bucket.stats)))
        });
        series.each_measurement(stored, range.micros(zone)?, &mut |measured| {
            gathering.push(measured.at, measured.value)
        })?;
        return Ok(gathering.finish()?);
    }
    let mut gathering = Gathering::new(Resampler::<QuantityStats>::new(step, zone), |bucket| {
        take(row(stored, bucket, of_quantities(&bucket.stats)))
    });
    let (from, to) = range.instants(zone)?;
    series.store.readings(stored.id, from, to, &mut |reading| match reading.quality.flag {
        Flag::Null => ControlFlow::Continue(()),
        _ => gathering.push(reading.start.saturating_mul(SECOND), reading.quantity),
    })?;
    Ok(gathering.finish()?)
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
pub(crate) type Values = [Cell<'static>; 6];

pub(crate) fn of_signals(stats: &SignalStats) -> Values {
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

fn row<'a, S>(stored: &'a StoredChannel, bucket: &Bucket<S>, values: Values) -> Vec<Cell<'a>> {
    let channel = &stored.channel;
    let mut row = vec![
        Cell::text(label(stored)),
        Cell::stated(&channel.name),
        time(stored, bucket.start),
        time(stored, bucket.end),
        Cell::stated(&channel.unit),
    ];
    row.extend(values);
    row
}
