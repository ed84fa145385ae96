//! What a series does when nothing is wrong, and where something is.
//!
//! [`analyse`] takes instants, values and a zone, and gives the regression model and the anomalies, each with a reason
//! in words. It keeps no state, reads nothing and draws no random numbers: the same values give the same answer. It
//! does not repair values, and does not know what a quantity may be.
//!
//! The order of things: values are put in order and gaps noted; runs of one value are set aside; a season and a
//! robust trend are fitted to the rest; what they leave over is tested for bursts of noise, spikes, other levels and
//! drifts; all that is found is set aside and the model fitted again, so that it is that of the sound values alone.

mod chain;
mod clock;
mod episode;
mod explain;
mod finding;
mod local;
mod model;
mod noise;
mod partition;
mod robust;
mod samples;
mod season;
mod shape;
mod spike;
mod stuck;
mod trend;
mod window;

pub use explain::BAND;
pub use finding::{Anomaly, Band, Kind};
pub use model::{Fitted, Model, ModelKind, Segment};
pub use samples::Series;

pub(crate) use explain::{clock, number};
pub(crate) use stuck::{runs as value_runs, unusual};

use explain::Explainer;
use model::Regression;
use robust::Points;
use samples::Samples;
use season::Season;
use shape::Shape;
use std::ops::Range;
use trend::Trend;

/// Fewest values that a model is fitted to and tests are made with.
const FEWEST: usize = 12;
/// How often the model is fitted again without what was found.
const ROUNDS: usize = 2;

/// What was found out about a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The first value, UTC epoch microseconds; nothing of no values.
    pub start: Option<i64>,
    /// Microseconds between values; nothing where there are too few to tell.
    pub step: Option<i64>,
    /// What the values do when nothing is wrong.
    pub model: Model,
    /// What is wrong, in the order of time.
    pub anomalies: Vec<Anomaly>,
    /// A sentence on the series as a whole: why nothing, or what, was found.
    pub verdict: String,
}

/// A stretch of samples that something is wrong with, before it is told in words.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub kind: Kind,
    pub range: Range<usize>,
    /// How far it is off, in the unit of the series; of a burst how many times it scatters.
    pub height: f64,
    /// Whether a drift moves away (true) or comes back slowly.
    pub rising: bool,
}

/// Models a sensor's series and tests it for spikes, other levels, drifts, flat runs, bursts of noise and gaps.
///
/// Of fewer than a dozen values only their median is told, and gaps.
pub fn analyse(series: &Series<'_>) -> Analysis {
    let samples = Samples::new(series);
    let Some(&start) = samples.at.first() else {
        let verdict = "no values, so nothing can be said".to_owned();
        return Analysis { start: None, step: None, model: Model::empty(), anomalies: Vec::new(), verdict };
    };
    let flat = if samples.len() < FEWEST { Vec::new() } else { stuck::unusual_runs(&samples.y) };
    let alive = outside(samples.len(), flat.iter());
    let (regression, events) = fit_and_test(&samples, &alive, series.zone);
    let explainer = Explainer::new(&samples, &regression, &alive, series.zone);
    let mut anomalies: Vec<Anomaly> = samples.gaps.iter().map(|gap| explainer.gap(gap)).collect();
    anomalies.extend(flat.iter().map(|run| explainer.flat(run)));
    anomalies.extend(events.iter().map(|event| explainer.event(event)));
    anomalies.sort_by_key(|anomaly| (anomaly.start, anomaly.end, anomaly.kind));
    let verdict = explainer.verdict(&anomalies);
    let step = (samples.len() > 2).then_some(samples.step);
    Analysis { start: Some(start), step, model: regression.model(&samples), anomalies, verdict }
}

