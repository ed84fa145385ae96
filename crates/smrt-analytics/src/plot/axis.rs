//! Where the ticks of a picture stand and what they say.
//!
//! Ranges come in, ticks go out: values at round numbers, times at full civil hours, days and months of a zone.

use crate::{
    SECOND,
    number::{real, real_time, whole},
};
use smrt_core::{CivilInstants, MarketZone, civil_from_days};

/// About how many ticks an axis has.
const VALUES: f64 = 6.0;
const TIMES: usize = 11;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Round values within a range.
pub(crate) fn values(low: f64, high: f64) -> Vec<f64> {
    let step = step(high - low);
    let first = (low / step).ceil();
    let count = whole((high - low) / step) + 1;
    (0..count).map(|n| (first + real(n)) * step).filter(|&value| value <= high).collect()
}

/// The step of 1, 2 or 5 times a power of ten that gives a handful of ticks.
fn step(span: f64) -> f64 {
    let rough = span / VALUES;
    let power = 10_f64.powf(rough.log10().floor());
    let part = rough / power;
    power
        * if part < 1.5 {
            1.0
        } else if part < 3.5 {
            2.0
        } else if part < 7.5 {
            5.0
        } else {
            10.0
        }
}

/// A value with as many decimals as the step between ticks has.
pub(crate) fn label(value: f64, span: f64) -> String {
    let step = step(span);
    if !(1e-6..1e9).contains(&step) {
        return format!("{value:.2e}");
    }
    let decimals = whole((-step.log10().floor()).max(0.0));
    let text = format!("{value:.decimals$}");
    // A zero that comes of rounding has no sign.
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') { text.replace('-', "") } else { text }
}

/// Civil times within a range, with their labels: hours, days or the first days of months.
pub(crate) fn times(zone: MarketZone, from: i64, to: i64) -> Vec<(i64, String)> {
    let (first, last) = (zone.day(from.div_euclid(SECOND)), zone.day(to.div_euclid(SECOND)));
    let hours = real_time(to - from) / (3600.0 * real_time(SECOND));
    let inside = |ticks: Vec<(i64, String)>| -> Vec<(i64, String)> {
        ticks.into_iter().filter(|&(at, _)| (from..=to).contains(&at)).collect()
    };
    let days = || first..=last.saturating_add(1);
    for every in [1, 3, 6, 12] {
        if hours / real_time(every) <= real(TIMES) {
            let tick = |local: i64| match zone.instants(local) {
                CivilInstants::Once(at) | CivilInstants::Twice(at, _) => Some((at * SECOND, hour_label(local))),
                CivilInstants::Skipped => None,
            };
            let of_day =
                |day: i32| (0..24 / every).filter_map(move |n| tick(i64::from(day) * 86_400 + n * every * 3600));
            return inside(days().flat_map(of_day).collect());
        }
    }
    for every in [1, 2, 7, 14] {
        if hours / 24.0 / f64::from(every) <= real(TIMES) {
            let chosen = days().filter(|day| day.rem_euclid(every) == 0);
            return inside(chosen.map(|day| (zone.day_start(day) * SECOND, day_label(day))).collect());
        }
    }
    let months = hours / 24.0 / 30.4;
    // No calendar reaches that far.
    if months > 12_000.0 {
        return Vec::new();
    }
    let every = [1, 3, 6, 12, 60, 120, 600].into_iter().find(|&every| months / f64::from(every) <= real(TIMES));
    let every = every.unwrap_or(1200);
    let chosen = days().filter(|&day| {
        let (year, month, of_month) = civil_from_days(day);
        let count = year.saturating_mul(12).saturating_add(i32::try_from(month).unwrap_or(1) - 1);
        of_month == 1 && count.rem_euclid(every) == 0
    });
    inside(chosen.map(|day| (zone.day_start(day) * SECOND, month_label(day))).collect())
}

fn month(month: u32) -> &'static str {
    usize::try_from(month).ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)).copied()).unwrap_or("")
}

fn day_label(day: i32) -> String {
    let (_, of_year, of_month) = civil_from_days(day);
    format!("{of_month} {}", month(of_year))
}

fn month_label(day: i32) -> String {
    let (year, of_year, _) = civil_from_days(day);
    format!("{} {year}", month(of_year))
}

/// A full civil hour, given as seconds since the clock showed 1970-01-01 00:00; at midnight its date.
fn hour_label(local: i64) -> String {
    match local.rem_euclid(86_400) / 3600 {
        0 => day_label(i32::try_from(local.div_euclid(86_400)).unwrap_or(i32::MAX)),
        hour => format!("{hour:02}:00"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_round_and_say_no_more_than_the_step() {
        assert_eq!(values(-1.2, 4.9), [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(label(0.1 + 0.2, 1.0), "0.3");
        assert_eq!(label(-1e-17, 1.0), "0.0");
        assert_eq!(label(250.0, 700.0), "250");
    }

    #[test]
    fn times_are_those_of_the_clock() {
        let zone = MarketZone::BERLIN;
        let at = |text: &str| zone.parse_micros(text).unwrap();
        let ticks = times(zone, at("2016-10-29 22:00"), at("2016-10-30 08:00"));
        assert_eq!(
            ticks.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>()[..4],
            ["22:00", "23:00", "30 Oct", "01:00"]
        );
        let ticks = times(zone, at("2016-10-28"), at("2016-11-07"));
        assert_eq!(ticks[0], (at("2016-10-28"), "28 Oct".to_owned()));
        assert_eq!(ticks[4], (at("2016-11-01"), "1 Nov".to_owned()));
        let ticks = times(zone, at("2016-01-01"), at("2018-01-01"));
        assert_eq!(ticks[1].1, "Apr 2016");
        assert!(times(MarketZone::Utc, 0, 400 * 31_556_952 * SECOND).len() < 20);
        assert!(times(MarketZone::Utc, 0, i64::MAX / 4).is_empty());
    }
}
