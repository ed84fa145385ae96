//! The same meter and time twice in one file.

use super::{Facts, Rule, time};
use smrt_core::{Batch, Code, Finding, Findings, Reading, Severity};

pub(super) static CODE: Code = Code {
    id: "V001",
    name: "doubled-key",
    severity: Severity::Warning,
    explanation: "The file has more than one value for the same meter and time. The last one counts; the others stay in the history with their lines, as any replaced value does.",
};

/// Compares each reading with the one before, which in key order is where its twin stands.
#[derive(Default)]
pub(super) struct DoubledKey {
    last: Option<Reading>,
}

impl Rule for DoubledKey {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        for index in 0..batch.len() {
            let same = match index.checked_sub(1) {
                Some(before) => {
                    batch.start[before] == batch.start[index] && batch.channel[before] == batch.channel[index]
                }
                None => self.last.is_some_and(|l| (l.channel, l.start) == (batch.channel[index], batch.start[index])),
            };
            if same {
                let before = if index > 0 { Some(batch.reading(index - 1)) } else { self.last };
                findings.report(&CODE, || finding(before, batch.reading(index), facts));
            }
        }
        if let Some(last) = batch.len().checked_sub(1) {
            self.last = Some(batch.reading(last));
        }
    }
}

fn finding(before: Option<Reading>, reading: Reading, facts: &Facts) -> Finding {
    let (meter, at) = (facts.meters.get(reading.channel), time(reading.start));
    let first = before.map(|b| format!("{} in line {}", b.quantity, b.line)).unwrap_or_default();
    let message = format!("meter {meter} has two values for {at}: {first} and {} here, which counts", reading.quantity);
    Finding::of_line(&CODE, reading.line, message)
}
