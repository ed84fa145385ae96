//! What is found does not depend on unit, offset or calendar week, sound series raise no alarm, and each kind is found
//! where it was put. Series are made here, by a generator with a seed.
#![allow(clippy::unwrap_used, reason = "of a test, whose numbers are small")]

mod random;

use proptest::prelude::*;
use random::Random;
use smrt_analytics::{
    anomaly::{Analysis, Anomaly, Kind, ModelKind, Series, analyse},
    meter::{MeterSeries, RegisterStand, validate},
};
use smrt_core::MarketZone;

const MINUTE: i64 = 60_000_000;
const STEP: i64 = 5 * MINUTE;
const WEEK: i64 = 7 * 24 * 60 * MINUTE;
/// A Monday at midnight UTC, far from a change of the clock.
const START: i64 = 1_484_524_800_000_000;

fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut random = Random(seed);
    (0..count).map(|_| random.normal()).collect()
}

fn instants(count: usize) -> Vec<i64> {
    (0..count).map(|n| START + i64::try_from(n).unwrap() * STEP).collect()
}

fn analysed(at: &[i64], values: &[f64]) -> Analysis {
    analyse(&Series { at, values, zone: MarketZone::Utc })
}

/// Where anomalies lie, in samples from the start, with their kinds.
fn places(analysis: &Analysis) -> Vec<(Kind, i64, i64)> {
    let start = analysis.start.unwrap();
    let place = |anomaly: &Anomaly| (anomaly.kind, (anomaly.start - start) / STEP, (anomaly.end - start) / STEP);
    analysis.anomalies.iter().map(place).collect()
}

/// A line with a break, a day and one anomaly of each kind.
fn full_of_faults(seed: u64) -> (Vec<i64>, Vec<f64>) {
    let mut values = noise(seed, 2400);
    for (n, value) in values.iter_mut().enumerate() {
        let x = n as f64;
        *value += 0.02 * x + (x - 1200.0).max(0.0) * 0.05 + 8.0 * (x / 288.0 * std::f64::consts::TAU).sin();
    }
    values[300] += 15.0;
    values[500..560].iter_mut().for_each(|value| *value += 9.0);
    for n in 0..120 {
        values[800 + n] -= 12.0 * (n + 1) as f64 / 120.0;
    }
    let stuck = values[1500];
    values[1500..1560].fill(stuck);
    let mut random = Random(seed ^ 7);
    values[1800..1880].iter_mut().for_each(|value| *value += 6.0 * random.normal());
    let gap = 2100..2120;
    let keep = |n: &usize| !gap.contains(n);
    let at = instants(2400).into_iter().enumerate().filter(|(n, _)| keep(n)).map(|(_, at)| at).collect();
    (at, values.into_iter().enumerate().filter(|(n, _)| keep(n)).map(|(_, value)| value).collect())
}

#[test]
fn every_kind_is_found_where_it_was_put() {
    let (at, values) = full_of_faults(1);
    let analysis = analysed(&at, &values);
    let expected = [
        (Kind::Spike, 300, 300),
        (Kind::Level, 500, 559),
        (Kind::Drift, 800, 919),
        (Kind::Flat, 1500, 1559),
        (Kind::Noise, 1800, 1879),
        (Kind::Gap, 2100, 2119),
    ];
    let found = places(&analysis);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((kind, start, end), (found, first, last)) in expected.into_iter().zip(found) {
        assert!(kind == found && (start - first).abs() <= 12 && (end - last).abs() <= 12, "{kind:?} {first} {last}");
    }
    assert_eq!((analysis.model.kind, analysis.model.season), (ModelKind::SeasonalTrend, Some("day")));
    for anomaly in &analysis.anomalies {
        assert!(anomaly.reason.len() > 40 && anomaly.severity > 1.0, "{anomaly:?}");
    }
}

#[test]
fn models_are_named_and_placed() {
    let x = |n: usize| n as f64;
    let with = |course: fn(f64) -> f64| -> Vec<f64> {
        noise(5, 1440).iter().enumerate().map(|(n, noise)| noise + course(x(n))).collect()
    };
    let model = |values: &[f64]| analysed(&instants(1440), values).model;
    assert_eq!(model(&with(|_| 50.0)).kind, ModelKind::Constant);
    let line = model(&with(|x| 3.0 - 0.1 * x));
    assert_eq!(line.kind, ModelKind::Linear);
    assert!((line.segments[0].slope_per_day + 28.8).abs() < 0.1, "{:?}", line.segments);
    assert_eq!(model(&with(|x| (x / 100.0).powi(2))).kind, ModelKind::Quadratic);
    let kink = model(&with(|x| (x - 600.0).max(0.0) * 0.2));
    assert_eq!((kink.kind, kink.breaks.len()), (ModelKind::PiecewiseLinear, 1));
    assert!((kink.breaks[0] - START - 600 * STEP).abs() <= 8 * STEP);
    let step = model(&with(|x| if x < 700.0 { 0.0 } else { 12.0 }));
    assert_eq!((step.kind, step.breaks.as_slice()), (ModelKind::PiecewiseConstant, &[START + 700 * STEP][..]));
    assert!((step.scatter - 1.0).abs() < 0.1);
}

