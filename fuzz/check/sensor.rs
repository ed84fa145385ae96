//! What must hold for the readers of sensors: measurements and the names of sensors.

use super::{Read, read};
use smrt_core::{MarketZone, Scheme, SensorId};
use smrt_parser::{ErrorKind, Format, Options};
use std::collections::BTreeSet;

/// A sensor is a channel and gives measurements alone, whichever way its lines are read.
pub(super) fn check(text: &[u8], options: &Options, whole: &Read) {
    has_just_what_sensors_have(whole);
    assert!(whole.batch.sensor_names.is_empty());
    let measured: BTreeSet<u32> = whole.batch.measurements.channel.iter().copied().collect();
    assert_eq!(measured.len(), whole.batch.new_channels.len(), "a channel comes with a measurement");
    let mut seen = BTreeSet::new();
    for channel in &whole.batch.new_channels {
        let sensor: SensorId = channel.meter.parse().expect("a sensor's channel is called by its identity");
        assert!(sensor.to_string() == channel.meter && seen.insert(sensor), "{}", channel.meter);
        assert_eq!(channel.scheme, Scheme::Sensor);
        assert_eq!(channel.zone, options.zone.unwrap_or(MarketZone::BERLIN));
        assert!([&channel.name, &channel.unit, &channel.source_unit].iter().all(|text| text.is_empty()));
    }
    let years_1_to_9999 = -62_135_596_800_000_000 - 86_400_000_000..253_402_300_800_000_000 + 86_400_000_000;
    for measurement in whole.batch.measurements.iter() {
        assert!(measurement.value.get().is_finite() && years_1_to_9999.contains(&measurement.at));
    }
    fast_and_slow_agree(Format::Sensor, text, options, whole);
}

/// Names and sensors belong together one to one.
pub(super) fn check_mapping(text: &[u8], options: &Options, whole: &Read) {
    has_just_what_sensors_have(whole);
    assert!(whole.batch.measurements.is_empty() && whole.batch.new_channels.is_empty());
    let names = &whole.batch.sensor_names;
    assert_eq!(names.iter().map(|pair| &pair.name).collect::<BTreeSet<_>>().len(), names.len());
    assert_eq!(names.iter().map(|pair| pair.sensor).collect::<BTreeSet<_>>().len(), names.len());
    for pair in names {
        let name = pair.name.as_str();
        assert!(!name.is_empty() && name.len() <= 256 && name.trim() == name && !name.contains(char::is_control));
        assert!(name.parse::<SensorId>().is_err(), "{name}: a name or an identity?");
    }
    fast_and_slow_agree(Format::SensorMapping, text, options, whole);
}

fn has_just_what_sensors_have(whole: &Read) {
    for (problem, _) in &whole.problems {
        let is_of_table = !matches!(problem.kind, ErrorKind::MissingTrailer { .. } | ErrorKind::MissingHeader { .. });
        assert!(is_of_table, "a table has neither header nor trailer: {problem}");
    }
    assert!(whole.batch.is_empty() && whole.batch.events.is_empty() && whole.batch.register_reads.is_empty());
}

/// Blanks at the end of lines mean nothing, and lines that have them are read field by field: so what is read fast is
/// what is read slowly.
fn fast_and_slow_agree(format: Format, text: &[u8], options: &Options, whole: &Read) {
    let mut blanked = Vec::with_capacity(text.len() + 64);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let without_end = line.strip_suffix(b"\n").unwrap_or(line);
        let content = without_end.strip_suffix(b"\r").unwrap_or(without_end);
        blanked.extend_from_slice(content);
        blanked.push(b' ');
        blanked.extend_from_slice(&line[content.len()..]);
    }
    let slow = read(format, options, &blanked);
    assert_eq!(slow.batch, whole.batch, "fast and slow give the same");
    let said = |read: &Read| -> Vec<(u64, &'static str)> {
        let problems = read.problems.iter().map(|(problem, _)| (problem.span, problem.kind.code().id));
        let remarks = read.remarks.iter().map(|(remark, _)| (remark.span, remark.kind.code().id));
        problems.chain(remarks).map(|(span, code)| (span.position.line, code)).collect()
    };
    assert_eq!(said(&slow), said(whole), "fast and slow say the same");
}
