//! Single values, or groups of up to five, far from the middle of those around them.
//!
//! Deviations from the running median come in, ranges go out.

use crate::number::{MAD_TO_SIGMA, core_spread, median, quantile};
use std::ops::Range;

/// Longest group that is a spike; what lasts longer is another level.
pub(crate) const LONGEST: usize = 5;
/// A deviation beyond this many times the usual one is a spike. Of normal noise one in five hundred million is.
pub(crate) const LIMIT: f64 = 6.0;
/// A neighbour of a spike belongs to it beyond this many.
const NEIGHBOUR: f64 = 4.0;

/// The spread of deviations. A coarse series has mostly none at all: there that of the others counts.
pub(crate) fn deviation_scale(deviations: &[f64]) -> f64 {
    let core = core_spread(deviations.iter().copied());
    if core > 0.0 {
        return core;
    }
    let mut others: Vec<f64> = deviations.iter().map(|value| value.abs()).filter(|&size| size > 0.0).collect();
    if others.is_empty() { 0.0 } else { MAD_TO_SIGMA * median(&mut others) }
}

/// The spikes among deviations of a scale.
pub(crate) fn spikes(deviations: &[f64], scale: f64) -> Vec<Range<usize>> {
    if scale <= 0.0 {
        return Vec::new();
    }
    let scale = scale.max(tail_scale(deviations));
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, deviation) in deviations.iter().enumerate() {
        if deviation.abs() < LIMIT * scale {
            continue;
        }
        match found.last_mut() {
            Some(last) if at <= last.end + 1 => last.end = at + 1,
            _ => found.push(at..at + 1),
        }
    }
    let near = |at: usize| deviations.get(at).is_some_and(|deviation| deviation.abs() > NEIGHBOUR * scale);
    for spike in &mut found {
        while spike.start > 0 && near(spike.start - 1) {
            spike.start -= 1;
        }
        while near(spike.end) {
            spike.end += 1;
        }
    }
    found.retain(|spike| spike.len() <= LONGEST);
    found
}

/// The scale that 98 % of normal deviations would tell of: larger than the core's where the noise has long tails.
fn tail_scale(deviations: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = deviations.iter().map(|value| value.abs()).collect();
    quantile(&mut sizes, 0.95) / 1.96
}
