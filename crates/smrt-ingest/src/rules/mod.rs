//! Rules about the readings of a file, one file each.
//!
//! Rules see readings in key order, batch by batch, and report findings; they refuse nothing. A new rule is a file
//! here, a line in [`CODES`] and a line in [`Rules::new`].

mod after_creation;
mod conflict;
mod decades_old;
mod doubled_key;
pub(crate) mod gap;
mod generation_name;
mod meter_name;
mod mixed_width;
mod off_hour;
mod rounded;
mod sane_time;
pub(crate) mod sequence;

use crate::load::now;
use smrt_core::{Batch, Channel, Code, FileHeader, Finding, Findings};
use smrt_parser::Format;
use std::ops::{Range, RangeBounds};

/// The codes of all rules, in the order of their ids.
pub(crate) static CODES: &[&Code] = &[
    &doubled_key::CODE,
    &off_hour::CODE,
    &after_creation::CODE,
    &decades_old::CODE,
    &gap::CODE,
    &generation_name::CODE,
    &sequence::MISSING,
    &sequence::LATE,
    &mixed_width::CODE,
    &rounded::CODE,
    &conflict::CONFLICT,
    &conflict::NEWER,
    &meter_name::CODE,
    &sane_time::CODE,
];

/// What rules may know of the file besides its readings.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) header: FileHeader,
    pub(crate) meters: Meters,
    /// Values that were rounded; known at the end.
    pub(crate) rounded: u64,
    /// When the file is read, UTC epoch seconds.
    pub(crate) now: i64,
    /// What the batch in hand is like.
    shape: Shape,
}

/// What can be told of a batch as a whole, so that a rule which cannot be broken need not look at each reading.
#[derive(Debug, Default)]
struct Shape {
    /// See [`Batch::stretches`].
    stretches: Vec<Range<usize>>,
    /// The first and the last start of an interval.
    starts: Option<(i64, i64)>,
}

impl Facts {
    /// Turns to a batch.
    fn turn_to(&mut self, batch: &Batch) {
        let Shape { stretches, starts } = &mut self.shape;
        stretches.clear();
        stretches.extend(batch.stretches());
        let first = stretches.iter().map(|stretch| batch.start[stretch.start]).min();
        *starts = first.zip(stretches.iter().map(|stretch| batch.start[stretch.end - 1]).max());
    }

    /// Whether all intervals of the batch start within a range.
    fn all_start_in(&self, range: impl RangeBounds<i64>) -> bool {
        self.shape.starts.is_none_or(|(first, last)| range.contains(&first) && range.contains(&last))
    }
}

/// One rule.
trait Rule: Send {
    /// Looks at a batch, in key order and behind all batches before.
    fn check(&mut self, _batch: &Batch, _facts: &Facts, _findings: &mut Findings) {}

    /// Looks back when all readings have been seen.
    fn finish(&mut self, _facts: &Facts, _findings: &mut Findings) {}
}

/// The rules that hold for one file.
pub(crate) struct Rules {
    rules: Vec<Box<dyn Rule>>,
    pub(crate) facts: Facts,
}

impl Rules {
    pub(crate) fn new(format: Format, name: &str) -> Self {
        let rules: Vec<Box<dyn Rule>> = match format {
            Format::Smrt => vec![
                Box::new(doubled_key::DoubledKey::default()),
                Box::<off_hour::OffHour>::default(),
                Box::<after_creation::AfterCreation>::default(),
                Box::<decades_old::DecadesOld>::default(),
                Box::new(gap::Gap::default()),
                Box::new(generation_name::GenerationName),
                Box::new(mixed_width::MixedWidth),
                Box::new(rounded::Rounded),
            ],
            Format::Nem12 | Format::Nem13 => vec![
                Box::new(conflict::Conflict::default()),
                Box::<after_creation::LongAfterCreation>::default(),
                Box::<decades_old::DecadesOld>::default(),
                Box::<sane_time::SaneTime>::default(),
                Box::new(gap::Gap::default()),
                Box::new(rounded::Rounded),
            ],
            Format::Lp | Format::Tou | Format::Csv => vec![
                Box::new(doubled_key::DoubledKey::default()),
                Box::<sane_time::SaneTime>::default(),
                Box::new(gap::Gap::default()),
                Box::new(meter_name::MeterName),
                Box::new(rounded::Rounded),
            ],
            // All rules look at readings, and sensors have none.
            Format::Sensor | Format::SensorMapping => Vec::new(),
        };
        let facts = Facts {
            name: name.to_owned(),
            header: FileHeader::default(),
            meters: Meters::default(),
            rounded: 0,
            now: now(),
            shape: Shape::default(),
        };
        Self { rules, facts }
    }

    pub(crate) fn check(&mut self, batch: &Batch, findings: &mut Findings) {
        self.facts.meters.extend(&batch.new_channels);
        self.facts.turn_to(batch);
        for rule in &mut self.rules {
            rule.check(batch, &self.facts, findings);
        }
    }

    pub(crate) fn finish(&mut self, findings: &mut Findings) {
        for rule in &mut self.rules {
            rule.finish(&self.facts, findings);
        }
    }
}

/// Which field of a record a finding of a rule is about, counted from 1, so that it can be pointed at: mostly the date.
pub(crate) fn field_of(format: Format, code: &Code) -> usize {
    match format {
        Format::Smrt if code.id == off_hour::CODE.id => 4,
        Format::Smrt => 3,
        Format::Nem12 | Format::Nem13 => 2,
        Format::Lp | Format::Tou => 4,
        Format::Csv | Format::Sensor | Format::SensorMapping => 1,
    }
}

