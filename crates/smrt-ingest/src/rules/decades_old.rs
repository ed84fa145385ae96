//! A measurement decades older than its file.

use super::{Facts, Rule, Told, report_starts, time};
use smrt_core::{Batch, Code, Findings, Severity};

pub(super) static CODE: Code = Code {
    id: "V004",
    name: "decades-old",
    severity: Severity::Warning,
    explanation: "The measurement is more than twenty years older than its file, so its year is probably wrong. The value is kept as read.",
};

/// Twenty years of 365.25 days.
const OLD: i64 = 20 * 31_557_600;

#[derive(Default)]
pub(super) struct DecadesOld(Told);

impl Rule for DecadesOld {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        let Some(created) = facts.header.created_at.filter(|created| !facts.all_start_in(created - OLD..)) else {
            return;
        };
        report_starts(
            &mut self.0,
            batch,
            facts,
            findings,
            &CODE,
            |index| batch.start[index] < created - OLD,
            |meter, start| {
                let (start, created) = (time(start), time(created));
                format!("meter {meter} was measured at {start}, decades before the file was made at {created}")
            },
        );
    }
}
