//! Telling what is in files, without a database.

use crate::{
    FileOutcome, IngestError, Observer, Options, Stop,
    produce::Want,
    rules::gap,
    validate::{Event, check_all},
};
use smrt_core::{Batch, Channel, IntervalLength, Quality};
use std::{collections::BTreeMap, path::PathBuf};

/// Channels of a file that are told of one by one.
const SHOWN: usize = 1000;

/// What one channel has in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSpan {
    /// The channel.
    pub channel: Channel,
    /// Readings, or measurements of a sensor.
    pub readings: u64,
    /// Reads of its registers.
    pub register_reads: u64,
    /// Start of the first interval, UTC epoch seconds; `None` without readings.
    pub first: Option<i64>,
    /// End of the last interval, or the instant of a sensor's last measurement, UTC epoch seconds; `None` without readings.
    pub end: Option<i64>,
    /// Intervals missing between them; a sensor's measurements have no length, so none are.
    pub missing: u64,
}

/// What is in a file.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Name, format, header, size, findings; the status is that of [`crate::validate()`].
    pub file: FileOutcome,
    /// What its readings are.
    pub content: Content,
}

/// What the readings of a file are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// How many channels there are.
    pub channels: u64,
    /// The first thousand channels, in the order of their appearance.
    pub spans: Vec<ChannelSpan>,
    /// Readings.
    pub readings: u64,
    /// Reads of registers.
    pub register_reads: u64,
    /// Start of the first interval, UTC epoch seconds.
    pub first: Option<i64>,
    /// End of the last interval, UTC epoch seconds.
    pub end: Option<i64>,
    /// Readings of each interval length.
    pub lengths: BTreeMap<IntervalLength, u64>,
    /// Readings of each quality.
    pub qualities: BTreeMap<Quality, u64>,
    /// Intervals missing between readings of a channel.
    pub missing: u64,
    /// Channel and end of the last reading seen, in key order.
    last: Option<(u32, i64)>,
}

impl Content {
    /// Adds readings that come in key order.
    fn add(&mut self, batch: &Batch) {
        self.channels += batch.new_channels.len() as u64;
        let room = SHOWN.saturating_sub(self.spans.len());
        self.spans.extend(batch.new_channels.iter().take(room).map(|channel| ChannelSpan {
            channel: channel.clone(),
            readings: 0,
            register_reads: 0,
            first: None,
            end: None,
            missing: 0,
        }));
        self.register_reads += batch.register_reads.len() as u64;
        for read in &batch.register_reads {
            if let Some(span) = self.spans.get_mut(read.channel as usize) {
                span.register_reads += 1;
            }
        }
        for measured in batch.measurements.iter() {
            let at = measured.at.div_euclid(1_000_000);
            self.readings += 1;
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.end = self.end.max(Some(at));
            if let Some(span) = self.spans.get_mut(measured.channel as usize) {
                span.readings += 1;
                span.first = Some(span.first.map_or(at, |first| first.min(at)));
                span.end = span.end.max(Some(at));
            }
        }
        for reading in batch.readings() {
            let (start, seconds) = (reading.start, reading.minutes.seconds());
            let missing = match self.last {
                Some((channel, end)) if channel == reading.channel => gap::missing(end, start, seconds),
                _ => 0,
            };
            let end = start + seconds;
            self.readings += 1;
            self.missing += missing;
            self.first = Some(self.first.map_or(start, |first| first.min(start)));
            self.end = self.end.max(Some(end));
            *self.lengths.entry(reading.minutes).or_default() += 1;
            *self.qualities.entry(reading.quality).or_default() += 1;
            self.last = Some((reading.channel, end));
            if let Some(span) = self.spans.get_mut(reading.channel as usize) {
                span.readings += 1;
                span.first = span.first.or(Some(start));
                span.end = Some(end);
                span.missing += missing;
            }
        }
    }
}

/// Reads files and tells what is in them: gives `each` file as soon as it is done, in the order of loading.
///
/// # Errors
/// When a named path cannot be read, or the end is asked for; an error of `each` ends the run.
pub fn inspect<E: From<IngestError>>(
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
    each: &mut dyn FnMut(Inspection) -> Result<(), E>,
) -> Result<(), E> {
    let mut content = Content::default();
    check_all(paths, options, stop, observer, Want::Everything, &mut |event| {
        match event {
            // Days are for those who ask for them.
            Event::Begin(_) | Event::Days(_) => {}
            Event::Batch(batch) => content.add(batch),
            Event::Restart => content = Content::default(),
            Event::End(file) => return each(Inspection { file: *file, content: std::mem::take(&mut content) }),
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::{Quantity, Reading};

    #[test]
    fn a_gap_shorter_than_an_interval_is_told_as_the_rule_tells_it() {
        let mut batch = Batch::default();
        for (line, start) in (2..).zip([0, 5400, 9000, 16_200]) {
            let (minutes, quality) = (IntervalLength::HOUR, Quality::UNSTATED);
            batch.push(Reading {
                channel: 0,
                start,
                minutes,
                quantity: Quantity::ZERO,
                quality,
                version: Default::default(),
                line,
            });
        }
        let mut content = Content::default();
        content.add(&batch);
        assert_eq!(content.missing, 2);
    }
}
