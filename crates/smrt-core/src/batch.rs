//! Readings as columns: the unit that travels from parser to store.

use crate::{
    Channel, IntervalEvent, IntervalLength, Measurements, Quality, Quantity, RegisterRead, SensorName, Version,
};
use std::ops::Range;

/// One reading: the quantity of one interval on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Index of the channel in its file's channel table.
    pub channel: u32,
    /// Start of the interval, UTC epoch seconds.
    pub start: i64,
    /// Length of the interval.
    pub minutes: IntervalLength,
    /// The measured quantity.
    pub quantity: Quantity,
    /// Its quality; where that is null there is no quantity, and it is kept as zero.
    pub quality: Quality,
    /// When the sender last changed it.
    pub version: Version,
    /// Line of the file it stands in, from 1.
    pub line: u32,
}

/// Up to [`Batch::CAPACITY`] readings as columns of equal length, with the channels that appear in them first.
///
/// Channels are numbered from 0 in the order of their first appearance in the file; a batch carries the descriptions
/// of just those that no earlier batch of the file has carried, so that a file with a million meters costs each
/// description once.
///
/// Events and register reads come along with the readings of their lines. They are few, and in the order of the file
/// whatever is done to the order of the readings. A format of sensors gives measurements or names and no readings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Channel of each reading: index into the file's channel table.
    pub channel: Vec<u32>,
    /// Start of each interval, UTC epoch seconds.
    pub start: Vec<i64>,
    /// Length of each interval.
    pub minutes: Vec<IntervalLength>,
    /// Quantity of each interval.
    pub quantity: Vec<Quantity>,
    /// Quality of each interval.
    pub quality: Vec<Quality>,
    /// Version of each reading.
    pub version: Vec<Version>,
    /// Line each reading stands in.
    pub line: Vec<u32>,
    /// Channels seen first in this batch, in order of their index.
    pub new_channels: Vec<Channel>,
    /// Reasons, texts and statuses of intervals.
    pub events: Vec<IntervalEvent>,
    /// Reads of registers.
    pub register_reads: Vec<RegisterRead>,
    /// What sensors measured, in the order of the file.
    pub measurements: Measurements,
    /// What sensors are called.
    pub sensor_names: Vec<SensorName>,
}

impl Batch {
    /// Most readings a batch holds.
    pub const CAPACITY: usize = 65_536;
    /// New channels from which on a batch counts as full: descriptions are far larger than readings.
    pub const CHANNELS: usize = 4_096;
    /// Events, register reads and names from which on it does: they hold texts.
    pub const TEXTS: usize = 4_096;

    /// An empty batch with room for `readings`.
    pub fn with_capacity(readings: usize) -> Self {
        Self {
            channel: Vec::with_capacity(readings),
            start: Vec::with_capacity(readings),
            minutes: Vec::with_capacity(readings),
            quantity: Vec::with_capacity(readings),
            quality: Vec::with_capacity(readings),
            line: Vec::with_capacity(readings),
            version: Vec::with_capacity(readings),
            new_channels: Vec::new(),
            events: Vec::new(),
            register_reads: Vec::new(),
            measurements: Measurements::default(),
            sensor_names: Vec::new(),
        }
    }

    /// How many readings it holds.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// Whether it holds no reading.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// Whether it holds nothing at all: no reading, measurement, channel, event, register read or name.
    pub fn holds_nothing(&self) -> bool {
        self.is_empty() && self.measurements.is_empty() && self.new_channels.is_empty() && self.texts() == 0
    }

    /// How many records of its file it holds: each reading, measurement and name is one, a register read one or more.
    pub fn records(&self) -> u64 {
        let of_registers = self.register_reads.iter().map(RegisterRead::records).sum::<u64>();
        (self.len() + self.measurements.len() + self.sensor_names.len()) as u64 + of_registers
    }

    /// Whether it has reached [`Batch::CAPACITY`], [`Batch::CHANNELS`] or [`Batch::TEXTS`].
    pub fn is_full(&self) -> bool {
        self.len() >= Self::CAPACITY
            || self.measurements.len() >= Self::CAPACITY
            || self.new_channels.len() >= Self::CHANNELS
            || self.texts() >= Self::TEXTS
    }

    /// What it holds that is mostly text.
    fn texts(&self) -> usize {
        self.events.len() + self.register_reads.len() + self.sensor_names.len()
    }

    /// Appends a reading.
    pub fn push(&mut self, reading: Reading) {
        self.channel.push(reading.channel);
        self.start.push(reading.start);
        self.minutes.push(reading.minutes);
        self.quantity.push(reading.quantity);
        self.quality.push(reading.quality);
        self.version.push(reading.version);
        self.line.push(reading.line);
    }

    /// The reading at `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Batch::len`].
    pub fn reading(&self, index: usize) -> Reading {
        Reading {
            channel: self.channel[index],
            start: self.start[index],
            minutes: self.minutes[index],
            quantity: self.quantity[index],
            quality: self.quality[index],
            version: self.version[index],
            line: self.line[index],
        }
    }

    /// All readings in order.
    pub fn readings(&self) -> impl ExactSizeIterator<Item = Reading> {
        (0..self.len()).map(|index| self.reading(index))
    }

    /// The stretches of readings that are of one channel and rise in time: most batches are a few of them, and what is
    /// true of a stretch need not be asked of each of its readings.
    pub fn stretches(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut first = 0;
        std::iter::from_fn(move || {
            let &channel = self.channel.get(first)?;
            let of_channel = self.channel[first..].iter().take_while(|&&other| other == channel).count();
            let starts = &self.start[first..first + of_channel];
            let rising = starts.windows(2).take_while(|pair| pair[0] < pair[1]).count() + 1;
            let stretch = first..first + rising;
            first = stretch.end;
            Some(stretch)
        })
    }

    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.channel.clear();
        self.start.clear();
        self.minutes.clear();
        self.quantity.clear();
        self.quality.clear();
        self.version.clear();
        self.line.clear();
        self.new_channels.clear();
        self.events.clear();
        self.register_reads.clear();
        self.measurements.clear();
        self.sensor_names.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_ends_where_the_channel_changes_or_time_stands_still() {
        let mut batch = Batch::default();
        for (channel, start) in [(0, 1), (0, 2), (0, 2), (0, 3), (1, 1), (1, 0), (2, 5)] {
            let (minutes, quality, version) = (IntervalLength::HOUR, Quality::UNSTATED, Version::UNSTATED);
            batch.push(Reading { channel, start, minutes, quantity: Quantity::ZERO, quality, version, line: 1 });
        }
        assert_eq!(batch.stretches().collect::<Vec<_>>(), [0..2, 2..4, 4..5, 5..6, 6..7]);
        assert_eq!(Batch::default().stretches().count(), 0);
    }
}
