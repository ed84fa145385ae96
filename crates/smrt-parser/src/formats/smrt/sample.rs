//! Sample files: as many meters and days as wanted, the same for the same seed.

use super::{Consumption, Header, Record};
use crate::scatter::mix;
use smrt_core::{Generation, Quantity};
use std::{fmt, io};

/// In which order the records of a sample file stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// All hours of a meter, then the next meter: as the data provider sends them.
    #[default]
    Meter,
    /// All meters of an hour, then the next hour.
    Time,
    /// In no order.
    Shuffled,
}

/// A sample SMRT file: a gas consumption with its daily and yearly rhythm, and a scatter that depends on the seed.
///
/// ```
/// use smrt_parser::smrt::{Records, Sample};
///
/// let mut text = Vec::new();
/// Sample { meters: 2, hours: 24, ..Sample::default() }.write(&mut text)?;
/// assert_eq!(Records::new(&text).filter_map(Result::ok).count(), 1 + 2 * 24 + 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many meters.
    pub meters: u32,
    /// How many hours of each.
    pub hours: u32,
    /// Start of the first hour, UTC epoch seconds.
    pub start: i64,
    /// Number of the first meter.
    pub first_meter: u64,
    /// Generation number of the file.
    pub generation: Generation,
    /// Chooses the scatter.
    pub seed: u64,
    /// Order of the records.
    pub order: Order,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            meters: 10,
            hours: 24,
            start: 1_569_628_800,
            first_meter: 1,
            generation: Generation { environment: smrt_core::Environment::Production, number: 1 },
            seed: 1,
            order: Order::Meter,
        }
    }
}

impl Sample {
    /// Writes the file.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let end = self.start + i64::from(self.hours) * 3600;
        let header = Header { company: "GAZ".into(), created_at: end + 3600, generation: self.generation };
        writeln!(out, "{}", Record::Header(header))?;
        let count = u64::from(self.meters) * u64::from(self.hours);
        for index in 0..count {
            let (meter, hour) = self.place(index, count);
            writeln!(out, "{}", self.line(meter, hour))?;
        }
        writeln!(out, "{}", Record::Trailer)
    }

    /// Meter and hour of the record that stands at `index`.
    fn place(&self, index: u64, count: u64) -> (u64, u64) {
        let (meters, hours) = (u64::from(self.meters), u64::from(self.hours));
        match self.order {
            Order::Meter => (index / hours, index % hours),
            Order::Time => (index % meters, index / meters),
            Order::Shuffled => {
                let index = permuted(index, count, self.seed);
                (index / hours, index % hours)
            }
        }
    }

    fn line(&self, meter: u64, hour: u64) -> impl fmt::Display {
        let start = self.start + i64::try_from(hour).unwrap_or(0) * 3600;
        let consumption = self.consumption(meter, start);
        let number = self.first_meter + meter;
        fmt::from_fn(move |f| {
            let record = Consumption { meter: format!("{number:010}").into(), start, consumption };
            // Two decimals always, as the data provider writes them.
            let text = Record::Consumption(record).to_string();
            let value = text.rsplit(',').next().unwrap_or_default();
            let decimals = value.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let zeros = if decimals == 0 { ".00" } else { &"00"[decimals.min(2)..] };
            write!(f, "{text}{zeros}")
        })
    }

    /// Hundredths of a cubic metre: little at night, most in the morning and the evening, more in winter.
    fn consumption(&self, meter: u64, start: i64) -> Quantity {
        const BY_HOUR: [u64; 24] = [2, 1, 1, 1, 2, 5, 14, 18, 12, 8, 7, 7, 8, 7, 6, 8, 12, 17, 18, 15, 11, 8, 5, 3];
        const BY_MONTH: [u64; 12] = [20, 19, 16, 11, 7, 4, 3, 3, 5, 10, 15, 19];
        let hour = usize::try_from(start.rem_euclid(86_400) / 3600).unwrap_or(0);
        let day = i32::try_from(start.div_euclid(86_400)).unwrap_or(0);
        let (_, month, _) = smrt_core::civil_from_days(day);
        let usual = BY_HOUR[hour % 24] * BY_MONTH[(month as usize + 11) % 12];
        let scatter = mix(self.seed ^ mix(self.first_meter + meter) ^ start.cast_unsigned()) % (usual + 1);
        Quantity::from_micros(i64::try_from(usual / 2 + scatter).unwrap_or(0) * 10_000)
    }
}

/// Where `index` of `count` goes when shuffled: a Feistel network over the next power of four, walked until it lands
/// inside. No table is needed, so that a shuffled file of any size costs no memory.
fn permuted(index: u64, count: u64, seed: u64) -> u64 {
    let half_bits = (u64::BITS - count.max(2).leading_zeros()).div_ceil(2);
    let mask = (1u64 << half_bits) - 1;
    let mut index = index;
    loop {
        let (mut left, mut right) = (index >> half_bits, index & mask);
        for round in 0..4 {
            (left, right) = (right, left ^ (mix(right ^ seed.rotate_left(round * 16)) & mask));
        }
        index = (left << half_bits) | right;
        if index < count {
            return index;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_order_holds_the_same_records() {
        let records = |order| {
            let mut text = Vec::new();
            Sample { meters: 7, hours: 31, order, ..Sample::default() }.write(&mut text).unwrap();
            let lines: Vec<String> = String::from_utf8(text).unwrap().lines().map(str::to_owned).collect();
            assert_eq!(lines.len(), 7 * 31 + 2);
            (lines.clone(), lines.into_iter().collect::<BTreeSet<_>>())
        };
        let (by_meter, set) = records(Order::Meter);
        for order in [Order::Time, Order::Shuffled] {
            let (lines, other) = records(order);
            assert_eq!(other, set);
            assert_ne!(lines, by_meter);
        }
    }

    #[test]
    fn values_have_two_decimals() {
        let mut text = Vec::new();
        Sample::default().write(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let values = text.lines().filter(|line| line.contains("CONSU")).map(|line| line.rsplit(',').next().unwrap());
        for value in values {
            assert_eq!(value.split_once('.').map(|(_, decimals)| decimals.len()), Some(2), "{value}");
        }
    }
}
