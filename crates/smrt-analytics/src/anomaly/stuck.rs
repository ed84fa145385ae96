//! Runs of one repeated value, by the series' own habits.
//!
//! Values in order come in, ranges of indices go out. Coarse sensors repeat values all the time, so what is long is
//! told from the run lengths of the series itself. Says nothing of whether a run is a fault.

use crate::number::{quantile, real, whole};
use std::ops::Range;

/// Fewest equal values in a row that may be called a run: three happen to any coarse sensor.
const FEWEST: usize = 5;
/// A run is unusual beyond this many times the length that 99.5 % of the values' runs stay below.
const FACTOR: f64 = 1.5;
const USUAL_PART: f64 = 0.995;

/// Ranges of equal values that are longer than this series' runs usually are.
pub(crate) fn unusual_runs(values: &[f64]) -> Vec<Range<usize>> {
    unusual(runs(values).collect())
}

/// Those runs that are longer than these usually are.
pub(crate) fn unusual(mut runs: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let shortest = unusual_length(&runs);
    runs.retain(|run| run.len() >= shortest);
    runs
}

/// All maximal runs of equal values, single values among them.
pub(crate) fn runs(values: &[f64]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = values.get(start)?;
        let len = values[start..].iter().take_while(|&value| value == first).count();
        start += len;
        Some(start - len..start)
    })
}

/// From which length on a run is unusual among these.
fn unusual_length(runs: &[Range<usize>]) -> usize {
    if runs.is_empty() {
        return FEWEST;
    }
    let mut lengths: Vec<f64> = runs.iter().map(|run| real(run.len())).collect();
    let usual = quantile(&mut lengths, USUAL_PART);
    FEWEST.max(whole(FACTOR * usual) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_stands_out_among_values_that_change() {
        let mut values: Vec<f64> = (0..1000).map(|n| f64::from(n % 7)).collect();
        values[400..450].fill(3.5);
        assert_eq!(unusual_runs(&values), vec![400..450]);
    }

    #[test]
    fn a_coarse_series_has_runs_as_a_habit() {
        let values: Vec<f64> = (0..1000).map(|n| f64::from(n / 20 % 3)).collect();
        assert!(unusual_runs(&values).is_empty());
    }
}
