//! What must hold for the NEM12 reader.

use super::{Read, is_message, read::read_by};
use smrt_core::{MarketZone, Quality, Quantity};
use smrt_parser::{Dialect, Options, nem12::Reader};

/// The grammar alone reads the same, and days are whole.
pub(super) fn check(text: &[u8], options: &Options, whole: &Read) {
    if !is_message(text) {
        let by_grammar = read_by(&mut Reader::by_grammar(options), text);
        assert_eq!(whole, &by_grammar, "the fast path reads what the grammar reads");
    }
    let readings: Vec<_> = whole.batch.readings().collect();
    for day in readings.chunk_by(|a, b| a.line == b.line) {
        let (minutes, seconds) = (usize::from(day[0].minutes.minutes()), day[0].minutes.seconds());
        assert_eq!(day.len() * minutes, 1440, "a record is a day");
        assert_eq!((day[0].start + 36_000).rem_euclid(86_400), 0, "a day begins at midnight of NEM time");
        assert!(day.windows(2).all(|pair| pair[1].start - pair[0].start == seconds));
        assert!(day.iter().all(|reading| (reading.channel, reading.version) == (day[0].channel, day[0].version)));
    }
    for reading in &readings {
        assert!(reading.quality != Quality::NULL || reading.quantity == Quantity::ZERO, "no value is zero");
        if options.dialect == Dialect::Strict {
            assert!(reading.quality != Quality::UNSTATED && reading.quantity >= Quantity::ZERO);
        }
    }
    let lines: std::collections::BTreeSet<u32> = readings.iter().map(|reading| reading.line).collect();
    let days = readings.chunk_by(|a, b| a.line == b.line).count();
    assert_eq!(lines.len(), days, "a day is in one piece");
    for event in &whole.batch.events {
        assert!(event.start < event.end && event.text.len() <= 240);
        let within = |reading: &&smrt_core::Reading| reading.channel == event.channel && reading.start == event.start;
        assert!(readings.iter().any(|reading| within(&reading)), "an event is about readings");
    }
    for channel in &whole.batch.new_channels {
        assert!(channel.zone == MarketZone::Fixed(600) && !channel.meter.is_empty() && !channel.name.is_empty());
    }
}
