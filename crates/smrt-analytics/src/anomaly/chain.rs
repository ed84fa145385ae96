//! Lines that meet: where two neighbouring lines of a trend do not jump, they are fitted as one continuous chain.
//!
//! A trend of straight pieces comes in and goes out changed: breaks without a jump move to where the lines cross, and
//! the chain through them is fitted at once, which takes a third of the parameters away.

use super::{
    robust::{Points, Poly, weight},
    trend::{Trend, span, within},
};
use crate::number::real;
use std::ops::Range;

/// A jump is real beyond this many times its standard error.
const JUMP: f64 = 4.0;
const ROUNDS: usize = 4;

/// Joins the pieces of a linear trend that meet. A break may move by twice `reach` samples for that.
pub(crate) fn join(trend: &mut Trend, points: &Points<'_>, reach: usize) {
    let meets: Vec<bool> = (0..trend.breaks.len()).map(|index| meet(trend, points, index, reach)).collect();
    let mut first = 0;
    while first < trend.pieces.len() {
        let joined = meets[first..].iter().take_while(|&&meets| meets).count();
        if joined > 0 {
            fit_chain(trend, points, first, first + joined);
        }
        first += joined + 1;
    }
}

/// Whether the lines at a break meet without a jump; moves the break to where they do.
fn meet(trend: &mut Trend, points: &Points<'_>, index: usize, reach: usize) -> bool {
    let at = trend.breaks[index];
    let Range { start, end } = span(&trend.breaks, index..=index + 1, points.x.len());
    let (left, right) = (trend.pieces[index], trend.pieces[index + 1]);
    let scale = within(points, start..at).spread_around(&left).max(within(points, at..end).spread_around(&right));
    let gap = |x: f64| right.value(x) - left.value(x);
    // A line at its end is uncertain by twice the noise over the root of its samples.
    let error = scale * (4.0 / real(at - start) + 4.0 / real(end - at)).sqrt();
    let bend = right.slope(0.0) - left.slope(0.0);
    if gap(points.x[at]).abs() > JUMP * error || bend == 0.0 {
        return false;
    }
    let crossing = points.x[at] - gap(points.x[at]) / bend;
    let moved = points.x.partition_point(|&x| x < crossing);
    if moved.abs_diff(at) > 2 * reach || moved <= start + 2 || moved + 2 >= end {
        return false;
    }
    trend.breaks[index] = moved;
    true
}

/// Fits the pieces `first..=last` as one chain: its values at the joints, each of which only its two neighbours know,
/// so that the normal equations have three diagonals.
fn fit_chain(trend: &mut Trend, points: &Points<'_>, first: usize, last: usize) {
    let Range { start, end } = span(&trend.breaks, first..=last, points.x.len());
    let mut joints = vec![points.x[start]];
    joints.extend(trend.breaks[first..last].iter().map(|&at| points.x[at]));
    joints.push(points.x[end - 1]);
    let part = within(points, start..end);
    let mut heights: Vec<f64> = (0..joints.len())
        .map(|joint| {
            let piece = |index: usize| trend.pieces[index.clamp(first, last)].value(joints[joint]);
            (piece(first + joint) + piece((first + joint).saturating_sub(1))) / 2.0
        })
        .collect();
    for _ in 0..ROUNDS {
        let fitted = heights_at(&joints, &heights, part.x);
        let scale = part.spread_from(&fitted);
        match (scale > 0.0).then(|| solve_chain(&joints, &part, &fitted, scale)).flatten() {
            Some(better) => heights = better,
            None => break,
        }
    }
    for (joint, place) in trend.pieces[first..=last].iter_mut().enumerate() {
        let slope = (heights[joint + 1] - heights[joint]) / (joints[joint + 1] - joints[joint]);
        *place = Poly { centre: joints[joint], half: 1.0, coefficients: [heights[joint], slope, 0.0] };
    }
}

/// The chain's values at ascending positions.
fn heights_at(joints: &[f64], heights: &[f64], x: &[f64]) -> Vec<f64> {
    let mut span = 0;
    let value = |&x: &f64| {
        while span + 2 < joints.len() && x >= joints[span + 1] {
            span += 1;
        }
        let part = (x - joints[span]) / (joints[span + 1] - joints[span]);
        heights[span] * (1.0 - part) + heights[span + 1] * part
    };
    x.iter().map(value).collect()
}

fn solve_chain(joints: &[f64], part: &Points<'_>, fitted: &[f64], scale: f64) -> Option<Vec<f64>> {
    let count = joints.len();
    let (mut diagonal, mut beside, mut right) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
    let mut span = 0;
    for (at, &x) in part.x.iter().enumerate() {
        while span + 2 < count && x >= joints[span + 1] {
            span += 1;
        }
        if !part.used[at] {
            continue;
        }
        let w = weight((part.y[at] - fitted[at]) / scale);
        let far = (x - joints[span]) / (joints[span + 1] - joints[span]);
        let near = 1.0 - far;
        diagonal[span] += w * near * near;
        diagonal[span + 1] += w * far * far;
        beside[span] += w * near * far;
        right[span] += w * near * part.y[at];
        right[span + 1] += w * far * part.y[at];
    }
    // Thomas's elimination.
    for row in 1..count {
        if diagonal[row - 1] <= 0.0 {
            return None;
        }
        let factor = beside[row - 1] / diagonal[row - 1];
        diagonal[row] -= factor * beside[row - 1];
        right[row] -= factor * right[row - 1];
    }
    let mut heights = vec![0.0; count];
    for row in (0..count).rev() {
        if diagonal[row] <= 0.0 {
            return None;
        }
        let known = if row + 1 < count { beside[row] * heights[row + 1] } else { 0.0 };
        heights[row] = (right[row] - known) / diagonal[row];
    }
    Some(heights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::median;

    #[test]
    fn a_kink_is_joined_and_a_step_is_not() {
        let x: Vec<f64> = (0..400).map(real).collect();
        let noise = |x: f64| (x * 12.9898).sin();
        let used = vec![true; x.len()];
        let kinked: Vec<f64> = x.iter().map(|&x| noise(x) + (x - 150.0).max(0.0)).collect();
        let trend = Trend::fit(&Points { x: &x, y: &kinked, used: &used });
        assert_eq!((trend.degree, trend.breaks.len()), (1, 1), "{trend:?}");
        assert!(trend.breaks[0].abs_diff(150) <= 3, "{trend:?}");
        let at = x[trend.breaks[0]];
        assert!((trend.pieces[0].value(at) - trend.pieces[1].value(at)).abs() < 1e-9, "{trend:?}");
        let stepped: Vec<f64> = x.iter().map(|&x| noise(x) + x / 10.0 + if x < 150.0 { 0.0 } else { 30.0 }).collect();
        let trend = Trend::fit(&Points { x: &x, y: &stepped, used: &used });
        assert_eq!(trend.breaks, [150], "{trend:?}");
        let mut errors: Vec<f64> = trend
            .values(&x)
            .iter()
            .zip(&x)
            .map(|(fit, x)| (fit - x / 10.0 - if *x < 150.0 { 0.0 } else { 30.0 }).abs())
            .collect();
        assert!(median(&mut errors) < 0.2);
    }
}
