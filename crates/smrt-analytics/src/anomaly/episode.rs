//! Stretches that lie beside their surroundings: another level, or a steady drift that ends at once.
//!
//! Residuals without spikes come in, ranges with their height go out. A stretch is told by three marks, each against
//! the series' own habits: it stands out against its neighbours and against the model, for windows of its width; it
//! has a sharp end (a level has two); it is higher than both single values and the model's own errors usually are.

use super::{
    shape::{Shape, fitted},
    window::{Sums, overlap, starts, widths},
};
use crate::number::{core_spread, real};
use std::ops::Range;

/// Shortest episode: shorter ones are spikes.
const SHORTEST: usize = 6;
/// The longest is this part of the series; what lasts longer is a regime of its own.
const LONGEST: usize = 8;
/// Windows stand out beyond this many spreads of the contrasts of their width.
const LIMIT: f64 = 6.0;
/// Values on each side of an end that tell how sharp it is.
const EDGE: usize = 6;
/// An end is sharp beyond this many spreads of such differences.
const SHARP: f64 = 5.0;
/// An end may be this many values away from where it was placed.
const SLACK: usize = 3;
/// The least height on average, in scales of single values: less hides among them. A drift is twice as high at its end
/// as on average.
const HEIGHT: f64 = 2.5;

/// A stretch beside its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Episode {
    pub range: Range<usize>,
    pub shape: Shape,
    /// How far it is off: a level on average, a drift at its far end.
    pub height: f64,
    /// Which part of its squared residuals the shape explains.
    pub explained: f64,
}

/// The least height in scatter units of the model: less is within what it usually errs by.
const BEYOND_MODEL: f64 = 3.0;

/// The least part of an episode's squared residuals that its shape explains: of a level of five standard deviations it
/// is 0.96, of a drift up to six 0.92. What nature does on a slow day looks like neither.
const EXPLAINED: f64 = 0.8;
/// The contrast of a window that an episode nearly fills is at least this part of the episode's height: of a ramp it
/// holds the higher half.
const PART: f64 = 0.4;
/// A window that overlaps a refused one by more than this part of both is not tried again.
const SAME: f64 = 0.5;

/// The episodes among residuals, in order; single values scatter by `scale` around their neighbours and by `scatter`
/// around the model.
pub(crate) fn episodes(residuals: &[f64], scale: f64, scatter: f64) -> Vec<Episode> {
    let count = residuals.len();
    if scale <= 0.0 || count < LONGEST * SHORTEST {
        return Vec::new();
    }
    let sums = Sums::new(residuals.iter().copied());
    let edges = Edges::new(&sums, count);
    let least = PART * (HEIGHT * scale).max(BEYOND_MODEL * scatter);
    let mut candidates = candidates(&sums, count, scale, least);
    candidates.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    // What is explained is taken out, so that it does not make its neighbours stand out.
    let mut rest = residuals.to_vec();
    let mut found: Vec<Episode> = Vec::new();
    let mut refused: Vec<Range<usize>> = Vec::new();
    for candidate in candidates {
        let Range { start, end } = candidate.range.clone();
        if found.iter().any(|other| overlap(&other.range, &candidate.range))
            || refused.iter().any(|other| alike(other, &candidate.range))
        {
            continue;
        }
        let sum = |start: usize, end: usize| rest[start..end].iter().sum::<f64>();
        let contrast = contrast(&sum, start, end, count).unwrap_or(0.0);
        if contrast.abs() < LIMIT * candidate.spread {
            continue;
        }
        let episode = fitted(&rest, candidate.range.clone());
        let clear = !found.iter().any(|other| overlap(&other.range, &episode.range));
        let lasts = (SHORTEST..=count / LONGEST).contains(&episode.range.len());
        if clear
            && lasts
            && episode.height.abs() * episode.shape.fill() >= HEIGHT * scale
            && episode.height.abs() >= BEYOND_MODEL * scatter
            && episode.explained >= EXPLAINED
            && edges.suit(&episode, &rest)
        {
            let range = episode.range.clone();
            for (at, value) in rest[range.clone()].iter_mut().enumerate() {
                *value -= episode.height * episode.shape.part(at, range.len());
            }
            found.push(episode);
        } else {
            refused.push(candidate.range);
        }
    }
    found.sort_by_key(|episode| episode.range.start);
    found
}

/// Whether two windows are nearly the same.
fn alike(a: &Range<usize>, b: &Range<usize>) -> bool {
    let both = a.end.min(b.end).saturating_sub(a.start.max(b.start));
    let either = a.end.max(b.end) - a.start.min(b.start);
    real(both) > SAME * real(either)
}

struct Candidate {
    range: Range<usize>,
    strength: f64,
    /// The spread of contrasts of this width.
    spread: f64,
}

