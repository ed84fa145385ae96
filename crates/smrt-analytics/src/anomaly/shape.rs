//! Which shape an episode has and where exactly it begins and ends, by least squares.
//!
//! Residuals and a window that an episode roughly fills come in; the better of a level and of two ramps goes out. All
//! three shapes have one height and two ends, so that their fits can be compared as they are.

use super::{episode::Episode, window::greatest};
use crate::number::{median, real};
use std::ops::Range;

/// Fewest values of an episode while its ends are searched.
const FEWEST: usize = 4;

/// The course of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Beside by the same amount.
    Level,
    /// Moves away and comes back at once.
    Rising,
    /// Jumps away and comes back slowly.
    Falling,
}

impl Shape {
    const ALL: [Self; 3] = [Self::Level, Self::Rising, Self::Falling];

    /// The part of its height that an episode has on average.
    pub(crate) fn fill(self) -> f64 {
        if self == Self::Level { 1.0 } else { 0.5 }
    }

    /// The part of its height that an episode of some length has at its value `at`.
    pub(crate) fn part(self, at: usize, len: usize) -> f64 {
        match self {
            Self::Level => 1.0,
            Self::Rising => real(at + 1) / real(len),
            Self::Falling => real(len - at) / real(len),
        }
    }
}

/// Fits all shapes near a window and takes the best.
pub(crate) fn fitted(residuals: &[f64], window: Range<usize>) -> Episode {
    let width = window.len();
    let reach = window.start.saturating_sub(2 * width)..(window.end + 2 * width).min(residuals.len());
    let fit = |shape: Shape| {
        let mut range = window.clone();
        let (mut gain, mut height, mut explained) = (0.0, 0.0, 0.0);
        for _ in 0..2 {
            let base = base(residuals, &range, &reach);
            let moments = Moments::new(residuals, reach.clone(), base);
            range = moments.search(shape, range, width);
            (gain, height) = moments.gain(shape, &range);
            let all: f64 = residuals[range.clone()].iter().map(|value| (value - base).powi(2)).sum();
            explained = if all > 0.0 { gain / all } else { 0.0 };
        }
        (gain, Episode { range, shape, height, explained })
    };
    let best = Shape::ALL.map(fit).into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(Episode { range: window, shape: Shape::Level, height: 0.0, explained: 0.0 }, |(_, episode)| episode)
}

/// What lies around a range: the median of as many values on both sides as it has.
fn base(residuals: &[f64], range: &Range<usize>, reach: &Range<usize>) -> f64 {
    let flank = range.len().max(FEWEST);
    let left = range.start.saturating_sub(flank).max(reach.start)..range.start;
    let right = range.end..(range.end + flank).min(reach.end);
    let mut around: Vec<f64> = residuals[left].iter().chain(&residuals[right]).copied().collect();
    median(&mut around)
}

/// Sums of residuals and of residuals times their place, from the start of a reach.
struct Moments {
    reach: Range<usize>,
    sums: Vec<f64>,
    moments: Vec<f64>,
}

impl Moments {
    fn new(residuals: &[f64], reach: Range<usize>, base: f64) -> Self {
        let (mut sums, mut moments) = (vec![0.0], vec![0.0]);
        let (mut sum, mut moment) = (0.0, 0.0);
        for (at, value) in residuals[reach.clone()].iter().enumerate() {
            sum += value - base;
            moment += (value - base) * real(at);
            sums.push(sum);
            moments.push(moment);
        }
        Self { reach, sums, moments }
    }

    /// By how much a shape over a range lessens the sum of squares, and its height.
    fn gain(&self, shape: Shape, range: &Range<usize>) -> (f64, f64) {
        let (start, end) = (range.start - self.reach.start, range.end - self.reach.start);
        let len = real(end - start);
        let sum = self.sums[end] - self.sums[start];
        let moment = self.moments[end] - self.moments[start];
        let (product, power) = match shape {
            Shape::Level => (sum, len),
            // Parts are (k + 1) / len, and their squares sum up to (len + 1)(2 len + 1) / (6 len).
            Shape::Rising => {
                ((moment - (real(start) - 1.0) * sum) / len, (len + 1.0) * (2.0 * len + 1.0) / (6.0 * len))
            }
            Shape::Falling => ((real(end) * sum - moment) / len, (len + 1.0) * (2.0 * len + 1.0) / (6.0 * len)),
        };
        (product * product / power, product / power)
    }

    /// Moves one end after the other to where the gain is greatest.
    fn search(&self, shape: Shape, mut range: Range<usize>, width: usize) -> Range<usize> {
        for _ in 0..3 {
            let ends = range.start + FEWEST..=(range.end + width).min(self.reach.end);
            range.end = greatest(ends, |end| self.gain(shape, &(range.start..end)).0).unwrap_or(range.end);
            let starts = range.start.saturating_sub(width).max(self.reach.start)..=range.end - FEWEST;
            range.start = greatest(starts, |start| self.gain(shape, &(start..range.end)).0).unwrap_or(range.start);
        }
        range
    }
}
