//! Reading ahead for sensors that are asked one after the other.
//!
//! The files of a lake are days, and each holds all sensors. Asked one by one, a thousand sensors would open the files
//! of a year a thousand times; read together, as many as fit into memory at a time, they open them a few times.

use smrt_core::{MarketZone, SensorId};
use smrt_lake::Measured;
use smrt_storage::{Store, StoreError, StoredChannel};
use std::collections::HashMap;

/// Most measurements that are read ahead.
const MOST_ROWS: u64 = 1 << 19;
/// Most sensors that are read ahead.
const MOST_SENSORS: usize = 1 << 14;

/// A stretch of time, UTC epoch microseconds, `from` <= at < `to`.
pub(super) type Range = (Option<i64>, Option<i64>);

/// Sensors that will be asked, and what was read ahead of them.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    expected: Vec<Expected>,
    /// Where each sensor stands among those.
    places: HashMap<SensorId, usize>,
    /// Which stretch of time was read.
    range: Range,
    rows: HashMap<SensorId, Vec<Measured>>,
}

/// A sensor that will be asked.
#[derive(Clone, Copy, Debug)]
struct Expected {
    sensor: SensorId,
    channel: i64,
    zone: MarketZone,
}

impl Ahead {
    /// Says which channels will be asked, in their order.
    pub(super) fn expect(&mut self, channels: &[StoredChannel]) {
        let expected = channels.iter().filter_map(|stored| {
            let sensor = stored.channel.meter.parse().ok()?;
            Some(Expected { sensor, channel: stored.id, zone: stored.channel.zone })
        });
        *self = Self { expected: expected.collect(), ..Self::default() };
        self.places = self.expected.iter().enumerate().map(|(place, expected)| (expected.sensor, place)).collect();
    }

    /// What was read of a sensor, to be given [back](Self::put_back).
    pub(super) fn take(&mut self, sensor: SensorId, range: Range) -> Option<Vec<Measured>> {
        if self.range == range { self.rows.remove(&sensor) } else { None }
    }

    /// Keeps what was taken, should it be asked again.
    pub(super) fn put_back(&mut self, sensor: SensorId, rows: Vec<Measured>) {
        self.rows.insert(sensor, rows);
    }

    /// The sensors that are best read together with one, that one first; it alone where it is not expected, or fills
    /// the memory by itself. They end at one of another zone, which will be asked for another stretch of time.
    pub(super) fn together(
        &self,
        store: &mut Store,
        sensor: SensorId,
        range: Range,
    ) -> Result<Vec<SensorId>, StoreError> {
        let mut together = vec![sensor];
        let Some(&place) = self.places.get(&sensor) else { return Ok(together) };
        let (mut rows, mut likely) = (0, &self.expected[place..]);
        while let Some((next, rest)) = likely.split_first() {
            likely = rest;
            if next.zone != self.expected[place].zone || together.len() == MOST_SENSORS {
                break;
            }
            rows += count(store, next, range)?;
            if rows > MOST_ROWS {
                break;
            }
            if next.sensor != sensor {
                together.push(next.sensor);
            }
        }
        Ok(together)
    }

    /// Begins anew, with sensors of which nothing is there yet.
    pub(super) fn begin(&mut self, sensors: &[SensorId], range: Range) {
        self.range = range;
        self.rows = sensors.iter().map(|&sensor| (sensor, Vec::new())).collect();
    }

    /// Takes what was read; of sensors between those that are wanted nothing is kept.
    pub(super) fn push(&mut self, rows: &[Measured]) {
        for row in rows {
            if let Some(rows) = self.rows.get_mut(&row.sensor) {
                rows.push(*row);
            }
        }
    }
}

/// At most how many measurements a sensor has in a stretch of time.
fn count(store: &mut Store, expected: &Expected, (from, to): Range) -> Result<u64, StoreError> {
    let day = |micros: i64| expected.zone.day(micros.div_euclid(1_000_000));
    let days = store.sensor_days(expected.channel, from.map(day), to.map(|to| day(to).saturating_add(1)))?;
    Ok(days.iter().map(|day| day.count).sum())
}
