//! Blocks that do not add up, explained by the register: one wrong interval, a multiplier of ten, a wrong level.
//!
//! A run of intervals that are `f` times too large makes a block exceed the register by `(1 - 1/f)` of the run's sum.
//! Each explanation has to make up for the imbalance of every block it touches; among those that do, the one whose
//! corrected quantities look most like the profile is taken.

use super::{Ground, State, balance::Block};
use crate::{
    anomaly::Kind,
    number::{median, real, whole},
};
use std::ops::Range;

/// Most blocks in a row that one explanation is tried for: a month of daily reads.
const MOST: usize = 31;
/// The factor of a wrong multiplier.
const TENFOLD: f64 = 10.0;
/// Factors of a wrong level that are tried where no whole block tells: a twentieth apart, from a tenth to ten.
const GRID: f64 = 1.05;
const WIDEST: f64 = 10.0;
/// Nearer to 1 than this a level is not wrong but unusual.
const LEAST: f64 = 0.15;
/// The charge for an end or a factor that is searched for, in units of loss.
const CHARGE: f64 = 6.0;
/// What a block costs that nothing explains. An explanation may make quantities a little less usual, but not much.
const UNEXPLAINED: f64 = 15.0;
/// Corrected quantities are like those around them within this factor either way.
const LIKE: f64 = 3.0;
/// Fewest quantities around a run that tell how high the day is.
const FEWEST: usize = 4;
/// By which part of it an imbalance may be missed, as quantities are rounded.
const ROUNDING: f64 = 0.002;

/// A run of rows and what they are too large by.
#[derive(Clone, Debug)]
struct Explanation {
    /// By how much it makes quantities less usual, with its charges.
    cost: f64,
    range: Range<usize>,
    kind: Kind,
    /// The factor; of a single interval the amount.
    size: f64,
}

/// Explains the unbalanced blocks in which nothing else is wrong.
pub(crate) fn judge(state: &mut State<'_>) {
    let open: Vec<Block> = state.balance.blocks.iter().filter(|block| is_open(state, block)).cloned().collect();
    let mut first = 0;
    while first < open.len() {
        let joined = open[first..].windows(2).take_while(|pair| pair[0].end == pair[1].start).count() + 1;
        for explanation in best(state, &open[first..first + joined]) {
            let ground = match explanation.kind {
                Kind::Spike => Ground::Amount { amount: explanation.size, proven: true },
                _ => Ground::Factor { factor: explanation.size, proven: true },
            };
            state.note_rows(explanation.kind, explanation.range, ground);
        }
        first += joined;
    }
}

fn is_open(state: &State<'_>, block: &Block) -> bool {
    let disturbed = state
        .faults
        .iter()
        .any(|fault| !fault.ground.is_doubled() && fault.start < block.end && block.start <= fault.end);
    !state.balance.holds(state.rows, block) && !disturbed && !block.rows.is_empty()
}

/// The cheapest way to cut neighbouring blocks into stretches with one explanation each.
fn best(state: &State<'_>, blocks: &[Block]) -> Vec<Explanation> {
    let mut best: Vec<(f64, Vec<Explanation>)> = vec![(0.0, Vec::new())];
    for end in 1..=blocks.len() {
        let mut least = (best[end - 1].0 + UNEXPLAINED, best[end - 1].1.clone());
        for start in end.saturating_sub(MOST)..end {
            if let Some(explanation) = explain(state, &blocks[start..end]) {
                let cost = best[start].0 + explanation.cost;
                if cost < least.0 {
                    let mut all = best[start].1.clone();
                    all.push(explanation);
                    least = (cost, all);
                }
            }
        }
        best.push(least);
    }
    best.pop().map(|(_, explanations)| explanations).unwrap_or_default()
}