/// Fits and tests in turns; the events are those of the last fit.
fn fit_and_test(samples: &Samples, alive: &[bool], zone: smrt_core::MarketZone) -> (Regression, Vec<Event>) {
    if samples.len() < FEWEST {
        let trend = Trend::constant(&Points { x: &samples.x, y: &samples.y, used: alive });
        return (Regression::new(samples, alive, trend, None), Vec::new());
    }
    let mut used = alive.to_vec();
    let mut season = Season::find(samples, &used, zone);
    let mut regression = fit(samples, &used, season.as_ref(), None);
    let mut events = test(&regression, alive);
    for round in 1..=ROUNDS {
        let sound = outside(samples.len(), events.iter().map(|event| &event.range));
        let sound: Vec<bool> = sound.iter().zip(alive).map(|(&sound, &alive)| sound && alive).collect();
        if sound == used {
            break;
        }
        used = sound;
        if let Some(season) = &mut season {
            season.relearn(samples, &used, alive);
        }
        // The last round keeps the breaks of the one before.
        let known = (round == ROUNDS).then_some(&regression.trend);
        regression = fit(samples, &used, season.as_ref(), known);
        events = test(&regression, alive);
    }
    (regression, events)
}

/// The trend of what the season leaves over: a `known` one fitted again, or a new one.
fn fit(samples: &Samples, used: &[bool], season: Option<&Season>, known: Option<&Trend>) -> Regression {
    let season = season.map(|season| (season.cycle, season.values()));
    let rest: Vec<f64> = match &season {
        Some((_, course)) => samples.y.iter().zip(course).map(|(y, season)| y - season).collect(),
        None => samples.y.clone(),
    };
    let points = Points { x: &samples.x, y: &rest, used };
    let trend = known.map_or_else(|| Trend::fit(&points), |known| known.again(&points));
    Regression::new(samples, used, trend, season)
}

/// What is wrong with the residuals of the samples that are no flat run.
fn test(regression: &Regression, alive: &[bool]) -> Vec<Event> {
    let places: Vec<usize> = (0..alive.len()).filter(|&at| alive[at]).collect();
    let residuals: Vec<f64> = places.iter().map(|&at| regression.residuals[at]).collect();
    let medians = local::running_median(&residuals);
    let deviations: Vec<f64> = residuals.iter().zip(&medians).map(|(value, median)| value - median).collect();
    let scale = spike::deviation_scale(&deviations);
    let bursts = noise::bursts(&deviations, scale);
    let quiet = outside(places.len(), bursts.iter().map(|(range, _)| range));
    let spikes = spike::spikes(&deviations, &quiet, scale);
    // Episodes are sought among values without spikes and bursts.
    let mut smooth = residuals;
    for at in spikes.iter().chain(bursts.iter().map(|(range, _)| range)).flat_map(Range::clone) {
        smooth[at] = medians[at];
    }
    let mut events: Vec<Event> = Vec::new();
    let mut note = |kind, range: &Range<usize>, height, rising| {
        let range = places[range.start]..places[range.end - 1] + 1;
        events.push(Event { kind, range, height, rising });
    };
    bursts.iter().for_each(|(range, factor)| note(Kind::Noise, range, *factor, false));
    for spike in &spikes {
        let peak = spike.clone().map(|at| deviations[at]).max_by(|a, b| a.abs().total_cmp(&b.abs()));
        note(Kind::Spike, spike, peak.unwrap_or(0.0), false);
    }
    for episode in episode::episodes(&smooth, scale, regression.scatter) {
        let overlap = episode.range.clone().filter(|&at| !quiet[at]).count();
        if 2 * overlap < episode.range.len() {
            let kind = if episode.shape == Shape::Level { Kind::Level } else { Kind::Drift };
            note(kind, &episode.range, episode.height, episode.shape != Shape::Falling);
        }
    }
    events.sort_by_key(|event| event.range.start);
    events
}

/// Which of `count` samples lie in none of the ranges.
fn outside<'a>(count: usize, ranges: impl Iterator<Item = &'a Range<usize>>) -> Vec<bool> {
    let mut outside = vec![true; count];
    ranges.for_each(|range| outside[range.clone()].fill(false));
    outside
}
