//! The regression model of a series without its season: robust polynomials, cut where the series changes for good.
//!
//! Positions, values and which of them count come in; breaks to the sample and a polynomial per stretch go out. A change
//! that lasts for less than about a fourteenth of the series is no break: that is left to the tests for anomalies.

use super::{
    chain,
    partition::{Blocks, Cuts, Line},
    robust::{Points, Poly, loss, parameters},
};
use crate::number::{core_spread, median, real, spread, whole};
use std::ops::Range;

/// Most blocks the series is thinned to before the search for breaks, which takes the square of them.
const BLOCKS: usize = 72;
/// The shortest stretch, as a part of the series: what is over sooner is an episode, not a new regime.
const SHORTEST: f64 = 0.07;
/// And in blocks, for short series: fewer say nothing of a line.
const SHORTEST_BLOCKS: usize = 5;
/// The charge per parameter, in units of ln(n): one and a half times that of the Bayesian information criterion, since
/// the place of a break is searched for.
const CHARGE: f64 = 1.5;

/// A piecewise polynomial over all samples.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trend {
    /// Samples that begin a stretch, but the first one.
    pub breaks: Vec<usize>,
    /// One polynomial per stretch.
    pub pieces: Vec<Poly>,
    /// Their degree.
    pub degree: usize,
}

impl Trend {
    /// A constant: the median.
    pub(crate) fn constant(points: &Points<'_>) -> Self {
        let used = points.y.iter().zip(points.used).filter(|&(_, &used)| used).map(|(&y, _)| y);
        let mut values: Vec<f64> = used.collect();
        Self { breaks: Vec::new(), pieces: vec![Poly::constant(median(&mut values))], degree: 0 }
    }

    /// The model that the values speak for.
    pub(crate) fn fit(points: &Points<'_>) -> Self {
        let blocks = Thinned::new(points);
        if blocks.x.len() < 2 * SHORTEST_BLOCKS {
            return Self::constant(points);
        }
        let Some(choice) = choose(&blocks) else { return Self::constant(points) };
        let mut trend = Self {
            breaks: choice.breaks.iter().map(|&block| blocks.first[block]).collect(),
            pieces: choice.pieces,
            degree: choice.degree,
        };
        for _ in 0..2 {
            trend.refine(points, blocks.size);
            trend.refit(points);
        }
        if trend.degree == 1 {
            chain::join(&mut trend, points, blocks.size);
        }
        trend
    }

    /// The ranges of samples between breaks.
    pub(crate) fn stretches(&self, count: usize) -> impl Iterator<Item = (Range<usize>, &Poly)> {
        let starts = std::iter::once(0).chain(self.breaks.iter().copied());
        let ends = self.breaks.iter().copied().chain(std::iter::once(count));
        starts.zip(ends).map(|(start, end)| start..end).zip(&self.pieces)
    }

    /// The value at each position.
    pub(crate) fn values(&self, x: &[f64]) -> Vec<f64> {
        self.stretches(x.len()).flat_map(|(range, piece)| x[range].iter().map(|&x| piece.value(x))).collect()
    }

    /// Fits each stretch to its samples.
    fn refit(&mut self, points: &Points<'_>) {
        let stretches: Vec<(Range<usize>, Poly)> =
            self.stretches(points.x.len()).map(|(range, &piece)| (range, piece)).collect();
        for ((range, piece), place) in stretches.into_iter().zip(&mut self.pieces) {
            *place = within(points, range).fit(self.degree, Some(piece)).unwrap_or(piece);
        }
    }

