//! The same meter and time twice in one file.

use super::{Facts, Rule, time};
use smrt_core::{Batch, Code, Finding, Findings, Reading, Severity};

pub(super) static CODE: Code = Code {
    id: "V001",
    name: "doubled-key",
    severity: Severity::Warning,
    explanation: "The file has more than one value for the same meter and time. The last one counts; the others stay in the history with their lines, as any replaced value does.",
};

/// Finds readings of one channel and time, which in key order stand one behind the other.
#[derive(Default)]
pub(super) struct Twins {
    last: Option<Reading>,
}

impl Twins {
    /// Gives each reading that has the key of the one before, behind that one.
    pub(super) fn each(&mut self, batch: &Batch, facts: &Facts, mut give: impl FnMut(Reading, Reading)) {
        // Inside a stretch no reading has the key of the one before.
        for index in facts.shape.stretches.iter().map(|stretch| stretch.start) {
            let key = (batch.channel[index], batch.start[index]);
            let before = match index.checked_sub(1) {
                Some(before) if (batch.channel[before], batch.start[before]) == key => Some(batch.reading(before)),
                Some(_) => None,
                None => self.last.filter(|last| (last.channel, last.start) == key),
            };
            if let Some(before) = before {
                give(before, batch.reading(index));
            }
        }
        if let Some(last) = batch.len().checked_sub(1) {
            self.last = Some(batch.reading(last));
        }
    }
}

#[derive(Default)]
pub(super) struct DoubledKey {
    twins: Twins,
}

impl Rule for DoubledKey {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        self.twins.each(batch, facts, |before, reading| {
            findings.report(&CODE, || finding(&CODE, before, reading, facts));
        });
    }
}

/// That a channel has two values for one time, and in which lines.
pub(super) fn finding(code: &'static Code, before: Reading, reading: Reading, facts: &Facts) -> Finding {
    let (meter, at) = (facts.meters.label(reading.channel), time(reading.start));
    let first = format!("{} in line {}", before.quantity, before.line);
    let message = format!("meter {meter} has two values for {at}: {first} and {} here, which counts", reading.quantity);
    Finding::of_line(code, reading.line, message)
}

/// The line of the first of the two values that a finding of a doubled key tells of, read back from its words: findings are
/// kept as text, and of two equal values just the first one is kept as a reading.
pub(crate) fn first_line(message: &str) -> Option<u64> {
    let (_, behind) = message.rsplit_once(" in line ")?;
    behind.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_can_be_read_back() {
        let message =
            "meter in line 7 has two values for 2024-03-01T00:00:00Z: 1.5 in line 12 and 1.5 here, which counts";
        assert_eq!(first_line(message), Some(12));
        assert_eq!(first_line("anything else"), None);
    }
}
