//! Faults in words, with severity, expectation and band.

use super::{FalseRead, Fault, Ground, State, Validation};
use crate::{
    anomaly::{Anomaly, Band, Kind, clock, number},
    number::{mean, real},
};
use smrt_core::MarketZone;

/// Bands reach this many spreads of like intervals to both sides.
const BAND: f64 = 6.0;

/// The outcome in the terms of users.
pub(crate) fn told(state: &State<'_>, zone: MarketZone) -> Validation {
    let mut anomalies: Vec<Anomaly> = state.faults.iter().map(|fault| anomaly(state, fault, zone)).collect();
    anomalies.extend(state.balance.false_reads.iter().map(|read| register_read(read, zone)));
    anomalies.sort_by_key(|anomaly| (anomaly.start, anomaly.end, anomaly.kind));
    let blocks = state.balance.blocks.len();
    let balanced_blocks = state.balance.blocks.iter().filter(|block| state.balance.holds(state.rows, block)).count();
    let against = match blocks {
        0 => "there are no register reads to hold them against".to_owned(),
        blocks => format!("{balanced_blocks} of {blocks} blocks between register reads add up"),
    };
    let found = match anomalies.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    let verdict = format!("{} intervals, {found}; {against}", state.rows.len());
    let false_reads = state.balance.false_reads.clone();
    Validation { anomalies, false_reads, balanced_blocks, blocks, verdict }
}

fn anomaly(state: &State<'_>, fault: &Fault, zone: MarketZone) -> Anomaly {
    let (from, to) = (clock(zone, fault.start), clock(zone, fault.end));
    let when = if fault.start == fault.end { format!("at {from}") } else { format!("from {from} to {to}") };
    let known: Vec<_> = fault.rows.clone().filter_map(|row| state.expected[row]).collect();
    let count = real(known.len().max(1));
    let expected = (!known.is_empty()).then(|| known.iter().map(|known| known.value).sum::<f64>() / count);
    let scale = known.iter().map(|known| known.scale).sum::<f64>() / count;
    let band = expected.map(|value| Band { low: (value - BAND * scale).max(0.0), high: value + BAND * scale });
    let mean = mean(&state.rows.value[fault.rows.clone()]);
    let observed = (!fault.rows.is_empty()).then_some(mean);
    let off = if scale > 0.0 { expected.map_or(1.0, |value| (mean - value).abs() / scale) } else { 1.0 };
    let usual =
        expected.map_or_else(String::new, |value| format!("; like intervals of like days hold {}", number(value)));
    let (severity, reason) = match &fault.ground {
        Ground::Doubled { quantities, proven } => doubled(fault, quantities, *proven, &when),
        Ground::Sign => (
            off.max(1.0),
            format!(
                "below zero {when}: {} intervals, on average {}, on a channel that is never below zero otherwise{usual}",
                fault.rows.len(),
                number(mean)
            ),
        ),
        Ground::Run { value, usual, lacking } => run(fault, *value, *usual, *lacking, &when, expected),
        Ground::Missing { count, expected, lacking } => missing(*count, *expected, *lacking, &when),
        Ground::Catchup { count, observed, expected, balanced } => {
            catchup(*count, *observed, *expected, *balanced, &when)
        }
        Ground::Factor { factor, proven } => {
            (factor.max(1.0 / factor), wrong_factor(fault, *factor, *proven, &when, expected, mean))
        }
        Ground::Amount { amount, proven } => (off.max(1.0), spike(*amount, *proven, mean, &when, &usual, off)),
    };
    Anomaly { kind: fault.kind, start: fault.start, end: fault.end, severity, expected, band, observed, reason }
}

fn doubled(fault: &Fault, quantities: &[f64], proven: Option<f64>, when: &str) -> (f64, String) {
    let list: Vec<String> = quantities.iter().map(|&quantity| number(quantity)).collect();
    let list = list.join(" and ");
    let reason = match proven {
        _ if fault.kind == Kind::DuplicateSame => format!(
            "the interval {when} stands there {} times with the same quantity {}",
            quantities.len(),
            number(quantities[0])
        ),
        Some(right) => format!(
            "the interval {when} stands there with unlike quantities, {list}; the register is for {}",
            number(right)
        ),
        None => format!(
            "the interval {when} stands there with unlike quantities, {list}, and no register tells which is right"
        ),
    };
    (real(quantities.len()), reason)
}