/// The windows that stand out, by `lowest` or more.
fn candidates(sums: &Sums, count: usize, scale: f64, lowest: f64) -> Vec<Candidate> {
    let mut found = Vec::new();
    for width in widths(SHORTEST, count / LONGEST) {
        let sum = |start: usize, end: usize| sums.of(start, end);
        let contrasts: Vec<(usize, f64)> = starts(count, width)
            .filter_map(|start| Some((start, contrast(&sum, start, start + width, count)?)))
            .collect();
        // Not below what noise without memory would do.
        let least = scale * (1.0 / real(width) + 0.5 / real(flank(width))).sqrt();
        let spread = core_spread(contrasts.iter().map(|&(_, contrast)| contrast)).max(least);
        let far = contrasts.into_iter().filter(|(_, contrast)| contrast.abs() > lowest.max(LIMIT * spread));
        found.extend(far.map(|(start, contrast)| Candidate {
            range: start..start + width,
            strength: contrast.abs() / spread,
            spread,
        }));
    }
    found
}

fn flank(width: usize) -> usize {
    (width / 2).max(4)
}

/// How far the mean of a window lies from those of its flanks and from the model, whichever is nearer; 0 where they
/// lie on different sides. `None` too near to an end of the series to have both flanks.
fn contrast(sum: &dyn Fn(usize, usize) -> f64, start: usize, end: usize, count: usize) -> Option<f64> {
    let flank = flank(end - start);
    let (left, right) = (start.saturating_sub(flank), (end + flank).min(count));
    if start - left < flank / 2 || right - end < flank / 2 {
        return None;
    }
    let inside = sum(start, end) / real(end - start);
    let outside = (sum(left, start) + sum(end, right)) / real(start - left + right - end);
    let contrast = inside - outside;
    Some(if contrast * inside <= 0.0 { 0.0 } else { inside.signum() * contrast.abs().min(inside.abs()) })
}

/// How much the values before and behind a place usually differ.
struct Edges {
    spread: f64,
}

impl Edges {
    fn new(sums: &Sums, count: usize) -> Self {
        let steps = (EDGE..count - EDGE).step_by(EDGE / 2);
        Self { spread: core_spread(steps.map(|at| sums.mean(at, at + EDGE) - sums.mean(at - EDGE, at))) }
    }

    /// Whether an episode ends as sharply as its shape should.
    fn suit(&self, episode: &Episode, values: &[f64]) -> bool {
        let sharp = |at: usize, inwards: f64| {
            let near = at.saturating_sub(SLACK).max(EDGE)..=(at + SLACK).min(values.len() - EDGE);
            let step =
                |at: usize| values[at..at + EDGE].iter().sum::<f64>() - values[at - EDGE..at].iter().sum::<f64>();
            let steepest = near.map(|at| inwards * episode.height.signum() * step(at) / real(EDGE));
            steepest.fold(0.0, f64::max) > SHARP * self.spread
        };
        let (start, end) = (sharp(episode.range.start, 1.0), sharp(episode.range.end, -1.0));
        match episode.shape {
            Shape::Level => start && end,
            Shape::Rising => end,
            Shape::Falling => start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residuals() -> Vec<f64> {
        (0..1500).map(|n| (real(n * n) * 12.9898).sin()).collect()
    }

    fn found(values: &[f64]) -> Vec<(Range<usize>, Shape)> {
        episodes(values, 0.7, 0.7).into_iter().map(|episode| (episode.range, episode.shape)).collect()
    }

    #[test]
    fn a_level_and_both_drifts_are_told_apart() {
        let mut values = residuals();
        values[200..260].iter_mut().for_each(|value| *value += 6.0);
        for at in 0..100 {
            values[600 + at] -= 9.0 * Shape::Rising.part(at, 100);
            values[1000 + at] += 9.0 * Shape::Falling.part(at, 100);
        }
        let found = found(&values);
        assert_eq!(
            found.iter().map(|(_, shape)| *shape).collect::<Vec<_>>(),
            [Shape::Level, Shape::Rising, Shape::Falling]
        );
        assert_eq!((found[0].0.clone(), found[1].0.end, found[2].0.start), (200..260, 700, 1000));
        assert!(found[1].0.start.abs_diff(600) < 12 && found[2].0.end.abs_diff(1100) < 12, "{found:?}");
    }

    #[test]
    fn the_valley_between_two_levels_is_none() {
        let mut values = residuals();
        values[200..260].iter_mut().for_each(|value| *value += 6.0);
        values[500..560].iter_mut().for_each(|value| *value += 6.0);
        assert_eq!(found(&values), [(200..260, Shape::Level), (500..560, Shape::Level)]);
    }

    #[test]
    fn a_slow_wave_has_no_sharp_end() {
        let values: Vec<f64> =
            residuals().iter().enumerate().map(|(at, value)| value + 6.0 * (real(at) / 120.0).sin()).collect();
        assert!(found(&values).is_empty(), "{:?}", found(&values));
    }
}
