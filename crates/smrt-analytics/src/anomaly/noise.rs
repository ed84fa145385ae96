//! Stretches that scatter much more than the rest.
//!
//! Deviations from the running median come in, ranges go out.

use super::window::{Sums, greatest, overlap, starts, widths};
use crate::number::{core_spread, median, real};
use std::ops::Range;

/// Shortest burst, in values: fewer do not tell a scatter.
const SHORTEST: usize = 12;
/// The longest burst is this part of the series: what lasts longer is how the series is.
const LONGEST: usize = 8;
/// A burst scatters at least this many times as much as the series.
const FACTOR: f64 = 2.0;
/// And its mean deviation is at least this many spreads of such means away from the usual one.
const LIMIT: f64 = 6.0;
/// Single deviations count up to this many scales, so that no spike makes a burst.
const BOUND: f64 = 4.0;

/// The bursts among deviations of a scale, in order, with how many times the usual they scatter.
pub(crate) fn bursts(deviations: &[f64], scale: f64) -> Vec<(Range<usize>, f64)> {
    if scale <= 0.0 {
        return Vec::new();
    }
    let count = deviations.len();
    let sizes: Vec<f64> = deviations.iter().map(|value| (value.abs() / scale).min(BOUND)).collect();
    let sums = Sums::new(sizes.iter().copied());
    let mut sizes = sizes;
    let usual = median(&mut sizes);
    let mut candidates: Vec<(f64, Range<usize>)> = Vec::new();
    for width in widths(SHORTEST, count / LONGEST) {
        let means: Vec<(usize, f64)> =
            starts(count, width).map(|start| (start, sums.mean(start, start + width).ln())).collect();
        let middle = median(&mut means.iter().map(|&(_, mean)| mean).collect::<Vec<_>>());
        let spread = core_spread(means.iter().map(|&(_, mean)| mean - middle)).max(1e-3);
        let far = means.iter().filter(|&&(_, mean)| (mean - middle) > (LIMIT * spread).max(FACTOR.ln()));
        candidates.extend(far.map(|&(start, _)| (gain(&sums, start, start + width, usual), start..start + width)));
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found: Vec<Range<usize>> = Vec::new();
    for (_, candidate) in candidates {
        if found.iter().any(|other| overlap(other, &candidate)) {
            continue;
        }
        let burst = refined(&sums, candidate, usual, count);
        let free = !found.iter().any(|other| overlap(other, &burst));
        if free && (SHORTEST..=count / LONGEST).contains(&burst.len()) {
            found.push(burst);
        }
    }
    found.sort_by_key(|burst| burst.start);
    let factor = |burst: &Range<usize>| core_spread(deviations[burst.clone()].iter().copied()) / scale;
    found.into_iter().map(|burst| (burst.clone(), factor(&burst))).filter(|(_, factor)| *factor > FACTOR).collect()
}

/// How much better a range is explained by a mean of its own: the logarithm of the likelihood ratio of exponential
/// sizes, which is what bounded ones resemble.
fn gain(sums: &Sums, start: usize, end: usize, usual: f64) -> f64 {
    // The mean of sizes of normal noise is 1.18 times their median.
    let ratio = sums.mean(start, end) / (1.18 * usual).max(1e-9);
    if ratio <= 1.0 { 0.0 } else { real(end - start) * (ratio - 1.0 - ratio.ln()) }
}

/// Moves both ends to where the gain is greatest.
fn refined(sums: &Sums, range: Range<usize>, usual: f64, count: usize) -> Range<usize> {
    let reach = range.len();
    let Range { mut start, mut end } = range;
    for _ in 0..2 {
        let ends = start + SHORTEST.min(end - start)..=(end + reach).min(count);
        end = greatest(ends, |end| gain(sums, start, end, usual)).unwrap_or(end);
        let starts = start.saturating_sub(reach)..end.saturating_sub(SHORTEST) + 1;
        start = greatest(starts, |start| gain(sums, start, end, usual)).unwrap_or(start);
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deviations() -> Vec<f64> {
        (0..1000).map(|n| (real(n * n) * 12.9898).sin()).collect()
    }

    #[test]
    fn a_burst_is_found_with_its_ends_and_its_factor() {
        let mut values = deviations();
        values[400..460].iter_mut().for_each(|value| *value *= 6.0);
        let found = bursts(&values, core_spread(values.iter().copied()));
        let (range, factor) = &found[0];
        assert_eq!(found.len(), 1);
        assert!(range.start.abs_diff(400) <= 4 && range.end.abs_diff(460) <= 4, "{range:?}");
        assert!((4.0..8.0).contains(factor), "{factor}");
    }

    #[test]
    fn spikes_make_no_burst() {
        let mut values = deviations();
        for at in [400, 405, 411, 700] {
            values[at] = 50.0;
        }
        assert!(bursts(&values, core_spread(values.iter().copied())).is_empty());
    }
}
