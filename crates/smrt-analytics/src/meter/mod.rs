//! Validation of interval data (VEE): which quantities of a meter cannot be, or are not what flowed.
//!
//! [`validate`] takes interval starts, quantities, reads of the cumulative register where there are some, and a zone;
//! it gives the faults, each with a reason, and the false reads of the register. It changes no value: what to put in the
//! place of faulty ones is for [`crate::estimate`].
//!
//! The order of things: intervals that stand there twice; below zero; runs of one value; missing ones. Then the
//! register: blocks between two reads that add up are beyond doubt, whatever their peaks look like. Blocks that do not
//! are explained by one wrong interval, a wrong multiplier or a wrong level that makes up for the difference exactly.
//! Only where no register tells are quantities held against the profile alone, with a higher threshold.

mod balance;
mod explain;
mod factor;
mod gap;
mod profile;
mod rows;
mod run;
mod solitary;

pub use rows::{MeterSeries, RegisterStand};

pub(crate) use balance::Balance;
pub(crate) use profile::{Expectation, Profile};
pub(crate) use rows::Rows;

use crate::anomaly::{Anomaly, Kind};
use std::ops::Range;

/// Of longer stretches than a year of five minutes nothing is expected.
pub(crate) const MOST_INTERVALS: i64 = 366 * 288;

/// What was found out about a meter's channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// What is wrong, in the order of time.
    pub anomalies: Vec<Anomaly>,
    /// Which reads of the register are false, with what they should have shown; they stand among the anomalies too.
    pub false_reads: Vec<FalseRead>,
    /// How many blocks between register reads add up, and how many there are.
    pub balanced_blocks: usize,
    /// All blocks between sound register reads.
    pub blocks: usize,
    /// A sentence on the channel as a whole.
    pub verdict: String,
}

/// A register read that the intervals on both of its sides contradict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FalseRead {
    /// The read as it came.
    pub read: RegisterStand,
    /// What it should have shown, in the unit of the channel.
    pub expected: f64,
}

/// A range of rows that something is wrong with.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub kind: Kind,
    /// First and last interval, both inclusive.
    pub start: i64,
    pub end: i64,
    pub rows: Range<usize>,
    pub ground: Ground,
}

/// What a fault is concluded from.
#[derive(Clone, Debug)]
pub(crate) enum Ground {
    /// The intervals stand there twice, with these quantities; the register, if it tells, is for one of them.
    Doubled { quantities: Vec<f64>, proven: Option<f64> },
    /// The sign.
    Sign,
    /// As many equal values; the longest run that is known to be sound.
    Run { value: f64, usual: usize, lacking: Option<f64> },
    /// Nothing is there: what is expected, and what the register says was lost.
    Missing { count: usize, expected: Option<f64>, lacking: Option<f64> },
    /// The value behind a gap is what flowed in all of it.
    Catchup { count: usize, observed: f64, expected: Option<f64>, balanced: bool },
    /// Too large or small by a factor, or one interval by an amount; `proven` by the register.
    Factor { factor: f64, proven: bool },
    /// One interval off by an amount.
    Amount { amount: f64, proven: bool },
}

impl Ground {
    /// Whether an interval stands there twice, which keeps nothing back.
    pub(crate) fn is_doubled(&self) -> bool {
        matches!(self, Self::Doubled { .. })
    }
}

/// What is known while a channel is being validated.
pub(crate) struct State<'a> {
    pub rows: &'a Rows,
    pub balance: &'a Balance,
    pub profile: &'a Profile,
    /// What is expected of each row.
    pub expected: Vec<Option<Expectation>>,
    /// Rows that no fault has been found with yet.
    pub sound: Vec<bool>,
    pub faults: Vec<Fault>,
}

impl State<'_> {
    pub(crate) fn note(&mut self, fault: Fault) {
        self.sound[fault.rows.clone()].fill(false);
        self.faults.push(fault);
    }

    /// Notes what is wrong with some rows.
    pub(crate) fn note_rows(&mut self, kind: Kind, rows: Range<usize>, ground: Ground) {
        let (start, end) = (self.rows.at[rows.start], self.rows.at[rows.end - 1]);
        self.note(Fault { kind, start, end, rows, ground });
    }

    /// What is expected of all intervals of a stretch (its end exclusive) together.
    pub(crate) fn expected_sum(&self, start: i64, end: i64) -> Option<f64> {
        if (end.saturating_sub(start)) / self.rows.step > MOST_INTERVALS {
            return None;
        }
        let mut sum = 0.0;
        let mut at = start;
        while at < end {
            sum += self.profile.at(at)?.value;
            at += self.rows.step;
        }
        Some(sum)
    }

    /// By how much the intervals of the blocks that touch a stretch of time (its end exclusive) exceed the register,
    /// after what is known to be wrong; `None` where no register covers all of it.
    pub(crate) fn unexplained(&self, start: i64, end: i64) -> Option<f64> {
        let (from, to) = self.balance.span(start, end)?;
        Some(self.balance.over(self.rows, start, end)? + self.shortfall(from, to))
    }

    /// By how much the intervals of a stretch of time fall short of what flowed, through the faults that are known: as
    /// far as the register tells of single ones exactly, else as the profile expects.
    fn shortfall(&self, start: i64, end: i64) -> f64 {
        let inside = self.faults.iter().filter(|fault| fault.start < end && start <= fault.end);
        let of = |fault: &Fault| {
            let (from, to) = (fault.start.max(start), (fault.end + self.rows.step).min(end));
            let rows = || fault.rows.clone().filter(|&row| (from..to).contains(&self.rows.at[row]));
            let there: f64 = rows().map(|row| self.rows.value[row]).sum();
            let usual = || rows().filter_map(|row| self.expected[row]).map(|known| known.value).sum::<f64>();
            match fault.ground {
                Ground::Doubled { .. } | Ground::Catchup { .. } => 0.0,
                Ground::Factor { factor, .. } => -(1.0 - 1.0 / factor) * there,
                Ground::Amount { amount, .. } => -amount,
                Ground::Sign | Ground::Run { .. } => usual() - there,
                Ground::Missing { .. } => self.expected_sum(from, to).unwrap_or(0.0),
            }
        };
        inside.map(of).sum()
    }
}

/// Tests a meter's interval quantities, against its register where there are reads of it.
pub fn validate(series: &MeterSeries<'_>) -> Validation {
    let mut rows = Rows::new(series);
    let doubled = run::doubled(&mut rows, series.registers);
    let suspects = run::Suspects::new(&rows);
    let profile = Profile::new(&rows, &suspects.sound, series.zone);
    let balance = Balance::new(&rows, series.registers, &suspects.sound);
    let mut state = State {
        rows: &rows,
        balance: &balance,
        profile: &profile,
        expected: rows.at.iter().map(|&at| profile.at(at)).collect(),
        sound: vec![true; rows.len()],
        faults: doubled,
    };
    run::judge(&mut state, suspects);
    gap::judge(&mut state);
    factor::judge(&mut state);
    solitary::judge(&mut state);
    explain::told(&state, series.zone)
}
