//! Sample files: what some sensors measured, the same for the same seed.

use super::COLUMNS;
use crate::sample::hashed;
use smrt_core::{MarketZone, SensorId, Signal};
use std::io;

/// A sample of measurements: all sensors of a time after each other, then the next time. Times are civil times of
/// Europe/Berlin and state no zone, so the hour that autumn doubles is there twice.
///
/// ```
/// use smrt_parser::sensor::Sample;
///
/// let mut text = Vec::new();
/// Sample { sensors: 3, times: 10, ..Sample::default() }.write(&mut text)?;
/// assert_eq!(text.iter().filter(|&&byte| byte == b'\n').count(), 1 + 3 * 10);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many sensors.
    pub sensors: u32,
    /// How many values of each.
    pub times: u32,
    /// Seconds from one time to the next.
    pub step: u32,
    /// The first time, UTC epoch seconds.
    pub start: i64,
    /// Chooses the sensors and their values.
    pub seed: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Self { sensors: 1, times: 288, step: 300, start: 1_451_602_800, seed: 1 }
    }
}

impl Sample {
    /// Writes the file.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "{}", COLUMNS.join(";"))?;
        for time in 0..self.times {
            let at = self.start + i64::from(time) * i64::from(self.step);
            let local = MarketZone::BERLIN.rfc3339(at);
            let (date, clock) = (local.get(..10).unwrap_or_default(), local.get(11..19).unwrap_or_default());
            for sensor in 0..self.sensors {
                let value = self.value(sensor, at);
                writeln!(out, "{date} {clock};{};{value}", sensor_id(self.seed, sensor))?;
            }
        }
        Ok(())
    }

    /// What a sensor measures at an instant: something around a level of its own, which rises and falls with the day.
    fn value(&self, sensor: u32, at: i64) -> Signal {
        let random = |what: u64| fraction(hashed(&[self.seed, sensor.into(), what]));
        let level = (random(1) - 0.4) * 1000.0;
        let swing = 1.0 + random(2) * 200.0;
        let minute = u32::try_from(at.rem_euclid(86_400) / 60).unwrap_or_default();
        let of_day = (f64::from(minute) / 720.0 - 1.0).abs();
        let noise = fraction(hashed(&[self.seed, sensor.into(), 3, at.unsigned_abs()]));
        Signal::new(level + swing * (of_day + noise * 0.25)).unwrap_or_default()
    }
}

/// 64 random bits as a number from 0 to 1.
fn fraction(random: u64) -> f64 {
    const HALF: f64 = 4_294_967_296.0;
    let half = |bits: u64| f64::from(u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default());
    (half(random >> 32) + half(random) / HALF) / HALF
}

/// The sensor of a number, the same in all samples of a seed: a UUID as random ones are written.
pub(crate) fn sensor_id(seed: u64, number: u32) -> SensorId {
    const VERSION_4: u128 = 0x4 << 76;
    const VARIANT_1: u128 = 0b10 << 62;
    const THEIR_BITS: u128 = 0xf << 76 | 0b11 << 62;
    let half = |what: u64| u128::from(hashed(&[seed, number.into(), what]));
    SensorId((half(4) << 64 | half(5)) & !THEIR_BITS | VERSION_4 | VARIANT_1)
}

/// What the sensor of a number is called.
pub(crate) fn sensor_name(number: u32) -> String {
    format!("sensor_{number:05}")
}