/// The best explanation of some blocks by one run of rows that touches all of them.
fn explain(state: &State<'_>, blocks: &[Block]) -> Option<Explanation> {
    let mut found: Vec<Explanation> = Vec::new();
    if let [block] = blocks {
        found.extend(single(state, block));
        found.extend(within(state, block));
    } else {
        found.extend(across(state, blocks, TENFOLD, Kind::ScaleX10, 2.0 * CHARGE));
        let level = |factor: f64| across(state, blocks, factor, Kind::LevelShift, 3.0 * CHARGE);
        found.extend(factors(state, blocks).into_iter().filter_map(level));
    }
    found.into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// The factors of a wrong level worth trying: that of the whole blocks in the middle, else a grid. Within a single
/// block there is too much freedom to tell.
fn factors(state: &State<'_>, blocks: &[Block]) -> Vec<f64> {
    let far = |factor: &f64| factor.is_finite() && *factor > 0.0 && (factor - 1.0).abs() > LEAST;
    let held = |block: &Block| block.imbalance(state.rows) + block.moved;
    let ratio = |block: &Block| held(block) / block.moved;
    match blocks {
        [] | [_] => Vec::new(),
        [_, _] => {
            let steps = whole(WIDEST.ln() / GRID.ln());
            let powers = (1..=steps).map(|step| GRID.powf(real(step)));
            // Either block may be wrong as a whole.
            powers.flat_map(|factor| [factor, 1.0 / factor]).chain(blocks.iter().map(ratio)).filter(far).collect()
        }
        [_, middle @ .., _] => {
            let factor = middle.iter().map(held).sum::<f64>() / middle.iter().map(|block| block.moved).sum::<f64>();
            // One factor holds in all of them, or it is none.
            let same = middle.iter().all(|block| (ratio(block) / factor - 1.0).abs() < 0.1);
            Some(factor).filter(far).filter(|_| same).into_iter().collect()
        }
    }
}

/// One interval that makes up for all of a block's excess.
fn single(state: &State<'_>, block: &Block) -> Option<Explanation> {
    let amount = block.imbalance(state.rows);
    let rows =
        block.rows.clone().filter(|&row| amount > 0.0 && state.rows.value[row] >= amount - state.balance.tolerance);
    let explanations = rows.filter_map(|row| {
        let corrected = (state.rows.value[row] - amount).max(0.0);
        let gain = cost(state, row, corrected)? - cost(state, row, state.rows.value[row])?;
        let cost = gain + CHARGE;
        Some(Explanation { cost, range: row..row + 1, kind: Kind::Spike, size: amount })
    });
    explanations.min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// A run inside of one block whose excess at the factor of a wrong multiplier is the block's.
fn within(state: &State<'_>, block: &Block) -> Option<Explanation> {
    let part = 1.0 - 1.0 / TENFOLD;
    let imbalance = block.imbalance(state.rows);
    let gains: Vec<f64> = block.rows.clone().map(|row| gain_of(state, row, TENFOLD).unwrap_or(0.0)).collect();
    let mut found: Option<Explanation> = None;
    for start in block.rows.clone() {
        let (mut sum, mut gain) = (0.0, 0.0);
        for row in start..block.rows.end {
            sum += state.rows.value[row];
            gain += gains[row - block.rows.start];
            let cost = gain + 2.0 * CHARGE;
            let better = found.as_ref().is_none_or(|best| cost < best.cost);
            if row > start
                && better
                && meets(state, part * sum, imbalance)
                && goes_on(state, std::slice::from_ref(block), &(start..row + 1), TENFOLD)
            {
                found = Some(Explanation { cost, range: start..row + 1, kind: Kind::ScaleX10, size: TENFOLD });
            }
        }
    }
    found
}

/// A run from within the first block over all of the middle ones into the last. A factor that is a guess (of a level
/// that no whole block tells) is replaced by that which makes up for both ends together.
fn across(state: &State<'_>, blocks: &[Block], factor: f64, kind: Kind, charge: f64) -> Option<Explanation> {
    let (first, last) = (blocks.first()?, blocks.last()?);
    let middle = &blocks[1..blocks.len() - 1];
    let sum = |range: Range<usize>| state.rows.value[range].iter().sum::<f64>();
    let (from, to) = (first.imbalance(state.rows), last.imbalance(state.rows));
    let part = 1.0 - 1.0 / factor;
    let start = nearest(state, first.rows.clone().rev(), from / part)?;
    let end = nearest(state, last.rows.clone(), to / part)?;
    let (head, tail) = (sum(start..first.rows.end), sum(last.rows.start..end + 1));
    let part = if kind == Kind::ScaleX10 || !middle.is_empty() { part } else { (from + to) / (head + tail) };
    let factor = 1.0 / (1.0 - part);
    let fits = meets(state, part * head, from)
        && meets(state, part * tail, to)
        && middle.iter().all(|block| meets(state, part * sum(block.rows.clone()), block.imbalance(state.rows)));
    if !fits || !factor.is_finite() || factor <= 0.0 || (factor - 1.0).abs() < LEAST {
        return None;
    }
    let range = start..end + 1;
    if middle.is_empty() && !goes_on(state, blocks, &range, factor) {
        return None;
    }
    let gain: f64 = range.clone().filter_map(|row| gain_of(state, row, factor)).sum();
    // Where whole blocks share the factor and both ends fit, the register has said enough: the profile may be of
    // other weather.
    let gain = if middle.is_empty() { gain } else { gain.min(0.0) };
    Some(Explanation { cost: gain + charge, range, kind, size: factor })
}

/// Whether an excess is an imbalance, as far as register and quantities can tell.
fn meets(state: &State<'_>, excess: f64, imbalance: f64) -> bool {
    (excess - imbalance).abs() <= state.balance.tolerance + ROUNDING * imbalance.abs()
}

/// Up to which row, in the order given, quantities come nearest to a sum.
fn nearest(state: &State<'_>, rows: impl Iterator<Item = usize>, target: f64) -> Option<usize> {
    let mut sum = 0.0;
    let sums = rows.map(|row| {
        sum += state.rows.value[row];
        (row, (sum - target).abs())
    });
    sums.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(row, _)| row)
}

/// By how much a row costs more when it is corrected.
fn gain_of(state: &State<'_>, row: usize, factor: f64) -> Option<f64> {
    let value = state.rows.value[row];
    Some(cost(state, row, value / factor)? - cost(state, row, value)?)
}

/// How unlike the profile a quantity of a row would be: minus the log likelihood of a Student t with three degrees of
/// freedom, as quantities have long tails.
fn cost(state: &State<'_>, row: usize, value: f64) -> Option<f64> {
    let expected = state.expected[row]?;
    let z = (value - expected.value) / expected.scale;
    Some(2.0 * (1.0 + z * z / 3.0).ln())
}

/// Whether the quantities of a run, once corrected, go on from those around it: both may be unlike the profile, as days
/// differ, but not unlike each other.
fn goes_on(state: &State<'_>, blocks: &[Block], range: &Range<usize>, factor: f64) -> bool {
    let ratio = |row: usize| Some(state.rows.value[row] / state.expected[row]?.value).filter(|ratio| ratio.is_finite());
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return false };
    let around = (first.rows.start..range.start).chain(range.end..last.rows.end);
    let mut outside: Vec<f64> = around.filter_map(ratio).collect();
    let mut inside: Vec<f64> = range.clone().filter_map(ratio).map(|ratio| ratio / factor).collect();
    let reference = if outside.len() < FEWEST { 1.0 } else { median(&mut outside) };
    let part = median(&mut inside) / reference;
    part > 1.0 / LIKE && part < LIKE
}
