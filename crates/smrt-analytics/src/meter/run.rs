//! What is wrong on the face of it: intervals that stand there twice, quantities below zero, runs of one value.
//!
//! Runs are only suspects until the register or the profile speaks: gas may rest for nights, and a coarse meter repeats
//! itself.

use super::{
    Fault, Ground, State,
    balance::Balance,
    rows::{RegisterStand, Rows},
};
use crate::{
    anomaly::{Kind, unusual, value_runs},
    number::real,
};
use std::ops::Range;

/// A channel with more than this part of its quantities below zero is one where they are usual.
const USUAL_NEGATIVE: f64 = 0.02;
/// Shortest zero run, in intervals, that is looked at.
const SHORTEST_ZERO: usize = 4;
/// Runs of a length are usual where the register confirms as many.
const USUAL_RUNS: usize = 3;
/// A zero run is a fault where the register lacks at least this part of what is expected of it.
const LACKING: f64 = 0.15;

/// Resolves intervals that stand there twice: of unlike quantities that which makes the register's block add up, else
/// the last. Gives one fault per interval.
pub(crate) fn doubled(rows: &mut Rows, registers: &[RegisterStand]) -> Vec<Fault> {
    let list = std::mem::take(&mut rows.doubled);
    if list.is_empty() {
        return Vec::new();
    }
    let balance = Balance::new(rows, registers, &vec![true; rows.len()]);
    let mut faults = Vec::new();
    for doubled in list {
        let (row, at) = (doubled.row, rows.at[doubled.row]);
        let mut proven = None;
        if doubled.is_conflict()
            && let [block] = balance.touching(at, at + rows.step)
        {
            let others = block.imbalance(rows) - rows.value[row];
            let off = |quantity: f64| (others + quantity).abs();
            proven = doubled.quantities.iter().copied().find(|&quantity| off(quantity) <= balance.tolerance);
            // Something else may be wrong in the block: then the quantity that leaves less unexplained is kept.
            let nearest = doubled.quantities.iter().copied().min_by(|&a, &b| off(a).total_cmp(&off(b)));
            rows.value[row] = proven.or(nearest).unwrap_or(rows.value[row]);
        }
        let kind = if doubled.is_conflict() { Kind::DuplicateConflict } else { Kind::DuplicateSame };
        let ground = Ground::Doubled { quantities: doubled.quantities, proven };
        faults.push(Fault { kind, start: at, end: at, rows: row..row + 1, ground });
    }
    faults
}

/// Rows that may be wrong, before anything is known of what is usual.
pub(crate) struct Suspects {
    negative: Vec<Range<usize>>,
    zero: Vec<Range<usize>>,
    stuck: Vec<Range<usize>>,
    /// Rows that are in none of them.
    pub sound: Vec<bool>,
}

impl Suspects {
    pub(crate) fn new(rows: &Rows) -> Self {
        let below = rows.value.iter().filter(|&&value| value < 0.0).count();
        let usual = real(below) > USUAL_NEGATIVE * real(rows.len());
        let negative = if usual { Vec::new() } else { ranges(rows, |row| rows.value[row] < 0.0) };
        let (mut zero, others): (Vec<_>, Vec<_>) =
            value_runs(&rows.value).partition(|run| rows.value[run.start] == 0.0);
        zero.retain(|run| run.len() >= SHORTEST_ZERO);
        let stuck = unusual(others);
        let mut sound = vec![true; rows.len()];
        negative.iter().chain(&zero).chain(&stuck).for_each(|range| sound[range.clone()].fill(false));
        Self { negative, zero, stuck, sound }
    }
}

/// Maximal ranges of rows, without a gap, that a test holds for.
fn ranges(rows: &Rows, test: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for row in (0..rows.len()).filter(|&row| test(row)) {
        match found.last_mut() {
            Some(last) if last.end == row && rows.at[row] - rows.at[row - 1] == rows.step => last.end = row + 1,
            _ => found.push(row..row + 1),
        }
    }
    found
}

/// Takes the suspects that register and profile do not clear.
pub(crate) fn judge(state: &mut State<'_>, suspects: Suspects) {
    for range in suspects.negative {
        state.note_rows(Kind::Negative, range, Ground::Sign);
    }
    let (stuck, usual) = uncleared(state, suspects.stuck);
    for range in stuck {
        let value = state.rows.value[range.start];
        let lacking = lacking(state, &range);
        state.note_rows(Kind::Stuck, range, Ground::Run { value, usual, lacking });
    }
    let (zero, usual) = uncleared(state, suspects.zero);
    for range in zero {
        let lacking = lacking(state, &range);
        if is_lost(state, &range, lacking) && range.len() > usual {
            state.note_rows(Kind::ZeroRun, range, Ground::Run { value: 0.0, usual, lacking });
        }
    }
}

/// The runs that the register does not clear, as not all blocks around them add up; and which length is usual among
/// those that it clears, 0 where none is.
fn uncleared(state: &State<'_>, runs: Vec<Range<usize>>) -> (Vec<Range<usize>>, usize) {
    let is_cleared = |range: &Range<usize>| {
        let (start, end) = state.rows.span(range);
        let blocks = state.balance.touching(start, end);
        !blocks.is_empty() && blocks.iter().all(|block| state.balance.holds(state.rows, block))
    };
    let (mut cleared, others): (Vec<_>, Vec<_>) = runs.into_iter().partition(is_cleared);
    cleared.sort_unstable_by_key(|range| std::cmp::Reverse(range.len()));
    (others, cleared.get(USUAL_RUNS - 1).map_or(0, Range::len))
}

/// Whether zeros stand where energy is expected: the profile of their hours says so and, where there is a register, it
/// lacks something of that order.
fn is_lost(state: &State<'_>, range: &Range<usize>, lacking: Option<f64>) -> bool {
    let expectations: Vec<_> = range.clone().filter_map(|row| state.expected[row]).collect();
    let expected: f64 = expectations.iter().map(|expected| expected.value).sum();
    let spread = expectations.iter().map(|expected| expected.scale * expected.scale).sum::<f64>().sqrt();
    match lacking {
        Some(lacking) => lacking > state.balance.tolerance && lacking > LACKING * expected,
        None => expected > 3.0 * spread,
    }
}

/// How much the register has seen more than the intervals around a range.
fn lacking(state: &State<'_>, range: &Range<usize>) -> Option<f64> {
    let (start, end) = state.rows.span(range);
    state.balance.over(state.rows, start, end).map(|imbalance| -imbalance)
}
