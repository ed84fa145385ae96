//! The sensors of a file, numbered in the order of their first appearance, and the instants of their civil times.

use super::stamp::{MICROS, Stamp};
use crate::{
    formats::table::{Oddity, is_second_pass},
    interner::{Full, Interner},
};
use smrt_core::{CivilInstants, MarketZone, SensorId};

/// The sensors seen so far.
#[derive(Debug)]
pub(super) struct Sensors {
    /// The zone of times that state none.
    pub(super) zone: MarketZone,
    numbers: Interner,
    /// The last instant of each sensor, UTC epoch microseconds.
    last: Vec<i64>,
}

impl Sensors {
    pub(super) fn new(zone: MarketZone) -> Self {
        Self { zone, numbers: Interner::default(), last: Vec::new() }
    }

    /// The number of a sensor, and whether it is new.
    pub(super) fn number(&mut self, sensor: SensorId) -> Result<(u32, bool), Full> {
        let (number, is_new) = self.numbers.intern(&sensor.0.to_be_bytes())?;
        if is_new {
            self.last.push(i64::MIN);
        }
        Ok((number, is_new))
    }

    /// The number of a sensor that has one.
    pub(super) fn find(&self, sensor: SensorId) -> Option<u32> {
        self.numbers.find(&sensor.0.to_be_bytes())
    }

    /// The instants a time can mean, UTC epoch microseconds.
    pub(super) fn instants(&self, stamp: Stamp) -> CivilInstants {
        let micros = |at: i64| at * MICROS + stamp.micros;
        match stamp.offset {
            Some(offset) => CivilInstants::Once(micros(stamp.local - offset)),
            None => match self.zone.instants(stamp.local) {
                CivilInstants::Skipped => CivilInstants::Skipped,
                CivilInstants::Once(at) => CivilInstants::Once(micros(at)),
                CivilInstants::Twice(first, second) => CivilInstants::Twice(micros(first), micros(second)),
            },
        }
    }

    /// When the hour of a time begins, UTC epoch microseconds, where the clock runs through the whole of it once and
    /// without a step.
    pub(super) fn hour(&self, stamp: Stamp) -> Option<i64> {
        let start = stamp.local - stamp.local.rem_euclid(3600);
        if let Some(offset) = stamp.offset {
            return Some((start - offset) * MICROS);
        }
        match (self.zone.instants(start), self.zone.instants(start + 3599)) {
            (CivilInstants::Once(first), CivilInstants::Once(last)) if last - first == 3599 => Some(first * MICROS),
            _ => None,
        }
    }

    /// The instant of a sensor's value among those its time can mean, and what is odd about it; `None` where it can mean
    /// none.
    pub(super) fn place(&mut self, sensor: u32, instants: CivilInstants) -> Option<(i64, Option<Oddity>)> {
        let last = self.last.get(sensor as usize).copied().unwrap_or(i64::MIN);
        let (at, oddity) = match instants {
            CivilInstants::Skipped => return None,
            CivilInstants::Once(at) => (at, None),
            CivilInstants::Twice(first, second) => {
                let is_second = is_second_pass(first, second, last);
                (if is_second { second } else { first }, Some(Oddity::DoubledHour { second: is_second }))
            }
        };
        self.reached(sensor, at);
        Some((at, oddity))
    }

    /// Remembers the last instant of a sensor.
    #[inline]
    pub(super) fn reached(&mut self, sensor: u32, at: i64) {
        if let Some(last) = self.last.get_mut(sensor as usize) {
            *last = at;
        }
    }
}
