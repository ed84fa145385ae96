//! Missing intervals: lost, caught up by the quantity behind them, or never due.
//!
//! Where the register has moved by what the intervals show, nothing was lost: then either the quantity behind the gap
//! holds it all, or nothing flowed, and the sender had nothing to send.

use super::{Fault, Ground, State};
use crate::{anomaly::Kind, gaps::Missing};

/// The quantity behind a gap catches up where it is at least this many spreads above the usual.
const EXCESS: f64 = 4.0;
/// And, where no register tells, within these parts of what is expected of the whole gap.
const LEAST: f64 = 0.5;
const MOST: f64 = 2.0;
/// That nothing flowed can be told where the register is finer than this part of what is expected.
const NOTHING: f64 = 0.2;

pub(crate) fn judge(state: &mut State<'_>) {
    for gap in &state.rows.gaps {
        if let Some(fault) = fault(state, gap) {
            // The quantity behind a gap that it catches up is wrong for its own interval.
            state.note(fault);
        }
    }
}

fn fault(state: &State<'_>, gap: &Missing) -> Option<Fault> {
    let rows = state.rows;
    let count = usize::try_from(gap.count).unwrap_or(usize::MAX);
    let behind = rows.first_from(gap.end);
    let observed = rows.value[behind];
    let lost = state.expected_sum(gap.start, gap.end);
    let own = state.expected[behind];
    // What other faults keep back is no matter of this gap.
    let caught = state.unexplained(gap.start, gap.end + rows.step);
    let excess = own.map(|own| observed - own.value);
    let stands_out = own.zip(excess).is_some_and(|(own, excess)| excess > EXCESS * own.scale);
    let makes_up = |least: f64, most: f64| {
        excess.zip(lost).is_some_and(|(excess, lost)| excess > least * lost && excess < most * lost)
    };
    let balanced = caught.is_some_and(|imbalance| imbalance.abs() <= state.balance.tolerance);
    // Where the register lacks the gap's energy it was not caught up; beside another fault that is too uncertain.
    let alone = state.balance.span(gap.start, gap.end + rows.step).is_none_or(|(from, to)| {
        state.faults.iter().all(|fault| fault.end < from || to <= fault.start || fault.ground.is_doubled())
    });
    let lacks = alone && caught.zip(lost).is_some_and(|(imbalance, lost)| imbalance < -LEAST * lost);
    let catches_up = match caught {
        Some(_) if balanced => makes_up(0.2, 5.0),
        Some(_) => !lacks && stands_out && makes_up(LEAST, 5.0),
        None => stands_out && makes_up(LEAST, MOST),
    };
    if catches_up {
        let expected = state.expected_sum(gap.start, gap.end + rows.step);
        let ground = Ground::Catchup { count, observed, expected, balanced };
        return Some(Fault {
            kind: Kind::GapCatchup,
            start: gap.start,
            end: gap.end,
            rows: behind..behind + 1,
            ground,
        });
    }
    let imbalance = state.unexplained(gap.start, gap.end);
    let nothing = imbalance.zip(lost).is_some_and(|(imbalance, lost)| {
        imbalance.abs() <= state.balance.tolerance && state.balance.tolerance < NOTHING * lost
    });
    if nothing {
        return None;
    }
    let lacking = imbalance.map(|imbalance| -imbalance);
    let ground = Ground::Missing { count, expected: lost, lacking };
    Some(Fault { kind: Kind::Gap, start: gap.start, end: gap.end - rows.step, rows: behind..behind, ground })
}
