//! How long intervals are, where the format does not say: found in the times of each channel.
//!
//! Readings come in with the time they are stamped with; they leave with an interval. Until the length of a channel is
//! known, what has come is held back, in its order and in bounded memory. The length of a channel is the longest usual
//! one that the steps between its first times are multiples of, so that neither gaps nor an order of its own mislead
//! it; one step in eight may be off, so that a single crooked stamp does not either. How a source is cut into blocks
//! changes nothing, because only the number of readings decides when to decide.

use super::{Oddity, fast::Like};
use crate::{Remark, RemarkKind, Stamp};
use smrt_core::{Batch, IntervalEvent, IntervalLength, Position, Quality, Quantity, Reading, Span, Version};
use std::collections::{BTreeMap, VecDeque};

/// Most readings that are held back.
const HELD: usize = Batch::CAPACITY;
/// Times of a channel that are enough to know its length.
const SAMPLE: usize = 16;
/// One step in so many may be off.
const TOLERANCE: usize = 8;
/// Lengths that meters are set to, in minutes, the longest first.
const USUAL: [u16; 7] = [1440, 60, 30, 15, 10, 5, 1];
/// The length where nothing tells it.
const ASSUMED: Option<IntervalLength> = IntervalLength::from_minutes(15);

/// A reading whose interval is not known yet.
#[derive(Clone, Debug)]
pub(crate) struct Stamped {
    pub(crate) channel: u32,
    /// The stamp, UTC epoch seconds.
    pub(crate) at: i64,
    /// The stamp by its own clock, to measure it against midnight.
    pub(crate) local: i64,
    pub(crate) quantity: Quantity,
    pub(crate) quality: Quality,
    pub(crate) line: u32,
    /// The sender's status, where there is one.
    pub(crate) status: Option<Box<str>>,
}

impl Stamped {
    /// A row with its value and its line.
    #[inline]
    pub(crate) fn new(row: Like<'_>, quantity: Quantity, line: u32) -> Self {
        let Like { channel, instant: (at, local), quality, status } = row;
        let status = (!status.is_empty()).then(|| status.into());
        Self { channel, at, local, quantity, quality, line, status }
    }
}

/// What is known of one channel.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    length: Option<IntervalLength>,
    /// Where it appears first, as far as that had to be held back.
    first_line: u32,
    /// Readings that do not begin on a boundary of its intervals.
    off_grid: u32,
}

/// What is to be said of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Assumed,
    OffGrid,
}

/// Gives readings their intervals.
#[derive(Debug)]
pub(crate) struct Lengths {
    stamp: Stamp,
    /// The length of all, where the caller knows it.
    given: Option<IntervalLength>,
    /// The length that was found last.
    found: Option<IntervalLength>,
    states: Vec<State>,
    /// The first times of channels whose length is not known.
    samples: BTreeMap<u32, Vec<i64>>,
    held: VecDeque<Stamped>,
    /// Of which channels what is to be said, and at which line.
    odd: Vec<(u32, u32, What)>,
}

impl Lengths {
    pub(crate) fn new(stamp: Stamp, given: Option<IntervalLength>) -> Self {
        let (states, held) = (Vec::new(), VecDeque::new());
        Self { stamp, given, found: None, states, samples: BTreeMap::new(), held, odd: Vec::new() }
    }

    /// Takes a reading; it goes into the batch at once where its length is known and nothing before it waits.
    #[inline]
    pub(crate) fn push(&mut self, reading: Stamped, batch: &mut Batch) {
        match self.length_of(reading.channel) {
            Some(length) if self.held.is_empty() => self.give(reading, length, batch),
            _ => {
                self.hold(reading);
                self.release(batch);
            }
        }
    }

    #[inline]
    fn length_of(&self, channel: u32) -> Option<IntervalLength> {
        self.given.or_else(|| self.states.get(channel as usize)?.length)
    }

    fn state(&mut self, channel: u32) -> &mut State {
        let index = channel as usize;
        if index >= self.states.len() {
            self.states.resize(index + 1, State::default());
        }
        &mut self.states[index]
    }

