//! What comes back every day or week: the typical course of a cycle, in civil time or by a clock that keeps one offset.
//!
//! Samples and which of them count come in; a value per sample goes out, if there is a season at all. That is decided
//! by prediction, not by fit: the profile of the even cycles has to foretell the odd ones and the reverse.

use super::{
    clock::{Cycle, Places},
    samples::Samples,
};
use crate::number::{core_spread, kept, mean, median, real, real_time, whole};
use smrt_core::MarketZone;

/// A season must lessen the error of foretelling by this factor, and so must each richer kind over a plainer one.
const WORTH: f64 = 0.95;
/// How many slots to both sides a profile may be smoothed over; the best is taken, by foretelling too.
const SMOOTHING: [usize; 5] = [0, 1, 2, 4, 8];
/// A profile may change over the seasons of a year: from this many days on, one per [`PERIOD_DAYS`] is tried.
const CHANGING_DAYS: f64 = 120.0;
const PERIOD_DAYS: f64 = 45.0;
const DAY: f64 = 86_400e6;

/// A season that was found.
#[derive(Debug)]
pub(crate) struct Season {
    pub cycle: Cycle,
    places: Places,
    smoothing: usize,
    /// One profile per period of the series, in order.
    profiles: Vec<Vec<f64>>,
    /// Samples' positions in periods: 0.5 is the middle of the first one.
    ages: Vec<f64>,
}

impl Season {
    /// The season that foretells best, if any is worth it.
    pub(crate) fn find(samples: &Samples, used: &[bool], zone: MarketZone) -> Option<Self> {
        let span = real_time(samples.at.last()? - samples.at[0]) / DAY;
        let mut best: Option<(f64, Self)> = None;
        for cycle in Cycle::candidates(samples, zone) {
            let places = Places::new(samples, cycle, zone)?;
            // A mean over a whole cycle is what no season moves; a median jumps where a cycle has two levels.
            let rest = level_taken_off(samples, &samples.y, used, cycle, |values| mean(values));
            let plain = Foretold { rest: &rest, used, bound: 5.0 * core_spread(kept(&rest, used)) };
            let mut counts = vec![1];
            if span >= CHANGING_DAYS && matches!(cycle, Cycle::Day(_) | Cycle::Year) {
                counts.push(whole(span / PERIOD_DAYS).max(2));
            }
            for periods in counts {
                let ages = ages(samples, periods);
                let (smoothing, error) = plain.best(&places, &ages, periods);
                let least = best.as_ref().map_or_else(|| plain.error(|_| 0.0), |(least, _)| *least);
                if error < WORTH * least {
                    let profiles = profiles(&rest, used, &places, &ages, periods, smoothing, |_| true);
                    best = Some((error, Self { cycle, places: places.clone(), smoothing, profiles, ages }));
                }
            }
        }
        let (_, mut season) = best?;
        season.relearn(samples, used, used);
        Some(season)
    }

    /// The same kind of season, learnt from other samples: those `used`, but where these are less than half of the
    /// cycles, all that are `alive`. What is found wrong at the same time of most days is how the days are.
    pub(crate) fn relearn(&mut self, samples: &Samples, used: &[bool], alive: &[bool]) {
        let without: Vec<f64> = samples.y.iter().zip(self.values()).map(|(y, season)| y - season).collect();
        let flat = level_taken_off(samples, &without, used, self.cycle, median);
        // The season stays in: only the level goes.
        let rest: Vec<f64> =
            samples.y.iter().zip(&without).zip(&flat).map(|((y, without), flat)| y - (without - flat)).collect();
        let mut balance = vec![0_i64; self.places.slots];
        for at in (0..rest.len()).filter(|&at| alive[at]) {
            balance[self.places.slot[at]] += if used[at] { 1 } else { -1 };
        }
        let chosen: Vec<bool> =
            (0..rest.len()).map(|at| alive[at] && (used[at] || balance[self.places.slot[at]] < 0)).collect();
        self.profiles =
            profiles(&rest, &chosen, &self.places, &self.ages, self.profiles.len(), self.smoothing, |_| true);
    }

    /// The season of each sample.
    pub(crate) fn values(&self) -> Vec<f64> {
        (0..self.ages.len()).map(|at| value(&self.profiles, &self.places, &self.ages, at)).collect()
    }
}

fn ages(samples: &Samples, periods: usize) -> Vec<f64> {
    let span = samples.x.last().copied().unwrap_or(0.0).max(1.0);
    samples.x.iter().map(|x| (x / span) * real(periods)).collect()
}

/// The profile's value at a sample: between the two nearest periods where there are several.
fn value(profiles: &[Vec<f64>], places: &Places, ages: &[f64], at: usize) -> f64 {
    let slot = places.slot[at];
    if profiles.len() == 1 {
        return profiles[0][slot];
    }
    let place = (ages[at] - 0.5).clamp(0.0, real(profiles.len() - 1));
    let first = whole(place).min(profiles.len() - 2);
    let part = place - real(first);
    profiles[first][slot] * (1.0 - part) + profiles[first + 1][slot] * part
}

/// Trial of profiles against the cycles they have not seen.
struct Foretold<'a> {
    rest: &'a [f64],
    used: &'a [bool],
    /// Larger errors count as this much.
    bound: f64,
}

