//! Where in its day, week or year each sample lies, by the clock of a zone.
//!
//! Samples come in, slot and cycle numbers go out. Knows of daylight saving; does not know of values.

use super::samples::Samples;
use crate::{
    SECOND,
    number::{real, real_time, whole},
};
use smrt_core::{MarketZone, civil_from_days};

const DAY: i64 = 86_400;
/// Most slots of a day: five minutes each.
const SLOTS: usize = 288;
/// A day is a season where at least this many values make it up.
const FEWEST_PER_DAY: i64 = 4;

/// Which clock the days of a season follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The civil one, with daylight saving: people.
    Civil,
    /// One that keeps the offset the series begins with: the sun, machines.
    Fixed,
}

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cycle {
    /// Each day is like the other.
    Day(Clock),
    /// Days from Monday to Friday, and the other two.
    WorkingDay(Clock),
    /// Each day of the week is like that of other weeks.
    Week(Clock),
    /// Months of a year.
    Year,
}

impl Cycle {
    /// Those that the samples are long and dense enough for, the plainest first.
    pub(crate) fn candidates(samples: &Samples, zone: MarketZone) -> Vec<Self> {
        let (Some(&first), Some(&last)) = (samples.at.first(), samples.at.last()) else { return Vec::new() };
        let days = (last - first) / (DAY * SECOND);
        let mut found = Vec::new();
        if samples.step * FEWEST_PER_DAY <= DAY * SECOND && days >= 3 {
            let shifts = samples.at.iter().step_by(whole(3600.0 * 1e6 / real_time(samples.step)).max(1));
            let begins = zone.offset_seconds(first / SECOND);
            let mut shifts = shifts.map(|at| zone.offset_seconds(at.div_euclid(SECOND)));
            let clocks: &[Clock] =
                if shifts.any(|offset| offset != begins) { &[Clock::Civil, Clock::Fixed] } else { &[Clock::Civil] };
            found.extend(clocks.iter().map(|&clock| Self::Day(clock)));
            if days >= 14 {
                found.extend(clocks.iter().map(|&clock| Self::WorkingDay(clock)));
            }
            if days >= 28 {
                found.extend(clocks.iter().map(|&clock| Self::Week(clock)));
            }
        }
        let step_days = samples.step / (DAY * SECOND);
        if (27..=93).contains(&step_days) && days >= 3 * 365 {
            found.push(Self::Year);
        }
        found
    }

    /// How long a window must be to hold all of the cycle, as far as a level below it is concerned.
    pub(crate) fn level_micros(self) -> f64 {
        match self {
            Self::Day(_) => real_time(DAY * SECOND),
            Self::WorkingDay(_) | Self::Week(_) => real_time(7 * DAY * SECOND),
            Self::Year => 365.25 * real_time(DAY * SECOND),
        }
    }

    /// The name in output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Day(Clock::Civil) => "day",
            Self::Day(Clock::Fixed) => "day by a clock without daylight saving",
            Self::WorkingDay(Clock::Civil) => "working day and weekend",
            Self::WorkingDay(Clock::Fixed) => "working day and weekend by a clock without daylight saving",
            Self::Week(Clock::Civil) => "week",
            Self::Week(Clock::Fixed) => "week by a clock without daylight saving",
            Self::Year => "year",
        }
    }
}

/// Slot and cycle of each sample.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub slot: Vec<usize>,
    /// Number of the day, week or year; neighbours differ by one.
    pub cycle: Vec<i64>,
    /// Slots of a cycle.
    pub slots: usize,
    /// Slots of a day: those of a cycle where there are no days.
    pub slots_per_day: usize,
}

impl Places {
    /// `None` of no samples.
    pub(crate) fn new(samples: &Samples, cycle: Cycle, zone: MarketZone) -> Option<Self> {
        let first = *samples.at.first()?;
        let per_day = whole(real_time(DAY * SECOND) / real_time(samples.step) + 0.5).clamp(1, SLOTS);
        let (slots_per_day, days) = match cycle {
            Cycle::Day(_) => (per_day, 1),
            Cycle::WorkingDay(_) => (per_day, 2),
            Cycle::Week(_) => (per_day, 7),
            Cycle::Year => (12, 1),
        };
        let fixed = zone.offset_seconds(first.div_euclid(SECOND));
        let (mut hour, mut offset) = (i64::MIN, fixed);
        let mut places = Self { slot: Vec::new(), cycle: Vec::new(), slots: slots_per_day * days, slots_per_day };
        for at in &samples.at {
            let second = at.div_euclid(SECOND);
            // Offsets change on the quarter hour at most, and asking for them takes long.
            if second.div_euclid(900) != hour {
                hour = second.div_euclid(900);
                offset = match cycle {
                    Cycle::Day(Clock::Fixed) | Cycle::WorkingDay(Clock::Fixed) | Cycle::Week(Clock::Fixed) => fixed,
                    _ => zone.offset_seconds(second),
                };
            }
            let local = second + i64::from(offset);
            let (day, of_day) = (local.div_euclid(DAY), local.rem_euclid(DAY));
            let slot = whole(real_time(of_day) * real(slots_per_day) / real_time(DAY));
            // Day 0 was a Thursday.
            let weekday = whole(real_time((day + 3).rem_euclid(7)));
            let (slot, cycle) = match cycle {
                Cycle::Day(_) => (slot, day),
                Cycle::WorkingDay(_) => (slot + usize::from(weekday >= 5) * per_day, (day + 3).div_euclid(7)),
                Cycle::Week(_) => (slot + weekday * per_day, (day + 3).div_euclid(7)),
                Cycle::Year => {
                    let (year, month, _) = civil_from_days(i32::try_from(day).unwrap_or(i32::MAX));
                    (usize::try_from(month).map_or(0, |month| month - 1), i64::from(year))
                }
            };
            places.slot.push(slot);
            places.cycle.push(cycle);
        }
        Some(places)
    }
}
