//! The channels of a table, numbered in the order of their first appearance, and the instants of their civil times.

use super::Oddity;
use crate::interner::{Full, Interner};
use smrt_core::{CivilInstants, MarketZone};

/// What parts the texts of a key; no accepted text holds it.
const BETWEEN: u8 = 0x1f;

/// The channels seen so far.
#[derive(Debug)]
pub(crate) struct Channels {
    /// The zone of civil times.
    pub(crate) zone: MarketZone,
    numbers: Interner,
    key: Vec<u8>,
    /// The last instant of each channel, kept where the zone shows times twice.
    last: Vec<i64>,
}

/// A civil time that the clocks skip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skipped;

impl Channels {
    pub(crate) fn new(zone: MarketZone) -> Self {
        Self { zone, numbers: Interner::default(), key: Vec::new(), last: Vec::new() }
    }

    /// The number of a channel by what makes it one, and whether it is new.
    pub(crate) fn number(&mut self, meter: &str, name: &str, unit: &str) -> Result<(u32, bool), Full> {
        self.key.clear();
        for text in [meter, name, unit] {
            self.key.extend_from_slice(text.as_bytes());
            self.key.push(BETWEEN);
        }
        self.numbers.intern(&self.key)
    }

    /// How a channel is called in a message: its meter and its name.
    pub(crate) fn name(&self, channel: u32) -> String {
        let key = String::from_utf8_lossy(self.numbers.text(channel));
        let mut texts = key.split(char::from(BETWEEN));
        let (meter, name) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
        if name.is_empty() { format!("meter {meter}") } else { format!("meter {meter}, {name}") }
    }

    /// The instant of a civil time of a channel, and what is odd about it.
    pub(crate) fn instant(&mut self, channel: u32, local: i64) -> Result<(i64, Option<Oddity>), Skipped> {
        if !matches!(self.zone, MarketZone::Civil(_)) {
            return match self.zone.instants(local) {
                CivilInstants::Once(at) | CivilInstants::Twice(at, _) => Ok((at, None)),
                CivilInstants::Skipped => Err(Skipped),
            };
        }
        let index = channel as usize;
        if index >= self.last.len() {
            self.last.resize(index + 1, i64::MIN);
        }
        let last = self.last[index];
        let (at, oddity) = match self.zone.instants(local) {
            CivilInstants::Skipped => return Err(Skipped),
            CivilInstants::Once(at) => (at, None),
            CivilInstants::Twice(first, second) => {
                let is_second = is_second_pass(first, second, last);
                (if is_second { second } else { first }, Some(Oddity::DoubledHour { second: is_second }))
            }
        };
        self.last[index] = at;
        Ok((at, oddity))
    }
}

/// Whether the second of two instants that show the same time is meant, when what is measured has reached `last`: the
/// first one at least, and has not gone on past both.
pub(crate) fn is_second_pass(first: i64, second: i64, last: i64) -> bool {
    (first..second + (second - first)).contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_running_backwards_is_the_second_pass() {
        let zone = "Europe/Berlin".parse().unwrap();
        let local = |text: &str| MarketZone::Utc.parse_instant(text).unwrap();
        let mut channels = Channels::new(zone);
        let mut read = |channel, text: &str| {
            let (at, oddity) = channels.instant(channel, local(text)).unwrap();
            (MarketZone::Utc.rfc3339(at)[11..16].to_owned(), oddity.is_some())
        };
        for (channel, text, at, odd) in [
            (0, "2024-10-27T01:30:00", "23:30", false),
            (0, "2024-10-27T02:00:00", "00:00", true),
            (0, "2024-10-27T02:30:00", "00:30", true),
            (1, "2024-10-27T02:00:00", "00:00", true),
            (0, "2024-10-27T02:00:00", "01:00", true),
            (0, "2024-10-27T02:30:00", "01:30", true),
            (0, "2024-10-27T03:00:00", "02:00", false),
            (0, "2024-10-27T04:00:00", "03:00", false),
            (0, "2024-10-27T02:00:00", "00:00", true),
        ] {
            assert_eq!(read(channel, text), (at.to_owned(), odd), "{text} of {channel}");
        }
        assert_eq!(channels.instant(0, local("2024-03-31T02:30:00")), Err(Skipped));
    }

    #[test]
    fn a_channel_is_its_meter_its_name_and_its_unit() {
        let mut channels = Channels::new(MarketZone::Utc);
        for (number, (meter, name, unit)) in
            (0..).zip([("1", "a", "kWh"), ("1", "a", "W"), ("1", "b", "W"), ("1b", "", "W"), ("2", "b", "W")])
        {
            assert_eq!(channels.number(meter, name, unit), Ok((number, true)));
            assert_eq!(channels.number(meter, name, unit), Ok((number, false)));
        }
    }
}
