//! A series laid out by civil day and slot: what a load profile and a heat map are drawn from.

use crate::{AskError, Cell, Range, SECOND, Series, is_sensor, label};
use smrt_analytics::{Slots, typical_step};
use smrt_core::{Flag, MarketZone, Quality, Quantity, Signal, Sum};
use smrt_storage::StoredChannel;
use std::{collections::BTreeMap, ops::ControlFlow};

/// Most readings of one profile.
pub const MOST: usize = 250_000;
/// Lengths of slots for sensors, in seconds: those that people think in.
const LENGTHS: [i64; 8] = [60, 120, 300, 600, 900, 1800, 3600, 86_400];

/// A series laid out by civil day and slot.
#[derive(Clone, Debug)]
pub struct Profile<'a> {
    stored: &'a StoredChannel,
    slots: Slots,
    days: BTreeMap<i32, Day>,
}

/// One day: a value and a letter for each slot.
#[derive(Clone, Debug)]
struct Day {
    values: Vec<Value>,
    flags: String,
}

/// The value of a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    None,
    Exact(Sum),
    /// Sum and number of measurements.
    Measured(f64, u32),
}

/// A reading or measurement: when it starts (UTC epoch seconds), what, and how trustworthy.
type Sample = (i64, Value, char);

impl<'a> Profile<'a> {
    /// That of a channel in a stretch of time. Slots are as long as most readings; what falls into one slot is added up, or
    /// averaged where it was measured by a sensor.
    ///
    /// # Errors
    /// When the range makes no sense or has more than [`MOST`] readings, or the database or its lake cannot be read.
    pub fn of(series: &mut Series, stored: &'a StoredChannel, range: &Range) -> Result<Self, AskError> {
        let zone = stored.channel.zone;
        let (samples, seconds) = match is_sensor(stored) {
            true => measured(series, stored, range)?,
            false => metered(series, stored, range)?,
        };
        if samples.len() > MOST {
            let message = format!("expected a range of at most {MOST} readings; give a shorter one with from and to");
            return Err(AskError::Parameter { name: "from", message });
        }
        let slots = Slots::new(zone, seconds);
        let mut days = BTreeMap::<i32, Day>::new();
        for (at, value, flag) in samples {
            let slot = slots.of(at);
            days.entry(slot.day).or_insert_with(|| Day::of(slots.count(slot.day))).take(slot.index, value, flag);
        }
        Ok(Self { stored, slots, days })
    }

    /// As one object: for each day its date, when it starts, its number of slots, a value and a letter for each. `A`, `E`,
    /// `S`, `F` and `N` are qualities, `U` is one that is not stated, `-` stands where nothing is.
    pub fn object(&self) -> Cell<'_> {
        let channel = &self.stored.channel;
        let days = self.days.iter().map(|(&day, content)| content.object(day, channel.zone)).collect();
        let minutes = Cell::signal(Some(seconds_as_minutes(self.slots.seconds())));
        Cell::object([
            ("meter", Cell::text(label(self.stored))),
            ("channel", Cell::stated(&channel.name)),
            ("unit", Cell::stated(&channel.unit)),
            ("zone", Cell::text(channel.zone.to_string())),
            ("step_minutes", minutes),
            ("days", Cell::List(days)),
        ])
    }
}

#[expect(clippy::cast_precision_loss, reason = "no slot is longer than a day")]
fn seconds_as_minutes(seconds: i64) -> f64 {
    seconds as f64 / 60.0
}

/// The readings of a meter, and the length that most of them have.
fn metered(series: &mut Series, stored: &StoredChannel, range: &Range) -> Result<(Vec<Sample>, i64), AskError> {
    let (from, to) = range.instants(stored.channel.zone)?;
    let (mut samples, mut lengths) = (Vec::new(), BTreeMap::<i64, usize>::new());
    series.store.readings(stored.id, from, to, &mut |reading| {
        let value = match reading.quality.flag {
            Flag::Null => Value::None,
            _ => Value::Exact(exact(reading.quantity)),
        };
        samples.push((reading.start, value, letter(reading.quality)));
        *lengths.entry(reading.minutes.seconds()).or_default() += 1;
        if samples.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let most = lengths.into_iter().max_by_key(|&(length, count)| (count, -length));
    Ok((samples, most.map_or(1800, |(length, _)| length)))
}

/// What a sensor measured, and a length that is about as long as its measurements are apart.
fn measured(series: &mut Series, stored: &StoredChannel, range: &Range) -> Result<(Vec<Sample>, i64), AskError> {
    let (mut samples, mut instants) = (Vec::new(), Vec::new());
    series.each_measurement(stored, range.micros(stored.channel.zone)?, &mut |measured| {
        instants.push(measured.at);
        samples.push((measured.at.div_euclid(SECOND), Value::Measured(Signal::get(measured.value), 1), 'U'));
        if samples.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let step = typical_step(&instants).map_or(600, |step| step / SECOND);
    // A clock that is a little off must not leave every other slot empty.
    let length = LENGTHS.into_iter().find(|length| length * 10 >= step * 9).unwrap_or(86_400);
    Ok((samples, length))
}

fn exact(quantity: Quantity) -> Sum {
    Sum::from_micros(quantity.micros().into())
}

/// How trustworthy a value is, in one letter.
fn letter(quality: Quality) -> char {
    match quality.flag {
        Flag::Unstated => 'U',
        Flag::Actual => 'A',
        Flag::Estimated => 'E',
        Flag::Substituted => 'S',
        Flag::Final => 'F',
        Flag::Null => 'N',
    }
}

impl Day {
    fn of(slots: usize) -> Self {
        Self { values: vec![Value::None; slots], flags: "-".repeat(slots) }
    }

    fn take(&mut self, index: usize, value: Value, flag: char) {
        let Some(slot) = self.values.get_mut(index) else { return };
        *slot = match (*slot, value) {
            (Value::Exact(before), Value::Exact(more)) => {
                let mut sum = before;
                sum.merge(more);
                Value::Exact(sum)
            }
            (Value::Measured(before, count), Value::Measured(more, one)) => Value::Measured(before + more, count + one),
            (before, Value::None) => before,
            (_, value) => value,
        };
        // Letters are one byte each.
        self.flags.replace_range(index..=index, flag.encode_utf8(&mut [0; 4]));
    }

    fn object(&self, day: i32, zone: MarketZone) -> Cell<'static> {
        let values = self.values.iter().map(|value| match *value {
            Value::None => Cell::Null,
            Value::Exact(sum) => Cell::decimal(sum),
            Value::Measured(sum, count) => Cell::signal(Some(sum / f64::from(count))),
        });
        Cell::object([
            ("date", Cell::date(day)),
            ("start", Cell::signal(Some(epoch(zone.day_start(day))))),
            ("slots", Cell::Integer(self.values.len() as u64)),
            ("values", Cell::List(values.collect())),
            ("flags", Cell::text(self.flags.clone())),
        ])
    }
}

#[expect(clippy::cast_precision_loss, reason = "years that have a name are far below 2^53 seconds")]
fn epoch(seconds: i64) -> f64 {
    seconds as f64
}
