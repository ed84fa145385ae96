//! The best ways to cut a series into few stretches that are each a constant or a line, by dynamic programming.
//!
//! At most about a hundred blocks come in; for each number of stretches the best cuts go out, with what they cost.
//! Costs are bounded per block (see [`loss`]), so that a stretch that is off for a while is borne, not cut out. Does not
//! choose the number of stretches.

use super::robust::{loss, weight};
use crate::number::real;

/// The most stretches that are tried.
const MOST: usize = 12;
/// Least squares stand where no block is farther off than this many standard deviations.
const TAME: f64 = 3.2;
/// Rounds of reweighting per stretch: it begins where the one shorter by a block ended.
const ROUNDS: usize = 2;

/// The best cuts into one number of stretches.
#[derive(Clone, Debug)]
pub(crate) struct Cuts {
    /// Blocks that begin a stretch, but the first one.
    pub breaks: Vec<usize>,
    /// The robust lines of the stretches.
    pub lines: Vec<Line>,
    /// What all blocks cost together.
    pub cost: f64,
}

/// A line through `(x, y)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub x: f64,
    pub y: f64,
    pub slope: f64,
}

impl Line {
    pub(crate) fn value(&self, x: f64) -> f64 {
        self.y + self.slope * (x - self.x)
    }
}

/// Blocks of a series: one position and one typical value each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks<'a> {
    pub x: &'a [f64],
    pub y: &'a [f64],
}

impl Blocks<'_> {
    /// The best cuts into 1, 2, … stretches of at least `shortest` blocks, constant or linear (`degree` 0 or 1), for
    /// noise of a standard deviation.
    pub(crate) fn cuts(&self, degree: usize, shortest: usize, scale: f64) -> Vec<Cuts> {
        let count = self.x.len();
        let most = (count / shortest).clamp(1, MOST);
        let stretches = self.stretches(degree, shortest.min(count), scale);
        // best[k][end]: the least cost of the blocks before `end` in k + 1 stretches, and where the last one begins.
        let mut best: Vec<Vec<(f64, usize)>> = vec![vec![(f64::INFINITY, 0); count + 1]; most];
        for end in 1..=count {
            best[0][end] = (stretches[end].first().map_or(f64::INFINITY, |&(cost, _)| cost), 0);
        }
        for k in 1..most {
            for end in 1..=count {
                for (start, &(cost, _)) in stretches[end].iter().enumerate() {
                    let total = best[k - 1][start].0 + cost;
                    if total < best[k][end].0 {
                        best[k][end] = (total, start);
                    }
                }
            }
        }
        (0..most).filter_map(|k| trace(&best, &stretches, k, count)).collect()
    }

    /// For each end the cost and the line of the stretch from each start; too short ones are left out.
    fn stretches(&self, degree: usize, shortest: usize, scale: f64) -> Vec<Vec<(f64, Line)>> {
        let count = self.x.len();
        let mut stretches: Vec<Vec<(f64, Line)>> = vec![Vec::new(); count + 1];
        for start in 0..=count - shortest {
            let mut warm: Option<Line> = None;
            for end in start + shortest..=count {
                let (cost, line) = self.stretch(start, end, degree, scale, warm);
                stretches[end].push((cost, line));
                warm = Some(line);
            }
        }
        stretches
    }

    /// The robust line of some blocks and its cost: the better of least squares and of what comes of the line before.
    fn stretch(&self, start: usize, end: usize, degree: usize, scale: f64, warm: Option<Line>) -> (f64, Line) {
        let blocks = Blocks { x: &self.x[start..end], y: &self.y[start..end] };
        let plain = blocks.weighted(degree, None).unwrap_or(Line { x: blocks.x[0], y: blocks.y[0], slope: 0.0 });
        let (cost, worst) = blocks.cost(&plain, scale);
        // Without a block that the loss bounds, least squares are as good.
        if worst < TAME {
            return (cost, plain);
        }
        let polished = |mut line: Line| {
            for _ in 0..ROUNDS {
                line = blocks.weighted(degree, Some((line, scale))).unwrap_or(line);
            }
            (blocks.cost(&line, scale).0, line)
        };
        let mut best = polished(plain);
        if let Some(other) = warm.map(polished)
            && other.0 < best.0
        {
            best = other;
        }
        best
    }

    /// What the blocks cost together, and the largest residual in standard deviations.
    fn cost(&self, line: &Line, scale: f64) -> (f64, f64) {
        self.x.iter().zip(self.y).fold((0.0, 0.0), |(cost, worst), (&x, &y)| {
            let z = (y - line.value(x)) / scale;
            (cost + loss(z), f64::max(worst, z.abs()))
        })
    }

    /// Least squares, weighted by the residuals from a line where one is given. `None` where too little weight is left.
    fn weighted(&self, degree: usize, from: Option<(Line, f64)>) -> Option<Line> {
        let origin = self.x[0];
        let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (&x, &y) in self.x.iter().zip(self.y) {
            let one = from.map_or(1.0, |(line, scale)| weight((y - line.value(x)) / scale));
            let dx = x - origin;
            w += one;
            wx += one * dx;
            wy += one * y;
            wxx += one * dx * dx;
            wxy += one * dx * y;
        }
        if w < real(degree + 1) {
            return None;
        }
        let (x, y) = (wx / w, wy / w);
        let across = wxx - wx * x;
        let slope = if degree == 0 || across <= 0.0 { 0.0 } else { (wxy - wx * y) / across };
        Some(Line { x: origin + x, y, slope })
    }
}

