//! Intervals against the register: what the intervals between two reads add up to must be what the register moved by.
//!
//! Rows and reads come in; blocks between sound reads go out, each with its imbalance, and the false reads. A read is
//! false where the block before it has too much and the one behind it as much too little (or the reverse).

use super::{
    FalseRead,
    rows::{RegisterStand, Rows},
};
use crate::number::{core_spread, real};
use std::ops::Range;

/// Blocks are unbalanced beyond this many spreads of the imbalances of all.
const LIMIT: f64 = 6.0;
/// And beyond this many steps of the register: both of its reads are rounded.
const STEPS: f64 = 1.5;
/// Two imbalances are opposite, with something else wrong in their blocks, where their sum is less than this part of
/// the smaller one.
const OPPOSITE: f64 = 0.25;

/// The intervals between two reads.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// When the reads were taken.
    pub start: i64,
    pub end: i64,
    pub rows: Range<usize>,
    /// What the register moved by.
    pub moved: f64,
}

/// All blocks of a meter, in order; they do not overlap.
#[derive(Debug, Default)]
pub(crate) struct Balance {
    pub blocks: Vec<Block>,
    /// Up to here an imbalance is no more than rounding and clocks.
    pub tolerance: f64,
    pub false_reads: Vec<FalseRead>,
}

impl Balance {
    /// Of `sound` rows nothing is suspected yet.
    pub(crate) fn new(rows: &Rows, reads: &[RegisterStand], sound: &[bool]) -> Self {
        let mut reads: Vec<RegisterStand> = reads.iter().copied().filter(|read| read.stand.is_finite()).collect();
        reads.dedup_by_key(|read| read.at);
        if reads.len() < 2 {
            return Self::default();
        }
        let blocks = blocks(rows, &reads);
        let complete = |block: &&Block| {
            real(block.rows.len()) * crate::number::real_time(rows.step)
                >= crate::number::real_time(block.end - block.start) - 1.0
        };
        let usual = core_spread(blocks.iter().filter(complete).map(|block| block.imbalance(rows)));
        let tolerance = (LIMIT * usual).max(STEPS * resolution(&reads));
        let mut balance = Self { blocks, tolerance, false_reads: Vec::new() };
        balance.repair(rows, &reads, sound);
        balance
    }

    /// Whether a block adds up.
    pub(crate) fn holds(&self, rows: &Rows, block: &Block) -> bool {
        block.imbalance(rows).abs() <= self.tolerance
    }

    /// The blocks that touch a stretch of time (its end exclusive).
    pub(crate) fn touching(&self, start: i64, end: i64) -> &[Block] {
        let first = self.blocks.partition_point(|block| block.end <= start);
        let behind = self.blocks.partition_point(|block| block.start < end);
        &self.blocks[first..behind.max(first)]
    }

    /// From where to where the blocks reach that touch a stretch of time (its end exclusive).
    pub(crate) fn span(&self, start: i64, end: i64) -> Option<(i64, i64)> {
        let blocks = self.touching(start, end);
        Some((blocks.first()?.start, blocks.last()?.end))
    }

    /// The imbalance of all blocks that touch a stretch together; `None` where no register covers all of it.
    pub(crate) fn over(&self, rows: &Rows, start: i64, end: i64) -> Option<f64> {
        let blocks = self.touching(start, end);
        let covered = blocks.first()?.start <= start && end <= blocks.last()?.end;
        let joined = blocks.windows(2).all(|pair| pair[0].end == pair[1].start);
        (covered && joined).then(|| blocks.iter().map(|block| block.imbalance(rows)).sum())
    }

    /// Joins the two blocks around each false read.
    fn repair(&mut self, rows: &Rows, reads: &[RegisterStand], sound: &[bool]) {
        let mut index = 0;
        while index + 1 < self.blocks.len() {
            let (left, right) = (&self.blocks[index], &self.blocks[index + 1]);
            let (before, behind) = (left.imbalance(rows), right.imbalance(rows));
            let both = before.abs() > self.tolerance && behind.abs() > self.tolerance && left.end == right.start;
            let exact = (before + behind).abs() <= self.tolerance;
            let opposite = before * behind < 0.0 && (before + behind).abs() < OPPOSITE * before.abs().min(behind.abs());
            let at = left.end;
            // A gap over the read that the quantity behind it catches up looks the same.
            let hidden = || rows.gaps.iter().any(|gap| gap.start < at && at <= gap.end);
            // Two faults may look like one false read: then both blocks must be otherwise above suspicion.
            let plain = || {
                sound[left.rows.start..right.rows.end].iter().all(|&sound| sound)
                    && rows.gaps.iter().all(|gap| gap.end <= left.start || right.end <= gap.start)
            };
            if both && (exact || (opposite && plain())) && !hidden() {
                let joined = Block {
                    start: left.start,
                    end: right.end,
                    rows: left.rows.start..right.rows.end,
                    moved: left.moved + right.moved,
                };
                if let Some(&read) = reads.iter().find(|read| read.at == at) {
                    self.false_reads.push(FalseRead { read, expected: read.stand + before });
                }
                self.blocks.splice(index..index + 2, [joined]);
            }
            index += 1;
        }
    }
}

impl Block {
    /// By how much the intervals exceed what the register moved by.
    pub(crate) fn imbalance(&self, rows: &Rows) -> f64 {
        rows.value[self.rows.clone()].iter().sum::<f64>() - self.moved
    }
}

fn blocks(rows: &Rows, reads: &[RegisterStand]) -> Vec<Block> {
    let block = |pair: &[RegisterStand]| {
        let (start, end) = (pair[0].at, pair[1].at);
        let range = rows.first_from(start)..rows.first_from(end);
        Block { start, end, rows: range, moved: pair[1].stand - pair[0].stand }
    };
    reads.windows(2).map(block).collect()
}

/// The coarsest power of ten (from 1 down to a millionth) that all stands are multiples of.
fn resolution(reads: &[RegisterStand]) -> f64 {
    let mut step = 1.0;
    for _ in 0..6 {
        let fits = |read: &RegisterStand| ((read.stand / step).round() - read.stand / step).abs() < 1e-4;
        if reads.iter().all(fits) {
            break;
        }
        step /= 10.0;
    }
    step
}