#[test]
fn a_clean_random_series_raises_no_alarm() {
    // One value in five hundred million lies beyond six standard deviations: of 60 x 1000 values none should, and the
    // windows of all widths are as many tests again.
    let alarms: usize = (0..60).map(|seed| analysed(&instants(1000), &noise(seed, 1000)).anomalies.len()).sum();
    assert_eq!(alarms, 0);
    let verdict = analysed(&instants(1000), &noise(1, 1000)).verdict;
    assert!(verdict.contains("nothing unusual") && verdict.contains("n = 1000"), "{verdict}");
}

#[test]
fn noise_that_remembers_itself_has_no_breaks() {
    let breaks: usize = (0..20)
        .map(|seed| {
            let mut last = 0.0;
            let values: Vec<f64> = noise(seed, 1000)
                .into_iter()
                .map(|noise| {
                    last = 0.7 * last + noise;
                    last
                })
                .collect();
            analysed(&instants(1000), &values).model.breaks.len()
        })
        .sum();
    assert!(breaks <= 1, "{breaks}");
}

#[test]
fn series_that_are_hardly_any_are_told_all_the_same() {
    for count in 0..30 {
        for values in [vec![1.0; count], noise(3, count), (0..count).map(|n| n as f64).collect()] {
            let analysis = analysed(&instants(count), &values);
            assert_eq!(analysis.model.fitted.len(), count);
            assert!(!analysis.verdict.is_empty() && analysis.anomalies.len() <= 1, "{count} {analysis:?}");
        }
    }
    let empty = analysed(&[0, 1, 2], &[f64::NAN; 3]);
    assert_eq!((empty.start, empty.anomalies.len()), (None, 0));
}

#[test]
fn the_season_follows_the_clock_through_daylight_saving() {
    let zone = MarketZone::BERLIN;
    // Three weeks around the end of summer time on 30 October 2016, with something at seven each morning.
    let start = zone.parse_micros("2016-10-20").unwrap();
    let at: Vec<i64> = (0..21 * 96).map(|n| start + n * 15 * MINUTE).collect();
    let noise = noise(9, at.len());
    let value = |(at, noise): (&i64, &f64)| {
        let hour = zone.rfc3339(at / 1_000_000)[11..13].parse::<i32>().unwrap();
        noise + if hour == 7 { 30.0 } else { 0.0 }
    };
    let values: Vec<f64> = at.iter().zip(&noise).map(value).collect();
    let analysis = analyse(&Series { at: &at, values: &values, zone });
    assert_eq!(analysis.model.season, Some("day"));
    assert!(analysis.anomalies.is_empty(), "{:?}", analysis.anomalies);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn unit_offset_and_week_change_nothing_but_the_numbers(
        seed in 0_u64..1000,
        power in -6_i32..7,
        offset in -1e4_f64..1e4,
        negated: bool,
        weeks in -20_i64..200,
    ) {
        let (at, values) = full_of_faults(seed);
        let factor = 2_f64.powi(power * 3) * if negated { -1.0 } else { 1.0 };
        let other: Vec<f64> = values.iter().map(|value| (value + offset.round()) * factor).collect();
        let shifted: Vec<i64> = at.iter().map(|at| at + weeks * WEEK).collect();
        let (plain, changed) = (analysed(&at, &values), analysed(&shifted, &other));
        prop_assert_eq!(places(&plain), places(&changed));
        prop_assert_eq!(plain.model.kind, changed.model.kind);
        prop_assert_eq!(plain.model.season, changed.model.season);
        let moved: Vec<i64> = plain.model.breaks.iter().map(|at| at + weeks * WEEK).collect();
        prop_assert_eq!(moved, changed.model.breaks);
        prop_assert!((plain.model.scatter * factor.abs() / changed.model.scatter - 1.0).abs() < 1e-3);
    }

    #[test]
    fn any_series_gets_an_answer(
        steps in prop::collection::vec(0_i64..400, 0..120),
        values in prop::collection::vec(prop_oneof![Just(0.0), -1e3_f64..1e3, any::<f64>()], 120),
    ) {
        let mut at = 0;
        let at: Vec<i64> = steps.iter().map(|step| { at += step * MINUTE; at }).collect();
        let analysis = analysed(&at, &values);
        prop_assert!(analysis.anomalies.iter().all(|anomaly| anomaly.start <= anomaly.end));
        let registers: Vec<RegisterStand> =
            at.iter().step_by(7).zip(&values).map(|(&at, &stand)| RegisterStand { at, stand }).collect();
        let series = MeterSeries { starts: &at, quantities: &values, minutes: 5, registers: &registers, zone: MarketZone::BERLIN };
        let faults = validate(&series).anomalies;
        let estimates = smrt_analytics::estimate::estimate(&series, &faults);
        prop_assert!(estimates.windows(2).all(|pair| pair[0].start < pair[1].start));
    }
}
