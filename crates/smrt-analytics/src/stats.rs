//! What values add up to.

use smrt_core::{Quantity, Signal, Sum};
use std::cmp::{max, min};

/// What is gathered of values that come in the order of time.
pub trait Stats: Default {
    /// One value.
    type Value: Copy;

    /// Takes a value in.
    fn add(&mut self, value: Self::Value);
}

/// Of a sensor's values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SignalStats {
    /// How many.
    pub count: u64,
    /// The least.
    pub min: Option<Signal>,
    /// The greatest.
    pub max: Option<Signal>,
    /// The last.
    pub last: Option<Signal>,
    sum: f64,
    /// What the sum has lost by rounding.
    lost: f64,
}

impl Stats for SignalStats {
    type Value = Signal;

    /// The sum keeps what rounding loses (Neumaier), so that it does not depend on how large the first values were.
    fn add(&mut self, value: Signal) {
        self.count += 1;
        self.min = Some(self.min.map_or(value, |least| min(least, value)));
        self.max = Some(self.max.map_or(value, |greatest| max(greatest, value)));
        self.last = Some(value);
        let value = value.get();
        let sum = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
    }
}

impl SignalStats {
    /// The sum; nothing of no values, nor of such that no floating-point number holds it.
    pub fn sum(&self) -> Option<f64> {
        let sum = self.sum + self.lost;
        (self.count > 0 && sum.is_finite()).then_some(sum)
    }

    /// The mean; nothing where there is no sum.
    pub fn mean(&self) -> Option<f64> {
        // A count beyond 2^53 would be rounded, which the quotient is anyway.
        #[expect(
            clippy::cast_precision_loss,
            reason = "rounding the divisor by its last bit is less than the result's"
        )]
        self.sum().map(|sum| sum / self.count as f64)
    }
}

/// Of the quantities of intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuantityStats {
    /// How many.
    pub count: u64,
    /// The sum, exact.
    pub sum: Sum,
    /// The least.
    pub min: Option<Quantity>,
    /// The greatest.
    pub max: Option<Quantity>,
    /// The last.
    pub last: Option<Quantity>,
}

impl Stats for QuantityStats {
    type Value = Quantity;

    fn add(&mut self, value: Quantity) {
        self.count += 1;
        self.sum.add(value);
        self.min = Some(self.min.map_or(value, |least| min(least, value)));
        self.max = Some(self.max.map_or(value, |greatest| max(greatest, value)));
        self.last = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> SignalStats {
        let mut stats = SignalStats::default();
        values.iter().for_each(|&value| stats.add(Signal::new(value).unwrap()));
        stats
    }

    #[test]
    fn a_sum_keeps_what_rounding_loses() {
        assert_eq!(of(&[1.0, 1e100, 1.0, -1e100]).sum(), Some(2.0));
        assert_eq!(of(&[0.1; 10]).sum(), Some(1.0));
        assert_eq!((of(&[]).sum(), of(&[]).mean()), (None, None));
        assert_eq!(of(&[f64::MAX, f64::MAX]).mean(), None, "no number holds the sum");
    }

    #[test]
    fn least_greatest_and_last() {
        let stats = of(&[2.0, -3.0, 7.5, 1.0]);
        let number = |signal: Option<Signal>| signal.map(Signal::get);
        assert_eq!([stats.min, stats.max, stats.last].map(number), [Some(-3.0), Some(7.5), Some(1.0)]);
    }
}