    /// Moves each break to the sample where its two polynomials explain their sides best.
    fn refine(&mut self, points: &Points<'_>, reach: usize) {
        let residuals = points.x.iter().zip(self.values(points.x)).zip(points.y).map(|((_, fit), y)| y - fit);
        let scale = spread(residuals.zip(points.used).filter(|&(_, &used)| used).map(|(residual, _)| residual));
        if scale <= 0.0 {
            return;
        }
        for index in 0..self.breaks.len() {
            let at = self.breaks[index];
            let lowest = if index == 0 { 2 } else { self.breaks[index - 1] + 2 };
            let highest = self.breaks.get(index + 1).copied().unwrap_or(points.x.len()).saturating_sub(2);
            let window = at.saturating_sub(2 * reach).max(lowest)..(at + 2 * reach).min(highest);
            let (left, right) = (self.pieces[index], self.pieces[index + 1]);
            let cost = |piece: &Poly, at: usize| loss((points.y[at] - piece.value(points.x[at])) / scale);
            // What it costs to give the samples up to here to the left instead of to the right.
            let (mut total, mut least, mut best) = (0.0, 0.0, window.start);
            for here in window {
                if points.used[here] {
                    total += cost(&left, here) - cost(&right, here);
                }
                if total < least {
                    (least, best) = (total, here + 1);
                }
            }
            self.breaks[index] = best.max(lowest);
        }
    }
}

/// The points of a range.
pub(crate) fn within<'a>(points: &Points<'a>, range: Range<usize>) -> Points<'a> {
    Points { x: &points.x[range.clone()], y: &points.y[range.clone()], used: &points.used[range] }
}

/// A series thinned to medians of blocks of samples.
struct Thinned {
    x: Vec<f64>,
    y: Vec<f64>,
    /// The first sample of each block.
    first: Vec<usize>,
    /// Samples per block.
    size: usize,
}

impl Thinned {
    fn new(points: &Points<'_>) -> Self {
        let size = points.x.len().div_ceil(BLOCKS).max(1);
        let mut thinned = Self { x: Vec::new(), y: Vec::new(), first: Vec::new(), size };
        for start in (0..points.x.len()).step_by(size) {
            let range = start..(start + size).min(points.x.len());
            let used = |values: &[f64]| -> Vec<f64> {
                range.clone().filter(|&at| points.used[at]).map(|at| values[at]).collect()
            };
            let mut y = used(points.y);
            if y.len() * 4 >= range.len() {
                thinned.x.push(median(&mut used(points.x)));
                thinned.y.push(median(&mut y));
                thinned.first.push(start);
            }
        }
        thinned
    }

    fn shortest(&self) -> usize {
        SHORTEST_BLOCKS.max(whole((real(self.x.len()) * SHORTEST).ceil()))
    }
}

/// A model in blocks.
struct Choice {
    breaks: Vec<usize>,
    pieces: Vec<Poly>,
    degree: usize,
}

/// The candidate with the least cost after the charge for its parameters. The scale of the noise and how much
/// neighbours share of it are taken from the most flexible candidate: taking each one's own would let a bad fit excuse
/// itself with the noise that it makes.
fn choose(blocks: &Thinned) -> Option<Choice> {
    let view = Blocks { x: &blocks.x, y: &blocks.y };
    let (count, shortest) = (blocks.x.len(), blocks.shortest());
    let mut scale = roughness(&blocks.y)?;
    let mut lines = view.cuts(1, shortest, scale);
    let residuals = residuals(blocks, lines.last()?);
    let freedom = parameters(1, lines.last()?.lines.len()).min(real(count) - 2.0);
    let wide = spread(residuals.iter().copied()) * (real(count) / (real(count) - freedom)).sqrt();
    if wide > 1.2 * scale {
        scale = wide;
        lines = view.cuts(1, shortest, scale);
    }
    let shared = shared_noise(&residuals, scale, freedom);
    let constants = view.cuts(0, shortest, scale);
    let charged = |cost: f64, degree: usize, pieces: usize| {
        cost / shared + CHARGE * parameters(degree, pieces) * real(count).ln()
    };
    let cut = |degree: usize| move |cuts: Cuts| (cuts.cost, choice(degree, &cuts));
    let mut candidates: Vec<(f64, Choice)> = constants.into_iter().map(cut(0)).collect();
    candidates.extend(lines.into_iter().map(cut(1)));
    candidates.extend(curves(blocks, shortest, scale));
    let total = |candidate: &(f64, Choice)| charged(candidate.0, candidate.1.degree, candidate.1.pieces.len());
    candidates.into_iter().min_by(|a, b| total(a).total_cmp(&total(b))).map(|(_, choice)| choice)
}