    fn hold(&mut self, reading: Stamped) {
        let state = self.state(reading.channel);
        if state.length.is_none() {
            if state.first_line == 0 {
                state.first_line = reading.line;
            }
            let sample = self.samples.entry(reading.channel).or_default();
            if sample.last() != Some(&reading.at) {
                sample.push(reading.at);
            }
            if sample.len() >= SAMPLE && !self.decide(reading.channel) {
                self.assume(reading.channel);
            }
        }
        self.held.push_back(reading);
        if self.held.len() >= HELD {
            self.settle(HELD / 2);
        }
    }

    /// Decides on the length of a channel by the times that are known; tells whether they tell one.
    fn decide(&mut self, channel: u32) -> bool {
        let length = self.samples.get(&channel).and_then(|sample| common_length(sample));
        if length.is_some() {
            self.found = length;
            self.state(channel).length = length;
            self.samples.remove(&channel);
        }
        length.is_some()
    }

    /// Takes the length of another channel for one that does not tell its own.
    fn assume(&mut self, channel: u32) {
        let length = self.found.or(ASSUMED);
        let state = self.state(channel);
        state.length = length;
        let line = state.first_line;
        self.odd.push((line, channel, What::Assumed));
        self.samples.remove(&channel);
    }

    /// Decides on every channel that tells its length, and assumes one for those that the first `count` readings wait
    /// for.
    fn settle(&mut self, count: usize) {
        let open: Vec<u32> = self.samples.keys().copied().collect();
        for channel in open {
            self.decide(channel);
        }
        for index in 0..count.min(self.held.len()) {
            let channel = self.held[index].channel;
            if self.length_of(channel).is_none() {
                self.assume(channel);
            }
        }
    }

    /// Gives on what need not wait any longer, as far as the batch has room.
    pub(crate) fn release(&mut self, batch: &mut Batch) {
        while !batch.is_full()
            && let Some(length) = self.held.front().and_then(|front| self.length_of(front.channel))
            && let Some(reading) = self.held.pop_front()
        {
            self.give(reading, length, batch);
        }
    }