impl Foretold<'_> {
    /// The mean bounded error of a prediction.
    fn error(&self, predicted: impl Fn(usize) -> f64) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for at in (0..self.rest.len()).filter(|&at| self.used[at]) {
            sum += (self.rest[at] - predicted(at)).abs().min(self.bound);
            count += 1.0;
        }
        if count > 0.0 { sum / count } else { f64::INFINITY }
    }

    /// The smoothing that foretells best, and its error.
    fn best(&self, places: &Places, ages: &[f64], periods: usize) -> (usize, f64) {
        let learn = |odd: bool| {
            profiles(self.rest, self.used, places, ages, periods, 0, |at| (places.cycle[at] % 2 != 0) == odd)
        };
        let (even, odd) = (learn(false), learn(true));
        let trials = SMOOTHING.map(|width| {
            let smooth = |all: &[Vec<f64>]| -> Vec<Vec<f64>> {
                all.iter().map(|profile| smoothed(profile, width, places.slots_per_day)).collect()
            };
            let (even, odd) = (smooth(&even), smooth(&odd));
            let other = |at: usize| if places.cycle[at] % 2 == 0 { &odd } else { &even };
            (width, self.error(|at| value(other(at), places, ages, at)))
        });
        trials.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f64::INFINITY))
    }
}

/// The median of each slot in each period, smoothed, around zero. Slots without a value take that
/// of the slot before.
fn profiles(
    rest: &[f64],
    used: &[bool],
    places: &Places,
    ages: &[f64],
    periods: usize,
    smoothing: usize,
    chosen: impl Fn(usize) -> bool,
) -> Vec<Vec<f64>> {
    let mut slots: Vec<Vec<f64>> = vec![Vec::new(); periods * places.slots];
    for at in (0..rest.len()).filter(|&at| used[at] && chosen(at)) {
        let period = whole(ages[at]).min(periods - 1);
        slots[period * places.slots + places.slot[at]].push(rest[at]);
    }
    let profile = |slots: &mut [Vec<f64>]| {
        let mut known: Vec<Option<f64>> =
            slots.iter_mut().map(|values| (!values.is_empty()).then(|| median(values))).collect();
        let mut last = known.iter().rev().find_map(|value| *value).unwrap_or(0.0);
        for value in &mut known {
            last = *value.get_or_insert(last);
        }
        let values: Vec<f64> = known.into_iter().flatten().collect();
        let middle = mean(&values);
        let centred: Vec<f64> = values.iter().map(|value| value - middle).collect();
        smoothed(&centred, smoothing, places.slots_per_day)
    };
    slots.chunks_mut(places.slots).map(profile).collect()
}

/// Running means over `width` slots to both sides, around the clock within each day of the profile.
fn smoothed(profile: &[f64], width: usize, day: usize) -> Vec<f64> {
    if width == 0 || day <= 2 * width {
        return profile.to_vec();
    }
    let smooth = |day: &[f64]| -> Vec<f64> {
        let around = |at: usize| (at + day.len() - width..=at + day.len() + width).map(|at| day[at % day.len()]);
        (0..day.len()).map(|at| around(at).sum::<f64>() / real(2 * width + 1)).collect()
    };
    profile.chunks(day).flat_map(smooth).collect()
}

/// Values without the level below a season: what `middle` says of a whole cycle, taken every quarter of one, straight
/// lines in between and on beyond the first and the last.
fn level_taken_off(
    samples: &Samples,
    values: &[f64],
    used: &[bool],
    cycle: Cycle,
    middle: impl Fn(&mut [f64]) -> f64,
) -> Vec<f64> {
    let length = cycle.level_micros() / real_time(samples.step);
    let knots = |least: f64| knots(&samples.x, values, used, length, least, &middle);
    let knots = [0.9, 0.5].into_iter().map(knots).find(|knots| knots.len() > 1).unwrap_or_else(|| knots(0.0));
    let mut span = 0;
    let level = |x: f64| match knots[..] {
        [] => 0.0,
        [(_, only)] => only,
        _ => {
            while span + 2 < knots.len() && x > knots[span + 1].0 {
                span += 1;
            }
            let ((x0, y0), (x1, y1)) = (knots[span], knots[span + 1]);
            y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        }
    };
    let levels: Vec<f64> = samples.x.iter().copied().map(level).collect();
    values.iter().zip(levels).map(|(value, level)| value - level).collect()
}

/// The middles of windows of a length, of which at least a part must be there.
fn knots(
    x: &[f64],
    values: &[f64],
    used: &[bool],
    length: f64,
    least: f64,
    middle: &impl Fn(&mut [f64]) -> f64,
) -> Vec<(f64, f64)> {
    let last = x.last().copied().unwrap_or(0.0);
    let count = whole(((last + 1.0 - length) / (length / 4.0)).max(0.0)) + 1;
    let knot = |index: usize| {
        let from = real(index) * length / 4.0 - 0.5;
        let first = x.partition_point(|&x| x < from);
        let end = x.partition_point(|&x| x < from + length);
        let mut inside: Vec<f64> = kept(&values[first..end], &used[first..end]).collect();
        let enough = !inside.is_empty() && real(inside.len()) >= least * length;
        enough.then(|| (from + length / 2.0, middle(&mut inside)))
    };
    (0..count).filter_map(knot).collect()
}
