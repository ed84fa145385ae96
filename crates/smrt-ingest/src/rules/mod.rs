//! Rules about the readings of a file, one file each.
//!
//! Rules see readings in key order, batch by batch, and report findings; they refuse nothing. A new rule is a file
//! here, a line in [`CODES`] and a line in [`Rules::new`].

mod after_creation;
mod decades_old;
mod doubled_key;
pub(crate) mod gap;
mod generation_name;
mod mixed_width;
mod off_hour;
mod rounded;
pub(crate) mod sequence;

use smrt_core::{Batch, Channel, Code, FileHeader, Finding, Findings};
use smrt_parser::Format;

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
];

/// What rules may know of the file besides its readings.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) header: FileHeader,
    pub(crate) meters: Meters,
    /// Values that were rounded; known at the end.
    pub(crate) rounded: u64,
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
                Box::new(off_hour::OffHour),
                Box::new(after_creation::AfterCreation),
                Box::new(decades_old::DecadesOld),
                Box::new(gap::Gap::default()),
                Box::new(generation_name::GenerationName),
                Box::new(mixed_width::MixedWidth),
                Box::new(rounded::Rounded),
            ],
            Format::Nem12 | Format::Nem13 | Format::Lp | Format::Tou | Format::Csv => vec![
                Box::new(doubled_key::DoubledKey::default()),
                Box::new(decades_old::DecadesOld),
                Box::new(gap::Gap::default()),
                Box::new(rounded::Rounded),
            ],
        };
        let facts =
            Facts { name: name.to_owned(), header: FileHeader::default(), meters: Meters::default(), rounded: 0 };
        Self { rules, facts }
    }

    pub(crate) fn check(&mut self, batch: &Batch, findings: &mut Findings) {
        self.facts.meters.extend(&batch.new_channels);
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
        Format::Lp | Format::Tou | Format::Csv => 1,
    }
}

/// The codes of a file's meters by channel, one after the other in one text: a million of them must not matter.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    text: String,
    ends: Vec<u32>,
}

impl Meters {
    fn extend(&mut self, channels: &[Channel]) {
        for channel in channels {
            self.text.push_str(&channel.meter);
            self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        }
    }

    /// The code of the meter of a channel.
    pub(crate) fn get(&self, channel: u32) -> &str {
        let index = channel as usize;
        let end = |index: usize| self.ends.get(index).map(|&end| end as usize);
        let start = index.checked_sub(1).and_then(end).unwrap_or(0);
        end(index).and_then(|end| self.text.get(start..end)).unwrap_or_default()
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..u32::try_from(self.ends.len()).unwrap_or(u32::MAX)).map(|channel| self.get(channel))
    }
}

/// An instant for a message.
fn time(epoch: i64) -> String {
    smrt_core::MarketZone::Utc.rfc3339(epoch)
}

/// Reports each reading of a batch whose start breaks a rule.
fn report_starts(
    batch: &Batch,
    facts: &Facts,
    findings: &mut Findings,
    code: &'static Code,
    breaks: impl Fn(i64) -> bool,
    say: impl Fn(&str, i64) -> String,
) {
    for (index, &start) in batch.start.iter().enumerate().filter(|(_, start)| breaks(**start)) {
        findings.report(code, || {
            Finding::of_line(code, batch.line[index], say(facts.meters.get(batch.channel[index]), start))
        });
    }
}
