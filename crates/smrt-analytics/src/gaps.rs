//! Where values are missing in a series that says of none how long it holds.
//!
//! How far apart values should be is taken from themselves: the median of the differences, which neither gaps nor a
//! clock that is a little off change.

/// A stretch without a value that is expected to have some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// When the first missing value was due, UTC epoch microseconds.
    pub start: i64,
    /// The first value behind the gap.
    pub end: i64,
    /// How many values are missing.
    pub count: u64,
}

/// How far apart values are that come in the order of time: the lower median of the differences, in the unit of the
/// instants. Nothing where there are fewer than three.
pub fn typical_step(ats: &[i64]) -> Option<i64> {
    if ats.len() < 3 {
        return None;
    }
    let mut differences: Vec<i64> = ats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = (differences.len() - 1) / 2;
    let (_, &mut median, _) = differences.select_nth_unstable(middle);
    (median > 0).then_some(median)
}

/// The stretches between values, which come in the order of time, in which at least one is missing: those longer than
/// one and a half steps.
pub fn missing(ats: &[i64], step: i64) -> impl Iterator<Item = Missing> {
    ats.windows(2).filter_map(move |pair| {
        let length = pair[1] - pair[0];
        // Without a fraction, and without overflow: nearest number of steps, halves up.
        let steps = length / step + i64::from(length % step >= step - step / 2);
        let is_gap = length - step > step / 2 && steps > 1;
        is_gap.then(|| Missing { start: pair[0] + step, end: pair[1], count: u64::try_from(steps - 1).unwrap_or(0) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(ats: &[i64]) -> Vec<(i64, i64, u64)> {
        let step = typical_step(ats).unwrap();
        missing(ats, step).map(|gap| (gap.start, gap.end, gap.count)).collect()
    }

    #[test]
    fn what_is_missing_is_counted_in_steps() {
        assert_eq!(gaps(&[0, 10, 20, 50, 60, 70]), [(30, 50, 2)]);
        assert_eq!(gaps(&[0, 10, 20, 40, 50]), [(30, 40, 1)]);
        assert!(gaps(&[0, 10, 20, 30]).is_empty());
    }

    #[test]
    fn a_clock_that_is_a_little_off_makes_no_gap() {
        assert!(gaps(&[0, 9, 20, 31, 40, 52, 60, 70]).is_empty());
        assert_eq!(gaps(&[0, 9, 20, 31, 40, 62, 70, 80]), [(50, 62, 1)]);
    }

    #[test]
    fn few_values_have_no_step() {
        assert_eq!((typical_step(&[]), typical_step(&[1, 2])), (None, None));
        assert_eq!(typical_step(&[1, 2, 9]), Some(1));
    }
}
