//! What to put in the place of quantities that are missing or wrong.
//!
//! A meter's series and its faults come in; estimated quantities go out, apart from the measured ones and each with the
//! method it was made by. Up to two hours are a straight line between their neighbours. Longer stretches take the
//! course of like days, scaled so that the intervals add up to what the register moved by, or to the quantity that
//! caught the gap up. Nothing that was measured and is sound is changed.

use crate::{
    SECOND,
    anomaly::{Anomaly, Kind},
    meter::{Balance, MOST_INTERVALS, MeterSeries, Profile, Rows},
    number::real_time,
};
use std::collections::BTreeMap;

/// Stretches up to this long are bridged by a straight line.
const SHORT: i64 = 2 * 3600 * SECOND;
/// Like days are scaled by no more than this: a register that wants more tells of another fault.
const MOST: f64 = 20.0;

/// How a quantity was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// On the straight line between the sound quantities on both sides.
    StraightLine,
    /// The median of like intervals on the nearest like days.
    LikeDays,
    /// As [`Method::LikeDays`], scaled so that the intervals between two register reads add up to their difference.
    LikeDaysToRegister,
    /// As [`Method::LikeDays`], scaled to the quantity that was sent for all of the gap.
    LikeDaysToCatchup,
}

impl Method {
    /// The name in output: stable, snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StraightLine => "straight_line",
            Self::LikeDays => "like_days",
            Self::LikeDaysToRegister => "like_days_to_register",
            Self::LikeDaysToCatchup => "like_days_to_catchup",
        }
    }
}

/// A quantity that was not measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Start of the interval, UTC epoch microseconds.
    pub start: i64,
    /// The quantity, in the unit of the channel; never below zero.
    pub quantity: f64,
    /// How it was made.
    pub method: Method,
}

/// Estimates the intervals that `faults` (of [`crate::meter::validate`]) are about: missing ones, and those whose
/// quantity cannot be right. In the order of time; intervals that nothing is known of are left out, and so are faults of
/// more than a year of five minutes.
pub fn estimate(series: &MeterSeries<'_>, faults: &[Anomaly]) -> Vec<Estimate> {
    let rows = Rows::new(series);
    let mut wrong: BTreeMap<i64, Option<f64>> = BTreeMap::new();
    let bounded = |fault: &&Anomaly| fault.end.saturating_sub(fault.start) / rows.step <= MOST_INTERVALS;
    for fault in faults.iter().filter(|fault| spoils(fault.kind)).filter(bounded) {
        let total = (fault.kind == Kind::GapCatchup).then_some(fault.observed).flatten();
        let intervals = (fault.start..=fault.end).step_by(usize::try_from(rows.step).unwrap_or(usize::MAX));
        wrong.extend(intervals.map(|at| (at, total)));
    }
    let sound: Vec<bool> = rows.at.iter().map(|at| !wrong.contains_key(at)).collect();
    let profile = Profile::new(&rows, &sound, series.zone);
    let balance = Balance::new(&rows, series.registers, &sound);
    let filling = Filling { rows: &rows, sound: &sound, profile: &profile };
    let mut estimates: Vec<Estimate> =
        stretches(&wrong, rows.step).flat_map(|stretch| filling.fill(&stretch)).collect();
    filling.scale_to_registers(&balance, &mut estimates);
    estimates
}

/// Whether quantities of such a fault have to be replaced.
fn spoils(kind: Kind) -> bool {
    use Kind::{Gap, GapCatchup, LevelShift, Negative, ScaleX10, Spike, Stuck, ZeroRun};
    matches!(kind, Gap | GapCatchup | LevelShift | Negative | ScaleX10 | Spike | Stuck | ZeroRun)
}

/// Neighbouring intervals, and the quantity that was sent for all of them, if there is one.
struct Stretch {
    starts: Vec<i64>,
    total: Option<f64>,
}

fn stretches(wrong: &BTreeMap<i64, Option<f64>>, step: i64) -> impl Iterator<Item = Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for (&at, &total) in wrong {
        match found.last_mut() {
            Some(last) if last.total == total && last.starts.last() == Some(&(at - step)) => last.starts.push(at),
            _ => found.push(Stretch { starts: vec![at], total }),
        }
    }
    found.into_iter()
}

struct Filling<'a> {
    rows: &'a Rows,
    sound: &'a [bool],
    profile: &'a Profile,
}