    /// Gives on all that is left, also past the size of a batch.
    pub(crate) fn finish(&mut self, batch: &mut Batch) {
        self.settle(self.held.len());
        while let Some(reading) = self.held.pop_front() {
            if let Some(length) = self.length_of(reading.channel) {
                self.give(reading, length, batch);
            }
        }
        self.odd.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// The next channel of which something is to be said, in the order of the lines, after [`Lengths::finish`]; `name`
    /// is how a channel is called. Made one by one, because there may be as many as channels.
    pub(crate) fn take_remark(&mut self, name: impl Fn(u32) -> String) -> Option<Remark> {
        let (line, channel, what) = self.odd.pop()?;
        let length = self.length_of(channel)?;
        let count = self.state(channel).off_grid;
        let channel = name(channel);
        let oddity = match what {
            What::Assumed => Oddity::AssumedLength { channel, length },
            What::OffGrid => Oddity::OffGrid { channel, length, count },
        };
        // The line is told and its column left open: the text is no longer at hand.
        let position = Position { line: u64::from(line), column: 0, offset: 0 };
        Some(Remark { kind: RemarkKind::Table(oddity), span: Span { position, length: 0 } })
    }

    #[inline]
    fn give(&mut self, reading: Stamped, length: IntervalLength, batch: &mut Batch) {
        let Stamped { channel, at, local, quantity, quality, line, status } = reading;
        if local.rem_euclid(length.seconds()) != 0 {
            self.note_off_grid(channel, line);
        }
        let start = match self.stamp {
            Stamp::Start => at,
            Stamp::End => at - length.seconds(),
        };
        batch.push(Reading { channel, start, minutes: length, quantity, quality, version: Version::UNSTATED, line });
        if let Some(text) = status {
            let (text, end) = (text.into_string(), start + length.seconds());
            batch.events.push(IntervalEvent { channel, start, end, quality, reason: None, text, line });
        }
    }

    fn note_off_grid(&mut self, channel: u32, line: u32) {
        let state = self.state(channel);
        state.off_grid = state.off_grid.saturating_add(1);
        if state.off_grid == 1 {
            self.odd.push((line, channel, What::OffGrid));
        }
    }
}

/// The longest usual length that nearly all steps between times are multiples of.
fn common_length(times: &[i64]) -> Option<IntervalLength> {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.dedup();
    let steps = || times.windows(2).map(|pair| pair[1] - pair[0]);
    let count = times.len().checked_sub(1).filter(|&count| count > 0)?;
    USUAL.into_iter().filter_map(IntervalLength::from_minutes).find(|length| {
        let off = steps().filter(|step| step % length.seconds() != 0).count();
        off <= count / TOLERANCE
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lengths_of(rows: &[(u32, i64)], given: Option<u16>) -> (Vec<(u32, i64, u16)>, Vec<String>) {
        let mut lengths = Lengths::new(Stamp::Start, given.and_then(IntervalLength::from_minutes));
        let mut batch = Batch::default();
        for (line, &(channel, minute)) in (2..).zip(rows) {
            let (quantity, quality, at) = (Quantity::ZERO, Quality::UNSTATED, minute * 60);
            let reading = Stamped { channel, at, local: at, quantity, quality, line, status: None };
            lengths.push(reading, &mut batch);
        }
        lengths.finish(&mut batch);
        let found = batch.readings().map(|r| (r.channel, r.start / 60, r.minutes.minutes())).collect();
        let remarks = std::iter::from_fn(|| lengths.take_remark(|channel| format!("{channel}")));
        let remarks =
            remarks.map(|remark| format!("{} {}", remark.span.position.line, remark.kind.code().name)).collect();
        (found, remarks)
    }

    #[test]
    fn the_length_is_that_of_the_steps() {
        for (times, minutes) in [
            (vec![0, 15, 30, 45], 15),
            (vec![45, 30, 15, 0], 15),
            (vec![0, 5, 10], 5),
            (vec![0, 60, 180], 60),
            (vec![0, 30, 75, 90], 15),
            (vec![0, 1440, 2880], 1440),
            (vec![0, 7, 14], 1),
            (vec![0, 0, 15, 15], 15),
        ] {
            let rows: Vec<(u32, i64)> = times.iter().map(|&time| (0, time)).collect();
            let (found, _) = lengths_of(&rows, None);
            assert!(found.iter().all(|&(_, _, found)| found == minutes), "{times:?}: {found:?}");
            assert_eq!(found.len(), rows.len());
        }
    }

    #[test]
    fn one_crooked_stamp_misleads_nobody_and_is_told() {
        let mut rows: Vec<(u32, i64)> = (0..40).map(|index| (0, index * 15)).collect();
        rows[15].1 += 4;
        rows[30].1 += 1;
        let (found, remarks) = lengths_of(&rows, None);
        assert!(found.iter().all(|&(_, _, minutes)| minutes == 15));
        assert_eq!(remarks, ["17 off-grid"]);
    }

    #[test]
    fn a_channel_that_tells_nothing_takes_the_length_of_the_others() {
        let mut rows = vec![(0, 0)];
        rows.extend((0..4).map(|index| (1, index * 5)));
        let (found, remarks) = lengths_of(&rows, None);
        assert!(found.iter().all(|&(_, _, minutes)| minutes == 5), "{found:?}");
        assert_eq!(remarks, ["2 assumed-length"]);
        assert_eq!(lengths_of(&[(0, 0)], None), (vec![(0, 0, 15)], vec!["2 assumed-length".to_owned()]));
        assert_eq!(lengths_of(&[(0, 0)], Some(30)), (vec![(0, 0, 30)], vec![]));
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        let channels = u32::try_from(HELD).unwrap() + 10;
        let rows: Vec<(u32, i64)> = (0..2).flat_map(|step| (0..channels).map(move |c| (c, step * 30))).collect();
        let (found, _) = lengths_of(&rows, None);
        let order: Vec<(u32, i64)> = found.iter().map(|&(channel, time, _)| (channel, time)).collect();
        assert_eq!(order, rows, "nothing is lost and nothing overtakes");
    }

    proptest! {
        #[test]
        fn readings_leave_in_their_order(rows in prop::collection::vec((0u32..4, 0i64..50), 0..200)) {
            let rows: Vec<(u32, i64)> = rows.into_iter().map(|(channel, step)| (channel, step * 5)).collect();
            let (found, _) = lengths_of(&rows, None);
            let order: Vec<(u32, i64)> = found.iter().map(|&(channel, time, _)| (channel, time)).collect();
            prop_assert_eq!(order, rows);
        }
    }
}