fn choice(degree: usize, cuts: &Cuts) -> Choice {
    let poly = |line: &Line| Poly { centre: line.x, half: 1.0, coefficients: [line.y, line.slope, 0.0] };
    Choice { breaks: cuts.breaks.clone(), pieces: cuts.lines.iter().map(poly).collect(), degree }
}

/// Parabolas over all blocks and over both sides of one break.
fn curves(blocks: &Thinned, shortest: usize, scale: f64) -> Vec<(f64, Choice)> {
    let used = vec![true; blocks.x.len()];
    let points = Points { x: &blocks.x, y: &blocks.y, used: &used };
    let fit = |range: Range<usize>| {
        let part = within(&points, range);
        let poly = part.fit(2, None)?;
        let cost: f64 = part.x.iter().zip(part.y).map(|(&x, &y)| loss((y - poly.value(x)) / scale)).sum();
        Some((cost, poly))
    };
    let count = blocks.x.len();
    let mut found = Vec::new();
    if let Some((cost, poly)) = fit(0..count) {
        found.push((cost, Choice { breaks: Vec::new(), pieces: vec![poly], degree: 2 }));
    }
    let split = |at: usize| {
        let ((left, first), (right, second)) = (fit(0..at)?, fit(at..count)?);
        Some((left + right, Choice { breaks: vec![at], pieces: vec![first, second], degree: 2 }))
    };
    let longer = shortest.max(count / 4);
    let splits = (longer..=count.saturating_sub(longer)).filter_map(split);
    found.extend(splits.min_by(|a, b| a.0.total_cmp(&b.0)));
    found
}

/// The noise of values around any smooth course: from second differences. `None` where there is none.
fn roughness(values: &[f64]) -> Option<f64> {
    let bends = values.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]) / 6.0_f64.sqrt());
    let rough = spread(bends);
    // Of mostly equal values the median tells nothing; their few changes then do.
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &y| (low.min(y), high.max(y)));
    let floor = (high - low) * 1e-6;
    (high > low).then(|| rough.max(floor))
}

fn residuals(blocks: &Thinned, cuts: &Cuts) -> Vec<f64> {
    let mut starts = cuts.breaks.iter().copied().peekable();
    let mut line = 0;
    let residual = |(at, (&x, &y)): (usize, (&f64, &f64))| {
        if starts.peek() == Some(&at) {
            starts.next();
            line += 1;
        }
        y - cuts.lines[line].value(x)
    };
    blocks.x.iter().zip(&blocks.y).enumerate().map(residual).collect()
}

/// By how much neighbours that resemble each other lessen what blocks prove: (1 + r) / (1 - r) with the lag-one
/// correlation, corrected for what a flexible fit takes out of it.
fn shared_noise(residuals: &[f64], scale: f64, freedom: f64) -> f64 {
    let bounded: Vec<f64> = residuals.iter().map(|residual| residual.clamp(-3.0 * scale, 3.0 * scale)).collect();
    let power: f64 = bounded.iter().map(|value| value * value).sum();
    let product: f64 = bounded.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let correlation = if power > 0.0 { product / power + freedom / real(residuals.len()) } else { 0.0 };
    let correlation = correlation.clamp(0.0, 0.95);
    (1.0 + correlation) / (1.0 - correlation)
}

/// The scatter of what a trend leaves over.
pub(crate) fn scatter(residuals: &[f64], used: &[bool]) -> f64 {
    core_spread(residuals.iter().zip(used).filter(|&(_, &used)| used).map(|(&residual, _)| residual))
}
