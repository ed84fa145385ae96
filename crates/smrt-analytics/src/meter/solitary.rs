//! Intervals far above the profile, where no register speaks for them: single ones, and runs that are ten times too
//! large.
//!
//! Peaks happen: where blocks add up they are never called wrong here, and elsewhere only beyond a high threshold.

use super::{Ground, State};
use crate::anomaly::Kind;
use std::ops::Range;

/// How many spreads above the profile, with a register that says that something is wrong in the block.
const DOUBTED: f64 = 8.0;
/// And with none.
const ALONE: f64 = 12.0;
/// A spike stands out from both of its neighbours by this factor.
const NEIGHBOURS: f64 = 2.0;
/// Blocks in which something else is wrong must exceed the register by this part of the fault, after what is missing.
const PART: f64 = 0.5;
/// A run of quantities ten times too large is this many times the profile on the whole.
const TENFOLD: Range<f64> = 6.0..16.0;

pub(crate) fn judge(state: &mut State<'_>) {
    let mut row = 0;
    while row < state.rows.len() {
        let len = (row..state.rows.len()).take_while(|&row| stands_out(state, row)).count();
        let range = row..row + len;
        row = range.end + 1;
        let found = match len {
            0 => None,
            1 => spike(state, range.start).map(|amount| (Kind::Spike, Ground::Amount { amount, proven: false })),
            _ => is_tenfold(state, &range).then_some((Kind::ScaleX10, Ground::Factor { factor: 10.0, proven: false })),
        };
        if let Some((kind, ground)) = found {
            state.note_rows(kind, range, ground);
        }
    }
}

/// Whether a row is sound so far and far above the profile, and its block is open to doubt.
fn stands_out(state: &State<'_>, row: usize) -> bool {
    let known = state.expected[row].filter(|_| state.sound[row]);
    let above = |limit: f64| known.is_some_and(|known| state.rows.value[row] - known.value > limit * known.scale);
    above(DOUBTED) && doubted(state, &(row..row + 1), 0.0).unwrap_or_else(|| above(ALONE))
}

/// Whether the register's blocks around some rows exceed it by more than an amount, after what is known to be wrong;
/// nothing where there are none.
fn doubted(state: &State<'_>, rows: &Range<usize>, amount: f64) -> Option<bool> {
    let (start, end) = state.rows.span(rows);
    Some(state.unexplained(start, end)? > state.balance.tolerance.max(amount))
}

/// By how much a single row is too large, if it is a spike.
fn spike(state: &State<'_>, row: usize) -> Option<f64> {
    let amount = state.rows.value[row] - state.expected[row]?.value;
    let neighbour = |row: Option<usize>| {
        row.filter(|&row| row < state.rows.len() && state.sound[row]).map_or(0.0, |row| state.rows.value[row].abs())
    };
    let around = neighbour(row.checked_sub(1)).max(neighbour(Some(row + 1)));
    let proven = doubted(state, &(row..row + 1), PART * amount) != Some(false);
    (proven && state.rows.value[row] > NEIGHBOURS * around).then_some(amount)
}

/// Whether a run of rows is ten times too large on the whole.
fn is_tenfold(state: &State<'_>, range: &Range<usize>) -> bool {
    let expected: f64 = range.clone().filter_map(|row| state.expected[row]).map(|known| known.value).sum();
    let sum: f64 = state.rows.value[range.clone()].iter().sum();
    let proven = doubted(state, range, PART * (sum - expected)) != Some(false);
    proven && expected > 0.0 && TENFOLD.contains(&(sum / expected))
}
