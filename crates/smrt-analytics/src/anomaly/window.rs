//! Windows of many widths over a series: enough of them that every episode nearly fills one, few enough to look at all.
//!
//! Widths grow by a fifth, and windows of one width start an eighth of it apart (seeded intervals), so that the work
//! grows with the length of the series alone.

use crate::number::{real, whole};
use std::ops::Range;

const GROWTH: f64 = 1.2;
const STRIDES: usize = 8;

/// Widths from `least` to `most`, growing.
pub(crate) fn widths(least: usize, most: usize) -> impl Iterator<Item = usize> {
    let mut next = least;
    std::iter::from_fn(move || {
        let width = next;
        next = whole(real(width) * GROWTH).max(width + 1);
        (width <= most).then_some(width)
    })
}

/// Where windows of a width start in a series of `count` values.
pub(crate) fn starts(count: usize, width: usize) -> impl Iterator<Item = usize> {
    (0..(count + 1).saturating_sub(width)).step_by((width / STRIDES).max(1))
}

/// Whether two ranges share a value.
pub(crate) fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The place where a gain is greatest; of equal ones the last.
pub(crate) fn greatest(places: impl Iterator<Item = usize>, gain: impl Fn(usize) -> f64) -> Option<usize> {
    places.map(|place| (gain(place), place)).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, place)| place)
}

/// Sums up to each value, so that the sum of any range takes one difference.
#[derive(Debug)]
pub(crate) struct Sums(Vec<f64>);

impl Sums {
    pub(crate) fn new(values: impl Iterator<Item = f64>) -> Self {
        let mut sums = vec![0.0];
        let mut total = 0.0;
        sums.extend(values.map(|value| {
            total += value;
            total
        }));
        Self(sums)
    }

    /// The sum of the values `start..end`.
    pub(crate) fn of(&self, start: usize, end: usize) -> f64 {
        self.0[end] - self.0[start]
    }

    pub(crate) fn mean(&self, start: usize, end: usize) -> f64 {
        self.of(start, end) / real((end - start).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_episode_nearly_fills_a_window() {
        for (start, len) in [(100, 30), (333, 47), (801, 99)] {
            let covers = |width: usize| {
                let hit = |at: usize| (at + width).min(start + len).saturating_sub(at.max(start));
                starts(1000, width).map(|at| real(hit(at)) / real(width.max(len))).fold(0.0, f64::max)
            };
            assert!(widths(8, 200).map(covers).fold(0.0, f64::max) > 0.8);
        }
    }

    #[test]
    fn sums_of_ranges_are_differences() {
        let sums = Sums::new([1.0, 2.0, 4.0].into_iter());
        assert_eq!((sums.of(0, 3), sums.of(1, 2), sums.mean(1, 3)), (7.0, 2.0, 3.0));
    }
}
