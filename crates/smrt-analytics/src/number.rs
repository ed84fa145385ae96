//! Numbers that do not care much about single values: medians, quantiles, spreads; and the few casts between counts
//! and reals, in one place.
//!
//! Slices come in, numbers go out; nothing here knows of time. No value may be NaN.

/// A median absolute deviation of normal noise times this is its standard deviation.
pub(crate) const MAD_TO_SIGMA: f64 = 1.4826;

/// Which part of the absolute values of normal noise lies below [`CORE_Z`] standard deviations.
const CORE: f64 = 0.4;
const CORE_Z: f64 = 0.5244;

/// A count as a real.
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}

/// A time difference as a real.
pub(crate) fn real_time(micros: i64) -> f64 {
    micros as f64
}

/// The nearest count below; 0 for what is negative or no number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, which is what is meant")]
pub(crate) fn whole(value: f64) -> usize {
    value as usize
}

/// Those values of which it is said that they are `used`.
pub(crate) fn kept<'a>(values: &'a [f64], used: &'a [bool]) -> impl Iterator<Item = f64> + 'a {
    values.iter().zip(used).filter(|&(_, &used)| used).map(|(&value, _)| value)
}

/// The mean; 0 of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / real(values.len().max(1))
}

/// A part (0 to 1) of a slice's length, as an index into it.
fn rank(len: usize, part: f64) -> usize {
    whole(real(len.saturating_sub(1)) * part + 0.5).min(len.saturating_sub(1))
}

/// The value below which a part (0 to 1) lies; reorders the slice, which must not be empty.
pub(crate) fn quantile(values: &mut [f64], part: f64) -> f64 {
    let rank = rank(values.len(), part);
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

/// The median; the mean of the middle two of an even number. Reorders the slice; 0 of nothing.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let (middle, odd) = (values.len() / 2, values.len() % 2 == 1);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if odd {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lower + (upper - lower) / 2.0
}

/// The standard deviation that normal noise around zero with the same median absolute value would have.
pub(crate) fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let mut sizes: Vec<f64> = values.map(f64::abs).collect();
    MAD_TO_SIGMA * median(&mut sizes)
}

/// As [`spread`], but from the smallest 40 % alone: it holds where up to half of the values are disturbed.
pub(crate) fn core_spread(values: impl Iterator<Item = f64>) -> f64 {
    let mut sizes: Vec<f64> = values.map(f64::abs).collect();
    if sizes.is_empty() { 0.0 } else { quantile(&mut sizes, CORE) / CORE_Z }
}

/// How far the farthest of `count` normal values is expected from their middle, in standard deviations.
pub(crate) fn expected_maximum(count: usize) -> f64 {
    if count < 2 {
        return 0.8;
    }
    // The usual expansion of the extreme value of 2n one-sided trials.
    let root = (2.0 * (2.0 * real(count)).ln()).sqrt();
    root - ((2.0 * real(count)).ln().ln() + (4.0 * std::f64::consts::PI).ln()) / (2.0 * root) + 0.5772 / root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut []), 0.0);
    }

    #[test]
    fn spreads_ignore_what_is_far_off() {
        let values = [-1.0, 1.0, -1.0, 1.0, 500.0];
        assert_eq!(spread(values.into_iter()), MAD_TO_SIGMA);
        assert!(core_spread([1.0, 1.0, 1.0, 900.0, 900.0].into_iter()) < 2.0);
    }

    #[test]
    fn the_expected_maximum_grows_slowly() {
        assert!((expected_maximum(2016) - 3.66).abs() < 0.1, "{}", expected_maximum(2016));
        assert!((expected_maximum(1_000_000) - 5.0).abs() < 0.15, "{}", expected_maximum(1_000_000));
    }
}
