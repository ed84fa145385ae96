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
    anomaly::{Kind, unusual_length, value_runs},
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
        let all: Vec<Range<usize>> = value_runs(&rows.value).collect();
        let zeros = all.iter().filter(|run| rows.value[run.start] == 0.0 && run.len() >= SHORTEST_ZERO);
        let zero: Vec<Range<usize>> = zeros.cloned().collect();
        let others: Vec<Range<usize>> = all.into_iter().filter(|run| rows.value[run.start] != 0.0).collect();
        let shortest = unusual_length(&others);
        let stuck: Vec<Range<usize>> = others.into_iter().filter(|run| run.len() >= shortest).collect();
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
        note(state, Kind::Negative, range, Ground::Sign);
    }
    let cleared = |state: &State<'_>, range: &Range<usize>| {
        let (start, end) = times(state.rows, range);
        let blocks = state.balance.touching(start, end + state.rows.step);
        !blocks.is_empty() && blocks.iter().all(|block| state.balance.holds(state.rows, block))
    };
    let usual = |runs: &[Range<usize>]| {
        let mut sound: Vec<usize> = runs.iter().filter(|range| cleared(state, range)).map(Range::len).collect();
        sound.sort_unstable_by(|a, b| b.cmp(a));
        sound.get(USUAL_RUNS - 1).copied().unwrap_or(0)
    };
    let (usual_zero, usual_stuck) = (usual(&suspects.zero), usual(&suspects.stuck));
    let stuck: Vec<Range<usize>> = suspects.stuck.into_iter().filter(|range| !cleared(state, range)).collect();
    for range in stuck {
        let value = state.rows.value[range.start];
        let lacking = lacking(state, &range);
        note(state, Kind::Stuck, range, Ground::Run { value, usual: usual_stuck, lacking });
    }
    let zero: Vec<Range<usize>> = suspects.zero.into_iter().filter(|range| !cleared(state, range)).collect();
    for range in zero {
        let lacking = lacking(state, &range);
        if is_lost(state, &range, lacking) && range.len() > usual_zero {
            note(state, Kind::ZeroRun, range, Ground::Run { value: 0.0, usual: usual_zero, lacking });
        }
    }
}

/// Whether zeros stand where energy is expected: the profile of their hours says so and, where there is a register, it
/// lacks something of that order.
fn is_lost(state: &State<'_>, range: &Range<usize>, lacking: Option<f64>) -> bool {
    let expectations: Vec<_> = range.clone().filter_map(|row| state.expected(row)).collect();
    let expected: f64 = expectations.iter().map(|expected| expected.value).sum();
    let spread = expectations.iter().map(|expected| expected.scale * expected.scale).sum::<f64>().sqrt();
    match lacking {
        Some(lacking) => lacking > state.balance.tolerance && lacking > LACKING * expected,
        None => expected > 3.0 * spread,
    }
}

/// How much the register has seen more than the intervals around a range.
fn lacking(state: &State<'_>, range: &Range<usize>) -> Option<f64> {
    let (start, end) = times(state.rows, range);
    state.balance.over(state.rows, start, end + state.rows.step).map(|imbalance| -imbalance)
}

fn times(rows: &Rows, range: &Range<usize>) -> (i64, i64) {
    (rows.at[range.start], rows.at[range.end - 1])
}

fn note(state: &mut State<'_>, kind: Kind, range: Range<usize>, ground: Ground) {
    let (start, end) = times(state.rows, &range);
    state.note(Fault { kind, start, end, rows: range, ground });
}
