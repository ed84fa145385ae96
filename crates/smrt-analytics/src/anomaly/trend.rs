//! The regression model of a series without its season: robust polynomials, cut where the series changes for good.
//!
//! Positions, values and which of them count come in; breaks to the sample and a polynomial per stretch go out. A change
//! that lasts for less than about a fourteenth of the series is no break: that is left to the tests for anomalies.

use super::{
    chain,
    partition::{Blocks, Cuts, Line},
    robust::{Points, Poly, loss, parameters},
};
use crate::number::{core_spread, kept, median, real, spread, whole};
use std::ops::{Range, RangeInclusive};

/// Most blocks the series is thinned to before the search for breaks, which takes the square of them.
const BLOCKS: usize = 80;
/// The shortest stretch, as a part of the series: what is over sooner is an episode, not a new regime.
const SHORTEST: f64 = 0.07;
/// And in blocks, for short series: fewer say nothing of a line.
const SHORTEST_BLOCKS: usize = 5;
/// A piece up to this part of the series, with the same course before and behind it, is an episode.
const EXCURSION: f64 = 0.125;
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
        let mut values: Vec<f64> = kept(points.y, points.used).collect();
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
        trend.settle(points, blocks.size);
        trend
    }

    /// The same model, fitted to other values.
    pub(crate) fn again(&self, points: &Points<'_>) -> Self {
        let mut trend = self.clone();
        trend.settle(points, points.x.len().div_ceil(BLOCKS).max(1));
        trend
    }

    /// Moves the breaks and fits the pieces to the samples.
    fn settle(&mut self, points: &Points<'_>, reach: usize) {
        for _ in 0..2 {
            self.refine(points, reach);
            self.refit(points);
        }
        if self.degree == 1 {
            chain::join(self, points, reach);
        }
    }

    /// The ranges of samples between breaks.
    pub(crate) fn stretches(&self, count: usize) -> impl Iterator<Item = (Range<usize>, &Poly)> {
        self.pieces.iter().enumerate().map(move |(index, piece)| (span(&self.breaks, index..=index, count), piece))
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
        let scale = points.spread_from(&self.values(points.x));
        if scale <= 0.0 {
            return;
        }
        for index in 0..self.breaks.len() {
            let at = self.breaks[index];
            let both = span(&self.breaks, index..=index + 1, points.x.len());
            let (lowest, highest) = (both.start + 2, both.end.saturating_sub(2));
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

/// The samples or blocks, of `count`, that some pieces between breaks reach over.
pub(crate) fn span(breaks: &[usize], pieces: RangeInclusive<usize>, count: usize) -> Range<usize> {
    let start = pieces.start().checked_sub(1).map_or(0, |before| breaks[before]);
    start..breaks.get(*pieces.end()).copied().unwrap_or(count)
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

impl Choice {
    /// Takes short pieces out behind which the series goes on as before them: such an excursion is an episode, and not
    /// two changes for good.
    fn bridge(&mut self, blocks: &Thinned, scale: f64) {
        let count = blocks.x.len();
        let longest = whole(real(count) * EXCURSION);
        let mut index = 0;
        while index + 2 < self.pieces.len() {
            let Range { start, end } = span(&self.breaks, index..=index + 2, count);
            let (from, to) = (self.breaks[index], self.breaks[index + 1]);
            let used: Vec<bool> = (start..end).map(|at| !(from..to).contains(&at)).collect();
            let both = Points { x: &blocks.x[start..end], y: &blocks.y[start..end], used: &used };
            let bridged = (to - from <= longest).then(|| both.fit(self.degree, None)).flatten().filter(|poly| {
                let apart = cost(blocks, start..from, &self.pieces[index], scale)
                    + cost(blocks, to..end, &self.pieces[index + 2], scale);
                let together = cost(blocks, start..from, poly, scale) + cost(blocks, to..end, poly, scale);
                together < apart + charge(self.degree, 1, count)
            });
            match bridged {
                Some(poly) => {
                    self.pieces.splice(index..index + 3, [poly]);
                    self.breaks.drain(index..index + 2);
                }
                None => index += 1,
            }
        }
    }
}

/// What some blocks cost with a polynomial.
fn cost(blocks: &Thinned, range: Range<usize>, poly: &Poly, scale: f64) -> f64 {
    range.map(|at| loss((blocks.y[at] - poly.value(blocks.x[at])) / scale)).sum()
}

/// The candidate with the least cost after the charge for its parameters. The scale of the noise and how much
/// neighbours share of it are taken from the best piecewise line by a criterion that knows of no shared noise: taking
/// each candidate's own would let a bad fit excuse itself with the noise that it makes.
fn choose(blocks: &Thinned) -> Option<Choice> {
    let view = Blocks { x: &blocks.x, y: &blocks.y };
    let (count, shortest) = (blocks.x.len(), blocks.shortest());
    let mut scale = roughness(&blocks.y)?;
    let mut lines = view.cuts(1, shortest, scale);
    let mut flexible = Flexible::new(blocks, &lines)?;
    if flexible.scale > 1.2 * scale {
        scale = flexible.scale;
        lines = view.cuts(1, shortest, scale);
        flexible = Flexible::new(blocks, &lines)?;
    }
    let shared = flexible.shared_noise(scale);
    let constants = view.cuts(0, shortest, scale);
    let cut = |degree: usize| move |cuts: Cuts| (cuts.cost, choice(degree, &cuts));
    let mut candidates: Vec<(f64, Choice)> = constants.into_iter().map(cut(0)).collect();
    candidates.extend(lines.into_iter().map(cut(1)));
    candidates.extend(curves(blocks, shortest, scale));
    let total = |(cost, choice): &(f64, Choice)| cost / shared + charge(choice.degree, choice.pieces.len(), count);
    let (_, mut choice) = candidates.into_iter().min_by(|a, b| total(a).total_cmp(&total(b)))?;
    choice.bridge(blocks, scale * shared.sqrt());
    Some(choice)
}

fn charge(degree: usize, pieces: usize, blocks: usize) -> f64 {
    CHARGE * parameters(degree, pieces) * real(blocks).ln()
}

/// What the best piecewise line leaves over.
struct Flexible {
    residuals: Vec<f64>,
    /// The part of the degrees of freedom that it uses up.
    freedom: f64,
    /// The noise around it.
    scale: f64,
}

impl Flexible {
    fn new(blocks: &Thinned, lines: &[Cuts]) -> Option<Self> {
        let count = blocks.x.len();
        let total = |cuts: &Cuts| cuts.cost + charge(1, cuts.lines.len(), count);
        let best = lines.iter().min_by(|a, b| total(a).total_cmp(&total(b)))?;
        let residuals = residuals(blocks, best);
        let freedom = (parameters(1, best.lines.len()) / real(count)).min(0.5);
        let scale = spread(residuals.iter().copied()) / (1.0 - freedom).sqrt();
        Some(Self { residuals, freedom, scale })
    }

    /// By how much neighbours that resemble each other lessen what blocks prove: (1 + r) / (1 - r) with the lag-one
    /// correlation, corrected for what a flexible fit takes out of it.
    fn shared_noise(&self, scale: f64) -> f64 {
        // Episodes resemble themselves, but are no noise.
        let tame = |pair: &&[f64]| pair.iter().all(|value| value.abs() < 3.0 * scale);
        let pairs = self.residuals.windows(2).filter(tame);
        let (power, product) = pairs.fold((0.0, 0.0), |(power, product), pair| {
            (power + (pair[0] * pair[0] + pair[1] * pair[1]) / 2.0, product + pair[0] * pair[1])
        });
        let correlation = if power > 0.0 { product / power + self.freedom } else { 0.0 };
        let correlation = correlation.clamp(0.0, 0.95);
        (1.0 + correlation) / (1.0 - correlation)
    }
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
        let poly = within(&points, range.clone()).fit(2, None)?;
        Some((cost(blocks, range, &poly, scale), poly))
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

/// The scatter of what a trend leaves over.
pub(crate) fn scatter(residuals: &[f64], used: &[bool]) -> f64 {
    core_spread(kept(residuals, used))
}
