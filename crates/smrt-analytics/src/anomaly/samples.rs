//! A series put in order: usable values alone, how far apart they are, where some are missing.
//!
//! Missing values take no place, so that a gap of a year costs nothing; each value carries its position in steps
//! instead. Nothing is filled in.

use crate::gaps::{Missing, missing, typical_step};
use crate::number::real_time;
use smrt_core::MarketZone;

/// Values of a sensor in the order of time.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// When each was measured, UTC epoch microseconds, ascending; of equal instants the last value counts.
    pub at: &'a [i64],
    /// The values; those that are not finite count as missing.
    pub values: &'a [f64],
    /// The zone that its civil days and hours are taken in.
    pub zone: MarketZone,
}

/// The values that are there.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    pub at: Vec<i64>,
    /// Steps since the first value; not whole where clocks are off.
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Microseconds between values; 1 where there are too few to tell.
    pub step: i64,
    pub gaps: Vec<Missing>,
}

impl Samples {
    /// Takes what is usable. Columns of unlike length are read as far as the shorter one goes.
    pub(crate) fn new(series: &Series<'_>) -> Self {
        let mut samples = Self { step: 1, ..Self::default() };
        for (&at, &value) in series.at.iter().zip(series.values) {
            if !value.is_finite() {
                continue;
            }
            if samples.at.last() == Some(&at) {
                samples.y.pop();
            } else {
                samples.at.push(at);
            }
            samples.y.push(value);
        }
        let Some(&first) = samples.at.first() else { return samples };
        if let Some(step) = typical_step(&samples.at) {
            samples.step = step;
            samples.gaps = missing(&samples.at, step).collect();
        }
        samples.x =
            samples.at.iter().map(|&at| real_time(at.saturating_sub(first)) / real_time(samples.step)).collect();
        samples
    }

    pub(crate) fn len(&self) -> usize {
        self.at.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_missing_and_of_doubled_instants_the_last_counts() {
        let at = [0, 10, 20, 30, 30, 40];
        let values = [1.0, 2.0, f64::NAN, 4.0, 5.0, 6.0];
        let samples = Samples::new(&Series { at: &at, values: &values, zone: MarketZone::Utc });
        assert_eq!(samples.at, [0, 10, 30, 40]);
        assert_eq!(samples.y, [1.0, 2.0, 5.0, 6.0]);
        assert_eq!(samples.gaps, [Missing { start: 20, end: 30, count: 1 }]);
        assert_eq!(samples.x, [0.0, 1.0, 3.0, 4.0]);
    }
}
