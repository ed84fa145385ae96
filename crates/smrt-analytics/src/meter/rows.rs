//! Interval quantities put in order: one value per interval, and what stood there twice.

use crate::{SECOND, gaps::Missing};
use std::ops::Range;

/// What a meter reported.
#[derive(Clone, Copy, Debug)]
pub struct MeterSeries<'a> {
    /// Interval starts, UTC epoch microseconds, ascending. An interval that was sent several times stands there several
    /// times, in the order received.
    pub starts: &'a [i64],
    /// What flowed in each interval, in the unit of the channel; not finite where the sender says that it has no value.
    pub quantities: &'a [f64],
    /// Length of an interval, in minutes.
    pub minutes: u32,
    /// Reads of the channel's cumulative register, ascending; none where there are none.
    pub registers: &'a [RegisterStand],
    /// The zone that its civil days are taken in.
    pub zone: smrt_core::MarketZone,
}

/// What a cumulative register showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegisterStand {
    /// When, UTC epoch microseconds: all that flowed in intervals before is in it.
    pub at: i64,
    /// What it showed, in the unit of the channel.
    pub stand: f64,
}

/// An interval that stood there more than once.
#[derive(Clone, Debug)]
pub(crate) struct Doubled {
    /// The row that stands for it.
    pub row: usize,
    /// All quantities, in the order received.
    pub quantities: Vec<f64>,
}

impl Doubled {
    pub(crate) fn is_conflict(&self) -> bool {
        self.quantities.windows(2).any(|pair| pair[0] != pair[1])
    }
}

/// One row per interval that is there.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub at: Vec<i64>,
    /// Of doubled intervals the last quantity, until a register tells better.
    pub value: Vec<f64>,
    pub doubled: Vec<Doubled>,
    pub gaps: Vec<Missing>,
    /// Length of an interval, microseconds.
    pub step: i64,
}

impl Rows {
    pub(crate) fn new(series: &MeterSeries<'_>) -> Self {
        let step = i64::from(series.minutes.max(1)) * 60 * SECOND;
        let mut rows = Self { step, ..Self::default() };
        for (&at, &quantity) in series.starts.iter().zip(series.quantities) {
            if !quantity.is_finite() {
                continue;
            }
            let row = rows.at.len();
            if rows.at.last() == Some(&at) {
                let before = rows.value[row - 1];
                match rows.doubled.last_mut().filter(|doubled| doubled.row == row - 1) {
                    Some(doubled) => doubled.quantities.push(quantity),
                    None => rows.doubled.push(Doubled { row: row - 1, quantities: vec![before, quantity] }),
                }
                rows.value[row - 1] = quantity;
            } else {
                rows.at.push(at);
                rows.value.push(quantity);
            }
        }
        rows.gaps = crate::gaps::missing(&rows.at, step).collect();
        rows
    }

    pub(crate) fn len(&self) -> usize {
        self.at.len()
    }

    /// From where to where the intervals of some rows reach, its end exclusive.
    pub(crate) fn span(&self, rows: &Range<usize>) -> (i64, i64) {
        (self.at[rows.start], self.at[rows.end - 1] + self.step)
    }

    /// The first row that begins at an instant or later.
    pub(crate) fn first_from(&self, at: i64) -> usize {
        self.at.partition_point(|&start| start < at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::MarketZone;

    #[test]
    fn of_doubled_intervals_the_last_stands_and_all_are_kept() {
        let minute = 60 * SECOND;
        let starts = [0, 15, 15, 15, 30, 60].map(|n| n * minute);
        let quantities = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0];
        let rows = Rows::new(&MeterSeries {
            starts: &starts,
            quantities: &quantities,
            minutes: 15,
            registers: &[],
            zone: MarketZone::Utc,
        });
        assert_eq!(rows.value, [1.0, 3.0, 4.0, 5.0]);
        assert_eq!((rows.doubled[0].row, rows.doubled[0].is_conflict()), (1, true));
        assert_eq!(rows.gaps, [Missing { start: 45 * minute, end: 60 * minute, count: 1 }]);
    }
}
