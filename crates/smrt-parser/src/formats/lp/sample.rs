//! Sample files: load profiles of some meters, the same for the same seed.

use super::COLUMNS;
use crate::sample::{day_first, hashed, six_decimals};
use std::io;

/// A sample load profile: energy both ways and the mean voltage of each meter, every `minutes`.
///
/// ```
/// use smrt_parser::lp::Sample;
///
/// let mut text = Vec::new();
/// Sample { meters: 1, days: 1, minutes: 30, ..Sample::default() }.write(&mut text)?;
/// assert_eq!(text.iter().filter(|&&byte| byte == b'\n').count(), 1 + 3 * 48);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many meters.
    pub meters: u32,
    /// How many days of each.
    pub days: u32,
    /// Length of an interval in minutes, 1 to 1440.
    pub minutes: u16,
    /// The first day, as days since 1970-01-01, by the meters' clocks.
    pub first_day: i32,
    /// Code of the first meter point.
    pub first_meter: u64,
    /// Chooses the values.
    pub seed: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Self { meters: 1, days: 1, minutes: 15, first_day: 16_678, first_meter: 210_000_001, seed: 1 }
    }
}

/// Data type, unit, and the least and the greatest value in thousandths.
const CHANNELS: [(&str, &str, u64, u64); 3] = [
    ("Import Wh Total", "kwh", 0, 40),
    ("Export Wh Total", "kwh", 100, 4_600),
    ("Voltage Total", "V", 228_000, 252_000),
];

impl Sample {
    /// Writes the file.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "{}", COLUMNS.join(","))?;
        let step = u32::from(self.minutes.clamp(1, 1440));
        for meter in (self.first_meter..).take(self.meters as usize) {
            for (name, unit, least, most) in CHANNELS {
                for day in (self.first_day..).take(self.days as usize) {
                    for minute in (0..1440 / step).map(|index| index * step) {
                        let random = hashed(&[self.seed, meter, least, day.unsigned_abs().into(), minute.into()]);
                        let value = least + random % (most - least + 1);
                        writeln!(
                            out,
                            "{meter},{meter},ED{meter:09},{} {:02}:{:02}:00,{name},{},{unit},",
                            day_first(day),
                            minute / 60,
                            minute % 60,
                            six_decimals(value)
                        )?;
                    }
                }
            }
        }
        Ok(())
    }
}