fn run(
    fault: &Fault,
    value: f64,
    usual: usize,
    lacking: Option<f64>,
    when: &str,
    expected: Option<f64>,
) -> (f64, String) {
    let count = fault.rows.len();
    let hold = expected.map_or_else(String::new, |value| format!(" where {} each is usual", number(value)));
    let known = if usual > 0 { format!("; the register confirms runs of up to {usual} only") } else { String::new() };
    let register = match lacking {
        Some(lacking) if lacking > 0.0 => {
            format!("; the register has seen {} more than the intervals of these days", number(lacking))
        }
        Some(excess) if excess < 0.0 => {
            format!("; the intervals of these days hold {} more than the register", number(-excess))
        }
        _ => String::new(),
    };
    let what = if value == 0.0 { "zero".to_owned() } else { format!("exactly {}", number(value)) };
    (real(count) / real(usual.max(1)), format!("{count} intervals in a row are {what} {when}{hold}{known}{register}"))
}

fn missing(count: usize, expected: Option<f64>, lacking: Option<f64>, when: &str) -> (f64, String) {
    let hold = expected.map_or_else(String::new, |value| format!("; like days hold {} there", number(value)));
    let register = match lacking {
        Some(lacking) if lacking > 0.0 => {
            format!(", and the register has seen {} more than the intervals of these days", number(lacking))
        }
        _ => String::new(),
    };
    let noun = if count == 1 { "interval is" } else { "intervals are" };
    (real(count + 1), format!("{count} {noun} missing {when}{hold}{register}"))
}

fn catchup(count: usize, observed: f64, expected: Option<f64>, balanced: bool, when: &str) -> (f64, String) {
    let hold = expected.map_or_else(String::new, |value| format!("; like days hold {} in all of it", number(value)));
    let proof = if balanced { ", and with it the register's block adds up" } else { "" };
    (
        real(count + 1),
        format!(
            "{count} missing intervals are caught up by the one behind them, {when}: it holds {}{hold}{proof}",
            number(observed)
        ),
    )
}

fn wrong_factor(fault: &Fault, factor: f64, proven: bool, when: &str, expected: Option<f64>, mean: f64) -> String {
    let count = fault.rows.len();
    let usual = expected.map_or_else(String::new, |value| {
        format!("; like days hold {} on average, these {}", number(value), number(mean))
    });
    let proof = if proven { "with that factor the register's blocks add up" } else { "no register confirms them" };
    match fault.kind {
        Kind::ScaleX10 => format!("{count} intervals {when} are ten times too large: {proof}{usual}"),
        _ => format!("{count} intervals {when} are {} times what flowed: {proof}{usual}", number(factor)),
    }
}

fn spike(amount: f64, proven: bool, value: f64, when: &str, usual: &str, off: f64) -> String {
    let proof = if proven {
        format!("by just {} the register's block does not add up", number(amount))
    } else {
        format!("{off:.1} x the usual spread above it, and no register confirms it")
    };
    format!("spike {when}: {}{usual}; {proof}", number(value))
}

fn register_read(read: &FalseRead, zone: MarketZone) -> Anomaly {
    let off = read.read.stand - read.expected;
    let side = if off < 0.0 { "low" } else { "high" };
    let reason = format!(
        "the register read at {} is {} too {side}: {} instead of {}; the intervals before and behind it disagree with it by the same amount and agree with the reads around it",
        clock(zone, read.read.at),
        number(off.abs()),
        read.read.stand,
        number(read.expected),
    );
    Anomaly {
        kind: Kind::RegisterRead,
        start: read.read.at,
        end: read.read.at,
        severity: off.abs().max(f64::MIN_POSITIVE),
        expected: Some(read.expected),
        band: None,
        observed: Some(read.read.stand),
        reason,
    }
}
