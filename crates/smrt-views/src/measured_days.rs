//! The days of a sensor.

use crate::{AskError, Cell, Range, SECOND, Series, label};
use smrt_analytics::{Bucket, Resampler, SignalStats, Step, typical_step};
use smrt_core::Signal;
use smrt_storage::StoredChannel;
use std::{io, ops::ControlFlow};

/// Hands the days of a sensor to `take`, each with its number and as a row of [`crate::daily::COLUMNS`].
pub(crate) fn each_row(
    series: &mut Series,
    stored: &StoredChannel,
    range: &Range,
    take: &mut dyn FnMut(i32, Vec<Cell<'_>>) -> io::Result<()>,
) -> Result<(), AskError> {
    let zone = stored.channel.zone;
    let (mut days, mut instants) = (Vec::new(), Vec::new());
    let mut resampler = Resampler::<SignalStats>::new(Step::DAY, zone);
    series.each_measurement(stored, range.micros_of_days(zone)?, &mut |measured| {
        instants.push(measured.at);
        days.extend(resampler.push(measured.at, measured.value));
        ControlFlow::Continue(())
    })?;
    days.extend(resampler.finish());
    let step = typical_step(&instants);
    for day in days {
        let number = zone.day(day.start.div_euclid(SECOND));
        take(number, row(stored, number, &day, step))?;
    }
    Ok(())
}

fn row<'a>(stored: &'a StoredChannel, number: i32, day: &Bucket<SignalStats>, step: Option<i64>) -> Vec<Cell<'a>> {
    let value = |signal: Option<Signal>| Cell::signal(signal.map(Signal::get));
    // As many as fit, to the nearest; a day of a sensor with no usual distance expects nothing.
    let expected = step.and_then(|step| u64::try_from((day.end - day.start + step / 2) / step).ok());
    vec![
        Cell::text(label(stored)),
        Cell::Null,
        Cell::date(number),
        Cell::Null,
        Cell::Integer(day.stats.count),
        Cell::maybe_integer(expected),
        Cell::signal(day.stats.sum()),
        value(day.stats.min),
        value(day.stats.max),
        Cell::signal(day.stats.mean()),
    ]
}
