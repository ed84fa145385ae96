//! Single values, or groups of up to five, far from the middle of those around them.
//!
//! Deviations from the running median come in, ranges go out.

use crate::number::{core_spread, kept, quantile, spread};
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
    if core > 0.0 { core } else { spread(deviations.iter().copied().filter(|value| value.abs() > 0.0)) }
}

/// The spikes among the `quiet` ones of deviations of a scale: those in no burst of noise.
pub(crate) fn spikes(deviations: &[f64], quiet: &[bool], scale: f64) -> Vec<Range<usize>> {
    if scale <= 0.0 {
        return Vec::new();
    }
    let scale = scale.max(tail_scale(deviations, quiet));
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, deviation) in deviations.iter().enumerate() {
        if !quiet[at] || deviation.abs() < LIMIT * scale {
            continue;
        }
        match found.last_mut() {
            Some(last) if at <= last.end + 1 => last.end = at + 1,
            _ => found.push(at..at + 1),
        }
    }
    let near = |at: usize| at < deviations.len() && quiet[at] && deviations[at].abs() > NEIGHBOUR * scale;
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

/// The scale that 95 % of normal deviations would tell of: larger than the core's where the noise has long tails.
fn tail_scale(deviations: &[f64], quiet: &[bool]) -> f64 {
    let mut sizes: Vec<f64> = kept(deviations, quiet).map(f64::abs).collect();
    if sizes.is_empty() { 0.0 } else { quantile(&mut sizes, 0.95) / 1.96 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::real;

    fn deviations() -> Vec<f64> {
        (0..400).map(|n| (real(n) * 12.9898).sin()).collect()
    }

    #[test]
    fn single_values_and_small_groups_are_spikes_and_longer_ones_are_not() {
        let mut values = deviations();
        values[50] = 30.0;
        values[100..104].fill(-25.0);
        values[200..210].fill(25.0);
        let scale = deviation_scale(&values);
        assert_eq!(spikes(&values, &[true; 400], scale), [50..51, 100..104]);
    }

    #[test]
    fn what_is_in_a_burst_neither_counts_nor_raises_the_limit() {
        let mut values = deviations();
        for (at, value) in values[300..340].iter_mut().enumerate() {
            *value *= if at % 2 == 0 { 30.0 } else { 20.0 };
        }
        values[50] = 12.0;
        let quiet: Vec<bool> = (0..400).map(|at| !(300..340).contains(&at)).collect();
        assert_eq!(spikes(&values, &quiet, deviation_scale(&values)), vec![50..51]);
    }

    #[test]
    fn a_coarse_series_has_a_scale_all_the_same() {
        let mut values = vec![0.0; 100];
        values[10] = 0.1;
        values[20] = -0.1;
        assert!(deviation_scale(&values) > 0.0);
        assert_eq!(deviation_scale(&[0.0; 9]), 0.0);
    }
}
