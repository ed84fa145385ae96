//! What a meter usually reports at a time of day: the median of like intervals on the nearest like days.
//!
//! Sound rows come in, an expectation with its spread goes out for any instant, also for one whose interval is missing.
//! Like days are days from Monday to Friday, and the others.

use super::rows::Rows;
use crate::{
    SECOND,
    number::{median, spread},
};
use smrt_core::MarketZone;
use std::collections::BTreeMap;

/// How many of the nearest like days are asked.
const DAYS: usize = 12;
const DAY: i64 = 86_400;

/// What is expected of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Expectation {
    pub value: f64,
    /// The spread of like intervals, never 0.
    pub scale: f64,
}

/// The usual course of days.
#[derive(Debug)]
pub(crate) struct Profile {
    zone: MarketZone,
    /// Instants and quantities of each kind of day and second of day, in order.
    places: BTreeMap<(bool, i64), Vec<(i64, f64)>>,
    /// The spread of like intervals as a part of their median, over all.
    relative: f64,
    /// The least spread: the resolution of the quantities.
    least: f64,
}

impl Profile {
    /// Learns from the rows that are `sound`.
    pub(crate) fn new(rows: &Rows, sound: &[bool], zone: MarketZone) -> Self {
        let mut places: BTreeMap<(bool, i64), Vec<(i64, f64)>> = BTreeMap::new();
        for row in (0..rows.len()).filter(|&row| sound[row]) {
            places.entry(place(zone, rows.at[row])).or_default().push((rows.at[row], rows.value[row]));
        }
        let mut sizes: Vec<f64> = rows.value.iter().map(|value| value.abs()).filter(|&size| size > 0.0).collect();
        let usual = median(&mut sizes);
        let mut profile = Self { zone, places, relative: 0.0, least: (usual * 1e-3).max(f64::MIN_POSITIVE) };
        let stride = rows.len() / 2048 + 1;
        let known = rows.at.iter().step_by(stride).filter_map(|&at| profile.expect(at, false));
        let mut ratios: Vec<f64> =
            known.filter(|known| known.value > 0.0).map(|known| known.scale / known.value).collect();
        profile.relative = median(&mut ratios);
        profile
    }

    /// What is expected of the interval that starts at an instant; the interval itself is not asked.
    pub(crate) fn at(&self, at: i64) -> Option<Expectation> {
        self.expect(at, true)
    }

    fn expect(&self, at: i64, pooled: bool) -> Option<Expectation> {
        let like = self.places.get(&place(self.zone, at))?;
        let mut nearest = nearest(like, at);
        if nearest.is_empty() {
            return None;
        }
        let value = median(&mut nearest);
        let own = spread(nearest.iter().map(|other| other - value));
        let shared = if pooled { self.relative * value.abs() } else { 0.0 };
        Some(Expectation { value, scale: own.max(shared).max(self.least) })
    }
}

/// The quantities of the [`DAYS`] entries nearest to an instant, itself left out.
fn nearest(like: &[(i64, f64)], at: i64) -> Vec<f64> {
    let mut end = like.partition_point(|&(other, _)| other < at);
    let mut start = end;
    if like.get(end).is_some_and(|&(other, _)| other == at) {
        end += 1;
    }
    let mut found = Vec::with_capacity(DAYS);
    while found.len() < DAYS {
        let before = start.checked_sub(1).map(|index| (at - like[index].0, index));
        let after = like.get(end).map(|&(other, _)| (other - at, end));
        match (before, after) {
            (Some((left, index)), right) if right.is_none_or(|(right, _)| left <= right) => {
                found.push(like[index].1);
                start -= 1;
            }
            (_, Some((_, index))) => {
                found.push(like[index].1);
                end += 1;
            }
            _ => break,
        }
    }
    found
}

/// Whether a day is one of the weekend, and the second of the day.
fn place(zone: MarketZone, at: i64) -> (bool, i64) {
    let second = at.div_euclid(SECOND);
    let local = second + i64::from(zone.offset_seconds(second));
    // Day 0 was a Thursday.
    ((local.div_euclid(DAY) + 3).rem_euclid(7) >= 5, local.rem_euclid(DAY))
}
