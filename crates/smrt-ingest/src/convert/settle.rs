//! Of readings with one key the last wins: each is held back until it is known to be that.

use smrt_core::Reading;

/// Passes readings in key order on, one for each channel and start.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    held: Option<Reading>,
}

impl Settled {
    /// Takes a reading and gives the one before, unless this takes its place.
    pub(crate) fn push(&mut self, reading: Reading) -> Option<Reading> {
        let before = self.held.replace(reading)?;
        ((before.channel, before.start) != (reading.channel, reading.start)).then_some(before)
    }

    /// Gives the last reading.
    pub(crate) fn finish(&mut self) -> Option<Reading> {
        self.held.take()
    }
}