/// The cuts behind one entry of the table.
fn trace(best: &[Vec<(f64, usize)>], stretches: &[Vec<(f64, Line)>], k: usize, count: usize) -> Option<Cuts> {
    let cost = best[k][count].0;
    if !cost.is_finite() {
        return None;
    }
    let (mut breaks, mut lines, mut end) = (Vec::new(), Vec::new(), count);
    for k in (0..=k).rev() {
        let start = best[k][end].1;
        lines.push(stretches[end].get(start)?.1);
        breaks.push(start);
        end = start;
    }
    breaks.pop();
    breaks.reverse();
    lines.reverse();
    Some(Cuts { breaks, lines, cost })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wiggle(n: usize) -> f64 {
        (real(n) * 12.9898).sin()
    }

    #[test]
    fn a_step_and_a_kink_are_cut_where_they_are() {
        let x: Vec<f64> = (0..60).map(real).collect();
        let step: Vec<f64> = (0..60).map(|n| wiggle(n) + if n < 25 { 0.0 } else { 20.0 }).collect();
        let cuts = Blocks { x: &x, y: &step }.cuts(0, 5, 1.0);
        assert_eq!(cuts[1].breaks, [25]);
        let kink: Vec<f64> = (0..60).map(|n| wiggle(n) + 2.0 * (real(n) - 30.0).abs()).collect();
        let cuts = Blocks { x: &x, y: &kink }.cuts(1, 5, 1.0);
        assert!(cuts[1].breaks[0].abs_diff(30) <= 1, "{:?}", cuts[1].breaks);
        assert!(cuts[1].cost < cuts[0].cost / 5.0);
    }

    #[test]
    fn a_stretch_that_is_off_for_a_while_is_borne() {
        let x: Vec<f64> = (0..100).map(real).collect();
        let y: Vec<f64> = (0..100).map(|n| wiggle(n) + if (40..46).contains(&n) { 30.0 } else { 0.0 }).collect();
        let cuts = Blocks { x: &x, y: &y }.cuts(1, 7, 1.0);
        assert!(cuts[0].lines[0].slope.abs() < 0.02, "{:?}", cuts[0].lines);
        assert!(cuts[2].cost > cuts[0].cost - 30.0, "three stretches gain little");
    }
}
