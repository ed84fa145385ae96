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
/// A stretch whose blocks cost more than this each, of at most 7.3, is not worth polishing.
const HOPELESS: f64 = 4.0;
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
        let sums = Sums::new(self);
        for start in 0..=count - shortest {
            let mut warm: Option<Line> = None;
            for (end, ending) in stretches.iter_mut().enumerate().skip(start + shortest) {
                let (cost, line) = self.stretch(&sums, (start, end), degree, scale, warm);
                ending.push((cost, line));
                warm = Some(line);
            }
        }
        stretches
    }

    /// The robust line of some blocks and its cost: the better of least squares and of what comes of the line before.
    fn stretch(
        &self,
        sums: &Sums,
        (start, end): (usize, usize),
        degree: usize,
        scale: f64,
        warm: Option<Line>,
    ) -> (f64, Line) {
        let blocks = Blocks { x: &self.x[start..end], y: &self.y[start..end] };
        let plain = sums.line(start, end, degree);
        let (cost, worst) = blocks.cost(&plain, scale);
        // Without a block that the loss bounds, least squares are as good.
        if worst < TAME {
            return (cost, plain);
        }
        let mut best = (cost, plain);
        if let Some(line) = warm {
            let cost = blocks.cost(&line, scale).0;
            if cost < best.0 {
                best = (cost, line);
            }
        }
        // Where most blocks are far off no reweighting helps: the stretch is none.
        if best.0 < HOPELESS * real(end - start) {
            let start = best.1;
            let next = |line: Line, _| blocks.reweighted(degree, &line, scale).unwrap_or(line);
            let line = (0..ROUNDS).fold(start, next);
            let cost = blocks.cost(&line, scale).0;
            if cost < best.0 {
                best = (cost, line);
            }
        }
        best
    }

    /// What the blocks cost together, and the largest residual in standard deviations.
    fn cost(&self, line: &Line, scale: f64) -> (f64, f64) {
        let inverse = 1.0 / scale;
        let z = |(x, y): (&f64, &f64)| (y - line.value(*x)) * inverse;
        // Four sums at once, as each addition waits for the one before it.
        let (mut costs, mut worst) = ([0.0; 4], [0.0_f64; 4]);
        let (xs, ys) = (self.x.chunks_exact(4), self.y.chunks_exact(4));
        let rest = xs.remainder().iter().zip(ys.remainder());
        for (x, y) in xs.zip(ys) {
            for lane in 0..4 {
                let z = z((&x[lane], &y[lane]));
                costs[lane] += loss(z);
                worst[lane] = worst[lane].max(z.abs());
            }
        }
        let whole = (costs.iter().sum(), worst.into_iter().fold(0.0, f64::max));
        rest.map(z).fold(whole, |(cost, worst): (f64, f64), z| (cost + loss(z), worst.max(z.abs())))
    }

    /// Least squares, weighted by the residuals from a line. `None` where too little weight is left.
    fn reweighted(&self, degree: usize, from: &Line, scale: f64) -> Option<Line> {
        let origin = self.x[0];
        let inverse = 1.0 / scale;
        let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (&x, &y) in self.x.iter().zip(self.y) {
            let one = weight((y - from.value(x)) * inverse);
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

/// Sums up to each block, from which the least squares of any stretch follow at once.
struct Sums {
    origin: (f64, f64),
    /// Sums of x, y, x², xy up to each block, from the origin.
    all: Vec<[f64; 4]>,
}

impl Sums {
    fn new(blocks: &Blocks<'_>) -> Self {
        let count = real(blocks.x.len());
        // From the middle, so that little is lost by differences.
        let origin = (blocks.x.iter().sum::<f64>() / count, blocks.y.iter().sum::<f64>() / count);
        let mut all = vec![[0.0; 4]];
        let mut sums = [0.0; 4];
        for (x, y) in blocks.x.iter().zip(blocks.y) {
            let (x, y) = (x - origin.0, y - origin.1);
            sums = [sums[0] + x, sums[1] + y, sums[2] + x * x, sums[3] + x * y];
            all.push(sums);
        }
        Self { origin, all }
    }

    fn line(&self, start: usize, end: usize, degree: usize) -> Line {
        let count = real(end - start);
        let [x, y, xx, xy] = std::array::from_fn(|k| self.all[end][k] - self.all[start][k]);
        let across = xx - x * x / count;
        let slope = if degree == 0 || across <= 0.0 { 0.0 } else { (xy - x * y / count) / across };
        Line { x: self.origin.0 + x / count, y: self.origin.1 + y / count, slope }
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
