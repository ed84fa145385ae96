//! The exact median of any number of values in bounded memory.
//!
//! A few values are sorted in memory. More are looked at in four passes: each counts the values by the next sixteen
//! bits of those that share the bits found so far, until all bits of the one in the middle are known.

use std::io;

/// Most values that are held in memory.
const MOST: u64 = 1 << 19;
/// Bits that one pass finds.
const BITS: u32 = 16;

/// The middle of values; of an even number the mean of the two in the middle, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Median {
    /// Twice the median in millionths: a whole number.
    doubled: i128,
}

impl Median {
    /// The median in millionths, rounded towards even where it lies between two.
    pub fn micros(self) -> i128 {
        let (half, odd) = (self.doubled.div_euclid(2), self.doubled.rem_euclid(2));
        half + odd * half.rem_euclid(2)
    }

    /// Whether a value in millionths differs from the median by more than `percent` (in millionths of a percent) of its
    /// size: |value - median| > percent of |median|. Of a median of zero every other value does; where all are zero, none.
    pub fn is_far_from(self, value: i64, percent: u64) -> bool {
        let distance = (2 * i128::from(value) - self.doubled).unsigned_abs();
        distance * 100_000_000 > self.doubled.unsigned_abs() * u128::from(percent)
    }

    /// The median of `count` values, which `values` tells as often as it is asked; `None` of none.
    pub(super) fn of<I: Iterator<Item = io::Result<i64>>>(
        count: u64,
        values: impl Fn() -> I,
    ) -> io::Result<Option<Self>> {
        Self::with_memory(count, values, MOST)
    }

    fn with_memory<I: Iterator<Item = io::Result<i64>>>(
        count: u64,
        values: impl Fn() -> I,
        most: u64,
    ) -> io::Result<Option<Self>> {
        if count == 0 {
            return Ok(None);
        }
        let (low, high) = ((count - 1) / 2, count / 2);
        let [low, high] = if count <= most {
            let mut sorted = values().collect::<io::Result<Vec<i64>>>()?;
            sorted.sort_unstable();
            let at = |rank: u64| usize::try_from(rank).ok().and_then(|rank| sorted.get(rank)).copied();
            [at(low).unwrap_or_default(), at(high).unwrap_or_default()]
        } else {
            let first = of_rank(low, &values)?;
            [first, if low == high { first } else { of_rank(high, &values)? }]
        };
        Ok(Some(Self { doubled: i128::from(low) + i128::from(high) }))
    }
}

/// The value that has `rank` others before it in order.
fn of_rank<I: Iterator<Item = io::Result<i64>>>(mut rank: u64, values: &impl Fn() -> I) -> io::Result<i64> {
    let mut known = 0u64;
    for shift in (0..u64::BITS).step_by(BITS as usize).rev() {
        let mut counts = vec![0u64; 1 << BITS];
        for value in values() {
            // With the sign turned round, the order of the bits is that of the numbers.
            let bits = value?.cast_unsigned() ^ (1 << 63);
            if (bits ^ known).checked_shr(shift + BITS).unwrap_or(0) == 0 {
                counts[usize::try_from(bits >> shift & 0xffff).unwrap_or(0)] += 1;
            }
        }
        let mut next = 0u64;
        for count in counts {
            if rank < count {
                break;
            }
            rank -= count;
            next += 1;
        }
        known |= next << shift;
    }
    Ok((known ^ (1 << 63)).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn median(values: &[i64], most: u64) -> Option<Median> {
        Median::with_memory(values.len() as u64, || values.iter().copied().map(Ok), most).unwrap()
    }

    #[test]
    fn in_memory_or_not_the_middle_is_the_middle() {
        let mut some: Vec<i64> = (0..1001).map(|n: i64| n.wrapping_mul(6_364_136_223_846_793_005)).collect();
        some.extend([0, 0, i64::MIN, i64::MAX, -1, 1]);
        for values in [&some[..], &some[1..], &some[..1], &some[..2], &[5, 5, 5, 5], &[-3, -2]] {
            let mut sorted = values.to_vec();
            sorted.sort_unstable();
            let (low, high) = (sorted[(values.len() - 1) / 2], sorted[values.len() / 2]);
            let expected = Some(Median { doubled: i128::from(low) + i128::from(high) });
            assert_eq!(median(values, 10_000), expected);
            assert_eq!(median(values, 0), expected);
        }
        assert_eq!(median(&[], 0), None);
    }

    #[test]
    fn twenty_percent_is_not_more_than_twenty_percent() {
        let twenty = 20_000_000;
        for (values, value, far) in [
            (&[100][..], 120, false),
            (&[100], 121, true),
            (&[100], 80, false),
            (&[100], 79, true),
            (&[-100], -121, true),
            (&[-100], -80, false),
            (&[0, 0], 0, false),
            (&[0, 0], 1, true),
            (&[100, 101], 121, true),
            (&[100, 101], 120, false),
        ] {
            assert_eq!(median(values, 10).unwrap().is_far_from(value, twenty), far, "{values:?} {value}");
        }
        assert_eq!([[1, 2], [3, 4], [-1, -2]].map(|two| median(&two, 10).unwrap().micros()), [2, 4, -2]);
    }
}