impl Filling<'_> {
    fn fill(&self, stretch: &Stretch) -> Vec<Estimate> {
        if stretch.total.is_none()
            && real_time(self.rows.step) * crate::number::real(stretch.starts.len()) <= real_time(SHORT)
        {
            let line = self.line(stretch);
            if !line.is_empty() {
                return line;
            }
        }
        let like = |&start: &i64| {
            let quantity = self.profile.at(start)?.value.max(0.0);
            Some(Estimate { start, quantity, method: Method::LikeDays })
        };
        let mut estimates: Vec<Estimate> = stretch.starts.iter().filter_map(like).collect();
        if let Some(total) = stretch.total {
            scale(&mut estimates, total, Method::LikeDaysToCatchup);
        }
        estimates
    }

    /// The line between the neighbours; nothing where one of them is missing or wrong itself.
    fn line(&self, stretch: &Stretch) -> Vec<Estimate> {
        let step = self.rows.step;
        let value = |at: i64| {
            let row = self.rows.at.binary_search(&at).ok().filter(|&row| self.sound[row])?;
            Some((at, self.rows.value[row]))
        };
        let ends = (stretch.starts.first(), stretch.starts.last());
        let (Some(&first), Some(&last)) = ends else { return Vec::new() };
        let (Some((from, low)), Some((to, high))) = (value(first - step), value(last + step)) else {
            return Vec::new();
        };
        let between = |&start: &i64| {
            let part = real_time(start - from) / real_time(to - from);
            Estimate { start, quantity: (low + (high - low) * part).max(0.0), method: Method::StraightLine }
        };
        stretch.starts.iter().map(between).collect()
    }

    /// Scales what comes of like days so that each block between two reads adds up.
    fn scale_to_registers(&self, balance: &Balance, estimates: &mut [Estimate]) {
        for block in &balance.blocks {
            let first = estimates.partition_point(|estimate| estimate.start < block.start);
            let end = estimates.partition_point(|estimate| estimate.start < block.end);
            let inside = &mut estimates[first..end];
            let measured: f64 = block.rows.clone().filter(|&row| self.sound[row]).map(|row| self.rows.value[row]).sum();
            let fixed: f64 =
                inside.iter().filter(|one| one.method == Method::StraightLine).map(|one| one.quantity).sum();
            scale(inside, block.moved - measured - fixed, Method::LikeDaysToRegister);
        }
    }
}

/// Scales estimates, but those on a line, to a total, where that can be.
fn scale(estimates: &mut [Estimate], total: f64, method: Method) {
    let open = |one: &&mut Estimate| one.method != Method::StraightLine;
    let sum: f64 = estimates.iter_mut().filter(open).map(|one| one.quantity).sum();
    let factor = total / sum;
    if sum > 0.0 && (0.0..=MOST).contains(&factor) {
        for one in estimates.iter_mut().filter(open) {
            one.quantity *= factor;
            one.method = method;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::{RegisterStand, validate};
    use smrt_core::MarketZone;

    const HOUR: i64 = 3600 * SECOND;

    fn load(hour: i64) -> f64 {
        1.0 + (real_time(hour % 24) / 24.0 * std::f64::consts::TAU).sin() * 0.5 + real_time(hour * 7919 % 13) / 100.0
    }

    fn series<'a>(starts: &'a [i64], quantities: &'a [f64], registers: &'a [RegisterStand]) -> MeterSeries<'a> {
        MeterSeries { starts, quantities, minutes: 60, registers, zone: MarketZone::Utc }
    }

    /// Thirty days by the hour without some of them; and what the register showed at midnights.
    fn without(missing: std::ops::Range<i64>) -> (Vec<i64>, Vec<f64>, Vec<RegisterStand>) {
        let kept: Vec<i64> = (0..720).filter(|hour| !missing.contains(hour)).collect();
        let stand = |day: i64| (0..day * 24).map(load).sum::<f64>();
        let registers = (0..=30).map(|day| RegisterStand { at: day * 24 * HOUR, stand: stand(day) }).collect();
        (kept.iter().map(|hour| hour * HOUR).collect(), kept.iter().map(|&hour| load(hour)).collect(), registers)
    }

    #[test]
    fn two_hours_are_a_straight_line() {
        let (starts, quantities, _) = without(300..302);
        let series = series(&starts, &quantities, &[]);
        let estimates = estimate(&series, &validate(&series).anomalies);
        assert_eq!(estimates.len(), 2);
        let third = (load(302) - load(299)) / 3.0;
        assert!(estimates.iter().all(|one| one.method == Method::StraightLine));
        assert!((estimates[0].quantity - load(299) - third).abs() < 1e-9);
    }

    #[test]
    fn longer_gaps_take_like_days_and_add_up_to_the_register() {
        let (starts, quantities, registers) = without(300..309);
        let series = series(&starts, &quantities, &registers);
        let estimates = estimate(&series, &validate(&series).anomalies);
        assert_eq!(estimates.len(), 9);
        assert!(estimates.iter().all(|one| one.method == Method::LikeDaysToRegister), "{estimates:?}");
        let lost: f64 = (300..309).map(load).sum();
        assert!((estimates.iter().map(|one| one.quantity).sum::<f64>() - lost).abs() < 1e-6);
    }

    #[test]
    fn a_caught_up_gap_is_shared_out() {
        let (starts, mut quantities, _) = without(300..309);
        quantities[300] += (300..309).map(load).sum::<f64>();
        let series = series(&starts, &quantities, &[]);
        let faults = validate(&series).anomalies;
        assert_eq!(faults[0].kind, Kind::GapCatchup);
        let estimates = estimate(&series, &faults);
        assert_eq!((estimates.len(), estimates[0].method), (10, Method::LikeDaysToCatchup));
        assert!((estimates.iter().map(|one| one.quantity).sum::<f64>() - quantities[300]).abs() < 1e-6);
    }
}
