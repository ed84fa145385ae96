//! What must hold for the readers of tables (LP, TOU, interval CSV).

use super::Read;
use smrt_core::{IntervalLength, MarketZone, Version};
use smrt_parser::csv::{Kind, Layout, Text, TimeForm};
use smrt_parser::{ErrorKind, Options, Stamp};
use std::sync::Arc;

/// Nothing is expected that tables do not have, and events belong to readings.
pub(super) fn check(options: &Options, whole: &Read) {
    for (problem, _) in &whole.problems {
        let is_of_table = !matches!(problem.kind, ErrorKind::MissingTrailer { .. } | ErrorKind::MissingHeader { .. });
        assert!(is_of_table, "a table has neither header nor trailer: {problem}");
    }
    assert!(whole.batch.is_empty() || whole.batch.register_reads.is_empty(), "a table is of one kind");
    for reading in whole.batch.readings() {
        assert_eq!(reading.version, Version::UNSTATED, "no table states a version");
        assert!(options.interval.is_none_or(|length| reading.minutes == length), "the length is the one given");
    }
    for event in &whole.batch.events {
        let within = |reading: smrt_core::Reading| {
            (reading.channel, reading.start, reading.line) == (event.channel, event.start, event.line)
        };
        assert!(whole.batch.readings().any(within), "an event is about a reading");
    }
    for channel in &whole.batch.new_channels {
        assert!(!channel.meter.is_empty() && options.zone.is_none_or(|zone| channel.zone == zone));
    }
}

/// Layouts that reach every way to read a table.
pub(crate) fn layouts() -> Vec<Options> {
    let fixed = |text: &str| Text::Fixed(text.into());
    let column = |text: &str| Text::Column(text.into());
    let by_name = Layout {
        meter: column("meter"),
        channel: Some(column("channel")),
        time: "time".into(),
        values: vec!["value".into()],
        unit: Some(column("unit")),
        quality: Some("quality".into()),
        ..Layout::new()
    };
    let wide = Layout {
        separator: b';',
        decimal_comma: true,
        time_form: TimeForm::DayFirst,
        meter: fixed("4100000001"),
        date: Some("date".into()),
        time: "time".into(),
        values: vec!["import".into(), "export".into()],
        unit: Some(fixed("MWh")),
        ..Layout::new()
    };
    let by_number = Layout {
        has_names: false,
        time_form: TimeForm::Compact,
        meter: fixed("1"),
        time: "1".into(),
        values: vec!["2".into()],
        kind: Kind::Registers,
        ..Layout::new()
    };
    let berlin = "Europe/Berlin".parse::<MarketZone>().ok();
    let interval = IntervalLength::from_minutes(30);
    vec![
        Options { csv: Some(Arc::new(by_name)), stamp: Stamp::End, zone: berlin, ..Options::default() },
        Options { csv: Some(Arc::new(wide)), interval, ..Options::default() },
        Options { csv: Some(Arc::new(by_number)), zone: berlin, ..Options::default() },
    ]
}
