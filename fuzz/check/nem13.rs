//! What must hold for the NEM13 reader.

use super::Read;
use smrt_core::{Flag, MarketZone, Version};
use smrt_parser::{Dialect, Options};

/// A record is a register read with both stands, and its channel is described.
pub(super) fn check(options: &Options, whole: &Read) {
    assert!(whole.batch.is_empty() && whole.batch.events.is_empty(), "there are no intervals");
    for read in &whole.batch.register_reads {
        assert!((read.channel as usize) < whole.batch.new_channels.len());
        let previous = read.previous.as_ref().expect("a previous stand");
        assert!(read.direction.is_some() && read.quantity.is_some() && read.current.at.is_some());
        assert!(previous.at <= read.current.at, "a period does not run backwards");
        for stand in [previous, &read.current] {
            assert!(!matches!(stand.quality.flag, Flag::Null | Flag::Unstated), "each stand has a quality");
            assert_eq!(stand.trans_code.matches(',').count(), stand.service_order.matches(',').count());
        }
        if options.dialect == Dialect::Strict {
            assert!(previous.at.is_some() && read.version != Version::UNSTATED);
            let is_number = |text: &str| text.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
            assert!(is_number(&previous.text) && is_number(&read.current.text));
        }
        assert!(read.demand.is_none() && read.period.is_empty() && read.rate.is_empty());
    }
    for channel in &whole.batch.new_channels {
        assert!(channel.zone == MarketZone::Fixed(600) && !channel.meter.is_empty() && !channel.name.is_empty());
    }
}
