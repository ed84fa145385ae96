//! Sample files: as many meter points and reads as wanted, the same for the same seed.

use super::super::mdff::time;
use crate::sample::mix;
use std::io;

/// Days between two reads.
const QUARTER: i64 = Sample::DAYS_BETWEEN_READS.cast_signed();
/// What a register of five dials shows before it starts again.
const ROUND: u64 = 100_000;

/// A sample NEM13 file: meters read every quarter, some of them past all nines; the last read of every eighth meter is
/// an estimate.
///
/// ```
/// use smrt_parser::nem13::Sample;
///
/// let mut text = Vec::new();
/// Sample { meters: 2, reads: 4, ..Sample::default() }.write(&mut text)?;
/// let reads = text.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"250,")).count();
/// assert_eq!(reads, 2 * 4);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many meter points.
    pub meters: u32,
    /// How many reads of each.
    pub reads: u32,
    /// The day of the first read, days since 1970-01-01.
    pub start: i32,
    /// Chooses the values.
    pub seed: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Self { meters: 10, reads: 4, start: 19_723, seed: 1 }
    }
}

impl Sample {
    /// Days from one read to the next, a quarter of a year.
    pub const DAYS_BETWEEN_READS: u64 = 91;

    /// Writes the file.
    ///
    /// # Errors
    /// When `out` cannot be written to, or the reads go beyond the year 9999.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let end = i64::from(self.start) + QUARTER * (i64::from(self.reads) + 1);
        write!(out, "100,NEM13,{},SMRT,SAMPLE\r\n", &stamp(end, 3 * 3600)?[..12])?;
        for meter in 0..self.meters {
            self.write_reads(u64::from(meter), out)?;
        }
        out.write_all(b"900\r\n")
    }

    fn write_reads(&self, meter: u64, out: &mut impl io::Write) -> io::Result<()> {
        let chance = mix(self.seed ^ mix(meter));
        let mut stand = chance % ROUND;
        // Somebody comes between eight and sixteen o'clock.
        let visit = |read: i64| {
            let second = mix(chance ^ read.cast_unsigned()) % 28_800;
            stamp(i64::from(self.start) + read * QUARTER, 28_800 + i64::try_from(second).unwrap_or_default())
        };
        for read in 0..i64::from(self.reads) {
            let quantity = 300 + mix(chance.rotate_left(7) ^ read.cast_unsigned()) % 2_000;
            let next = (stand + quantity) % ROUND;
            let is_estimate = meter % 8 == 7 && read + 1 == i64::from(self.reads);
            let quality = if is_estimate { "E62,," } else { "A,," };
            let after = i64::from(self.start) + (read + 1) * QUARTER;
            let (previous, current) = (visit(read)?, if is_estimate { stamp(after, 0)? } else { visit(read + 1)? });
            let (scheduled, update) = (stamp(after + QUARTER, 0)?, stamp(after + 1, 2 * 3600)?);
            write!(out, "250,31{meter:08},11,1,11,11,M{meter:08},E,{stand:05},{previous},A,,,")?;
            write!(out, "{next:05},{current},{quality},{quantity},kWh,{},{update},\r\n", &scheduled[..8])?;
            if is_estimate {
                out.write_all(b"550,N,,E,\r\n")?;
            }
            stand = next;
        }
        Ok(())
    }
}

/// A second of a day in NEM time as DateTime(14).
fn stamp(date: i64, second: i64) -> io::Result<String> {
    let written = i32::try_from(date).ok().and_then(|date| time::write(time::day_start(date) + second));
    written.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a date outside of the years 1 to 9999"))
}
