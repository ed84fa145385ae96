//! Single intervals far above the profile, where no register speaks for them.
//!
//! Peaks happen: where blocks add up they are never called wrong here, and elsewhere only beyond a high threshold.

use super::{Fault, Ground, State};
use crate::anomaly::Kind;

/// How many spreads above the profile, with a register that says that something is wrong in the block.
const DOUBTED: f64 = 8.0;
/// And with none.
const ALONE: f64 = 12.0;
/// A spike stands out from both of its neighbours by this factor.
const NEIGHBOURS: f64 = 2.0;
/// Blocks in which something else is wrong must exceed the register by this part of the spike, after what is missing.
const PART: f64 = 0.5;

pub(crate) fn judge(state: &mut State<'_>) {
    for row in 0..state.rows.len() {
        if state.sound[row]
            && let Some(amount) = amount(state, row)
        {
            let at = state.rows.at[row];
            let ground = Ground::Amount { amount, proven: false };
            state.note(Fault { kind: Kind::Spike, start: at, end: at, rows: row..row + 1, ground });
        }
    }
}

/// By how much a row is too large, if it is.
fn amount(state: &State<'_>, row: usize) -> Option<f64> {
    let expected = state.expected(row)?;
    let amount = state.rows.value[row] - expected.value;
    if amount < DOUBTED * expected.scale {
        return None;
    }
    let at = state.rows.at[row];
    let neighbour = |row: Option<usize>| {
        row.filter(|&row| row < state.rows.len() && state.sound[row]).map_or(0.0, |row| state.rows.value[row].abs())
    };
    let around = neighbour(row.checked_sub(1)).max(neighbour(Some(row + 1)));
    if state.rows.value[row] < NEIGHBOURS * around {
        return None;
    }
    match state.balance.touching(at, at + state.rows.step) {
        [] => (amount > ALONE * expected.scale).then_some(amount),
        blocks => {
            let open = blocks.iter().any(|block| {
                let excess = block.imbalance(state.rows) + missing(state, block.start, block.end);
                !state.balance.holds(state.rows, block) && excess > PART * amount
            });
            open.then_some(amount)
        }
    }
}

/// What faults of a stretch have kept from the intervals, as far as the profile knows.
fn missing(state: &State<'_>, start: i64, end: i64) -> f64 {
    let step = state.rows.step;
    let faults = state.faults.iter().filter(|fault| fault.start < end && start <= fault.end);
    let lost = faults.map(|fault| {
        let (from, to) = (fault.start.max(start), (fault.end + step).min(end));
        let there: f64 = fault.rows.clone().filter(|&row| (from..to).contains(&state.rows.at[row])).map(|row| state.rows.value[row]).sum();
        match fault.kind {
            Kind::Gap | Kind::ZeroRun | Kind::Stuck | Kind::Negative => state.expected_sum(from, to).unwrap_or(0.0) - there,
            _ => 0.0,
        }
    });
    lost.sum()
}
