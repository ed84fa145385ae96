//! Figures, not opinions: how much of what is put into random series is found again, and how fast. Prints, and asserts
//! floors only; run it with
//! `cargo test --release -p smrt-analytics --test figures -- --ignored --nocapture`.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "of a test, whose numbers are small"
)]

mod random;

use random::Random;
use smrt_analytics::anomaly::{Kind, Series, analyse};
use smrt_core::MarketZone;
use std::{ops::Range, time::Instant};

const STEP: i64 = 300_000_000;
const COUNT: usize = 2016;
/// An event is found where a range overlaps it by this part of both together, or, of a spike, within two values.
const OVERLAP: f64 = 0.25;

impl Random {
    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }

    /// A whole number from `low` to below `high`.
    fn count(&mut self, low: usize, high: usize) -> usize {
        (low..high).nth((self.next() * (high - low) as f64) as usize).unwrap_or(low)
    }
}

struct Made {
    values: Vec<f64>,
    events: Vec<(Kind, Range<usize>)>,
    breaks: Vec<usize>,
}

/// A line, a chain of lines, a day or a switched load, with up to eight events of 5 to 25 standard deviations.
fn made(seed: u64) -> Made {
    let mut random = Random(seed);
    let (slope, breaks): (f64, Vec<usize>) = match seed % 4 {
        0 => (random.within(-0.1, 0.1), Vec::new()),
        1 => (random.within(-0.1, 0.1), vec![random.count(300, 800), random.count(1100, 1700)]),
        _ => (0.0, Vec::new()),
    };
    let bends: Vec<f64> =
        breaks.iter().map(|_| random.within(0.05, 0.2) * if random.next() < 0.5 { -1.0 } else { 1.0 }).collect();
    let course = |n: usize| {
        let x = n as f64;
        let bent: f64 = breaks.iter().zip(&bends).map(|(&at, bend)| bend * (x - at as f64).max(0.0)).sum();
        let season = match seed % 4 {
            2 => 20.0 * (x / 288.0 * std::f64::consts::TAU).sin(),
            3 if (90..220).contains(&(n % 288)) => 60.0,
            _ => 0.0,
        };
        slope * x + bent + season
    };
    let mut values: Vec<f64> = (0..COUNT).map(|n| course(n) + random.normal()).collect();
    let mut events: Vec<(Kind, Range<usize>)> = Vec::new();
    for _ in 0..if seed % 5 == 4 { 0 } else { 8 } {
        let kind = [Kind::Spike, Kind::Spike, Kind::Level, Kind::Drift, Kind::Flat, Kind::Noise][random.count(0, 6)];
        let len = match kind {
            Kind::Spike => random.count(1, 6),
            Kind::Level => random.count(28, 120),
            Kind::Drift => random.count(70, 140),
            _ => random.count(40, 130),
        };
        let start = random.count(30, COUNT - len - 30);
        if events.iter().any(|(_, other)| other.start < start + len + 25 && start < other.end + 25) {
            continue;
        }
        let sign = if random.next() < 0.5 { -1.0 } else { 1.0 };
        let size = sign
            * match kind {
                Kind::Spike => random.within(8.0, 25.0),
                Kind::Level => random.within(5.5, 11.0),
                Kind::Drift => random.within(6.0, 16.0),
                _ => random.within(4.0, 9.0),
            };
        let first = values[start];
        for (at, value) in values[start..start + len].iter_mut().enumerate() {
            match kind {
                Kind::Flat => *value = first,
                Kind::Noise => *value += size * random.normal(),
                Kind::Drift => *value += size * (at + 1) as f64 / len as f64,
                _ => *value += size,
            }
        }
        events.push((kind, start..start + len));
    }
    Made { values, events, breaks }
}

fn is_hit(event: &Range<usize>, found: &Range<usize>) -> bool {
    let both = event.end.min(found.end).saturating_sub(event.start.max(found.start)) as f64;
    let either = (event.end.max(found.end) - event.start.min(found.start)) as f64;
    both >= OVERLAP * either
        || (event.len() <= 5 && found.len() <= 12 && found.start <= event.end && event.start <= found.end)
}

#[test]
#[ignore = "a measurement"]
fn found_again() {
    let (mut right, mut wrong, mut events, mut breaks, mut meant, mut hit) = (0, 0, 0, 0, 0, 0);
    let begun = Instant::now();
    let series = 200;
    for seed in 0..series {
        let made = made(seed);
        let at: Vec<i64> = (0..COUNT).map(|n| n as i64 * STEP).collect();
        let analysis = analyse(&Series { at: &at, values: &made.values, zone: MarketZone::Utc });
        events += made.events.len();
        let mut left = made.events.clone();
        for anomaly in &analysis.anomalies {
            let range = (anomaly.start / STEP) as usize..(anomaly.end / STEP) as usize + 1;
            match left.iter().position(|(kind, event)| *kind == anomaly.kind && is_hit(event, &range)) {
                Some(place) => {
                    left.remove(place);
                    right += 1;
                }
                None => wrong += 1,
            }
        }
        if seed % 4 < 2 {
            meant += made.breaks.len();
            breaks += analysis.model.breaks.len();
            let near =
                |at: &&usize| analysis.model.breaks.iter().any(|other| (*other / STEP - **at as i64).abs() <= 20);
            hit += made.breaks.iter().filter(near).count();
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let typed = 2.0 * f64::from(right) / (f64::from(right + wrong) + events as f64);
    let of_breaks = 2.0 * hit as f64 / (breaks + meant) as f64;
    let days = series as f64 * 7.0;
    println!(
        "typed events F1 {typed:.3}, false alarms per day {:.3}, breaks F1 {of_breaks:.3}",
        f64::from(wrong) / days
    );
    println!("{:.2} s per million values, in series of {COUNT}", seconds / (series as f64 * COUNT as f64) * 1e6);
    assert!(typed > 0.9 && of_breaks > 0.85 && f64::from(wrong) / days < 0.1);
}

#[test]
#[ignore = "a measurement"]
fn one_long_series() {
    let mut random = Random(1);
    let at: Vec<i64> = (0..1_000_000).map(|n| n * STEP).collect();
    let day = |n: usize| 5.0 * (n as f64 / 288.0 * std::f64::consts::TAU).sin();
    let values: Vec<f64> =
        (0..at.len()).map(|n| day(n) + random.normal() + if n % 1000 == 500 { 15.0 } else { 0.0 }).collect();
    let begun = Instant::now();
    let analysis = analyse(&Series { at: &at, values: &values, zone: MarketZone::BERLIN });
    println!("{:.2} s for a million values, {}", begun.elapsed().as_secs_f64(), analysis.verdict);
    assert_eq!(analysis.anomalies.iter().filter(|anomaly| anomaly.kind == Kind::Spike).count(), 1000);
}
