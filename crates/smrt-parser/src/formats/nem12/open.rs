//! The day that was read last: until another record ends it, 400 records may say more of its intervals.

use super::super::mdff::{Fault, Fields, Oddity, Remarks};
use super::event::Event;
use crate::{ParseError, lex::found};
use smrt_core::{Batch, Flag, IntervalEvent, IntervalLength, Quality, Quantity, Span};

/// Reasons of an actual value that 400 records must follow (MDFF 2.5 §4.5).
pub(super) const REASONS_WITH_EVENTS: [u16; 3] = [61, 79, 89];

/// A day whose readings are in the batch, as the last ones.
#[derive(Debug)]
pub(super) struct OpenDay {
    /// Where its 300 record stands.
    pub(super) span: Span,
    /// That record, where the day may still be refused; else empty.
    pub(super) text: Vec<u8>,
    /// The first reading and the first event of the day in the batch.
    pub(super) first_row: usize,
    pub(super) first_event: usize,
    pub(super) channel: u32,
    /// UTC epoch seconds.
    pub(super) start: i64,
    pub(super) length: IntervalLength,
    pub(super) intervals: usize,
    /// The last interval that a 400 record named.
    pub(super) covered: usize,
    /// Whether the 300 record leaves the quality to 400 records.
    pub(super) varies: bool,
    /// The reason in the 300 record.
    pub(super) reason: Option<u16>,
    /// Whether 400 records that do not fit are cut instead of refused.
    pub(super) bends: bool,
    /// Values that were rounded.
    pub(super) rounded: u64,
}

impl OpenDay {
    /// Applies a 400 record that stands in `line`. After an error the day must be refused.
    pub(super) fn apply(
        &mut self,
        event: &Event<'_>,
        fields: &Fields<'_>,
        line: u32,
        batch: &mut Batch,
        remarks: &mut Remarks,
    ) -> Result<(), ParseError> {
        let announced = self.varies || self.reason.is_some_and(|reason| REASONS_WITH_EVENTS.contains(&reason));
        if !announced && self.covered == 0 {
            remarks.add(Oddity::EventsOverFlag, fields.line().whole());
        }
        let Some((first, last)) = self.intervals_of(event, fields, remarks)? else { return Ok(()) };
        let is_null = event.quality.flag == Flag::Null;
        for row in self.first_row + first - 1..self.first_row + last {
            // What has no value does not get one by a quality.
            if batch.quality[row] != Quality::NULL {
                batch.quality[row] = event.quality;
            }
            if is_null {
                batch.quantity[row] = Quantity::ZERO;
            }
        }
        if is_null {
            fields.remark(remarks, 3, Oddity::NoValue(last + 1 - first));
        }
        let offset = |intervals: usize| self.length.seconds() * i64::try_from(intervals).unwrap_or(0);
        if event.reason.is_some() || !event.text.is_empty() {
            batch.events.push(IntervalEvent {
                channel: self.channel,
                start: self.start + offset(first - 1),
                end: self.start + offset(last),
                quality: event.quality,
                reason: event.reason,
                text: event.text.to_owned(),
                line,
            });
        }
        self.covered = last;
        Ok(())
    }

    /// First and last interval of a 400 record, cut to what fits where that is allowed; `None` where nothing is left.
    fn intervals_of(
        &self,
        event: &Event<'_>,
        fields: &Fields<'_>,
        remarks: &mut Remarks,
    ) -> Result<Option<(usize, usize)>, ParseError> {
        let next = self.covered + 1;
        if let (Some(first), Some(last)) = (event.first, event.last) {
            let begins = if self.varies { first == next } else { first >= next };
            if begins && first <= last && last <= self.intervals {
                return Ok(Some((first, last)));
            }
        }
        if !self.bends {
            let found = format!("{} to {}", found(fields.get(1)), found(fields.get(2)));
            return Err(fields.error(1, Fault::Range { next, intervals: self.intervals, found }));
        }
        let what = "expected intervals that follow those before and lie within the day, found others: cut to what fits";
        fields.remark(remarks, 1, Oddity::Uncovered(what));
        let first = event.first.unwrap_or(next).max(next);
        let last = event.last.unwrap_or(0).min(self.intervals);
        Ok((first <= last).then_some((first, last)))
    }

    /// Checks that the day has all its qualities. After an error it must be refused.
    pub(super) fn check_whole(&self, remarks: &mut Remarks) -> Result<(), ParseError> {
        if !self.varies || self.covered == self.intervals {
            return Ok(());
        }
        if self.bends {
            let what = "expected 400 records for all intervals, found too few: those left out have no quality";
            remarks.add(Oddity::Uncovered(what), self.span);
            return Ok(());
        }
        let kind = Fault::Uncovered { intervals: self.intervals, covered: self.covered };
        Err(ParseError::new(kind.into(), self.span))
    }

    /// Takes the day out of the batch again.
    pub(super) fn refuse(self, batch: &mut Batch) -> Vec<u8> {
        move_rows(batch, self.first_row, self.first_event, &mut Batch::default());
        self.text
    }

    /// Moves the day from the end of one batch to the end of another.
    pub(super) fn carry(&mut self, from: &mut Batch, to: &mut Batch) {
        let (row, event) = (to.len(), to.events.len());
        move_rows(from, self.first_row, self.first_event, to);
        (self.first_row, self.first_event) = (row, event);
    }
}

/// Moves the last readings and events of a batch.
fn move_rows(from: &mut Batch, first_row: usize, first_event: usize, to: &mut Batch) {
    to.channel.extend(from.channel.drain(first_row..));
    to.start.extend(from.start.drain(first_row..));
    to.minutes.extend(from.minutes.drain(first_row..));
    to.quantity.extend(from.quantity.drain(first_row..));
    to.quality.extend(from.quality.drain(first_row..));
    to.version.extend(from.version.drain(first_row..));
    to.line.extend(from.line.drain(first_row..));
    to.events.extend(from.events.drain(first_event..));
}