/// The meters of a file by channel, one after the other in one text: a million of them must not matter.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    text: String,
    /// For each channel, where the code of its meter ends in the text and where its name does, which follows.
    ends: Vec<(u32, u32)>,
}

impl Meters {
    fn extend(&mut self, channels: &[Channel]) {
        let length = |text: &String| u32::try_from(text.len()).unwrap_or(u32::MAX);
        for channel in channels {
            self.text.push_str(&channel.meter);
            let code = length(&self.text);
            if !channel.name.is_empty() {
                self.text.push(' ');
                self.text.push_str(&channel.name);
            }
            self.ends.push((code, length(&self.text)));
        }
    }

    /// The code of the meter of a channel and the channel's name, where it has one, for a message.
    pub(crate) fn label(&self, channel: u32) -> &str {
        self.part(channel, |(_, end)| end)
    }

    /// The codes of the meters of all channels.
    fn codes(&self) -> impl Iterator<Item = &str> {
        let channels = 0..u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        channels.map(|channel| self.part(channel, |(code, _)| code))
    }

    fn part(&self, channel: u32, end: impl Fn((u32, u32)) -> u32) -> &str {
        let index = channel as usize;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |&(_, end)| end as usize);
        let end = self.ends.get(index).map(|&ends| end(ends) as usize);
        end.and_then(|end| self.text.get(start..end)).unwrap_or_default()
    }
}

/// An instant for a message.
fn time(epoch: i64) -> String {
    smrt_core::MarketZone::Utc.rfc3339(epoch)
}

/// The channel and the line that a rule told of last.
type Told = Option<(u32, u32)>;

/// Reports the readings of a batch that break a rule: of those that follow each other in one record just the first, as
/// the times of a record are wrong together.
fn report_starts(
    told: &mut Told,
    batch: &Batch,
    facts: &Facts,
    findings: &mut Findings,
    code: &'static Code,
    breaks: impl Fn(usize) -> bool,
    say: impl Fn(&str, i64) -> String,
) {
    for index in (0..batch.len()).filter(|&index| breaks(index)) {
        let record = (batch.channel[index], batch.line[index]);
        if told.replace(record) == Some(record) {
            continue;
        }
        findings.report(code, || {
            let message = say(facts.meters.label(batch.channel[index]), batch.start[index]);
            Finding::of_line(code, batch.line[index], message)
        });
    }
}

/// The line of the first of the two values that a finding tells of in its words, if it is one of a doubled key
/// (`doubled-key`).
pub fn first_line_of_doubled(code: &str, message: &str) -> Option<u64> {
    if code == doubled_key::CODE.id { doubled_key::first_line(message) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::{IntervalLength, Quality, Quantity, Reading, Scheme};

    /// An hour of the first channel.
    pub(super) fn reading(start: i64, micros: i64) -> Reading {
        Reading {
            channel: 0,
            start,
            minutes: IntervalLength::HOUR,
            quantity: Quantity::from_micros(micros),
            quality: Quality::UNSTATED,
            version: Default::default(),
            line: 3,
        }
    }

    fn facts(name: &str, created_at: Option<i64>, meters: &[&str]) -> Facts {
        let mut facts = Rules::new(Format::Csv, name).facts;
        facts.header.created_at = created_at;
        let channel = |meter: &&str| Channel {
            scheme: Scheme::MeterPoint,
            meter: (*meter).to_owned(),
            name: "E1".to_owned(),
            unit: String::new(),
            source_unit: String::new(),
            serial: String::new(),
            register: String::new(),
            plant: String::new(),
            zone: smrt_core::MarketZone::Utc,
        };
        facts.meters.extend(&meters.iter().map(channel).collect::<Vec<_>>());
        facts
    }

    /// The codes that a rule reports of readings in batches, in a file made at a time.
    pub(super) fn codes_of(rule: &mut dyn Rule, batches: &[Vec<Reading>], created: Option<i64>) -> Vec<&'static str> {
        let (mut facts, mut findings) = (facts("a.csv", created, &["1"]), Findings::default());
        for readings in batches {
            let mut batch = Batch::default();
            readings.iter().for_each(|&reading| batch.push(reading));
            facts.turn_to(&batch);
            rule.check(&batch, &facts, &mut findings);
        }
        findings.shown().iter().map(|finding| finding.code.id).collect()
    }

    #[test]
    fn meters_are_told_with_their_channels() {
        let facts = facts("a.csv", None, &["1", "22"]);
        assert_eq!([0, 1, 2].map(|channel| facts.meters.label(channel)), ["1 E1", "22 E1", ""]);
        assert!(facts.meters.codes().eq(["1", "22"]));
    }

    #[test]
    fn a_file_named_after_another_meter_is_told() {
        for (name, meters, told) in [
            ("LP_210_20150901T011608049.csv", &["210"][..], false),
            ("TOU_210_20150901T011608.csv", &["210", "211"], true),
            ("LP_0210_1.csv", &["210"], true),
            ("september_210.csv", &["211"], false),
        ] {
            let mut findings = Findings::default();
            meter_name::MeterName.finish(&facts(name, None, meters), &mut findings);
            assert_eq!(findings.total() == 1, told, "{name}");
        }
    }
}
