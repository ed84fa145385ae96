//! A measurement that does not start with its interval.

use super::{Facts, Rule, Told, report_starts, time};
use smrt_core::{Batch, Code, Findings, Severity};

pub(super) static CODE: Code = Code {
    id: "V002",
    name: "off-hour",
    severity: Severity::Warning,
    explanation: "The format is hourly, but this measurement does not start on the hour. It is kept as read; the sender's clock or program deserves a look.",
};

#[derive(Default)]
pub(super) struct OffHour(Told);

impl Rule for OffHour {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        let off = |index: usize| batch.start[index].rem_euclid(3600) != 0;
        report_starts(&mut self.0, batch, facts, findings, &CODE, off, |meter, start| {
            format!("expected a measurement on the hour, found meter {meter} at {}", time(start))
        });
    }
}
