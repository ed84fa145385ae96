//! Sample files: register reads of some meters at midnight, the same for the same seed.

use super::COLUMNS;
use crate::sample::{day_first, hashed, six_decimals};
use std::io;

/// A sample file of register reads: of each meter and day the total of a register, what it showed at the billing
/// reset, and the two periods around it, each for all rates and for the only one.
///
/// ```
/// use smrt_parser::tou::Sample;
///
/// let mut text = Vec::new();
/// Sample { meters: 2, ..Sample::default() }.write(&mut text)?;
/// assert_eq!(text.iter().filter(|&&byte| byte == b'\n').count(), 1 + 2 * 4 * 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many meters.
    pub meters: u32,
    /// The day of the reads, as days since 1970-01-01, by the meters' clocks.
    pub day: i32,
    /// Code of the first meter point.
    pub first_meter: u64,
    /// Chooses the values.
    pub seed: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Self { meters: 1, day: 16_678, first_meter: 210_000_001, seed: 1 }
    }
}

impl Sample {
    /// Writes the file.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "{}", COLUMNS.join(","))?;
        let (read, reset) = (day_first(self.day), day_first(self.day.saturating_sub(1)));
        for meter in (self.first_meter..).take(self.meters as usize) {
            let random = |what: u64, most: u64| hashed(&[self.seed, meter, what]) % most;
            let (previous, current) = (random(1, 900_000), random(2, 30_000));
            let (demand, resets) = (random(3, 50_000), random(4, 40));
            for (period, energy, at) in [
                ("Total", previous + current, &read),
                ("Billing Total", previous, &reset),
                ("Current", current, &read),
                ("Previous", previous, &reset),
            ] {
                for rate in ["Unified", "Rate 1"] {
                    writeln!(
                        out,
                        "{meter},{meter},ED{meter:09},{at} 00:00:00,Export Wh Total,{},{},30/12/1899 00:00:00,kwh,\
                         .....R....,{period},False,{resets},{reset} 00:00:00,{rate}",
                        six_decimals(energy),
                        six_decimals(demand)
                    )?;
                }
            }
        }
        Ok(())
    }
}
