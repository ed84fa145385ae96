//! Days of NMIs that a file says in two lengths: their values lie over each other, and a sum of both is neither.
//!
//! A database lets one length win; rows without one cannot, because the first of them may be written already.

use super::{channels::Channels, form::Refusal};
use smrt_core::{Batch, IntervalLength, Scheme};

/// Looks for them in readings that come in key order.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    /// The last reading: channel, start, length.
    last: Option<(u32, i64, IntervalLength)>,
}

impl Lengths {
    /// Looks at a batch, whose channels are known.
    ///
    /// # Errors
    /// At the first reading of another length than the one before it on the same day.
    pub(super) fn check(&mut self, batch: &Batch, channels: &Channels) -> Result<(), Refusal> {
        let columns = batch.channel.iter().zip(&batch.start).zip(&batch.minutes);
        for (index, ((&channel, &start), &minutes)) in columns.enumerate() {
            let Some((before, then, length)) = self.last.replace((channel, start, minutes)) else { continue };
            if before != channel || length == minutes {
                continue;
            }
            let zone = channels.zone(channel);
            let is_whole = channels.get(channel).is_some_and(|known| known.kind.scheme == Scheme::Nmi);
            if is_whole && zone.day(then) == zone.day(start) {
                let message = format!(
                    "expected a day in intervals of one length, found {length} and {minutes} at {}: load the file, which \
                     keeps the later version of the day",
                    zone.rfc3339(start)
                );
                return Err(Refusal { message, line: Some(batch.line[index]) });
            }
        }
        Ok(())
    }
}
