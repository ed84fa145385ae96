//! Sample files: as many meter points and days as wanted, the same for the same seed.

use super::super::mdff::time;
use super::{Day, Description, Envelope, WriteError, Writer};
use crate::sample::mix;
use smrt_core::{Flag, IntervalEvent, IntervalLength, Quality, Quantity, Version};
use std::io;

/// A sample NEM12 file: households with a daily rhythm, every second one with solar panels, some days substituted in
/// part or estimated.
///
/// ```
/// use smrt_parser::nem12::Sample;
///
/// let mut text = Vec::new();
/// Sample { meters: 2, days: 3, ..Sample::default() }.write(&mut text)?;
/// let days = text.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"300,")).count();
/// assert_eq!(days, (1 + 2) * 3);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many meter points.
    pub meters: u32,
    /// How many days of each.
    pub days: u32,
    /// The first day, days since 1970-01-01.
    pub start: i32,
    /// Length of the intervals: 5, 15 or 30 minutes.
    pub length: IntervalLength,
    /// Chooses the values.
    pub seed: u64,
}

impl Default for Sample {
    fn default() -> Self {
        // 2024-01-01; half an hour is a length.
        let length = IntervalLength::from_minutes(30).unwrap_or(IntervalLength::HOUR);
        Self { meters: 10, days: 1, start: 19_723, length, seed: 1 }
    }
}

impl Sample {
    /// Writes the file.
    ///
    /// # Errors
    /// When `out` cannot be written to, or the days, the interval length or the number of meter points are outside of
    /// what the format has.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        self.write_channels(out).map_err(|error| match error {
            WriteError::Io(error) => error,
            other => io::Error::new(io::ErrorKind::InvalidInput, other),
        })
    }

    fn write_channels(&self, out: &mut impl io::Write) -> Result<(), WriteError> {
        let end = i64::from(self.start) + i64::from(self.days);
        let created_at = time::day_start(i32::try_from(end).map_err(|_| WriteError::DayOrder)?) + 3 * 3600;
        let mut writer = Writer::new(out, &Envelope { created_at, from: "SMRT", to: "SAMPLE" })?;
        for meter in 0..self.meters {
            let (nmi, serial) = (format!("41{meter:08}"), format!("M{meter:08}"));
            let solar = meter % 2 == 1;
            for (suffix, register) in [("E1", "1"), ("B1", "2")].into_iter().take(if solar { 2 } else { 1 }) {
                let configuration = if solar { "B1E1" } else { "E1" };
                let (nmi, serial, stream, unit, length) = (nmi.as_str(), serial.as_str(), "N1", "kWh", self.length);
                writer.channel(&Description { nmi, configuration, register, suffix, stream, serial, unit, length })?;
                self.write_days(&mut writer, u64::from(meter), suffix == "B1")?;
            }
        }
        writer.finish().map(drop)
    }

    fn write_days(&self, writer: &mut Writer<impl io::Write>, meter: u64, is_solar: bool) -> Result<(), WriteError> {
        let intervals = 1440 / i64::from(self.length.minutes());
        let channel = mix(self.seed ^ mix(meter * 2 + u64::from(is_solar)));
        for day in 0..self.days {
            let date = self.start.saturating_add_unsigned(day);
            let start = time::day_start(date);
            let chance = mix(channel ^ u64::from(date.cast_unsigned()));
            let values: Vec<Quantity> = (0..intervals).map(|interval| self.value(chance, interval, is_solar)).collect();
            let mut qualities = vec![Quality { flag: Flag::Actual, method: 0 }; values.len()];
            let mut events = Vec::new();
            let odd = match chance % 32 {
                // A few hours of the day came by no signal: reason 76.
                0 => Some((Flag::Substituted, 14, 76, intervals / 4, intervals / 2)),
                1 => Some((Flag::Estimated, 17, 77, 0, intervals)),
                _ => None,
            };
            if let Some((flag, method, reason, first, end)) = odd {
                let quality = Quality { flag, method };
                let place = |interval: i64| usize::try_from(interval).unwrap_or_default();
                qualities[place(first)..place(end)].fill(quality);
                let at = |interval: i64| start + interval * self.length.seconds();
                let (reason, text) = (Some(reason), String::new());
                events.push(IntervalEvent {
                    channel: 0,
                    start: at(first),
                    end: at(end),
                    quality,
                    reason,
                    text,
                    line: 0,
                });
            }
            // The data of a day are sent in the following night.
            let version = Version::from_epoch(start + 86_400 + 2 * 3600);
            writer.day(&Day { date, values: &values, qualities: &qualities, events: &events, version })?;
        }
        Ok(())
    }

    /// Watt-hours: little at night, most in the evening; of panels, most at noon.
    fn value(&self, chance: u64, interval: i64, is_solar: bool) -> Quantity {
        const HOUSE: [u64; 24] = [
            250, 210, 190, 180, 190, 240, 420, 610, 520, 420, 400, 410, 430, 410, 400, 450, 620, 900, 1100, 1050, 880,
            700, 500, 340,
        ];
        const SOLAR: [u64; 24] =
            [0, 0, 0, 0, 0, 20, 180, 620, 1250, 1900, 2450, 2800, 2900, 2750, 2350, 1750, 1050, 420, 90, 0, 0, 0, 0, 0];
        let minutes = u64::from(self.length.minutes());
        let hour = usize::try_from(interval * self.length.seconds() / 3600).unwrap_or_default() % 24;
        let usual = if is_solar { SOLAR[hour] } else { HOUSE[hour] } * minutes / 60;
        let scatter = mix(chance ^ interval.cast_unsigned()) % (usual + 1);
        Quantity::from_micros(i64::try_from(usual / 2 + scatter).unwrap_or_default() * 1000)
    }
}
