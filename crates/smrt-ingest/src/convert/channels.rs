//! The channels of the file in hand, held as small as can be: a file may have a million of them.

use smrt_core::{Channel, MarketZone, Scheme};
use std::{
    collections::{HashSet, VecDeque},
    rc::Rc,
};

/// What many channels have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) scheme: Scheme,
    /// Suffix, data type or signal.
    pub(super) name: String,
    /// Canonical unit.
    pub(super) unit: String,
    pub(super) zone: MarketZone,
}

/// One channel: the part of its description that rows are written from.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) meter: Box<str>,
    pub(super) kind: Rc<Kind>,
}

/// The channels that may still have readings to come, by their index in the file.
///
/// Readings come in key order, and the channel is the first part of the key: what lies before the channel in hand will
/// not be asked for again. A file that is sorted by channel so costs the channels of one batch.
#[derive(Debug, Default)]
pub(super) struct Channels {
    first: u32,
    known: VecDeque<Known>,
    kinds: HashSet<Rc<Kind>>,
}

impl Channels {
    /// Takes the channels that are described first in a batch.
    pub(super) fn extend(&mut self, described: &[Channel]) {
        for channel in described {
            let Channel { scheme, name, unit, zone, .. } = channel;
            let kind = Kind { scheme: *scheme, name: name.clone(), unit: unit.clone(), zone: *zone };
            let kind = match self.kinds.get(&kind) {
                Some(kind) => Rc::clone(kind),
                None => {
                    let kind = Rc::new(kind);
                    self.kinds.insert(Rc::clone(&kind));
                    kind
                }
            };
            self.known.push_back(Known { meter: channel.meter.as_str().into(), kind });
        }
    }

    /// The channel of an index; `None` for one that was never described or is forgotten, which no reader gives.
    pub(super) fn get(&self, index: u32) -> Option<&Known> {
        self.known.get(index.checked_sub(self.first)? as usize)
    }

    /// The zone of a channel's days.
    pub(super) fn zone(&self, index: u32) -> MarketZone {
        self.get(index).map_or(MarketZone::Utc, |known| known.kind.zone)
    }

    /// Forgets the channels before one.
    pub(super) fn forget_before(&mut self, index: u32) {
        while self.first < index && self.known.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// How many were described so far.
    pub(super) fn count(&self) -> u64 {
        u64::from(self.first) + self.known.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_keep_their_numbers_when_others_are_forgotten() {
        let channel = |meter: u32| Channel {
            scheme: Scheme::GasMeter,
            meter: meter.to_string(),
            name: String::new(),
            unit: String::new(),
            source_unit: String::new(),
            serial: String::new(),
            register: String::new(),
            plant: String::new(),
            zone: MarketZone::Utc,
        };
        let mut channels = Channels::default();
        channels.extend(&[channel(0), channel(1), channel(2)]);
        channels.forget_before(2);
        channels.extend(&[channel(3)]);
        assert!(channels.get(1).is_none() && channels.get(4).is_none());
        assert_eq!([2, 3].map(|index| &*channels.get(index).unwrap().meter), ["2", "3"]);
        assert_eq!((channels.count(), channels.kinds.len()), (4, 1));
        channels.forget_before(9);
        assert_eq!(channels.count(), 4);
    }
}
