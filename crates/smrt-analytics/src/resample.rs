//! Values gathered into stretches of civil time.
//!
//! Stretches are counted from the beginning of each civil day, so that a day always begins one; a day of 23 or 25 hours
//! has one hour less or more, and ends with a shorter stretch where the length does not divide it.

use crate::{SECOND, Stats};
use smrt_core::MarketZone;
use std::{fmt, str::FromStr};

/// The length of a stretch: at most a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    seconds: i64,
}

impl Step {
    /// A civil day.
    pub const DAY: Self = Self { seconds: 86_400 };
}

/// A text that is no [`Step`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a length such as 30s, 5m, 1h or 1d, at most a day, found {0:?}")]
pub struct StepError(pub String);

impl FromStr for Step {
    type Err = StepError;

    fn from_str(text: &str) -> Result<Self, StepError> {
        let wrong = || StepError(text.to_owned());
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let digits = &text[..text.len() - 1];
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten();
        let seconds = number.and_then(|number| number.checked_mul(seconds));
        seconds.filter(|seconds| (1..=86_400).contains(seconds)).map(|seconds| Self { seconds }).ok_or_else(wrong)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds {
            86_400 => f.write_str("1d"),
            hours if hours % 3600 == 0 => write!(f, "{}h", hours / 3600),
            minutes if minutes % 60 == 0 => write!(f, "{}m", minutes / 60),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

/// A stretch of time with at least one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket<S> {
    /// First instant inside, UTC epoch microseconds.
    pub start: i64,
    /// First instant behind.
    pub end: i64,
    /// What its values add up to.
    pub stats: S,
}

/// The civil day of the last value.
#[derive(Clone, Copy, Debug)]
struct Day {
    start: i64,
    end: i64,
}

/// Gathers values, which come in the order of time, into stretches of a length.
#[derive(Clone, Debug)]
pub struct Resampler<S> {
    step: Step,
    zone: MarketZone,
    day: Day,
    open: Option<Bucket<S>>,
}

impl<S: Stats> Resampler<S> {
    /// One that has seen nothing.
    pub fn new(step: Step, zone: MarketZone) -> Self {
        Self { step, zone, day: Day { start: 0, end: 0 }, open: None }
    }

    /// Takes a value in; gives the stretch before where the value begins another.
    pub fn push(&mut self, at: i64, value: S::Value) -> Option<Bucket<S>> {
        if let Some(bucket) = &mut self.open
            && (bucket.start..bucket.end).contains(&at)
        {
            bucket.stats.add(value);
            return None;
        }
        if !(self.day.start..self.day.end).contains(&at) {
            self.day = day_of(self.zone, at);
        }
        let mut next: Bucket<S> = bucket_in(self.day, self.step, at);
        next.stats.add(value);
        self.open.replace(next)
    }

    /// The last stretch.
    pub fn finish(self) -> Option<Bucket<S>> {
        self.open
    }
}

/// Gathers values, which come in the order of time, into stretches of a length; those without a value are left out.
pub fn resample<S, I>(step: Step, zone: MarketZone, values: I) -> impl Iterator<Item = Bucket<S>>
where
    S: Stats,
    I: IntoIterator<Item = (i64, S::Value)>,
{
    let mut values = values.into_iter();
    let mut resampler = Some(Resampler::new(step, zone));
    std::iter::from_fn(move || {
        let open = resampler.as_mut()?;
        for (at, value) in values.by_ref() {
            if let Some(full) = open.push(at, value) {
                return Some(full);
            }
        }
        resampler.take()?.finish()
    })
}

fn day_of(zone: MarketZone, at: i64) -> Day {
    let day = zone.day(at.div_euclid(SECOND));
    let start = zone.day_start(day).saturating_mul(SECOND);
    Day { start, end: zone.day_start(day.saturating_add(1)).saturating_mul(SECOND) }
}

fn bucket_in<S: Stats>(day: Day, step: Step, at: i64) -> Bucket<S> {
    // A day of 25 hours is one stretch of a day.
    if step.seconds == 86_400 {
        return Bucket { start: day.start, end: day.end, stats: S::default() };
    }
    let length = step.seconds * SECOND;
    let start = day.start + (at - day.start).div_euclid(length) * length;
    Bucket { start, end: (start + length).min(day.end), stats: S::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SignalStats;
    use proptest::prelude::*;
    use smrt_core::Signal;

    fn berlin() -> MarketZone {
        "Europe/Berlin".parse().unwrap()
    }

    fn counts(step: &str, zone: MarketZone, from: i64, values: i64, seconds: i64) -> Vec<(i64, i64, u64)> {
        let values = (0..values).map(|n| ((from + n * seconds) * SECOND, Signal::default()));
        let step = step.parse().unwrap();
        let told = |bucket: Bucket<SignalStats>| (bucket.start / SECOND, bucket.end / SECOND, bucket.stats.count);
        resample(step, zone, values).map(told).collect()
    }

    #[test]
    fn days_are_those_of_the_zone() {
        // The night of 30 October 2016 has 25 hours in Berlin: from 22:00 UTC to 23:00 UTC.
        let start = 1_477_778_400;
        assert_eq!(counts("1d", berlin(), start, 25, 3600), [(start, start + 25 * 3600, 25)]);
        assert_eq!(counts("1h", berlin(), start, 50, 1800).len(), 25);
        let last = counts("7h", berlin(), start, 25, 3600).pop().unwrap();
        assert_eq!(last, (start + 21 * 3600, start + 25 * 3600, 4), "the day ends the last one");
    }

    #[test]
    fn lengths_read_and_print_alike() {
        for text in ["30s", "5m", "1h", "1d", "90m", "12h"] {
            assert_eq!(text.parse::<Step>().unwrap().to_string(), text);
        }
        assert_eq!("60m".parse::<Step>().unwrap().to_string(), "1h");
        for text in ["", "5", "m", "0m", "-5m", "+5m", "5x", "2d", "25h", "1.5h", "5 m", "99999999999999999999m", "5µ"]
        {
            assert!(text.parse::<Step>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_value_is_in_one_stretch_and_stretches_do_not_overlap(
            mut ats in prop::collection::vec(-10_000_000_000_i64..2_000_000_000_000_000, 1..200),
            seconds in 1_i64..=86_400,
        ) {
            ats.sort_unstable();
            let step = Step { seconds };
            let values = ats.iter().map(|&at| (at, Signal::default()));
            let buckets: Vec<Bucket<SignalStats>> = resample(step, berlin(), values).collect();
            prop_assert_eq!(buckets.iter().map(|bucket| bucket.stats.count).sum::<u64>(), ats.len() as u64);
            prop_assert!(buckets.windows(2).all(|pair| pair[0].end <= pair[1].start));
            for bucket in &buckets {
                let inside = ats.iter().filter(|at| (bucket.start..bucket.end).contains(at)).count();
                prop_assert_eq!(inside as u64, bucket.stats.count);
            }
        }
    }
}
